"""Does an answer keep something from one call to the next?"""

from dataclasses import replace

import numpy as np

from course.checks.case import tried_by
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
    """Whether it does so where the right results differ, and not for every shape."""
    is_one_call = one.case.use in (call, called_twice)
    if not is_one_call or one.outcome.error is not None or not np.size(one.expected):
        return False
    case = tried_by(call, one.case)
    other = replace(case, arguments=with_other_numbers(case.arguments))
    tolerance = marks.exercise.tolerance_for(case)
    right = [run(marks.exercise.reference, each) for each in (case, other)]
    got = [run(marks.answer, each) for each in (case, other)]
    return agree(*got, tolerance) and not agree(*right, tolerance)
