"""junit.xml: a suite for each lesson, a case for each exercise of each student."""

from pathlib import Path

from course.grading.reports.gradebook import Gradebook
from course.grading.reports.rendering import render
from course.grading.results import (
    CRASHED,
    DECIDED,
    EXCUSED,
    HELD,
    MARKED,
    MISSING,
    NOT_ATTEMPTED,
    NOT_SUBMITTED,
    RIGHT,
    ExerciseResult,
    SubmissionResult,
)


def write(book: Gradebook, path: Path) -> None:
    """Write the file."""
    cases = [(r, e, _kind(r, e)) for r in book.results for e in r.exercises]
    path.write_text(render("junit.xml", book=book, cases=cases), encoding="utf-8")


def _kind(r: SubmissionResult, e: ExerciseResult) -> str:
    """What nobody has decided is an error or skipped, never a failure."""
    state = r.state_of(e)
    if state == RIGHT or (state == DECIDED and e.points == e.most):
        return "passed"
    if state in (NOT_SUBMITTED, NOT_ATTEMPTED, MISSING, HELD, EXCUSED):
        return "skipped"
    return "error" if r.state != MARKED or state == CRASHED else "failure"
