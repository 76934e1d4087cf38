"""After a restart a kernel knows no name of the cells above: say so, in place of a bare NameError."""

import sys
import textwrap
from types import TracebackType
from typing import Any

MEANING = (
    "No cell that defines {name} has run since this kernel started. Choose Run > Run All Above "
    "Selected Cell, then run this cell again."
)


def watch() -> None:
    """Explain the NameErrors of this kernel; do nothing where Python is no kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((NameError,), _show)


def _show(
    shell: Any, kind: type, error: NameError, trace: TracebackType, tb_offset: int | None = None
) -> None:
    if type(error) is NameError and _is_of_a_cell_above(str(error.name), shell):
        lines = [str(error), *textwrap.wrap(MEANING.format(name=error.name), 76)]
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def _is_of_a_cell_above(name: str, shell: Any) -> bool:
    """Any name before the lesson's first cell has imported check; after that, an answer's."""
    if "check" not in shell.user_ns:
        return True
    from course.checks import EXERCISES

    return name in {exercise.answer_name for exercise in EXERCISES.values()}
