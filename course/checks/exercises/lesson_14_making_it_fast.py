"""Lesson 14: the forward pass once more, with each window copied once.

What it computes is what `conv_forward` of lesson 04 does, so the cases are the same. That it is
fast the lesson shows itself; no point hangs on a measurement.
"""

from course import convolution
from course.checks.exercise import Exercise
from course.checks.exercises import lesson_04_channels_filters_batches as lesson_04
from course.checks.verdict import OF_ITS_DTYPE

conv_forward_fast = Exercise(
    "conv_forward_fast",
    "14_making_it_fast",
    6,
    convolution.conv_forward,
    OF_ITS_DTYPE,
    lesson_04.cases,
)
