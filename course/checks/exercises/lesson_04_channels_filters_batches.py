"""Lesson 04: the forward pass with many channels, filters and images."""

from typing import Any

import numpy as np

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import Geometry, Numbers
from course.examples import COLOUR_W, COLOUR_X

LESSON = "04_channels_filters_batches"


def layer(g: Geometry, numbers: Numbers) -> dict[str, Any]:
    """x, w and b, the stride and the padding."""
    x, w, b = numbers.array(*g.x_shape), numbers.array(*g.w_shape), numbers.array(g.F)
    return {"x": x, "w": w, "b": b, "stride": g.stride, "padding": g.padding}


_EXAMPLE = {
    "x": COLOUR_X.astype(float),
    "w": COLOUR_W.astype(float),
    "b": np.array([100.0, -200.0]),  # smaller ones would look like rounding
}
cases = sliding(_EXAMPLE | {"stride": 1, "padding": 0}, layer)
"""What a forward pass is tried with, here and in lesson 14."""

conv_forward_loops = of_convolution("conv_forward_loops", LESSON, 5, cases)
conv_forward = of_convolution("conv_forward", LESSON, 5, cases)
