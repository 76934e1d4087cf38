"""What a student is told of an answer: nothing that could hold a hidden input.

An answer can put what it is handed into the words of an exception, into its name, into the line
that is said to have failed. So only that is told which stands in the notebook, and messages of
Python's and NumPy's own, in which nothing varies but sizes and names of the notebook's.
"""

import builtins
import re
from collections.abc import Iterator
from pathlib import Path

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
_SHAPE = r"\((?:\d{1,5}(?:, ?|(?=\))))*\)"
_PARTS = {"N": r"'?([\w.]+)'?", "I": r"-?\d{1,5}", "S": _SHAPE, "O": r"\W{1,3}"}
_MESSAGES = Path(__file__).with_suffix(".txt").read_text("utf-8").splitlines()
_OWN = re.compile(
    "|".join(re.sub(r"\b[NISO]\b", lambda m: _PARTS[m[0]], re.escape(m)) for m in _MESSAGES)
)
"""What Python and NumPy say; in telling.txt, N is a name, I a number, S a shape, O a sign."""


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
