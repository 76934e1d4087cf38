"""A lesson's source, read and checked: MyST Markdown in, one complete notebook out."""

import hashlib
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from course.authoring.blanks import check_markers
from course.checks import EXERCISES
from course.project import CourseError


class LessonError(CourseError):
    """A source that cannot become a notebook."""


def read_lesson(path: Path) -> NotebookNode:
    """The complete notebook of a lesson, not run, with its metadata and cell ids.

    The ids depend on the lesson's text alone: a cell keeps its id while others come and go.
    Raises LessonError where an exercise and its check do not belong together.
    """
    source = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")
    notebook = new_notebook(cells=source.cells, metadata=_notebook_metadata(source, path.stem))
    _check_exercises(notebook, path)
    _check_predictions(notebook, path)
    taken: set[str] = set()
    for cell in notebook.cells:
        cell.id = _free(_wanted_id(cell), taken)
        cell.metadata = NotebookNode(_cell_metadata(cell))
    return notebook


def _notebook_metadata(source: NotebookNode, name: str) -> dict[str, Any]:
    course = source.metadata.get("course", {})
    for key in ("minutes", "builds_on"):
        if key not in course:
            raise LessonError(f"{name}: the front matter must say course: {key}")
    return {
        "course": {"lesson": name, **course},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "name": "python"},
    }


def _check_exercises(notebook: NotebookNode, path: Path) -> None:
    asked = [c.metadata for c in notebook.cells if "exercise" in c.metadata]
    checked = [c.metadata["check"] for c in notebook.cells if "check" in c.metadata]
    expected = [e for e in EXERCISES.values() if e.lesson == path.stem]
    for cell in notebook.cells:
        check_markers(cell, path.stem)
    if [m["exercise"] for m in asked] != checked:
        raise LessonError(f"{path.stem}: every exercise needs one check, in the same order")
    if checked != [e.name for e in expected]:
        raise LessonError(
            f"{path.stem}: course/checks has the exercises {[e.name for e in expected]}, "
            f"the lesson has {checked}"
        )
    for metadata, exercise in zip(asked, expected, strict=True):
        if metadata.get("points") != exercise.points:
            raise LessonError(
                f"{path.stem}: {exercise.name} is worth {exercise.points} points in course/checks "
                f"and {metadata.get('points')} in the lesson"
            )


def _check_predictions(notebook: NotebookNode, path: Path) -> None:
    """Every prediction is judged by its own name, and knows at least two wrong guesses.

    One with several names chooses between explanations, which have replies of their own.
    """
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        name = cell.metadata.get("predict")
        if name is None or "check.diagnosis(" in cell.source:
            continue
        if f'check.predicted("{name}", ' not in text:
            raise LessonError(f'{path.stem}: no cell says check.predicted("{name}", ...)')
        if len(cell.metadata.get("foreseen", {})) < 2:
            raise LessonError(f"{path.stem}: the prediction {name} needs two foreseen guesses")


def foreseen(path: Path) -> dict[str, list[list[str]]]:
    """By prediction of a lesson, the wrong guesses that were foreseen, each with its reason.

    Of explanations to choose from, all that can be chosen, behind the letter of the right one.
    """
    source = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")
    found: dict[str, dict[str, str]] = {}
    for cell in source.cells:
        if "foreseen" in cell.metadata:
            found[cell.metadata["predict"]] = cell.metadata["foreseen"]
        found |= cell.metadata.get("replies", {})
    return {name: [[str(k), v] for k, v in guesses.items()] for name, guesses in found.items()}


def _wanted_id(cell: NotebookNode) -> str:
    for key in ("exercise", "blank", "check", "gradient", "predict"):
        if key in cell.metadata:
            return f"{key}-{cell.metadata[key].replace('_', '-').replace(' ', '-')}"
    digest = hashlib.sha256(cell.source.encode("utf-8")).hexdigest()
    return f"{cell.cell_type}-{digest[:8]}"


def _free(wanted: str, taken: set[str]) -> str:
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    taken.add(free)
    return free


def _cell_metadata(cell: NotebookNode) -> dict[str, Any]:
    """The lesson's own keys, and nbgrader's (schema 3) beside them."""
    metadata = {
        key: value for key, value in cell.metadata.items() if key not in ("foreseen", "replies")
    }
    if "exercise" in metadata:
        answer = {"grade_id": metadata["exercise"], "solution": True, "grade": False}
        metadata |= {"deletable": False, "nbgrader": answer | {"locked": False}}
    if "predict" in metadata or "blank" in metadata:
        # nbgrader refuses a solution in a cell that is none of its own
        guess = {"grade_id": cell.id, "solution": True, "grade": False, "locked": False}
        metadata["nbgrader"] = guess
    if "check" in metadata:
        name = metadata["check"]
        marks = {"grade_id": f"check_{name}", "solution": False, "grade": True}
        marks |= {"points": EXERCISES[name].points, "locked": True}
        metadata |= {"deletable": False, "editable": False, "nbgrader": marks}
    if "nbgrader" in metadata:
        metadata["nbgrader"] |= {"schema_version": 3, "task": False}
    return metadata
