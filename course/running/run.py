"""A notebook in, the results of its lesson's exercises out."""

import ast
import contextlib
import io
import os
import re
import sys
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from course.checks import EXERCISES
from course.checks.reading import parsed
from course.running import judging
from course.running.course_code import gives
from course.running.lesson import Lesson, lesson, python_of
from course.running.limits import Limits
from course.running.looks import NotebookPlugin, Seen
from course.running.reading import Cell, Submitted
from course.running.results import MISSING, NEWER_PYTHON, RIGHT, WRONG, ExerciseResult
from course.running.room import Room, python_files_beside

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
    cells = [part for cell in submitted.cells for part in _apart(cell, lesson)]
    names = [exercise.name for exercise in lesson.exercises]
    plugin = NotebookPlugin(cells, lesson, room, seed, beside or {}, packs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notebook.ipynb")
        made = [_cell(cell, names) for cell in cells]
        nbformat.write(new_notebook(cells=made), path)
        _run_pytest(path, plugin)
        for name in filter(plugin.calls_for_a_second_look, names):
            plugin.target = name
            _run_pytest(path, plugin)
    results = [_result(name, plugin) for name in names]
    is_newer, errors = submitted.python > sys.version_info[:2], plugin.seen.errors.values()
    if is_newer and any(error.startswith("SyntaxError") for error in errors):
        for result in (result for result in results if result.state in (WRONG, MISSING)):
            result.state = WRONG
            result.suspicions.append(NEWER_PYTHON)
    return results


def run_own(
    path: Path, submitted: Submitted, limits: Limits, seed: str, packs: bool = False
) -> list[ExerciseResult]:
    """The same for what was read of a notebook of one's own, with the files beside it."""
    taught = lesson(path.stem)
    with contextlib.closing(Room(taught, limits)) as room:
        return run_notebook(submitted, taught, room, seed, python_files_beside(path), packs)


def _apart(cell: Cell, lesson: Lesson) -> list[Cell]:
    """A cell in parts, where the course's version of an exercise comes in below the answer.

    That is so in cells that were merged: at the end of one, nothing would be left of the answer.
    """
    if cell.source.startswith("%%") or cell.source.strip() in lesson.given:
        return [cell]
    called = {exercise.answer_name for exercise in lesson.exercises}
    lines, cuts, is_merged = cell.source.split("\n"), [0], False
    for node in parsed(python_of(cell.source)).body:
        if names := gives(node) & called:
            line = min(n.lineno for n in [node, *getattr(node, "decorator_list", [])]) - 1
            is_merged |= isinstance(node, ast.ImportFrom) and _mention(lines[:line], names)
            cuts.append(line)
    pairs = pairwise([*cuts, len(lines)] if is_merged else [0, len(lines)])
    return [replace(cell, source="\n".join(lines[i:k])) for i, k in pairs if i < k]


def _mention(lines: list[str], names: set[str]) -> bool:
    return bool(re.search(rf"\b(?:{'|'.join(names)})\b", "\n".join(lines)))


def _cell(cell: Cell, names: list[str]) -> NotebookNode:
    """The cell as it is, with its number and the exercises that it checks."""
    source = _NBVAL.sub(r"\1#", cell.source)  # nbval would skip the cell, or expect it to fail
    said = re.findall(r"^[ \t]*check\.(\w+)\(\s*(\w+)", source, re.MULTILINE)
    found = [cell.check, *(name for name, of in said if name in names and of == _called(name))]
    checks = [name for name in dict.fromkeys(found) if name in names]
    metadata = {"number": cell.number, "checks": checks}
    return new_code_cell(source, metadata=metadata)


def _called(name: str) -> str:
    return EXERCISES[name].answer_name


def _result(name: str, plugin: NotebookPlugin) -> ExerciseResult:
    seen = plugin.seen
    best = seen.best(name)
    missing = f"there is no {_called(name)}"
    if best is None or best.result.what == missing:
        why = [f"cell {number} was lost: {why}" for number, why in sorted(seen.lost.items())[:3]]
        result = judging.untried(name, MISSING, "; ".join([missing, *why]))
        result.notes += [_failed(number, seen) for number in plugin.failed_at(name)[:1]]
        return result
    result = best.result
    if best.again:
        result.notes.append(f"found in cell {best.cell}, in a second look")
    if result.state != RIGHT and best.cell in seen.errors:
        result.notes.append(_failed(best.cell, seen))
    return result


def _failed(cell: int, seen: Seen) -> str:
    return f"cell {cell} failed: {seen.errors[cell]}"


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
