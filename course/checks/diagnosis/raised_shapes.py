"""Shapes, indices and numbers of values that do not fit, in the student's own expressions."""

import ast
import copy
import math
import re
from re import Match
from typing import Any

import numpy as np

from course.checks.diagnosis.scene import Scene, in_words, indices_of, text
from course.checks.diagnosis.sizes import axes_of

INTEGER = int | np.integer


def do_not_go_together(scene: Scene, match: Match[str]) -> str:
    """Two arrays whose shapes cannot be stretched to each other."""
    rule = "Compared from the last axis, lengths must be equal, or one of them 1."
    if "output" in match[0]:
        rule = "The second cannot be added into the first."
    said = [f"{name} has the shape {shape}" for name, shape in _arrays(scene)]
    if len(said) != 2:
        shapes = re.findall(r"\([^()]*\)", match[1])
        said = [f"The shapes {' and '.join(map(_spaced, shapes))} do not go together"]
    return _shorter_slice(scene) or f"{', and '.join(said)}. {rule}"


def into_its_place(scene: Scene, match: Match[str]) -> str:
    """What is written does not fit where it is written to."""
    what, room = map(_spaced, match.groups())
    place = _place(scene, scene.node) if isinstance(scene.node, ast.Subscript) else ""
    said = f"What you write has the shape {what}, but {place or 'its place'} has room for {room}."
    return _shorter_slice(scene) or said


def reshaped(scene: Scene, match: Match[str]) -> str:
    """Another number of entries than the new shape holds."""
    count, new = match[1], match[2].replace("newaxis", "-1")
    held = math.prod(n for n in map(int, re.findall(r"-?\d+", new)) if n >= 0)
    begin = [*(f"{name} has the shape {shape}," for name, shape in _arrays(scene)), "There are"][0]
    written = ast.unparse(scene.node) if scene.node else ""
    if "-1" in new or re.search(r"[( ]-1[,)]", written):  # NumPy does not always repeat the -1
        uneven = f"They cannot be shared out evenly: {count} is no multiple of {held}."
        return f"{begin} {count} numbers. {uneven}"
    return f"{begin} {count} numbers, but the new shape {_spaced(new)} holds {held}."


def product(scene: Scene, match: Match[str]) -> str:
    """A matrix product whose inner lengths differ."""
    rule = "A product needs as many columns on its left as rows on its right"
    arrays = _arrays(scene)[:2]
    if len(arrays) < 2:
        return f"{rule}."
    (left, a), (right, b) = arrays
    fits = [(left, "left")] * (a[0] == b[0] > 1) + [(right, "right")] * (a[-1] == b[-1] > 1)
    hint = ""  # lengths of 1 fit by chance
    if len(a) == len(b) == 2 and len(fits) == 1:
        turn = "Without the .T" if fits[0][0].endswith(".T`") else "With .T"
        hint = f" {turn} on the {fits[0][1]} it fits."
    if max(len(a), len(b)) > 2:
        hint = " Of more than two axes, the last two are rows and columns."
    return f"{rule}: {left} has the shape {a}, {right} {b}.{hint}"


def out_of_bounds(scene: Scene, match: Match[str]) -> str:
    """An index behind the last."""
    number, axis, size = map(int, match.groups())
    has_index = isinstance(scene.node, ast.Subscript)
    values = scene.shown(*scene.inside) if has_index else []
    names = [name for name, value in values if isinstance(value, INTEGER) and value == number]
    said = f"{names[0]} is {number} here" if names else f"You ask for index {number}"
    of = f" of {text(scene.base)}" if has_index and text(scene.base) else ""
    last = f"its indices run from 0 to {size - 1}" if size > 1 else "its only index is 0"
    return f"{said}, but axis {axis}{of} has the length {size}: {last if size else 'it is empty'}."


def unpacked(scene: Scene, match: Match[str]) -> str:
    """More or fewer values than names; of an argument's shape the numbers have names."""
    statement, said, asked = scene.statement, "There is a different number of values", ""
    count = match["expected"] or len(getattr(scene.node, "elts", "")) or "several"
    if not isinstance(scene.node, ast.Tuple):
        return f"There are {count} names for the values, and more or fewer values."
    if isinstance(statement, ast.For):
        each = text(statement.iter) or "the loop"
        said = f"The values of {each} do not have {count} parts each"
    elif isinstance(statement, ast.Assign) and statement.targets[0] is scene.node:
        for name, value in scene.shown(statement.value):
            argument = name.strip("`").removesuffix(".shape")
            axes = axes_of(scene.exercise, argument, len(value)) if type(value) is tuple else []
            meant = f", that is ({', '.join(axes)})" if axes and "_" not in axes else ""
            said = in_words(name, value) + meant
            asked = " Is .shape missing?" if isinstance(value, np.ndarray) else ""
    return f"{said}, but {text(scene.node) or 'the left side'} takes {count} values.{asked}"


def _shorter_slice(scene: Scene) -> str:
    """A slice that comes out shorter than it looks, where there is one."""
    tree = scene.node if hasattr(scene.statement, "body") else scene.statement
    for part in (n for n in ast.walk(tree or ast.Pass()) if isinstance(n, ast.Subscript)):
        array, indices = scene.worth(part.value), indices_of(part)
        lengths = array.shape if isinstance(array, np.ndarray) else ()
        if any(isinstance(i, ast.Constant) and i.value in (None, ...) for i in indices):
            lengths = (math.inf,) * len(indices)  # which index is for which axis is not plain
        for axis, (index, length) in enumerate(zip(indices, lengths, strict=False)):
            name, entries = text(part.value) or "the array", "entry" if length == 1 else "entries"
            only = f"{name} has only {length} {entries} along axis {axis}"
            if isinstance(index, ast.Slice) and (said := _shorter(scene, index, length, only)):
                return said
    return ""


def _shorter(scene: Scene, index: ast.Slice, length: float, only: str) -> str:
    """It ends beyond its array; or at -0, which is 0; or begins below 0, which is at the end."""
    start, stop = scene.worth(index.lower or ast.Constant(0)), scene.worth(index.upper)
    if index.upper is None or not isinstance(start, INTEGER) or not isinstance(stop, INTEGER):
        return ""
    if stop > length:
        loops = {n.id for n in ast.walk(index.upper) if isinstance(n, ast.Name)} & {"i", "j", "k"}
        asked = f" Does {min(loops)} run too far, or is it another array?" if loops else ""
        return f"A slice goes up to {stop}, but {only}, so it comes out shorter.{asked}"
    written = f"`{ast.unparse(index)}`"
    if start == stop == 0 and isinstance(index.upper, ast.UnaryOp):
        return f"{written} is 0:0 here, which is empty: -0 is 0. Write where the slice ends."
    if start < 0 <= stop:
        ends = "and numbers below 0 count from the end: is it the right array?"
        return f"{written}, here {start}:{stop}, begins below 0, {ends}"
    return ""


def _arrays(scene: Scene) -> list[tuple[str, tuple[int, ...]]]:
    """The operands that are arrays and have a short name, with their shapes."""
    worths = [(_place(scene, part), scene.worth(part)) for part in scene.parts()]
    return [(name, v.shape) for name, v in worths if isinstance(v, np.ndarray) and name]


def _place(scene: Scene, part: ast.expr) -> str:
    """The expression, with its indices in numbers: `x[i : i + kh, f]` as it was then, x[2:4, 0]."""
    if not isinstance(part, ast.Subscript):
        return text(part)
    index = _InNumbers(scene).visit(copy.deepcopy(part.slice))
    return text(ast.Subscript(part.value, index, ast.Load())) or text(part)


class _InNumbers(ast.NodeTransformer):
    """`i : i + kh, f` as it was then: 2:4, 0."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def visit(self, node: ast.AST) -> Any:
        """An integer in place of what is worth one."""
        value = self.scene.worth(node)
        return ast.Constant(int(value)) if isinstance(value, INTEGER) else self.generic_visit(node)


def _spaced(shape: str) -> str:
    """A shape of NumPy's message as one writes it: (2, 3)."""
    return re.sub(r",(?=[^\s)])", ", ", shape.strip())
