"""The right numbers in other places, added up along an axis, or in an array of another shape."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import FEWEST, Compared, Pair, Relation, becomes
from course.checks.diagnosis.measures import name_of

Axes = tuple[int, ...]


def relations(found: Compared) -> Iterator[Relation]:
    """What has happened along the axes of the right result."""
    first = found.wrong[0]
    if not first.has_right_shape and first.got.size == first.expected.size:
        same = "{y} holds the right numbers in the right order; only its shape is different."
        yield same, lambda pair: pair.shows(pair.expected.reshape(pair.got.shape))
    if first.same_numbers:
        yield from _in_other_order(found)
    for axis in range(len(found.axes)):
        yield from _along(found, axis)
    if not first.has_right_shape:
        yield from _cut_or_framed(found)
    yield from _shape_by_names(found)


WORDS = {
    **{"N": "image", "C": "channel", "F": "filter", "H": "row", "W": "column"},
    **{"oh": "row", "ow": "column", "kh": "row", "kw": "column"},
    **{"in_features": "input", "out_features": "output"},
}
"""What is counted by a size."""


def counted(found: Compared, axis: int, plural: bool = True) -> str:
    """What an axis of the right result counts: rows, images, entries."""
    count = found.wrong[0].expected.ndim
    last_two = {count - 1: "column", count - 2: "row"} if count > 1 else {}
    one = WORDS.get(found.axes[axis]) if found.axes else None
    one = one or last_two.get(axis) or "entry"
    where = f" along axis {axis}" if one == "entry" and count > 1 else ""
    many = "entries" if one == "entry" else f"{one}s"
    return (many if plural else one) + where


def _joined(words: list[str], last: str = "and") -> str:
    """A, b and c"""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _in_other_order(found: Compared) -> Iterator[Relation]:
    """Axes exchanged, or lost by a reshape; slices exchanged."""
    count, names = len(found.axes), found.axes
    for order in _orders(count):
        moved = [axis for axis, source in enumerate(order) if axis != source]
        said = f"its axes in the order ({', '.join(names[a] or f'axis {a}' for a in order)})"
        if len(moved) == 2:
            said = f"{_joined([counted(found, axis) for axis in moved])} exchanged"
        yield f"{{y}} is the right {{y}} with {said}.", becomes(np.transpose, order)
    single = tuple(name for axis in names for name in axis.split(" * ")) if all(names) else ()
    for order in _orders(len(single)) if len(single) <= 6 else ():
        arranged = f"({', '.join(single[axis] for axis in order)}), not ({', '.join(single)})"
        yield (
            f"{{y}} holds the right numbers, but arranged as {arranged}. transpose moves axes; "
            "reshape only cuts them up anew.",
            partial(_is_torn, single, order),
        )
    yield "{y} holds the right numbers, but in other places.", lambda pair: pair.same_numbers


def _orders(count: int) -> Iterator[Axes]:
    """Every order of so many axes but the one they are in."""
    return (order for order in permutations(range(count)) if order != tuple(range(count)))


def _is_torn(names: tuple[str, ...], order: Axes, pair: Pair) -> bool:
    single = pair.expected.reshape([int(pair.sizes[name]) for name in names])
    return pair.shows(single.transpose(order).reshape(pair.got.shape))


def _along(found: Compared, axis: int) -> Iterator[Relation]:
    """One number where there are to be several, or that one for all."""
    one, many = (counted(found, axis, plural) for plural in (False, True))
    merges: tuple[tuple[str, Any], ...] = (
        (f"the sum over the {many} of the right {{y}}", partial(np.sum, axis=axis, keepdims=True)),
        (f"the mean over the {many} of the right {{y}}", partial(np.mean, axis=axis, keepdims=1)),
        (f"what is right for the first {one}", partial(np.take, indices=[0], axis=axis)),
        (f"what is right for the last {one}", partial(np.take, indices=[-1], axis=axis)),
    )
    holder = f"every {one} of {{y}}" if found.wrong[0].has_right_shape else "{y}"
    for words, merge in merges:
        yield f"{holder} holds only {words}.", partial(_is_merged, merge)


def _is_merged(merge: Callable[[np.ndarray], np.ndarray], pair: Pair) -> bool:
    """Whether this came out, once or for all, with axes of length 1 or without them."""
    one = merge(pair.expected)
    if pair.has_right_shape:
        one = np.broadcast_to(one, pair.got.shape)
    alike = one.squeeze().shape == pair.got.squeeze().shape
    return alike and pair.shows(one.reshape(pair.got.shape))


def _cut_or_framed(found: Compared) -> Iterator[Relation]:
    """The right numbers without the ends, or with more around them."""
    first = found.wrong[0]
    alike = [p for p in found.wrong if p.got.ndim == p.expected.ndim == first.expected.ndim]
    if first not in alike:
        return
    rooms = np.abs([np.subtract(pair.got.shape, pair.expected.shape) for pair in alike])
    amounts = []
    for axis in np.flatnonzero(rooms.any(0)).tolist():
        amount, *others = set(rooms[:, axis].tolist())
        counts = counted(found, axis, plural=amount != 1 or bool(others))
        amounts.append(f"{'some' if others else amount} {counts}")
    always = rooms[:, rooms.any(0)].all()  # along each axis, in each case
    larger = first.got.size > first.expected.size
    words = "{{y}} lacks {} {}; what is there is right."
    words = "{{y}} has {} too many {}; the rest is right." if larger else words
    places = {"at the end": 0, "at the beginning": 1, "in equal parts at both ends": 0.5}
    for place, share in places.items():
        said = words.format(_joined(amounts, "and" if always else "or"), place)
        yield said, partial(_is_inside, share, larger)


def _is_inside(share: float, larger: bool, pair: Pair) -> bool:
    """Whether the smaller of the two is a part of the other; of the room, a share is before it."""
    small, large = (pair.expected, pair.got) if larger else (pair.got, pair.expected)
    start = (np.subtract(large.shape, small.shape) * share).astype(int)
    inner = large[tuple(slice(s, s + n) for s, n in zip(start, small.shape, strict=True))]
    return bool(np.all(start >= 0)) and replace(pair, got=small).shows(inner)


def _shape_by_names(found: Compared) -> Iterator[Relation]:
    """One shape for all; the wrong one in names, not numbers: a smaller case is shown with it."""
    example, first = found.pairs[0].expected.shape, found.wrong[0]
    shaped = [pair for pair in found.pairs if pair.got.ndim == first.got.ndim]
    if len({pair.expected.shape for pair in shaped}) < FEWEST:
        return
    if example and {pair.got.shape for pair in found.pairs} == {example}:
        same = f"every {{y}} that comes out has the shape {example}: "
        yield f"{same}are the example's sizes written out in it?", lambda pair: True
    names = []
    for lengths in zip(*(pair.got.shape for pair in shaped), strict=True):
        measured = zip(lengths, [pair.sizes for pair in shaped], strict=True)
        constant = str(lengths[0]) if len(set(lengths)) == 1 else None
        names.append(constant or name_of(measured) or "")
    if found.axes and all((*names, *found.axes)) and not first.has_right_shape:
        got, right = (f"({', '.join(n)}{',' * (len(n) == 1)})" for n in (names, found.axes))
        yield f"the shape is {got}, where {right} belongs.", lambda pair: True
