"""What Python and NumPy say of values of the wrong type: a tuple, a float, None, a function."""

import ast
import dis
from re import Match
from typing import Any

import numpy as np

from course.checks.diagnosis.raised_shapes import described, tuple_text
from course.checks.diagnosis.scene import UNKNOWN, Scene, text
from course.checks.diagnosis.sizes import numbers_of
from course.checks.own_code import codes_in, functions_of

_KINDS = {
    "ndarray": "an array",
    "numpy.ndarray": "an array",
    "int": "one number",
    "float": "one number",
    "numpy.int64": "one number",
    "numpy.float64": "one number",
    "NoneType": "None",
    "function": "a function",
    "builtin_function_or_method": "a function",
    "method": "a function",
    "method-wrapper": "a function",
    "type": "a class",
}


def kind_of(name: str) -> str:
    """A type in plain words."""
    article = "an" if name[0].lower() in "aeiou" else "a"
    return _KINDS.get(name, f"{article} {name}")


def in_words(name: str, value: Any) -> str:
    """An expression and its value: "`stride` is 2"."""
    if isinstance(value, np.ndarray):
        return f"{name} is an array of shape {tuple_text(value.shape)}"
    words = repr(value)
    if len(words) <= 30 and isinstance(value, tuple | list):
        return f"{name} is the {type(value).__name__} {words}"
    if len(words) <= 30 and isinstance(value, int | float | np.number):
        return f"{name} is {value}, a float" if isinstance(value, float) else f"{name} is {value}"
    return f"{name} is {kind_of(type(value).__name__)}"


def of_type(scene: Scene, name: str) -> list[tuple[str, Any]]:
    """The parts of the failing expression that are of a type, by the name a message has for it."""
    short = name.rpartition(".")[2]
    found = {}
    for part in [*scene.parts(), *_deeper(scene)]:
        value = scene.worth(part)
        is_named = text(part) and not isinstance(part, ast.Constant)
        if value is not UNKNOWN and type(value).__name__ == short and is_named:
            found[text(part)] = value
    return list(found.items())


def _deeper(scene: Scene) -> list[ast.expr]:
    kinds = (ast.Name, ast.Attribute, ast.BinOp, ast.Call)
    return [n for n in ast.walk(scene.node) if isinstance(n, kinds)] if scene.node else []


def not_an_integer(scene: Scene, match: Match[str]) -> str:
    """A float, a tuple or an array where an integer is needed."""
    name = match.groupdict().get("type") or "float"
    found = of_type(scene, name) or of_type(scene, "float64") or of_type(scene, "ndarray")
    if not found:
        return f"{kind_of(name).capitalize()} stands where one integer is needed."
    expression, value = found[0]
    which = in_words(expression, value)
    if isinstance(value, float):
        cure = "// divides to an integer, / makes a float" if _divides(scene) else "int(...)"
        return f"{which}, and an integer is needed: {cure}."
    if isinstance(value, tuple) and any(isinstance(v, tuple) for v in value):
        return (
            f"{which}, with another tuple in it: a * before that one, as in *kernel_size, opens it."
        )
    if isinstance(value, tuple):
        return f"{which}, and one integer is needed: take one of its numbers, as in x.shape[0]."
    if isinstance(value, np.ndarray):
        return f"{which}, and a size is needed: its shape is {expression.strip('`')}.shape."
    return f"{which}, and one integer is needed."


def _divides(scene: Scene) -> bool:
    """Whether the answer has a / in it, which makes floats."""
    codes = [c for f in functions_of(scene.answer) for c in codes_in(f.__code__)]
    return any(i.argrepr in ("/", "/=") for c in codes for i in dis.get_instructions(c))


def an_array_for_an_integer(scene: Scene, _: Match[str]) -> str:
    """An array as a size or an index."""
    found = of_type(scene, "ndarray")
    which = in_words(*found[0]) if found else "An array stands there"
    return f"{which}, and one integer is needed, as a size or an index."


def bad_index(scene: Scene, _: Match[str]) -> str:
    """An array indexed by what is no integer."""
    for node in (n for index in _indices(scene) for n in ast.walk(index)):
        value = scene.worth(node) if isinstance(node, ast.Name | ast.BinOp) else UNKNOWN
        if isinstance(value, float | str | list):
            cure = ": // divides to an integer, / makes a float" if _divides(scene) else ""
            extra = cure if isinstance(value, float) else ""
            return f"{in_words(text(node), value)}, and an index is an integer{extra}."
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            which = text(node) or "That array"
            return f"{which} holds floats, and indices are integers: .astype(int) makes them so."
    return "An index is an integer, a slice with a colon, or ... for all axes between."


def _indices(scene: Scene) -> list[ast.expr]:
    """What stands between square brackets in the failing expression, or where np.add.at has it."""
    match scene.node:
        case ast.Subscript(slice=index) | ast.AugAssign(target=ast.Subscript(slice=index)):
            return [index]
        case ast.Call(func=ast.Attribute(attr="at"), args=[_, index, *_]):
            return [index]
    return []


def not_callable(scene: Scene, match: Match[str]) -> str:
    """Round brackets behind what is no function."""
    func = scene.node.func if isinstance(scene.node, ast.Call) else None
    which = text(func) if func is not None else ""
    kind = kind_of(match[1])
    if isinstance(func, ast.Constant | ast.BinOp) or (kind == "one number" and not which):
        return "Between a number and a bracket a * is missing."
    said = f"{which} is {kind}" if which else f"There is {kind}"
    if kind == "one number":
        return f"{said}, no function. Is a * missing before the bracket, or the name used twice?"
    if match[1] in ("tuple", "list", "numpy.ndarray"):
        return f"{said}: square brackets read an entry, [0], round ones call a function."
    if hasattr(scene.worth(func), "forward"):
        return f"{which} is no function: call its method, {which.strip('`')}.forward(...)."
    return f"{said}, no function."


def not_subscriptable(scene: Scene, match: Match[str]) -> str:
    """Square brackets behind what has no entries."""
    value = scene.node.value if isinstance(scene.node, ast.Subscript) else None
    which = text(value) if value is not None else ""
    kind = kind_of(match[1])
    if kind in ("a function", "a class"):
        return f"{which or 'It'} is {kind}: round brackets call it, {which.strip('`')}(...)."
    found = scene.worth(value) if value is not None else UNKNOWN
    said = in_words(which, found) if which and found is not UNKNOWN else f"There is {kind}"
    if kind == "None":
        return f"{said}: what should have given it a value?"
    return f"{said}: it has no entries to choose from with [ ]."


def not_iterable(scene: Scene, match: Match[str]) -> str:
    """A number where several things are expected."""
    node, kind = scene.statement or scene.node, kind_of(match[1])
    loop = next((n for n in (scene.node, node) if isinstance(n, ast.For)), None)
    if loop is not None and isinstance(loop.target, ast.Tuple):
        many, what = len(loop.target.elts), text(loop.iter) or "It"
        return f"{what} gives one value at a time, but the `for` names {many} variables."
    if loop is not None and kind == "one number" and text(loop.iter):
        return f"{_said(scene, loop.iter)}: range({ast.unparse(loop.iter)}) counts up to it."
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        many = len(node.targets[0].elts)
        return f"{_said(scene, node.value)}, and the left side asks for {many} values."
    found = of_type(scene, match[1])
    which = in_words(*found[0]) if found else f"There is {kind}"
    return f"{which}, and several values are needed there."


def _said(scene: Scene, node: ast.expr) -> str:
    value, name = scene.worth(node), text(node) or "The right side"
    return in_words(name, value) if value is not UNKNOWN else f"{name} is a single value"


def unpacked(scene: Scene, match: Match[str]) -> str:
    """More or fewer values than names."""
    node = scene.statement
    value = getattr(node, "value", None) or getattr(node, "iter", None)
    worth = scene.worth(value) if value is not None else UNKNOWN
    name = text(value) if value is not None else ""
    names = f"{match['expected']} names stand left of the ="
    if isinstance(node, ast.For):
        first = worth[0] if isinstance(worth, list | tuple) and worth else None
        of = f"a value of {name}, such as {first}," if name and first is not None else "each value"
        return (
            f"The `for` names {match['expected']} variables, but {of} has another number of parts."
        )
    if isinstance(value, ast.expr) and isinstance(worth, np.ndarray):
        return f"{described(scene, value)}: unpacking goes along its first axis. Is .shape missing?"
    if name and isinstance(worth, tuple | list):
        argument = name.strip("`").removesuffix(".shape")
        axes = numbers_of(argument, scene.exercise, scene.case)
        also = f"({axes})" if axes else f"{len(worth)} values"
        return f"{name} is {worth}, that is {also}, but {names}."
    return f"There are {match.groupdict().get('got') or 'more'} values, but {names}."


def operands(scene: Scene, match: Match[str]) -> str:
    """Two things that cannot be added, multiplied or compared."""
    names = [match["one"], match["other"]]
    odd = next((n for n in names if n not in ("int", "float", "numpy.ndarray")), names[0])
    found = of_type(scene, odd)
    which = in_words(*found[0]) if found else f"One side is {kind_of(odd)}"
    if odd == "tuple":
        return f"{which}: calculate with its numbers, taken apart by [0] or by a, b = ..."
    if odd == "NoneType":
        return f"{which}: what should have given it a value, or returned one?"
    if odd == "list":
        return f"{which}: np.array(...) makes an array, with which one can calculate."
    return f"{which}, with which one cannot calculate like that."


def truth_value(scene: Scene, _: Match[str]) -> str:
    """An array where one yes or no is needed."""
    if isinstance(scene.node, ast.Call) and isinstance(scene.node.func, ast.Name):
        name = scene.node.func.id
        if name in ("max", "min"):
            which = "largest" if name == "max" else "smallest"
            return (
                f"{name}(...) compares arrays as wholes. np.{name}imum(a, b) goes entry by entry, "
                f"and np.{name}(a) finds the {which} entry."
            )
    arrays = [part for part in scene.parts() if isinstance(scene.worth(part), np.ndarray)]
    which = f"{described(scene, arrays[0])}. " if arrays and described(scene, arrays[0]) else ""
    return (
        f"{which}An `if`, `while`, `and` or `or` needs one yes or no, not an array of them: "
        "np.where or a mask goes entry by entry."
    )


def no_shape_tuple(scene: Scene, _: Match[str]) -> str:
    """np.zeros(3, 4)"""
    call = scene.node if isinstance(scene.node, ast.Call) else None
    if call is None or len(call.args) < 2:
        return (
            "A number stands where a dtype belongs: a shape is one tuple, in brackets of its own."
        )
    name, sizes = ast.unparse(call.func), ", ".join(map(ast.unparse, call.args))
    return f"The shape is one tuple, in brackets of its own: {name}(({sizes}))."


def cast(scene: Scene, match: Match[str]) -> str:
    """Fractions put into an array of integers."""
    found = scene.parts()
    which = text(found[0]) if found else ""
    return (
        f"{which or 'The array'} holds numbers of type {match[2]}, and {match[1]} does not fit in: "
        "make it with another dtype, or write = and a new array."
    )


def no_length(scene: Scene, match: Match[str]) -> str:
    """len(3)"""
    found = of_type(scene, match[1])
    return f"{in_words(*found[0]) if found else 'It is a single value'}: it has no length."
