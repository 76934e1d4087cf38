"""Lesson 08: the gradient with respect to the input, by three of the six routes."""

from functools import partial
from typing import Any

import numpy as np

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import Geometry, Numbers
from course.examples import TOY_W


def _arguments(g: Geometry, numbers: Numbers) -> dict[str, Any]:
    dy, w = numbers.array(*g.y_shape), numbers.array(*g.w_shape)
    return {"dy": dy, "w": w, "x_shape": g.x_shape, "stride": g.stride, "padding": g.padding}


_TOY = {"dy": np.array([[[[1.0, -2.0], [3.0, 0.5]]]]), "w": TOY_W.astype(float)[None, None]}
_cases = sliding(_TOY | {"x_shape": (1, 1, 4, 4), "stride": 1, "padding": 0}, _arguments)


_exercise = partial(of_convolution, lesson="08_backward_input", cases=_cases)
conv_backward_input_scatter = _exercise("conv_backward_input_scatter", points=5)
conv_backward_input_col2im = _exercise("conv_backward_input_col2im", points=4)
conv_backward_input_full = _exercise("conv_backward_input_full", points=5)
