"""Lengths and factors by name: which expression of N, C, kh, stride and so on has these values?"""

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from types import CodeType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.sizes import sizes_of
from course.checks.exercise import Exercise

Sizes = dict[str, float]

WORDS = {
    "N": "image", "C": "channel", "F": "filter", "K": "class", "H": "row", "W": "column",
    "oh": "row", "ow": "column", "kh": "row", "kw": "column",
    "in_features": "input", "out_features": "output",
}  # fmt: skip
"""What is counted by a size."""


def several(one: str) -> str:
    """The plural of such a word."""
    return "entries" if one == "entry" else f"{one}es" if one.endswith("s") else f"{one}s"


def given_of(case: Case, reference: Callable[..., Any]) -> dict[str, Any]:
    """The arguments by name; of a layer, first those that it is made with; defaults filled in."""
    given = dict(case.arguments)
    settings = given.pop("settings", None)
    try:
        bound = inspect.signature(reference).bind_partial(*(settings or ()))
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
    named = ({} if known else case.sizes) | numbers | known
    doubles = ("in_channels", "out_channels")
    return {n: v for n, v in named.items() if n not in doubles and n.isidentifier()}


_ATOMS = ("N", "C", "F", "H", "W", "kh", "kw", "oh", "ow", "K", "in_features", "out_features")
_OTHERS = (
    *("n", "stride", "padding", "dilation", "groups", "size", "size * size", "stride * stride"),
    *("2 * padding", "F // groups", "C // groups", "learning_rate", "momentum", "1 - momentum"),
)
_PATTERNS = (
    "{H} + 2 * padding", "{H} + padding", "{H} - {k} + 1", "{H} - {k}", "{H} + {k} - 1",
    "{H} + 2 * padding - {k} + 1", "{H} + padding - {k} + 1", "{H} // stride", "{H} * stride",
    "({H} - {k}) // stride", "({H} - {k}) // stride + 1", "({H} + 2 * padding - {k}) // stride",
    "({H} + padding - {k}) // stride + 1", "({o} - 1) * stride + 1", "({o} - 1) * stride + {k}",
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
