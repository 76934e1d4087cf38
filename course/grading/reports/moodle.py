"""moodle.csv, for Grades > Import > CSV, and grading worksheets, for one assignment each."""

from pathlib import Path

from course.grading.decisions import BY_INSTRUCTOR
from course.grading.reports.gradebook import Gradebook, name_of, number, write_table
from course.grading.results import MARKED, cell
from course.grading.submissions.roster import Student

COLUMNS = ("Username", "ID number", "Full name", "Email address")
WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (grade)", "Feedback comments"),
)


def write(book: Gradebook, path: Path) -> None:
    """Write the file for the gradebook: choose what identifies a student when importing it."""
    rows = [(*COLUMNS, *book.lessons)]
    for student in book.students:
        name = name_of(student)
        ids = (student.get("login"), student.get("sis_id"), name, student.get("email"))
        points = [book.points(student, lesson) for lesson in book.lessons]
        rows.append((*map(cell, ids), *points))
    write_table(path, rows, encoding="utf-8")


def write_worksheets(book: Gradebook, folder: Path) -> None:
    """Write a grading worksheet for each lesson, as an assignment's upload takes it."""
    folder.mkdir(exist_ok=True)
    for lesson in book.lessons:
        lines = [_line(book, student, lesson) for student in book.students]
        write_table(folder / f"{lesson}.csv", [WORKSHEET, *lines], encoding="utf-8")


def _line(book: Gradebook, student: Student, lesson: str) -> tuple[str, ...]:
    result = book.by_key.get((student.key, lesson))
    digits = "".join(c for c in student.get("identifier") if c.isdigit())
    identifier = f"Participant {digits}" if digits else ""
    handed_in = result is not None and result.state == MARKED
    exercises = result.exercises if result and handed_in else []
    states = [f"{e.exercise}: {e.state}" for e in exercises]
    states += dict.fromkeys(n for e in exercises for n in e.notes if n.startswith(BY_INSTRUCTOR))
    return (
        identifier,
        cell(name_of(student)),
        cell(student.get("email")),
        "Submitted for grading" if handed_in else "No submission",
        book.points(student, lesson),
        number(book.most(lesson)),
        "Yes",
        "-",  # Moodle refuses a worksheet without this column; so it writes what has no date
        cell("; ".join(states), 2000),
    )
