"""The right result for other arguments: stride 1, no padding, kernels turned, another image."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, combinations, product
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.compared import Compared, Fits, Pair
from course.checks.diagnosis.measures import WORDS, given_of, value_of
from course.checks.diagnosis.sizes import axes_of
from course.checks.outcome import run

Given = dict[str, Any]
Change = Callable[[Given, Pair], Given]
"""Makes other arguments of those of a case."""
SECONDS = 0.3
"""Of computing, at the most."""


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """What the reference gives for other arguments."""
    end = time.process_time() + SECONDS
    given, exercise = given_of(found.wrong[0].case, found.exercise.reference), found.exercise.name
    parts, frames = _parts(exercise, given), _frames(found, given)
    every = (_numbers(given), parts, frames, _arrays(given), _exchanged(given), _multiples(given))
    for change, words in chain.from_iterable(every):
        if time.process_time() > end:
            return
        yield partial(_is_right_for, found, change), f"this is the right {{y}} for {words}."


def _is_right_for(found: Compared, change: Change, pair: Pair) -> bool:
    """Whether the reference gives that for other arguments; not so where it refuses them."""
    given = given_of(pair.case, found.exercise.reference)
    case = _with(pair.case, given | change(given, pair), given)
    value = run(found.exercise.reference, case).value
    if value is None:
        return False
    return pair.shows(value if found.part is None else value[found.part])


def _with(case: Case, others: Given, given: Given) -> Case:
    """The case with other arguments; of a layer, those it is made with are its settings."""
    arguments = {name: others[name] for name in case.arguments if name != "settings"}
    if "settings" in case.arguments:
        settings = tuple(others[name] for name in given if name not in case.arguments)
        arguments = {"settings": settings} | arguments
    return replace(case, arguments=arguments)


def _changed(name: str, change: Callable[[Any], Any]) -> Change:
    """One argument is changed."""
    return lambda given, pair: {name: change(given[name])}


_NEUTRAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
_OF_NUMBERS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda v: 0 * v, "{} = 0"),
    (lambda v: 0 * v + 1, "{} = 1"),
    (lambda v: 2 * v, "2 * {0} in place of {0}"),
    (lambda v: v + 1, "{0} + 1 in place of {0}"),
    (lambda v: v - 1, "{0} - 1 in place of {0}"),
    (lambda v: 1 - v, "1 - {0} in place of {0}"),
    (lambda v: -v, "-{0} in place of {0}"),
)


def _numbers(given: Given) -> Iterator[tuple[Change, str]]:
    """Stride 1, padding 0 and the like, sizes exchanged, and other numbers."""
    neutral = {name: value for name, value in _NEUTRAL.items() if name in given}
    for count in range(1, len(neutral) + 1):
        for names in combinations(neutral, count):
            words = " and ".join(f"{name} {neutral[name]}" for name in names)
            yield partial(_put, {name: neutral[name] for name in names}), words
    for name, words in (("x_shape", "H and W"), ("kernel_size", "kh and kw")):
        if isinstance(given.get(name), tuple):
            last_two = _changed(name, lambda sizes: (*sizes[:-2], *sizes[:-3:-1]))
            yield last_two, f"{words} exchanged"
    for name, value in given.items():
        if type(value) in (int, float) and name != "seed":
            for change, words in _OF_NUMBERS:
                yield _changed(name, change), words.format(name)


def _put(values: Given, given: Given, pair: Pair) -> Given:
    return values


_OF_ARRAYS: tuple[tuple[Callable[[np.ndarray], np.ndarray], str], ...] = (
    (np.zeros_like, "{} = 0"),
    (lambda a: -a, "-{0} in place of {0}"),
    (np.abs, "{} without its minus signs"),
    (lambda a: np.maximum(a, 0), "{} with 0 in place of its negative numbers"),
    (lambda a: a[..., ::-1, ::-1], "{} turned by 180°"),
    (lambda a: a[::-1], "{0}[::-1] in place of {0}"),
    (lambda a: a[..., ::-1, :], "{} with its rows in the opposite order"),
    (lambda a: a[..., ::-1], "{} with its columns in the opposite order"),
    (lambda a: a[:, ::-1], "{0}[:, ::-1] in place of {0}"),
    (lambda a: a.swapaxes(-1, -2), "{} with rows and columns exchanged"),
    (lambda a: a.swapaxes(0, 1), "{} with its first two axes exchanged"),
    (lambda a: a[:1].repeat(len(a), 0), "{0}[0] in place of every {0}[n]"),
    (lambda a: np.full_like(a, a.mean()), "the mean of {} in place of each of its numbers"),
)


def _arrays(given: Given) -> Iterator[tuple[Change, str]]:
    """What may have been done to the arrays."""
    for name, value in given.items():
        if isinstance(value, np.ndarray) and value.ndim:
            for change, words in _OF_ARRAYS:
                yield _changed(name, change), words.format(name)


def _exchanged(given: Given) -> Iterator[tuple[Change, str]]:
    """Two arguments of a kind, each in place of the other, or one of them twice."""
    for one, other in combinations(given, 2):
        numbers = {type(given[one]), type(given[other])} <= {int, float}
        alike = numbers or type(given[one]) is type(given[other])
        if alike and np.ndim(given[one]) == np.ndim(given[other]):
            yield partial(_taken_from, {one: other, other: one}), f"{one} and {other} exchanged"
            yield partial(_taken_from, {one: other}), f"{other} in place of {one}"
            yield partial(_taken_from, {other: one}), f"{one} in place of {other}"


def _taken_from(sources: dict[str, str], given: Given, pair: Pair) -> Given:
    return {name: given[source] for name, source in sources.items()}


_FACTORS = (
    "2", "N", "C", "F", "K", "kh * kw", "C * kh * kw", "oh * ow", "size * size", "stride", "groups",
    "learning_rate", "momentum", "(1 - momentum)",
)  # fmt: skip


def _multiples(given: Given) -> Iterator[tuple[Change, str]]:
    """An argument times a size, such as a bias that is added for every channel."""
    names = [name for name, value in given.items() if isinstance(value, np.ndarray | float)]
    for name, factor in product(names, _FACTORS):
        if factor != name:
            divisor = f"({factor})" if " * " in factor else factor
            yield partial(_times, name, factor, 1), f"{factor} * {name} in place of {name}"
            yield partial(_times, name, factor, -1), f"{name} / {divisor} in place of {name}"


def _times(name: str, factor: str, power: int, given: Given, pair: Pair) -> Given:
    value = value_of(factor, pair.sizes)
    if value is None:
        raise ValueError(f"here is no {factor}")
    return {name: given[name] * float(value) ** power}


_SIDES: tuple[tuple[Any, dict[str, Any], str], ...] = (
    (((2, 0), (2, 0)), {}, "all padding at the top and on the left"),
    (((0, 2), (0, 2)), {}, "all padding at the bottom and on the right"),
    (((1, 1), (0, 0)), {}, "padding above and below only"),
    (((0, 0), (1, 1)), {}, "padding on the left and right only"),
    (((1, 1), (1, 1)), {"mode": "edge"}, "a frame of copies of its edge, not of zeros"),
    (((1, 1), (1, 1)), {"constant_values": 1}, "a frame of ones, not of zeros"),
)


def _frames(found: Compared, given: Given) -> Iterator[tuple[Change, str]]:
    """Another frame around x than one of zeros on all sides."""
    of_y = not found.name.startswith("dx")  # which hangs on the shape of x alone
    if of_y and np.ndim(given.get("x", 0)) in (2, 4) and type(given.get("padding")) is int:
        for sides, how, words in _SIDES:
            yield partial(_framed, sides, how), words


def _framed(sides: Any, how: dict[str, Any], given: Given, pair: Pair) -> Given:
    x, padding = given["x"], given["padding"]
    widths = [(0, 0)] * (x.ndim - 2) + [(padding * a, padding * b) for a, b in sides]
    return {"x": np.pad(x, widths, **how), "padding": 0}


_PARTS = ((slice(1), "the first {} alone"), (slice(-1, None), "the last {} alone"))
_WINDOWS: tuple[tuple[Any, str], ...] = (
    (np.s_[..., :1, :1], "the first window alone"),
    (np.s_[..., -1:, -1:], "the last window alone"),
    (np.s_[..., :1, :], "the first row of windows alone"),
    (np.s_[..., :-1, :-1], "all windows but the last row and column"),
    (np.s_[..., :-1, :], "all windows but the last row"),
    (np.s_[..., :-1], "all windows but the last column"),
)


def _parts(exercise: str, given: Given) -> Iterator[tuple[Change, str]]:
    """Only the first image, only the last channel, only one window."""
    arrays = [name for name, value in given.items() if isinstance(value, np.ndarray)]
    axes = {name: axes_of(exercise, name, given[name].ndim) for name in arrays}
    axes |= {name: ["n"] for name in arrays if given[name].ndim == 1 and axes[name] in ([], ["_"])}
    for axis in ("N", "C", "F", "n", "in_features"):
        of = {name: names.index(axis) for name, names in axes.items() if axis in names}
        for part, words in _PARTS if of else ():
            yield partial(_cut, of, part), words.format(WORDS.get(axis, "entry"))
    if "oh" in axes.get("dy", ()):
        for place, words in _WINDOWS:
            yield _changed("dy", partial(_only_at, place)), words


def _cut(axes: dict[str, int], part: slice, given: Given, pair: Pair) -> Given:
    """The arrays with only a part of what stands along an axis of each."""
    return {name: given[name][(slice(None),) * axis + (part,)] for name, axis in axes.items()}


def _only_at(place: Any, values: np.ndarray) -> np.ndarray:
    """Every number set to 0, but those in one place."""
    kept = np.zeros_like(values)
    kept[place] = values[place]
    return kept
