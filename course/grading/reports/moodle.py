"""moodle.csv, for Grades > Import > CSV, and grading worksheets, for one assignment each."""

import csv
from pathlib import Path

from course.grading.reports.gradebook import Gradebook, cell, number
from course.grading.results import MARKED
from course.grading.submissions.roster import Student

COLUMNS = ("Username", "ID number", "Full name", "Email address")
WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)", "Feedback comments"),
)


def write(book: Gradebook, path: Path) -> None:
    """Write the file for the gradebook: choose what identifies a student when importing it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, *book.lessons))
        for student in book.students:
            name = student.get("name") or student.key
            ids = (student.get("login"), student.get("sis_id"), name, student.get("email"))
            points = [book.points(student, lesson) for lesson in book.lessons]
            writer.writerow((*map(cell, ids), *points))


def write_worksheets(book: Gradebook, folder: Path) -> None:
    """Write a grading worksheet for each lesson, as an assignment's upload takes it."""
    folder.mkdir(exist_ok=True)
    for lesson in book.lessons:
        with (folder / f"{lesson}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(WORKSHEET)
            for student in book.students:
                writer.writerow(_line(book, student, lesson))


def _line(book: Gradebook, student: Student, lesson: str) -> tuple[str, ...]:
    result = book.by_key.get((student.key, lesson))
    digits = "".join(c for c in student.get("identifier") if c.isdigit())
    identifier = f"Participant {digits}" if digits else ""
    handed_in = result is not None and result.state == MARKED
    states = [f"{e.exercise}: {e.state}" for e in result.exercises] if result and handed_in else []
    return (
        identifier,
        cell(student.get("name") or student.key),
        cell(student.get("email")),
        "Submitted for grading" if handed_in else "No submission",
        book.points(student, lesson),
        number(book.most(lesson)),
        "Yes",
        "-",  # Moodle refuses a worksheet without this column; so it writes what has no date
        "; ".join(states),
    )
