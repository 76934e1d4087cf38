"""What NumPy and Python say of an index that is not there."""

import ast
from re import Match

import numpy as np

from course.checks.diagnosis.raised_shapes import described, indices_of
from course.checks.diagnosis.raised_types import kind_of
from course.checks.diagnosis.scene import UNKNOWN, Scene, text


def out_of_bounds(scene: Scene, match: Match[str]) -> str:
    """An index behind the last."""
    index, axis, size = int(match[1]), match[2], int(match[3])
    if size == 0:
        return f"There is nothing along axis {axis}: its length is 0."
    which = _indexed_by(scene, index)
    said = f"{which} is {index} here, but" if which else f"You ask for index {index}, but"
    base = _base(scene)
    of = f" of {base}" if base else ""
    if size == 1:
        return f"{said} axis {axis}{of} has one entry only, with the index 0."
    return f"{said} axis {axis}{of} has {size} entries: its indices run from 0 to {size - 1}."


def _base(scene: Scene) -> str:
    return text(scene.node.value) if isinstance(scene.node, ast.Subscript) else ""


def _indexed_by(scene: Scene, number: int) -> str:
    """The index that has this value, if it is not written as a number."""
    if not isinstance(scene.node, ast.Subscript):
        return ""
    for index in indices_of(scene.node):
        value = scene.worth(index)
        if isinstance(value, int | np.integer) and value == number:
            return "" if isinstance(index, ast.Constant) else text(index)
    return ""


def too_many_indices(scene: Scene, match: Match[str]) -> str:
    """More indices than axes."""
    axes, given = int(match[1]), match[2]
    if isinstance(scene.node, ast.Subscript) and (base := described(scene, scene.node.value)):
        return f"{base}: {axes} {'axis' if axes == 1 else 'axes'}, but you give {given} indices."
    return f"The array has {axes} {'axis' if axes == 1 else 'axes'}, but you give {given} indices."


def out_of_list(scene: Scene, match: Match[str]) -> str:
    """IndexError of a list or a tuple."""
    node, what = scene.node, match[1]
    base = scene.worth(node.value) if isinstance(node, ast.Subscript) else UNKNOWN
    if not isinstance(node, ast.Subscript) or not isinstance(base, list | tuple):
        return f"The {what} has fewer entries: the first has the index 0."
    index = scene.worth(node.slice)
    asked = f", and you ask for index {index}" if isinstance(index, int) else ""
    if not base:
        return f"{text(node.value) or 'The ' + what} is empty{asked}: append(...) adds an entry."
    last = len(base) - 1
    return f"{text(node.value) or 'The ' + what} has the indices 0 to {last}{asked}."


def as_a_list(scene: Scene, match: Match[str]) -> str:
    """y[i, j] of a list."""
    base = text(scene.node.value) if isinstance(scene.node, ast.Subscript) else ""
    which = f"{base} is a {match[1]}" if base else f"It is a {match[1]}"
    if match[2] == "tuple":
        return f"{which}: [i, j] is for arrays, and np.zeros((rows, columns)) makes one."
    return f"{which}: its index is one integer, and a {match[2]} stands there."


def already_a_number(scene: Scene, _: Match[str]) -> str:
    """An index too many."""
    which = text(scene.node.value) if isinstance(scene.node, ast.Subscript) else ""
    return f"{which or 'That'} is a single number already: there is an index too many."


def fixed(scene: Scene, match: Match[str]) -> str:
    """Writing into a tuple or a number."""
    which = text(scene.node.value) if isinstance(scene.node, ast.Subscript) else ""
    return f"{which or 'That'} is {kind_of(match[1])}, and cannot be written to entry by entry."
