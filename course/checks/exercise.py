"""An exercise: what is asked, what is right, and the wrong answers it can name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from course import convolution
from course.checks.case import Case, Cases, Use
from course.checks.mistakes import Known, Mistake, Solution, known
from course.checks.outcome import Outcome, run, spoil_freed_memory
from course.checks.verdict import OF_ITS_DTYPE, TOLERANCE, Kind, Returns, Verdict, judge

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
    made_with: tuple[str, ...] | None = None
    """For an answer that is a class: the parameters with which it is made, if any."""
    hints: Hints = field(default_factory=dict)
    """What a kind of wrong outcome of a use usually means here, for when no known mistake fits."""
    defines: str = ""
    """What the student's function or class is called, when it is not as the exercise."""
    mends: str = ""
    """For a class that mends another: the name of the mistake which that other one is."""
    only_with: str = ""
    """A group of cases that earns nothing, and without which no other group counts."""
    shares: "Exercise | None" = None
    """An exercise whose known mistakes can be made in this one, too."""

    @property
    def answer_name(self) -> str:
        """The name of the student's function or class: `check.relu(ReLU)` judges ReLU."""
        return self.defines or self.name

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
    def broken(self) -> Callable[..., Any] | None:
        """What is to be mended, as it was handed out."""
        if not self.mends:
            return None
        return {mistake.name: mistake for mistake in self.mistakes}[self.mends].function

    @property
    def is_a_class(self) -> bool:
        """Whether the answer is a class, of which layers are made, and not a function."""
        return self.made_with is not None

    def as_tried(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """The answer; what it does not mend itself is as broken as it was handed out.

        It would inherit from a class that was never broken, and so be right without a line.
        """
        broken = self.broken
        if not isinstance(broken, type) or not isinstance(answer, type):
            return answer
        return type(answer.__name__, (answer, broken), {})

    def tolerance_for(self, case: Case) -> float:
        """The exercise's own tolerance, if it has one, or that of the case's dtype."""
        return TOLERANCE[dtype_of(case)] if self.tolerance is None else self.tolerance

    def mark(self, function: Callable[..., Any], seed: int = 0) -> "Marks":
        """Run function on every case that the seed gives, and judge what it does."""
        cases = self.cases(np.random.default_rng(seed))
        expected = [run(self.reference, case).value for case in cases]
        outcomes, verdicts = [], []
        for case, value in zip(cases, expected, strict=True):
            outcome, verdict = self.judged(function, case, value)
            outcomes.append(outcome)
            verdicts.append(verdict)
        return Marks(self, cases, expected, outcomes, verdicts, function)

    def accepts(self, function: Callable[..., Any], seed: int = 0) -> bool:
        """Whether every case would be marked right; after the first that is not, none is run."""
        return all(
            self.judged(function, case, run(self.reference, case).value)[1].kind is Kind.RIGHT
            for case in self.cases(np.random.default_rng(seed))
        )

    def judged(
        self, function: Callable[..., Any], case: Case, expected: Any
    ) -> tuple[Outcome, Verdict]:
        """What an answer does with a case, and whether that is right."""
        spoil_freed_memory(expected)
        outcome = run(function, case)
        return outcome, judge(outcome, expected, self.returns, self.tolerance_for(case))


def of_convolution(
    name: str, lesson: str, points: int, cases: Cases, returns: Returns = OF_ITS_DTYPE
) -> Exercise:
    """An exercise that is answered by the function of its name in course.convolution."""
    return Exercise(name, lesson, points, getattr(convolution, name), returns, cases)


@dataclass(frozen=True)
class Marks:
    """What an answer did with every case."""

    exercise: Exercise
    cases: list[Case]
    expected: list[Any]
    outcomes: list[Outcome]
    verdicts: list[Verdict]
    answer: Any = None
    """The answer itself; None where only its outcomes are known, as in the grader."""

    @cached_property
    def wrong(self) -> list[int]:
        """The numbers of the cases that are not right; none for a right answer."""
        return [k for k, verdict in enumerate(self.verdicts) if verdict.kind is not Kind.RIGHT]

    def hint(self) -> str:
        """What the first wrong case usually means, for when no known mistake fits; may be empty."""
        first, hints = self.wrong[0], self.exercise.hints
        case, verdict = self.cases[first], self.verdicts[first]
        of_group = hints.get((case.group, verdict.kind), verdict.hint)
        return hints.get((case.use, verdict.kind), of_group)

    def told_apart(self) -> str:
        """Of what is told from the right layer: how many kinds, and with how many forward calls."""
        groups = self.groups()
        right, total = groups.pop(self.exercise.only_with)
        if right < total:
            return "the right layer is turned away"
        found = sum(right == total for right, total in groups.values())
        pairs = zip(self.cases, self.outcomes, strict=True)
        calls = max(o.forward_calls for c, o in pairs if c.group == self.exercise.only_with)
        return (
            f"{found} of {len(groups)} broken layers told from the right one, which took "
            f"{calls} forward {'pass' if calls == 1 else 'passes'}"
        )

    def groups(self) -> dict[str, tuple[int, int]]:
        """For every group of cases: how many are right, and how many there are."""
        counts: dict[str, tuple[int, int]] = {}
        for case, verdict in zip(self.cases, self.verdicts, strict=True):
            right, total = counts.get(case.group, (0, 0))
            counts[case.group] = (right + (verdict.kind is Kind.RIGHT), total + 1)
        return counts


def dtype_of(case: Case) -> str:
    """The dtype in which a case is computed: that of its first array, else float64."""
    arrays = (v for v in case.arguments.values() if isinstance(v, np.ndarray))
    return _judged_as(next((a.dtype for a in arrays), np.dtype("float64")))


@cache
def _judged_as(dtype: np.dtype[Any]) -> str:
    return str(dtype) if str(dtype) in TOLERANCE else "float64"
