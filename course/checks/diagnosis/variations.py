"""Does the answer agree with a right one that was changed in a single place?"""

import time

from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.known import agrees, first_wrong_first
from course.checks.diagnosis.one_place import Variation, variations
from course.checks.exercise import Marks
from course.checks.mistakes import Solution

SECONDS = 1.0
TRIED_SOLUTIONS = 2


def find(marks: Marks) -> Finding | None:
    """The change of a right answer that agrees with this one on every case."""
    end = time.process_time() + SECONDS
    for solution in marks.exercise.solutions[:TRIED_SOLUTIONS]:
        variation = _agreeing(marks, solution, end)
        if variation is not None:
            return Finding("one place", _sentence(variation))
    return None


def _agreeing(marks: Marks, solution: Solution, end: float) -> Variation | None:
    order, seen = first_wrong_first(marks), set()
    for variation in variations(solution.text):
        text = solution.edited((variation.edit,))
        if text in seen:
            continue
        seen.add(text)
        if time.process_time() > end:
            return None
        try:
            answer = solution.answer(text, "changed in one place")
        except Exception:  # a change may be anything: what is no answer agrees with none
            continue
        if agrees(marks, (answer,), order):
            return variation
    return None


def _sentence(variation: Variation) -> str:
    if variation.after == "pass":
        return f"It gives in every case what a right answer gives without `{variation.before}`."
    return (
        f"It gives in every case what a right answer gives in which `{variation.before}` is "
        f"written as `{variation.after}`."
    )
