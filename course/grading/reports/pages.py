"""The pages: feedback for each student, and an overview of the class."""

import json
import re
import shutil
import textwrap
from collections import Counter
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from course.checks import EXERCISES
from course.grading.reports.gradebook import Gradebook, number
from course.grading.reports.similarity import Pair, similar_pairs
from course.grading.results import (
    CRASHED,
    FAILED,
    FLOODED,
    HELD,
    MARKED,
    MEANING,
    NOT_SUBMITTED,
    RIGHT,
    TIMED_OUT,
    UNREADABLE,
    SubmissionResult,
    shown,
)
from course.project import find_project

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LOOK = (CRASHED, HELD, TIMED_OUT, FLOODED)


def write(book: Gradebook, out: Path) -> None:
    """Write class.html, and a page for each student into feedback/."""
    environment = Environment(
        loader=PackageLoader("course.grading.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "sentence": _sentence, "shown": shown}
    environment.filters["text"] = lambda text: _COMMANDS.sub("\ufffd", text)
    environment.globals |= {"MEANING": MEANING, "MARKED": MARKED}
    folder = out / "feedback"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    page = environment.get_template("feedback.html")
    for student in book.students:
        results = [r for r in book.results if r.student == student.key]
        text = page.render(student=student, results=results, is_confined=book.is_confined)
        name = book.file_names[student.key]
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    lessons = [_overview(book, lesson) for lesson in book.lessons]
    text = environment.get_template("class.html").render(
        lessons=lessons,
        is_confined=book.is_confined,
        students=book.students,
        file_names=book.file_names,
    )
    (out / "class.html").write_text(text, encoding="utf-8")


def _sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end, all else as it is."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def _overview(book: Gradebook, lesson: str) -> dict:
    results = [r for r in book.results if r.lesson == lesson]
    marked = [r for r in results if r.state == MARKED]
    return {
        "name": lesson,
        "most": book.most(lesson),
        "marked": len(marked),
        "not_submitted": [r for r in results if r.state == NOT_SUBMITTED],
        "unreadable": [r for r in results if r.state in (UNREADABLE, FAILED)],
        "waiting": sum(not r.is_final for r in marked),
        "mean": _mean([r.points for r in marked if r.is_final]),
        "bars": _bars([r.points for r in marked if r.is_final], book.most(lesson)),
        "exercises": [_exercise(marked, name) for name in book.exercises(lesson)],
        "mistakes": _mistakes(marked),
        "to_look_at": [(r, e) for r in marked for e in r.exercises if e.state in _LOOK],
        "alike": _alike(marked, book.exercises(lesson)),
        "answers": {name: _answers(marked, name) for name in book.exercises(lesson)},
        "results": results,
    }


def _mean(points: list[float]) -> float | None:
    return sum(points) / len(points) if points else None


def _bars(points: list[float], most: float) -> list[dict]:
    """How many students have reached how many points, in at most ten steps."""
    steps = int(min(10, most)) or 1
    counts = Counter(min(int(p / most * steps), steps - 1) for p in points)
    highest = max(counts.values(), default=1)
    return [
        {
            "from": k * most / steps,
            "to": (k + 1) * most / steps,
            "count": counts[k],
            "share": counts[k] / highest,
        }
        for k in range(steps)
    ]


def _exercise(marked: list[SubmissionResult], name: str) -> dict:
    all_results = [e for r in marked for e in r.exercises if e.exercise == name]
    states = Counter(e.state for e in all_results)
    points = [e.points for e in all_results if e.points is not None]
    return {
        "name": name,
        "most": EXERCISES[name].points,
        "states": states,
        "right": states[RIGHT],
        "of": len(all_results),
        "mean": _mean(points),
    }


def _mistakes(marked: list[SubmissionResult]) -> list[tuple[str, str, int]]:
    named = Counter((e.exercise, e.mistake) for r in marked for e in r.exercises if e.mistake)
    return [(exercise, mistake, count) for (exercise, mistake), count in named.most_common(15)]


def _alike(marked: list[SubmissionResult], exercises: list[str]) -> list[Pair]:
    pairs: list[Pair] = []
    for name in exercises:
        texts = _answers(marked, name)
        solutions = [solution.text for solution in EXERCISES[name].solutions]
        pairs += similar_pairs(name, texts, [*solutions, *hints_of(EXERCISES[name].lesson)])
    return pairs


def _answers(marked: list[SubmissionResult], name: str) -> dict[str, str]:
    """By student, of those whose answers are worth something."""
    found = ((r.student, e) for r in marked for e in r.exercises if e.exercise == name)
    return {student: e.answer for student, e in found if e.points != 0}


@cache
def hints_of(lesson: str) -> list[str]:
    """The code in the hints of a lesson."""
    path = find_project().notebooks / f"{lesson}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    hints = "\n".join(text for text in texts if "<summary>Hint" in text)
    fenced = re.findall(r"```(?:python)?\n(.*?)```", hints, re.DOTALL)
    return [textwrap.dedent(t) for t in fenced] + re.findall(r"(?<!`)`([^`]+)`(?!`)", hints)
