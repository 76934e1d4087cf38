"""The tables: grades.csv, and those that learning management systems import, as they document them.

Canvas, Grades > Import, with the columns of its own export, and the points possible in a second
line. Moodle, Grades > Import > CSV, and grading worksheets, for one assignment each. Blackboard
Learn, Grade Center > Work Offline > Upload, in which a lesson's column has the name that
Blackboard gives it, with the points in brackets.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from course.grading.decisions import BY_INSTRUCTOR
from course.grading.reports.gradebook import Gradebook, name_of, number
from course.grading.results import MARKED, cell, shown
from course.grading.submissions.roster import Student, last_and_first

GRADES = (
    *("student", "lesson", "submission", "exercise", "state", "points", "most", "would be"),
    *("before", "handed in", "mistake", "what", "to look at", "notes", "sandbox"),
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("Username", "ID number", "Full name", "Email address")
WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)", "Feedback comments"),
)
BLACKBOARD = ("Last Name", "First Name", "Username", "Student ID", "Availability")
LONG = 2000
"""Characters of a text that is more than a name."""
Rows = Iterable[Sequence[str]]


def write_grades(book: Gradebook, path: Path) -> None:
    """A line for every exercise of every student; points that nobody has decided are empty."""
    rows = []
    for r in book.results:
        for e in r.exercises:
            points = (number(e.points), number(e.most), number(e.would_be))
            row = [shown(r.student), r.lesson, r.state, e.exercise, r.state_of(e), *points]
            notes = "; ".join(filter(None, [r.note, *e.notes]))
            row += [book.was(r.student, e), r.handed_in, e.mistake, e.what, " ".join(e.suspicions)]
            rows.append([*row, notes, "yes" if r.confined else "NO SANDBOX"])
    write_table(path, [GRADES], rows, LONG)


def write_canvas(book: Gradebook, path: Path) -> None:
    """An empty cell changes nothing; EX excuses."""
    most = [number(book.most(lesson)) for lesson in book.lessons]
    heads = [(*CANVAS, *book.lessons), ("    Points Possible", "", "", "", "", *most)]
    ids = ("canvas_id", "sis_id", "login", "section")
    rows = [[name_of(s), *map(s.get, ids), *book.all_points(s, "EX")] for s in book.students]
    write_table(path, heads, rows)


def write_moodle(book: Gradebook, path: Path) -> None:
    """Whoever imports it chooses what identifies a student."""
    rows = [
        [s.get("login"), s.get("sis_id"), name_of(s), s.get("email"), *book.all_points(s)]
        for s in book.students
    ]
    write_table(path, [(*MOODLE, *book.lessons)], rows, encoding="utf-8")


def write_worksheets(book: Gradebook, folder: Path) -> None:
    """A table for each lesson, as an assignment's upload takes it."""
    folder.mkdir(exist_ok=True)
    for lesson in book.lessons:
        rows = [_worksheet_row(book, student, lesson) for student in book.students]
        write_table(folder / f"{lesson}.csv", [WORKSHEET], rows, LONG, encoding="utf-8")


def _worksheet_row(book: Gradebook, student: Student, lesson: str) -> list[str]:
    result = book.by_key.get((student.key, lesson))
    exercises = result.exercises if result and result.state == MARKED else []
    status = "Submitted for grading" if exercises else "No submission"
    digits = "".join(c for c in student.get("identifier") if c.isdigit())
    ids = [f"Participant {digits}" if digits else "", name_of(student), shown(student.get("email"))]
    states = [f"{e.exercise}: {e.state}" for e in exercises]
    states += dict.fromkeys(n for e in exercises for n in e.notes if n.startswith(BY_INSTRUCTOR))
    points = (book.points(student, lesson), number(book.most(lesson)))
    # Moodle refuses a worksheet without a date of the grade; "-" is what it writes for none
    return [*ids, status, *points, "Yes", "-", "; ".join(states)]


def write_blackboard(book: Gradebook, path: Path) -> None:
    """Every cell is in quotes, as in Blackboard's own download."""
    heads = [f"{n} [Total Pts: {number(book.most(n))} Score]" for n in book.lessons]
    rows = []
    for student in book.students:
        own = (student.get("last"), student.get("first"))
        names = own if any(own) else last_and_first(name_of(student))
        ids = (student.get("login") or student.key, student.get("sis_id"), "Yes")
        rows.append([*names, *ids, *book.all_points(student)])
    write_table(path, [(*BLACKBOARD, *heads)], rows, quoting=csv.QUOTE_ALL)


def write_table(
    path: Path, heads: Rows, rows: Rows, most: int = 80, encoding: str = "utf-8-sig", **form: Any
) -> None:
    """Write a CSV file without formulas; its first bytes tell a spreadsheet that it is UTF-8."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, **form)
        writer.writerows(heads)
        writer.writerows([cell(text, most) for text in row] for row in rows)
