"""A file that was handed in: whose it is, and for which lesson, as its name says."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from course.checks.exercises import LESSONS
from course.grading.submissions.roster import KINDS
from course.grading.workers.child import Child

_MOODLES = r"_assignsubmission_(?:file|onlinetext)"
_MOODLE = re.compile(rf"_(\d+){_MOODLES}(?:_|$)")
_FORMS = (
    # Moodle's folder; before the last number stands a name, which may look like another student's
    rf"(?P<name>[^/]*)_(?P<identifier>\d+){_MOODLES}_?/(?P<file>.*)",
    rf"(?P<name>[^/]*?)_(?P<identifier>\d+){_MOODLES}_(?:[^/]*{_MOODLES}_)?(?P<file>[^/]*)",
    # Canvas
    r"(?P<name>[^_/]+?)(?:_LATE)?_(?P<canvas_id>\d+)_(?P<upload>\d+)_(?P<file>.+)",
    # nbgrader's folders, other folders, and loose files
    r"submitted/(?P<name>[^/]+)/(?P<file>.*)",
    r"(?P<name>[^/]+)/(?P<file>.*)",
    r"(?P<name>.+?)[_-](?P<file>\d\d_.*)",
    r"(?P<name>.*?)(\.[^.]*)?",
)
_OLD = re.compile(r"(?<![^\W_])(old|backup|bak|orig|original|previous)(?![^\W_])", re.IGNORECASE)
_COULD_HOLD_ONE = re.compile(r"\.(zip|ipynb(\.\w+)?)$", re.IGNORECASE)


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
    kind: str
    """A folder, zip, notebook (or what is called so), Python, or else what it is."""
    place: tuple
    """The same for the process that opens it."""
    reader: Child
    """It keeps what was read of it."""
    changed: float = 0.0
    student: str = ""
    """Once collected, the key that the roster gives."""
    lesson: str = ""
    said: bool = False
    """Whether it says its lesson itself, and is not merely the only one it can be."""
    is_untouched: bool = False
    """Of several notebooks alone: whether nothing is written in its blanks."""
    notes: list[str] = field(default_factory=list)
    spooled: str = ""
    """The file that holds what was read of it."""
    helpers: dict[str, str] = field(default_factory=dict)
    """The same of the Python files that came with it, by name."""
    refused: str = ""
    """Why it cannot be marked, if it cannot."""
    fate: str = ""
    """What has become of it, if it is neither marked nor refused."""

    def read(self) -> bytes:
        """Its code, as the bytes of a notebook, if it was not refused."""
        return Path(self.spooled).read_bytes()

    @property
    def beside(self) -> dict[str, str]:
        """The Python files that came with it, by name."""
        paths = {name: Path(path) for name, path in self.helpers.items()}
        return {name: path.read_text("utf-8-sig", "replace") for name, path in paths.items()}

    @property
    def is_notebook(self) -> bool:
        """Whether it is one, or at least called so."""
        is_called_so = self.where.lower().endswith(".ipynb")
        return self.kind == "notebook" and (is_called_so or self.spooled != "")

    @property
    def could_hold_one(self) -> bool:
        """Whether a student who hands this in may mean to hand in a notebook."""
        return self.kind == "packed" or _COULD_HOLD_ONE.search(self.where) is not None

    @property
    def is_code(self) -> bool:
        """Whether it is a lesson's code without the notebook, by its own name."""
        return self.kind == "python" and bool(lesson_in(self.where.rpartition("/")[2]))

    @property
    def rank(self) -> tuple:
        """Of several for one lesson the highest counts."""
        read = (self.said, not self.refused, not self.is_untouched)
        return (
            *read,
            not _OLD.search(self.owner.file),
            self.owner.attempt,
            self.changed,
            self.where,
        )


def owner_of(where: str, is_folder: bool = False) -> Owner:
    """Whose a file or folder is; nobody's where its name says two students.

    The top of the tree decides, which students do not write: below it, a file may bear any name.
    """
    if "/" not in where and not is_folder and len(set(_MOODLE.findall(where))) > 1:
        return Owner("")
    where += "/" if is_folder else ""
    matches = (re.fullmatch(form, where, re.DOTALL) for form in _FORMS)
    said = next(match.groupdict() for match in matches if match)
    kind = next((kind for kind in KINDS if kind in said), "")
    upload, file = int(said.get("upload", 0)), said.get("file", where)
    return Owner(said["name"].strip(), said.get(kind, ""), kind, upload, file)


def is_of_a_class(names: list[str]) -> bool:
    """Whether files are named as a system names those of several students."""
    tops = {name.partition("/")[0] for name in names}
    return len(tops) > 1 and all(_MOODLE.search(top) or owner_of(top).kind for top in tops)


def lesson_in(where: str) -> str:
    """The lesson that a file's name says, or else the nearest folder's that says one."""
    for part in reversed(where.split("/")):
        stem = part.partition(".ipynb")[0]
        for lesson in LESSONS:
            if stem == lesson[3:] or re.search(rf"(?<!\d){lesson}", stem):
                return lesson
    return ""
