"""Everything that is made from the results of all runs and the decisions, and from nothing else."""

from pathlib import Path

from course.grading.reports import pages, tables
from course.grading.reports.gradebook import Gradebook


def write_reports(book: Gradebook, out: Path) -> list[str]:
    """Write all reports; return the names of what was written, as an instructor looks for them."""
    out.mkdir(exist_ok=True)
    # a file to be imported has no room for a warning but in its name
    unsafe = "" if book.is_confined else "-NO-SANDBOX"
    files = {
        "grades.csv": tables.write_grades,
        f"canvas{unsafe}.csv": tables.write_canvas,
        f"moodle{unsafe}.csv": tables.write_moodle,
        f"moodle-worksheets{unsafe}": tables.write_worksheets,
        f"blackboard{unsafe}.csv": tables.write_blackboard,
    }
    for name, write in files.items():
        write(book, out / name)
    pages.write(book, out)
    return ["class.html", "feedback", *files, "gradescope", "junit.xml"]
