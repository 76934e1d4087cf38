"""Lesson 08: the gradient with respect to the input, by three of the six routes."""

from functools import partial

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.examples import TOY_DY, TOY_W

_TOY = {"dy": TOY_DY[None, None], "w": TOY_W.astype(float)[None, None]}
_cases = sliding(_TOY | {"x_shape": (1, 1, 4, 4), "stride": 1, "padding": 0})


_exercise = partial(of_convolution, lesson="08_backward_input", cases=_cases)
conv_backward_input_scatter = _exercise("conv_backward_input_scatter", points=5)
conv_backward_input_col2im = _exercise("conv_backward_input_col2im", points=4)
conv_backward_input_full = _exercise("conv_backward_input_full", points=5)
