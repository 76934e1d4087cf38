"""Lesson 11: the rectified linear unit."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Build, Case, Sizes, sized
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_11 import LESSON, LOOKS, memory, only_x
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import OF_ITS_DTYPE

TOY_Y = np.array([[6.0, 3.0], [-6.0, -9.0]])
_FOUR_AXES = {"N": 2, "C": 3, "H": 5, "W": 4}
_THREE_AXES = {"N": 2, "C": 3, "H": 4}
_SHAPES: list[Sizes] = [
    {"features": 7},
    {"N": 5, "features": 4},
    {"C": 2, "H": 4, "W": 3},
    _FOUR_AXES,
    {"N": 4, "C": 1, "H": 2, "W": 5},
    {"N": 1, "C": 3, "H": 6, "W": 1},
    {"N": 2, "C": 2, "D": 2, "H": 3, "W": 2},
]


def _signed(sizes: Sizes, numbers: Numbers) -> np.ndarray:
    """Numbers of both signs, also where they are small whole ones."""
    return numbers.array(*sizes.values()) - (5 if numbers.whole else 0)


def _work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    return {"settings": (), "x": _signed(sizes, numbers), "dy": _signed(sizes, numbers)}


def _large(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """The same, but x reaches from about -100 to 100."""
    work = _work(sizes, numbers)
    return work | {"x": 33 * work["x"]}


def _near_zero(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Of x, two thirds are 0, -0 or so small that they are nearly 0."""
    work = _work(sizes, numbers)
    x = work["x"].ravel()
    x[::3] = 0
    x[1::6] *= 1e-12
    x[4::6] = -0.0
    return work | {"x": x.reshape(work["x"].shape)}


def _there_and_back(group: str, numbers: Numbers, build: Build, shapes: list[Sizes]) -> list[Case]:
    forward = [sized(group, sizes, numbers, only_x(build), uses.y) for sizes in shapes]
    return forward + [sized(group, sizes, numbers, build, uses.dx) for sizes in shapes]


def _cases(rng: np.random.Generator) -> list[Case]:
    plain = Numbers(rng)
    cases = [
        Case("the example", {"settings": (), "x": TOY_Y}, uses.y),
        *(sized("forward", sizes, plain, only_x(_work), uses.y) for sizes in _SHAPES),
        *(sized("backward", sizes, plain, _work, uses.dx) for sizes in _SHAPES),
        *_there_and_back("large numbers", plain, _large, [{"N": 3, "features": 5}, _FOUR_AXES]),
        *_there_and_back("gradient 0 at 0", plain, _near_zero, [_SHAPES[1], _FOUR_AXES]),
    ]
    for layout in LAYOUTS[1:]:
        numbers = Numbers(rng, layout=layout)
        cases += _there_and_back("memory layouts", numbers, _work, [_FOUR_AXES])
    float32 = Numbers(rng, np.float32)
    cases += _there_and_back("float32", float32, _work, [_SHAPES[1], _FOUR_AXES])
    cases += memory(rng, _THREE_AXES, _work, LOOKS)
    return cases + memory(rng, _THREE_AXES, _work, LOOKS, more=2)


relu = Exercise("relu", LESSON, 2, nn.ReLU, OF_ITS_DTYPE, _cases, made_with=(), defines="ReLU")
