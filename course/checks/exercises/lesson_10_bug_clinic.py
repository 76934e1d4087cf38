"""Lesson 10: six broken layers, to be mended. All are tried with the cases of lesson 09."""

from course import nn
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_09_the_convolution_layer import (
    HINTS,
    MADE_WITH,
    Conv2d,
    working_cases,
)
from course.checks.verdict import an_array


def _mended(number: int) -> Exercise:
    return Exercise(
        name=f"Mended{number}",
        lesson="10_bug_clinic",
        points=2,
        reference=nn.Conv2d,
        returns=an_array(keeps_dtype=True),
        cases=working_cases,
        made_with=MADE_WITH,
        mends=f"Layer{number} as it was",
        shares=Conv2d,
        hints=HINTS,
    )


Mended1 = _mended(1)
Mended2 = _mended(2)
Mended3 = _mended(3)
Mended4 = _mended(4)
Mended5 = _mended(5)
Mended6 = _mended(6)
