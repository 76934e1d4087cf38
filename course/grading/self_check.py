"""A student's own marks: what every exercise of a lesson is worth so far."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from course.checks import EXERCISES
from course.grading.notebook_run import CellRun, run_notebook
from course.project import CourseError, Project

RIGHT, WRONG, NOT_ATTEMPTED = "right", "wrong", "not attempted"
TOO_SLOW, NOT_RUN, NO_CHECK = "too slow", "not run", "check missing"


@dataclass(frozen=True)
class Result:
    """What became of one exercise, and the first words of why."""

    state: str
    why: str = ""


@dataclass(frozen=True)
class LessonResult:
    """What became of a lesson's notebook."""

    results: dict[str, Result]
    """By exercise."""
    other_failures: list[str] = field(default_factory=list)
    """Cells that failed without being a check: the id and the error."""
    broken: str = ""
    """Why the notebook could not be run at all."""

    def all_right(self) -> bool:
        """Whether every exercise is right and every other cell has run."""
        exercises_right = all(r.state == RIGHT for r in self.results.values())
        return exercises_right and not self.other_failures and not self.broken


def check_lesson(project: Project, name: str, solutions: bool, cell_seconds: float) -> LessonResult:
    """Run the student's notebook of a lesson, or the solved one, and sum it up."""
    folder = project.solutions if solutions else project.notebooks
    exercises = [e.name for e in EXERCISES.values() if e.lesson == name]
    try:
        cells = run_notebook(folder / f"{name}.ipynb", solutions, cell_seconds)
    except CourseError as error:
        return LessonResult({e: Result(NOT_RUN) for e in exercises}, broken=str(error))
    by_check = {cell.check: cell for cell in cells if cell.check}
    results = {e: _result(by_check.get(e)) for e in exercises}
    # Where a check has said what is wrong, the gradient assert of the same answer adds nothing.
    explained = {e for e, result in results.items() if result.state != RIGHT}
    failed = [c for c in cells if not (c.check or c.passed or c.after_timeout)]
    others = [c for c in failed if not explained & set((c.gradient or "").split())]
    return LessonResult(results, [f"{c.id}: {_last_line(c.message)}" for c in others])


def _result(cell: CellRun | None) -> Result:
    if cell is None:
        return Result(NO_CHECK, "the cell that checks it is not in the notebook")
    if cell.after_timeout:
        return Result(NOT_RUN, "a cell before it took too long")
    if cell.passed:
        return Result(RIGHT)
    if cell.error == "NotAttempted":
        return Result(NOT_ATTEMPTED)
    if cell.error == "CheckFailed":
        return Result(WRONG, _headline_and_cause(cell.message))
    if "Timeout" in cell.message or cell.error == "KeyboardInterrupt":
        return Result(TOO_SLOW, "is there a loop that never ends?")
    return Result(WRONG, _last_line(cell.message))


def _headline_and_cause(message: str) -> str:
    headline, *rest = message.splitlines()
    kind = headline.partition(": ")[2]
    cause = [line for line in rest if line.startswith("  likely")]
    return f"{kind}: {cause[0].removeprefix('  likely').strip()}" if cause else kind


def _last_line(message: str) -> str:
    lines = [line for line in message.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "failed"


def save(project: Project, name: str, result: LessonResult, now: datetime) -> None:
    """Remember the results of a lesson for `course progress`."""
    project.records.mkdir(exist_ok=True)
    states = {exercise: r.state for exercise, r in result.results.items()}
    records = load(project) | {name: {"checked": f"{now:%Y-%m-%d %H:%M}", "states": states}}
    _file(project).write_text(json.dumps(records, indent=1), encoding="utf-8")


def load(project: Project) -> dict[str, dict]:
    """What `save` has remembered, by lesson; empty before the first check."""
    try:
        return json.loads(_file(project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _file(project: Project) -> Path:
    return project.records / "progress.json"
