"""A notebook in, the results of its lesson's exercises out."""

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from course.checks import EXERCISES
from course.running import judging
from course.running.lesson import Lesson
from course.running.looks import NotebookPlugin, Seen
from course.running.reading import Cell, Submitted
from course.running.results import MISSING, NEWER_PYTHON, RIGHT, WRONG, ExerciseResult
from course.running.room import Room

_NBVAL = re.compile(r"^([ \t]*)#+[ \t]*(NBVAL_\w+|PYTEST_VALIDATE\w*)[ \t]*$", re.MULTILINE)


def run_notebook(
    submitted: Submitted,
    lesson: Lesson,
    room: Room,
    seed: str,
    beside: dict[str, str] | None = None,
    packs: bool = False,
) -> list[ExerciseResult]:
    """The result of each exercise. `beside` holds Python files that the notebook may import.

    With packs, there is one look only, and right answers come out of it, packed.
    """
    cells = [cell.number for cell in submitted.cells]
    names = [exercise.name for exercise in lesson.exercises]
    plugin = NotebookPlugin(cells, lesson, room, seed, beside or {}, packs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notebook.ipynb")
        made = [_cell(cell, names) for cell in submitted.cells]
        nbformat.write(new_notebook(cells=made), path)
        _run_pytest(path, plugin)
    results = [_result(name, plugin.seen) for name in names]
    if submitted.python > sys.version_info[:2] and plugin.seen.has_unknown_syntax():
        for result in (result for result in results if result.state in (WRONG, MISSING)):
            result.state = WRONG
            result.suspicions.append(NEWER_PYTHON)
    return results


def _cell(cell: Cell, names: list[str]) -> NotebookNode:
    """The cell as it is, with its number and the exercises that it checks."""
    source = _NBVAL.sub(r"\1#", cell.source)  # nbval would skip the cell, or expect it to fail
    said = re.findall(r"^[ \t]*check\.(\w+)\(\s*(\w+)", source, re.MULTILINE)
    found = [cell.check, *(name for name, of in said if name in names and of == _called(name))]
    checks = [name for name in dict.fromkeys(found) if name in names]
    metadata = {"number": cell.number, "checks": checks}
    return new_code_cell(source, metadata=metadata, id=f"cell-{cell.number}")


def _called(name: str) -> str:
    return EXERCISES[name].answer_name


def _result(name: str, seen: Seen) -> ExerciseResult:
    best = seen.best(name)
    missing = f"there is no {_called(name)}"
    if best is None or best.result.what == missing:
        why = [f"cell {number} was lost: {why}" for number, why in sorted(seen.lost.items())[:3]]
        return judging.untried(name, MISSING, "; ".join([missing, *why]))
    result = best.result
    if best.again:
        result.notes.append(f"found in cell {best.cell}, in a second look")
    if result.state != RIGHT and best.cell in seen.errors:
        result.notes.append(f"cell {best.cell} failed: {seen.errors[best.cell]}")
    return result


_NOT_WANTED = (
    *("cacheprovider", "faulthandler", "logging", "warnings"),
    *("unraisableexception", "threadexception"),  # they collect garbage ten times a session
)


def _run_pytest(path: Path, plugin: NotebookPlugin) -> None:
    """pytest with nbval and our plugin alone, in this process: to start one takes half a second."""
    options = ["-p", "nbval.plugin", "-q", "--color=no", "--no-header", "--no-summary"]
    for plugin_of_pytest in _NOT_WANTED:
        options += ["-p", f"no:{plugin_of_pytest}"]
    options += ["--capture=no", "-c", os.devnull, f"--rootdir={path.parent}", "--noconftest"]
    options += [f"--confcutdir={path.parent}"]  # else pytest lists all that lies in the one above
    silent = io.StringIO()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
        code = pytest.main([*options, "--disable-plugin-autoload", str(path)], plugins=[plugin])
    if plugin.broken or code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"pytest ended with {code!r}: {plugin.broken[-2000:]}")
