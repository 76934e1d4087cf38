"""What an answer does with a case: the value that comes out or the exception it raises."""

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.own_code import files_of
from course.checks.texts import text_of
from course.checks.uses import Counted


@dataclass(frozen=True)
class Outcome:
    """Either the value that a trial gave, or the exception that it raised."""

    value: Any = None
    error: BaseException | None = None
    changed: tuple[str, ...] = ()
    """The names of the arguments that the answer has changed."""
    forward_calls: int = 0
    """How often the answer has called forward of the layers that it was to try."""
    line: str = ""
    """The last line of the answer's own cell that an exception passed through."""

    def is_left_blank(self) -> bool:
        """Whether the answer itself raised NotImplementedError, not a function that it calls."""
        if not isinstance(self.error, NotImplementedError):
            return False
        frames = [frame for frame, _ in traceback.walk_tb(self.error.__traceback__)]
        modules = [str(frame.f_globals.get("__name__")) for frame in frames]
        return sum(not module.startswith("course.checks.") for module in modules) <= 1


def run(answer: Callable[..., Any], case: Case) -> Outcome:
    """Try an answer with a copy of the case's arguments."""
    arguments = case.fresh_arguments()
    try:
        value, forward_calls = case.use(answer, **arguments), 0
        if isinstance(value, Counted):
            value, forward_calls = value
        if type(value) is np.ndarray:  # an answer may use its array again for the next case
            value = value.copy()
    except KeyboardInterrupt:  # whoever interrupts an endless loop wants the check to end too
        raise
    except BaseException as error:  # whatever else an answer raises, SystemExit too, is a result
        return Outcome(error=error, line=line_of(error, answer))
    changed = tuple(
        name for name, before in case.arguments.items() if not _identical(before, arguments[name])
    )
    return Outcome(value, None, changed, forward_calls)


def _identical(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        same_kind = before.shape == after.shape and before.dtype == after.dtype
        return bool(same_kind and before.tobytes() == after.tobytes())
    return before is after or bool(before == after)


def spoil_freed_memory(like: Any) -> None:
    """Put NaN where np.empty would find the right numbers that an earlier check has left there."""
    shape = np.shape(like)
    for dtype in (np.float32, np.float64):
        held = [np.empty(shape, dtype) for _ in range(32)]
        for array in held:
            array.fill(np.nan)


def agree(one: Outcome, other: Outcome, tolerance: float) -> bool:
    """Whether two outcomes are the same: equal numbers, or one exception in one line or size."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error) and _same_place(one, other)
    if one.value is None or other.value is None:
        return one.value is other.value
    try:
        a, b = np.asarray(one.value), np.asarray(other.value)
    except Exception:  # an answer may be anything, and a strange one agrees with nothing
        return False
    if a.dtype.kind not in "fiub" or b.dtype.kind not in "fiub" or a.shape != b.shape:
        return False
    return not wrong_numbers(a, b, tolerance).any()


def _same_place(one: Outcome, other: Outcome) -> bool:
    """Whether two exceptions speak of the same sizes; without sizes, whether the lines agree."""
    sizes, other_sizes = _numbers_in(one.error), _numbers_in(other.error)
    if sizes or other_sizes:
        return sizes == other_sizes
    return bool(one.line) and _squeezed(one.line) == _squeezed(other.line)


def cannot_be_compared(one: Outcome, other: Outcome) -> bool:
    """Whether both raised one kind of exception, and not both of them speak of sizes."""
    if one.error is None or type(one.error) is not type(other.error):
        return False
    return not (_numbers_in(one.error) and _numbers_in(other.error))


def _squeezed(line: str) -> str:
    return re.sub(r"^\d+:|\s", "", line)


def line_of(error: BaseException, answer: Any) -> str:
    """The last line of the answer's own cell that an exception passed through, with its number."""
    files = files_of(answer)
    own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]
    return f"{own[-1].lineno}: {own[-1].line or ''}" if own else ""


def _numbers_in(error: BaseException | None) -> set[str]:
    """The sizes that an exception speaks of, in whatever words."""
    return set(re.findall(r"(?:\b|float|int)\d+", text_of(error)))  # but not the 2 of Conv2d


def wrong_numbers(got: np.ndarray, expected: np.ndarray, tolerance: float) -> np.ndarray:
    """Where got is further from expected than tolerance times the largest number expected.

    What is not finite is right where it is the same. np.isclose says the same, but takes three
    times as long, and a check compares thousands of results.
    """
    expected = expected * 1.0  # differences of integers could be too large for integers
    scale = np.abs(expected).max(initial=0, where=np.isfinite(expected))
    with np.errstate(invalid="ignore"):
        right = np.abs(got - expected) <= tolerance * scale
    if not right.all():
        right = right | (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.asarray(~right)
