"""Lengths and factors by name: which expression of N, C, kh, stride and so on has these values?"""

from collections.abc import Iterable
from itertools import combinations
from math import isclose

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.sizes import given_of, sizes_of, value_of
from course.checks.exercise import Exercise, dtype_of

Sizes = dict[str, float]


def measures_of(exercise: Exercise, case: Case) -> Sizes:
    """Every size and number of a case that has a name."""
    given = given_of(exercise, case)
    numbers = {name: v for name, v in given.items() if type(v) in (int, float)}
    known: Sizes = dict(sizes_of(exercise, case))
    lengths = {len(v) for v in given.values() if isinstance(v, np.ndarray) and v.ndim == 1}
    if not known and len(lengths) == 1:
        known["n"] = lengths.pop()
    memory = {"float32": dtype_of(case) == "float32", "layout": case.layout != "C"}
    others = {n: v for n, v in numbers.items() if n not in ("in_channels", "out_channels")}
    return {n: v for n, v in (memory | others | known).items() if n.isidentifier()}


_ATOMS = ("N", "C", "F", "H", "W", "kh", "kw", "oh", "ow", "K", "in_features", "out_features")
_OTHERS = (
    *("n", "stride", "padding", "dilation", "groups", "size", "size * size", "step", "momentum"),
    *("2 * padding", "F // groups", "C // groups", "learning_rate", "1 - momentum"),
)
_HEIGHTS = (
    *("H + 2 * padding", "H + padding", "H - kh + 1", "H - kh", "H + kh - 1", "H // stride"),
    *("H * stride", "(H - kh) // stride + 1", "oh + 1", "oh - 1", "H + 1", "H - 1"),
)
"""What the length of an axis often is by mistake; for the width, the letters change."""
_WIDTHS = (height.replace("h", "w").replace("H", "W") for height in _HEIGHTS)
_PRODUCTS = (" * ".join(c) for n in (2, 3, 4) for c in combinations(_ATOMS[:9], n))
EXPRESSIONS = (*_ATOMS, *_OTHERS, *_HEIGHTS, *_WIDTHS, *_PRODUCTS)
"""What a length or a factor may be, the simplest first."""


def name_of(measured: Iterable[tuple[float | None, Sizes]]) -> str | None:
    """The simplest expression that has these values, one for each of the sizes."""
    measured = list(measured)
    for expression in EXPRESSIONS:
        sizes = ((value_of(expression, sizes), value) for value, sizes in measured)
        if all(one and other and isclose(one, other, rel_tol=1e-4) for one, other in sizes):
            return expression
    return None
