"""Lesson 14: the forward pass once more, with each window copied once.

What it computes is what `conv_forward` of lesson 04 does, so the cases are the same. That it is
fast the lesson shows itself; no point hangs on a measurement.
"""

from course import convolution
from course.checks.case import with_two_calls
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_04_channels_filters_batches import cases
from course.checks.verdict import OF_ITS_DTYPE

LESSON = "14_making_it_fast"
conv_forward_fast = Exercise(
    "conv_forward_fast", LESSON, 6, convolution.conv_forward, OF_ITS_DTYPE, with_two_calls(cases)
)
