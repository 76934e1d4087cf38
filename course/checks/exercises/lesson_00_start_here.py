"""Lesson 00: one tiny exercise, to see what a check says."""

from typing import Any

import numpy as np

from course.checks.case import Case, sized
from course.checks.exercise import Exercise
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import A_NUMBER


def _reference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.dot(a, b))


def _vectors(sizes: dict[str, int], numbers: Numbers) -> dict[str, Any]:
    return {"a": numbers.array(sizes["n"]), "b": numbers.array(sizes["n"])}


def _cases(rng: np.random.Generator) -> list[Case]:
    def draw(group: str, n: int, dtype: Any = np.float64, layout: str = "C") -> Case:
        return sized(group, {"n": int(n)}, Numbers(rng, dtype, layout), _vectors)

    example = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([4.0, 5.0, 6.0])}
    return [
        Case("the example", example),
        *(draw("lengths", n) for n in (2, 5, 9, 1, 3, 4, 6, 20, *rng.integers(10, 50, 4))),
        *(draw("memory layouts", 6, layout=layout) for layout in LAYOUTS[2:]),
        draw("float32", 7, np.float32),
        draw("float32", 4, np.float32, "strided"),
    ]


dot_product = Exercise("dot_product", "00_start_here", 1, _reference, A_NUMBER, _cases)
