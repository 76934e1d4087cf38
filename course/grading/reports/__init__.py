"""Everything that is made from the results of all runs and the decisions, and from nothing else."""

from pathlib import Path

from course.grading.reports import blackboard, canvas, gradescope, junit, moodle, pages, table
from course.grading.reports.gradebook import Gradebook


def write_reports(book: Gradebook, out: Path) -> list[str]:
    """Write all reports; return the names of what was written, as an instructor looks for them."""
    out.mkdir(exist_ok=True)
    # a file to be imported has no room for a warning but in its name
    unsafe = "" if book.is_confined else "-NO-SANDBOX"
    imports = {
        f"canvas{unsafe}.csv": canvas.write,
        f"moodle{unsafe}.csv": moodle.write,
        f"moodle-worksheets{unsafe}": moodle.write_worksheets,
        f"blackboard{unsafe}.csv": blackboard.write,
    }
    for name, write in imports.items():
        write(book, out / name)
    table.write(book, out / "grades.csv")
    gradescope.write(book, out / "gradescope")
    junit.write(book, out / "junit.xml")
    pages.write(book, out)
    return ["class.html", "feedback", "grades.csv", *imports, "gradescope", "junit.xml"]
