"""What a student is told of an answer: nothing that could hold a hidden input.

An answer can put what it is handed into the words of an exception, into its name, into the line
that is said to have failed. So only that is told which stands in the notebook, and messages of
Python's and NumPy's own, in which nothing varies but sizes and names of the notebook's.
"""

import builtins
import re
from collections.abc import Iterator

import numpy as np

from course.checks import EXERCISES
from course.checks.diagnosis.lending import lenders_of
from course.grading.marking.suspicions import ATTRIBUTES, BUILT_IN, MAGICS, MODULES
from course.running.judging import in_words
from course.running.results import NEWER_PYTHON, ExerciseResult

WITHHELD = "Its words are not told: they may be of hidden inputs. Your own check shows them."
_KNOWN = {*vars(builtins), *vars(np.exceptions), "LinAlgError", "NotAtHand"}
SPOKEN = (
    *(*ATTRIBUTES, *BUILT_IN, *MAGICS, *MODULES),
    *("is not called times for one result", NEWER_PYTHON),
)
_TYPES = {*vars(builtins), *vars(np), "numpy", "function", "method", "NoneType", ""}
_MESSAGES = """
name N is not defined
cannot access local variable N where it is not associated with a value
N object has no attribute N|module N has no attribute N
N object is not callable|N object is not subscriptable|N object is not iterable
cannot unpack non-iterable N object|object of type N has no len()
N object cannot be interpreted as an integer|N object does not support item assignment
N() missing I required positional argument: N|N() missing I required positional arguments: N and N
N() got an unexpected keyword argument N|N() takes I positional arguments but I were given
N() takes I positional argument but I were given|N() takes no arguments
unsupported operand type(s) for O: N and N|can't multiply sequence by non-int of type N
slice indices must be integers or None or have an __index__ method
only integer scalar arrays can be converted to a scalar index
division by zero|integer division or modulo by zero|math domain error
list index out of range|tuple index out of range|maximum recursion depth exceeded
not enough values to unpack (expected I, got I)|too many values to unpack (expected I)
operands could not be broadcast together with shapes S S
operands could not be broadcast together with remapped shapes [original->remapped]: S and S
could not broadcast input array from shape S into shape S
non-broadcastable output operand with shape S doesn't match the broadcast shape S
cannot reshape array of size I into shape S|axes don't match array|repeated axis in transpose
matmul: Input operand I has a mismatch in its core dimension I (size I is different from I)
shapes S and S not aligned: I (dim I) != I (dim I)|negative dimensions are not allowed
index I is out of bounds for axis I with size I
axis I is out of bounds for array of dimension I
too many indices for array: array is I-dimensional, but I were indexed
setting an array element with a sequence.|assignment destination is read-only
index can't contain negative values|need at least one array to concatenate
"""
_SHAPE = r"\((?:\d{1,5}(?:, ?|(?=\))))*\)"
_PARTS = {"N": r"'?([\w.]+)'?", "I": r"-?\d{1,5}", "S": _SHAPE, "O": r"\W{1,3}"}
_OWN = re.compile(
    "|".join(
        re.sub(r"\b[NISO]\b", lambda part: _PARTS[part[0]], re.escape(message))
        for message in re.split(r"[\n|]", _MESSAGES.strip())
    )
)


def tell(e: ExerciseResult, notebook: str) -> None:
    """Leave in a result only what its student may see; `failing` is for the instructor."""
    lines, words = {t.strip() for t in notebook.splitlines()}, _words(notebook)
    e.answer = "\n".join(_held(e.answer, lines))
    known = words | _words(*SPOKEN, *lenders_of(EXERCISES[e.exercise]))
    e.suspicions = sorted({_only(known, text) for text in e.suspicions})
    e.notes = [_note(note, words) for note in e.notes]
    if e.what.startswith("the trials sent"):
        e.what = e.what.partition(": ")[0]
    if e.failing:
        line = re.fullmatch(r"\d{1,4}: (.*)", e.failing["line"])
        said, is_there = _said(e.failing["got"], words), line and line[1].strip() in lines
        e.what = in_words(e.failing | {"line": line[0] if line and is_there else ""}, said)
        if said != e.failing["got"].strip() and said in e.what:
            e.hint = WITHHELD


def _words(*texts: str) -> set[str]:
    return set(re.findall(r"\w+", " ".join(texts)))


def _only(known: set[str], text: str) -> str:
    """The text with … for what is neither known nor a small number."""
    return re.sub(
        r"\w+", lambda w: w[0] if w[0] in known or (w[0].isdigit() and len(w[0]) < 6) else "…", text
    )


def _held(answer: str, lines: set[str]) -> Iterator[str]:
    for line in answer.splitlines():
        yield line if line.strip() in lines else "# (a line that is not in the notebook like this)"


def _note(note: str, words: set[str]) -> str:
    failed = re.match(r"cell \d+ failed: ", note)
    return failed[0] + _said(note[failed.end() :], words) if failed else note


def _said(words: str, own: set[str]) -> str:
    """The kind of an exception, and its message where that is Python's or NumPy's."""
    kind, _, message = words.strip().partition(": ")
    kind = kind if kind in own | _KNOWN else "an exception of its own"
    match = _OWN.fullmatch(message.strip())
    named = set(".".join(filter(None, match.groups())).split(".")) if match else set()
    return f"{kind}: {message.strip()}" if match and named <= own | _TYPES else kind
