"""What a lesson says of itself: its title, question, minutes, points and what it builds on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.checks import EXERCISES
from course.checks.exercise import Exercise
from course.project import CourseError, Project

_OPENING = re.compile(r"# (?P<title>.+)\n\n(?P<question>.+\?)\n\n")
_LESSON_ROW = re.compile(r"\| (\d\d) \|")
_PART_ROW = re.compile(r"\| *\| \*\*(.+?)\*\* \|")


@dataclass(frozen=True)
class Lesson:
    """One lesson, as its solved notebook and course.checks describe it."""

    name: str
    title: str
    question: str
    minutes: int
    builds_on: tuple[str, ...]
    part: str
    """Such as "Part I: forward"; empty for a lesson before the first part."""
    code: str
    """Its code cells, one after the other."""

    @property
    def number(self) -> str:
        """Two digits."""
        return self.name[:2]

    @property
    def heading(self) -> str:
        """The title behind its number, as other lessons name it."""
        return f"{self.number} {self.title}"

    @property
    def exercises(self) -> list[Exercise]:
        """The lesson's exercises, in order."""
        return [exercise for exercise in EXERCISES.values() if exercise.lesson == self.name]

    @property
    def points(self) -> int:
        """What all exercises of the lesson are worth together."""
        return sum(exercise.points for exercise in self.exercises)


def read_lessons(project: Project) -> list[Lesson]:
    """Every lesson that has a solved notebook, in order."""
    parts = _parts(project.root / "README.md")
    return [_lesson(path, parts) for path in sorted(project.solutions.glob("[0-9][0-9]_*.ipynb"))]


def in_parts(lessons: list[Lesson]) -> Iterator[tuple[str, list[Lesson]]]:
    """The lessons under the parts of the course that they belong to."""
    for part, members in groupby(lessons, key=lambda lesson: lesson.part):
        yield part, list(members)


def _lesson(path: Path, parts: dict[str, str]) -> Lesson:
    notebook = nbformat.read(path, as_version=4)
    opening = _OPENING.match(_first_text(notebook))
    if opening is None:
        raise CourseError(f"{path.name}: must open with a title, and then one question")
    about = notebook.metadata["course"]
    return Lesson(
        name=path.stem,
        title=opening["title"],
        question=opening["question"],
        minutes=about["minutes"],
        builds_on=tuple(about["builds_on"]),
        part=_part(path.stem[:2], parts),
        code="\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"),
    )


def _first_text(notebook: NotebookNode) -> str:
    return notebook.cells[0].source


def _parts(readme: Path) -> dict[str, str]:
    """The part that each number stands under in the README's table of lessons."""
    parts, part = {}, ""
    lines = readme.read_text(encoding="utf-8").splitlines() if readme.exists() else []
    for line in lines:
        if heading := _PART_ROW.match(line):
            part = heading[1]
        elif row := _LESSON_ROW.match(line):
            parts[row[1]] = part
    return parts


def _part(number: str, parts: dict[str, str]) -> str:
    """A lesson that the README does not list yet stands where the one before it does."""
    before = [listed for listed in parts if listed <= number]
    return parts[max(before)] if before else ""
