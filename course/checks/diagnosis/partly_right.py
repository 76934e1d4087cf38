"""Right but for a part: the last row, the border, everything but the first image."""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from course.checks.diagnosis.compared import FEWEST, Compared, Fits, Pair
from course.checks.diagnosis.measures import name_of
from course.checks.diagnosis.rearranged import counted

Region = Callable[[Pair], np.ndarray]
"""For every number of the result, whether it belongs to the part."""
Along = Callable[[np.ndarray, Pair, int], np.ndarray]
"""Of the places along an axis, numbered from 0, which belong to the part."""


def _first(places: np.ndarray, pair: Pair, axis: int) -> np.ndarray:
    return places == 0


def _last(places: np.ndarray, pair: Pair, axis: int) -> np.ndarray:
    return places == len(places) - 1


def _ends(places: np.ndarray, pair: Pair, axis: int) -> np.ndarray:
    return (places == 0) | (places == len(places) - 1)


def _wrong_begins(places: np.ndarray, pair: Pair, axis: int) -> np.ndarray:
    return places >= np.nonzero(pair.wrong)[axis].min(initial=len(places))


def _wrong_ends(places: np.ndarray, pair: Pair, axis: int) -> np.ndarray:
    return places <= np.nonzero(pair.wrong)[axis].max(initial=-1)


PARTS: tuple[tuple[Along, str], ...] = (
    (_first, "the first {one}"),
    (_last, "the last {one}"),
    (_ends, "the first and the last {one}"),
    (lambda k, pair, axis: k % 2 == 1, "every second {one}"),
    (lambda k, pair, axis: k % pair.sizes["stride"] > 0, "the {many} between the stride's steps"),
)


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """Where all wrong numbers are, and what is there."""
    first = found.wrong[0]
    if not _has_right_shape(first) or not first.expected.ndim:
        return
    count, shaped = found.axis_count, [pair for pair in found.wrong if _has_right_shape(pair)]
    zeros = not any(np.any(pair.got[pair.wrong]) for pair in shaped)
    for region, words in _regions(found, count):
        if _is_part(shaped, region):
            yield (
                _only_wrong_in(shaped, region),
                _but_for(words, zeros, _is_wrong_in(shaped, region)),
            )
    for region, words in _corners(found, count):
        if not _is_part(shaped, region):
            continue
        if _is_zero_in(shaped, region):
            yield _only_wrong_in(shaped, region), f"only {words} of {{y}} is there; the rest is 0."
        elif _is_wrong_in(shaped, region):
            yield _only_wrong_in(shaped, region), f"only {words} of {{y}} is right."
    for region, words in _runs(found, count, shaped):
        if _is_part(shaped, region):
            yield (
                _only_wrong_in(shaped, region),
                _but_for(words, zeros, _is_wrong_in(shaped, region)),
            )


def _but_for(words: str, zeros: bool, all_wrong: bool) -> str:
    if not all_wrong:
        also = ", and they are 0" if zeros else ""
        return f"all wrong numbers of {{y}} are in {words}{also}."
    return f"{{y}} is right but for {words}{'; there, it is 0' if zeros else ''}."


def _only_wrong_in(shaped: list[Pair], region: Region) -> Fits:
    """That all wrong numbers are there.

    Where that is everything, nothing is said, unless it holds in all other cases too.
    """
    always = all(_is_only_wrong_in(region, pair) for pair in shaped)

    def fits(pair: Pair) -> bool:
        says_something = always or pair.right or not np.all(region(pair))
        return _has_right_shape(pair) and says_something and _is_only_wrong_in(region, pair)

    return fits


def _is_only_wrong_in(region: Region, pair: Pair) -> bool:
    return not np.any(pair.wrong & ~region(pair))


def _has_right_shape(pair: Pair) -> bool:
    return pair.got.shape == pair.expected.shape


def _is_part(pairs: list[Pair], region: Region) -> bool:
    """Whether it holds all wrong numbers of the first case, and is not everything, in most."""
    try:
        if not _is_only_wrong_in(region, pairs[0]):
            return False
        proper = [not np.all(region(pair)) for pair in pairs]
    except KeyError:  # a case without a stride
        return False
    return sum(proper) > len(proper) / 2


def _is_wrong_in(pairs: list[Pair], region: Region) -> bool:
    """Whether nearly all of the part is wrong."""
    return all(pair.wrong.sum() > 0.8 * region(pair).sum() for pair in pairs)


def _is_zero_in(pairs: list[Pair], region: Region) -> bool:
    return not any(np.any(pair.got[region(pair)]) for pair in pairs)


def _regions(found: Compared, count: int) -> Iterator[tuple[Region, str]]:
    for along, words in PARTS:
        for axis in range(count):
            one, many = (counted(found, axis, plural) for plural in (False, True))
            yield _along(axis, along), words.format(one=one, many=many)
    if count >= 2:
        spatial = _rows_and_columns(found, count)
        one, other = (counted(found, axis, plural=False) for axis in spatial)
        yield _either(spatial, _first), f"the first {one} and the first {other}"
        yield _either(spatial, _last), f"the last {one} and the last {other}"
        yield _either(spatial, _ends), "its border"
    yield lambda pair: pair.expected == 0, "the places where the right number is 0"
    yield lambda pair: pair.expected < 0, "the places where the right number is negative"
    yield lambda pair: pair.expected > 0, "the places where the right number is positive"
    for name, value in found.wrong[0].case.arguments.items():
        if isinstance(value, np.ndarray) and value.shape == found.wrong[0].expected.shape:
            yield _argument(name, np.equal), f"the places where {name} is 0"
            yield _argument(name, np.less), f"the places where {name} is negative"
            yield _argument(name, np.greater), f"the places where {name} is positive"


def _rows_and_columns(found: Compared, count: int) -> tuple[int, int]:
    names = found.axes
    if "oh" in names and "ow" in names:
        return names.index("oh"), names.index("ow")
    return count - 2, count - 1


def _along(axis: int, along: Along) -> Region:
    def region(pair: Pair) -> np.ndarray:
        length = pair.expected.shape[axis]
        shape = [1] * pair.expected.ndim
        shape[axis] = length
        part = along(np.arange(length), pair, axis).reshape(shape)
        return np.broadcast_to(part, pair.expected.shape)

    return region


def _either(axes: tuple[int, ...], along: Along) -> Region:
    return lambda pair: np.any([_along(axis, along)(pair) for axis in axes], axis=0)


def _argument(name: str, compare: Callable[[np.ndarray, int], np.ndarray]) -> Region:
    return lambda pair: compare(pair.case.arguments[name], 0)


def _corners(found: Compared, count: int) -> Iterator[tuple[Region, str]]:
    """Everything but the first, or the last, along one axis or more."""
    for word, along in (("first", _first), ("last", _last)):
        for size in range(1, min(count, 4) + 1):
            for axes in combinations(range(count), size):
                names = [f"the {word} {counted(found, axis, plural=False)}" for axis in axes]
                yield _not_all(axes, along), " of ".join(reversed(names))


def _not_all(axes: tuple[int, ...], along: Along) -> Region:
    return lambda pair: ~np.all([_along(axis, along)(pair) for axis in axes], axis=0)


def _runs(found: Compared, count: int, shaped: list[Pair]) -> Iterator[tuple[Region, str]]:
    """From some place on, or up to one, that can be named for every case."""
    if len(shaped) < FEWEST:
        return
    of = [pair.sizes for pair in shaped]
    for axis in range(count):
        one, many = (counted(found, axis, plural) for plural in (False, True))
        lengths = [pair.expected.shape[axis] for pair in shaped]
        starts = [int(np.nonzero(pair.wrong)[axis].min()) for pair in shaped]
        stops = [int(np.nonzero(pair.wrong)[axis].max()) + 1 for pair in shaped]
        lasts = [length - start for length, start in zip(lengths, starts, strict=True)]
        for values, along, words in (
            (starts, _wrong_begins, f"the {many} from {one} {{}} on"),
            (lasts, _wrong_begins, f"the last {{}} {many}"),
            (stops, _wrong_ends, f"the first {{}} {many}"),
        ):
            name = str(values[0]) if len(set(values)) == 1 else name_of(values, of)
            if name:
                yield (
                    _along(axis, along),
                    words.format(name).replace(f"from {one} 1 on", "after the first"),
                )
    if count >= 2:
        widths = [_border_width(pair) for pair in shaped]
        name = str(widths[0]) if len(set(widths)) == 1 else name_of(widths, of)
        if name:
            yield _border, f"a border {name} wide"


def _depth(pair: Pair) -> np.ndarray:
    """For every number, how far it is from the nearest edge of its image; 1 is the edge."""
    along = []
    for axis in (-2, -1):
        length = pair.expected.shape[axis]
        steps = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1
        along.append(steps[:, np.newaxis] if axis == -2 else steps)
    return np.broadcast_to(np.minimum(*along), pair.expected.shape)


def _border_width(pair: Pair) -> int:
    return int(_depth(pair)[pair.wrong].max())


def _border(pair: Pair) -> np.ndarray:
    return _depth(pair) <= _border_width(pair)
