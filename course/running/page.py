"""An exercise in a page: the cells above it, the answer, and its check, in one namespace.

The worker of a page calls this, in Pyodide. A notebook comes in as JSON, with the reader's answers
in their cells; what is to be said comes out. Nothing here needs more than the checks do.
"""

import ast
import contextlib
import io
import json
import linecache
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from itertools import takewhile
from types import ModuleType
from typing import Any

from course import show
from course.checks import EXERCISES, check
from course.checks.message import CheckFailed, NotAttempted
from course.checks.reading import parsed
from course.running.course_code import needed
from course.show.colour import emphasise

RIGHT, WRONG, BLANK, ERROR = "right", "wrong", "blank", "error"
NOT_RUN = {"shows", "check", "gradient"}
"""Keys of the given cells that are not needed for an answer further down."""
WRITES_TEXT = {"show", "progress_bar"}
"""Of `course.show`: what works without Matplotlib. The rest is silent here."""
MOST_PRINTED = 20_000
"""Characters of what an answer prints."""


class Page:
    """The kernel of one page.

    Cells that were run are not run again as long as they, and all above them, are the same.
    """

    def __init__(self) -> None:
        self._module = ModuleType("__main__")
        self._beginning = dict(vars(self._module))
        self._ran: list[tuple[str, dict[str, Any]]] = []
        """The sources of the cells that were run, each with the namespace behind it."""
        self._answer: Any = None
        sys.modules["__main__"] = self._module
        for name in set(show.__all__) - WRITES_TEXT:
            setattr(show, name, _nothing)

    def attempt(self, notebook: str, exercise: str, began: Callable[[str], None]) -> str:
        """Run and check the answer to an exercise; return JSON.

        began is called with "given" before the given cells, and with "answer" before each cell
        that the reader has written.

        state    "right", "wrong", "blank", or "error" where the answer did not come to its check
        printed  what the answer's own cell has written
        said     what the check says, with the codes of a terminal
        """
        before, answer, checking = _around(json.loads(notebook)["cells"], exercise)
        self._run_above(_wanted(before, answer, checking), began)
        printed = Printed()
        began("answer")
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            state, said = self._run_answer(answer, exercise)
        if state == RIGHT:
            state, said = self._check(checking, exercise)
        return json.dumps({"state": state, "printed": str(printed), "said": said})

    def drawn(self) -> str:
        """The bench with the case in which the check failed last, as HTML; empty where it has none.

        The worker asks for it when the reader does: it runs the answer many times.
        """
        from course.show.interactive import bench

        try:
            return bench(check.case, self._answer).html(script=False)
        except Exception:  # a strange answer, or a case that cannot be drawn
            return ""

    def _run_above(self, cells: list[dict[str, Any]], began: Callable[[str], None]) -> None:
        """Run the cells above an answer, as far as that has not been done; errors are passed over.

        What they print was shown by the page long ago.
        """
        sources = [_source(cell) for cell in cells]
        pairs = zip(self._ran, sources, strict=False)
        self._ran = [ran for ran, _ in takewhile(lambda pair: pair[0][0] == pair[1], pairs)]
        namespace = vars(self._module)
        namespace.clear()
        namespace.update(self._ran[-1][1] if self._ran else self._beginning)
        began("given")
        for cell in cells[len(self._ran) :]:
            if "exercise" in cell["metadata"]:
                began("answer")
            with (
                contextlib.redirect_stdout(Printed()),
                contextlib.redirect_stderr(Printed()),
                contextlib.suppress(BaseException),
            ):
                self._execute(cell)
            self._ran.append((_source(cell), dict(namespace)))

    def _run_answer(self, cell: dict[str, Any], exercise: str) -> tuple[str, str]:
        """Run the answer's own cell. A right state says that it can be checked."""
        try:
            self._execute(cell)
        except BaseException as error:  # an answer may raise anything
            return ERROR, _in_words(error)
        self._answer = vars(self._module).get(EXERCISES[exercise].answer_name)
        return RIGHT, ""

    def _check(self, cell: dict[str, Any], exercise: str) -> tuple[str, str]:
        said = Printed()
        try:
            with contextlib.redirect_stdout(said):
                self._execute(cell)
        except NotAttempted as failed:
            return BLANK, _as_shown(failed)
        except CheckFailed as failed:
            return WRONG, _as_shown(failed)
        except BaseException as error:
            return ERROR, _in_words(error)
        return RIGHT, str(said).rstrip()

    def _execute(self, cell: dict[str, Any]) -> None:
        """Run a cell; its lines can be read again, as the checks and tracebacks do."""
        source, name = _source(cell), f"<{cell.get('id', 'cell')}>"
        lines = source.splitlines(keepends=True)
        linecache.cache[name] = (len(source), None, lines, name)
        exec(compile(source, name, "exec", dont_inherit=True), vars(self._module))


class Printed(io.TextIOBase):
    """Keeps the beginning of what is written: a loop without end may write without end."""

    def __init__(self) -> None:
        self._kept, self._is_cut = "", False

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        fits = text[: MOST_PRINTED - len(self._kept)]
        self._kept += fits
        self._is_cut |= len(fits) < len(text)
        return len(text)

    def __str__(self) -> str:
        return self._kept.rstrip("\n") + "\n... and more" * self._is_cut


def _nothing(*_: Any, **__: Any) -> None:
    """In place of what draws."""


Cells = list[dict[str, Any]]


def _around(cells: Cells, exercise: str) -> tuple[Cells, dict[str, Any], dict[str, Any]]:
    """The cells that are run before an answer, the answer's own, and the one that checks it."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    place = next(k for k, c in enumerate(code) if c["metadata"].get("exercise") == exercise)
    checking = next(c for c in code[place:] if c["metadata"].get("check") == exercise)
    before = [cell for cell in code[:place] if not NOT_RUN & cell["metadata"].keys()]
    return before, code[place], checking


def _wanted(before: Cells, *last: dict[str, Any]) -> Cells:
    """Of some cells those that the last ones need, and what these need: the others take time."""
    names, wanted = frozenset().union(*(_names(_source(cell))[0] for cell in last)), []
    for cell in reversed(before):
        needs, binds = _names(_source(cell))
        if binds & names:
            names |= needs
            wanted.append(cell)
    return wanted[::-1]


@cache
def _names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a cell looks up, and those that it binds or whose values it may change."""
    tree = parsed(source)
    bound = frozenset(name for part in ast.walk(tree) for name in _bound(part))
    return frozenset(needed(tree)), bound


def _bound(part: ast.AST) -> Iterator[str]:
    if isinstance(part, ast.FunctionDef | ast.ClassDef):
        yield part.name
    elif isinstance(part, ast.alias):
        yield (part.asname or part.name).split(".")[0]
    elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
        yield part.id
    elif isinstance(part, ast.Subscript | ast.Attribute) and (
        isinstance(part.ctx, ast.Store) and isinstance(part.value, ast.Name)
    ):
        yield part.value.id  # x[0] = 1
    elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
        yield from (n.id for n in ast.walk(part.value.func) if isinstance(n, ast.Name))  # x.sort()


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _as_shown(failed: CheckFailed) -> str:
    return "\n".join(failed._render_traceback_())


def _in_words(error: BaseException) -> str:
    """The error, and the lines of the notebook that led to it."""
    last = "".join(traceback.format_exception_only(error)).rstrip()
    if isinstance(error, SyntaxError):  # which says itself where it is
        return re.sub(r'^ *File "<.*?>", ', "", last)
    return "\n".join([*_lines(error), emphasise(last)])


def _lines(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith("<") and frame.line:
            yield f"line {frame.lineno}: {frame.line}"
