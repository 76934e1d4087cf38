"""Is the answer the right result but for a relation, such as a factor or two axes exchanged?"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, product
from typing import Any

import numpy as np

from course.checks.diagnosis import other_arguments, rearranged, seen
from course.checks.diagnosis.compared import (
    FEWEST,
    Compared,
    Pair,
    Relation,
    becomes,
    compared,
    right_results,
    sentence,
)
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.measures import name_of
from course.checks.diagnosis.rearranged import counted
from course.checks.diagnosis.sizes import value_of
from course.checks.exercise import Judged, Marks


def find(marks: Marks, *shown: Judged) -> Finding | None:
    """A relation that holds in every case, or the sizes of a wrong shape by their names."""
    if found := compared(marks, *shown):
        for words, fits in _all(found):
            if found.where(fits) == "":
                return _finding(found, marks, words)
    return None


def find_partly(marks: Marks, *shown: Judged) -> Finding | None:
    """What part of the result is right, or a relation that holds in every wrong case."""
    if found := compared(marks, *shown):
        for words, fits in (*_parts(found), *_all(found)):
            if (where := found.where(fits)) is not None:
                return _finding(found, marks, where + words, seen.where(marks))
    return None


def _all(found: Compared) -> Iterator[Relation]:
    return chain(_numbers(found), other_arguments.relations(found), rearranged.relations(found))


def _finding(found: Compared, marks: Marks, words: str, cases: str = "") -> Finding:
    every = "every number of {y} is" if found.wrong[0].got.ndim else "{y} is"
    words = words.replace("{every}", every)
    words = words.replace("the right {y}", f"the right {found.name.removeprefix('the ')}")
    text = sentence(words.replace("{y}", found.name)) + right_results(marks)
    return Finding("relation", seen.as_many_as_fit([text, cases if " where " in cases else ""]))


def _numbers(found: Compared) -> Iterator[Relation]:
    """The right numbers, each changed in the same way: a factor, the sign, something added."""
    first = found.wrong[0]
    if not first.has_right_shape:
        return
    value = first.got.flat[0]
    inexact = "{{y}} is right to about {} digits: something on the way is {}."
    other = "done with a slightly different step or formula"
    yield inexact.format("six", f"rounded, or {other}"), lambda pair: _error(pair) < 1e-6
    if len({pair.expected.tobytes() for pair in found.pairs}) > 1:
        yield f"{{every}} {value:g}, in every case.", lambda pair: np.all(pair.got == value)
    for words, change in other_arguments.ARRAYS:
        yield f"{{y}} is the right {{y}} {words}.", becomes(change)
    yield from _constants(found)
    if first.expected.size > 1 and all(_size(FORMS[0], pair) for pair in found.wrong):
        some = "{y} is the right {y} times some number, which is not the same in all cases."
        yield some, partial(_size, FORMS[0])
    yield "{y} is the right {y} rounded down to whole numbers.", becomes(np.floor)
    for digits, precision in enumerate(PRECISIONS):
        yield f"{{y}} is the right {{y}} rounded to {precision}.", becomes(np.round, digits)
    more = f"rounded, {other}, or adds a little"
    yield inexact.format("three", more), lambda pair: _error(pair) < 2e-3


PRECISIONS = (
    *("whole numbers", "1 digit after the point"),
    *(f"{digits} digits after the point" for digits in range(2, 6)),
)

Form = tuple[str, Callable[[Any, Any], Any], Callable[[Any, Any], Any]]
FORMS: tuple[Form, ...] = (
    ("{{y}} is the right {{y}} times {}.", np.multiply, lambda got, right: got / right),
    ("{{y}} is the right {{y}} divided by {}.", np.divide, lambda got, right: right / got),
    ("{{y}} is too large by {}.", np.add, lambda got, right: got - right),
    ("{{y}} is too small by {}.", np.subtract, lambda got, right: right - got),
)
"""Words for what was done with a number, how it is done, and the number from what came out."""


def _constants(found: Compared) -> Iterator[Relation]:
    """Every right number times, or plus, the same: a number, or a size with a name."""
    several = len(found.wrong) > 1 or found.wrong[0].expected.size > 1  # else any number would fit
    fitting = [form for form in FORMS if _size(form, found.wrong[0])]
    sizes = [(_size(form, found.wrong[0]) or 0, form) for form in fitting]
    sizes.sort(key=lambda one: (one[0] < 0, round(one[0], 6) % 1 > 0))  # 3, and not 1 / 0.333
    for size, (words, change, _) in sizes if several else ():
        if f"{size:.6g}" != "1" or change not in (np.multiply, np.divide):  # that is rounding
            yield words.format(f"{size:.6g}"), becomes(change, size)
    for form in fitting if len(found.wrong) >= FEWEST else ():
        name = name_of([(_size(form, pair), pair.sizes) for pair in found.wrong])
        if name:
            yield form[0].format(name), partial(_is_by, form, name)


def _is_by(form: Form, name: str, pair: Pair) -> bool:
    return pair.shows(form[1](pair.expected, value_of(name, pair.sizes)))


def _size(form: Form, pair: Pair) -> float | None:
    """The number with which this was done; None or 0 where there is none."""
    _, change, inverse = form
    if not pair.has_right_shape or not np.any(pair.expected):
        return None
    largest = np.argmax(np.abs(pair.expected))
    with np.errstate(all="ignore"):
        size = float(inverse(pair.got.flat[largest], pair.expected.flat[largest]))
        return size if np.isfinite(size) and pair.shows(change(pair.expected, size)) else None


def _error(pair: Pair) -> float:
    """The largest error, as a part of the largest right number."""
    if not pair.has_right_shape or not np.any(pair.expected):
        return np.inf
    return float(np.max(np.abs(pair.got - pair.expected)) / np.max(np.abs(pair.expected)))


Region = Callable[[Pair], Any]
"""For every number of the result, whether it belongs to the part."""
PARTS: tuple[tuple[str, Callable[[np.ndarray], np.ndarray]], ...] = (
    ("the first {one}", lambda places: places == 0),
    ("the last {one}", lambda places: places == places.max()),
    ("all {many} but the first", lambda places: places > 0),
    ("all {many} but the last", lambda places: places < places.max()),
)
"""Of the places along an axis, which belong to the part."""
SIGNS = {"0": np.equal, "negative": np.less, "positive": np.greater}


def _parts(found: Compared) -> Iterator[Relation]:
    """Where all wrong numbers are, and whether these are 0."""
    shaped = [pair for pair in found.wrong if pair.has_right_shape]
    if not found.wrong[0].has_right_shape or not found.wrong[0].expected.ndim:
        return
    zeros = not any(np.any(pair.got[pair.wrong]) for pair in shaped)
    for words, region in _regions(found):
        parts = [region(pair) for pair in shaped]
        is_everything = sum(bool(np.all(part)) for part in parts) >= len(parts) / 2
        if is_everything or not all(_only_wrong_in(region, pair) for pair in shaped):
            continue
        said = f"all wrong numbers of {{y}} are in {words}{', and they are 0' if zeros else ''}."
        if all(p.wrong.sum() > 0.8 * part.sum() for p, part in zip(shaped, parts, strict=True)):
            said = f"{{y}} is {'0' if zeros else 'wrong'} in {words}, and right in the rest."
        yield said, partial(_only_wrong_in, region)


def _only_wrong_in(region: Region, pair: Pair) -> bool:
    return pair.right or (pair.has_right_shape and not np.any(pair.wrong & ~region(pair)))


def _regions(found: Compared) -> Iterator[tuple[str, Region]]:
    for (words, along), axis in product(PARTS, range(len(found.axes))):
        one, many = (counted(found, axis, plural) for plural in (False, True))
        yield words.format(one=one, many=many), partial(_places, axis, along)
    if len(found.axes) >= 2:
        yield "the outermost rows and columns", _border
    arrays, shape = found.wrong[0].case.arguments, found.wrong[0].expected.shape
    names = [name for name, value in arrays.items() if getattr(value, "shape", None) == shape]
    for name, (sign, compare) in product(("", *names), SIGNS.items()):
        what = name or "the right number"
        yield f"the places where {what} is {sign}", partial(_has_sign, name, compare)


def _places(axis: int, along: Callable[[np.ndarray], np.ndarray], pair: Pair) -> np.ndarray:
    return along(np.indices(pair.expected.shape)[axis])


def _has_sign(name: str, compare: Any, pair: Pair) -> np.ndarray:
    return np.asarray(compare(pair.case.arguments[name] if name else pair.expected, 0))


def _border(pair: Pair) -> np.ndarray:
    """The edges along the last two axes."""
    part = np.ones(pair.expected.shape, bool)
    part[..., 1:-1, 1:-1] = False
    return part
