"""A student's own marks: the notebook is run as the grader runs it, on the student's machine."""

from dataclasses import dataclass, field

from course.checks import EXERCISES
from course.project import Project
from course.running.limits import Limits
from course.running.reading import Unreadable, read_notebook
from course.running.results import NOT_ATTEMPTED, RIGHT, WRONG, ExerciseResult
from course.running.run import run_own

NOT_RUN = "not run"
SEED = "course check"


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
    failures: list[str] = field(default_factory=list)
    """Of a solved notebook: the cells that failed, or whose outputs are not the stored ones."""
    broken: str = ""
    """Why the notebook could not be run at all."""

    def states(self) -> dict[str, str]:
        """What there is to log: the state of every exercise that was tried."""
        logged = (RIGHT, WRONG, NOT_ATTEMPTED)
        return {e: r.state for e, r in self.results.items() if r.state in logged}

    def all_right(self) -> bool:
        """Whether every exercise is right and nothing else has failed."""
        exercises_right = all(r.state == RIGHT for r in self.results.values())
        return exercises_right and not self.failures and not self.broken


def check_lesson(project: Project, name: str, cell_seconds: float) -> LessonResult:
    """Run the student's notebook of a lesson, and say what its exercises are worth."""
    exercises = [exercise.name for exercise in EXERCISES.of(name)]
    if not exercises:
        return LessonResult({})
    path = project.notebooks / f"{name}.ipynb"
    try:
        submitted = read_notebook(path)
    except Unreadable as error:
        again = f"`course reset {name[:2]}` gives a fresh one and keeps this one beside it."
        broken = f"{path.name}: {error}. {again}"
        return LessonResult({e: Result(NOT_RUN) for e in exercises}, broken=broken)
    found = run_own(path, submitted, Limits(cell_seconds=cell_seconds), SEED)
    return LessonResult({one.exercise: Result(one.state, _why(one)) for one in found})


def _why(found: ExerciseResult) -> str:
    if found.state in (RIGHT, NOT_ATTEMPTED):
        return "; ".join(found.notes)
    return "; ".join(filter(None, [found.explanation or found.hint or found.what, *found.notes]))
