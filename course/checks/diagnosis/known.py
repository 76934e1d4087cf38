"""Does the answer agree with a known mistake, with two of them together, or with one at first?"""

import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks
from course.checks.mistakes import Form, Mistake
from course.checks.outcome import agree, cannot_be_compared, run
from course.checks.verdict import Kind, judge

SECONDS_FOR_PAIRS = 0.6
SOME = 8
"""On so many wrong cases, at most, every mistake is tried before pairs of them are."""
AT_LEAST = 0.25
"""Of the wrong cases, the part that a mistake has to explain; the first alone may be a chance."""


def find_alone(marks: Marks) -> Finding | None:
    """The mistake that the answer agrees with on every case."""
    mistake = alone(marks)
    return None if mistake is None else Finding("known", mistake.explanation, (mistake.name,))


def find_pair(marks: Marks) -> Finding | None:
    """Two mistakes, made together in one solution, that the answer agrees with on every case."""
    pair = two_together(marks)
    if pair is None:
        return None
    one, other = pair
    text = f"Two things at once. {one.explanation} And: {other.explanation}"
    return Finding("two known", text, (one.name, other.name))


def find_at_first(marks: Marks) -> Finding | None:
    """The only mistake that the answer agrees with up to and with the first wrong case."""
    first = marks.first_wrong()
    if first is None or not _is_finite(marks.outcomes[first].value):
        return None
    up_to_there = [first, *range(first)]
    agreeing = [m for m in marks.exercise.mistakes if agrees(marks, m.functions, up_to_there)]
    if len(agreeing) != 1 or not _is_no_chance(marks, agreeing[0]):
        return None
    return Finding("first of all", f"First of all: {agreeing[0].explanation}", (agreeing[0].name,))


def _is_no_chance(marks: Marks, mistake: Mistake) -> bool:
    """Whether a mistake does what the answer does on enough of the wrong cases."""
    wrong = [k for k, verdict in enumerate(marks.verdicts) if verdict.kind is not Kind.RIGHT]
    explained = sum(agrees(marks, mistake.functions, [k]) for k in wrong)
    return explained >= AT_LEAST * len(wrong)


def _is_finite(value: Any) -> bool:
    """Whether it holds no inf and no nan: these come of too many mistakes to tell one by them."""
    try:
        return bool(np.all(np.isfinite(value)))
    except (TypeError, ValueError):  # it holds no numbers
        return True


def alone(marks: Marks) -> Mistake | None:
    """The first known mistake that agrees with the answer on every case."""
    order = first_wrong_first(marks)
    return next((m for m in marks.exercise.mistakes if agrees(marks, m.functions, order)), None)


def two_together(marks: Marks) -> tuple[Mistake, Mistake] | None:
    """Two known mistakes whose edits, made in one solution, agree with the answer everywhere."""
    order, mistakes = first_wrong_first(marks), _likeliest_first(marks)
    end = time.process_time() + SECONDS_FOR_PAIRS
    for one, other, function in _pairs(mistakes):
        if time.process_time() > end:
            return None
        if agrees(marks, (function,), order):
            return one, other
    return None


def _likeliest_first(marks: Marks) -> list[Mistake]:
    """The known mistakes, first those that alone do what the answer does on some wrong cases.

    There the other mistake of a pair does not show.
    """
    wrong = [k for k, verdict in enumerate(marks.verdicts) if verdict.kind is not Kind.RIGHT]
    some = wrong[:: -(-len(wrong) // SOME)]

    def disagreeing(mistake: Mistake) -> int:
        return sum(not agrees(marks, mistake.functions[:1], [k]) for k in some)

    return sorted(marks.exercise.mistakes, key=disagreeing)


def _pairs(mistakes: list[Mistake]) -> Iterator[tuple[Mistake, Mistake, Callable[..., Any]]]:
    for one, other in combinations(mistakes, 2):
        for form, with_form in ((a, b) for a in one.forms for b in other.forms):
            if form.solution is with_form.solution:
                function = _together(form, with_form)
                if function is not None:
                    yield one, other, function


def _together(one: Form, other: Form) -> Callable[..., Any] | None:
    """The solution with the edits of both; None where they change the same place."""
    try:
        text = one.solution.edited(one.edits + other.edits)
        return one.solution.answer(text, f"{one.label} and {other.label}")
    except (ValueError, SyntaxError):
        return None


def first_wrong_first(marks: Marks) -> list[int]:
    """The cases in the order in which most mistakes are soonest ruled out."""
    first = marks.first_wrong()
    others = [k for k in range(len(marks.cases)) if k != first]
    return others if first is None else [first, *others]


def agrees(marks: Marks, functions: tuple[Callable[..., Any], ...], order: Iterable[int]) -> bool:
    """Whether one of the functions does on all of these cases what the answer did."""
    order = list(order)
    return any(_agrees(marks, function, order) for function in functions)


def _agrees(marks: Marks, function: Callable[..., Any], order: list[int]) -> bool:
    """Where exceptions cannot be compared, more wrong cases have to show that it is the same."""
    shown = unknown = 0
    for k in order:
        agrees_here = _agrees_on(marks, function, k)
        if agrees_here is False:
            return False
        unknown += agrees_here is None
        shown += bool(agrees_here) and marks.verdicts[k].kind is not Kind.RIGHT
    return shown > unknown


def _agrees_on(marks: Marks, function: Callable[..., Any], k: int) -> bool | None:
    """None where both raised exceptions that cannot be compared."""
    case, tolerance = marks.cases[k], marks.exercise.tolerance_for(marks.cases[k])
    with warnings.catch_warnings():  # those of a known mistake are none of the student's business
        warnings.simplefilter("ignore")
        theirs = run(function, case)
    if not agree(marks.outcomes[k], theirs, tolerance):
        return None if cannot_be_compared(marks.outcomes[k], theirs) else False
    verdict = judge(theirs, marks.expected[k], marks.exercise.returns, tolerance)
    return verdict.kind is marks.verdicts[k].kind
