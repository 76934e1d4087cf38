"""Added up along an axis, or not; or only the first of several there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import Compared, Fits
from course.checks.diagnosis.rearranged import Axes, becomes, counted, joined, subsets


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """One number where there are to be several, or several where there is to be one."""
    for axes in subsets(found.axis_count):
        yield from _merged(found, axes)
    if found.axis_count:
        yield from _kept(found)


def _merged(found: Compared, axes: Axes) -> Iterator[tuple[Fits, str]]:
    """One number where there are to be several, or that one for all."""
    over = joined([counted(found, axis) for axis in axes])
    one, several = counted(found, axes[0], plural=False), len(axes) > 1
    for merge, words in _MERGES:
        said = words.format(over)
        for keepdims in (False, True):
            yield (
                becomes(partial(merge, axis=axes, keepdims=keepdims)),
                f"{{y}} is {said} of {{right}}.",
            )
        same = f"every {one} of {{y}} gets the same: {said} of {{right}}."
        yield becomes(partial(_for_all, partial(merge, axis=axes, keepdims=True))), same
    if several:
        return
    for place, word in ((0, "first"), (-1, "last")):
        only = f"only the {word} {one} of {{y}} is there; it is right."
        yield becomes(np.take, place, axes[0]), only
        yield becomes(np.take, [place], axes[0]), only
        yield (
            becomes(partial(_for_all, partial(np.take, indices=[place], axis=axes[0]))),
            f"every {one} of {{y}} gets what is right for the {word} {one}.",
        )
    yield (
        becomes(_all_in_the_first, axes[0]),
        f"the first {one} of {{y}} holds the sum over all {over}, and the others hold 0.",
    )
    yield (
        becomes(np.cumsum, axes[0]),
        f"each {one} of {{y}} is the right one plus all {over} before it.",
    )
    yield (
        becomes(_sum_from_the_end, axes[0]),
        f"each {one} of {{y}} is the right one plus all {over} after it.",
    )


_MERGES: tuple[tuple[Callable[..., Any], str], ...] = (
    (np.sum, "the sum over the {}"),
    (np.mean, "the mean over the {}"),
    (np.max, "the maximum over the {}"),
)


def _for_all(one: Callable[[np.ndarray], np.ndarray], right: np.ndarray) -> np.ndarray:
    return np.broadcast_to(one(right), right.shape)


def _all_in_the_first(right: np.ndarray, axis: int) -> np.ndarray:
    moved = np.zeros_like(np.moveaxis(right, axis, 0))
    moved[0] = right.sum(axis)
    return np.moveaxis(moved, 0, axis)


def _sum_from_the_end(right: np.ndarray, axis: int) -> np.ndarray:
    return np.flip(np.cumsum(np.flip(right, axis), axis), axis)


def _one_of_equals(values: np.ndarray, axis: Axes) -> np.ndarray:
    """The first along the axes, where all along them are equal; else nothing."""
    is_same = not np.any(np.ptp(values, axis=axis))
    return np.min(values, axis=axis) if is_same else np.empty(0)


def _kept(found: Compared) -> Iterator[tuple[Fits, str]]:
    """An axis that is to be added up is still there."""
    pair = found.wrong[0]
    if not pair.expected.ndim < pair.got.ndim <= 6:
        return
    yield (
        lambda pair: pair.shows(pair.expected.reshape(pair.got.shape)),
        "{y} has the right numbers, and an axis of length 1 too many.",
    )
    for axes in subsets(pair.got.ndim):
        if len(axes) != pair.got.ndim - pair.expected.ndim:
            continue
        which = f"axis {axes[0]}" if len(axes) == 1 else f"axes {joined([str(a) for a in axes])}"
        many = "an axis" if len(axes) == 1 else "axes"
        for merge, words in _OVER:
            yield (
                _is_right_when(partial(merge, axis=axes)),
                f"{{y}} has {many} too many: {words.format(which)}.",
            )


_OVER: tuple[tuple[Callable[..., Any], str], ...] = (
    (_one_of_equals, "the right numbers are repeated along {}"),
    (np.sum, "summed over {}, it is right"),
    (np.mean, "averaged over {}, it is right"),
)


def _is_right_when(merge: Callable[[np.ndarray], np.ndarray]) -> Fits:
    """That it becomes right by merging its axes."""
    return lambda pair: replace(pair, got=merge(pair.got)).shows(pair.expected)
