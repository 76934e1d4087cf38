"""An exercise: what is asked, what is right, and the wrong answers it can name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from course import convolution
from course.checks.case import Case, Cases, Use, with_two_calls
from course.checks.mistakes import Known, Mistake, Solution, known
from course.checks.outcome import Outcome, run, spoil_freed_memory
from course.checks.own_code import codes_in, functions_of
from course.checks.verdict import OF_ITS_DTYPE, TOLERANCE, Kind, Returns, Verdict, judge, not_finite

Hints = dict[tuple[Use | str, Kind], str]
"""By the use, or the group, of a case, and by what is wrong with it."""


@dataclass(frozen=True)
class Exercise:
    """One blank of a lesson. `cases` makes the calls of a check from a random generator."""

    name: str
    lesson: str
    points: int
    reference: Callable[..., Any]
    returns: Returns
    cases: Cases
    tolerance: float | None = None
    """Largest error, as in TOLERANCE, for an exercise in which rounding is amplified."""
    hints: Hints = field(default_factory=dict)
    """What a kind of wrong outcome of a use usually means here, for when no known mistake fits."""
    mends: str = ""
    """For a class that mends another: the name of the mistake which that other one is."""
    only_with: str = ""
    """A group of cases that earns nothing, and without which no other group counts."""
    shares: "Exercise | None" = None
    """An exercise whose known mistakes can be made in this one, too."""

    @property
    def answer_name(self) -> str:
        """The name of the student's function or class: `check.relu(ReLU)` judges ReLU."""
        return self.reference.__name__ if self.is_a_class and not self.mends else self.name

    @property
    def _known(self) -> Known:
        return known(self.lesson).get(self.name, Known())

    @property
    def solutions(self) -> tuple[Solution, ...]:
        """Right answers as source, the lesson's own first."""
        return self._known.solutions

    @property
    def mistakes(self) -> list[Mistake]:
        """Every known wrong answer, those that it shares with another exercise last."""
        own = [*self._known.mistakes]
        names = {mistake.name for mistake in own}
        shared = self.shares.mistakes if self.shares else []
        return own + [mistake for mistake in shared if mistake.name not in names]

    @property
    def broken(self) -> Any:
        """What is to be mended, as it was handed out; None where there is no such class."""
        return next((m.function for m in self.mistakes if self.mends == m.name), None)

    @property
    def is_a_class(self) -> bool:
        """Whether the answer is a class, of which layers are made, and not a function."""
        return isinstance(self.reference, type)

    def as_tried(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """The answer; what it does not mend itself is as broken as it was handed out.

        It would inherit from a class that was never broken, and so be right without a line.
        """
        if not self.mends or not isinstance(answer, type):
            return answer
        return type(answer.__name__, (answer, self.broken), {})

    def tolerance_for(self, case: Case) -> float:
        """The exercise's own tolerance, if it has one, or that of the case's dtype."""
        usual = TOLERANCE.get(dtype_of(case), TOLERANCE[np.dtype("float64")])
        return usual if self.tolerance is None else self.tolerance

    def mark(self, function: Callable[..., Any], seed: int = 0) -> "Marks":
        """Run function on every case that the seed gives, and judge what it does."""
        cases = self.cases(np.random.default_rng(seed))
        expected = [run(self.reference, case).value for case in cases]  # undisturbed
        pairs = zip(cases, expected, strict=True)
        return Marks(self, [self.tried(function, *pair) for pair in pairs], function)

    def accepts(self, function: Callable[..., Any], seed: int = 0) -> bool:
        """Whether every case would be marked right; after the first that is not, none is run."""
        cases = self.cases(np.random.default_rng(seed))
        return all(self.tried(function, c, run(self.reference, c).value).is_right for c in cases)

    def tried(self, function: Callable[..., Any], case: Case, expected: Any) -> "Judged":
        """What an answer does with a case, and whether that is right."""
        spoil_freed_memory(expected)
        return self.judged(case, expected, run(function, case))

    def judged(self, case: Case, expected: Any, outcome: Outcome) -> "Judged":
        """Whether what came out of a case is right."""
        tolerance = self.tolerance_for(case)
        verdict = judge(outcome, expected, self.returns, tolerance)
        return Judged(case, expected, outcome, verdict, tolerance)


def of_convolution(
    name: str, lesson: str, points: int, cases: Cases, returns: Returns = OF_ITS_DTYPE
) -> Exercise:
    """An exercise that is answered by the function of its name in course.convolution."""
    return Exercise(
        name, lesson, points, getattr(convolution, name), returns, with_two_calls(cases)
    )


@dataclass(frozen=True, eq=False)
class Judged:
    """A case, what should come out of it, what came out, and whether that is right."""

    case: Case
    expected: Any
    outcome: Outcome
    verdict: Verdict
    tolerance: float

    @property
    def is_right(self) -> bool:
        """Whether there is nothing to be said against it."""
        return self.verdict.kind is Kind.RIGHT


@dataclass(frozen=True)
class Marks:
    """What an answer did with every case."""

    exercise: Exercise
    judged: list[Judged]
    answer: Any = None
    """The answer itself; None where only its outcomes are known, as in the grader."""

    @property
    def cases(self) -> list[Case]:
        """What it was tried with."""
        return [one.case for one in self.judged]

    @cached_property
    def wrong(self) -> list[Judged]:
        """The cases that are not right; none for a right answer."""
        return [one for one in self.judged if not one.is_right]

    def hint(self) -> str:
        """What the first wrong case usually means, for when no known mistake fits; may be empty."""
        first, hints, usual = self.wrong[0], self.exercise.hints, self.wrong[0].verdict.hint
        if first.verdict.kind is Kind.NOT_FINITE and self.answer is not None:
            codes = (c for f in functions_of(self.answer) for c in codes_in(f.__code__))
            usual = not_finite({name for code in codes for name in code.co_names})
        of_group = hints.get((first.case.group, first.verdict.kind), usual)
        return hints.get((first.case.use, first.verdict.kind), of_group)

    def told_apart(self) -> str:
        """Of what is told from the right layer: how many kinds, and with how many forward calls."""
        groups = self.groups()
        right, total = groups.pop(self.exercise.only_with)
        if right < total:
            return "the right layer is turned away"
        found = sum(right == total for right, total in groups.values())
        of_the_right_layer = (o for o in self.judged if o.case.group == self.exercise.only_with)
        calls = max(one.outcome.forward_calls for one in of_the_right_layer)
        return (
            f"{found} of {len(groups)} broken layers told from the right one, which took "
            f"{calls} forward {'pass' if calls == 1 else 'passes'}"
        )

    def groups(self) -> dict[str, tuple[int, int]]:
        """For every group of cases: how many are right, and how many there are."""
        counts: dict[str, tuple[int, int]] = {}
        for one in self.judged:
            right, total = counts.get(one.case.group, (0, 0))
            counts[one.case.group] = (right + one.is_right, total + 1)
        return counts


def dtype_of(case: Case) -> np.dtype[Any]:
    """The dtype in which a case is computed: that of its first array, else float64."""
    arrays = (v for v in case.arguments.values() if isinstance(v, np.ndarray))
    return next((array.dtype for array in arrays), np.dtype("float64"))
