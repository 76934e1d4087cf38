"""Find every student's notebooks, in whatever form they were handed in."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from course.grading.submissions.found import Found, lesson_in
from course.grading.submissions.roster import Roster, Student
from course.grading.submissions.walking import Walk

MOST_BESIDE = 20
OF_ANOTHER = "it is of another lesson"
_COPY = re.compile(r"(-\d+| ?\(\d+\))(?=\.py$)")


@dataclass
class Collection:
    """Everything that was handed in."""

    submissions: dict[tuple[str, str], Found] = field(default_factory=dict)
    """By student and lesson."""
    incoming: list[tuple[str, str, str]] = field(default_factory=list)
    """Every file, its student, and what has become of it."""
    left_out: list[str] = field(default_factory=list)
    """Those of which nothing could be marked, and why."""

    @property
    def notes(self) -> dict[tuple[str, str], list[str]]:
        """What there is to say of submissions."""
        return {key: found.notes for key, found in self.submissions.items() if found.notes}


def collect(
    folder: Path, lessons: list[str], roster: Roster | None = None, out: Path | None = None
) -> Collection:
    """All submissions of a folder, or of a zip that a learning management system has made.

    The students are those of the roster, who are known by more than one name. The grader's own
    output is not collected.
    """
    roster = roster or Roster([])
    walk = Walk(folder, out)
    files = list(walk.files())
    for found in files:
        _say_lesson(found, lessons)
    roster.shared = _shared_names(files)
    submissions = _choose(files, roster)
    _take_along(files, walk, submissions)
    _stand_in(files, roster, submissions)
    return _account(files, walk, submissions)


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


def _choose(files: list[Found], roster: Roster) -> dict[tuple[str, str], Found]:
    """Of each student's notebooks for a lesson the one that counts."""
    chosen: dict[tuple[str, str], Found] = {}
    for found in sorted(files, key=lambda f: f.rank, reverse=True):
        if found.is_notebook and found.lesson:
            found.student = roster.find(*found.owner[:3]).key
            best = chosen.setdefault((found.student, found.lesson), found)
            if best is not found:
                found.fate = f"superseded by {best.where}"
                found.fate += f": {found.refused}" if found.refused else ""
                note = f"handed in more than once; {best.where} counts, not {found.where}"
                best.notes.append(note)
    return chosen


def _take_along(files: list[Found], walk: Walk, submissions: dict[tuple[str, str], Found]) -> None:
    """Python files go with the notebook in whose folder they are: there it can import them."""
    lying: dict[tuple, list[Found]] = {}
    for found in files:
        if found.kind == "python" and not found.refused:
            found.refused = "Python beside no notebook that is marked"
            lying.setdefault(found.folder, []).append(found)
    for notebook in submissions.values():
        for found in lying.get(notebook.folder, []):
            name = _COPY.sub("", found.owner.file.rpartition("/")[2])
            if name in notebook.helpers or len(notebook.helpers) == MOST_BESIDE:
                continue
            if not found.spooled:
                walk.read(found)
            if found.spooled:
                notebook.helpers[name] = found.spooled
                found.fate = f"beside {notebook.where}"


def _stand_in(
    files: list[Found], roster: Roster, submissions: dict[tuple[str, str], Found]
) -> None:
    """Who has handed in something else than a notebook has not handed in nothing.

    It says its lesson, or it may have been meant for any that others have handed in.
    """
    lessons = {lesson for _, lesson in submissions}
    there = {student for student, _ in submissions}
    for found in files:
        if not found.refused or found.fate or not found.owner.name:
            continue
        student = _on_the_list(found, roster)
        if student is None and not (found.lesson and found.could_hold_one):
            continue
        student = student or roster.find(*found.owner[:3])
        found.student = student.key
        meant = {found.lesson} - {""}
        if not found.said and not meant and (found.could_hold_one or student.key not in there):
            meant = lessons
        for lesson in meant:
            why = f"{found.where}: {found.refused}"
            stands = replace(found, lesson=lesson, refused=why)
            submissions.setdefault((student.key, lesson), stands)


def _on_the_list(found: Found, roster: Roster) -> Student | None:
    """The student on the list; a loose file may have more behind the name."""
    name, number, kind = found.owner[:3]
    student = roster.known(name, number, kind)
    while student is None and "_" in name and "/" not in found.where:
        name = name.rpartition("_")[0]
        student = roster.known(name, number, kind)
    return student


def _account(
    files: list[Found], walk: Walk, submissions: dict[tuple[str, str], Found]
) -> Collection:
    # by lesson: a worker makes a room for each, and keeps only the last
    collection = Collection(dict(sorted(submissions.items(), key=lambda one: one[0][::-1])))
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
    return collection
