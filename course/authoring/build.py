"""Make notebooks/ and solutions/ from lessons/, and tell whether they still match."""

import copy
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from course.authoring.colab import with_install_cell
from course.authoring.formulas import sheet, with_sheet_link
from course.authoring.lesson import LessonError, foreseen, read_lesson
from course.authoring.mistakes import mistakes_of, source_of
from course.authoring.site.address import read_address
from course.handed_out import with_blanks, write
from course.log import OFF
from course.project import SHEET, Project

CELL_SECONDS = 300
MOST_SECONDS = 2
"""Of a given cell. One that says that it only shows is left out where answers are tried."""
_MAY_BE_SLOW = {"shows", "exercise", "check", "gradient"}
NOT_RUN_BY_LESSONS = (
    "authoring",
    "grading",
    "jupyterlab",
    "progress",
    "running",
    "cli.py",
    "lab.py",
    "project.py",
    "start.py",
    "terminal.py",
)


def build(project: Project, name: str, force: bool = False) -> bool:
    """Build the two notebooks of one lesson; return whether it had to be run.

    A lesson is run when its source, the code it imports or a built notebook has changed since
    the last build here. Raises LessonError when a solved cell fails.
    """
    if not force and _recorded(project).get(name) == _fingerprint(project, name):
        return False
    lesson = complete_notebook(project, name)
    write_for_the_checks(project, name, lesson)  # before the run, in which the checks need it
    solved = _run(copy.deepcopy(lesson), project.solutions, name)
    write(project.solutions / f"{name}.ipynb", solved)
    write(project.notebooks / f"{name}.ipynb", with_blanks(lesson))
    _record(project, name)
    return True


def complete_notebook(project: Project, name: str) -> NotebookNode:
    """The notebook of a lesson, not run, with the cell for Colab.

    What is committed depends on no environment, so that COURSE_REPOSITORY does not count here.
    """
    address = read_address(_address_file(project), environment={})
    lesson = with_sheet_link(read_lesson(project.lessons / f"{name}.md"))
    return with_install_cell(lesson, address)


def _address_file(project: Project) -> Path:
    return project.root / "site" / "address.toml"


def for_the_checks(project: Project, name: str, lesson: NotebookNode) -> dict[Path, str | None]:
    """What the package holds of a lesson: its known mistakes and its foreseen guesses, if any."""
    folder, guesses = project.root / "course" / "checks", foreseen(project.lessons / f"{name}.md")
    return {
        folder / "known" / f"{name}.json": _json(mistakes_of(project, name, lesson)),
        folder / "foreseen" / f"{name}.json": _json(guesses),
    }


def _json(data: dict[str, Any]) -> str | None:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n" if data else None


def write_for_the_checks(project: Project, name: str, lesson: NotebookNode) -> None:
    """Put into the package what the checks know of a lesson."""
    for path, text in for_the_checks(project, name, lesson).items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")


class _Client(NotebookClient):
    """Notes the given cells that take long, and do not say that they only show or train."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options, on_cell_executed=self._note)
        self.slow: list[str] = []
        self.used = 0.0

    def _note(self, cell: NotebookNode, **_: Any) -> None:
        kernel: Any = self.km
        times = psutil.Process(kernel.provisioner.pid).cpu_times()
        seconds, self.used = times.user + times.system - self.used, times.user + times.system
        if seconds > MOST_SECONDS and not _MAY_BE_SLOW & set(cell.metadata):
            self.slow.append(
                f"a cell takes {seconds:.1f} s of processor time, and {MOST_SECONDS} at the most "
                f"may be used in a cell without the key `shows`: {cell.source[:60]!r}"
            )


def _run(notebook: NotebookNode, folder: Path, name: str) -> NotebookNode:
    folder.mkdir(exist_ok=True)
    metadata = copy.deepcopy(notebook.metadata)
    client = _Client(
        notebook,
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=os.environ | {OFF: "off"})
    except CellExecutionError as error:
        raise LessonError(f"{name}: a solved cell fails\n{error}") from error
    if client.slow:
        raise LessonError(f"{name}: {client.slow[0]}")
    notebook.metadata = metadata  # a run adds the version of this machine's Python
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "nbval-ignore-output" in tags and "keep-output" not in tags:
            cell.outputs = []
    return notebook


def differences(project: Project, name: str) -> Iterator[str]:
    """Say where the committed products of a lesson are not what its source gives.

    Stored outputs are left out: nbval compares those by running the notebook.
    """
    lesson = complete_notebook(project, name)
    for path, text in for_the_checks(project, name, lesson).items():
        if (path.read_text(encoding="utf-8") if path.exists() else None) != text:
            yield f"{path.relative_to(project.root).as_posix()}: is not what the lesson gives"
    for folder, expected in ((project.notebooks, with_blanks(lesson)), (project.solutions, lesson)):
        path = folder / f"{name}.ipynb"
        where = path.relative_to(project.root).as_posix()
        try:
            committed = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            yield f"{where}: cannot be read: {error}"
            continue
        if folder == project.solutions:
            _drop_outputs(committed)
        yield from _compare(where, committed, json.loads(nbformat.writes(expected)))


def _drop_outputs(notebook: dict) -> None:
    for cell in notebook.get("cells", []):
        if cell.get("cell_type") == "code":
            cell.update(outputs=[], execution_count=None)


def _compare(where: str, committed: dict, expected: dict) -> Iterator[str]:
    for key in sorted(set(committed) | set(expected) - {"cells"}):
        if key != "cells" and committed.get(key) != expected.get(key):
            found, given = committed.get(key), expected.get(key)
            yield f"{where}: {key} is {found!r}, the lesson gives {given!r}"
    cells, wanted = committed.get("cells", []), expected["cells"]
    if len(cells) != len(wanted):
        yield f"{where}: has {len(cells)} cells, the lesson gives {len(wanted)}"
    for number, (one, other) in enumerate(zip(cells, wanted, strict=False), start=1):
        if one != other:
            parts = [k for k in sorted({*one, *other}) if one.get(k) != other.get(k)]
            yield f"{where}: cell {number} ({other['id']}) differs in {', '.join(parts)}"


def build_sheet(project: Project) -> None:
    """Write the formulas on one page, if this course has any."""
    if (project.lessons / "formulas.md").exists():
        (project.notebooks / SHEET).write_text(sheet(project), encoding="utf-8", newline="\n")


def strangers(project: Project) -> Iterator[str]:
    """Say which committed notebooks belong to no lesson, and whether the sheet is another one."""
    path = project.notebooks / SHEET
    if path.exists() and path.read_text(encoding="utf-8") != sheet(project):
        yield f"notebooks/{SHEET}: is not what lessons/formulas.md gives"
    names = set(project.lesson_names())
    for folder in (project.notebooks, project.solutions):
        for path in sorted(folder.glob("*.ipynb")):
            if path.stem.removeprefix("old.").split(".")[0] not in names:
                yield f"{path.relative_to(project.root).as_posix()}: belongs to no lesson"
    checks = project.root / "course" / "checks"
    for path in sorted([*checks.glob("known/*.json"), *checks.glob("foreseen/*.json")]):
        if path.stem not in names:
            yield f"{path.relative_to(project.root).as_posix()}: belongs to no lesson"


def _fingerprint(project: Project, name: str) -> str:
    """Changes when anything changes that the built notebooks of a lesson depend on."""
    code = [
        path
        for path in sorted((project.root / "course").rglob("*.[pj][ys]"))
        if path.relative_to(project.root / "course").parts[0] not in NOT_RUN_BY_LESSONS
    ]
    made_by = sorted((project.root / "course" / "authoring").glob("*.py"))
    built = [folder / f"{name}.ipynb" for folder in (project.notebooks, project.solutions)]
    digest = hashlib.sha256()
    sources = [project.lessons / f"{name}.md", source_of(project, name), _address_file(project)]
    sources += sorted((project.root / "course" / "checks").rglob(f"{name}.json"))
    for path in (*sources, *code, *made_by, *built):
        digest.update(path.read_bytes() if path.exists() else b"missing")
    return digest.hexdigest()


def _record_file(project: Project) -> Path:
    return project.records / "built.json"


def _recorded(project: Project) -> dict[str, str]:
    path = _record_file(project)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _record(project: Project, name: str) -> None:
    project.records.mkdir(exist_ok=True)
    recorded = _recorded(project) | {name: _fingerprint(project, name)}
    _record_file(project).write_text(json.dumps(recorded, indent=1), encoding="utf-8")
