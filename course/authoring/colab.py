"""The cell that installs the course in Colab; elsewhere, it says so where the course is missing.

Without dependencies: Colab has what the notebooks import, and JupyterLab would replace parts of
its own kernel. The line is plain Python, because the grader reads notebooks as such. It is folded
away in JupyterLab, left out of pages, and skipped by the grader (`shows`).
"""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from course.authoring.site.address import Address

CELL = "installs-the-course"
_TEXT = """\
# For Colab: this installs the course where it is missing.
import sys
from importlib.util import find_spec

if find_spec("course") is None:
    where = "{source}"
    if "google.colab" in sys.modules:
        get_ipython().run_line_magic("pip", f"install -q --no-deps {{where}}")
    else:
        print("The course is not installed for this kernel.", end=" ")
        print(f"Choose another kernel, or run: pip install {{where}}")"""
_METADATA = {"jupyter": {"source_hidden": True}, "shows": True, "tags": ["remove-cell"]}


def with_install_cell(notebook: NotebookNode, address: Address) -> NotebookNode:
    """The notebook with that cell before its first code."""
    first = next(k for k, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    text = _TEXT.format(source=address.for_pip)
    notebook.cells.insert(first, new_code_cell(text, id=CELL, metadata=_METADATA))
    return notebook
