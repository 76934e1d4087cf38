"""Where an exception was raised: the student's expression, and what its parts were worth there."""

import ast
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.own_code import files_of

UNKNOWN = object()
"""The worth of an expression that must not be computed again, or cannot be."""
LONGEST = 40
Values = list[tuple[str, Any]]
"""Expressions as they are written, and what they are worth."""

_METHODS = {"reshape", "transpose", "ravel", "flatten", "sum", "copy", "swapaxes", "mean"}
_FUNCTIONS = {"len", "int", "float", "range", "tuple", "list", "sum", "max", "min", "abs"}
_HARMLESS = (
    *(ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.Slice),
    *(ast.UnaryOp, ast.BinOp, ast.Compare, ast.Starred, ast.keyword),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
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
    """The statement around it."""

    @property
    def base(self) -> ast.expr | None:
        """What is called, or has the index or the attribute: `x` of x[0], `f` of f(x)."""
        return getattr(self.node, "func", None) or getattr(self.node, "value", None)

    @property
    def inside(self) -> list[ast.expr]:
        """What stands between the brackets: the indices, or the arguments."""
        if isinstance(self.node, ast.Call):
            return [*self.node.args, *(keyword.value for keyword in self.node.keywords)]
        return indices_of(self.node) if isinstance(self.node, ast.Subscript) else []

    def worth(self, node: ast.AST | None) -> Any:
        """The value of an expression there, or UNKNOWN; only what is harmless is computed."""
        if self.frame is None or not isinstance(node, ast.expr) or isinstance(node, ast.Slice):
            return UNKNOWN
        if not all(map(_is_harmless, ast.walk(node))):
            return UNKNOWN
        try:
            with np.errstate(all="ignore"):
                return eval(f"({ast.unparse(node)})", self.frame.f_globals, self.frame.f_locals)
        except Exception:  # the very expression that failed, or a part of it
            return UNKNOWN

    def parts(self) -> list[ast.expr]:
        """The operands or arguments of the failing expression, and the array of its method."""
        if isinstance(self.node, ast.Call):
            array = self.base.value if isinstance(self.base, ast.Attribute) else None
            is_array = isinstance(self.worth(array), np.ndarray)
            return [array, *self.inside] if array and is_array else self.inside
        nodes = ast.iter_child_nodes(self.node) if self.node else ()
        return [node for node in nodes if isinstance(node, ast.expr)]

    def shown(self, *nodes: ast.AST | None) -> Values:
        """Short expressions with their values, where these are known and not plain to see."""
        variables = [n for n in nodes if n and any(isinstance(m, ast.Name) for m in ast.walk(n))]
        values = [(text(node), self.worth(node)) for node in variables]
        telling = [v for v in values if v[0] and v[1] is not UNKNOWN]
        return [v for v in telling if not inspect.ismodule(v[1])]

    def found(self, wanted: Callable[[Any], bool], *within: ast.AST | None) -> Values:
        """The outermost parts of these expressions that have such a value."""
        found: dict[str, Any] = {}
        for node in filter(None, within):
            here = {name: value for name, value in self.shown(node) if wanted(value)}
            is_other_call = isinstance(node, ast.Call) and node is not self.node
            if not here and not (is_other_call and self.worth(node) is UNKNOWN):
                here = dict(self.found(wanted, *ast.iter_child_nodes(node)))
            found |= here
        return list(found.items())


def placed(scene: Scene) -> Scene:
    """The same with frame and node, if the exception has a traceback through the answer."""
    step, files = scene.error.__traceback__, files_of(scene.answer)
    while step is not None:
        if step.tb_frame.f_code.co_filename in files:
            node, statement = _node_of(step)
            scene = replace(scene, frame=step.tb_frame, node=node, statement=statement)
        step = step.tb_next
    return scene


def _node_of(step: TracebackType) -> tuple[ast.AST | None, ast.AST | None]:
    """The expression of the instruction that failed, and the statement that it is in."""
    code = step.tb_frame.f_code
    line, last, left, right = list(code.co_positions())[step.tb_lasti // 2]
    node = statement = None
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except SyntaxError:
        return None, None
    for found in ast.walk(tree) if left is not None else ():  # from outside to inside
        if isinstance(found, ast.expr | ast.stmt):
            begin, end = (found.lineno, found.col_offset), (found.end_lineno, found.end_col_offset)
            if begin <= (line, left) and (last, right) <= end:
                statement = found if isinstance(found, ast.stmt) else statement
                node = found if (begin, end) == ((line, left), (last, right)) else node
    return node, statement


def _is_harmless(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _FUNCTIONS
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            return name in _METHODS or ast.unparse(value) == "np"
    return isinstance(node, _HARMLESS)


def indices_of(part: ast.Subscript) -> list[ast.expr]:
    """The indices between its brackets, one by one."""
    return part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]


def text(node: ast.AST | None) -> str:
    """The expression as one writes it, if it is short, else empty."""
    words = ast.unparse(node) if node else ""
    return f"`{words}`" if 0 < len(words) <= LONGEST else ""


def in_words(name: str, value: Any) -> str:
    """An expression and its value: "`stride` is 2"."""
    if isinstance(value, np.ndarray):
        return f"{name} is an array of shape {value.shape}"
    if isinstance(value, float):
        return f"{name} is {value}, a float"
    if value is None or isinstance(value, int | np.number):
        return f"{name} is {value}"
    kind = "class" if isinstance(value, type) else type(value).__name__
    if isinstance(value, tuple | list) and len(repr(value)) <= LONGEST:
        return f"{name} is the {kind} {value}"
    kind = "function" if inspect.isroutine(value) or isinstance(value, np.ufunc) else kind
    return f"{name} is {'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
