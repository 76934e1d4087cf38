"""Lesson 11: the fully connected layer."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, Sizes, sized
from course.checks.exercise import Exercise
from course.checks.exercises import lesson_09_the_convolution_layer as lesson_09
from course.checks.exercises.lesson_11 import LESSON, memory, only_x
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import OF_ITS_DTYPE

_PARTS = (uses.y, uses.dx, uses.dw, uses.db)
_SIZES: list[Sizes] = [
    {"N": N, "in_features": columns, "out_features": rows}
    for N, columns, rows in [(4, 3, 5), (1, 5, 2), (3, 6, 3), (4, 4, 4), (5, 2, 5), (2, 1, 4)]
]
_UNEQUAL = {"N": 4, "in_features": 3, "out_features": 5}
_EXAMPLE: dict[str, Any] = {
    "settings": (3, 2),
    "w": np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]]),
    "b": np.array([10.0, 20.0]),
    "x": np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]),
}


def _work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    N, columns, rows = sizes.values()
    return {
        "settings": (columns, rows),
        "w": numbers.array(rows, columns),
        "b": numbers.array(rows),
        "x": numbers.array(N, columns),
        "dy": numbers.array(N, rows),
    }


def _of_all_parts(group: str, sizes: Sizes, numbers: Numbers) -> list[Case]:
    y, *others = _PARTS
    return [
        sized(group, sizes, numbers, only_x(_work), y),
        *(sized(group, sizes, numbers, _work, part) for part in others),
    ]


def _memory(rng: np.random.Generator) -> list[Case]:
    """What a layer keeps from one call to the next, and what it leaves alone."""
    looks = (
        uses.y_of_the_second_round,
        uses.dx_of_the_second_round,
        uses.dw_of_the_second_round,
        uses.db_of_the_second_round,
        uses.dw_beside_another_layer,
        uses.db_beside_another_layer,
    )
    plain = Numbers(rng)
    of_one_input = [
        sized("memory", _UNEQUAL, plain, _work, uses.keeps_its_parameters),
        sized("memory", _UNEQUAL, plain, only_x(_work), uses.y_of_new_parameters),
        sized("memory", _UNEQUAL, plain, _work, uses.dx_of_new_parameters),
        sized("memory", _UNEQUAL, plain, _work, uses.dw_of_a_second_backward),
    ]
    alike = memory(rng, _UNEQUAL, _work, looks)
    return [*of_one_input, *alike, *memory(rng, _UNEQUAL, _work, looks[:4], more=2)]


def _beginning(rng: np.random.Generator) -> list[Case]:
    seed = int(rng.integers(1000))
    high = {"settings": (50, 150), "seed": seed}
    wide = {"settings": (300, 20), "seed": seed}
    return [
        Case("beginning", {"settings": (3, 5)}, uses.initial_shapes),
        Case("beginning", {"settings": (3, 5)}, uses.initial_bias),
        Case("beginning", high, uses.initial_spread_of_rows),
        Case("beginning", wide, uses.initial_spread_of_rows),
        Case("beginning", high, uses.initial_mean),
        Case("beginning", high, uses.draws_from_rng),
        Case("beginning", high, uses.draws_from_a_seed),
    ]


def _cases(rng: np.random.Generator) -> list[Case]:
    plain = Numbers(rng)
    cases = [Case("the example", _EXAMPLE, uses.y)]
    cases += [sized("y", sizes, plain, only_x(_work), uses.y) for sizes in _SIZES]
    for part in _PARTS[1:]:
        cases += [sized(part.__name__, sizes, plain, _work, part) for sizes in _SIZES]
    for layout in LAYOUTS[1:]:
        cases += _of_all_parts("memory layouts", _UNEQUAL, Numbers(rng, layout=layout))
    cases += _of_all_parts("float32", _UNEQUAL, Numbers(rng, np.float32))
    return cases + _memory(rng) + _beginning(rng)


linear = Exercise(
    "linear",
    LESSON,
    3,
    nn.Linear,
    OF_ITS_DTYPE,
    _cases,
    made_with=("in_features", "out_features", "rng"),
    defines="Linear",
    hints=lesson_09.HINTS | lesson_09.spread(uses.initial_spread_of_rows, "in_features"),
)
