"""Lesson 04: the forward pass with many channels, filters and images."""

import numpy as np

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.examples import COLOUR_W, COLOUR_X

LESSON = "04_channels_filters_batches"


_EXAMPLE = {
    "x": COLOUR_X.astype(float),
    "w": COLOUR_W.astype(float),
    "b": np.array([100.0, -200.0]),  # smaller ones would look like rounding
}
cases = sliding(_EXAMPLE | {"stride": 1, "padding": 0})
"""What a forward pass is tried with, here and in lesson 14."""

conv_forward_loops = of_convolution("conv_forward_loops", LESSON, 5, cases)
conv_forward = of_convolution("conv_forward", LESSON, 5, cases)
