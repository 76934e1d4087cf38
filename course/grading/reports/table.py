"""grades.csv: a line for every exercise of every student, with its state."""

from pathlib import Path

from course.grading.reports.gradebook import Gradebook, number, write_table
from course.grading.results import cell

COLUMNS = ("student", "lesson", "submission", "exercise", "state", "points", "most", "would be")
DETAILS = ("before", "handed in", "mistake", "what", "to look at", "notes", "sandbox")


def write(book: Gradebook, path: Path) -> None:
    """Write the table. Points that nobody has decided are empty, not 0."""
    rows: list[tuple[str, ...]] = [(*COLUMNS, *DETAILS)]
    for r in book.results:
        for e in r.exercises:
            state = e.state if r.state == "marked" else r.state
            points = (number(e.points), number(e.most), number(e.would_be))
            notes = "; ".join(filter(None, [r.note, *e.notes]))
            texts = (r.handed_in, e.mistake, e.what, " ".join(e.suspicions), notes)
            row = (cell(r.student), r.lesson, r.state, e.exercise, state, *points)
            sandbox = "yes" if r.confined else "NO SANDBOX"
            told = (cell(text, 2000) for text in texts)
            rows.append((*row, book.was(r.student, e.exercise), *told, sandbox))
    write_table(path, rows)
