"""Is an outcome right and, if not, in which way is it wrong?"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from course.checks.outcome import Outcome, wrong_numbers

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
"""Largest error, relative to the largest number expected, by the dtype of the inputs."""


class Kind(Enum):
    RIGHT = "right"
    NOT_ATTEMPTED = "not attempted yet"
    RAISED = "raised an exception"
    RETURNED_NOTHING = "returned None"
    WRONG_TYPE = "wrong type"
    WRONG_SHAPE = "wrong shape"
    WRONG_DTYPE = "wrong dtype"
    NOT_FINITE = "not finite"
    WRONG_NUMBERS = "wrong numbers"
    INPUT_CHANGED = "changed its input"


@dataclass(frozen=True)
class Verdict:
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


def judge(outcome: Outcome, expected: Any, returns: Returns, tolerance: float) -> Verdict:
    """Compare an outcome with the value expected; the first thing wrong is the verdict."""
    if isinstance(outcome.error, NotImplementedError):
        return Verdict(Kind.NOT_ATTEMPTED)
    if outcome.error is not None:
        got = f"{type(outcome.error).__name__}: {outcome.error}"
        return Verdict(Kind.RAISED, got, returns.describe)
    if outcome.value is None:
        hint = "Is there a `return` at the end of the function, outside the loops?"
        return Verdict(Kind.RETURNED_NOTHING, "None", returns.describe, hint=hint)
    refused = returns.refuse(outcome.value, expected) or _wrong_numbers(
        np.asarray(outcome.value), np.asarray(expected), tolerance
    )
    if refused is not None:
        return refused
    if outcome.changed:
        names = " and ".join(outcome.changed)
        hint = f"Work on a copy: {outcome.changed[0]} = {outcome.changed[0]}.copy()"
        return Verdict(Kind.INPUT_CHANGED, f"another {names} than before", "the same", hint=hint)
    return RIGHT


def _wrong_numbers(got: np.ndarray, expected: np.ndarray, tolerance: float) -> Verdict | None:
    if not np.all(np.isfinite(got)):
        return _at_first(~np.isfinite(got), Kind.NOT_FINITE, got, expected, _HINT_NOT_FINITE)
    wrong = wrong_numbers(got, expected, tolerance)
    if np.any(wrong):
        hint = _HINT_ZEROS if not np.any(got) else ""
        return _at_first(wrong, Kind.WRONG_NUMBERS, got, expected, hint)
    return None


_HINT_ZEROS = "Every number is 0: does your result ever get written to?"
_HINT_NOT_FINITE = "np.empty holds whatever was in memory: is every entry written to?"


def _at_first(
    wrong: np.ndarray, kind: Kind, got: np.ndarray, expected: np.ndarray, hint: str
) -> Verdict:
    index = tuple(int(axis[0]) for axis in np.nonzero(np.atleast_1d(wrong)))
    if got.ndim == 0:
        return Verdict(kind, f"{got:.6g}", f"{expected:.6g}", hint=hint)
    where = f"[{', '.join(map(str, index))}]; {wrong.sum()} of {wrong.size} numbers are wrong"
    return Verdict(kind, f"{got[index]:.6g}", f"{expected[index]:.6g}", where, hint)


def _type_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}: {str(value)[:40]}"


def an_array(keeps_dtype: bool) -> Returns:
    """An array; with keeps_dtype, of the dtype of the reference's."""

    def refuse(value: Any, expected: np.ndarray) -> Verdict | None:
        described = f"an array of shape {expected.shape}"
        if not isinstance(value, np.ndarray):
            hint = "Return the array itself." if np.isscalar(value) else "Return a NumPy array."
            return Verdict(Kind.WRONG_TYPE, _type_of(value), described, hint=hint)
        if value.shape != expected.shape:
            hint = _HINT_TRANSPOSED if value.shape == expected.shape[::-1] else ""
            return Verdict(Kind.WRONG_SHAPE, str(value.shape), str(expected.shape), hint=hint)
        if value.dtype.kind not in "fiu" or (keeps_dtype and value.dtype != expected.dtype):
            hint = "NumPy makes float64 where it is not told otherwise: np.zeros(..., dtype=x.dtype)"
            return Verdict(Kind.WRONG_DTYPE, str(value.dtype), str(expected.dtype), hint=hint)
        return None

    return Returns("an array", refuse)


_HINT_TRANSPOSED = "The axes stand in the opposite order: are rows and columns exchanged?"


def _refuse_non_number(value: Any, expected: Any) -> Verdict | None:
    if np.ndim(value) != 0 or not isinstance(value, int | float | np.number | np.ndarray):
        hint = "Return one number, the sum of all."
        return Verdict(Kind.WRONG_TYPE, _type_of(value), "one number", hint=hint)
    return None


def _refuse_non_integer(value: Any, expected: Any) -> Verdict | None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        hint = "The operator // divides and drops the remainder; / gives a float."
        return Verdict(Kind.WRONG_TYPE, _type_of(value), "an int", hint=hint)
    return None


A_NUMBER = Returns("one number", _refuse_non_number)
AN_INTEGER = Returns("an int", _refuse_non_integer)
