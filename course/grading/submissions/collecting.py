"""Find every student's notebooks, in whatever form they were handed in."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from course.grading.submissions.found import Found, lesson_in
from course.grading.submissions.roster import Roster, Student
from course.grading.submissions.supervised import Opener
from course.grading.submissions.walking import Walk

MOST_BESIDE = 20
OF_ANOTHER = "it is of another lesson"
_COPY = re.compile(r"(-\d+| ?\(\d+\))(?=\.py$)")


@dataclass
class Collection:
    """Everything that was handed in."""

    submissions: dict[tuple[str, str], Found] = field(default_factory=dict)
    """By student and lesson."""
    notes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    incoming: list[tuple[str, str, str]] = field(default_factory=list)
    """Every file, its student, and what has become of it."""
    left_out: list[str] = field(default_factory=list)
    """Those of which nothing could be marked, and why."""


def collect(
    folder: Path, lessons: list[str], roster: Roster | None = None, out: Path | None = None
) -> Collection:
    """All submissions of a folder, or of a zip that a learning management system has made.

    The students are those of the roster, who are known by more than one name. The grader's own
    output is not collected.
    """
    collection, opener, roster = Collection(), Opener(), roster or Roster([])
    try:
        walk = Walk(folder, opener, out)
        files = list(walk.files())
        for found in files:
            _say_lesson(found, lessons)
        shared = _shared_names(files)
        for found in files:
            if found.is_notebook and found.lesson:
                _place(found, _student(found, roster, shared), collection)
        _take_along(files, walk, collection)
    finally:
        opener.close()
    _stand_in(files, roster, shared, collection)
    for key, found in collection.submissions.items():
        if found.notes:
            collection.notes.setdefault(key, []).extend(found.notes)
    _account(files, walk, collection)
    return collection


def _say_lesson(found: Found, lessons: list[str]) -> None:
    """By the file's name, its folder's, or by what the notebook itself says.

    Where one lesson is graded, a notebook that says nothing is taken for that one.
    """
    said = lesson_in(found.where) or found.lesson
    found.said, found.lesson = bool(said), said if said in lessons else ""
    if said and not found.lesson:
        found.refused = found.refused or OF_ANOTHER
    elif not said and len(lessons) == 1:
        found.lesson = lessons[0]
    elif not said and found.is_notebook:
        found.refused = found.refused or "it does not say which lesson it is"


def _shared_names(files: list[Found]) -> set[str]:
    """Names under which different students have handed in: their numbers differ in one lesson."""
    numbers: dict[tuple[str, str], set[str]] = {}
    for found in files:
        if found.owner.number and found.lesson:
            numbers.setdefault((found.owner.name, found.lesson), set()).add(found.owner.number)
    return {name for (name, _), several in numbers.items() if len(several) > 1}


def _student(found: Found, roster: Roster, shared: set[str]) -> Student:
    name, number, kind, *_ = found.owner
    return roster.find(name, number, kind, name in shared)


def _place(found: Found, student: Student, collection: Collection) -> None:
    found.student = student.key
    key = (found.student, found.lesson)
    other = collection.submissions.get(key)
    if other is not None:
        older, found = sorted((other, found), key=lambda f: f.rank)
        note = f"handed in more than once; {found.where} counts, not {older.where}"
        collection.notes.setdefault(key, []).append(note)
        older.fate = f"superseded by {found.where}" + f": {older.refused}" * bool(older.refused)
    collection.submissions[key] = found


def _take_along(files: list[Found], walk: Walk, collection: Collection) -> None:
    """Python files go with the notebook in whose folder they are: there it can import them."""
    lying: dict[tuple, list[Found]] = {}
    for found in files:
        if found.where.lower().endswith(".py") and not found.refused:
            found.refused = "Python beside no notebook that is marked"
            lying.setdefault(_folder(found), []).append(found)
    for notebook in collection.submissions.values():
        for found in lying.get(_folder(notebook), []):
            name = _COPY.sub("", PurePosixPath(found.owner.file).name)
            if name in notebook.helpers or len(notebook.helpers) == MOST_BESIDE:
                continue
            if not found.spooled:
                walk.read(found)
            if found.spooled:
                notebook.helpers[name] = found.spooled
                found.fate = f"beside {notebook.where}"


def _folder(found: Found) -> tuple:
    return (*found.owner[:2], found.where.rpartition("/")[0])


def _stand_in(files: list[Found], roster: Roster, shared: set[str], collection: Collection) -> None:
    """Who has handed in something else than a notebook has not handed in nothing.

    It says its lesson, or it may have been meant for any that others have handed in.
    """
    others = {lesson for _, lesson in collection.submissions}
    there = {student for student, _ in collection.submissions}
    for found in files:
        if not found.refused or found.fate or not found.owner.name:
            continue
        listed = _on_the_list(found, roster, shared)
        if listed is None and not (found.lesson and found.could_hold_one):
            continue
        student = listed or _student(found, roster, shared)
        found.student = student.key
        meant = others if found.could_hold_one or student.key not in there else ()
        for lesson in [found.lesson] if found.lesson else meant if not found.said else ():
            why = f"{found.where}: {found.refused}"
            stands = replace(found, student=student.key, lesson=lesson, refused=why)
            collection.submissions.setdefault((student.key, lesson), stands)


def _on_the_list(found: Found, roster: Roster, shared: set[str]) -> Student | None:
    """The student on the list; a loose file may have more behind the name."""
    name, number, kind, *_ = found.owner
    while name:
        student = roster.known(name, number, kind, name in shared)
        if student or "/" in found.where:
            return student
        name = name.rpartition("_")[0]
    return None


def _account(files: list[Found], walk: Walk, collection: Collection) -> None:
    for found in files:
        student = found.student or found.owner.name
        collection.incoming.append((found.where, student, found.fate or found.refused or "marked"))
    # those first in which a notebook may be lost
    for found in sorted(files, key=lambda f: (f.refused == OF_ANOTHER, not f.could_hold_one)):
        if found.refused and not found.fate:
            collection.left_out.append(f"{found.where}: {found.refused}")
    for (name, _), count in walk.unnamed.items():
        collection.incoming.append((f"{name}/…", name, f"{count} more files"))
        collection.left_out.append(f"{name}: {count} more files")
