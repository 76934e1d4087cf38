"""The text between the solution markers: found, checked, and taken out for students."""

import copy
import re

from nbformat import NotebookNode

from course.project import CourseError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
_BLOCK = re.compile(rf"^([ \t]*){BEGIN}\n.*?^[ \t]*{END}[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)


def check_markers(cell: NotebookNode, lesson: str) -> None:
    """Raise CourseError unless exactly the exercises and predictions have solutions in them."""
    begins, ends = cell.source.count(BEGIN), cell.source.count(END)
    wants_solution = "exercise" in cell.metadata or "predict" in cell.metadata
    first_line = cell.source.split("\n", 1)[0]
    if begins != ends or begins != len(_BLOCK.findall(cell.source)):
        raise CourseError(f"{lesson}: solution markers do not pair up in the cell {first_line!r}")
    if wants_solution != (begins > 0):
        raise CourseError(
            f"{lesson}: the cell {first_line!r} must have solution markers exactly when it is an "
            "exercise or a prediction"
        )
    left = _BLOCK.sub("", cell.source)
    if "predict" in cell.metadata and not re.search(r"^\w+ = \.\.\.$", left, re.MULTILINE):
        raise CourseError(f"{lesson}: a prediction must leave `name = ...`, not {first_line!r}")


def with_blanks(notebook: NotebookNode) -> NotebookNode:
    """The student's version of a complete notebook: blanks for solutions, and no outputs."""
    student = copy.deepcopy(notebook)
    for cell in student.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = _blank(cell)
    return student


def _blank(cell: NotebookNode) -> str:
    if "exercise" not in cell.metadata:
        return _BLOCK.sub("", cell.source).rstrip()
    name = cell.metadata["exercise"]
    blank = rf'\1# YOUR CODE HERE\n\1raise NotImplementedError("{name} is not written yet")\n'
    return _BLOCK.sub(blank, cell.source).rstrip()
