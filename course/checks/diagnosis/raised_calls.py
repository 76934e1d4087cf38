"""What Python says of a call with other arguments, and what a function of the course says."""

import ast
import inspect
from collections.abc import Callable
from re import Match
from typing import Any

import numpy as np

from course.checks.diagnosis.raised_types import in_words
from course.checks.diagnosis.scene import UNKNOWN, Scene, text
from course.checks.own_code import functions_of

MOST = 70
"""As many characters of a list of parameters as are shown."""


def arguments(scene: Scene, match: Match[str]) -> str:
    """Another number of arguments than a function takes, or another name."""
    called, node = match[1].rpartition(".")[2], scene.node
    method = next((f for f in functions_of(scene.answer) if f.__qualname__ == match[1]), None)
    if method is not None and isinstance(scene.answer, type) and _has_no_self(method):
        names = ", ".join(["self", *inspect.signature(method).parameters])
        return f"The first parameter of a method is self: def {called}({names})."
    if scene.frame is None:
        parameters = signature_of(method) if method is not None else ""
        return f"The check calls {called} as the lesson does, and yours is {called}{parameters}."
    function = scene.worth(node.func) if isinstance(node, ast.Call) else method
    signature = signature_of(function) if callable(function) else ""
    if not signature:
        return "Compare the call on that line with the `def` of what it calls, name by name."
    return f"Compare what you hand over with its parameters: {called}{signature}."


def _has_no_self(method: Callable[..., Any]) -> bool:
    names = [*inspect.signature(method).parameters]
    return not names or names[0] not in ("self", "this")


def signature_of(function: Any) -> str:
    """The parameters of a function without their types; empty where they cannot be known."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    shown = str(inspect.Signature(bare))
    return shown if len(shown) <= MOST else f"{shown[:MOST].rpartition(',')[0]}, ...)"


def not_written_yet(scene: Scene, _: Match[str]) -> str:
    """NotImplementedError in a helper."""
    code = scene.innermost.f_code if scene.innermost is not None else None
    own = [function.__code__ for function in functions_of(scene.answer)]
    if code is None or code in own or not code.co_name.isidentifier():
        return "A function that yours calls is still to be written."
    return f"{code.co_name}, which yours calls, is still to be written."


def said_by_the_course(scene: Scene) -> str:
    """A function of the course that refuses its arguments says why; these are the arguments."""
    frame, node = scene.innermost, scene.node
    if frame is None or not str(frame.f_globals.get("__name__")).startswith("course."):
        return ""
    if not isinstance(node, ast.Call) or scene.frame is None:
        return ""
    values = [(text(a), scene.worth(a)) for a in node.args]
    known = [in_words(n, v) for n, v in values if n and v is not UNKNOWN and _says_more(n, v)]
    name = ast.unparse(node.func)
    if wrong := _in_the_wrong_place(scene, node):
        return wrong
    return f"{name} says so of what it is handed: {', '.join(known[:3])}." if known else ""


def _in_the_wrong_place(scene: Scene, call: ast.Call) -> str:
    """The argument that the exception speaks of, if it is called as another parameter is."""
    function, parameter = scene.worth(call.func), scene.words.split(" ")[0]
    if not callable(function) or any(isinstance(a, ast.Starred) for a in call.args):
        return ""
    parameters, name = inspect.signature(function).parameters, ast.unparse(call.func)
    written = dict(zip(parameters, map(ast.unparse, call.args), strict=False)).get(parameter, "")
    other = written.removeprefix("self.")
    if other == parameter or other not in parameters:
        return ""
    return (
        f"{name} gets `{written}` where its {parameter} belongs: compare what you hand over with "
        f"its parameters, {name}{signature_of(function)}."
    )


def _says_more(name: str, value: Any) -> bool:
    """Whether the value is not plain from the expression itself."""
    return name.strip("`") != repr(value) and not callable(value)


def padded_by_less_than_0(scene: Scene, _: Match[str]) -> str:
    """np.pad with a negative width."""
    nodes = list(ast.walk(scene.node)) if isinstance(scene.node, ast.Call) else []
    worths = [(n, scene.worth(n)) for n in nodes if isinstance(n, ast.Name | ast.BinOp)]
    below = [(n, v) for n, v in worths if isinstance(v, int | np.integer) and v < 0]
    rule = "np.pad adds, it never takes away: no width may be below 0"
    which = next((f", and {text(n) or 'one'} is {v} here" for n, v in below), "")
    return f"{rule}{which}."


def no_such_keyword(scene: Scene, match: Match[str]) -> str:
    """sum(x, axis=0)"""
    keyword, name = match.groups()
    if hasattr(np, name):
        return f"Python's own {name} has no {keyword}. Is np.{name} meant?"
    return f"{name} has no {keyword}."
