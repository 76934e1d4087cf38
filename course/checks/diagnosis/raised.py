"""An exception, explained: what the values are in the failing expression, and what it means."""

import re
import textwrap
from collections.abc import Callable
from re import Match

import numpy as np

from course.checks.diagnosis import raised_names as names
from course.checks.diagnosis import raised_shapes as shapes
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.scene import Scene, Values, in_words, placed
from course.checks.diagnosis.sizes import equations, sizes_of
from course.checks.exercise import Judged, Marks
from course.checks.texts import text_of
from course.checks.verdict import Kind

SIZED: dict[str, Callable[[Scene, Match[str]], str]] = {
    r"(?:together with shapes|output operand with shape) (\(.*\d,?\))": shapes.do_not_go_together,
    r"array (?:from|of) shape (\(.*?\)) .*(?:into|of) shape (\(.*?\))": shapes.into_its_place,
    r"of size (\d+) into shape (\(.*?\))": shapes.reshaped,
    r"matmul: .*mismatch|not aligned": shapes.product,
    r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)": shapes.out_of_bounds,
}
"""Messages with sizes in them, which are then said by name."""
SPECIAL: dict[str, Callable[[Scene, Match[str]], str]] = {
    r"name '(\w+)' is not defined": names.no_such_name,
    r"variable '(\w+)'": names.not_yet,
    r"^AttributeError": names.no_such_attribute,
    r"^TypeError: ([\w.<>]+)\(\) (?:missing|takes|got(?!.*'axis'))": names.wrong_arguments,
    r"unpack (?:\(expected (?:at least )?(?P<expected>\d+)|non-iterable)": shapes.unpacked,
}
ADVICE = r"""
^NotImplementedError
  none: A function that yours calls is still to be written.
^RecursionError
  none: Your function calls itself again and again and never comes to an end.
^RuntimeError: call (\w+)\.forward first
  none: \1.backward works with what \1.forward has left: call \1.forward first.
^RuntimeError: .*forward
  none: forward has run, and backward does not see it: forward has to set self.x = x.
^ZeroDivisionError
  divisor: One cannot divide by 0.
remapped shapes.*requested shape
  arrays: np.pad takes one pair (before, after) for each axis of the array.
negative (values|dimensions)
  negative: No length may be below 0: np.pad adds entries, it never removes any.
not have enough dimensions
  operands: @ is for arrays with axes: a single number is multiplied with *.
shape-mismatch for sum
  arrays: np.tensordot sums over pairs of axes, and the two of a pair must be equally long.
inhomogeneous
  none: The rows have different lengths, and those of an array are equally long.
setting an array element with a sequence|converted to Python scalars
  written: There is room for one number only: is np.sum missing, or an index, as in b[f]?
along dimension (\d+), .*has size (\d+) and .*has size (\d+)
  arrays: Along axis \1 one array has \2 entries, another \3: only the joined axis may differ.
zero-size array|need at least one array
  empty: There are no entries, or no arrays: does a slice end too early, or did a loop not run?
read-only
  base: The array is a view of another, and cannot be written to. Work on a copy of it, .copy().
axis (-?\d+) is out of bounds for array of dimension
  arrays: There is no axis \1: axes are counted from 0.
axes don't match|repeated axis|duplicate value
  arrays: Name each axis only once, counted from 0; transpose needs all of them.
array is \d+-dimensional, but (\d+) were
  base: \1 indices are too many: each takes an axis of its own.
index out of range
  base: There is no such entry: the first has the index 0, and append(...) adds one to a list.
only integers, slices|arrays used as indices|slice indices must be integers
  fractions: Indices are integers: // divides to one, and .astype(int) makes an array of them.
indices must be integers or slices, not tuple
  base: [i, j] is for arrays, and np.zeros((rows, columns)) makes one.
truth value of an array
  arrays: `if`, `and` and max need one yes or no. `is None` gives one; np.maximum goes by entries.
only integer scalar arrays
  inside: One integer is needed there, as a size, an axis or an index.
'(tuple|list)' object cannot be interpreted as an integer
  named: One integer is needed there: x.shape[0] takes one number, *kernel_size all of them.
object cannot be interpreted as an integer
  named: One integer is needed there, as a size or an axis: // divides to one, / makes a float.
Cannot interpret '.*' as a data type
  none: A shape is one tuple, in brackets of its own: np.zeros((rows, columns)).
Cannot cast ufunc .* from dtype\('(\w+)'\) to dtype\('(\w+)'\)
  arrays: \1 does not fit into an array of \2: make it with another dtype.
(tuple|list|ndarray)' object is not callable
  base: Square brackets read an entry, [0], and round ones call a function.
'(int|float|numpy\.\w+)' object is not callable
  base: A number is no function: is a * missing before the bracket, or is the name used twice?
object is not callable
  base: It is no function. The method of a layer or a loss is .forward(...).
(function|function_or_method|method|type)' object is not subscriptable
  base: Round brackets call it.
object is not subscriptable
  base: It has no entries to choose from with [ ].
not iterable|must be an iterable|iteration over a 0-d
  named: Several values are needed there: range(...) counts up to a number.
(unsupported operand|not supported between|bad operand|only concatenate).*NoneType
  named: What should have given a value in place of None: is a `return` missing?
(unsupported operand|not supported between|bad operand).*(function|method)\b
  none: A function stands there, and not what it gives: brackets call it, as in w.sum().
unsupported operand|not supported between|bad operand|only concatenate|can't multiply
  named: Calculate with numbers and arrays: [0] takes a number of a tuple, np.array makes arrays.
'axis' is an invalid keyword argument for (\w+)|(sum|max|min|round)\(\) got .*'axis'
  none: Python's own \1\2 has no axis. Is np.\1\2 meant?
"""
"""The other messages, as patterns: which values are to be shown, and what to do about them."""


def find(marks: Marks) -> Finding | None:
    """An explanation of the exception that the first wrong case has raised."""
    first = marks.wrong[0]
    text = explanation(marks, first) if first.verdict.kind is Kind.RAISED else ""
    return Finding("raised", text) if text else None


def explanation(marks: Marks, one: Judged) -> str:
    """What the exception means that the answer has raised in a case; empty if nobody knows."""
    assert one.outcome.error is not None
    exercise, sizes = marks.exercise, sizes_of(marks.exercise, one.case)
    if hint := exercise.hints.get((one.case.use, Kind.RAISED)):
        return hint
    with np.errstate(all="ignore"):
        scene = Scene(one.outcome.error, one.case, exercise.name, sizes, marks.answer)
        return explained(placed(scene))


def explained(scene: Scene) -> str:
    """What the first rule says that fits; without one the values there."""
    words = re.sub(r", with gufunc signature \S+", "", text_of(scene.error))
    message = f"{type(scene.error).__name__}: {words}"
    for pattern, explain in (SIZED | SPECIAL).items():
        if (match := re.search(pattern, message)) and (said := explain(scene, match)):
            named = equations(words, scene.sizes) if pattern in SIZED else ""
            briefly = said.rpartition(". ")[0] + "."
            return _first_that_fits(f"{said} {named}." if named else said, said, briefly)
    lines = ADVICE.strip().splitlines()
    for pattern, line in zip(lines[::2], lines[1::2], strict=True):
        values, advice = line.strip().split(": ", 1)
        if match := re.search(pattern, message):
            return _behind(VALUES[values](scene), match.expand(advice))
    return _behind(VALUES["operands"](scene), names.refused_by_the_course(scene, words))


def _first_that_fits(*texts: str) -> str:
    """A message has three lines of 67 characters for it."""
    return next((text for text in texts if len(textwrap.wrap(text, 67)) <= 3), texts[-1])


def _behind(values: Values, advice: str) -> str:
    """The advice behind as many of the values as there is room for."""
    known = [in_words(name, value) for name, value in values]
    begins = (f"{'; '.join(known[:count])}." for count in (3, 2, 1) if known)
    return _first_that_fits(*(f"{begin} {advice}".strip() for begin in begins), advice)


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _has_fractions(value: object) -> bool:
    return getattr(value, "dtype", type(value)) in (float, np.float32)


def _of_the_types_named(scene: Scene) -> Values:
    """For each type that the message names the first value of that type."""
    found = re.findall(r"['\"](?:\w+\.)*(\w+)['\"]|(?:concatenate|not) (\w+)", text_of(scene.error))
    names = dict.fromkeys(map("".join, found))
    values = scene.found(lambda v: type(v).__name__ in names, scene.node)
    firsts = {type(value).__name__: (name, value) for name, value in reversed(values)}
    return [firsts[name] for name in names if name in firsts]


VALUES: dict[str, Callable[[Scene], Values]] = {
    "none": lambda s: [],
    "arrays": lambda s: s.found(_is_array, s.node)[:2],
    "base": lambda s: s.shown(s.base),
    "divisor": lambda s: s.shown(getattr(s.node, "right", None)),
    "empty": lambda s: s.found(lambda v: _is_array(v) and not v.size, s.node),
    "fractions": lambda s: s.found(_has_fractions, getattr(s.node, "slice", None))[:1],
    "inside": lambda s: s.found(_is_array, *s.inside),
    "named": lambda s: _of_the_types_named(s) or s.found(_is_array, *s.inside),
    "negative": lambda s: s.found(lambda v: isinstance(v, int) and v < 0, s.node),
    "operands": lambda s: s.found(lambda v: not isinstance(v, list), *s.parts()),
    "written": lambda s: s.found(_is_array, getattr(s.statement, "value", None)),
}
"""The values that an advice is about; `base` is what is called, or has an index."""
