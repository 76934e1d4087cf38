"""What came out beside what is right, for all cases in which the same is done."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.measures import Sizes, measures_of, name_of
from course.checks.diagnosis.properties import Property, properties, separating
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
        distance, numbers = np.abs(self.got - np.asarray(array, float)), np.asarray(array)
        largest = np.max(np.abs(numbers), initial=0)
        if np.isfinite(largest) and not np.isnan(distance).any():  # the quick way, for nearly all
            return bool((distance <= self.tolerance * largest).all())
        return not np.any(wrong_numbers(self.got, numbers, self.tolerance))

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


@dataclass(frozen=True)
class Compared:
    """All cases of the same use that gave numbers, the first wrong one at the head of `wrong`."""

    exercise: Exercise
    name: str
    """What the numbers are called: y, dx, the loss, or the result."""
    pairs: list[Pair]
    part: int | None = None
    """Which part of the result, where several are judged as one array."""
    named_axes: tuple[str, ...] = ()
    """What the axes count, where it is known."""
    alike: tuple[tuple[Sizes, tuple[int, ...]], ...] = ()
    """The sizes of all cases of the use, and the shapes of their right results."""

    @property
    def right_one(self) -> str:
        """The right y, the right result"""
        return f"the right {self.name.removeprefix('the ')}"

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

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """What the axes of the right result count: N, F, oh, ow, say; "" for an unknown one."""
        shapes = [shape for _, shape in self.alike]
        if self.named_axes or not self.axis_count or len({len(shape) for shape in shapes}) > 1:
            return self.named_axes
        for argument in ("x", "x_shape", "dy", "w", "b"):
            axes = tuple(axes_of(self.exercise.name, argument, self.axis_count))
            if axes and all(tuple(map(s.get, axes)) == shape for s, shape in self.alike):
                return axes
        of = [sizes for sizes, _ in self.alike]
        preferred = ("N", "F" if "F" in of[0] else "C", "oh", "ow", "N * oh * ow")
        lengths = zip(*shapes, strict=True)
        return tuple(name_of(along, of, preferred) or "" for along in lengths)

    def where(self, fits: Fits) -> str | None:
        """In which cases it holds: "" for all, words for some, None where it is not to be said.

        A relation that a right result has as well is no contradiction: it changes nothing there.
        """
        if not self.wrong or not _holds(fits, self.wrong[0]):
            return None
        holds = [_holds(fits, pair) for pair in self.pairs]
        if all(holds):
            return ""
        shown = [held and not p.right for p, held in zip(self.pairs, holds, strict=True)]
        one_number = all(pair.got.size == 1 for pair in self.pairs)  # these may agree by chance
        if sum(shown) < max(FEWEST, len(self.wrong) / 3 if one_number else 0):
            return None
        words = separating(self.properties, shown, [not held for held in holds])
        if words:
            return f"where {words}, "
        return "where it is wrong, " if sum(shown) == len(self.wrong) else None


def taken_apart(found: Compared) -> Compared | None:
    """The same with an axis for each size: (N * oh * ow, C * kh * kw) has six of them."""
    names = tuple(name for axis in found.axes for name in axis.split(" * "))
    same_shape = all(pair.got.shape == pair.expected.shape for pair in found.pairs)
    if len(names) == len(found.axes) or not all(found.axes) or not same_shape:
        return None
    pairs = []
    for pair in found.pairs:
        shape = [int(pair.sizes[name]) for name in names]
        single = replace(pair, got=pair.got.reshape(shape), expected=pair.expected.reshape(shape))
        pairs.append(single)
    return replace(found, pairs=pairs, named_axes=names)


def _holds(fits: Fits, pair: Pair) -> bool:
    with np.errstate(all="ignore"):
        try:
            return bool(fits(pair))
        except (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError):
            return False


_KINDS = (Kind.WRONG_NUMBERS, Kind.WRONG_SHAPE, Kind.NOT_FINITE)
FEWEST = 3
"""In so many cases something must hold before it is said of some of them."""


def compared(marks: Marks) -> Compared | None:
    """The cases of the first wrong one's use; None where that one gave no numbers."""
    first = marks.first_wrong()
    if first is None or not _is_numbers(marks.outcomes[first].value):
        return None
    if marks.verdicts[first].kind not in _KINDS:
        return None
    use = marks.cases[first].use
    if not _is_computed(marks.cases[first]):
        return None
    alike = [k for k, case in enumerate(marks.cases) if case.use is use]
    numbers = [k for k in alike if _is_numbers(marks.outcomes[k].value)]
    parts = marks.exercise.returns.parts
    fit = all(np.shape(marks.outcomes[k].value) == np.shape(marks.expected[k]) for k in numbers)
    name = result_name(marks.exercise, marks.cases[first])
    whole: list[tuple[str, int | None]] = [(name, None)]
    named = [(part, k) for k, part in enumerate(parts)] if parts and fit else whole
    shapes = tuple((_sizes(marks, k), np.shape(marks.expected[k])) for k in alike)
    for part_name, part in named:
        pairs = [_pair(marks, k, part) for k in numbers]
        if not all(pair.right for pair in pairs):
            return Compared(marks.exercise, part_name, pairs, part, alike=shapes)
    return None


def _sizes(marks: Marks, k: int) -> Sizes:
    return measures_of(marks.exercise, marks.cases[k])


def _pair(marks: Marks, k: int, part: int | None) -> Pair:
    case, expected = marks.cases[k], np.asarray(marks.expected[k])
    got, tolerance = np.asarray(marks.outcomes[k].value), marks.exercise.tolerance_for(case)
    if part is not None:
        got, expected = got[part], expected[part]
    right = got.shape == expected.shape and not np.any(wrong_numbers(got, expected, tolerance))
    return Pair(case, got, expected, right, _sizes(marks, k), tolerance)


def _is_numbers(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.ndarray) and np.asarray(
        value
    ).dtype.kind in ("f", "i", "u", "b")


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


def sentence(text: str) -> str:
    """With a capital, if it does not begin with a name from the code."""
    return text if text.split()[0] in CODE else text[0].upper() + text[1:]
