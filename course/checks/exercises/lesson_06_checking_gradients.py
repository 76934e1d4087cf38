"""Lesson 06: the gradient of any function, and how far two gradients are apart."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course import gradcheck
from course.checks.case import Case, shaped, with_two_calls
from course.checks.exercise import Exercise
from course.checks.geometry import Numbers
from course.checks.verdict import OF_ITS_DTYPE, a_number

LESSON = "06_checking_gradients"
Array = np.ndarray
Shape = tuple[int, ...]
Function = Callable[[Array], Any]
MakePair = Callable[[Array, Array], tuple[Array, Array]]

# What is differentiated. But for the first, the second and third derivatives are large, so that
# one-sided differences and other steps show. `mixed_products` is no sum of functions of one entry
# each.


def sum_of_squares(x: Array) -> Any:
    """The function of the lesson."""
    return np.sum(x**2)


def weighted_cubes(x: Array) -> Any:
    """Every entry counts differently."""
    return np.sum(np.arange(1, x.size + 1).reshape(x.shape) * x**3)


def waves(x: Array) -> Any:
    """Bends often between two entries of x."""
    return np.sum(np.sin(5 * x + np.arange(x.size).reshape(x.shape)))


def ripples(x: Array) -> Any:
    """Bends so often that a step of 1e-4 or 1e-6 is told from one of 1e-5."""
    return np.sum(np.sin(1000 * x + np.arange(x.size).reshape(x.shape)))


def mixed_products(x: Array) -> Any:
    """Every entry is multiplied by its neighbours, so that one that drifts harms another."""
    across, down = x[..., :-1] * x[..., 1:] ** 2, x[:-1] * x[1:] ** 2
    return np.sum(x**3) + 3 * np.sum(across) + 2 * np.sum(down)


# Gradients ---------------------------------------------------------------------------------------

_STEP = {"step": 1e-5}
_DEFAULT: dict[str, float] = {}  # step is not handed over

_TRIED: list[tuple[str, Function, Shape, dict[str, float], str]] = [
    ("one axis", weighted_cubes, (5,), _STEP, "C"),
    ("one axis", mixed_products, (6,), _STEP, "C"),
    ("one axis", waves, (1,), _STEP, "C"),
    ("two axes", waves, (2, 3), _STEP, "C"),
    ("two axes", mixed_products, (4, 3), _STEP, "C"),
    ("two axes", weighted_cubes, (4, 1), _STEP, "C"),
    ("two axes", mixed_products, (1, 5), _STEP, "C"),
    ("three axes", waves, (3, 2, 4), _STEP, "C"),
    ("three axes", mixed_products, (2, 4, 3), _STEP, "C"),
    ("four axes", weighted_cubes, (2, 1, 3, 2), _STEP, "C"),
    ("four axes", mixed_products, (1, 2, 2, 3), _STEP, "C"),
    ("four axes", waves, (3, 2, 1, 2), _STEP, "C"),
    ("other steps", waves, (4,), {"step": 1e-4}, "C"),
    ("other steps", mixed_products, (2, 3), {"step": 1e-3}, "C"),
    ("other steps", waves, (3, 2), {"step": 1e-2}, "C"),
    ("other steps", weighted_cubes, (2, 2), {"step": 1e-2}, "C"),
    ("no step given", ripples, (3,), _DEFAULT, "C"),
    ("no step given", ripples, (2, 3), _DEFAULT, "C"),
    ("memory layouts", mixed_products, (3, 4), _STEP, "Fortran"),
    ("memory layouts", waves, (2, 3, 2), _STEP, "strided"),
    ("memory layouts", mixed_products, (3, 2, 2), _STEP, "reversed"),
]


def _gradient_cases(rng: np.random.Generator) -> list[Case]:
    example = {"f": sum_of_squares, "x": np.array([1.0, -2.0, 3.0])}
    zeros = {"f": waves, "x": np.zeros((2, 3))}

    def case(group: str, f: Function, shape: Shape, step: dict[str, float], layout: str) -> Case:
        def build(shape: Shape, numbers: Numbers) -> dict[str, Any]:
            return {"f": f, "x": numbers.array(*shape)} | step

        return shaped(group, shape, Numbers(rng, layout=layout), build)

    examples = [Case("the example", example | _STEP), Case("zeros", zeros | _STEP)]
    return [*examples, *(case(*tried) for tried in _TRIED)]


_GRADIENT = gradcheck.numerical_gradient
numerical_gradient = Exercise(
    "numerical_gradient",
    LESSON,
    4,
    _GRADIENT,
    OF_ITS_DTYPE,
    with_two_calls(_gradient_cases),
    tolerance=1e-6,
)

# Relative errors ---------------------------------------------------------------------------------


def _one_off(p: Array, q: Array) -> tuple[Array, Array]:
    """Two arrays that differ in the last entry, by the first number in q."""
    other = p.copy()
    other[(-1,) * p.ndim] += q[(0,) * p.ndim]
    return p, other


def _without_the_first(p: Array) -> Array:
    """The same, but for a 0 as the first entry."""
    other = p.copy()
    other[(0,) * p.ndim] = 0
    return other


def _up_to_zero(p: Array) -> Array:
    """Numbers of which the largest is 0."""
    return np.asarray(np.abs(p).min() - np.abs(p))


# How a and b are made of two arrays of random numbers, p and q.
_PAIRS: list[tuple[str, Shape, MakePair]] = [
    ("far apart", (5,), lambda p, q: (p, 3 * q)),
    ("far apart", (3, 4), lambda p, q: (4 * p, q)),
    ("far apart", (2, 3, 1, 4), lambda p, q: (p, q)),
    ("far apart", (2, 3), lambda p, q: (p, 0.01 * q)),
    ("one entry", (1,), lambda p, q: (p, 2 * q)),
    ("one entry", (1, 1), lambda p, q: (3 * p, q)),
    ("negative", (5,), lambda p, q: (-np.abs(p) - 1, -np.abs(p) - np.abs(q) - 2)),
    ("negative", (2, 4), lambda p, q: (-3 * np.abs(p) - 5, np.abs(q) + 1)),
    ("negative", (3, 2), lambda p, q: (p - 4, 2 * q - 5)),
    ("positive", (4,), lambda p, q: (np.abs(p) + 1, 3 * np.abs(p) + q**2 + 3)),
    ("positive", (2, 2), lambda p, q: (5 * np.abs(p) + q**2 + 9, np.abs(p) + 1)),
    ("opposite signs", (2, 3), lambda p, q: (p, -1.01 * p)),
    ("close", (2, 3, 2, 2), lambda p, q: (p, p + 1e-5 * q)),
    ("close", (4, 5), lambda p, q: (1e6 * p, 1e6 * p + q)),
    ("tiny", (3, 2), lambda p, q: (1e-9 * p, 1e-9 * p + 1e-12 * q)),
    ("tiny", (4,), lambda p, q: (1e-7 * p, 1e-7 * q)),
    ("one entry differs", (4, 5), _one_off),
    ("some zeros", (2, 3), lambda p, q: (_without_the_first(p), _without_the_first(q))),
    ("some zeros", (5,), lambda p, q: (_up_to_zero(p), _up_to_zero(2 * q))),
    ("some zeros", (2,), lambda p, q: (p - p[::-1], q - q[::-1])),
    ("equal", (3, 2), lambda p, q: (p, p.copy())),
    ("zeros", (2, 3), lambda p, q: (0 * np.abs(p), q)),
    ("zeros", (3, 2), lambda p, q: (p, 0 * np.abs(q))),
    ("zeros", (2, 3), lambda p, q: (0 * np.abs(p), 0 * np.abs(q))),
]


def _error_cases(rng: np.random.Generator) -> list[Case]:
    example = {"a": np.array([0.0, 100.0]), "b": np.array([1.0, 99.0])}

    def case(group: str, shape: Shape, make: MakePair, *how: Any) -> Case:
        def build(shape: Shape, numbers: Numbers) -> dict[str, Any]:
            return dict(zip("ab", make(numbers.array(*shape), numbers.array(*shape)), strict=True))

        return shaped(group, shape, Numbers(rng, *how), build)

    return [
        Case("the example", example),
        *(case(*pair) for pair in _PAIRS),
        case("memory layouts", (3, 4), lambda p, q: (p, 2 * q), np.float64, "Fortran"),
        case("memory layouts", (3, 4), lambda p, q: (p, 2 * q), np.float64, "reversed"),
        case("float32", (3, 2, 2), lambda p, q: (p, 2 * q), np.float32),
        case("float32", (4,), lambda p, q: (p - 3, q), np.float32, "strided"),
    ]


_ERROR = a_number("a float", "fiu", "Return one number: the largest difference, divided.")
relative_error = Exercise(
    "relative_error", LESSON, 2, gradcheck.relative_error, _ERROR, _error_cases
)
