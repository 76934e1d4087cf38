"""What a function does with a case: the value it returns or the exception it raises."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.checks.case import Case


@dataclass(frozen=True)
class Outcome:
    value: Any = None
    error: Exception | None = None
    changed: tuple[str, ...] = ()
    """The names of the arguments that the call has changed."""


def run(function: Callable[..., Any], case: Case) -> Outcome:
    arguments = case.fresh_arguments()
    try:
        value = function(*arguments.values())
    except Exception as error:  # whatever a student's code raises is a result, not an accident
        return Outcome(error=error)
    changed = tuple(
        name for name, before in case.arguments.items() if not _identical(before, arguments[name])
    )
    return Outcome(value=value, changed=changed)


def _identical(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        same_kind = before.shape == after.shape and before.dtype == after.dtype
        return same_kind and before.tobytes() == after.tobytes()
    return before is after or bool(before == after)


def agree(one: Outcome, other: Outcome, tolerance: float) -> bool:
    """Whether two outcomes are the same: equal numbers, or the same kind of exception."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error)
    if one.changed != other.changed:
        return False
    try:
        a, b = np.asarray(one.value, dtype=float), np.asarray(other.value, dtype=float)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and bool(np.all(wrong_numbers(a, b, tolerance) == 0))


def wrong_numbers(got: np.ndarray, expected: np.ndarray, tolerance: float) -> np.ndarray:
    """Where got is further from expected than tolerance times the largest number expected."""
    scale = np.max(np.abs(expected), initial=0, where=np.isfinite(expected))
    return ~np.isclose(got, expected, rtol=0, atol=tolerance * scale, equal_nan=True)
