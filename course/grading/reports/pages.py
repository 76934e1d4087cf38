"""What is made from templates: pages for each student and for the class, and two for programs.

These are a JUnit XML with a suite for each lesson, and for each notebook a results.json as
Gradescope's autograder specification has it.
"""

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from course.checks import EXERCISES
from course.grading import results
from course.grading.reports.gradebook import Gradebook, number
from course.grading.reports.similarity import hints_of, similar_pairs
from course.grading.results import MARKED, SubmissionResult
from course.running import results as running

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""What commands a terminal, turns a line, or may be in no XML."""


def write(book: Gradebook, out: Path) -> None:
    """Write all of it, and leave nothing there of those who are in the book no more."""
    for folder in ("feedback", "gradescope"):
        shutil.rmtree(out / folder, ignore_errors=True)
    for student in book.students:
        own = [r for r in book.results if r.student == student.key]
        page = out / "feedback" / f"{book.file_names[student.key]}.html"
        _write(page, "feedback.html", student=student, results=own, book=book)
    for r in book.results:
        if r.state == MARKED:
            place = out / "gradescope" / r.lesson / book.file_names[r.student]
            _write(place / "results.json", "gradescope.json", result=r)
    overviews = [_overview(book, lesson) for lesson in book.lessons]
    _write(out / "class.html", "class.html", lessons=overviews, book=book)
    _write(out / "junit.xml", "junit.xml", book=book)


def _write(path: Path, template: str, **facts: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(template, **facts), encoding="utf-8")


def render(template: str, **facts: Any) -> str:
    """A template filled in; it knows the states by their names."""
    return TEMPLATES.get_template(template).render(**facts)


def _sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end, all else as it is."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


TEMPLATES = Environment(
    loader=PackageLoader("course.grading.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"number": number, "sentence": _sentence, "shown": results.shown}
TEMPLATES.filters["text"] = lambda text: _UNPRINTABLE.sub("\ufffd", text)
TEMPLATES.globals |= {k: v for k, v in (vars(running) | vars(results)).items() if k.isupper()}


def _overview(book: Gradebook, lesson: str) -> dict[str, Any]:
    """What the class page tells of a lesson, as far as its template cannot see it itself."""
    own = [r for r in book.results if r.lesson == lesson]
    marked = [r for r in own if r.state == MARKED]
    points = [r.points for r in marked if r.is_final]
    mistakes = Counter((e.exercise, e.mistake) for r in marked for e in r.exercises if e.mistake)
    exercises = [_exercise(e.name, marked) for e in EXERCISES.of(lesson)]
    return {
        "name": lesson,
        "most": book.most(lesson),
        "results": own,
        "marked": marked,
        "points": points,
        "bars": _bars(points, book.most(lesson)),
        "exercises": exercises,
        "mistakes": mistakes.most_common(15),
        "alike": [(found, pair) for found in exercises for pair in found["alike"]],
    }


def _bars(points: list[float], most: float) -> list[int]:
    """How many students have reached how many points, in at most ten steps."""
    steps = int(min(10, most)) or 1
    counts = Counter(min(int(p / most * steps), steps - 1) for p in points)
    return [counts[k] for k in range(steps)]


def _exercise(name: str, marked: list[SubmissionResult]) -> dict[str, Any]:
    """How the class has fared in it; answers without a point are like no other."""
    exercise = EXERCISES[name]
    tried = {r.student: e for r in marked for e in r.exercises if e.exercise == name}
    answers = {student: e.answer for student, e in tried.items() if e.points != 0}
    given = [*(solution.text for solution in exercise.solutions), *hints_of(exercise.lesson)]
    return {
        "name": name,
        "most": exercise.points,
        "states": Counter(e.state for e in tried.values()),
        "points": [e.points for e in tried.values() if e.points is not None],
        "answers": answers,
        "alike": similar_pairs(answers, given),
    }
