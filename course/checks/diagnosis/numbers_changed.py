"""The right numbers, each changed in the same way: a factor, the sign, something added."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import FEWEST, Compared, Fits, Pair, becomes
from course.checks.diagnosis.measures import Sizes, expressions, value_of

Change = Callable[[np.ndarray], Any]
Forms = tuple[tuple[str, Callable[[Any], float]], ...]
"""Words for a constant, and the constant that a size makes in these words."""


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """What has happened to every number."""
    if not found.wrong[0].has_right_shape:
        return
    value = found.wrong[0].got.ravel()[0]
    if len({pair.expected.tobytes() for pair in found.pairs}) > 1:
        yield partial(_is_everywhere, value), f"{{every}} {value:g}, in every case."
    for name, value in found.wrong[0].case.arguments.items():
        if isinstance(value, np.ndarray) and value.ndim:
            yield _is_argument(name), f"{{y}} is {name} itself, with the same numbers."
    for change, words in _CHANGES:
        yield becomes(change), words
    inexact = "{{y}} is right to about {} digits: something on the way is not exact."
    yield partial(_is_nearly, 1e-6), inexact.format("six")
    yield from _constants(found, _ratio, np.multiply, _FACTORS)
    yield from _constants(found, _difference, np.add, _TERMS)
    same = "{y} is the right {y} times some number, which is not the same in all cases."
    if all(_ratio(pair) for pair in found.wrong) and found.wrong[0].expected.size > 1:
        yield (lambda pair: _ratio(pair) is not None), same
    yield partial(_is_nearly, 2e-3), inexact.format("three")


def _is_everywhere(value: float, pair: Pair) -> bool:
    return bool(np.all(pair.got == value))


def _is_argument(name: str) -> Fits:
    return lambda pair: pair.shows(pair.case.arguments[name])


_CHANGES: tuple[tuple[Change, str], ...] = (
    (lambda e: -e, "{y} has the opposite sign."),
    (np.abs, "{y} has lost its minus signs: {every} the absolute value of the right one."),
    (lambda e: np.maximum(e, 0), "{y} is right but for its negative numbers, which are 0."),
    (np.square, "{every} the square of the right one."),
    (lambda e: np.sqrt(np.abs(e)), "{every} the square root of the right one."),
    (lambda e: 1 - e, "{every} 1 minus the right one."),
    (np.exp, "{every} exp of the right one."),
    (np.log, "{every} the logarithm of the right one."),
    (np.trunc, "{y} is right but for its fractions: on the way the numbers become integers."),
)
"""{every} stands for "every number of y is", or "y is" where there is only one."""
_FACTORS: Forms = (
    ("{{y}} is the right {{y}} times {}.", lambda size: size),
    ("{{y}} is the right {{y}} divided by {}.", lambda size: 1 / size),
    ("{{y}} is the right {{y}} times the square root of {}.", lambda size: size**0.5),
    ("{{y}} is the right {{y}} divided by the square root of {}.", lambda size: size**-0.5),
)
_TERMS: Forms = (
    ("{{y}} is too large by {}.", lambda size: size),
    ("{{y}} is too small by {}.", lambda size: -size),
)


def _constants(
    found: Compared, measure: Callable[[Pair], float | None], combine: Any, forms: Forms
) -> Iterator[tuple[Fits, str]]:
    """Every right number times, or plus, the same: a number, or a size with a name."""
    known = [value for pair in found.wrong if (value := measure(pair)) is not None]
    first = measure(found.wrong[0])
    if first is None:
        return
    if len(known) > 1 or found.wrong[0].expected.size > 1:  # else any number would fit
        numbers = [(round(form(first), 6), words) for words, form in forms[:2]]
        number, words = min(numbers, key=lambda one: (one[0] < 0, one[0] % 1 > 0))
        same = partial(_combines, combine, lambda sizes: first)
        if float(text := f"{number:.6g}") != combine.identity:  # times 1, or plus 0, is rounding
            yield same, words.format(text)
    for name in (*found.wrong[0].sizes, *expressions()) if len(known) >= FEWEST else ():
        for words, form in forms:
            constant = partial(_constant, name, form)
            if np.isclose(constant(found.wrong[0].sizes), first, rtol=1e-4):
                yield partial(_combines, combine, constant), words.format(name)


def _constant(name: str, form: Callable[[float], float], sizes: Sizes) -> float:
    value = value_of(name, sizes)
    return float(form(value)) if value is not None and value > 0 else np.nan


def _combines(combine: Any, constant: Callable[[Sizes], float], pair: Pair) -> bool:
    return pair.shows(combine(pair.expected, constant(pair.sizes)))


def _ratio(pair: Pair) -> float | None:
    """How many times the right numbers those are that came out; None if it is not the same."""
    if not pair.has_right_shape or not np.any(pair.expected):
        return None
    largest = np.unravel_index(np.argmax(np.abs(pair.expected)), pair.expected.shape)
    ratio = float(pair.got[largest]) / float(pair.expected[largest])
    return ratio if ratio and np.isfinite(ratio) and pair.shows(ratio * pair.expected) else None


def _difference(pair: Pair) -> float | None:
    """By how much every number is too large; None where it is not the same for all."""
    if not pair.has_right_shape or not pair.got.size:
        return None
    difference = float(pair.got.flat[0]) - float(pair.expected.flat[0])
    return difference if pair.shows(pair.expected + difference) else None


def _is_nearly(error: float, pair: Pair) -> bool:
    if not pair.has_right_shape or not np.any(pair.expected):
        return False
    wrong = np.max(np.abs(pair.got - pair.expected))
    return bool(wrong < error * np.max(np.abs(pair.expected)))
