"""What came out beside what is right, for all cases in which the same is done."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.measures import Sizes, measures_of, name_of
from course.checks.diagnosis.properties import FEWEST, Property, properties, separating
from course.checks.diagnosis.sizes import axes_of
from course.checks.exercise import Exercise, Marks
from course.checks.outcome import wrong_numbers
from course.checks.verdict import Kind


@dataclass(frozen=True)
class Pair:
    """What came out of one case, and what is right."""

    case: Case
    got: np.ndarray
    expected: np.ndarray
    right: bool
    sizes: Sizes = field(repr=False)
    tolerance: float = 1e-9

    def shows(self, array: Any) -> bool:
        """Whether this array is what came out."""
        if array is None or np.shape(array) != self.got.shape:
            return False
        return not np.any(wrong_numbers(self.got, np.asarray(array), self.tolerance))

    @cached_property
    def has_right_shape(self) -> bool:
        """Whether it is as long as the right result along each axis."""
        return self.got.shape == self.expected.shape

    @cached_property
    def same_numbers(self) -> bool:
        """Whether the right numbers came out, in whatever order."""
        if self.got.size != self.expected.size:
            return False
        numbers = np.sort(self.got, axis=None)
        return replace(self, got=numbers).shows(np.sort(self.expected, axis=None))

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which numbers are wrong, where the shape is right."""
        return wrong_numbers(self.got, self.expected, self.tolerance)


Fits = Callable[[Pair], bool]
"""Whether a relation holds for a pair."""


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
    axes: tuple[str, ...] = ()
    """What the axes of the right result count: N, F, oh, ow, say; "" for an unknown one."""
    part: int | None = None
    """Which part of the result, where several are judged as one array."""

    @cached_property
    def wrong(self) -> list[Pair]:
        """The pairs that are not right."""
        return [pair for pair in self.pairs if not pair.right]

    @cached_property
    def axis_count(self) -> int:
        """How many axes every right result has; 0 where not all have the same number."""
        counts = {pair.expected.ndim for pair in self.pairs}
        return counts.pop() if len(counts) == 1 else 0

    @cached_property
    def properties(self) -> list[Property]:
        """What can be said of some of the cases."""
        return properties([pair.case for pair in self.pairs], [p.sizes for p in self.pairs])

    def where(self, fits: Fits) -> str | None:
        """In which cases it holds: "" for all, words for some, None where it is not to be said.

        A relation that a right result has as well is no contradiction: it changes nothing there.
        """
        if not _holds(fits, self.wrong[0]):
            return None
        holds = [_holds(fits, pair) for pair in self.pairs]
        if all(holds):
            return ""
        shown = [held and not p.right for p, held in zip(self.pairs, holds, strict=True)]
        count, of = sum(shown), len(self.wrong)
        single = all(pair.got.size == 1 for pair in self.pairs)  # such agree by chance in some
        if count < FEWEST or (single and count < of):
            return None
        words = separating(self.properties, shown, [not held for held in holds])
        if words:
            return f"where {words}, "
        if count == of:
            return "where it is wrong, "
        return f"in {count} of {of} wrong cases, " if count > of / 2 else None


def _holds(fits: Fits, pair: Pair) -> bool:
    try:
        return bool(fits(pair))
    except (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError):
        return False


_KINDS = (Kind.WRONG_NUMBERS, Kind.WRONG_SHAPE, Kind.NOT_FINITE)


def compared(marks: Marks) -> Compared | None:
    """The cases of the first wrong one's use; None where that one gave no numbers."""
    first = marks.first_wrong()
    if first is None or not _is_numbers(marks.outcomes[first].value):
        return None
    case = marks.cases[first]
    if marks.verdicts[first].kind not in _KINDS or not _is_computed(case):
        return None
    alike = [k for k, other in enumerate(marks.cases) if other.use is case.use]
    numbers = [k for k in alike if _is_numbers(marks.outcomes[k].value)]
    parts = marks.exercise.returns.parts
    fit = all(np.shape(marks.outcomes[k].value) == np.shape(marks.expected[k]) for k in numbers)
    for part in range(len(parts)) if parts and fit else (None,):
        pairs = [_pair(marks, k, part) for k in numbers]
        if not all(pair.right for pair in pairs):
            name = result_name(marks.exercise, case) if part is None else parts[part]
            shapes = [np.shape(marks.expected[k]) for k in alike]
            axes = () if part is not None else _axes(marks, alike, shapes)
            return Compared(marks.exercise, name, pairs, axes, part)
    return None


def _axes(marks: Marks, alike: list[int], shapes: list[tuple[int, ...]]) -> tuple[str, ...]:
    """What the axes of the right results count, as far as that is known."""
    if len({len(shape) for shape in shapes}) > 1 or not shapes[0]:
        return ()
    of = [measures_of(marks.exercise, marks.cases[k]) for k in alike]
    for argument in ("x", "x_shape", "dy", "w", "b"):
        axes = tuple(axes_of(marks.exercise.name, argument, len(shapes[0])))
        if axes and [tuple(map(sizes.get, axes)) for sizes in of] == shapes:
            return axes
    preferred = ("N", "F" if "F" in of[0] else "C", "oh", "ow", "N * oh * ow")
    return tuple(name_of(along, of, preferred) or "" for along in zip(*shapes, strict=True))


def _pair(marks: Marks, k: int, part: int | None) -> Pair:
    case, expected = marks.cases[k], np.asarray(marks.expected[k])
    got, tolerance = np.asarray(marks.outcomes[k].value), marks.exercise.tolerance_for(case)
    if part is not None:
        got, expected = got[part], expected[part]
    right = got.shape == expected.shape and not np.any(wrong_numbers(got, expected, tolerance))
    return Pair(case, got, expected, right, measures_of(marks.exercise, case), tolerance)


def _is_numbers(value: Any) -> bool:
    kinds = int | float | np.number | np.ndarray
    return isinstance(value, kinds) and np.asarray(value).dtype.kind in "fiub"


def _is_computed(case: Case) -> bool:
    """Whether the numbers come of what the answer computes, and are not a yes or a no."""
    arguments = [v for name, v in case.arguments.items() if name not in ("settings", "seed")]
    return bool(arguments) and not case.steps().startswith(("1 if", "the order"))


_RESULTS = {
    "backward_bias": "db",
    "backward_weights": "dw",
    "backward_input": "dx",
    "conv_forward": "y",
    "correlate2d": "y",
    "_conv": "y",
    "depthwise": "y",
}


CODE = ("y", "dx", "dw", "db", "w", "dscores")
"""What comes out, as it is called in code: such a name begins no sentence with a capital."""


def result_name(exercise: Exercise, case: Case) -> str:
    """What the lessons call that which comes out of a case."""
    if case.use.__name__.startswith("call"):
        named = (result for part, result in _RESULTS.items() if part in exercise.name)
        return next(named, "the result")
    if exercise.returns.parts:
        return "the result"
    name = case.use.__name__.replace("_", " ")
    return name if name.split()[0] in CODE else f"the {name}"


def right_results(marks: Marks) -> str:
    """Which results of a layer are right in every case, as a sentence of its own."""
    kinds: dict[str, set[Kind]] = {}
    for case, verdict in zip(marks.cases, marks.verdicts, strict=True):
        kinds.setdefault(result_name(marks.exercise, case), set()).add(verdict.kind)
    right = [name for name in CODE if kinds.get(name) == {Kind.RIGHT}]
    return f" Right: {', '.join(right)}." if right else ""


def sentence(text: str) -> str:
    """With a capital, if it does not begin with a name from the code."""
    return text if text.split()[0] in CODE else text[0].upper() + text[1:]
