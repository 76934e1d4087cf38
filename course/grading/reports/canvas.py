"""canvas.csv: for Canvas, Grades > Import.

Its columns are those of Canvas's own export: Student, ID, SIS User ID, SIS Login ID, Section, and
one for each assignment; a second line names the points possible. An empty cell changes nothing.
"""

import csv
from pathlib import Path

from course.grading.reports.gradebook import Gradebook, cell, number

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def write(book: Gradebook, path: Path) -> None:
    """Write the file."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, *book.lessons))
        most = [number(book.most(lesson)) for lesson in book.lessons]
        writer.writerow(("    Points Possible", "", "", "", "", *most))
        for student in book.students:
            ids = [student.get(k) for k in ("canvas_id", "sis_id", "login", "section")]
            points = [book.points(student, lesson) for lesson in book.lessons]
            writer.writerow((cell(student.get("name") or student.key), *map(cell, ids), *points))
