"""What NumPy says of shapes and indices that do not fit, with the student's own expressions."""

import ast
import math
import re
from collections.abc import Iterator
from re import Match
from typing import Any

import numpy as np

from course.checks.diagnosis.scene import LONGEST, UNKNOWN, Scene, text


def tuple_text(shape: tuple[int, ...] | str) -> str:
    """A shape as one writes it: (2, 3)."""
    if isinstance(shape, str):
        return re.sub(r",(?=\S)(?!\))", ", ", shape)
    return str(tuple(int(n) for n in shape))


def shapes_in(words: str) -> list[tuple[int, ...]]:
    """The shapes that a message names."""
    found = re.findall(r"\((\d+(?:,\s*\d+)*,?)\)", words)
    return [tuple(map(int, shape.strip(",").split(","))) for shape in found]


def described(scene: Scene, part: ast.expr) -> str:
    """An array of the student's and its shape; the indices in numbers where they are names."""
    value, name = scene.worth(part), place(scene, part)
    if not isinstance(value, np.ndarray) or not name:
        return ""
    return f"{name} has the shape {tuple_text(value.shape)}"


def first_array(scene: Scene) -> str:
    """The first of the expression's parts that is an array, described."""
    return next((words for part in scene.parts() if (words := described(scene, part))), "")


def place(scene: Scene, part: ast.AST | None) -> str:
    """The expression, and what it is with its indices in numbers; one of them if that is short."""
    if not isinstance(part, ast.expr):
        return ""
    name, numbers = text(part), in_numbers(scene, part)
    if numbers and (not name or len(name + numbers) > LONGEST + 10):
        return f"`{numbers}`"
    return f"{name}, here {numbers}," if numbers and numbers != name.strip("`") else name


def in_numbers(scene: Scene, part: ast.AST) -> str:
    """`x[i : i + kh, f]` as it was then: x[2:4, 0]."""
    if not isinstance(part, ast.Subscript):
        return ""
    indices = [_index_text(scene, index) for index in indices_of(part)]
    short = all(indices) and len(", ".join(indices)) < 24
    return f"{ast.unparse(part.value)}[{', '.join(indices)}]" if short else ""


def indices_of(part: ast.Subscript) -> list[ast.expr]:
    """The indices of a subscript, one by one."""
    return part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]


def _index_text(scene: Scene, index: ast.expr) -> str:
    if isinstance(index, ast.Slice):
        ends = (index.lower, index.upper, *([index.step] if index.step else []))
        texts = ["" if end is None else _number_text(scene, end) for end in ends]
        return "" if "?" in texts else ":".join(texts)
    if isinstance(index, ast.Constant):
        return "..." if index.value is Ellipsis else repr(index.value)
    number = _number_text(scene, index)
    return "" if number == "?" else number


def _number_text(scene: Scene, node: ast.expr) -> str:
    value = scene.worth(node)
    return str(int(value)) if isinstance(value, int | np.integer) else "?"


def overhang(scene: Scene) -> str:
    """A slice that comes out shorter than it looks, where there is one: it ends beyond its array.

    Or it ends at -0, which is 0, or begins below 0, which counts from the end.
    """
    trees = [tree for tree in (scene.node, scene.statement) if tree is not None]
    for part in (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Subscript)):
        if below := next(filter(None, (_below(scene, i) for i in indices_of(part))), ""):
            return below
        for axis, end, stop, length in _beyond(scene, part):
            base = text(part.value) or "the array"
            loops = [n.id for n in ast.walk(end) if isinstance(n, ast.Name) and n.id in "ijk"]
            asked = f" Does {loops[0]} run too far?" if loops else ""
            return (
                f"A slice goes up to {stop}, but {base} has only {length} entries along axis "
                f"{axis}, so it comes out shorter.{asked}"
            )
    return ""


def _below(scene: Scene, index: ast.expr) -> str:
    """What is the matter with a slice `p:-p` whose p is 0, or with one from -1 to 2."""
    if not isinstance(index, ast.Slice) or index.lower is None or index.upper is None:
        return ""
    start, stop = scene.worth(index.lower), scene.worth(index.upper)
    if not all(isinstance(end, int | np.integer) for end in (start, stop)):
        return ""
    written = f"`{ast.unparse(index)}`"
    if start == stop == 0 and isinstance(index.upper, ast.UnaryOp):
        return f"{written} is 0:0 here, which is empty: -0 is 0. Write where the slice ends."
    if start < 0 <= stop:
        begin = f"{written}, here {start}:{stop}, begins below 0"
        return f"{begin}, and numbers below 0 count from the end: is it the padded array?"
    return ""


def _beyond(scene: Scene, part: ast.Subscript) -> Iterator[tuple[int, ast.expr, int, int]]:
    array = scene.worth(part.value)
    indices = indices_of(part)
    if not isinstance(array, np.ndarray) or any(_is_no_plain_index(i) for i in indices):
        return
    for axis, (index, length) in enumerate(zip(indices, array.shape, strict=False)):
        if not isinstance(index, ast.Slice) or index.upper is None:
            continue
        stop = scene.worth(index.upper)
        if isinstance(stop, int | np.integer) and stop > length:
            yield axis, index.upper, int(stop), length


def _is_no_plain_index(index: ast.expr) -> bool:
    return isinstance(index, ast.Constant) and index.value in (None, Ellipsis)


def entry_by_entry(scene: Scene, match: Match[str]) -> str:
    """Two arrays whose shapes cannot be stretched to each other."""
    if over := overhang(scene):
        return over
    both = [words for part in scene.parts() if (words := described(scene, part))]
    rule = "compared from the last axis, lengths must be equal, or one of them 1."
    if len(both) == 2:
        return f"{both[0]}, and {both[1]}: {rule}"
    return f"The shapes {tuple_text(match[1].strip())} do not go together: {rule}"


def into_place(scene: Scene, match: Match[str]) -> str:
    """What is written does not fit where it is written to."""
    if over := overhang(scene):
        return over
    what, where = tuple_text(match[1]), tuple_text(match[2])
    target = place(scene, scene.node) if isinstance(scene.node, ast.Subscript) else ""
    return f"What you write has the shape {what}, but {target or 'its place'} has room for {where}."


def pairs_to_pad(scene: Scene, _: Match[str]) -> str:
    """np.pad with pairs for other axes than there are."""
    array = first_array(scene)
    begin = f"{array}. " if array else ""
    return f"{begin}np.pad takes one pair (before, after) for each axis of the array."


def adds_too_much(scene: Scene, _: Match[str]) -> str:
    """`y[i, j] += window`: the sum has more axes or entries than the place."""
    if over := overhang(scene):
        return over
    both = [words for part in scene.parts() if (words := described(scene, part))]
    if len(both) == 2:
        return f"{both[0]}, and {both[1]}: the second cannot be added into the first."
    return "What is added has another shape than the place it is added to."


def one_place(scene: Scene, _: Match[str]) -> str:
    """An array where one number belongs."""
    target = text(scene.node) if isinstance(scene.node, ast.Subscript) else ""
    if not target:
        array = first_array(scene)
        begin = f"{array}, and" if array else "An array stands there, and"
        return f"{begin} one number is needed: is np.sum missing, or an index?"
    statement = scene.statement
    value = getattr(statement, "value", None)
    shape = np.shape(scene.worth(value)) if scene.worth(value) is not UNKNOWN else ()
    what = f"an array of shape {tuple_text(shape)}" if shape else "an array"
    return (
        f"There is room for one number in {target}, and what you write there is {what}: is np.sum "
        "missing, or an index, as in b[f]?"
    )


def reshaped(scene: Scene, match: Match[str]) -> str:
    """Another number of entries than the new shape holds."""
    new = match[2].replace("newaxis", "-1")
    count, shape = int(match[1]), [int(n) for n in re.findall(r"-?\d+", new)]
    held = math.prod(n for n in shape if n >= 0)
    parts = scene.parts()
    first = described(scene, parts[0]) if parts else ""
    begin = f"{first}, {count} numbers" if first else f"There are {count} numbers"
    if any(n < 0 for n in shape) or _leaves_one_open(scene):
        return f"{begin}. They cannot be shared out evenly: {count} is no multiple of {held}."
    return f"{begin}, but the new shape {tuple_text(new)} holds {held}."


def _leaves_one_open(scene: Scene) -> bool:
    """Whether -1 stands in the expression: NumPy does not always repeat it."""
    nodes = ast.walk(scene.node) if scene.node is not None else ()
    return any(isinstance(n, ast.UnaryOp) and scene.worth(n) == -1 for n in nodes)


def product(scene: Scene, _: Match[str]) -> str:
    """A matrix product whose inner lengths differ."""
    rule = "A product needs as many columns on its left as rows on its right"
    arrays = [(name, value.shape) for name, value in scene.arrays()[:2]]
    if len(arrays) < 2:
        arrays = [("", shape) for shape in shapes_in(scene.words)]
    if len(arrays) != 2:
        return f"{rule}. Print both shapes."
    (left, a), (right, b) = arrays
    left, right = left or "the left one", right or "the right one"
    fits = list(_fits(left, a, right, b))
    hint = f" {fits[0]} it would be possible." if len(fits) == 1 else ""
    if len(a) > 2 or len(b) > 2:
        hint = " Of more than two axes, the last two are rows and columns."
    return f"{rule}: {left} has the shape {tuple_text(a)}, {right} {tuple_text(b)}.{hint}"


def summed(scene: Scene, _: Match[str]) -> str:
    """np.tensordot over axes of different lengths."""
    shown = filter(None, (described(scene, part) for part in scene.parts()))
    there = " and ".join(shown)
    rule = "np.tensordot sums over pairs of axes, and the two of a pair must be equally long."
    return f"{rule} Here {there}." if there else rule


def _fits(left: str, a: tuple[int, ...], right: str, b: tuple[int, ...]) -> Iterator[str]:
    """Which of two matrices, transposed, would make their product possible."""
    if len(a) == len(b) == 2:
        for fits, name, side in ((a[0] == b[0], left, "left"), (a[1] == b[1], right, "right")):
            if fits:
                turned = name.endswith(".T`")
                yield f"Without the .T on the {side}" if turned else f"With .T on the {side}"


def no_axes(scene: Scene, _: Match[str]) -> str:
    """@ with a number."""
    empty = [text(p) for p in scene.parts() if scene.worth(p) is None]
    if empty:
        return f"{empty[0]} is None there, and no array: which method should have set it?"
    numbers = [text(p) for p in scene.parts() if np.ndim(_known(scene, p)) == 0]
    which = " and ".join(filter(None, numbers)) or "one of the two"
    return f"@ is for arrays with axes, and {which} is a single number: multiply with *."


def _known(scene: Scene, part: ast.expr) -> Any:
    value = scene.worth(part)
    return np.zeros(1) if value is UNKNOWN else value
