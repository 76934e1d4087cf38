"""Where an exception was raised: the student's expression, and what its parts were worth there."""

import ast
import inspect
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.own_code import files_of
from course.checks.texts import text_of

UNKNOWN = object()
"""The worth of an expression that must not be computed again, or cannot be."""
LONGEST = 40
_PURE_METHODS = {"reshape", "transpose", "ravel", "flatten", "sum", "copy", "swapaxes", "mean"}
_PURE_FUNCTIONS = {"len", "int", "float", "range", "tuple", "list", "sum", "max", "min", "abs"}
_HARMLESS = (
    *(ast.Expression, ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List),
    *(ast.UnaryOp, ast.Slice, ast.BinOp, ast.Starred, ast.operator, ast.unaryop, ast.expr_context),
    *(ast.Call, ast.keyword),
)


@dataclass(frozen=True)
class Scene:
    """An exception, the case in which it was raised and, if known, the frame and the node."""

    error: BaseException
    case: Case
    exercise: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    answer: Callable[..., Any] | None = None
    frame: FrameType | None = None
    node: ast.AST | None = None
    """The smallest expression, or else the statement, in which it was raised."""
    statement: ast.AST | None = None
    """The simple statement on that line, where it can be read by itself."""
    innermost: FrameType | None = field(default=None, repr=False)
    """The frame that raised it, which may be one of NumPy's or of the course's."""

    @property
    def words(self) -> str:
        """What the exception says."""
        return text_of(self.error)

    def worth(self, node: ast.AST | None) -> Any:
        """The value of an expression there, or UNKNOWN; only what is harmless is computed."""
        if self.frame is None or not isinstance(node, ast.expr):
            return UNKNOWN
        if isinstance(node, ast.Slice) or not _is_harmless(node):
            return UNKNOWN
        names = {**self.frame.f_globals, **self.frame.f_locals}
        try:
            with np.errstate(all="ignore"):
                return eval(f"({ast.unparse(node)})", names)
        except Exception:  # the very expression that failed, or a part of it
            return UNKNOWN

    def arguments(self) -> list[str]:
        """What the parameters of the function in that frame are called."""
        if self.frame is None:
            return []
        code = self.frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return [name for name in names if name != "self" and not name.startswith(".")]

    def parts(self) -> list[ast.expr]:
        """The operands or arguments of the failing expression, and what it writes."""
        return list(_parts(self.node)) or list(_parts(self.statement))

    def arrays(self) -> list[tuple[str, np.ndarray]]:
        """Those parts that are arrays, each with its text."""
        worths = [(text(part), self.worth(part)) for part in self.parts()]
        return [(name, value) for name, value in worths if isinstance(value, np.ndarray)]

    def names(self) -> dict[str, Any]:
        """Every variable in the failing expression or, where there is none, on the line."""
        tree = self.node if self.node is not None else self.statement
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)] if tree else []
        worths = {name.id: self.worth(name) for name in names}
        return {name: value for name, value in worths.items() if value is not UNKNOWN}


def scene_of(
    error: BaseException,
    case: Case,
    exercise: str,
    sizes: dict[str, int],
    answer: Callable[..., Any] | None,
) -> Scene:
    """The scene of an exception; without a traceback only its words and the case."""
    steps = list(_steps(error.__traceback__))
    files = files_of(answer) if answer is not None else set()
    own = [step for step in steps if step.tb_frame.f_code.co_filename in files]
    scene = Scene(error, case, exercise, sizes, answer)
    scene = replace(scene, innermost=steps[-1].tb_frame) if steps else scene
    if not own:
        return scene
    node, statement = _node_of(own[-1])
    return replace(scene, frame=own[-1].tb_frame, node=node, statement=statement)


def _steps(step: TracebackType | None) -> Iterator[TracebackType]:
    while step is not None:
        yield step
        step = step.tb_next


def _node_of(step: TracebackType) -> tuple[ast.AST | None, ast.AST | None]:
    """The expression of the instruction that failed, and the statement on its line."""
    code = step.tb_frame.f_code
    positions = list(code.co_positions())
    line, last, begin, end = positions[step.tb_lasti // 2]
    whole = linecache.getline(code.co_filename, step.tb_lineno)
    if line is None or last is None or begin is None or end is None:
        return None, _parsed(whole)
    lines = [linecache.getline(code.co_filename, k) for k in range(line, last + 1)]
    lines[-1] = lines[-1].encode()[:end].decode(errors="replace")
    lines[0] = lines[0].encode()[begin:].decode(errors="replace")
    return _parsed("".join(lines)), _parsed(whole)


def _parsed(source: str) -> ast.AST | None:
    """The only statement of a text; of an expression, the expression."""
    source = inspect.cleandoc(source)
    for tried in (source, source + " pass", f"({source})"):  # `for ...:`, or lines in brackets
        try:
            [statement] = ast.parse(tried).body
        except (SyntaxError, ValueError):
            continue
        return statement.value if isinstance(statement, ast.Expr) else statement
    return None


def _parts(node: ast.AST | None) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.AugAssign(target=target, value=value):
            yield from (target, value)
        case ast.Compare(left=left, comparators=others):
            yield from (left, *others)
        case ast.BoolOp(values=values):
            yield from values
        case ast.Call(func=func, args=arguments, keywords=keywords):
            if isinstance(func, ast.Attribute):
                yield func.value
            yield from arguments
            yield from (keyword.value for keyword in keywords)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Assign(targets=[ast.expr() as target], value=value):
            yield from (value, target)
        case ast.Return(value=ast.expr() as value):
            yield value


def _is_harmless(node: ast.expr) -> bool:
    return all(isinstance(n, _HARMLESS) and _is_harmless_call(n) for n in ast.walk(node))


def _is_harmless_call(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _PURE_FUNCTIONS
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"))):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _PURE_METHODS
        case ast.Call():
            return False
    return True


def text(node: ast.AST) -> str:
    """The expression as one writes it, if it is short, else empty."""
    words = ast.unparse(node)
    return f"`{words}`" if len(words) <= LONGEST else ""
