"""Another shape: cut short, with a frame, or as long as something else."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from course.checks.diagnosis.compared import FEWEST, Compared, Fits, Pair
from course.checks.diagnosis.measures import name_of
from course.checks.diagnosis.rearranged import counted, joined

PLACES = {"at the end": 0.0, "at the beginning": 1.0, "in equal parts at both ends": 0.5}
"""Which share of what is cut off, or too much, is at the beginning."""


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """The right numbers without the ends, or with more around them; else only the shape."""
    got, right = found.wrong[0].got, found.wrong[0].expected
    if got.ndim == right.ndim and got.shape != right.shape:
        larger = got.size > right.size
        axes = [axis for axis in range(got.ndim) if any(_room(found, axis))]
        amounts = joined([_amount(found, axis) for axis in axes])
        if any(0 in _room(found, axis) for axis in axes):  # not along each axis in each case
            amounts = amounts.replace(" and ", " or ")
        for place, share in PLACES.items():
            lacking = f"{{y}} lacks {amounts} {place}; what is there is right."
            too_many = f"{{y}} has {amounts} too many {place}; the rest is right."
            yield partial(_is_inside, share, larger), too_many if larger else lacking


def _room(found: Compared, axis: int) -> list[int]:
    """By how much an axis is too long or too short, in each wrong case."""
    fitting = [p for p in found.wrong if p.got.ndim == p.expected.ndim == found.axis_count]
    return [abs(p.got.shape[axis] - p.expected.shape[axis]) for p in fitting]


def _amount(found: Compared, axis: int) -> str:
    """How many rows are missing or too many: 1 row, 2 columns; some rows, if not always as many."""
    amounts = set(_room(found, axis))
    amount = amounts.pop() if len(amounts) == 1 else "some"
    return f"{amount} {counted(found, axis, plural=amount != 1)}"


def _is_inside(share: float, larger: bool, pair: Pair) -> bool:
    """Whether the smaller of the two is a part of the other, that begins there."""
    small, large = (pair.expected, pair.got) if larger else (pair.got, pair.expected)
    room = np.subtract(large.shape, small.shape)
    if np.any(room < 0):
        return False
    start = (room * share).astype(int)
    inner = large[tuple(slice(s, s + n) for s, n in zip(start, small.shape, strict=True))]
    return replace(pair, got=small).shows(inner)


def named(found: Compared) -> str:
    """The shape that came out beside the right one, where its sizes have names.

    It says no numbers: the case that is shown in the end is a smaller one.
    """
    first, names = found.wrong[0], _names_of_got(found)
    if first.has_right_shape or not names or not found.axes or not all(found.axes):
        return ""
    return f"The shape is {names}, where {_listed(found.axes)} belongs."


def _names_of_got(found: Compared) -> str:
    """The sizes of what came out, where each has one name in all cases."""
    shaped = [pair for pair in found.pairs if pair.got.ndim == found.wrong[0].got.ndim]
    if len(shaped) < FEWEST:
        return ""
    names: list[str] = []
    for axis, lengths in enumerate(zip(*(pair.got.shape for pair in shaped), strict=True)):
        preferred = found.axes[axis : axis + 1]
        constant = str(lengths[0]) if len(set(lengths)) == 1 else None
        name = constant or name_of(lengths, [pair.sizes for pair in shaped], preferred)
        if name is None:
            return ""
        names.append(name)
    return _listed(tuple(names))


def _listed(names: tuple[str, ...]) -> str:
    """(N, F, oh, ow)"""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
