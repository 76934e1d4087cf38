"""Was the student's last text run at all? What IPython remembers of the cells says so."""

import ast
import inspect
import re
import sys
import textwrap
from types import FrameType
from typing import Any

from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks
from course.checks.own_code import files_of, functions_of

SAME_AGAIN = (
    "This is the same answer as at the last check. If you have changed it since then, run its "
    "cell first."
)


def find(marks: Marks) -> Finding | None:
    """Whether the answer that was judged is older than its text, because a cell has failed."""
    if marks.answer is None:
        return None
    failed = failed_cell(marks.exercise.answer_name, marks.answer)
    return (
        Finding("unwritten", f"{failed}, so this is the answer from before it.") if failed else None
    )


def failed_cell(name: str, answer: Any = None) -> str:
    """How the newest cell that defines the name has failed before it did so; else empty."""
    shell = _shell()
    running = _running_cell(shell)
    if shell is None or (running and running in files_of(answer)):
        return ""
    last = shell.last_execution_result
    if last is not None and (line := _line_of_definition(last.info.raw_cell, name)):
        how = _failed_before(last, line)
        return f"The last cell you ran ended in {how}" if how else ""
    cells = [c for c in reversed(_cells(shell)) if _line_of_definition(c, name)]
    how = _syntax_error(shell, cells[0]) if cells else ""
    return f"The cell in which you last wrote {name} ended in {how}" if how else ""


def is_same(answer: Any, before: Any) -> bool:
    """Whether an answer is the one of before or, run again, does the same line for line."""
    if _shell() is None or before is None:
        return False
    codes = [[f.__code__ for f in functions_of(a)] for a in (answer, before)]
    return answer is before or (bool(codes[0]) and codes[0] == codes[1])


def _shell() -> Any:
    """IPython's shell, if we are in a notebook; IPython is not imported for it."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _running_cell(shell: Any) -> str:
    """The file name of the cell that is running now, in which the check was called."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals is getattr(
            shell, "user_ns", None
        ):
            return frame.f_code.co_filename
        frame = frame.f_back
    return ""


def _cells(shell: Any) -> list[str]:
    """The cells that have been run before this one."""
    history = getattr(shell, "history_manager", None)
    return list(getattr(history, "input_hist_raw", []))[:-1]


def _line_of_definition(cell: str, name: str) -> int:
    """The line on which a cell defines a function or class of this name; 0 if it does not."""
    lines = cell.splitlines()
    found = (k for k, line in enumerate(lines, 1) if re.match(rf"(def|class)\s+{name}\b", line))
    return next(found, 0)


def _failed_before(result: Any, definition: int) -> str:
    """The error of a cell that ended before it came to its definition."""
    if result.error_before_exec is not None:
        return _in_words(result.error_before_exec, result.error_before_exec)
    error = result.error_in_exec
    step = getattr(error, "__traceback__", None)
    while step is not None:  # the outermost frame is IPython's, the next is the cell's own
        if step.tb_frame.f_code.co_name == "<module>":
            return _in_words(error, step) if step.tb_lineno < definition else ""
        step = step.tb_next
    return ""


def _syntax_error(shell: Any, cell: str) -> str:
    try:
        ast.parse(shell.transform_cell(textwrap.dedent(cell)))
    except SyntaxError as error:
        return _in_words(error, error)
    return ""


def _in_words(error: BaseException, place: Any) -> str:
    """The kind of an error and its line: "a SyntaxError (line 3)"."""
    name = type(error).__name__.lstrip("_")
    line = getattr(place, "lineno", None) or getattr(place, "tb_lineno", None)
    article = "an" if name[0] in "AEIOU" else "a"
    return f"{article} {name}{f' (line {line})' if line else ''}"
