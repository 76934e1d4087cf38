"""The results, by student and by lesson, as the instructor has decided."""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count
from pathlib import Path

from course.checks import EXERCISES
from course.grading.decisions import decide
from course.grading.marking.marker import unmarked
from course.grading.results import NOT_SUBMITTED, ExerciseResult, SubmissionResult, shown
from course.grading.store import Store
from course.grading.submissions.roster import Student

Points = dict[str, dict[str, float | None]]
"""By student and exercise."""


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

    def most(self, lesson: str) -> float:
        """The points of a lesson."""
        return sum(e.points for e in EXERCISES.of(lesson))

    def points(self, student: Student, lesson: str, excused: str = "") -> str:
        """What a system may import: final points, as a part of the lesson's own; else nothing."""
        result = self.by_key.get((student.key, lesson))
        if result is None or not result.is_final:
            return ""
        return number(result.points * self.most(lesson) / result.most) if result.most else excused

    def all_points(self, student: Student, excused: str = "") -> list[str]:
        """The same of every lesson."""
        return [self.points(student, lesson, excused) for lesson in self.lessons]

    def now(self) -> Points:
        """What everybody has, to be compared with what the next run finds."""
        points: Points = {}
        for r in self.results:
            points.setdefault(r.student, {}).update({e.exercise: e.points for e in r.exercises})
        return points

    def was(self, student: str, e: ExerciseResult) -> str:
        """The points before, if they are others now."""
        before = self.before.get(student, {}).get(e.exercise, e.points)
        return "" if before == e.points else _in_words(before)

    def changes(self) -> list[str]:
        """What has changed since the run before."""
        return [
            f"{shown(r.student)}, {r.lesson}, {e.exercise}: {was} -> {_in_words(e.points)}"
            for r in self.results
            for e in r.exercises
            if (was := self.was(r.student, e))
        ]

    @cached_property
    def file_names(self) -> dict[str, str]:
        """For every student a name that every file system takes, and no other student has."""
        names: dict[str, str] = {}
        taken: set[str] = set()
        everybody = [*(s.key for s in self.students), *(r.student for r in self.results)]
        for student in dict.fromkeys(everybody):
            name = _file_name(student)
            ways = chain([name], (f"{name}-{k}" for k in count(2)))
            names[student] = next(way for way in ways if way.casefold() not in taken)
            taken.add(names[student].casefold())
        return names


def read_book(store: Store, out: Path) -> Gradebook:
    """The newest results of all runs, those who handed in nothing among them, as decided."""
    students, results = store.students(), store.results()
    there, lessons = {(r.student, r.lesson) for r in results}, sorted({r.lesson for r in results})
    results += [
        unmarked(student.key, lesson, NOT_SUBMITTED)
        for student in students
        for lesson in lessons
        if (student.key, lesson) not in there
    ]
    complaints = decide(out / "decisions.csv", results)
    return Gradebook(students, results, json.loads(store.get("points") or "{}"), complaints)


def _in_words(points: float | None) -> str:
    return number(points) or "not decided"


def number(points: float | None) -> str:
    """Points without needless digits."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def _file_name(text: str) -> str:
    """The letters and digits of a text, in any script."""
    plain = re.sub(r"[^\w\-. ]", "_", unicodedata.normalize("NFC", text)).strip(" .")
    return plain.encode("utf-8")[:120].decode("utf-8", "ignore") or "student"


def name_of(student: Student) -> str:
    """How a person calls a student."""
    return shown(student.get("name") or student.key)
