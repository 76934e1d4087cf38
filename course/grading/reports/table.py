"""grades.csv: a line for every exercise of every student, with its state."""

import csv
from pathlib import Path

from course.grading.reports.gradebook import Gradebook, cell, number

COLUMNS = ("student", "lesson", "submission", "exercise", "state", "points", "most", "would be")
DETAILS = ("mistake", "what", "to look at", "notes", "sandbox")


def write(book: Gradebook, path: Path) -> None:
    """Write the table. Points that nobody has decided are empty, not 0."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, *DETAILS))
        for r in book.results:
            for e in r.exercises:
                notes = "; ".join(filter(None, [r.note, *e.notes]))
                state = e.state if r.state == "marked" else r.state
                points = (number(e.points), number(e.most), number(e.would_be))
                texts = (e.mistake, e.what, " ".join(e.suspicions), notes)
                sandbox = "yes" if r.confined else "NO SANDBOX"
                row = (cell(r.student), r.lesson, r.state, e.exercise, state, *points)
                writer.writerow((*row, *map(cell, texts), sandbox))
