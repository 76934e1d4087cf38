"""The check of a solved notebook: nbval runs it, in processes of its own, and compares."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbformat import NotebookNode

from course.checks import EXERCISES
from course.progress.own_check import NOT_RUN, LessonResult, Result
from course.project import CourseError, Project
from course.running.results import RIGHT, WRONG

_ANSI = re.compile(r"(?:\x1b|#x1B)\[[0-9;]*m")


@dataclass(frozen=True)
class CellRun:
    """What became of one code cell."""

    id: str
    name: str
    """For people: which cell it is, and how it begins."""
    check: str | None
    """The exercise that this cell checks, if it is a check."""
    failure: str
    """What nbval says of it; empty where it passed."""


def run_notebook(path: Path, strict: bool = False, cell_seconds: float = 60) -> list[CellRun]:
    """Run every code cell of a notebook with nbval; with strict, compare the stored outputs.

    Raises CourseError when there is no Python kernel, or when the file cannot be run at all.
    """
    _require_kernel()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "cells.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [f"--junitxml={report}", "--nbval-current-env"]
        command += ["--nbval" if strict else "--nbval-lax", f"--nbval-cell-timeout={cell_seconds}"]
        ended = subprocess.run(
            [*command, str(path)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"PYTHONUTF8": "1"},
            check=False,
        )
        if ended.returncode not in (0, 1):
            raise CourseError(f"{path.name} could not be run:\n{ended.stdout}{ended.stderr}")
        said = ElementTree.parse(report).getroot().iter("testcase")
    numbered = enumerate(nbformat.read(path, as_version=4).cells, start=1)
    cells = [(number, cell) for number, cell in numbered if cell.cell_type == "code"]
    return [
        CellRun(cell.get("id", ""), _name(number, cell), cell.metadata.get("check"), _failure(one))
        for (number, cell), one in zip(cells, said, strict=True)
    ]


def _name(number: int, cell: NotebookNode) -> str:
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"cell {number} ({first[:60]})"


def _failure(case: ElementTree.Element) -> str:
    found = case.find("failure")
    found = found if found is not None else case.find("error")
    return "" if found is None else _ANSI.sub("", found.text or "failed")


def _require_kernel() -> None:
    try:
        KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel as error:
        raise CourseError(
            "There is no Python kernel in this environment, so no notebook can be run. `make lab` "
            "makes the right environment; in one of your own: pip install ipykernel"
        ) from error


def check_solution(project: Project, name: str, cell_seconds: float) -> LessonResult:
    """Run the solved notebook under nbval, and compare what comes out with what it holds."""
    exercises = [exercise.name for exercise in EXERCISES.of(name)]
    try:
        cells = run_notebook(project.solutions / f"{name}.ipynb", True, cell_seconds)
    except CourseError as error:
        return LessonResult({e: Result(NOT_RUN) for e in exercises}, broken=str(error))
    passed = {cell.check for cell in cells if not cell.failure}
    results = {e: Result(RIGHT if e in passed else WRONG) for e in exercises}
    failed = [f"{cell.name}: {_last_line(cell.failure)}" for cell in cells if cell.failure]
    return LessonResult(results, failed)


def _last_line(message: str) -> str:
    lines = [line for line in message.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "failed"
