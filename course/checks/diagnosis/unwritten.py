"""Was the student's last text run at all? What IPython remembers of the cells says so."""

import ast
import re
import sys
import textwrap
import traceback
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
    failed = failed_cell(marks.exercise.answer_name, marks.answer)
    text = f"{failed}, so this is the answer from before it."
    return Finding("unwritten", text) if failed else None


def failed_cell(name: str, answer: Any = None) -> str:
    """How the newest cell that defines the name has failed before it did so; else empty."""
    shell = _shell()
    if shell is None or _running_cell(shell) in files_of(answer):
        return ""
    last = shell.last_execution_result
    if last is not None and (line := _line_of_definition(last.info.raw_cell, name)):
        how = _failed_before(last, line)
        return f"The last cell you ran ended in {how}" if how else ""
    before = getattr(getattr(shell, "history_manager", None), "input_hist_raw", [])[:-1]
    cells = [cell for cell in before if _line_of_definition(cell, name)]
    how = _syntax_error(shell, cells[-1]) if cells else ""
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
    frames = (frame for frame, _ in traceback.walk_stack(None))
    cells = (f for f in frames if f.f_globals is getattr(shell, "user_ns", None))
    return next((f.f_code.co_filename for f in cells if f.f_code.co_name == "<module>"), "")


def _line_of_definition(cell: str, name: str) -> int:
    """The line on which a cell defines a function or class of this name; 0 if it does not."""
    found = re.search(rf"^(def|class)\s+{name}\b", cell, re.MULTILINE)
    return cell[: found.start()].count("\n") + 1 if found else 0


def _failed_before(result: Any, definition: int) -> str:
    """The error of a cell that ended before it came to its definition."""
    if result.error_before_exec is not None:
        return _in_words(result.error_before_exec, getattr(result.error_before_exec, "lineno", 0))
    error = result.error_in_exec
    steps = traceback.walk_tb(getattr(error, "__traceback__", None))
    lines = [line for frame, line in steps if frame.f_code.co_name == "<module>"]
    return _in_words(error, lines[0]) if lines and lines[0] < definition else ""


def _syntax_error(shell: Any, cell: str) -> str:
    try:
        ast.parse(shell.transform_cell(textwrap.dedent(cell)))
    except SyntaxError as error:
        return _in_words(error, error.lineno)
    return ""


def _in_words(error: BaseException, line: int | None) -> str:
    """The kind of an error and its line: "a SyntaxError (line 3)"."""
    names = (kind.__name__ for kind in type(error).__mro__)
    name = next(name for name in names if not name.startswith("_"))  # Python keeps some to itself
    article = "an" if name[0] in "AEIOU" else "a"
    return f"{article} {name}{f' (line {line})' if line else ''}"
