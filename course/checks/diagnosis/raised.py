"""An exception, explained: a rule for each message of NumPy and Python, with the sizes named."""

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from re import Match

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis import raised_axes as axes
from course.checks.diagnosis import raised_calls as calls
from course.checks.diagnosis import raised_indices as indices
from course.checks.diagnosis import raised_names as names
from course.checks.diagnosis import raised_shapes as shapes
from course.checks.diagnosis import raised_types as types
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.scene import Scene, scene_of
from course.checks.diagnosis.sizes import equations, sizes_of
from course.checks.exercise import Marks
from course.checks.outcome import Outcome
from course.checks.verdict import Kind

WIDTH = 67
LINES = 3
"""What a message has room for."""


@dataclass(frozen=True)
class Rule:
    """What a message looks like, and what explains it; sized if the numbers in it are sizes."""

    kind: type[BaseException]
    words: str
    explain: Callable[[Scene, Match[str]], str]
    sized: bool = False


def find(marks: Marks) -> Finding | None:
    """An explanation of the exception that the first wrong case has raised."""
    first = marks.first_wrong()
    if first is None or marks.verdicts[first].kind is not Kind.RAISED:
        return None
    text = explanation(marks, marks.cases[first], marks.outcomes[first])
    return Finding("raised", text) if text else None


def explanation(marks: Marks, case: Case, outcome: Outcome) -> str:
    """What the exception means that the answer has raised in a case; empty if nobody knows."""
    if outcome.error is None:
        return ""
    name, made_with = marks.exercise.name, marks.exercise.made_with
    sizes = sizes_of(name, case, made_with)
    with np.errstate(all="ignore"):
        return explained(scene_of(outcome.error, case, name, sizes, marks.answer))


def explained(scene: Scene) -> str:
    """The words of the rule that fits; then the sizes by name, if there is room."""
    words = re.sub(r", with gufunc signature \S+", "", scene.words)
    rule, match = _rule_for(scene.error, words)
    text = rule.explain(scene, match) if rule and match else calls.said_by_the_course(scene)
    if rule and rule.sized:
        named = equations(words, scene.sizes)
        text = _with(text, f"{named}." if named else "")
    return text or _shapes_there(scene)


def _rule_for(error: BaseException, words: str) -> tuple[Rule, Match[str]] | tuple[None, None]:
    for rule in RULES:
        match = re.search(rule.words, words)
        if match and isinstance(error, rule.kind):
            return rule, match
    return None, None


def _with(text: str, more: str) -> str:
    """The text and one sentence more, if there is room for it."""
    longer = f"{text} {more}".strip()
    return longer if len(textwrap.wrap(longer, WIDTH)) <= LINES else text


def _shapes_there(scene: Scene) -> str:
    """The arrays that the failing expression names, with their shapes."""
    arrays = [(n, v.shape) for n, v in scene.names().items() if isinstance(v, np.ndarray)]
    shown = " and ".join(f"{name} has the shape {shape}" for name, shape in arrays[:3])
    return f"There, {shown}." if shown else ""


def _says(text: str) -> Callable[[Scene, Match[str]], str]:
    return lambda scene, match: text


def _quoted(words: str) -> str:
    """The pattern of a message in which {} stands for the name of a type."""
    return re.escape(words).replace(r"\{\}", r"'?([\w.\-]+)'?")


_TWO = r"'(?P<one>[\w.\-]+)' and '(?P<other>[\w.\-]+)'"
_ROWS = "The rows have different lengths, and those of an array are equally long."
_REPEATED = "* repeats a tuple or a list, it does not multiply: np.array(...) makes an array of it."
_A_FLOAT = r"'(?P<type>[\w.]+)' object cannot be interpreted as an integer"
_RECURSION = "Your function calls itself again and again and never comes to an end."
_MEMORY = "That array would be larger than the memory: is a size multiplied where it is not meant?"
_FORWARD = "forward has run, and backward does not see it: forward has to set self.x = x."
_EMPTY = "There is nothing to choose from: the array is empty, perhaps a slice that ends too early."
_NO_ARRAYS = "The list of arrays to join is empty: did the loop run at all?"
_READ_ONLY = (
    "That array cannot be written to: it is a view of another. Work on a copy of it, .copy()."
)
_CONCATENATED = r'can only concatenate (?P<one>\w+) \(not "(?P<other>[\w.]+)"\) to \w+'

RULES = [
    Rule(NotImplementedError, "", calls.not_written_yet),
    Rule(RecursionError, "", _says(_RECURSION)),
    Rule(UnboundLocalError, r"variable '(\w+)'", names.not_yet),
    Rule(NameError, r"name '(\w+)' is not defined", names.no_such_name),
    Rule(NameError, r"variable '(\w+)'", names.not_yet),
    Rule(AttributeError, r"property '(\w+)' of .* has no setter", names.no_setter),
    Rule(AttributeError, "", names.no_such_attribute),
    Rule(KeyError, "", names.no_such_key),
    Rule(ZeroDivisionError, "", names.divided_by_zero),
    Rule(MemoryError, "", _says(_MEMORY)),
    Rule(ValueError, "Maximum allowed dimension|array is too big", _says(_MEMORY)),
    Rule(RuntimeError, "forward", _says(_FORWARD)),
    Rule(
        ValueError, r"could not be broadcast together with shapes (.*)", shapes.entry_by_entry, True
    ),
    Rule(ValueError, "remapped shapes.*requested shape", shapes.pairs_to_pad),
    Rule(ValueError, "index can't contain negative values", calls.padded_by_less_than_0),
    Rule(ValueError, r"from shape (\(.*?\)) into shape (\(.*?\))", shapes.into_place, True),
    Rule(ValueError, r"non-broadcastable output operand", shapes.adds_too_much, True),
    Rule(ValueError, r"of size (\d+) into shape (\(.*?\))", shapes.reshaped, True),
    Rule(ValueError, "does not have enough dimensions", shapes.no_axes),
    Rule(ValueError, "^matmul: .*mismatch|not aligned", shapes.product, True),
    Rule(ValueError, "shape-mismatch for sum", shapes.summed),
    Rule(ValueError, "inhomogeneous", _says(_ROWS)),
    Rule(ValueError, "setting an array element with a sequence", shapes.one_place),
    Rule(TypeError, "can be converted to Python scalars", shapes.one_place),
    Rule(
        IndexError,
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        indices.out_of_bounds,
        True,
    ),
    Rule(IndexError, r"array is (\d+)-dimensional, but (\d+) were", indices.too_many_indices),
    Rule(IndexError, "invalid index to scalar", indices.already_a_number),
    Rule(IndexError, r"(list|tuple)( assignment)? index out of range", indices.out_of_list),
    Rule(IndexError, "valid indices|arrays used as indices", types.bad_index),
    Rule(
        ValueError,
        r"axis (-?\d+) is out of bounds for array of dimension (\d+)",
        axes.no_such_axis,
    ),
    Rule(ValueError, "axes don't match|repeated axis", axes.wrong_axes),
    Rule(ValueError, r"along dimension (\d+), .*has size (\d+) and .*has size (\d+)", axes.joined),
    Rule(ValueError, "negative dimensions", axes.negative),
    Rule(ValueError, "zero-size array to reduction", _says(_EMPTY)),
    Rule(ValueError, "need at least one array", _says(_NO_ARRAYS)),
    Rule(ValueError, "read-only", _says(_READ_ONLY)),
    Rule(ValueError, "truth value of an array", types.truth_value),
    Rule(
        ValueError,
        r"values to unpack \(expected (?:at least )?(?P<expected>\d+)(?:, got (?P<got>\d+))?",
        types.unpacked,
    ),
    Rule(TypeError, "only integer scalar arrays", types.an_array_for_an_integer),
    Rule(TypeError, _A_FLOAT, types.not_an_integer),
    Rule(TypeError, "slice indices must be integers", types.not_an_integer),
    Rule(TypeError, _quoted("{} indices must be integers or slices, not {}"), indices.as_a_list),
    Rule(TypeError, _quoted("{} object is not callable"), types.not_callable),
    Rule(TypeError, _quoted("{} object is not subscriptable"), types.not_subscriptable),
    Rule(TypeError, _quoted("{} object is not iterable"), types.not_iterable),
    Rule(TypeError, _quoted("cannot unpack non-iterable {} object"), types.not_iterable),
    Rule(TypeError, r"iteration over a 0-d array()", types.not_iterable),
    Rule(TypeError, rf"unsupported operand type.*: {_TWO}", types.operands),
    Rule(TypeError, rf"not supported between instances of {_TWO}", types.operands),
    Rule(TypeError, r"bad operand type for unary .*: '(?P<one>(?P<other>[\w.]+))'", types.operands),
    Rule(TypeError, _CONCATENATED, types.operands),
    Rule(TypeError, "can't multiply sequence", _says(_REPEATED)),
    Rule(TypeError, r"object of type '(\w+)' has no len", types.no_length),
    Rule(TypeError, r"Cannot interpret '.*' as a data type", types.no_shape_tuple),
    Rule(TypeError, r"Cannot cast ufunc .* from dtype\('(\w+)'\) to dtype\('(\w+)'\)", types.cast),
    Rule(TypeError, _quoted("{} object does not support item assignment"), indices.fixed),
    Rule(TypeError, r"'(\w+)' is an invalid keyword argument for (\w+)", calls.no_such_keyword),
    Rule(TypeError, r"([\w.<>]+)\(\) (?:missing|takes|got)", calls.arguments),
]
"""The first that fits speaks."""
