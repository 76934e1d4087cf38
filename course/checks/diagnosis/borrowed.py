"""Is the work handed to a function that answers the exercise? Observed while the answer runs."""

from course.checks.case import Case
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.lending import instead, lenders_of
from course.checks.exercise import Judged, Marks
from course.checks.own_code import functions_of, is_of_the_course
from course.checks.watching import watched


def find(marks: Marks) -> Finding | None:
    """Which function the answer hands its work to; for right answers and for wrong ones.

    Functions of another name than the lesson gave them are demonstrations, and may borrow; but
    the right answer to another exercise is no answer to this one.
    """
    answer, called = marks.answer, marks.exercise.answer_name
    if any(map(is_of_the_course, functions_of(answer))):
        return None
    name, said = getattr(answer, "__name__", ""), ""
    if name == called:
        each = [marks.judged[k] for k in one_of_each(marks.cases)]
        lenders = (_lender(marks, one) for one in [*marks.wrong[:1], *each])
        said = next(filter(None, lenders), "")
    elif not marks.wrong and name in lenders_of(marks.exercise):
        said = f"{name} is not {called}"
    return Finding("borrowed", f"{said}. {instead(marks.exercise)}") if said else None


def one_of_each(cases: list[Case]) -> list[int]:
    """A case of each group and use."""
    return [*{(case.group, case.use): k for k, case in reversed([*enumerate(cases)])}.values()]


def _lender(marks: Marks, one: Judged) -> str:
    if marks.exercise.mends and one.outcome.error is not None:
        return ""  # the layer that is mended calls the lender itself, for another result
    called, lenders = marks.exercise.answer_name, lenders_of(marks.exercise)
    return watched(marks.answer, called, lenders, one.case, one.outcome, one.tolerance).lender
