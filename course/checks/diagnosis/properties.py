"""What can be said of some cases and not of others: "the stride is above 1", "there is padding"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.measures import Sizes, value_of


@dataclass(frozen=True)
class Property:
    """A property, in words that can follow "where", and for which cases it is true."""

    words: str
    true_of: tuple[bool, ...]
    plain: bool = True
    """Whether it may stand beside another one: it is about the sizes that the lessons speak of."""


_OF_SIZES = (
    ("stride > 1", "the stride is above 1", "the stride is 1"),
    ("stride > 2", "the stride is above 2", "the stride is at most 2"),
    ("padding > 0", "there is padding", "there is no padding"),
    ("padding > 1", "the padding is above 1", "the padding is at most 1"),
    ("N > 1", "there are several images", "there is one image"),
    ("C > 1", "there are several channels", "there is one channel"),
    ("F > 1", "there are several filters", "there is one filter"),
    ("H != W", "the image is not square", "the image is square"),
    ("H > W", "the image is higher than wide", "the image is not higher than wide"),
    ("W > H", "the image is wider than high", "the image is not wider than high"),
    ("kh != kw", "the kernel is not square", "the kernel is square"),
    ("kh > kw", "the kernel is higher than wide", "the kernel is not higher than wide"),
    ("kw > kh", "the kernel is wider than high", "the kernel is not wider than high"),
    ("kh > 1", "the kernel has several rows", "the kernel has one row"),
    ("kw > 1", "the kernel has several columns", "the kernel has one column"),
    ("kh * kw > 1", "the kernel has more than one entry", "the kernel is 1×1"),
    ("kh % 2 == 0", "the kernel's height is even", "the kernel's height is odd"),
    ("kw % 2 == 0", "the kernel's width is even", "the kernel's width is odd"),
    ("oh * ow > 1", "there are several windows", "there is one window"),
    ("oh > 1", "there are several rows of windows", "there is one row of windows"),
    ("ow > 1", "there are several columns of windows", "there is one column of windows"),
    ("oh != ow", "the output is not square", "the output is square"),
    ("dilation > 1", "the dilation is above 1", "the dilation is 1"),
    ("groups > 1", "there are several groups", "there is one group"),
    ("size > 1", "the size is above 1", "the size is 1"),
    ("stride < size", "the windows overlap", "the windows do not overlap"),
    ("stride > size", "the stride is larger than the window", "the stride is within the window"),
    ("N * C > 1", "there are several images or channels", "there is one image and one channel"),
    ("N * F > 1", "there are several images or filters", "there is one image and one filter"),
    ("C * F > 1", "there are several channels or filters", "there is one channel and one filter"),
    ("N != F", "N and F differ", "N and F are equal"),
    ("N != C", "N and C differ", "N and C are equal"),
    ("F != C", "F and C differ", "F and C are equal"),
)  # fmt: skip
_MORE = (
    ("N > 2", "there are more than two images", "there are at most two images"),
    ("N > 3", "there are more than three images", "there are at most three images"),
)
"""Not to be joined with others."""
_ROWS_LEFT = "(H + 2 * padding - dilation * (kh - 1) - 1) % stride > 0"
_COLUMNS_LEFT = "(W + 2 * padding - dilation * (kw - 1) - 1) % stride > 0"
_LEFT_OVER = (
    (f"{_ROWS_LEFT} or {_COLUMNS_LEFT}", "the windows leave a remainder", "no remainder is left"),
    (_ROWS_LEFT, "rows are left over", "no rows are left over"),
    (_COLUMNS_LEFT, "columns are left over", "no columns are left over"),
)
_NAMED = {"N", "C", "F", "H", "W", "kh", "kw", "oh", "ow", "stride", "padding", "dilation"}


def properties(cases: Sequence[Case], sizes: Sequence[Sizes]) -> list[Property]:
    """Every property that some of the cases have and others have not."""
    found: dict[tuple[bool, ...], Property] = {}
    kinds_of = (
        (True, chain(_of_expressions(sizes, (*_OF_SIZES, *_LEFT_OVER)), _of_memory(cases))),
        (False, chain(_of_expressions(sizes, _MORE), _of_numbers(sizes), _of_arrays(cases))),
    )
    for plain, kinds in kinds_of:
        for words, true_of in kinds:
            if any(true_of) and not all(true_of):
                found.setdefault(true_of, Property(words, true_of, plain))
    return list(found.values())


def _of_expressions(
    sizes: Sequence[Sizes], table: tuple[tuple[str, str, str], ...]
) -> Iterator[tuple[str, tuple[bool, ...]]]:
    complete = [{"dilation": 1, "padding": 0} | s for s in sizes]
    kernels = [s if "kh" in s else s | _window(s) for s in complete]
    for expression, words, opposite in table:
        values = [value_of(expression, s) for s in kernels]
        if None not in values:
            if "size" in sizes[0]:  # of pooling
                words, opposite = (w.replace("kernel", "window") for w in (words, opposite))
            yield from _both(words, opposite, [bool(v) for v in values])


def _window(sizes: Sizes) -> Sizes:
    """The kernel's sizes, for windows of pooling."""
    return {"kh": sizes["size"], "kw": sizes["size"]} if "size" in sizes else {}


def _both(words: str, opposite: str, true: list[bool]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    yield words, tuple(true)
    yield opposite, tuple(not t for t in true)


def _of_numbers(sizes: Sequence[Sizes]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """Of an argument that has no words of its own: what it is, or above what."""
    for name in sorted({name for s in sizes for name in s} - _NAMED):
        if not all(type(s.get(name)) is int for s in sizes):
            continue
        for value in (0, 1, 2, 3):
            equal, above = [s[name] == value for s in sizes], [s[name] > value for s in sizes]
            yield from _both(f"{name} is {value}", f"{name} is not {value}", equal)
            yield from _both(f"{name} is above {value}", f"{name} is at most {value}", above)


def _of_memory(cases: Sequence[Case]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    single = ["float32" in _dtypes(case) for case in cases]
    yield from _both("the dtype is float32", "the dtype is float64", single)
    layouts = [case.layout != "C" for case in cases]
    yield from _both(
        "the arrays do not lie in memory row by row", "the arrays lie in memory row by row", layouts
    )


def _of_arrays(cases: Sequence[Case]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    for name in cases[0].arguments:
        arrays: list[Any] = [case.arguments.get(name) for case in cases]
        if not all(isinstance(a, np.ndarray) and a.dtype.kind in "fiu" and a.size for a in arrays):
            continue
        yield from _both(
            f"{name} has several axes", f"{name} has one axis", [a.ndim > 1 for a in arrays]
        )
        for words, opposite, test in _OF_ENTRIES:
            true = [bool(np.any(test(a))) for a in arrays]
            yield from _both(words.format(name), opposite.format(name), true)


_OF_ENTRIES: tuple[tuple[str, str, Any], ...] = (
    ("{} has negative numbers", "{} has no negative number", lambda a: a < 0),
    ("{} has positive numbers", "{} has no positive number", lambda a: a > 0),
    ("{} has zeros", "{} has no zero", lambda a: a == 0),
    ("{} has numbers above 10", "{} has no number above 10", lambda a: abs(a) > 10),
    ("{} has several entries", "{} has one entry", lambda a: a.size > 1),
)


def _dtypes(case: Case) -> set[str]:
    return {str(v.dtype) for v in case.arguments.values() if isinstance(v, np.ndarray)}


def separating(found: list[Property], wanted: list[bool], excluded: list[bool]) -> str | None:
    """The words of one property, or of two, that all wanted cases have and no excluded one has."""
    inside, outside = np.array(wanted), np.array(excluded)
    few = min(inside.sum(), outside.sum()) < FEWEST
    for one in found:
        if (one.plain or not few) and _separates(np.array(one.true_of), inside, outside):
            return one.words
    if few:
        return None
    tables = [(one.words, np.array(one.true_of)) for one in found if one.plain]
    for join, word in ((np.logical_and, "and"), (np.logical_or, "or")):
        for (words, true), (others, also) in combinations(tables, 2):
            if _separates(join(true, also), inside, outside):
                return f"{words} {word} {others}"
    return None


FEWEST = 3
"""With fewer cases on either side, some property or two will tell any cases apart."""


def only_where(found: list[Property], wanted: list[bool], excluded: list[bool]) -> str | None:
    """The words of what all wanted cases have, and the fewest others: less than half of them."""
    inside, outside = np.array(wanted), np.array(excluded)
    shared = [one for one in found if np.array(one.true_of)[inside].all()]
    others = [(int(np.array(one.true_of)[outside].sum()), one.words) for one in shared]
    fewest, words = min(others, default=(len(wanted), ""), key=lambda other: other[0])
    return words if fewest < outside.sum() / 2 else None


def _separates(true_of: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> bool:
    return bool(true_of[inside].all() and not true_of[outside].any())
