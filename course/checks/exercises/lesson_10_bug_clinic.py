"""Lesson 10: six broken layers, to be mended. All are tried with the cases of lesson 09."""

from course import nn
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_09_the_convolution_layer import (
    HINTS,
    MADE_WITH,
    Conv2d,
    working_cases,
)
from course.checks.verdict import OF_ITS_DTYPE


def _mended(number: int) -> Exercise:
    return Exercise(
        f"Mended{number}",
        "10_bug_clinic",
        2,
        nn.Conv2d,
        OF_ITS_DTYPE,
        working_cases,
        made_with=MADE_WITH,
        mends=f"Layer{number} as it was",
        shares=Conv2d,
        hints=HINTS,
    )


Mended1, Mended2, Mended3, Mended4, Mended5, Mended6 = map(_mended, range(1, 7))
