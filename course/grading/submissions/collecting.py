"""Find every student's notebooks, in whatever form they were handed in."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from course.grading.submissions.found import Found, lesson_in
from course.grading.submissions.roster import Roster, Student
from course.grading.submissions.walking import Walk
from course.handed_out import handed_out
from course.running.reading import parse_notebook

MOST_BESIDE = 20
OF_ANOTHER = "it is of another lesson"
_COPY = re.compile(r"(-\d+| ?\(\d+\))(?=\.py$)")


Submissions = dict[tuple[str, str], Found]
"""By student and lesson."""


@dataclass
class Collection:
    """Everything that was handed in."""

    submissions: Submissions
    incoming: list[tuple[str, str, str]]
    """Every file, its student, and what has become of it."""
    left_out: list[str]
    """Those of which nothing could be marked, and why."""


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
    return _account(files, submissions)


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


def _choose(files: list[Found], roster: Roster) -> Submissions:
    """Of each student's notebooks for a lesson the one that counts."""
    rivals: dict[tuple[str, str], list[Found]] = {}
    for found in sorted(files, key=lambda f: f.rank, reverse=True):
        if found.is_notebook and found.lesson:
            found.student = roster.find(*found.owner[:3]).key
            rivals.setdefault((found.student, found.lesson), []).append(found)
    for several in (several for several in rivals.values() if len(several) > 1):
        for found in several:
            found.is_untouched = _is_untouched(found)
        several.sort(key=lambda f: f.rank, reverse=True)
        for found in several[1:]:
            _supersede(found, several[0])
    return {who: several[0] for who, several in rivals.items()}


def _is_untouched(found: Found) -> bool:
    """Whether every exercise is still the blank that was handed out."""
    if not found.spooled:
        return False
    cells = {cell.source.strip() for cell in parse_notebook(found.read()).cells}
    given = handed_out(found.lesson).cells
    return {cell.source.strip() for cell in given if "exercise" in cell.metadata} <= cells


def _supersede(found: Found, best: Found) -> None:
    why = ", in which nothing is written" if found.is_untouched else ""
    note = f"handed in more than once; {best.where} counts, not {found.where}{why}"
    best.notes.append(note)
    found.fate = f"superseded by {best.where}"
    found.fate += f": {found.refused}" if found.refused else ""


def _take_along(files: list[Found], walk: Walk, submissions: Submissions) -> None:
    """Python files go with the notebook in whose folder they are: there it can import them."""
    lying: dict[tuple, list[Found]] = {}
    for found in files:
        if found.kind == "python" and not found.refused:
            found.refused = "Python beside no notebook that is marked"
            lying.setdefault(_folder(found), []).append(found)
    for notebook in submissions.values():
        for found in lying.get(_folder(notebook), []):
            name = _COPY.sub("", found.owner.file.rpartition("/")[2])
            if name in notebook.helpers or len(notebook.helpers) == MOST_BESIDE:
                continue
            if not found.spooled:
                walk.read(found)
            if found.spooled:
                notebook.helpers[name] = found.spooled
                found.fate = f"beside {notebook.where}"


def _folder(found: Found) -> tuple:
    return (*found.owner[:2], found.where.rpartition("/")[0])


def _stand_in(files: list[Found], roster: Roster, submissions: Submissions) -> None:
    """Who has handed in something else than a notebook has not handed in nothing.

    It says its lesson, or it may have been meant for any that others have handed in.
    """
    lessons = {lesson for _, lesson in submissions}
    there = {student for student, _ in submissions}
    for found in files:
        if not found.refused or found.fate or not found.owner.name:
            continue
        student = _on_the_list(found, roster)
        if student is None and not (found.lesson and (found.could_hold_one or found.is_code)):
            continue
        found.student = student.key if student else roster.find(*found.owner[:3]).key
        meant = {found.lesson} - {""}
        if not found.said and not meant and (found.could_hold_one or found.student not in there):
            meant = lessons
        why = f"{found.where}: {found.refused}"
        for lesson in meant:
            stands = replace(found, lesson=lesson, refused=why)
            submissions.setdefault((found.student, lesson), stands)


def _on_the_list(found: Found, roster: Roster) -> Student | None:
    """The student on the list; a loose file may have more behind the name."""
    name, number, kind = found.owner[:3]
    student = roster.known(name, number, kind)
    while student is None and "_" in name and "/" not in found.where:
        name = name.rpartition("_")[0]
        student = roster.known(name, number, kind)
    return student


def _account(files: list[Found], submissions: Submissions) -> Collection:
    # by lesson: a worker makes a room for each, and keeps only the last
    by_lesson = dict(sorted(submissions.items(), key=lambda one: one[0][::-1]))
    fates = [f.fate or f.refused or "marked" for f in files]
    owners = [f.student or f.owner.name for f in files]
    incoming = list(zip((f.where for f in files), owners, fates, strict=True))
    # those first in which a notebook may be lost
    lost = sorted(files, key=lambda f: (f.refused == OF_ANOTHER, not f.could_hold_one))
    left_out = [f"{f.where}: {f.refused}" for f in lost if f.refused and not f.fate]
    return Collection(by_lesson, incoming, left_out)
