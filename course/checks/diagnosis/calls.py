"""Does an answer keep something from one call to the next?"""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from course.checks.case import Case, tried_by
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Judged, Marks
from course.checks.geometry import Numbers
from course.checks.outcome import agree, run
from course.checks.uses import call, called_twice, with_other_numbers

MORE = 5
"""By so much is a size larger than in any case."""


def find(marks: Marks) -> Finding | None:
    """What two calls with other numbers show, of an answer that gets the first case right."""
    if marks.answer is None or not marks.judged[0].is_right:
        return None
    if any(_is_overwritten(marks, one) for one in marks.wrong):
        text = "The array that a call returned changes when the function is called again. "
        return Finding("calls", text + "Make a new array in every call.")
    if _returns_the_same(marks):
        text = "Called again with other numbers of the same shape, it returns the same result. "
        return Finding("calls", text + "Keep nothing from one call to the next.")
    return None


def _is_overwritten(marks: Marks, one: Judged) -> bool:
    if one.case.use is not called_twice:
        return False
    alone = marks.exercise.tried(marks.answer, tried_by(call, one.case), one.expected)
    return alone.is_right


def _returns_the_same(marks: Marks) -> bool:
    """Whether a first call with sizes that are new is right, and a second one repeats its result.

    One that does not look at its numbers would be wrong the first time.
    """
    right = (one.case for one in marks.judged if one.is_right and one.case.use is call)
    case = next((case for case in right if case.remake and case.sizes), None)
    if case is None or case.remake is None or not _has_arrays(case):
        return False
    name = "N" if "N" in case.sizes else next(iter(case.sizes))
    sizes = case.sizes | {name: case.sizes[name] + MORE}
    with suppress(ValueError):  # where there is none of these sizes
        first = case.remake(sizes, Numbers(np.random.default_rng(0)))
        second = replace(first, arguments=with_other_numbers(first.arguments))
        was, comes = (_tried(marks, case) for case in (first, second))
        same = agree(was.outcome, comes.outcome, was.tolerance)
        return was.is_right and same and not comes.is_right
    return False


def _has_arrays(case: Case) -> bool:
    return any(isinstance(value, np.ndarray) for value in case.arguments.values())


def _tried(marks: Marks, case: Case) -> Judged:
    return marks.exercise.tried(marks.answer, case, run(marks.exercise.reference, case).value)
