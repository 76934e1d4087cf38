"""Find every student's notebooks, in whatever form they were handed in."""

import os
import re
import stat
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from course.grading.submissions.roster import Roster
from course.grading.submissions.zips import Member, open_members
from course.running.reading import MOST_BYTES, Unreadable, parse_notebook

_CANVAS = re.compile(r"^(?P<name>[^_]+?)(?:_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)$")
_MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_file_?(?P<file>.*)$")
_IGNORED = ("__MACOSX", ".ipynb_checkpoints", ".git")


@dataclass
class Found:
    """A file that may be a student's notebook."""

    student: str
    """As the file or its folder says; once collected, the key that the roster gives."""
    where: str
    """Its place inside the submissions."""
    read: Callable[[], bytes]
    """Gives its bytes. Raises Unreadable."""
    lesson: str = ""
    said: bool = True
    """Whether it says its lesson itself, and is not merely the only one it can be."""
    number: str = ""
    """By which a learning management system knows the student."""
    kind: str = ""
    """Which of the roster's numbers it is."""
    changed: tuple = ()
    """Grows with each time that it was handed in."""
    refused: str = ""
    """Why it is nobody's, if it is not."""


@dataclass
class Collection:
    """Everything that was handed in."""

    submissions: dict[tuple[str, str], Found] = field(default_factory=dict)
    """By student and lesson."""
    notes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    """Files that could not be given to a student and a lesson, and why."""


def collect(folder: Path, lessons: list[str], roster: Roster | None = None) -> Collection:
    """All submissions of a folder, or of a zip that a learning management system has made.

    The students are those of the roster, who are known by more than one name.
    """
    collection, files = Collection(), []
    for found in _all_files(folder):
        if found.refused:
            collection.left_out.append(f"{found.where}: {found.refused}")
            continue
        if not found.where.lower().endswith((".ipynb", ".json")):
            continue
        found.lesson, found.said = _lesson_of(found, lessons)
        if found.lesson:
            files.append(found)
        else:
            collection.left_out.append(f"{found.where}: it does not say which lesson it is")
    roster, shared = roster or Roster([]), _shared_names(files)
    for found in files:
        found.student = roster.find(
            found.student, found.number, found.kind, found.student in shared
        ).key
        _place(found, collection)
    return collection


def _shared_names(files: list[Found]) -> set[str]:
    """Names under which different students have handed in: their numbers differ in one lesson."""
    numbers: dict[tuple[str, str], set[str]] = {}
    for found in files:
        if found.number:
            numbers.setdefault((found.student, found.lesson), set()).add(found.number)
    return {name for (name, _), several in numbers.items() if len(several) > 1}


def _place(found: Found, collection: Collection) -> None:
    key = (found.student, found.lesson)
    other = collection.submissions.get(key)
    if other is not None:
        older, found = sorted((other, found), key=lambda f: (f.said, f.changed, f.where))
        note = f"handed in more than once; {found.where} counts, not {older.where}"
        collection.notes.setdefault(key, []).append(note)
    collection.submissions[key] = found


def _lesson_of(found: Found, lessons: list[str]) -> tuple[str, bool]:
    """By the file's name, its folder's, or by what the notebook itself says; and whether so.

    Where one lesson is graded, a notebook that says nothing is taken for that one.
    """
    for part in reversed(PurePosixPath(found.where).parts):
        stem = part.rsplit(".", 1)[0] if part.endswith(".ipynb") else part
        for lesson in lessons:
            if re.search(rf"(?<!\d){re.escape(lesson)}", stem) or lesson[3:] == stem:
                return lesson, True
    try:
        said = parse_notebook(found.read()).lesson
    except Unreadable:
        said = ""
    if said:
        return (said, True) if said in lessons else ("", True)
    return (lessons[0], False) if len(lessons) == 1 else ("", False)


def _all_files(folder: Path) -> Iterator[Found]:
    if folder.is_file():
        yield from _in_zip(folder, "")
        return
    root = folder.resolve()
    for place, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in _IGNORED and not f.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            where = path.relative_to(root).as_posix()
            if name.lower().endswith(".zip"):
                yield from _in_zip(path, where)
            else:
                yield _found(where, partial(_read, path, root), _time(path))


def _in_zip(path: Path, where: str) -> Iterator[Found]:
    """What is in a zip; one that cannot be opened is its student's own unreadable file."""
    try:
        members = list(open_members(path))
        if where and "/" not in where and _is_of_a_class(members):
            why = "it holds what a class has handed in: grade it by itself"
            yield Found("", where, lambda: b"", refused=why)
            return
        for member in members:
            inner = f"{where.removesuffix('.zip')}/{member.name}" if where else member.name
            yield _found(inner, member.read, member.time)
    except Unreadable as error:
        reason = str(error)

        def refuse() -> bytes:
            raise Unreadable(reason)

        yield _found((where or path.name).removesuffix(".zip") + ".ipynb", refuse, _time(path))


def _is_of_a_class(members: list[Member]) -> bool:
    tops = [PurePosixPath(member.name).parts[:1] for member in members]
    named = [top for top in tops if top and (_MOODLE.match(top[0]) or _CANVAS.match(top[0]))]
    return len(named) > 1 and len(named) == len(tops)


def _found(where: str, read: Callable[[], bytes], changed: float) -> Found:
    where = where.encode("utf-8", "replace").decode()  # a file's name may be no text at all
    where = unicodedata.normalize("NFC", where)
    parts = [p for p in PurePosixPath(where).parts if p not in ("/", "..", ".")]
    if any(part in _IGNORED or part.startswith("._") for part in parts):
        return Found("", "", read)
    student, kind, number, attempt = _student_of(parts)
    changed = min(changed, time.time())  # what comes from the future is no newer than the rest
    return Found(
        student,
        "/".join(parts),
        read,
        number=number,
        kind=kind,
        changed=(attempt, changed),
    )


def _student_of(parts: list[str]) -> tuple[str, str, str, int]:
    """Whose a file is, the kind of number that says so, this number, and which attempt it is.

    The top of the tree decides, which students do not write: below it, a file may bear any name.
    """
    if moodle := _MOODLE.match(parts[0]):
        return moodle["name"].strip(), "identifier", moodle["id"], 0
    if canvas := _CANVAS.match(parts[0]):
        return canvas["name"], "canvas_id", canvas["id"], int(canvas["upload"])
    if parts[0] == "submitted" and len(parts) > 2:
        parts = parts[1:]
    if len(parts) > 1:
        return parts[0].strip(), "", "", 0
    loose = re.match(r"^(.+?)[_-](?=\d\d_)", parts[0])
    return (loose[1] if loose else parts[0].rsplit(".", 1)[0]).strip(), "", "", 0


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path, root: Path) -> bytes:
    """A file's bytes, if it is one, is not too large, and is inside the submissions."""
    try:
        target = path.resolve()
        if not target.is_relative_to(root):
            raise Unreadable("a link that leads out of the submissions")
        about = target.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("no file, but a thing that looks like one")
        if about.st_size > MOST_BYTES:
            size, most = about.st_size / 1e6, MOST_BYTES // 10**6
            raise Unreadable(f"a file of {size:.0f} MB; at most {most} MB are read")
        return target.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from error
    except RuntimeError as error:  # a link that leads to itself
        raise Unreadable("a link that leads nowhere") from error
