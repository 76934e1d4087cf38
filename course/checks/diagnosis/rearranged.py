"""The right numbers in other places: turned, axes exchanged, moved, in another order."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import Compared, Fits, Pair
from course.checks.diagnosis.measures import WORDS, orders

Axes = tuple[int, ...]


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """How the numbers are moved or merged along the axes of the right result."""
    count = found.axis_count
    if not count:
        return
    yield from _in_other_order(found, count)
    yield from _flips(found, count)
    yield from _moved(found, count)
    if "F" in found.axes and "groups" in found.wrong[0].sizes:
        axis = found.axes.index("F")
        for groups_first in (True, False):
            yield (
                _is_dealt(axis, groups_first),
                "the filters of the groups are interleaved in {y}: the first of each group, then "
                "the second of each, and so on.",
            )
    for axis in range(count):
        yield (
            _slices_in_other_order(axis),
            f"{{y}} has its {counted(found, axis)} in another order.",
        )
    yield (
        lambda pair: pair.same_numbers,
        "{y} holds the right numbers, but in other places.",
    )


def subsets(count: int) -> Iterator[Axes]:
    """Every choice of axes; of many axes, at most two."""
    most = count if count <= 4 else 2
    for size in range(1, most + 1):
        yield from combinations(range(count), size)


def becomes(change: Callable[..., np.ndarray], *arguments: Any) -> Fits:
    """That what came out is the right result after a change."""
    return lambda pair: pair.shows(change(pair.expected, *arguments))


def counted(found: Compared, axis: int, plural: bool = True) -> str:
    """What an axis of the right result counts: rows, images, entries."""
    names = found.axes
    if len(names) == 1 and names[0] not in WORDS:
        return "entries" if plural else "entry"
    if names and names[axis] in WORDS:
        return WORDS[names[axis]][plural]
    from_end = axis - found.wrong[0].expected.ndim if axis >= 0 else axis
    known = {-1: ("column", "columns"), -2: ("row", "rows")}
    return known.get(from_end, (f"entry along axis {axis}", f"entries along axis {axis}"))[plural]


def joined(words: list[str]) -> str:
    """A, b and c"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _flips(found: Compared, count: int) -> Iterator[tuple[Fits, str]]:
    for axes in subsets(count):
        words = joined([counted(found, axis) for axis in axes])
        turned = axes == (count - 2, count - 1)
        said = "turned by 180°" if turned else f"with its {words} in the opposite order"
        yield becomes(np.flip, axes), f"{{y}} is {{right}} {said}."


def _in_other_order(found: Compared, count: int) -> Iterator[tuple[Fits, str]]:
    """Axes exchanged, or lost by a reshape."""
    if found.wrong[0].got.size != found.wrong[0].expected.size:
        return
    if found.wrong[0].got.shape != found.wrong[0].expected.shape:
        yield (
            lambda pair: pair.shows(pair.expected.reshape(pair.got.shape)),
            "{y} holds the right numbers in the right order; only its shape is another one.",
        )
    for order in orders(count) if found.wrong[0].same_numbers else ():
        yield (
            becomes(np.transpose, order),
            f"{{y}} is {{right}} with {_exchanged(found, order)}.",
        )
    if all(found.axes) and not found.named_axes and found.wrong[0].same_numbers:
        yield from _reshaped(found)


def _exchanged(found: Compared, order: Axes) -> str:
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if len(moved) == 2:
        return f"{joined([counted(found, axis) for axis in moved])} exchanged"
    names = [found.axes[axis] or f"axis {axis}" for axis in order] if found.axes else order
    return f"its axes in the order ({', '.join(map(str, names))})"


def _reshaped(found: Compared) -> Iterator[tuple[Fits, str]]:
    single = tuple(name for axis in found.axes for name in axis.split(" * "))
    if len(single) > 6:
        return
    for order in orders(len(single)):
        names = ", ".join(single[axis] for axis in order)
        yield (
            _torn(single, order),
            f"{{y}} holds the right numbers, but arranged as ({names}), not ({', '.join(single)}). "
            "transpose moves axes; reshape only cuts them up anew.",
        )


def _torn(names: tuple[str, ...], order: Axes) -> Fits:
    def fits(pair: Pair) -> bool:
        single = pair.expected.reshape([int(pair.sizes[name]) for name in names])
        return pair.shows(single.transpose(order).reshape(pair.got.shape))

    return fits


def _is_dealt(axis: int, groups_first: bool) -> Fits:
    """The filters in turn from each group, or the way back from that."""

    def fits(pair: Pair) -> bool:
        groups = int(pair.sizes["groups"])
        order = np.arange(pair.expected.shape[axis])
        dealt = order.reshape((groups, -1) if groups_first else (-1, groups)).T.ravel()
        return pair.shows(pair.expected.take(dealt, axis))

    return fits


def _slices_in_other_order(axis: int) -> Fits:
    def fits(pair: Pair) -> bool:
        if not pair.same_numbers:
            return False
        got, expected = (np.moveaxis(a, axis, 0) for a in (pair.got, pair.expected))
        places = [_place_of(replace(pair, got=one), expected) for one in got]
        return got.shape == expected.shape and sorted(places) == list(range(len(expected)))

    return fits


def _place_of(one: Pair, right: np.ndarray) -> int:
    return next((k for k, other in enumerate(right) if one.shows(other)), -1)


def _moved(found: Compared, count: int) -> Iterator[tuple[Fits, str]]:
    for axis in range(count):
        for steps in (1, -1, 2, -2):
            by = f"{abs(steps)} {counted(found, axis, plural=abs(steps) > 1)}"
            to = "the end" if steps > 0 else "the beginning"
            yield (
                becomes(_shifted, steps, axis),
                f"{{y}} is {{right}} moved by {by} towards {to}.",
            )
            yield (
                becomes(np.roll, steps, axis),
                f"{{y}} is {{right}} moved by {by} towards {to}; what falls off there "
                "comes in again on the other side.",
            )


def _shifted(values: np.ndarray, steps: int, axis: int) -> np.ndarray:
    moved = np.moveaxis(np.roll(values, steps, axis).copy(), axis, 0)
    moved[: max(steps, 0)] = 0
    moved[len(moved) + min(steps, 0) :] = 0
    return np.moveaxis(moved, 0, axis)
