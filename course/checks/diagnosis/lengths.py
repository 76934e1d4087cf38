"""Another shape: cut short, with a frame, or as long as something else."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from course.checks.diagnosis.compared import Compared, Fits, Pair
from course.checks.diagnosis.measures import name_of
from course.checks.diagnosis.rearranged import counted, joined

PLACES = {"at the end": 0.0, "at the beginning": 1.0, "in equal parts at both ends": 0.5}
"""Which share of what is cut off, or too much, is at the beginning."""


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """The right numbers without the ends, or with more around them."""
    first = found.wrong[0]
    if first.got.ndim != first.expected.ndim or first.got.shape == first.expected.shape:
        return
    larger, names = first.got.size > first.expected.size, _names_of_got(found)
    shape = f" Its shape is {names}." if names else ""
    for place, share in PLACES.items():
        lacking = f"{{y}} lacks {_amounts(found)} {place}; what is there is right."
        too_many = f"{{y}} has {_amounts(found, ' too many')} {place}; the rest is right."
        yield partial(_is_inside, share), (too_many if larger else lacking) + shape


def _amounts(found: Compared, too_many: str = "") -> str:
    """1 row and 1 column; too many rows and columns"""
    axes = _other_lengths(found)
    named = [_amount(found, axis) for axis in axes]
    if "" in named:
        words = joined([counted(found, axis) for axis in axes])
        return f"too many {words}" if too_many else words
    return joined(named) + too_many


def _other_lengths(found: Compared) -> list[int]:
    """The axes, from the end, that are too long or too short in a wrong case."""
    shapes = [(pair.got.shape, pair.expected.shape) for pair in found.wrong]
    alike = [(got, right) for got, right in shapes if len(got) == len(right)]
    axes = range(-len(alike[0][0]), 0)
    return [axis for axis in axes if any(g[axis] != r[axis] for g, r in alike if len(g) >= -axis)]


def _amount(found: Compared, axis: int) -> str:
    """How many rows are missing or too many: 1 row, padding rows; "" where that has no name."""
    shaped = [p for p in found.wrong if p.got.ndim == p.expected.ndim >= -axis]
    lengths = [abs(p.got.shape[axis] - p.expected.shape[axis]) for p in shaped]
    if len(set(lengths)) == 1:
        return f"{lengths[0]} {counted(found, axis, plural=lengths[0] != 1)}"
    of = [{n: v for n, v in p.sizes.items() if n not in ("N", "C", "F", "K")} for p in shaped]
    name = name_of(lengths, of, ("padding", "2 * padding")) if len(shaped) > 3 else None
    return f"{name} {counted(found, axis)}" if name else ""


def _is_inside(share: float, pair: Pair) -> bool:
    """Whether the smaller of the two is a part of the other, that begins there."""
    small, large = sorted((pair.got, pair.expected), key=lambda a: a.size)
    room = np.subtract(large.shape, small.shape)
    if np.any(room < 0):
        return False
    start = (room * share).astype(int)
    inner = large[tuple(slice(s, s + n) for s, n in zip(start, small.shape, strict=True))]
    return replace(pair, got=small).shows(inner)


def named(found: Compared) -> str:
    """The shape that came out beside the right one, where its sizes have names."""
    first, names = found.wrong[0], _names_of_got(found)
    if first.got.shape == first.expected.shape or not names or not all(found.axes):
        return ""
    right = f"({_listed(found.axes)}) is {first.expected.shape} here"
    return f"{right}; you returned {first.got.shape}: that is {names}."


def _names_of_got(found: Compared) -> str:
    """The sizes of what came out, where each has one name in all cases."""
    shaped = [pair for pair in found.pairs if pair.got.ndim == found.wrong[0].got.ndim]
    of = [pair.sizes for pair in shaped]
    if len(shaped) < 3:
        return ""
    names = []
    for axis, lengths in enumerate(zip(*(pair.got.shape for pair in shaped), strict=True)):
        if len(set(lengths)) == 1:
            names.append(str(lengths[0]))
        else:
            names.append(name_of(list(lengths), of, found.axes[axis : axis + 1]) or "?")
    return f"({_listed(names)})" if "?" not in names else ""


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names) + ("," if len(names) == 1 else "")
