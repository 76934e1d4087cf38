"""The pages: feedback for each student, and an overview of the class."""

import re
import shutil
import textwrap
from collections import Counter
from functools import cache
from pathlib import Path

from course.checks import EXERCISES
from course.checks.exercise import Exercise
from course.grading.reports.gradebook import Gradebook
from course.grading.reports.rendering import render
from course.grading.reports.similarity import Pair, similar_pairs
from course.grading.results import MARKED, SubmissionResult
from course.handed_out import handed_out
from course.project import names_handed_out


def write(book: Gradebook, out: Path) -> None:
    """Write class.html, and a page for each student into feedback/."""
    folder = out / "feedback"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for student in book.students:
        results = [r for r in book.results if r.student == student.key]
        text = render("feedback.html", student=student, results=results, book=book)
        (folder / f"{book.file_names[student.key]}.html").write_text(text, encoding="utf-8")
    text = render("class.html", lessons=[_overview(book, n) for n in book.lessons], book=book)
    (out / "class.html").write_text(text, encoding="utf-8")


def _overview(book: Gradebook, lesson: str) -> dict:
    """What the class page tells of a lesson, as far as its template does not see it itself."""
    results = [r for r in book.results if r.lesson == lesson]
    marked = [r for r in results if r.state == MARKED]
    points = [r.points for r in marked if r.is_final]
    mistakes = Counter((e.exercise, e.mistake) for r in marked for e in r.exercises if e.mistake)
    answers = {e.name: _answers(marked, e.name) for e in EXERCISES.of(lesson)}
    return {
        "name": lesson,
        "most": book.most(lesson),
        "results": results,
        "marked": marked,
        "points": points,
        "bars": _bars(points, book.most(lesson)),
        "exercises": [_exercise(marked, exercise) for exercise in EXERCISES.of(lesson)],
        "mistakes": mistakes.most_common(15),
        "answers": answers,
        "alike": [pair for name, texts in answers.items() for pair in _alike(name, texts)],
    }


def _bars(points: list[float], most: float) -> list[int]:
    """How many students have reached how many points, in at most ten steps."""
    steps = int(min(10, most)) or 1
    counts = Counter(min(int(p / most * steps), steps - 1) for p in points)
    return [counts[k] for k in range(steps)]


def _exercise(marked: list[SubmissionResult], exercise: Exercise) -> dict:
    tried = [e for r in marked for e in r.exercises if e.exercise == exercise.name]
    return {
        "name": exercise.name,
        "most": exercise.points,
        "states": Counter(e.state for e in tried),
        "points": [e.points for e in tried if e.points is not None],
    }


def _answers(marked: list[SubmissionResult], name: str) -> dict[str, str]:
    """By student, of those whose answers are worth something."""
    found = ((r.student, e) for r in marked for e in r.exercises if e.exercise == name)
    return {student: e.answer for student, e in found if e.points != 0}


def _alike(name: str, answers: dict[str, str]) -> list[Pair]:
    solutions = [solution.text for solution in EXERCISES[name].solutions]
    return similar_pairs(name, answers, [*solutions, *hints_of(EXERCISES[name].lesson)])


@cache
def hints_of(lesson: str) -> list[str]:
    """The code in the hints of a lesson."""
    known = lesson in names_handed_out()
    cells = handed_out(lesson).cells if known else []
    texts = (cell.source for cell in cells if cell.cell_type == "markdown")
    hints = "\n".join(text for text in texts if "<summary>Hint" in text)
    fenced = re.findall(r"```(?:python)?\n(.*?)```", hints, re.DOTALL)
    return [textwrap.dedent(t) for t in fenced] + re.findall(r"(?<!`)`([^`]+)`(?!`)", hints)
