"""Other arguments than those of a case, and the words for them."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from course.checks.diagnosis.measures import value_of

SIZES = "the sizes"
"""Under this name a change finds the sizes of the case among the arguments."""
Given = dict[str, Any]
Change = Callable[[Given], Given]
"""Makes other arguments of those of a case."""


def of_arrays(given: Given) -> Iterator[tuple[Change, str]]:
    """What may have been done to the arrays, or with one argument in place of another."""
    for name, value in given.items():
        if isinstance(value, np.ndarray) and value.ndim:
            for change, words in _OF_ARRAYS:
                yield changed(name, change), words.replace("{}", name)
    for name in [name for name in given if f"other_{name}" in given]:
        yield _other(name), f"the {name} of the other round (other_{name})"
    yield from _exchanged(given)


def changed(name: str, change: Callable[[Any], Any]) -> Change:
    """One argument is changed."""
    return lambda given: given | {name: change(given[name])}


def _last_two_exchanged(sizes: tuple[int, ...]) -> tuple[int, ...]:
    return (*sizes[:-2], sizes[-1], sizes[-2])


_NEUTRAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}


def of_numbers(given: Given) -> Iterator[tuple[Change, str]]:
    """Stride 1, padding 0 and the like, sizes exchanged, and other numbers."""
    neutral = {name: _NEUTRAL[name] for name in _NEUTRAL if name in given}
    for count in range(1, len(neutral) + 1):
        for names in combinations(neutral, count):
            values = {name: neutral[name] for name in names}
            words = " and ".join(f"{name} {value}" for name, value in values.items())
            yield _with(values), words
    for name in ("x_shape", "kernel_size"):
        if name in given and isinstance(given[name], tuple):
            sizes = {"x_shape": "H and W", "kernel_size": "kh and kw"}[name]
            yield changed(name, _last_two_exchanged), f"{sizes} exchanged"
    for name, value in given.items():
        if type(value) not in (int, float) or name == "seed":
            continue
        for change, words in _OF_NUMBERS:
            yield changed(name, change), words.format(name)
        for share in shares(given) if type(value) is float else ():
            if share != name:
                yield times(name, share), f"{share} * {name} in place of {name}"


def _with(values: Given) -> Change:
    return lambda given: given | values


_OF_NUMBERS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda v: 0 * v, "{} = 0"),
    (lambda v: 0 * v + 1, "{} = 1"),
    (lambda v: 2 * v, "2 * {0} in place of {0}"),
    (lambda v: v + 1, "{0} + 1 in place of {0}"),
    (lambda v: v - 1, "{0} - 1 in place of {0}"),
    (lambda v: 1 - v, "1 - {0} in place of {0}"),
    (lambda v: -v, "-{0} in place of {0}"),
    (lambda v: v / 2, "half of {0} in place of {0}"),
    (lambda v: v * v, "the square of {0} in place of {0}"),
    (lambda v: v**0.5, "the square root of {0} in place of {0}"),
    (lambda v: 10 * v, "10 * {0} in place of {0}"),
    (lambda v: v / 10, "{0} / 10 in place of {0}"),
)


def only_at(*place: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Every number set to 0, but those in one place."""

    def change(values: np.ndarray) -> np.ndarray:
        kept = np.zeros_like(values)
        kept[place] = values[place]
        return kept

    return change


def _first_for_all(values: np.ndarray, axis: int = 0) -> np.ndarray:
    return np.repeat(values.take([0], axis), values.shape[axis], axis)


def _mean_for_all(values: np.ndarray) -> np.ndarray:
    return np.repeat(values.mean(0, keepdims=True), len(values), 0).astype(values.dtype)


_OF_ARRAYS: tuple[tuple[Callable[[np.ndarray], np.ndarray], str], ...] = (
    (np.zeros_like, "{} = 0"),
    (np.ones_like, "{} = 1 everywhere"),
    (lambda a: -a, "-{} in place of {}"),
    (lambda a: 2 * a, "2 * {} in place of {}"),
    (lambda a: a / 2, "half of {} in place of {}"),
    (np.square, "the square of {} in place of {}"),
    (np.abs, "{} without its minus signs"),
    (lambda a: np.maximum(a, 0), "{} with 0 in place of its negative numbers"),
    (np.trunc, "{} without its fractions"),
    (lambda a: a[..., ::-1, ::-1], "{} turned by 180°"),
    (lambda a: a[::-1], "{}[::-1] in place of {}"),
    (lambda a: a[..., ::-1, :], "{} with its rows in the opposite order"),
    (lambda a: a[..., ::-1], "{} with its columns in the opposite order"),
    (lambda a: a[:, ::-1], "{}[:, ::-1] in place of {}"),
    (lambda a: a.swapaxes(-1, -2), "{} with rows and columns exchanged"),
    (lambda a: a.swapaxes(0, 1), "{} with its first two axes exchanged"),
    (_first_for_all, "{}[0] in place of every {}[n]"),
    (lambda a: _first_for_all(a, 1), "{}[:, 0] in place of every {}[:, n]"),
    (_mean_for_all, "the mean of {} over its first axis in place of {}"),
    (lambda a: np.full_like(a, a.mean()), "the mean of {} in place of each of its numbers"),
    (lambda a: np.full_like(a, a.sum()), "the sum of {} in place of each of its numbers"),
    (lambda a: np.roll(a, 1, 0), "{} moved on by one along its first axis"),
    (lambda a: np.roll(a, -1, 0), "{} moved back by one along its first axis"),
    (only_at(..., -1, -1), "{} with all but its last row's last entry 0"),
    (only_at(..., 0, 0), "{} with all but its first row's first entry 0"),
    (only_at(..., -1, slice(None)), "{} with all but its last row 0"),
    (only_at(..., 0, slice(None)), "{} with all but its first row 0"),
    (only_at(..., -1), "{} with all but its last column 0"),
    (only_at(..., 0), "{} with all but its first column 0"),
    (lambda a: a[1:], "{}[1:] in place of {}"),
    (lambda a: a[:-1], "{}[:-1] in place of {}"),
)  # fmt: skip


def shares(given: Given) -> list[str]:
    """The fractions among the arguments, and what is left of them to 1."""
    fractions = [name for name, value in given.items() if type(value) is float]
    return [text for name in fractions for text in (name, f"(1 - {name})")]


def times(name: str, expression: str) -> Change:
    """An argument is multiplied with a size."""
    return lambda given: given | {name: given[name] * value_of(expression, given[SIZES])}


def sized(name: str, expression: str) -> Change:
    """A size stands in place of each of its numbers."""
    return lambda given: given | {name: given[name] * 0 + value_of(expression, given[SIZES])}


def _other(name: str) -> Change:
    return lambda given: given | {name: given[f"other_{name}"]}


def _exchanged(given: Given) -> Iterator[tuple[Change, str]]:
    """Two arguments of a kind, each in place of the other, or one of them twice."""
    for one, other in combinations(given, 2):
        alike = type(given[one]) is type(given[other]) or {
            type(given[one]), type(given[other])
        } == {int, float}  # fmt: skip
        if not alike or np.ndim(given[one]) != np.ndim(given[other]):
            continue
        yield _swap(one, other), f"{one} and {other} exchanged"
        yield _put(one, other), f"{other} in place of {one}"
        yield _put(other, one), f"{one} in place of {other}"


def _swap(one: str, other: str) -> Change:
    return lambda given: given | {one: given[other], other: given[one]}


def _put(name: str, source: str) -> Change:
    return lambda given: given | {name: given[source]}
