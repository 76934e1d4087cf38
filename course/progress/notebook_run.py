"""Run one notebook under nbval, in processes of its own, and tell what became of each cell."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from course.project import CourseError

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class CellRun:
    """What became of one code cell."""

    id: str
    check: str | None
    """The exercise that this cell checks, if it is a check."""
    passed: bool
    error: str
    """The name of the exception."""
    message: str


def run_notebook(path: Path, strict: bool = False, cell_seconds: float = 60) -> list[CellRun]:
    """Run every code cell of a notebook with nbval; with strict, compare the stored outputs.

    Raises CourseError when the file is no notebook, when there is no Python kernel, or when
    pytest itself breaks down.
    """
    _read(path)
    _require_kernel()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "cells.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "course.progress.nbval_report"]
        command += ["-p", "no:cacheprovider", f"--cell-report={report}", "--nbval-current-env"]
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
        if not report.exists():
            raise CourseError(f"{path.name} could not be run:\n{ended.stdout}{ended.stderr}")
        lines = report.read_text(encoding="utf-8").splitlines()
    return [_cell_run(json.loads(line)) for line in lines]


def _cell_run(fields: dict) -> CellRun:
    message = _ANSI.sub("", fields.pop("message"))
    return CellRun(message=message, **fields)


def _read(path: Path) -> None:
    again = f"`course reset {path.stem[:2]}` gives a fresh one and keeps this one beside it."
    try:
        nbformat.read(path, as_version=4)
    except FileNotFoundError as error:
        raise CourseError(f"{path.name} is missing. {again}") from error
    except Exception as error:  # nbformat raises many kinds for a file that is no notebook
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourseError(f"{path.name} is not a valid notebook: {reason[:80]}. {again}") from error


def _require_kernel() -> None:
    try:
        KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel as error:
        raise CourseError(
            "There is no Python kernel in this environment, so no notebook can be run. `make lab` "
            "makes the right environment; in one of your own: pip install ipykernel"
        ) from error
