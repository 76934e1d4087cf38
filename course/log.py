"""What the checks have said, kept from one kernel to the next. Nothing of it leaves the machine.

One line of JSON for each verdict, in .course/verdicts.jsonl beside the notebooks; only added to.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from course.project import Project, find_project

RIGHT = "right"
OFF = "COURSE_LOG"
"""Set to "off", this variable keeps a kernel from logging: builds set it."""


@dataclass(frozen=True)
class Entry:
    """A verdict about an answer, and when it was given."""

    exercise: str
    state: str
    time: str


@dataclass(frozen=True)
class Reached:
    """What the log says of one exercise."""

    state: str
    time: str
    right_before: bool
    """Whether it was right at an earlier check and is not at the last."""

    def is_right(self) -> bool:
        """Whether it was right at the last check."""
        return self.state == RIGHT

    def in_words(self) -> str:
        """The state for a table."""
        return f"{self.state}, but right before" if self.right_before else self.state


def is_students() -> bool:
    """Whether a student may be working here: this is no build, no nbval and no grader."""
    return os.environ.get(OFF) != "off" and "PYTEST_VERSION" not in os.environ


def own_log(folder: Path | None = None) -> Path | None:
    """Where a notebook that runs in this folder logs: only students' notebooks do.

    None in a build, under pytest (nbval and the grader), and outside notebooks/.
    """
    if not is_students():
        return None
    folder = (folder or Path.cwd()).resolve()
    try:
        project = find_project(folder)
    except Exception:  # a check in a folder of its own works too, and remembers nothing
        return None
    return log_of(project) if folder.is_relative_to(project.notebooks) else None


def log_of(project: Project) -> Path:
    """Where the verdicts about a student's notebooks stand."""
    return project.records / "verdicts.jsonl"


def append(path: Path, states: dict[str, str], now: datetime) -> None:
    """Add a verdict for each exercise. A folder that cannot be written to is no reason to fail."""
    entries = [_entry(exercise, state, now) for exercise, state in states.items()]
    lines = "".join(json.dumps(asdict(entry)) + "\n" for entry in entries)
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(lines)
    except OSError:
        pass


def _entry(exercise: str, state: str, now: datetime) -> Entry:
    return Entry(exercise, state, f"{now:%Y-%m-%d %H:%M}")


class Log:
    """The verdicts of this kernel and, in a student's notebook, of those before it."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, exercise: str, state: str, now: datetime) -> None:
        """Note a verdict."""
        self._entries.append(_entry(exercise, state, now))
        path = own_log()
        if path is not None:
            append(path, {exercise: state}, now)

    def reached(self) -> dict[str, Reached]:
        """By exercise, what its last check said."""
        path = own_log()
        return summed_up(self._entries) if path is None else reached(path)


def reached(path: Path) -> dict[str, Reached]:
    """By exercise, what its last check said; empty before the first."""
    return summed_up(_entries(path))


def summed_up(entries: Iterable[Entry]) -> dict[str, Reached]:
    """By exercise, what the last of the entries says."""
    found: dict[str, Reached] = {}
    for entry in entries:
        before = found.get(entry.exercise)
        was_right = before is not None and (before.is_right() or before.right_before)
        found[entry.exercise] = Reached(entry.state, entry.time, was_right and entry.state != RIGHT)
    return found


def _entries(path: Path) -> Iterable[Entry]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        try:
            yield Entry(**json.loads(line))
        except (TypeError, ValueError):  # cut off by a full disk, or edited by hand
            continue
