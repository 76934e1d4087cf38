"""Right but for a part: the last row, the border, everything but the first image."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import numpy as np

from course.checks.diagnosis.compared import FEWEST, Compared, Fits, Pair
from course.checks.diagnosis.measures import name_of
from course.checks.diagnosis.rearranged import counted

Region = Callable[[Pair], np.ndarray]
"""For every number of the result, whether it belongs to the part."""
Compare = Callable[[np.ndarray, int], np.ndarray]

PARTS: tuple[tuple[Callable[[np.ndarray], np.ndarray], str], ...] = (
    (lambda places: places == 0, "the first {one}"),
    (lambda places: places == places.max(), "the last {one}"),
    (lambda places: (places == 0) | (places == places.max()), "the first and the last {one}"),
    (lambda places: places % 2 == 1, "every second {one}"),
    (lambda places: places > 0, "all {many} but the first"),
    (lambda places: places < places.max(), "all {many} but the last"),
)
"""Of the places along an axis, which belong to the part."""
SIGNS: dict[str, Compare] = {"0": np.equal, "negative": np.less, "positive": np.greater}


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """Where all wrong numbers are, and whether these are 0."""
    shaped = [pair for pair in found.wrong if pair.has_right_shape]
    if not found.wrong[0].has_right_shape or not found.wrong[0].expected.ndim:
        return
    zeros = not any(np.any(pair.got[pair.wrong]) for pair in shaped)
    for region, words in (*_along_axes(found), *_by_sign(found), *_runs(found, shaped)):
        parts = [region(pair) for pair in shaped]
        is_everything = sum(bool(np.all(part)) for part in parts) >= len(parts) / 2
        if is_everything or not all(_only_wrong_in(region, pair) for pair in shaped):
            continue
        said = f"all wrong numbers of {{y}} are in {words}{', and they are 0' if zeros else ''}."
        if all(p.wrong.sum() > 0.8 * part.sum() for p, part in zip(shaped, parts, strict=True)):
            said = f"{{y}} is right but for {words}{'; there, it is 0' if zeros else ''}."
        yield partial(_only_wrong_in, region), said


def _only_wrong_in(region: Region, pair: Pair) -> bool:
    return pair.right or (pair.has_right_shape and not np.any(pair.wrong & ~region(pair)))


def _along_axes(found: Compared) -> Iterator[tuple[Region, str]]:
    for (along, words), axis in product(PARTS, range(found.axis_count)):
        one, many = (counted(found, axis, plural) for plural in (False, True))
        yield partial(_along, axis, along), words.format(one=one, many=many)
    if found.axis_count >= 2:
        yield _border, "its border"


def _along(axis: int, along: Callable[[np.ndarray], np.ndarray], pair: Pair) -> np.ndarray:
    return along(np.indices(pair.expected.shape)[axis])


def _border(pair: Pair) -> np.ndarray:
    """The edges along the last two axes."""
    part = np.ones(pair.expected.shape, bool)
    part[..., 1:-1, 1:-1] = False
    return part


def _by_sign(found: Compared) -> Iterator[tuple[Region, str]]:
    for word, compare in SIGNS.items():
        yield partial(_where, compare, ""), f"the places where the right number is {word}"
        for name, value in found.wrong[0].case.arguments.items():
            if getattr(value, "shape", None) == found.wrong[0].expected.shape:
                yield partial(_where, compare, name), f"the places where {name} is {word}"


def _where(compare: Compare, argument: str | None, pair: Pair) -> np.ndarray:
    return compare(pair.case.arguments[argument] if argument else pair.expected, 0)


def _runs(found: Compared, shaped: list[Pair]) -> Iterator[tuple[Region, str]]:
    """The last few along an axis, as many as a size that can be named."""
    of = [pair.sizes for pair in shaped]
    for axis in range(found.axis_count) if len(shaped) >= FEWEST else ():
        name = name_of([pair.expected.shape[axis] - _start(axis, pair) for pair in shaped], of)
        if name:
            yield partial(_run, axis), f"the last {name} {counted(found, axis)}"


def _start(axis: int, pair: Pair) -> int:
    return int(np.nonzero(pair.wrong)[axis].min(initial=pair.expected.shape[axis]))


def _run(axis: int, pair: Pair) -> np.ndarray:
    """From the first wrong place along the axis on."""
    return np.indices(pair.expected.shape)[axis] >= _start(axis, pair)
