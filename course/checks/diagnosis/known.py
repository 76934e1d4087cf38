"""Does the answer agree with a known mistake, with two of them together, or with one at first?"""

import re
import textwrap
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import combinations, product
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import is_computed
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Exercise, Judged, Marks
from course.checks.message import LABEL_WIDTH, WIDTH
from course.checks.mistakes import Mistake
from course.checks.outcome import agree, cannot_be_compared, run
from course.checks.verdict import Kind

SECONDS_FOR_PAIRS = 0.6
SOME = 8
"""On so many wrong cases, at most, every mistake is tried before pairs of them are."""
MOST_LINES = 5
"""So many a message has for a cause."""
AT_LEAST = 0.25
"""Of the wrong cases, the part that a mistake has to explain; the first alone may be a chance."""


def find_alone(marks: Marks) -> Finding | None:
    """The mistake that the answer agrees with on every case."""
    found = alone(marks)
    return Finding("known", found.explanation, (found.name,)) if found else None


def alone(marks: Marks) -> Mistake | None:
    """The first known mistake that agrees with the answer on every case."""
    order = first_wrong_first(marks)
    return next((m for m in marks.exercise.mistakes if agrees(marks, m.functions, order)), None)


def find_pair(marks: Marks) -> Finding | None:
    """Two mistakes, made together in one solution, that the answer agrees with on every case."""
    if all(one.outcome.error or _is_zeros(one.outcome.value) for one in marks.wrong):
        return None  # zeros and exceptions come of too many mistakes to tell two by them
    order, end = first_wrong_first(marks), time.process_time() + SECONDS_FOR_PAIRS
    for one, other, function in _pairs(_likeliest_first(marks)):
        if time.process_time() > end:
            return None
        if agrees(marks, (function,), order) and not _crashes_alone(marks, one, other):
            return Finding("two known", both(one, other), (one.name, other.name))
    return None


def _crashes_alone(marks: Marks, *mistakes: Mistake) -> bool:
    """Whether a mistake fails alone where the answer does not: it is another mistake in a pair."""
    first = marks.wrong[0]
    if first.outcome.error is not None:
        return False
    return any(run(m.functions[0], first.case).error is not None for m in mistakes)


def _is_zeros(value: Any) -> bool:
    return isinstance(value, np.ndarray) and not np.count_nonzero(value)


def both(one: Mistake, other: Mistake) -> str:
    """What is to be said of two mistakes, in the longest form that a message has room for."""
    long = [one.explanation, other.explanation]
    short = [re.split(r"(?<=[.?!]) (?=[A-Z`])", text)[0] for text in long]
    for first, second in (long, (long[0], short[1]), (short[0], long[1]), short):
        text = f"Two things at once. {first} And: {second}"
        if len(textwrap.wrap(text, WIDTH - LABEL_WIDTH)) <= MOST_LINES:  # longer ones are cut
            return text
    return f"Two things at once: {one.name}, and {other.name}."


def find_at_first(marks: Marks) -> Finding | None:
    """The only mistake that the answer agrees with up to and with the first wrong case."""
    first = marks.wrong[0]
    if first.verdict.kind is Kind.NOT_FINITE or not is_computed(first.case):
        return None  # inf, nan and a no come of too many mistakes to tell one by them
    order = [first, *marks.judged[: marks.judged.index(first)]]
    agreeing = [m for m in marks.exercise.mistakes if agrees(marks, m.functions, order)]
    if len(agreeing) != 1:
        return None
    [only] = agreeing
    explained = [one for one in marks.wrong if agrees(marks, only.functions, [one])]
    finding = Finding("first of all", f"First of all: {only.explanation}", (only.name,))
    return finding if len(explained) >= AT_LEAST * len(marks.wrong) else None


def _likeliest_first(marks: Marks) -> list[Mistake]:
    """The known mistakes, first those that alone do what the answer does on some wrong cases.

    There the other mistake of a pair does not show.
    """
    some = marks.wrong[:: -(-len(marks.wrong) // SOME)]
    return sorted(
        marks.exercise.mistakes,
        key=lambda m: -sum(agrees(marks, m.functions[:1], [one]) for one in some),
    )


def _pairs(mistakes: list[Mistake]) -> Iterator[tuple[Mistake, Mistake, Callable[..., Any]]]:
    """Two mistakes each, and one solution with the edits of both that do not overlap."""
    for one, other in combinations(mistakes, 2):
        for a, b in product(one.forms, other.forms):
            if a.solution is b.solution:
                with suppress(ValueError, SyntaxError):
                    text = a.solution.edited(a.edits + b.edits)
                    yield one, other, a.solution.answer(text, f"{a.label} and {b.label}")


def first_wrong_first(marks: Marks) -> list[Judged]:
    """The cases in the order in which most mistakes are soonest ruled out."""
    return sorted(marks.judged, key=lambda one: one is not marks.wrong[0])


def agrees(marks: Marks, functions: tuple[Callable[..., Any], ...], order: list[Judged]) -> bool:
    """Whether one of the functions does on all of these cases what the answer did."""
    with warnings.catch_warnings():  # those of a known mistake are none of the student's
        warnings.simplefilter("ignore")
        return any(_agrees(marks.exercise, function, order) for function in functions)


def _agrees(exercise: Exercise, function: Callable[..., Any], order: list[Judged]) -> bool:
    """Where exceptions cannot be compared, more wrong cases have to show that it is the same."""
    shown = 0
    for one in order:
        theirs = run(function, one.case)
        if agree(one.outcome, theirs, one.tolerance):
            verdict = exercise.judged(one.case, one.expected, theirs).verdict
            if verdict.kind is not one.verdict.kind:
                return False
            shown += not one.is_right
        elif cannot_be_compared(one.outcome, theirs):
            shown -= 1
        else:
            return False
    return shown > 0
