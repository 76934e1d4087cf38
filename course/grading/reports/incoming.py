"""incoming.csv: every file that came in, whose it is, and what has become of it."""

import csv
from pathlib import Path

from course.grading.results import cell


def write(incoming: list[tuple[str, str, str]], path: Path) -> None:
    """Write the list down."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "student", "what has become of it"))
        writer.writerows([cell(text) for text in row] for row in incoming)
