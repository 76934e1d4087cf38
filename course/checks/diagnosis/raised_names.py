"""What Python says of names, attributes and arguments that are not there."""

import ast
import difflib
import dis
import inspect
import sys
from collections.abc import Callable, Iterable
from re import Match
from typing import Any

import numpy as np

from course.checks.diagnosis.raised_types import in_words
from course.checks.diagnosis.scene import UNKNOWN, Scene, text
from course.checks.diagnosis.sizes import numbers_of, origin
from course.checks.own_code import functions_of


def no_such_name(scene: Scene, match: Match[str]) -> str:
    """NameError: an attribute without self, a module that is not imported, a slip of the pen."""
    name = match[1]
    if name in ("np", "numpy"):
        return "NumPy is not imported: run the cell with `import numpy as np` first."
    if name in sys.stdlib_module_names:
        return f"{name} is not imported: run a cell with `import {name}` first."
    if name == "self":
        return "self is the first parameter of a method, and this function has none."
    said = _not_made(scene, name) or _of_the_layer(scene, name)
    said = said or _misspelt(name, _names_around(scene))
    if said:
        return said
    where = origin(name, scene.exercise, scene.case)
    if where:
        return f"Nothing gives {name} a value. It is {where}."
    if name in ("oh", "ow"):
        return f"Nothing gives {name} a value: it is the {_LENGTHS[name]} of the output."
    if name in "ijkuvnfc":
        return f"Nothing gives {name} a value: is the loop over it missing?"
    arguments = ", ".join(scene.arguments())
    among = f", nor is it one of its arguments ({arguments})" if arguments else ""
    return (
        f"Nothing in the function gives {name} a value{among}. Is it misspelt, or to be imported "
        "in a cell before?"
    )


def _not_made(scene: Scene, name: str) -> str:
    """`y[i, j] = ...` without an array y."""
    target = getattr(scene.statement, "target", None)
    target = getattr(scene.statement, "targets", [target])[0]
    if isinstance(target, ast.Subscript) and text(target.value) == f"`{name}`":
        return f"There is no array {name} yet to write into: make it first, {name} = np.zeros(...)."
    return ""


_LENGTHS = {"oh": "height", "ow": "width"}


def _of_the_layer(scene: Scene, name: str) -> str:
    """A name that is known to the layer, and is to be read as self.name."""
    if scene.frame is None or "self" not in scene.frame.f_locals:
        return ""
    functions = functions_of(scene.answer)
    layer = scene.frame.f_locals["self"]
    if name in (*getattr(layer, "__dict__", {}), *vars(type(layer))) or any(
        name in _kept(f) for f in functions
    ):
        return f"{name} belongs to the layer: write self.{name}."
    begin = next((f for f in functions if f.__name__ == "__init__"), None)
    if begin is not None and name in begin.__code__.co_varnames:
        return (
            f"{name} is known in __init__ alone: keep it there with self.{name} = {name}, and "
            f"write self.{name} here."
        )
    other = next((f for f in functions if name in f.__code__.co_varnames), None)
    if other is not None:
        return (
            f"{name} is known in {other.__name__} alone: keep it there with self.{name} = {name}, "
            f"and write self.{name} here."
        )
    return ""


def _kept(function: Callable[..., Any]) -> set[str]:
    """The attributes that a method sets."""
    return {i.argval for i in dis.get_instructions(function) if i.opname == "STORE_ATTR"}


def _names_around(scene: Scene) -> list[str]:
    if scene.frame is None:
        return [*scene.case.arguments]
    code = scene.frame.f_code
    given = [n for n in scene.frame.f_globals if not n.startswith("_")]
    return [*code.co_varnames, *code.co_freevars, *given, *_EVERYDAY]


_EVERYDAY = (
    *("range", "len", "sum", "max", "min", "abs", "zip", "enumerate", "print", "float", "int"),
    *("list", "tuple", "round", "reversed", "super", "isinstance"),
)


def _misspelt(name: str, others: Iterable[str]) -> str:
    close = close_to(name, others)
    return f"Is `{close}` meant? Nothing is called {name}." if close else ""


def close_to(name: str, others: Iterable[str]) -> str:
    """The name that is nearest to another, if one is near; a single letter is near to none."""
    others = [n for n in dict.fromkeys(others) if n != name]
    if same := [n for n in others if n.lower() == name.lower()]:
        return same[0]
    longer = [n for n in others if len(n) > 1]
    close = difflib.get_close_matches(name, longer, n=1, cutoff=0.75) if len(name) > 2 else []
    return close[0] if close else ""


def not_yet(scene: Scene, match: Match[str]) -> str:
    """UnboundLocalError"""
    name, statement = match[1], scene.statement
    if isinstance(statement, ast.AugAssign) and text(statement.target) == f"`{name}`":
        return (
            f"There is no {name} yet to add to, or to change: give it a first value before the "
            f"loop, such as {name} = 0.0."
        )
    outside = scene.frame is not None and name in scene.frame.f_globals
    also = f" A {name} outside of the function is another one." if outside else ""
    return (
        f"{name} has no value yet: the line that gives it one comes later, or stands in an `if` "
        f"or a loop that has not run.{also}"
    )


def no_such_attribute(scene: Scene, _: Match[str]) -> str:
    """AttributeError, by what the attribute is asked of."""
    owner, name = getattr(scene.error, "obj", UNKNOWN), str(getattr(scene.error, "name", ""))
    node = scene.node.value if isinstance(scene.node, ast.Attribute) else None
    which = text(node) if node is not None else ""
    if owner is None:
        return _of_none(scene, which, node) if name != "None" else ""
    if inspect.ismodule(owner) or isinstance(owner, np.ndarray):
        what = f"{owner.__name__} has" if inspect.ismodule(owner) else "Arrays have"
        close = close_to(name, dir(owner))
        return f"{what} nothing that is called {name}{f': is {close} meant?' if close else '.'}"
    if inspect.isroutine(owner):
        return f"{which or 'It'} is a function, and has no {name}: round brackets call it."
    if type(owner) in (tuple, list, int, float) or isinstance(owner, np.generic):
        return _of_plain_value(scene, which, owner, name)
    if owner is UNKNOWN or type(owner).__module__ == "builtins":
        return ""
    return _of_layer(scene, owner, name)


def no_setter(_: Scene, match: Match[str]) -> str:
    """A property that is read only, where the layer sets an attribute of that name."""
    name = match[1]
    return (
        f"{name} is a property without a setter, and self.{name} = ... sets it, in your class or "
        f"in the one that it inherits from. Give it a setter, or keep the value in self.{name}."
    )


def _of_none(scene: Scene, which: str, node: ast.AST | None) -> str:
    if isinstance(node, ast.Call):
        return f"{ast.unparse(node.func)}(...) has returned None: is its `return` missing?"
    if which.strip("`") in scene.arguments():
        return f"{which} is None: that is its default, and nothing else was handed over."
    where = which or "Something"
    return f"{where} is still None there: which method should have set it, or returned it?"


def _of_plain_value(scene: Scene, which: str, value: Any, name: str) -> str:
    said = in_words(which or "That", value)
    if isinstance(value, list):
        return f"{said}: a list has no {name}. np.array(...) makes an array of it."
    if isinstance(value, tuple):
        axes = numbers_of(which.strip("`"), scene.exercise, scene.case)
        axes = axes or ", ".join("abcdef"[: len(value)])
        apart = f": {axes} = {which.strip('`')}" if which and 1 < len(value) < 7 else ""
        return f"{said}, and has no {name}: take its numbers apart{apart}."
    return f"{said}: a number has no {name}."


def _of_layer(scene: Scene, layer: Any, name: str) -> str:
    close = close_to(name, [*getattr(layer, "__dict__", {}), *dir(type(layer))])
    if begun := _lost_in_init(scene, name):
        return begun
    if scene.frame is None and name in ("dw", "db"):
        return f"After backward the layer has no {name}. It is to be set there: self.{name} = ..."
    if scene.frame is None:
        meant = f": is {close} meant?" if close else ", or it stands in another method."
        return f"The class has no {name}{meant}"
    if close:
        return f"There is no self.{name}: is self.{close} meant?"
    where = "in backward" if name in ("dw", "db") else "in __init__ or in forward"
    return f"It must be set before it is read: self.{name} = ..., {where}."


def _lost_in_init(scene: Scene, name: str) -> str:
    """A variable of __init__ that is no attribute of the layer."""
    begin = next((f for f in functions_of(scene.answer) if f.__name__ == "__init__"), None)
    if begin is None or name not in begin.__code__.co_varnames:
        return ""
    if name in begin.__code__.co_varnames[: begin.__code__.co_argcount]:
        return f"__init__ gets {name}, and does not keep it: write self.{name} = {name} there."
    return f"__init__ makes {name}, and does not keep it: write self.{name} = ... there."


def no_such_key(scene: Scene, _: Match[str]) -> str:
    """KeyError"""
    found = scene.worth(scene.node.value) if isinstance(scene.node, ast.Subscript) else UNKNOWN
    if not isinstance(found, dict) or not isinstance(scene.node, ast.Subscript):
        return ""
    keys = ", ".join(map(repr, list(found)[:6])) or "none"
    return f"{text(scene.node.value) or 'The dictionary'} has no such key. It has {keys}."


def divided_by_zero(scene: Scene, _: Match[str]) -> str:
    """ZeroDivisionError"""
    divisor = scene.node.right if isinstance(scene.node, ast.BinOp) else None
    which = text(divisor) if divisor is not None else ""
    return f"{which or 'What you divide by'} is 0 here."
