"""Lengths and factors by name: which expression of N, C, kh, stride and so on has these values?"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import combinations, permutations
from types import CodeType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.sizes import sizes_of
from course.checks.exercise import Exercise

Sizes = dict[str, float]

WORDS = {
    "N": ("image", "images"),
    "C": ("channel", "channels"),
    "F": ("filter", "filters"),
    "H": ("row", "rows"),
    "W": ("column", "columns"),
    "oh": ("row", "rows"),
    "ow": ("column", "columns"),
    "kh": ("row", "rows"),
    "kw": ("column", "columns"),
    "K": ("class", "classes"),
    "in_features": ("input", "inputs"),
    "out_features": ("output", "outputs"),
}
"""What is counted by a size."""

DESCRIBED = {
    "n": "the number of entries",
    "N": "the number of images",
    "C": "the number of channels",
    "F": "the number of filters",
    "K": "the number of classes",
    "oh * ow": "the number of windows",
    "N * oh * ow": "the number of windows in all images",
    "kh * kw": "the number of entries of a kernel",
    "size * size": "the number of pixels of a window",
}


def given_of(case: Case, reference: Callable[..., Any]) -> dict[str, Any]:
    """The arguments by name; of a layer, first those that it is made with; defaults filled in."""
    given = dict(case.arguments)
    settings = given.pop("settings", None)
    try:
        signature = inspect.signature(reference)
        bound = signature.bind_partial(*(settings or ()))
    except (TypeError, ValueError):
        return given
    bound.apply_defaults()
    return dict(bound.arguments) | given


def measures_of(exercise: Exercise, case: Case) -> Sizes:
    """Every size and number of a case that has a name."""
    given = given_of(case, exercise.reference)
    numbers = {name: v for name, v in given.items() if type(v) in (int, float)}
    known: Sizes = dict(sizes_of(exercise.name, case, exercise.made_with))
    if "size" in given and given.get("stride", 0) is None and "H" in known:  # pooling by tiles
        size = given["size"]
        known |= {"stride": size, "oh": known["H"] // size, "ow": known["W"] // size}
    lengths = {len(v) for v in given.values() if isinstance(v, np.ndarray) and v.ndim == 1}
    if not known and len(lengths) == 1:
        numbers["n"] = lengths.pop()
    extra = {name: v for name, v in case.sizes.items() if not known} | numbers
    doubles = ("in_channels", "out_channels")
    named = (extra | known).items()
    return {n: v for n, v in named if n not in doubles and n.isidentifier()}


_ATOMS = ("N", "C", "F", "H", "W", "kh", "kw", "oh", "ow", "K", "in_features", "out_features")
_OTHERS = (
    *("stride", "padding", "dilation", "groups", "size", "size * size", "stride * stride"),
    *("2 * padding", "F // groups", "C // groups"),
)
_PATTERNS = (
    "{H} + 2 * padding", "{H} + padding", "{H} - {k} + 1", "{H} - {k}",
    "{H} + 2 * padding - {k} + 1", "{H} + 2 * padding - {k}", "{H} + padding - {k} + 1",
    "{H} // stride", "{H} * stride", "{o} * stride", "({H} - {k}) // stride",
    "({H} - {k}) // stride + 1", "({H} + 2 * padding - {k}) // stride",
    "({H} + padding - {k}) // stride + 1", "({H} + 2 * padding) // stride",
    "{H} + {k} - 1", "{o} + {k} - 1", "({o} - 1) * stride + 1", "({o} - 1) * stride + {k}",
)  # fmt: skip
"""What the length of an axis often is by mistake."""


@cache
def expressions() -> tuple[str, ...]:
    """What a length or a factor may be, the simplest first."""
    along = (("H", "kh", "oh"), ("W", "kw", "ow"))
    lengths = [p.format(H=H, k=k, o=o) for p in _PATTERNS for H, k, o in along]
    near = [f"{atom} {sign} {k}" for k in (1, 2) for atom in _ATOMS for sign in "-+"]
    products = [" * ".join(c) for n in (2, 3, 4) for c in combinations(_ATOMS[:9], n)]
    return (*_ATOMS, *_OTHERS, *near, *lengths, *products)


@cache
def _code(expression: str) -> CodeType:
    return compile(expression, "<size>", "eval")


def value_of(expression: str, sizes: Sizes) -> float | None:
    """What the expression is for these sizes; None where it means nothing."""
    try:
        return eval(_code(expression), {"__builtins__": {}}, sizes)
    except (NameError, ZeroDivisionError):
        return None


def name_of(
    values: Sequence[float], of: list[Sizes], preferred: tuple[str, ...] = ()
) -> str | None:
    """The simplest expression that has these values, one for each of the sizes."""
    for expression in (*filter(None, preferred), *expressions()):
        pairs = zip(values, of, strict=True)
        if all(value_of(expression, sizes) == value for value, sizes in pairs):
            return expression
    return None


def orders(count: int) -> Iterator[tuple[int, ...]]:
    """Every order of so many axes but the one they are in."""
    return (order for order in permutations(range(count)) if order != tuple(range(count)))
