"""Mark one submission: find the answers, run them in the sandbox, judge what comes out."""

import contextlib
import io
import os
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course.checks import EXERCISES
from course.grading.marking import judging
from course.grading.marking.answers import Answer, find_answers, helpers
from course.grading.marking.curriculum import Lesson, Task, lesson, twins_of
from course.grading.marking.marking_notebook import (
    Material,
    marking_notebook,
    surroundings,
    whole_answer,
)
from course.grading.marking.plugin import MarkingPlugin
from course.grading.marking.suspicions import suspicions
from course.grading.results import (
    CRASHED,
    HELD,
    MARKED,
    MISSING,
    NOT_ATTEMPTED,
    RIGHT,
    UNREADABLE,
    WRONG,
    ExerciseResult,
    SubmissionResult,
)
from course.grading.sandbox.bubblewrap import Sandbox
from course.grading.sandbox.launching import Launcher
from course.grading.sandbox.limits import Limits
from course.running.reading import Submitted, Unreadable, parse_notebook


@dataclass(frozen=True)
class Settings:
    """What holds for all submissions of a run."""

    root: str
    seed: str
    limits: dict[str, Any] = field(default_factory=lambda: Limits().as_dict())
    allowed: tuple[str, ...] = ()
    confined: bool = True
    crash_is_zero: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"allowed": list(self.allowed)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Settings":
        """The settings behind `as_dict`."""
        return cls(**(fields | {"allowed": tuple(fields["allowed"])}))


def unreadable(student: str, name: str, why: str) -> SubmissionResult:
    """The result of a file that is no notebook."""
    return SubmissionResult(student, name, UNREADABLE, why, untried_exercises(name))


def untried_exercises(name: str) -> list[ExerciseResult]:
    """What is known of the exercises of a lesson of which nothing could be marked: no points."""
    names = [e.name for e in EXERCISES.values() if e.lesson == name]
    return [judging.untried(exercise, MISSING, points=None) for exercise in names]


class Marker:
    """Marks submissions one after another; what they share is made once."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self._launchers: dict[str, Launcher] = {}

    def close(self) -> None:
        """End what it has started."""
        for launcher in self._launchers.values():
            launcher.close()

    def _lesson(self, name: str) -> Lesson:
        return lesson(Path(self.settings.root), name)

    def _launcher(self, name: str) -> Launcher:
        """The one of a lesson; that of the lesson before is not needed any more."""
        if name not in self._launchers:
            self.close()
            limits, settings = Limits(**self.settings.limits), self.settings
            place = self.folder / f"lesson-{name[:2]}"
            taught = self._lesson(name)
            sandbox = Sandbox(taught, place, limits, settings.allowed, settings.confined)
            self._launchers = {name: Launcher(sandbox, self.folder)}
        return self._launchers[name]

    def mark(self, student: str, name: str, data: bytes) -> SubmissionResult:
        """The result of one notebook, whatever it holds."""
        begun = time.monotonic()
        try:
            submitted = parse_notebook(data)
        except Unreadable as error:
            return unreadable(student, name, str(error))
        result = SubmissionResult(student, name, MARKED, "; ".join(submitted.notes))
        result.exercises = self._exercises(submitted, name)
        result.confined = self.settings.confined
        result.seconds = round(time.monotonic() - begun, 2)
        return result

    def _exercises(self, submitted: Submitted, name: str) -> list[ExerciseResult]:
        taught = self._lesson(name)
        answers = find_answers(submitted, taught.exercises)
        open_answers = {
            task.exercise.name: answers[task.exercise.name]
            for task in taught.tasks
            if not _is_untouched(answers[task.exercise.name], task.blank)
        }
        answers_and_gaps = {
            e.name: open_answers.get(e.name, Answer(e.name, "")) for e in taught.exercises
        }
        material = Material(taught, answers_and_gaps, helpers(submitted, answers))
        tried = self._try(material)
        return [
            self._result(task, answers[task.exercise.name], material, tried)
            for task in taught.tasks
        ]

    def _result(
        self,
        task: Task,
        answer: Answer,
        material: Material,
        tried: dict[str, ExerciseResult],
    ) -> ExerciseResult:
        name = task.exercise.name
        if answer.missing:
            result = judging.untried(name, MISSING)
        elif material.answers[name].missing:
            result = judging.untried(name, NOT_ATTEMPTED)
        else:
            result = tried.get(name) or judging.untried(name, CRASHED, "it was not reached")
        _, from_student = surroundings(task, answer, material)
        result.answer, result.notes = answer.source[:20_000], list(answer.notes)
        if from_student:
            taken = sorted(set().union(*(s.defines for s in from_student)))
            result.notes.append(f"taken along from other cells: {', '.join(taken)}"[:300])
        self._hold_back(result, whole_answer(answer, from_student), task.solution)
        return result

    def _hold_back(self, result: ExerciseResult, whole: str, solution: str) -> None:
        """Take the points from a result that a person has to look at first."""
        others = twins_of(EXERCISES[result.exercise])
        result.suspicions = suspicions(whole, solution, self.settings.allowed, others)
        if result.suspicions and result.state in (RIGHT, WRONG):
            result.would_be, result.points, result.state = result.points, None, HELD
        elif result.state == CRASHED and not self.settings.crash_is_zero:
            result.points = None

    def _try(self, material: Material) -> dict[str, ExerciseResult]:
        if not any(not answer.missing for answer in material.answers.values()):
            return {}
        launcher = self._launcher(material.lesson.name)
        plugin = MarkingPlugin(launcher, self.settings.seed)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            path = Path(folder, "marking.ipynb")
            nbformat.write(marking_notebook(material), path)
            _run_pytest(path, plugin, self.settings.limits["exercise_seconds"])
        return plugin.results


def _is_untouched(answer: Answer, blank: str) -> bool:
    return "".join(answer.source.split()) == "".join(blank.split())


_NOT_WANTED = (
    *("cacheprovider", "faulthandler", "logging", "warnings"),
    *("unraisableexception", "threadexception"),  # they collect garbage ten times a session
)


def _run_pytest(path: Path, plugin: MarkingPlugin, seconds: float) -> None:
    """pytest with nbval and our plugin alone, in this process: to start one takes half a second."""
    options = ["-p", "nbval.plugin", "-q", "--color=no", "--no-header", "--no-summary"]
    for plugin_of_pytest in _NOT_WANTED:
        options += ["-p", f"no:{plugin_of_pytest}"]
    options += ["--capture=no"]
    options += ["-c", os.devnull, f"--rootdir={path.parent}", "--noconftest"]
    options += [f"--nbval-cell-timeout={seconds}"]
    silent = io.StringIO()
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
            code = pytest.main([*options, str(path)], plugins=[plugin])
    finally:
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        if before is not None:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with {code!r}: {plugin.broken[-2000:]}")
