"""Lesson 14: the forward pass once more, with each window copied once.

What it computes is what `conv_forward` of lesson 04 does, so cases and mistakes are the same. That
it is fast the lesson shows itself; no point hangs on a measurement.
"""

from dataclasses import replace

from course import convolution
from course.checks.exercises import lesson_04_channels_filters_batches as lesson_04

conv_forward_fast = replace(
    lesson_04.conv_forward,
    name="conv_forward_fast",
    lesson="14_making_it_fast",
    points=6,
    reference=convolution.conv_forward,
    mistakes=list(lesson_04.conv_forward.mistakes),
)
