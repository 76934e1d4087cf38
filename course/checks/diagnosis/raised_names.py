"""Names, attributes and arguments that are not there, or not yet."""

import ast
import difflib
import dis
import inspect
import re
import sys
from collections.abc import Iterable
from re import Match
from typing import Any

from course import convolution
from course.checks.diagnosis.lending import lenders_of
from course.checks.diagnosis.scene import Scene, in_words, text
from course.checks.diagnosis.sizes import axes_of, origin
from course.checks.exercises import EXERCISES
from course.checks.own_code import functions_of, is_of_the_course


def no_such_name(scene: Scene, match: Match[str]) -> str:
    """NameError: no import, no self, a slip of the pen, or a size that was not taken."""
    name, frame = match[1], scene.frame
    if name in ("np", *sys.stdlib_module_names):
        line = "import numpy as np" if name == "np" else f"import {name}"
        return f"{name} is not imported: run a cell with `{line}` first."
    if re.match(rf"{name}\[[^=]*\] \S?= ", ast.unparse(scene.statement or ast.Pass())):
        return f"There is no array {name} yet to write into: make it first, {name} = np.zeros(...)."
    if said := _of_the_layer(scene, name):
        return said
    around = [*frame.f_code.co_varnames, *frame.f_locals, *frame.f_globals] if frame else []
    if close := _close_to(name, [*around, *scene.case.arguments]):
        return f"Is `{close}` meant? Nothing is called {name}."
    if where := origin(name, scene.exercise, scene.case):
        return f"Nothing gives {name} a value. It is {where}."
    if name in convolution.__all__ and name not in lenders_of(EXERCISES[scene.exercise]):
        return f"{name} is not imported: `from course.convolution import {name}` gives it."
    known = inspect.getargs(frame.f_code).args if frame else []
    arguments = ", ".join(a for a in known if a.isidentifier())  # Python adds a .0 of its own
    among = f", nor is it one of its arguments ({arguments})" if arguments else ""
    asked = "Is it misspelt, is a loop missing, or a cell to be run before?"
    return f"Nothing in the function gives {name} a value{among}. {asked}"


def _of_the_layer(scene: Scene, name: str) -> str:
    """A name that is known to the layer, and is to be read as self.name."""
    if scene.frame is None or "self" not in scene.frame.f_locals:
        return ""
    methods, layer = functions_of(scene.answer), scene.frame.f_locals["self"]
    kept = {i.argval for m in methods for i in dis.get_instructions(m) if i.opname == "STORE_ATTR"}
    if hasattr(type(layer), name) or name in getattr(layer, "__dict__", ()) or name in kept:
        return f"{name} belongs to the layer: write self.{name}."
    before = [m.__name__ for m in methods if name in m.__code__.co_varnames]
    before = [method for method in before if method in ("__init__", "forward")]
    if not before or scene.frame.f_code.co_name in before:
        return ""
    keep = f"keep it there with self.{name} = {name}, and write self.{name} here"
    return f"{name} is a variable of {before[0]}: {keep}."


def _close_to(name: str, others: Iterable[str]) -> str:
    """The name that is nearest to another, if one is near; a single letter is near to none."""
    others = [n for n in dict.fromkeys(others) if n != name and not n.startswith("_")]
    same = [n for n in others if n.lower() == name.lower()]
    longer = [n for n in others if len(n) > 1 and len(name) > 2]
    return next(iter(same or difflib.get_close_matches(name, longer, n=1, cutoff=0.75)), "")


def not_yet(scene: Scene, match: Match[str]) -> str:
    """A variable of the function that has no value yet."""
    name = match[1]
    if re.match(rf"{name} \S= ", ast.unparse(scene.statement or ast.Pass())):
        first = f"give it a first value before the loop, such as {name} = 0.0"
        return f"There is no {name} yet to add to, or to change: {first}."
    later = "comes later, or is in an `if` or a loop that has not run"
    return f"{name} has no value yet: the line that gives it one {later}."


def no_such_attribute(scene: Scene, _: Match[str]) -> str:
    """AttributeError, by what the attribute is asked of."""
    name, owner = getattr(scene.error, "name", None), getattr(scene.error, "obj", None)
    if name is None:
        return ""
    which = text(scene.base) if isinstance(scene.node, ast.Attribute) else ""
    if isinstance(scene.answer, type) and isinstance(owner, scene.answer):
        return _of_the_object(scene, which.strip("`"), owner, name)
    said = f"{in_words(which or 'It', owner)}, and has no {name}"
    if owner is None:
        return f"{said}. What should have set it, or returned it?"
    if isinstance(owner, tuple) and which:
        argument = which.strip("`")
        names = axes_of(scene.exercise, argument, len(owner)) or "abcdef"[: len(owner)]
        return f"{said}: take its numbers apart, {', '.join(names)} = {argument}."
    if isinstance(owner, list):
        return f"{said}: np.array(...) makes an array of it."
    if close := _close_to(name, dir(owner)):
        return f"{said}: is {close} meant?"
    if _is_given_anew(scene, which.strip("`")):
        return f"{said}: another line gives {which} to something else. Choose a new name there."
    return f"{said}{': round brackets call it' if callable(owner) else ''}."


def _is_given_anew(scene: Scene, name: str) -> bool:
    """Whether an argument of this name gets another value in the function itself."""
    if scene.frame is None or name not in inspect.getargs(scene.frame.f_code).args:
        return False
    stored = dis.get_instructions(scene.frame.f_code)
    return any(i.opname == "STORE_FAST" and i.argval == name for i in stored)


def _of_the_object(scene: Scene, which: str, owner: Any, name: str) -> str:
    """Of a layer, mostly, which lacks a method or an attribute."""
    begin = next((f for f in functions_of(scene.answer) if f.__name__ == "__init__"), None)
    if begin is not None and name in begin.__code__.co_varnames:
        return f"__init__ has {name}, and does not keep it: write self.{name} = {name} there."
    if close := _close_to(name, [*getattr(owner, "__dict__", {}), *dir(type(owner))]):
        prefix = f"{which}." if which else ""
        return f"There is no {prefix}{name}: is {prefix}{close} meant?"
    if scene.frame is None and name in ("w", "b", "dw", "db"):
        method = "backward" if name.startswith("d") else "__init__"
        return f"After {method} the layer has no {name}. It is to be set there: self.{name} = ..."
    if scene.frame is None:
        return f"The class has no {name}, or it is in another method."
    return f"It must be set before it is read: {which or 'self'}.{name} = ..."


def wrong_arguments(scene: Scene, match: Match[str]) -> str:
    """Another number of arguments than a function takes, or another name."""
    called = match[1].rpartition(".")[2]
    method = next((f for f in functions_of(scene.answer) if f.__qualname__ == match[1]), None)
    if method is not None and isinstance(scene.answer, type):
        names = [*inspect.signature(method).parameters]
        if names[:1] not in (["self"], ["this"]):
            parameters = ", ".join(["self", *names])
            return f"The first parameter of a method is self: def {called}({parameters})."
    if scene.frame is None:
        return f"The check calls it as the lesson does, and yours is {called}{_signature(method)}."
    signature = _signature(scene.worth(scene.base)) or _signature(method) or "(...)"
    return f"Compare what you hand over with its parameters, name by name: {called}{signature}."


def _signature(function: Any) -> str:
    """The parameters of a function without their types; empty where they cannot be known."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    shown = re.sub("=<[^>]*>", "=...", str(inspect.Signature(bare)))
    return shown if len(shown) <= 70 else f"{shown[:70].rpartition(',')[0]}, ...)"


def refused_by_the_course(scene: Scene, words: str) -> str:
    """A function of the course refuses its arguments, and says why: these are its parameters."""
    call, function = scene.node, scene.worth(scene.base)
    signature = _signature(function) if is_of_the_course(function) else ""
    if not signature or not isinstance(call, ast.Call) or not scene.inside:
        return ""
    called = f"{ast.unparse(call.func)}{signature}"
    parameters = inspect.signature(function).parameters
    for parameter, written in zip(parameters, map(ast.unparse, call.args), strict=False):
        name = written.removeprefix("self.")
        if name != parameter and name in parameters and words.startswith(f"{parameter} "):
            return f"`{written}` stands where {parameter} belongs: {called}."
    return f"The parameters are {called}."
