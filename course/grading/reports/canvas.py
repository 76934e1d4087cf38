"""canvas.csv: for Canvas, Grades > Import.

Its columns are those of Canvas's own export: Student, ID, SIS User ID, SIS Login ID, Section, and
one for each assignment; a second line names the points possible. An empty cell changes
nothing; EX excuses.
"""

from pathlib import Path

from course.grading.reports.gradebook import Gradebook, name_of, number, write_table
from course.grading.results import cell

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def write(book: Gradebook, path: Path) -> None:
    """Write the file."""
    most = [number(book.most(lesson)) for lesson in book.lessons]
    rows = [(*COLUMNS, *book.lessons), ("    Points Possible", "", "", "", "", *most)]
    for student in book.students:
        ids = [student.get(k) for k in ("canvas_id", "sis_id", "login", "section")]
        points = [book.points(student, lesson, excused="EX") for lesson in book.lessons]
        rows.append((cell(name_of(student)), *map(cell, ids), *points))
    write_table(path, rows)
