"""The right numbers, each changed in the same way: a factor, the sign, something added."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import FEWEST, Compared, Fits, Pair
from course.checks.diagnosis.measures import DESCRIBED, expressions, name_of, value_of


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """What has happened to every number."""
    if found.wrong[0].got.shape != found.wrong[0].expected.shape:
        return
    yield from _always_the_same(found)
    yield from _itself(found)
    for change, sentence in _CHANGES if found.wrong[0].got.ndim else _CHANGES_OF_ONE_NUMBER:
        yield _becomes(change), sentence
    yield from _factors(found)
    yield from _sums(found)
    yield from _precision(found)


def _becomes(change: Callable[[np.ndarray], Any]) -> Fits:
    return lambda pair: pair.shows(change(pair.expected))


def _always_the_same(found: Compared) -> Iterator[tuple[Fits, str]]:
    """One number, whatever the arguments are; or a size of the case."""
    first = found.wrong[0]
    values = {float(number) for pair in found.pairs for number in pair.got.flat}
    if len(values) == 1 and len({pair.expected.tobytes() for pair in found.pairs}) > 1:
        value, same = values.pop(), "every number of {y}" if first.got.ndim else "{y}"
        why = ""
        if value == 0 and first.got.ndim:
            why = ": either nothing is written to it, or what is written is 0"
        yield (
            (lambda pair: bool(np.all(pair.got == value))),
            f"{same} is {value:g}, in every case{why}.",
        )
    elif first.got.ndim == 0:
        gots = [float(pair.got) for pair in found.pairs]
        of = [pair.sizes for pair in found.pairs]
        name = name_of(gots, of, tuple(names(first)))
        if name and len(gots) >= FEWEST:
            yield (lambda pair: True), f"{{y}} is {name} in every case."


def _itself(found: Compared) -> Iterator[tuple[Fits, str]]:
    """An argument, returned as it came in."""
    for name, value in found.wrong[0].case.arguments.items():
        if isinstance(value, np.ndarray) and value.ndim:
            yield _is_argument(name), f"{{y}} is {name} itself, with the same numbers."


def _is_argument(name: str) -> Fits:
    return lambda pair: pair.shows(pair.case.arguments[name])


_CHANGES: tuple[tuple[Callable[[np.ndarray], Any], str], ...] = (
    (lambda e: -e, "{y} has the opposite sign: every number is minus the right one."),
    (np.abs, "{y} has lost its minus signs: every number is the absolute value of the right one."),
    (lambda e: np.maximum(e, 0), "{y} is right but for its negative numbers, which are 0."),
    (lambda e: np.minimum(e, 0), "{y} is right but for its positive numbers, which are 0."),
    (np.square, "every number of {y} is the square of the right one."),
    (lambda e: np.sqrt(np.abs(e)), "every number of {y} is the square root of the right one."),
    (lambda e: 1 / e, "every number of {y} is 1 divided by the right one."),
    (lambda e: 1 - e, "every number of {y} is 1 minus the right one."),
    (np.exp, "every number of {y} is exp of the right one."),
    (lambda e: np.log(e), "every number of {y} is the logarithm of the right one."),
    (np.trunc, "{y} is right but for its fractions: on the way the numbers become integers."),
    (np.rint, "{y} is rounded to whole numbers."),
    (lambda e: np.round(e, 1), "{y} is rounded to one decimal."),
    (lambda e: np.round(e, 2), "{y} is rounded to two decimals."),
    (lambda e: np.round(e, 3), "{y} is rounded to three decimals."),
    (lambda e: e.astype(bool), "{y} is 1 where the right number is not 0."),
)  # fmt: skip


_CHANGES_OF_ONE_NUMBER = tuple(
    (change, sentence.replace("every number of {y} is", "{y} is").split(":")[0].rstrip(".") + ".")
    for change, sentence in _CHANGES
    if "negative" not in sentence and "positive" not in sentence and "not 0" not in sentence
)


def _ratio(pair: Pair) -> float | None:
    """How many times the right numbers those are that came out; None if it is not the same."""
    if pair.got.shape != pair.expected.shape or not np.any(pair.expected):
        return None
    largest = np.unravel_index(np.argmax(np.abs(pair.expected)), pair.expected.shape)
    ratio = float(pair.got[largest]) / float(pair.expected[largest])
    proportional = np.isfinite(ratio) and pair.shows(ratio * pair.expected)
    return ratio if ratio and proportional else None


def _factors(found: Compared) -> Iterator[tuple[Fits, str]]:
    ratios = [_ratio(pair) for pair in found.wrong]
    known = [r for r in ratios if r is not None]
    if ratios[0] is None:
        return
    several = any(pair.expected.size > 1 for pair in found.wrong)
    if several or len(known) > 1:
        yield _times(lambda pair: known[0]), _times_number(known[0])
    if len(known) < FEWEST:  # some name fits any number
        return
    for expression in dict.fromkeys((*expressions(), *names(found.wrong[0]))):
        for words, power in _POWERS:
            factor = _power(expression, power)
            if _is_close(factor(found.wrong[0]), ratios[0]):
                described = _described(expression)
                yield _times(factor), words.format(described)
    for above, below in permutations(_QUOTIENTS, 2):
        quotient = f"{above} / ({below})"
        factor = _power(quotient, 1.0)
        if _is_close(factor(found.wrong[0]), ratios[0]):
            yield _times(factor), f"{{y}} is {{right}} times {quotient}."
    differ = max(known) - min(known) > 0.01 * max(map(abs, known))
    if several and differ and len(known) == len(ratios) > 1:
        yield (
            lambda pair: _ratio(pair) is not None,
            f"every number of {{y}} is the right one times the same factor, {ratios[0]:.4g} in "
            "this case; in other cases it is another factor.",
        )


_QUOTIENTS = (
    *("N", "C", "F", "K", "kh", "kw", "size", "stride", "oh * ow", "kh * kw", "H * W"),
    *("size * size", "stride * stride", "C * kh * kw", "in_features", "out_features"),
)
_POWERS = (
    ("{{y}} is {{right}} times {}.", 1.0),
    ("{{y}} is {{right}} divided by {}.", -1.0),
    ("{{y}} is {{right}} times the square root of {}.", 0.5),
    ("{{y}} is {{right}} divided by the square root of {}.", -0.5),
    ("{{y}} is {{right}} times the square of {}.", 2.0),
)


def names(pair: Pair) -> list[str]:
    """The numbers of a case, and what is left of them to 1."""
    floats = [name for name, value in pair.sizes.items() if isinstance(value, float)]
    near = [f"{name} {sign} 1" for name in pair.sizes for sign in "+-"]
    return [*pair.sizes, *(f"1 - {name}" for name in floats), *near]


def _power(expression: str, power: float) -> Callable[[Pair], float | None]:
    def factor(pair: Pair) -> float | None:
        value = value_of(expression, pair.sizes)
        return float(value) ** power if value is not None and value > 0 else None

    return factor


def _is_close(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and bool(np.isclose(one, other, rtol=1e-4))


def _times(factor: Callable[[Pair], float | None]) -> Fits:
    def fits(pair: Pair) -> bool:
        times = factor(pair)
        return times is not None and pair.shows(times * pair.expected)

    return fits


def _times_number(ratio: float) -> str:
    inverse = 1 / ratio
    if abs(ratio) < 1 and abs(inverse - round(inverse)) < 1e-4:
        return f"every number of {{y}} is the right one divided by {round(inverse)}."
    return f"every number of {{y}} is the right one times {ratio:.4g}."


def _described(expression: str) -> str:
    described = DESCRIBED.get(expression, "")
    return f"{expression}, {described}" if described else expression


def _sums(found: Compared) -> Iterator[tuple[Fits, str]]:
    """Every number is too large or too small by the same."""
    first = _difference(found.wrong[0])
    if first is None:
        return
    several = all(pair.expected.size > 1 for pair in found.wrong)
    if several or len(found.wrong) > 1:
        yield _plus(lambda pair: first), _too_much(f"{abs(first):.6g}", first)
    if len(found.wrong) < FEWEST:
        return
    for expression in dict.fromkeys((*expressions(), *names(found.wrong[0]))):
        for sign in (1, -1):
            term = _signed(expression, sign)
            if _is_close(term(found.wrong[0]), first):
                yield _plus(term), _too_much(_described(expression), sign)
    if several:
        too = "large" if first > 0 else "small"
        every = f"every number of {{y}} is too {too} by the same, {abs(first):.4g} in this case."
        yield (lambda pair: _difference(pair) is not None), every


def _difference(pair: Pair) -> float | None:
    """By how much every number is too large; None where it is not the same for all."""
    if pair.got.shape != pair.expected.shape or not pair.got.size:
        return None
    difference = float(pair.got.flat[0]) - float(pair.expected.flat[0])
    is_same = np.isfinite(difference) and pair.shows(pair.expected + difference)
    return difference if is_same else None


def _signed(expression: str, sign: int) -> Callable[[Pair], float | None]:
    def term(pair: Pair) -> float | None:
        value = value_of(expression, pair.sizes)
        return None if value is None else sign * value

    return term


def _plus(term: Callable[[Pair], float | None]) -> Fits:
    def fits(pair: Pair) -> bool:
        more = term(pair)
        return more is not None and pair.shows(pair.expected + more)

    return fits


def _too_much(amount: str, sign: float) -> str:
    return f"{{y}} is {'too large' if sign > 0 else 'too small'} by {amount}."


def _precision(found: Compared) -> Iterator[tuple[Fits, str]]:
    """Nearly right numbers, in every wrong case, or nearly a multiple of them."""
    for error, digits in ((1e-6, "six"), (2e-3, "three")):
        inexact = f"{{y}} is right to about {digits} digits: something on the way is not exact."
        yield partial(_is_nearly, 1.0, error), inexact
    for times in (0.5, 2.0, -1.0):
        nearly = f"every number of {{y}} is nearly {times:g} times the right one."
        yield partial(_is_nearly, times, 2e-3), nearly


def _is_nearly(times: float, error: float, pair: Pair) -> bool:
    if pair.got.shape != pair.expected.shape or not np.any(pair.expected):
        return False
    expected = times * pair.expected
    return bool(np.max(np.abs(pair.got - expected)) < error * np.max(np.abs(expected)))
