"""The list of students, as learning management systems export it."""

import csv
import io
import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path

from course.project import CourseError

_COLUMNS = {
    "name": ("student", "name", "full name", "fullname", "student name"),
    "first": ("first name", "firstname", "vorname", "given name"),
    "last": ("last name", "lastname", "surname", "nachname", "family name"),
    "canvas_id": ("id", "canvas id", "canvas_id"),
    "login": ("sis login id", "username", "login", "user name", "login id"),
    "sis_id": ("sis user id", "student id", "student_id", "id number", "idnumber"),
    "email": ("email", "email address", "e-mail"),
    "identifier": ("identifier",),
    "section": ("section",),
}
KINDS = ("canvas_id", "identifier")
"""Numbers that a system writes into the names of files."""


@dataclass
class Student:
    """Who a student is, in all the ways that a system may ask for."""

    key: str
    """How the student is called in every report."""
    fields: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A field, or nothing."""
        return self.fields.get(name, "")


class Roster:
    """The students of a class; without a list, those who have handed something in."""

    def __init__(self, students: list[Student]) -> None:
        self.students: dict[str, Student] = {}
        self.shared: set[str] = set()
        """Names under which several hand in; they say nobody."""
        self._known: dict[str, set[str]] = {}
        for student in students:
            _tell_apart(student, self.students)
            self.students[student.key] = student
            for word in _ways_to_call(student):
                self._known.setdefault(word, set()).add(student.key)

    def find(self, name: str, number: str = "", kind: str = "") -> Student:
        """The student that a submission names; one who is on no list is taken as called.

        kind    of the number, one of KINDS: one system's numbers mean others in another
        """
        student = self.known(name, number, kind)
        if student is None:
            called = f"{name} ({number})" if number and name in self.shared else name
            student = self.students.setdefault(called, Student(called))
            if number:
                student.fields.setdefault(kind, number)
        return student

    def known(self, name: str, number: str = "", kind: str = "") -> Student | None:
        """The student on the list that a submission names."""
        for word in (f"{kind} {number}", "" if name in self.shared else plain(name)):
            keys = self._known.get(word, set())
            if len(keys) == 1:
                return self.students[next(iter(keys))]
        return None


def _tell_apart(student: Student, others: dict[str, Student]) -> None:
    """Give a student another key if somebody on the list has it already."""
    called = student.get("login") or student.get("name") or student.key
    numbers = filter(None, map(student.get, ("canvas_id", "sis_id", "identifier", "email")))
    words = chain(numbers, map(str, count(2)))
    while student.key in others:
        student.key = f"{called} ({next(words)})"


def plain(name: str) -> str:
    """A name without accents, spaces and capitals: its letters and digits alone."""
    text = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    return re.sub(r"[\W_]", "", letters)


def last_and_first(name: str) -> tuple[str, str]:
    """The two parts of a name, whichever stands first."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return last.strip(), first.strip()


def _ways_to_call(student: Student) -> set[str]:
    """By names, whichever comes first, and by numbers, each with its kind."""
    name, first, last, email = (student.get(k) for k in ("name", "first", "last", "email"))
    family, given = last_and_first(name)
    ways = [student.key, name, given + family, family + given, first + last, last + first]
    ways += [email, email.partition("@")[0], student.get("login"), student.get("sis_id")]
    numbers = {kind: "".join(re.findall(r"\d", student.get(kind))) for kind in KINDS}
    words = {f"{kind} {number}" for kind, number in numbers.items() if number}
    return {plain(way) for way in ways if plain(way)} | words


def rows_of(data: bytes) -> csv.DictReader:
    """The rows of a table, whatever a spreadsheet has written it in."""
    try:
        text = data.decode("utf-16" if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)


def read_roster(path: Path) -> Roster:
    """The students of a CSV file with a line of headings. Raises CourseError."""
    try:
        rows = rows_of(path.read_bytes())
    except OSError as error:
        raise CourseError(f"The roster {path} cannot be read: {error.strerror}") from error
    students = [student for row in rows if (student := _student(row)) is not None]
    if not students:
        needs = "It needs a line of headings such as name, email, student id"
        raise CourseError(f"The roster {path} names no students. {needs}")
    return Roster(students)


def _student(row: dict) -> Student | None:
    given = {str(k).strip().casefold(): (v or "").strip() for k, v in row.items() if k}
    fields = {
        name: next((given[c] for c in columns if given.get(c)), "")
        for name, columns in _COLUMNS.items()
    }
    fields["name"] = fields["name"] or f"{fields['first']} {fields['last']}".strip()
    if fields["name"].casefold().replace(" ", "") in ("pointspossible", "student,test"):
        return None
    key = fields["login"] or fields["name"] or fields["sis_id"] or fields["email"]
    return Student(key, {k: v for k, v in fields.items() if v}) if key else None
