"""Mark one submission: run its notebook in the sandbox, and hold back what a person has to see."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course.checks import EXERCISES
from course.checks.diagnosis.lending import lenders_of
from course.grading.marking.suspicions import instead_of_trying, suspicions, tampering
from course.grading.marking.telling import tell
from course.grading.results import MARKED, UNREADABLE, SubmissionResult
from course.grading.sandbox.launching import Sandbox
from course.running import judging
from course.running.lesson import Lesson, lesson
from course.running.limits import Limits
from course.running.reading import Unreadable, parse_notebook
from course.running.results import CRASHED, HELD, MISSING, RIGHT, WRONG, ExerciseResult
from course.running.room import Room
from course.running.run import run_notebook


@dataclass(frozen=True)
class Settings:
    """What holds for all submissions of a run."""

    seed: str
    limits: Limits = field(default_factory=Limits)
    allowed: Sequence[str] = ()
    confined: bool = True
    crash_is_zero: bool = False


def unmarked(student: str, name: str, state: str, why: str = "") -> SubmissionResult:
    """The result where nothing could be marked: no points that are certain."""
    exercises = [judging.untried(e.name, MISSING, points=None) for e in EXERCISES.of(name)]
    return SubmissionResult(student, name, state, why, exercises)


def _could_be_lent(name: str, taught: Lesson) -> bool:
    """Whether the kernel holds a function that answers the exercise, which had to be watched."""
    text = "\n".join(taught.modules.values())
    there = set(re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE))
    return any(lender.partition(".")[0] in there for lender in lenders_of(EXERCISES[name]))


class Marker:
    """Marks submissions one after another; what they share is made once."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self._rooms: dict[str, Room] = {}

    def close(self) -> None:
        """End what it has started."""
        while self._rooms:
            self._rooms.popitem()[1].close()

    def _room(self, taught: Lesson) -> Room:
        """That of a lesson; that of the lesson before is not needed any more."""
        if taught.name not in self._rooms:
            self.close()
            given = (taught, self.settings.limits, self.folder)
            confined, allowed = self.settings.confined, self.settings.allowed
            self._rooms[taught.name] = Sandbox(*given, allowed) if confined else Room(*given)
        return self._rooms[taught.name]

    def mark(
        self, student: str, name: str, data: bytes, beside: dict[str, str] | None = None
    ) -> SubmissionResult:
        """The result of one notebook, whatever it holds; `beside` are the files it may import."""
        begun = time.monotonic()
        try:
            submitted = parse_notebook(data)
        except Unreadable as error:
            return unmarked(student, name, UNREADABLE, str(error))
        result = SubmissionResult(student, name, MARKED, "; ".join(submitted.notes))
        taught = lesson(name)
        seed, room = self.settings.seed, self._room(taught)
        result.exercises = run_notebook(submitted, taught, room, seed, beside)
        cells = [c.source for c in submitted.cells] + [*(beside or {}).values()]
        text, answers = "\n".join(cells), {one.answer.strip() for one in result.exercises}
        for one in result.exercises:
            if EXERCISES[one.exercise].only_with:
                one.suspicions += sorted(instead_of_trying(one.answer, cells, taught.given))
            if one.points and _could_be_lent(one.exercise, taught):
                others = answers - {one.answer.strip()}  # what they do costs their own points alone
                free = [cell for cell in cells if cell.strip() not in others]
                one.suspicions += sorted(tampering(free, taught.given))
            self._hold_back(one, text)
            tell(one, text)
        result.confined = self.settings.confined
        result.seconds = round(time.monotonic() - begun, 2)
        return result

    def _hold_back(self, result: ExerciseResult, notebook: str) -> None:
        """Take the points from a result that a person has to look at first."""
        found = set(result.suspicions) | suspicions(result.answer, notebook)
        result.suspicions = sorted(found - set(self.settings.allowed))
        if result.suspicions and result.state in (RIGHT, WRONG):
            result.would_be, result.points, result.state = result.points, None, HELD
        elif result.state == CRASHED and not self.settings.crash_is_zero:
            result.points = None
