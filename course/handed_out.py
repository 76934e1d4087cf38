"""A lesson's notebook as it is handed out: blanks in place of solutions, and no outputs.

An installed course holds a copy of every notebook. A checkout makes it from the solved one,
because what stands in notebooks/ may have been worked in.
"""

import copy
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.project import PACKAGE, CourseError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
BLOCK = re.compile(rf"^([ \t]*){BEGIN}\n.*?^[ \t]*{END}[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)


def handed_out(name: str, package: Path = PACKAGE) -> NotebookNode:
    """A lesson's notebook before anyone has worked in it.

    Raises CourseError where the package has nothing to make it from.
    """
    places = (package / "fresh", package.parent / "solutions")
    fresh, solved = (place / f"{name}.ipynb" for place in places)
    if fresh.exists():
        return nbformat.read(fresh, as_version=4)
    if solved.exists():
        return with_blanks(nbformat.read(solved, as_version=4))
    raise CourseError(
        f"This copy of the course has no fresh notebook of {name}. Install the course again."
    )


def write(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook; the same notebook gives the same bytes on every system."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def with_blanks(notebook: NotebookNode) -> NotebookNode:
    """The student's version of a complete notebook: blanks for solutions, and no outputs."""
    student = copy.deepcopy(notebook)
    for cell in student.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = _blank(cell)
    return student


def _blank(cell: NotebookNode) -> str:
    name = cell.metadata.get("exercise") or cell.metadata.get("blank")
    if name is None:
        return BLOCK.sub("", cell.source).rstrip()
    blank = rf'\1# YOUR CODE HERE\n\1raise NotImplementedError("{name} is not written yet")\n'
    return BLOCK.sub(blank, cell.source).rstrip()
