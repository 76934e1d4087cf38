"""A file that was handed in: whose it is, and for which lesson, as its name says."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple

from course.checks import EXERCISES
from course.grading.submissions.supervised import Opener
from course.running.reading import Unreadable

_CANVAS = re.compile(r"^(?P<name>[^_]+?)(?:_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)$")
_MOODLE = re.compile(r"_(\d+)_assignsubmission_(?:file|onlinetext)(?:_|$)")
_OLD = re.compile(r"(?<![^\W_])(old|backup|bak|orig|original|previous)(?![^\W_])", re.IGNORECASE)
_COULD_HOLD_ONE = re.compile(r"\.(ipynb|ipynb\.\w+|zip|rar|7z|tar|t?[gx]z|t?bz2)$", re.IGNORECASE)


class Owner(NamedTuple):
    """A student, as the name of a file says."""

    name: str
    number: str = ""
    """By which a learning management system knows the student."""
    kind: str = ""
    """Which of the roster's numbers it is."""
    attempt: int = 0
    file: str = ""
    """What is left of the name: the student's own, in which anything may stand."""


@dataclass(slots=True)
class Found:
    """A file that was handed in."""

    owner: Owner
    where: str
    """Its place inside the submissions."""
    place: tuple
    """The same for the process that opens it."""
    opener: Opener
    changed: float = 0.0
    student: str = ""
    """Once collected, the key that the roster gives."""
    is_notebook: bool = False
    """Whether it is one, or at least called so and a file."""
    lesson: str = ""
    said: bool = False
    """Whether it says its lesson itself, and is not merely the only one it can be."""
    notes: list[str] = field(default_factory=list)
    spooled: str = ""
    """What was read of it, among the opener's files."""
    helpers: dict[str, str] = field(default_factory=dict)
    """The same of the Python files that came with it, by name."""
    refused: str = ""
    """Why it cannot be marked, if it cannot."""
    fate: str = ""
    """What has become of it, if it is neither marked nor refused."""

    def read(self) -> bytes:
        """Its code, as the bytes of a notebook. Raises Unreadable."""
        if self.refused:
            raise Unreadable(self.refused)
        return (self.opener.folder / self.spooled).read_bytes()

    @property
    def beside(self) -> dict[str, str]:
        """The Python files that came with it, by name."""
        paths = {name: self.opener.folder / spooled for name, spooled in self.helpers.items()}
        return {name: path.read_bytes().decode() for name, path in paths.items()}

    @property
    def could_hold_one(self) -> bool:
        """Whether a student who hands this in may mean to hand in a notebook."""
        return _COULD_HOLD_ONE.search(self.where) is not None

    @property
    def rank(self) -> tuple:
        """Of several for one lesson the highest counts."""
        trusted = (self.said, not self.refused, not _OLD.search(self.owner.file))
        return (*trusted, self.owner.attempt, self.changed, self.where)


def owner_of(*parts: str) -> Owner:
    """Whose a file is. Raises Unreadable where its name says two students.

    The top of the tree decides, which students do not write: below it, a file may bear any name.
    """
    top, own = parts[0], "/".join(parts[1:])
    said = list(_MOODLE.finditer(top))
    if own and said and said[-1].end() == len(top):
        # in front of the last number stands a student's name, which may look like another's
        return Owner(top[: said[-1].start()].strip(), said[-1][1], "identifier", file=own)
    if said and not own:
        if len({match[1] for match in said}) > 1:
            raise Unreadable("its name says more than one student")
        name, file = top[: said[0].start()].strip(), top[said[-1].end() :]
        return Owner(name, said[0][1], "identifier", file=file)
    if not said and (canvas := _CANVAS.match(top)):
        file = f"{canvas['file']}/{own}" if own else canvas["file"]
        return Owner(canvas["name"], canvas["id"], "canvas_id", int(canvas["upload"]), file)
    if top == "submitted" and len(parts) > 2:
        return Owner(parts[1].strip(), file="/".join(parts[2:]))
    if own:
        return Owner(top.strip(), file=own)
    loose = re.match(r"^(.+?)[_-](?=\d\d_)", top)
    name = loose[1] if loose else top.rsplit(".", 1)[0]
    return Owner(name.strip(), file=top[loose.end() :] if loose else top)


def is_of_a_class(names: list[str]) -> bool:
    """Whether files are named as a system names those of several students."""
    tops = {name.partition("/")[0] for name in names}
    return len(tops) > 1 and all(_MOODLE.search(top) or _CANVAS.match(top) for top in tops)


def lesson_in(where: str) -> str:
    """The lesson that a file's name says, or else the nearest folder's that says one."""
    for part in reversed(PurePosixPath(where).parts):
        stem = part.partition(".ipynb")[0]
        for lesson in _all_lessons():
            at = stem.find(lesson)
            if lesson[3:] == stem or (at >= 0 and not stem[:at][-1:].isdigit()):
                return lesson
    return ""


@cache
def _all_lessons() -> list[str]:
    return sorted({e.lesson for e in EXERCISES.values()}, key=len, reverse=True)
