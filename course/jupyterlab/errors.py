"""What a kernel does beside showing an error: it scrolls there, and explains a missing name."""

import sys
import textwrap
import time
from types import TracebackType
from typing import Any

MEANING = (
    "No cell that defines {name} has run since this kernel started. Choose Run > Run All Above "
    "Selected Cell, then run this cell again."
)
SECONDS = 5
"""After that the output, which is stored with the notebook, scrolls no more."""
SCROLLS = """\
const show = () => element.closest(".jp-Cell")?.scrollIntoView({block: "nearest"});
if (Date.now() < %d) [300, 1000, 2000].forEach(delay => setTimeout(show, delay));"""
"""More than once: JupyterLab learns the height of cells only as they come into view."""


def watch() -> None:
    """Take care of the errors of this kernel; do nothing where Python is no kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((Exception,), _show)


def _show(
    shell: Any, kind: type, error: Exception, trace: TracebackType, tb_offset: int | None = None
) -> None:
    if type(error) is NameError and _is_of_a_cell_above(str(error.name), shell):
        lines = [str(error), *textwrap.wrap(MEANING.format(name=error.name), 76)]
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    script = SCROLLS % (1000 * (time.time() + SECONDS))
    shell.display_pub.publish({"application/javascript": script, "text/plain": ""})
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _is_of_a_cell_above(name: str, shell: Any) -> bool:
    """Any name before the lesson's first cell has imported check; after that, an answer's."""
    if "check" not in shell.user_ns:
        return True
    from course.checks import EXERCISES

    return name in {exercise.answer_name for exercise in EXERCISES.values()}
