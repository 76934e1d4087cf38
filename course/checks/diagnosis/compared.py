"""What came out beside what is right, for all cases in which the same is done."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.measures import Sizes, measures_of, name_of
from course.checks.exercise import Exercise, Judged, Marks
from course.checks.outcome import wrong_numbers
from course.checks.uses import is_the_same_work
from course.checks.verdict import Kind

FEWEST = 3
"""Of fewer cases little can be said: one thing or another will be true of any such few."""


@dataclass(frozen=True)
class Pair:
    """What came out of one case, and what is right."""

    case: Case
    got: np.ndarray
    expected: np.ndarray
    sizes: Sizes = field(repr=False)
    tolerance: float

    def shows(self, array: Any) -> bool:
        """Whether this array is what came out."""
        if array is None or np.shape(array) != self.got.shape:
            return False
        return not np.any(wrong_numbers(self.got, np.asarray(array), self.tolerance))

    @cached_property
    def right(self) -> bool:
        """Whether the right array came out."""
        return self.has_right_shape and not self.wrong.any()

    @cached_property
    def has_right_shape(self) -> bool:
        """Whether it is as long as the right result along each axis."""
        return self.got.shape == self.expected.shape

    @cached_property
    def same_numbers(self) -> bool:
        """Whether the right numbers came out, in whatever order."""
        numbers = replace(self, got=np.sort(self.got, axis=None))
        return numbers.shows(np.sort(self.expected, axis=None))

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which numbers are wrong, where the shape is right."""
        return wrong_numbers(self.got, self.expected, self.tolerance)


Fits = Callable[[Pair], Any]
"""Whether a relation holds for a pair."""
Relation = tuple[str, Fits]
"""In its words, {y} is what the result is called, and {every} is "every number of y is"."""


def becomes(change: Callable[..., Any], *arguments: Any, **named: Any) -> Fits:
    """That what came out is the right result after a change."""
    return lambda pair: pair.shows(change(pair.expected, *arguments, **named))


@dataclass(frozen=True)
class Compared:
    """All cases of the same use that gave numbers, the first wrong one at the head of `wrong`."""

    exercise: Exercise
    name: str
    """What the numbers are called: y, dx, the loss, or the result."""
    pairs: list[Pair]
    part: int | None
    """Which part of the result, where several are judged as one array."""

    @cached_property
    def wrong(self) -> list[Pair]:
        """The pairs that are not right."""
        return [pair for pair in self.pairs if not pair.right]

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """What the axes count: N, F, oh, ow, say, or ""; of few or unlike results, nothing."""
        shapes = [pair.expected.shape for pair in self.pairs]
        if len({len(shape) for shape in shapes}) > 1 or len(set(shapes)) < FEWEST:
            return ()
        sizes = [pair.sizes for pair in self.pairs]
        return tuple(name_of(zip(n, sizes, strict=True)) or "" for n in zip(*shapes, strict=True))

    def where(self, fits: Fits) -> str | None:
        """In which cases it holds: "" for all, words for the wrong ones, None for fewer of them.

        A relation that a right result has as well is no contradiction: it changes nothing there.
        """
        if not all(_holds(fits, pair) for pair in self.wrong):
            return None
        everywhere = all(_holds(fits, pair) for pair in self.pairs)
        return "" if everywhere else "where it is wrong, " if len(self.wrong) >= FEWEST else None


def _holds(fits: Fits, pair: Pair) -> bool:
    with suppress(ValueError, IndexError, KeyError, TypeError, ZeroDivisionError):
        return bool(fits(pair))
    return False


_KINDS = (Kind.WRONG_NUMBERS, Kind.WRONG_SHAPE, Kind.NOT_FINITE)


def compared(marks: Marks, *shown: Judged) -> Compared | None:
    """The cases of the first wrong one's use, and smaller ones that are shown with the message.

    None where the first wrong one gave no numbers.
    """
    first, parts = marks.wrong[0], marks.exercise.returns.parts
    if first.verdict.kind not in _KINDS or not _is_numbers(first) or not is_computed(first.case):
        return None
    numbers = [
        one
        for one in (*marks.judged, *shown)
        if is_the_same_work(one.case.use, first.case.use) and _is_numbers(one)
    ]
    fit = all(np.shape(one.outcome.value) == np.shape(one.expected) for one in numbers)
    for part in range(len(parts)) if parts and fit else (None,):
        name = result_name(marks.exercise, first.case) if part is None else parts[part]
        pairs = [_pair(marks.exercise, one, part) for one in numbers]
        found = Compared(marks.exercise, name, pairs, part)
        if found.wrong:
            return found
    return None


def _pair(exercise: Exercise, one: Judged, part: int | None) -> Pair:
    at = ... if part is None else part
    got, expected = (np.asarray(a)[at] for a in (one.outcome.value, one.expected))
    return Pair(one.case, got, expected, measures_of(exercise, one.case), one.tolerance)


def _is_numbers(one: Judged) -> bool:
    kinds, value = int | float | np.number | np.ndarray, one.outcome.value
    return isinstance(value, kinds) and np.asarray(value).dtype.kind in "fiub"


def is_computed(case: Case) -> bool:
    """Whether the numbers come of what the answer computes, and are not a yes or a no."""
    arguments = [v for name, v in case.arguments.items() if name not in ("settings", "seed")]
    return bool(arguments) and not case.steps().startswith(("1 if", "the order"))


_RESULTS = {"_bias": "db", "_weights": "dw", "_input": "dx", "correlate2d": "y", "depthwise": "y"}
_RESULTS |= {"_forward": "y", "_conv": "y"}
"""By what is in the name of an exercise, how the lessons call its result."""
CODE = ("y", "dx", "dw", "db", "w", "dscores")
"""What comes out, as it is called in code: such a name begins no sentence with a capital."""


def result_name(exercise: Exercise, case: Case) -> str:
    """What the lessons call that which comes out of a case."""
    if case.use.__name__.startswith("call") or exercise.returns.parts:
        return next((r for part, r in _RESULTS.items() if part in exercise.name), "the result")
    name = case.use.__name__.replace("_", " ")
    return name if name.split()[0] in CODE else f"the {name}"


def right_results(marks: Marks) -> str:
    """Which results of a layer are right in every case, as a sentence of its own."""
    kinds: dict[str, set[Kind]] = {}
    for one in marks.judged:
        kinds.setdefault(result_name(marks.exercise, one.case), set()).add(one.verdict.kind)
    right = [name for name in CODE if kinds.get(name) == {Kind.RIGHT}]
    return f" Right: {', '.join(right)}." if right else ""


def sentence(text: str) -> str:
    """With a capital, if it does not begin with a name from the code."""
    return text if text.split()[0] in CODE else text[0].upper() + text[1:]
