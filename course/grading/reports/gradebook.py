"""The results, by student and by lesson, as the instructor has decided."""

import csv
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from course.checks import EXERCISES
from course.grading.decisions import decide
from course.grading.marking.marker import untried_exercises
from course.grading.results import NOT_SUBMITTED, SubmissionResult, shown
from course.grading.store import Store
from course.grading.submissions.roster import Student

Points = dict[str, dict[str, float | None]]
"""By student and exercise."""
DECISIONS = "decisions.csv"


@dataclass
class Gradebook:
    """Who has reached what."""

    students: list[Student]
    results: list[SubmissionResult]
    before: Points = field(default_factory=dict)
    """What the run before has found."""
    complaints: list[str] = field(default_factory=list)
    """What is wrong with decisions."""

    @cached_property
    def by_key(self) -> dict[tuple[str, str], SubmissionResult]:
        """The results by student and lesson."""
        return {(r.student, r.lesson): r for r in self.results}

    @cached_property
    def lessons(self) -> list[str]:
        """The lessons that were graded."""
        return sorted({r.lesson for r in self.results})

    @cached_property
    def is_confined(self) -> bool:
        """Whether everything ran in the sandbox."""
        return all(r.confined for r in self.results)

    def exercises(self, lesson: str) -> list[str]:
        """The exercises of a lesson, in order."""
        return [e.name for e in EXERCISES.of(lesson)]

    def most(self, lesson: str) -> float:
        """The points of a lesson."""
        return sum(e.points for e in EXERCISES.of(lesson))

    def points(self, student: Student, lesson: str, excused: str = "") -> str:
        """What a system may import: final points, as a part of the lesson's own; else nothing."""
        result = self.by_key.get((student.key, lesson))
        if result is None or not result.is_final:
            return ""
        return number(result.points * self.most(lesson) / result.most) if result.most else excused

    @cached_property
    def now(self) -> Points:
        """What everybody has, to be compared with what the next run finds."""
        points: Points = {}
        for r in self.results:
            points.setdefault(r.student, {}).update({e.exercise: e.points for e in r.exercises})
        return points

    def was(self, student: str, exercise: str) -> str:
        """The points before, if they are others now."""
        before, now = self.before.get(student, {}), self.now[student]
        has_changed = exercise in before and before[exercise] != now[exercise]
        return _in_words(before[exercise]) if has_changed else ""

    def changes(self) -> list[str]:
        """What has changed since the run before."""
        return [
            f"{shown(r.student)}, {r.lesson}, {e.exercise}: {was} -> {_in_words(e.points)}"
            for r in self.results
            for e in r.exercises
            if (was := self.was(r.student, e.exercise))
        ]

    @cached_property
    def file_names(self) -> dict[str, str]:
        """For every student a name that every file system takes, and no other student has."""
        names: dict[str, str] = {}
        taken: set[str] = set()
        for student in self.students:
            name, count = file_name(student.key), 1
            while name.casefold() in taken:
                count += 1
                name = f"{file_name(student.key)}-{count}"
            names[student.key] = name
            taken.add(name.casefold())
        return names


def read_book(store: Store, out: Path) -> Gradebook:
    """The newest results of all runs, those who handed in nothing among them, as decided."""
    students, results = store.students(), store.results()
    there, lessons = {(r.student, r.lesson) for r in results}, sorted({r.lesson for r in results})
    results += [
        SubmissionResult(student.key, lesson, NOT_SUBMITTED, "", untried_exercises(lesson))
        for student in students
        for lesson in lessons
        if (student.key, lesson) not in there
    ]
    complaints = decide(out / DECISIONS, results)
    return Gradebook(students, results, json.loads(store.get("points") or "{}"), complaints)


def _in_words(points: float | None) -> str:
    return number(points) or "not decided"


def number(points: float | None) -> str:
    """Points without needless digits."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def file_name(text: str) -> str:
    """The letters and digits of a text, in any script."""
    plain = re.sub(r"[^\w\-. ]", "_", unicodedata.normalize("NFC", text)).strip(" .")
    while len(plain.encode("utf-8")) > 120:
        plain = plain[:-1]
    return plain or "student"


def name_of(student: Student) -> str:
    """How a person calls a student."""
    return shown(student.get("name") or student.key)


def write_table(
    path: Path, rows: Iterable[Iterable[str]], encoding: str = "utf-8-sig", **options: Any
) -> None:
    """Write a CSV file; its first bytes tell a spreadsheet that it is UTF-8."""
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, **options).writerows(rows)
