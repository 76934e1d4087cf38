"""The markers around solutions: they stand where they belong, and pair up."""

import re

from nbformat import NotebookNode

from course.handed_out import BEGIN, BLOCK, END
from course.project import CourseError


def check_markers(cell: NotebookNode, lesson: str) -> None:
    """Raise CourseError unless exactly what is to be filled in has solutions in it."""
    begins, ends = cell.source.count(BEGIN), cell.source.count(END)
    wants_solution = any(key in cell.metadata for key in ("exercise", "blank", "predict"))
    first_line = cell.source.split("\n", 1)[0]
    if begins != ends or begins != len(BLOCK.findall(cell.source)):
        raise CourseError(f"{lesson}: solution markers do not pair up in the cell {first_line!r}")
    if wants_solution != (begins > 0):
        raise CourseError(
            f"{lesson}: the cell {first_line!r} must have solution markers exactly when it is an "
            "exercise, a blank or a prediction"
        )
    left = BLOCK.sub("", cell.source)
    if "predict" in cell.metadata and not re.search(r"^\w+ = \.\.\.$", left, re.MULTILINE):
        raise CourseError(f"{lesson}: a prediction must leave `name = ...`, not {first_line!r}")
