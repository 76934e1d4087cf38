"""Does an answer keep something from one call to the next?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from course.checks.case import Case, tried_by
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Judged, Marks
from course.checks.outcome import agree, run
from course.checks.uses import call, called_twice, with_other_numbers


def find(marks: Marks) -> Finding | None:
    """What two calls with other numbers show, of an answer that gets the first case right."""
    if marks.answer is None or not marks.judged[0].is_right:
        return None
    if any(_is_overwritten(marks, one) for one in marks.wrong):
        text = "The array that a call returned changes when the function is called again. "
        return Finding("calls", text + "Make a new array in every call.")
    if any(_returns_the_same(marks, one) for one in marks.wrong):
        text = "Called again with other numbers of the same shape, it returns the same result. "
        return Finding("calls", text + "Keep nothing from one call to the next.")
    return None


def _is_overwritten(marks: Marks, one: Judged) -> bool:
    if one.case.use is not called_twice:
        return False
    alone = marks.exercise.tried(marks.answer, tried_by(call, one.case), one.expected)
    return alone.is_right


def _returns_the_same(marks: Marks, one: Judged) -> bool:
    """Whether it does so where the right results differ; equal numbers come of other mistakes."""
    is_one_call = one.case.use in (call, called_twice)
    value = one.outcome.value
    if not is_one_call or not isinstance(value, np.ndarray) or np.all(value == value.flat[:1]):
        return False
    case = tried_by(call, one.case)
    other = replace(case, arguments=with_other_numbers(case.arguments))
    tolerance = marks.exercise.tolerance_for(case)
    changes = not _is_the_same(marks.exercise.reference, case, other, tolerance)
    return changes and _is_the_same(marks.answer, case, other, tolerance)


def _is_the_same(function: Callable[..., Any], one: Case, other: Case, tolerance: float) -> bool:
    return agree(run(function, one), run(function, other), tolerance)
