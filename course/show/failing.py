"""A failing case of an exercise, for the bench: what came out, and which entries went into it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

MOST_ENTRIES, MOST_COLUMNS = 150, 27
"""Of an array that is to be read."""
MOST_WEIGHTS = 4000
LINEAR_IN = ("x", "dy", "w")
DIGITS = 9
"""Of a weight; the rest is rounding."""


class FailingCase(dict[str, Any]):
    """The arguments of a case by name, which knows what is right. `check.case` is one.

    Attributes:
        case: A `course.checks.case.Case`; None where no check has failed.
        exercise: The `course.checks.exercise.Exercise` that it belongs to.
    """

    def __init__(self, case: Any = None, exercise: Any = None) -> None:
        super().__init__(case.fresh_arguments() if case else {})
        self.case, self.exercise = case, exercise

    def tried(self, answer: Callable[..., Any], **others: np.ndarray) -> Any:
        """What comes out of an answer with these arguments, or with others in place of some."""
        if self.case is None:
            return None
        return self.case.try_out(self.exercise.as_tried(answer), **others)

    def right(self, **others: np.ndarray) -> Any:
        """What is right with these arguments, or with others in place of some."""
        return self.case.try_out(self.exercise.reference, **others)


def why_not(result: Any) -> str:
    """Why what came out cannot be drawn; empty where it can."""
    if type(result) is not np.ndarray or result.dtype.kind not in "fiub" or not result.ndim:
        return f"it is no array of numbers: {type(result).__name__}"
    if result.ndim > 4 or result.size > MOST_ENTRIES or result.shape[-1] > MOST_COLUMNS:
        return f"its shape is {result.shape}, which is too large"
    if not result.size:
        return f"its shape is {result.shape}, which is empty"
    return "" if np.isfinite(result).all() else "it has entries that are not finite"


def compared(case: FailingCase, answer: Callable[..., Any]) -> dict[str, Any]:
    """The arguments of a bench that shows what an answer gave beside what is right.

    Where both are linear in one of the inputs, `should` and `used` say with which weight each of
    its entries goes into each entry of the result. Raises ValueError where that cannot be drawn.
    """
    if case.case is None:
        raise ValueError("x must be a case, but no check has failed yet in this notebook")
    answered = partial(case.tried, answer)
    try:
        got = answered()
    except Exception as error:
        raise ValueError(f"the case cannot be drawn: the answer raised {error!r}") from error
    expected = case.right()
    for words, result in (("what is right", expected), ("what the answer gave", got)):
        if reason := why_not(result):
            raise ValueError(f"the case cannot be drawn: of {words}, {reason}")
    for name in LINEAR_IN:
        given = case.get(name)
        if type(given) is not np.ndarray or why_not(given):
            continue
        should, used = (_weights(one, name, given) for one in (case.right, answered))
        if should is not None and should.any() and used is not None and used.shape == should.shape:
            weights = {"should": should, "used": used, "of": name, name: given}
            return {"expected": expected, "got": got} | weights
    return {"expected": expected, "got": got}


def _weights(answer: Callable[..., Any], name: str, given: np.ndarray) -> np.ndarray | None:
    """What each entry of an input counts for, (*result.shape, *given.shape).

    It is measured with arrays that hold a single 1. None where the answer is not linear in that
    input, apart from what it adds to all, and where there is too much to measure.
    """

    def tried(array: np.ndarray) -> np.ndarray:
        return np.asarray(answer(**{name: array}), dtype=float)

    try:
        nothing, whole = tried(np.zeros_like(given)), tried(given)
        if nothing.size * given.size > MOST_WEIGHTS:
            return None
        singles = np.eye(given.size, dtype=given.dtype).reshape(-1, *given.shape)
        columns = [tried(single) - nothing for single in singles]
        weights = np.stack(columns, axis=-1)
    except Exception:  # an answer may raise anything, or give other shapes
        return None
    tolerance = 1e-4 if given.dtype == np.float32 else 1e-9
    close = {"rtol": tolerance, "atol": tolerance * (1 + np.abs(whole).max())}
    if not np.allclose(nothing + weights @ given.ravel(), whole, **close):
        return None
    return np.round(weights, DIGITS).reshape(*whole.shape, *given.shape)
