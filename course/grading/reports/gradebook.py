"""The results of a run, by student and by lesson."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from course.checks import EXERCISES
from course.grading.results import SubmissionResult
from course.grading.submissions.roster import Student


@dataclass
class Gradebook:
    """Who has reached what."""

    students: list[Student]
    results: list[SubmissionResult]

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
        return [e.name for e in EXERCISES.values() if e.lesson == lesson]

    def most(self, lesson: str) -> float:
        """The points of a lesson."""
        return sum(e.points for e in EXERCISES.values() if e.lesson == lesson)

    def points(self, student: Student, lesson: str) -> str:
        """What a system may import: points that are final, else nothing."""
        result = self.by_key.get((student.key, lesson))
        return number(result.points) if result is not None and result.is_final else ""

    @cached_property
    def file_names(self) -> dict[str, str]:
        """For every student a name that every file system takes, and no other student has."""
        names: dict[str, str] = {}
        for student in self.students:
            name, count = file_name(student.key), 1
            while name.casefold() in {n.casefold() for n in names.values()}:
                count += 1
                name = f"{file_name(student.key)}-{count}"
            names[student.key] = name
        return names


def number(points: float | None) -> str:
    """Points without needless digits."""
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def file_name(text: str) -> str:
    """The letters and digits of a text, in any script."""
    plain = re.sub(r"[^\w\-. ]", "_", unicodedata.normalize("NFC", text)).strip(" .")
    while len(plain.encode("utf-8")) > 120:
        plain = plain[:-1]
    return plain or "student"


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
