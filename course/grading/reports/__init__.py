"""Everything that is made from the results of a run, and from nothing else."""

from pathlib import Path

from course.grading.reports import blackboard, canvas, gradescope, junit, moodle, pages, table
from course.grading.reports.gradebook import Gradebook
from course.grading.store import Store


def write_reports(store_file: Path, out: Path) -> list[str]:
    """Write all reports; return the names of what was written, as an instructor looks for them."""
    store = Store(store_file)
    try:
        book = Gradebook(store.students(), store.results())
    finally:
        store.close()
    # a file to be imported has no room for a warning but in its name
    unsafe = "" if book.is_confined else "-NO-SANDBOX"
    imports = {
        "canvas": canvas.write,
        "moodle": moodle.write,
        "moodle-worksheets": moodle.write_worksheets,
        "blackboard": blackboard.write,
    }
    names = []
    for system, write in imports.items():
        ending = "" if system.endswith("worksheets") else ".csv"
        names.append(f"{system}{unsafe}{ending}")
        write(book, out / names[-1])
    table.write(book, out / "grades.csv")
    gradescope.write(book, out / "gradescope")
    junit.write(book, out / "junit.xml")
    pages.write(book, out)
    return ["class.html", "feedback", "grades.csv", *names, "gradescope", "junit.xml"]
