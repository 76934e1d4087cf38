"""Is an outcome right and, if not, in which way is it wrong?"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from types import GeneratorType
from typing import Any

import numpy as np

from course.checks.outcome import Outcome, wrong_numbers
from course.checks.texts import text_of

TOLERANCE = {np.dtype("float64"): 1e-9, np.dtype("float32"): 1e-4}
"""Largest error, relative to the largest number expected, by the dtype of the inputs."""

FLOAT32_ROUNDING = 1e-6
"""Largest error, taken in the same way, that comes of a few steps in float32."""


class Kind(Enum):
    """In which way an answer is right or wrong, in the words of the message."""

    RIGHT = "right"
    NOT_ATTEMPTED = "not attempted yet"
    RAISED = "raised an exception"
    RETURNED_NOTHING = "returned None"
    WRONG_TYPE = "wrong type"
    WRONG_SHAPE = "wrong shape"
    WRONG_DTYPE = "wrong dtype"
    NOT_FINITE = "not finite"
    WRONG_NUMBERS = "wrong numbers"
    WRONG_VERDICT = "wrong verdict"
    INPUT_CHANGED = "changed its input"


@dataclass(frozen=True)
class Verdict:
    """What is to be said about one case."""

    kind: Kind
    got: str = ""
    expected: str = ""
    index: str = ""
    hint: str = ""
    """What this kind of answer usually means, for when no known mistake fits."""


RIGHT = Verdict(Kind.RIGHT)


@dataclass(frozen=True)
class Returns:
    """What an exercise returns: how to tell a well-formed answer from another thing."""

    describe: str
    refuse: Callable[[Any, Any], Verdict | None]
    """Judges (value, expected) by type, shape and dtype; None when all three are right."""
    parts: tuple[str, ...] = ()
    """What stands along the first axis, where several results are judged as one array."""


def judge(outcome: Outcome, expected: Any, returns: Returns, tolerance: float) -> Verdict:
    """Compare an outcome with the value expected; the first thing wrong is the verdict."""
    if outcome.is_left_blank():
        hint = "A part is still to be written: a line that raises NotImplementedError is left."
        return Verdict(Kind.NOT_ATTEMPTED, "NotImplementedError", returns.describe, hint=hint)
    if outcome.error is not None:
        words = re.sub(r", with gufunc signature \S+", "", text_of(outcome.error))
        got = type(outcome.error).__name__ + (f": {words}" if words else "")
        return Verdict(Kind.RAISED, got, returns.describe)
    if outcome.value is None:
        hint = "Is there a `return` at its end, outside of loops? Printing a value is not enough."
        return Verdict(Kind.RETURNED_NOTHING, "None", returns.describe, hint=hint)
    refused = returns.refuse(outcome.value, expected) or _wrong_numbers(
        np.asarray(outcome.value), np.asarray(expected), tolerance, returns.parts
    )
    if not outcome.changed:
        return refused or RIGHT
    name, got = outcome.changed[0], f"another {' and '.join(outcome.changed)} than before"
    copy = f"Work on a copy: {name} = {name}.copy()"
    if refused is None:
        return Verdict(Kind.INPUT_CHANGED, got, "the same", hint=copy)
    return replace(
        refused, hint=f"{refused.hint} {name} is changed on the way, too. {copy}".strip()
    )


def _wrong_numbers(
    got: np.ndarray, expected: np.ndarray, tolerance: float, parts: tuple[str, ...]
) -> Verdict | None:
    """The first number that is not finite or, where all are, the first that is far off."""
    wrong, kind, hint = ~np.isfinite(got), Kind.NOT_FINITE, _HINT_NOT_FINITE
    if not wrong.any():
        wrong, kind = wrong_numbers(got, expected, tolerance), Kind.WRONG_NUMBERS
        if not wrong.any():
            return None
        hint = _hint_for_numbers(got, expected)
    if got.ndim == 0:
        return Verdict(kind, *_tell_apart(got, expected), hint=hint)
    index, of_part = tuple(int(axis[0]) for axis in np.nonzero(wrong)), ""
    texts = _tell_apart(got[index], expected[index])
    if parts:
        wrong, of_part, index = wrong[index[0]], f" of the {parts[index[0]]}", index[1:]
    where = f"[{', '.join(map(str, index))}]{of_part}"
    return Verdict(kind, *texts, f"{where}; {wrong.sum()} of {wrong.size} numbers are wrong", hint)


def _hint_for_numbers(got: np.ndarray, expected: np.ndarray) -> str:
    if got.dtype.kind in "iu" and np.array_equal(got, np.trunc(expected)):
        return "The fractions are cut off: somewhere on the way the numbers become integers."
    if not np.any(wrong_numbers(got, expected, FLOAT32_ROUNDING)):
        return "Nearly right: are the numbers rounded on the way, perhaps to float32?"
    return ""


_HINT_NOT_FINITE = (
    "np.empty holds whatever was in memory, and so does as_strided beyond its array: is every "
    "entry written to? Dividing by 0 gives inf and nan, too."
)
_HINT_DIVIDED = "Dividing by 0 gives inf and nan, and so does calculating with inf."


def not_finite(names: set[str]) -> str:
    """What inf and nan come of, in a function that uses what has these names."""
    return _HINT_NOT_FINITE if names & {"empty", "empty_like", "as_strided"} else _HINT_DIVIDED


def _tell_apart(got: Any, expected: Any) -> tuple[str, str]:
    """Both numbers, with no more digits than it takes to see that they differ."""
    got, expected = got + 0.0, expected + 0.0  # adding 0.0 turns -0.0 into 0.0
    for digits in (6, 12, 17):
        texts = f"{got:.{digits}g}", f"{expected:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def _type_of(value: Any) -> str:
    name = type(value).__name__.replace("ndarray", "array")
    article = "an" if name.lower().startswith(tuple("aeiou")) else "a"
    if isinstance(value, np.ndarray):
        return f"{article} {name} of shape {value.shape} and dtype {value.dtype}"
    words = text_of(value)
    return f"{article} {name}: {words[:40]}{' ...' if len(words) > 40 else ''}"


def an_array(keeps_dtype: bool, kinds: str = "fiu") -> Returns:
    """An array of one of the kinds of numbers; with keeps_dtype, of the reference's dtype."""

    def refuse(value: Any, expected: np.ndarray) -> Verdict | None:
        if type(value) is not np.ndarray:  # a matrix or a masked array computes by other rules
            described, hint = f"an array of shape {expected.shape}", _hint_for_type(value)
            return Verdict(Kind.WRONG_TYPE, _type_of(value), described, hint=hint)
        if value.shape != expected.shape:
            hint = _hint_for_shape(value, expected)
            return Verdict(Kind.WRONG_SHAPE, str(value.shape), str(expected.shape), hint=hint)
        if value.dtype.kind not in kinds or (keeps_dtype and value.dtype != expected.dtype):
            hint = _HINTS_FOR_DTYPE.get(value.dtype.kind, _HINT_DTYPE)
            return Verdict(Kind.WRONG_DTYPE, str(value.dtype), str(expected.dtype), hint=hint)
        return None

    return Returns("an array", refuse)


_A_TUPLE = "this is a tuple. A comma after `return` makes one, and so do some functions of NumPy."


def _hint_for_type(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "Return a plain array: np.asarray(...) makes one."
    if isinstance(value, tuple):
        return f"Return the array alone: {_A_TUPLE}"
    if isinstance(value, GeneratorType):
        return "A function with `yield` in it gives no array: fill one, and return it."
    if callable(value):
        return "Return what it gives, and not the function itself: brackets call it, as in y.sum()."
    if isinstance(value, list):
        return "Return a NumPy array: np.array(...) makes one of a list."
    return "Return the whole array, the one that your code has filled."


def _hint_for_shape(value: np.ndarray, expected: np.ndarray) -> str:
    if value.shape == expected.shape[::-1]:
        return "The axes stand in the opposite order: are rows and columns exchanged?"
    if value.size == expected.size and value.ndim > expected.ndim:
        return (
            f"As many numbers as expected, but {value.ndim} axes, not {expected.ndim}: merge the "
            "axes with reshape, once they stand in the right order."
        )
    if value.size == expected.size and value.ndim < expected.ndim:
        axes = f"{expected.ndim} {'axis' if expected.ndim == 1 else 'axes'}"
        return f"As many numbers as expected, but not {axes}: split them with reshape."
    return ""


_HINT_DTYPE = (
    "The result has the dtype of the input. NumPy makes float64 unless it is told otherwise: "
    "np.zeros(..., dtype=...)"
)
_HINTS_FOR_DTYPE = {
    "O": "An array of objects is no array of numbers: is one of its entries None, or an array?",
    "c": "The numbers are complex: return their real part.",
    "b": "The entries are True and False. Does a comparison stand where a product is meant?",
    "U": "The entries are text: str(...) was used where a number is meant.",
    "i": "Integers cannot hold fractions. The result has the dtype of the input.",
}


def a_number(described: str, kinds: str, hint: str) -> Returns:
    """One real number of Python or NumPy whose dtype is of one of the kinds."""

    def refuse(value: Any, expected: Any) -> Verdict | None:
        if isinstance(value, int | float | np.number | np.ndarray) and np.ndim(value) == 0:
            kind = np.asarray(value).dtype.kind
            if kind in kinds:
                return None
            if kind == "O" and isinstance(value, int):
                huge = "an integer of more than 18 digits"
                return Verdict(Kind.WRONG_NUMBERS, huge, text_of(expected))
        said = f"Return one number alone: {_A_TUPLE}" if isinstance(value, tuple) else hint
        said = _hint_for_type(value) if callable(value) else said
        return Verdict(Kind.WRONG_TYPE, _type_of(value), described, hint=said)

    return Returns(described, refuse)


def _refuse_verdict(value: Any, expected: Any) -> Verdict | None:
    if not isinstance(value, bool | np.bool_):
        hint = "Return True for a right layer and False for a broken one."
        return Verdict(Kind.WRONG_TYPE, _type_of(value), "True or False", hint=hint)
    if value != expected:
        return Verdict(Kind.WRONG_VERDICT, str(value), str(expected))
    return None


AN_ARRAY, OF_ITS_DTYPE = an_array(keeps_dtype=False), an_array(keeps_dtype=True)
OF_INDICES = an_array(keeps_dtype=False, kinds="iu")
A_VERDICT = Returns("True or False", _refuse_verdict)
A_NUMBER = a_number("one number", "fiu", "Return one number, the sum of all.")
AN_INTEGER = a_number(
    "an int", "iu", "Return one integer. // divides and drops the remainder; / gives a float."
)
