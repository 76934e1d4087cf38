"""A student's own marks: what every exercise of a lesson is worth so far."""

from dataclasses import dataclass, field

from course.checks import EXERCISES
from course.progress.notebook_run import CellRun, run_notebook
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

    def states(self) -> dict[str, str]:
        """What there is to log: the state of every exercise whose check was reached."""
        return {e: r.state for e, r in self.results.items() if r.state not in (NOT_RUN, NO_CHECK)}

    def all_right(self) -> bool:
        """Whether every exercise is right and every other cell has run."""
        exercises_right = all(r.state == RIGHT for r in self.results.values())
        return exercises_right and not self.other_failures and not self.broken


def check_lesson(project: Project, name: str, solutions: bool, cell_seconds: float) -> LessonResult:
    """Run the student's notebook of a lesson, or the solved one, and sum it up."""
    folder = project.solutions if solutions else project.notebooks
    exercises = [exercise.name for exercise in EXERCISES.of(name)]
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
