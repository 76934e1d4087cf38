"""blackboard.csv: for Blackboard Learn, Grade Center > Work Offline > Upload.

The columns of its own download; a lesson's column has the name that Blackboard gives it, with the
points in brackets.
"""

import csv
from pathlib import Path

from course.grading.reports.gradebook import Gradebook, name_of, number, write_table
from course.grading.results import cell, shown
from course.grading.submissions.roster import Student

COLUMNS = ("Last Name", "First Name", "Username", "Student ID", "Availability")


def write(book: Gradebook, path: Path) -> None:
    """Write the file."""
    heads = (f"{n} [Total Pts: {number(book.most(n))} Score]" for n in book.lessons)
    rows = [(*COLUMNS, *heads)]
    for student in book.students:
        ids = (*_names(student), student.get("login") or student.key, student.get("sis_id"))
        reached = [book.points(student, lesson) for lesson in book.lessons]
        rows.append((*map(cell, ids), "Yes", *reached))
    write_table(path, rows, quoting=csv.QUOTE_ALL)


def _names(student: Student) -> tuple[str, str]:
    if student.get("last") or student.get("first"):
        return shown(student.get("last")), shown(student.get("first"))
    name = name_of(student)
    if "," in name:
        last, _, first = name.partition(",")
        return last.strip(), first.strip()
    first, _, last = name.rpartition(" ")
    return last, first
