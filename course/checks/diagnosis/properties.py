"""What can be said of some cases and not of others: "the stride is above 1", "there is padding"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.measures import Sizes, value_of

FEWEST = 3
"""Of fewer cases little can be said: some property or two will tell any such few apart."""


@dataclass(frozen=True)
class Property:
    """A property, in words that can follow "where", and for which cases it is true."""

    words: str
    true_of: np.ndarray
    joins: bool = False
    """Whether it may stand beside another one, and be said of few cases."""


_OF_SIZES = (
    ("stride > 1", "the stride is above 1", "the stride is 1"),
    ("padding > 0", "there is padding", "there is no padding"),
    ("dilation > 1", "the dilation is above 1", "the dilation is 1"),
    ("groups > 1", "there are several groups", "there is one group"),
    ("N > 1", "there are several images", "there is one image"),
    ("C > 1", "there are several channels", "there is one channel"),
    ("F > 1", "there are several filters", "there is one filter"),
    ("H != W", "the image is not square", "the image is square"),
    ("kh != kw", "the kernel is not square", "the kernel is square"),
    ("kh * kw > 1", "the kernel has more than one entry", "the kernel is 1×1"),
    ("kh % 2 == 0", "the kernel's height is even", "the kernel's height is odd"),
    ("kw % 2 == 0", "the kernel's width is even", "the kernel's width is odd"),
    ("oh * ow > 1", "there are several windows", "there is one window"),
    ("N and size > 1", "the windows are larger than 1×1", "the windows are 1×1"),
    ("N and stride < size", "the windows overlap", "the windows do not overlap"),
    ("N and stride > size", "there are gaps between windows", "there is no gap between windows"),
)
"""Of these sizes the lessons speak."""
_LEFT = "({0} + 2 * padding - dilation * ({1} - 1) - 1) % stride > 0"
_MORE = (
    ("padding > 1", "the padding is above 1", "the padding is at most 1"),
    ("stride > 2", "the stride is above 2", "the stride is at most 2"),
    ("N > 2", "there are more than two images", "there are at most two images"),
    ("N > 3", "there are more than three images", "there are at most three images"),
    (_LEFT.format("H", "kh"), "rows are left over", "no rows are left over"),
    (_LEFT.format("W", "kw"), "columns are left over", "no columns are left over"),
)
_NAMED = set("NCFHW") | {"kh", "kw", "oh", "ow", "stride", "padding", "dilation", "groups"}


def properties(cases: Sequence[Case], sizes: Sequence[Sizes]) -> list[Property]:
    """Every property that some of the cases have and others have not."""
    complete = [{"dilation": 1, "padding": 0} | s for s in sizes]
    kinds = ((True, _of_sizes(complete)), (True, _of_memory(cases)), (False, _more(complete)))
    found = []
    for joins, kind in kinds:
        for words, opposite, true in kind:
            if any(true) and not all(true):
                found.append(Property(words, np.array(true), joins))
                found.append(Property(opposite, ~np.array(true)))
    return found


Both = Iterator[tuple[str, str, list[bool]]]
"""The words for a property and for its opposite, and of which cases it is true."""


def _of_sizes(sizes: Sequence[Sizes], table: tuple[tuple[str, str, str], ...] = _OF_SIZES) -> Both:
    for expression, words, opposite in table:
        values = [value_of(expression, s) for s in sizes]
        if None not in values:
            yield words, opposite, [bool(v) for v in values]


def _more(sizes: Sequence[Sizes]) -> Both:
    """Also of an argument that has no words of its own."""
    yield from _of_sizes(sizes, _MORE)
    for name in sorted(sizes[0].keys() - _NAMED):
        above = [(f"{name} > {k}", f"{name} is above {k}", f"{name} is at most {k}") for k in "012"]
        yield from _of_sizes(sizes, tuple(above))


def _of_memory(cases: Sequence[Case]) -> Both:
    arrays = [[getattr(v, "dtype", None) for v in case.arguments.values()] for case in cases]
    yield "the dtype is float32", "the dtype is float64", [np.float32 in of for of in arrays]
    words = "lie in memory row by row"
    yield f"the arrays do not {words}", f"the arrays {words}", [c.layout != "C" for c in cases]


def separating(found: list[Property], wanted: list[bool], excluded: list[bool]) -> str | None:
    """The words of one property, or of two, that all wanted cases have and no excluded one has."""
    inside, outside = np.array(wanted), np.array(excluded)

    def separates(true_of: np.ndarray) -> bool:
        return bool(true_of[inside].all() and not true_of[outside].any())

    few, plain = min(inside.sum(), outside.sum()) < FEWEST, [one for one in found if one.joins]
    for one in plain if few else found:
        if separates(one.true_of):
            return one.words
    for one, other in [] if few else combinations(plain, 2):
        if separates(one.true_of & other.true_of):
            return f"{one.words} and {other.words}"
        if separates(one.true_of | other.true_of):
            return f"{one.words} or {other.words}"
    return None


def only_where(found: list[Property], wanted: list[bool], excluded: list[bool]) -> str | None:
    """The words of what all wanted cases have, and the fewest others: less than half of them."""
    inside, outside = np.array(wanted), np.array(excluded)
    shared = [one for one in found if one.true_of[inside].all()]
    others = [(int(one.true_of[outside].sum()), one.words) for one in shared]
    fewest, words = min(others, default=(len(wanted), ""), key=lambda other: other[0])
    return words if fewest < outside.sum() / 2 else None
