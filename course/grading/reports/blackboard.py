"""blackboard.csv: for Blackboard Learn, Grade Center > Work Offline > Upload.

The columns of its own download; a lesson's column has the name that Blackboard gives it, with the
points in brackets.
"""

import csv
from pathlib import Path

from course.grading.reports.gradebook import Gradebook, cell, number
from course.grading.submissions.roster import Student

COLUMNS = ("Last Name", "First Name", "Username", "Student ID", "Availability")


def write(book: Gradebook, path: Path) -> None:
    """Write the file."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        points = (f"{n} [Total Pts: {number(book.most(n))} Score]" for n in book.lessons)
        writer.writerow((*COLUMNS, *points))
        for student in book.students:
            last, first = _names(student)
            ids = (last, first, student.get("login") or student.key, student.get("sis_id"))
            reached = [book.points(student, lesson) for lesson in book.lessons]
            writer.writerow((*map(cell, ids), "Yes", *reached))


def _names(student: Student) -> tuple[str, str]:
    if student.get("last") or student.get("first"):
        return student.get("last"), student.get("first")
    name = student.get("name") or student.key
    if "," in name:
        last, _, first = name.partition(",")
        return last.strip(), first.strip()
    first, _, last = name.rpartition(" ")
    return last, first
