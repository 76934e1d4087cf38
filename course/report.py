"""What a student would send about a check that has misjudged them, as text. Nothing is sent."""

import difflib
import importlib.metadata
import platform
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.checks import EXERCISES
from course.progress.own_check import check_lesson
from course.project import CourseError, Project
from course.running.looks import defines

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_NOTHING = "nothing: the cell was not run, or the notebook was not saved"


def report(project: Project, exercise: str, cell_seconds: float) -> str:
    """The answer to an exercise, what is said of it, and the versions, in Markdown.

    Raises CourseError for an unknown exercise, and when its notebook cannot be read.
    """
    lesson = _lesson_of(exercise)
    cells = _code_cells(project.notebooks / f"{lesson}.ipynb")
    answer = [cell.source for cell in cells if defines(cell.source, exercise)]
    shown = [_shown(cell) for cell in cells if cell.metadata.get("check") == exercise]
    checked = check_lesson(project, lesson, cell_seconds)
    found = checked.results[exercise]
    said = checked.broken or f"{found.state} {found.why}".strip()
    parts = {
        "The answer": "\n\n".join(answer) or "nothing: no cell binds the name",
        "What the notebook shows": "\n".join(filter(None, shown)) or _NOTHING,
        "What `course check` says": said,
        "Versions": _versions(),
    }
    sections = [f"## {title}\n\n{_fenced(text)}" for title, text in parts.items()]
    return "\n\n".join([f"# {exercise}, in {lesson}", *sections]) + "\n"


def _lesson_of(exercise: str) -> str:
    if exercise in EXERCISES:
        return EXERCISES[exercise].lesson
    close = difflib.get_close_matches(exercise, EXERCISES, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    raise CourseError(
        f"There is no exercise {exercise!r}. {meant}The exercises: {', '.join(EXERCISES)}"
    )


def _code_cells(path: Path) -> list[NotebookNode]:
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # whatever nbformat meets in a file that is no notebook
        raise CourseError(f"{path.name} cannot be read: {error}") from error
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _shown(cell: NotebookNode) -> str:
    """The text of a cell's outputs, without colours."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}")
        else:
            texts.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return _COLOUR.sub("", "\n".join(texts)).strip()


def _versions() -> str:
    """Of the course and of what decides on numbers; of the machine only its kind."""
    packages = ("convolution-course", "numpy", "ipykernel", "jupyterlab")
    lines = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return "\n".join([python, *lines])


def _fenced(text: str) -> str:
    """As a block of code, whatever backticks the text itself has."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"
