"""Lesson 00: one tiny exercise, to see what a check says."""

from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.exercise import Exercise
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import A_NUMBER


def _reference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.dot(a, b))


def _case(group: str, n: int, numbers: Numbers) -> Case:
    def remake(sizes: dict[str, int], others: Numbers) -> Case:
        if sizes["n"] < 1:
            raise ValueError("a vector has at least one entry")
        return _case(group, sizes["n"], others)

    arguments = {"a": numbers.array(n), "b": numbers.array(n)}
    return Case(group, arguments, sizes={"n": n}, remake=remake, layout=numbers.layout)


def _cases(rng: np.random.Generator) -> list[Case]:
    def draw(group: str, n: int, dtype: Any = np.float64, layout: str = "C") -> Case:
        return _case(group, n, Numbers(rng, dtype, layout))

    example = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([4.0, 5.0, 6.0])}
    return [
        Case("the example", example),
        *(draw("lengths", n) for n in (2, 5, 9, 1, 3, 4, 6, 20)),
        *(draw("lengths", int(n)) for n in rng.integers(10, 50, 4)),
        *(draw("memory layouts", 6, layout=layout) for layout in LAYOUTS[2:]),
        draw("float32", 7, np.float32),
        draw("float32", 4, np.float32, "strided"),
    ]


dot_product = Exercise(
    name="dot_product",
    lesson="00_start_here",
    points=1,
    reference=_reference,
    returns=A_NUMBER,
    cases=_cases,
)
