"""Lesson 05: the layer as one matrix."""

from functools import partial
from typing import Any

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import VARIED, Geometry, Numbers, trials
from course.examples import TOY_W


def _arguments(g: Geometry, numbers: Numbers) -> dict[str, Any]:
    w = numbers.array(*g.w_shape)
    return {"w": w, "x_shape": (g.C, g.H, g.W), "stride": g.stride, "padding": g.padding}


_TOY = {"w": TOY_W.astype(float).reshape(1, 1, 3, 3), "x_shape": (1, 4, 4)}
_DRAWN = partial(trials, varied=VARIED - {"N"})
_CASES = sliding(_TOY | {"stride": 1, "padding": 0}, _arguments, _DRAWN)
conv_as_matrix = of_convolution("conv_as_matrix", "05_one_big_sparse_matrix", 4, _CASES)
