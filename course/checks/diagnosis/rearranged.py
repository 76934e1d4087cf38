"""The right numbers in other places, or added up along an axis, or only some of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations, permutations
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import Compared, Fits, Pair, becomes
from course.checks.diagnosis.measures import WORDS, several

Axes = tuple[int, ...]
Change = Callable[..., Any]


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """What has happened along the axes of the right result."""
    if found.wrong[0].got.size == found.wrong[0].expected.size:
        yield from _in_other_order(found)
    for axes in subsets(found.axis_count):
        yield from _along(found, axes)


def subsets(count: int) -> Iterator[Axes]:
    """Every choice of axes; of many axes, at most two."""
    for size in range(1, (count if count <= 4 else 2) + 1):
        yield from combinations(range(count), size)


def orders(count: int) -> Iterator[Axes]:
    """Every order of so many axes but the one they are in."""
    return (order for order in permutations(range(count)) if order != tuple(range(count)))


def counted(found: Compared, axis: int, plural: bool = True) -> str:
    """What an axis of the right result counts: rows, images, entries."""
    last_two = {found.axis_count - 1: "column", found.axis_count - 2: "row"}
    one = WORDS.get(found.axes[axis]) if found.axes else None
    one = one or (last_two.get(axis) if found.axis_count > 1 else None) or "entry"
    where = f" along axis {axis}" if one == "entry" and found.axis_count > 1 else ""
    return (several(one) if plural else one) + where


def joined(words: list[str]) -> str:
    """A, b and c"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _in_other_order(found: Compared) -> Iterator[tuple[Fits, str]]:
    """Axes exchanged, or lost by a reshape; slices exchanged."""
    if not found.wrong[0].has_right_shape:
        yield (
            lambda pair: pair.shows(pair.expected.reshape(pair.got.shape)),
            "{y} holds the right numbers in the right order; only its shape is another one.",
        )
    if not found.wrong[0].same_numbers:
        return
    for order in orders(found.axis_count):
        words = f"{{y}} is the right {{y}} with {_exchanged(found, order)}."
        yield becomes(np.transpose, order), words
    for axes in subsets(found.axis_count):
        turned = axes == (found.axis_count - 2, found.axis_count - 1)
        said = f"with its {_all_counted(found, axes)} in the opposite order"
        said = "turned by 180°" if turned else said
        yield becomes(np.flip, axes), f"{{y}} is the right {{y}} {said}."
    if all(found.axes):
        yield from _reshaped(tuple(name for axis in found.axes for name in axis.split(" * ")))
    for axis in range(found.axis_count):
        yield _has_slices(axis), f"{{y}} has its {counted(found, axis)} in another order."
    yield (lambda pair: pair.same_numbers), "{y} holds the right numbers, but in other places."


def _all_counted(found: Compared, axes: Axes) -> str:
    return joined([counted(found, axis) for axis in axes])


def _exchanged(found: Compared, order: Axes) -> str:
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if len(moved) == 2:
        return f"{_all_counted(found, tuple(moved))} exchanged"
    names = [found.axes[axis] or f"axis {axis}" for axis in order] if found.axes else order
    return f"its axes in the order ({', '.join(map(str, names))})"


def _reshaped(single: tuple[str, ...]) -> Iterator[tuple[Fits, str]]:
    for order in orders(len(single)) if len(single) <= 6 else ():
        names = ", ".join(single[axis] for axis in order)
        yield (
            partial(_is_torn, single, order),
            f"{{y}} holds the right numbers, but arranged as ({names}), not ({', '.join(single)}). "
            "transpose moves axes; reshape only cuts them up anew.",
        )


def _is_torn(names: tuple[str, ...], order: Axes, pair: Pair) -> bool:
    single = pair.expected.reshape([int(pair.sizes[name]) for name in names])
    return pair.shows(single.transpose(order).reshape(pair.got.shape))


def _has_slices(axis: int) -> Fits:
    """That all slices along an axis are there, in whatever order."""

    def fits(pair: Pair) -> bool:
        if not (pair.same_numbers and pair.has_right_shape):
            return False
        got, expected = (np.moveaxis(a, axis, 0) for a in (pair.got, pair.expected))
        return all(any(replace(pair, got=one).shows(other) for other in expected) for one in got)

    return fits


_MERGES: tuple[tuple[Callable[..., Any], str], ...] = (
    (np.sum, "the sum over the {}"),
    (np.mean, "the mean over the {}"),
    (np.max, "the maximum over the {}"),
)


def _along(found: Compared, axes: Axes) -> Iterator[tuple[Fits, str]]:
    """One number where there are to be several, or that one for all."""
    over, one = _all_counted(found, axes), counted(found, axes[0], plural=False)
    for merge, words in _MERGES:
        said = words.format(over)
        for keep in (False, True):
            yield becomes(merge, axis=axes, keepdims=keep), f"{{y}} is {said} of the right {{y}}."
        same = f"every {one} of {{y}} gets the same: {said} of the right {{y}}."
        yield becomes(_for_all, partial(merge, axis=axes, keepdims=True)), same
    for place, word in ((0, "first"), (-1, "last")) if len(axes) == 1 else ():
        only = f"only the {word} {one} of {{y}} is there; it is right."
        yield becomes(np.take, place, axes[0]), only
        yield becomes(np.take, [place], axes[0]), only
        every = f"every {one} of {{y}} gets what is right for the {word} {one}."
        yield becomes(_for_all, partial(np.take, indices=[place], axis=axes[0])), every
    if len(axes) == 1:
        more = f"each {one} of {{y}} is the right one plus all {over} before it."
        yield becomes(np.cumsum, axes[0]), more


def _for_all(right: np.ndarray, one: Change) -> np.ndarray:
    return np.broadcast_to(one(right), right.shape)
