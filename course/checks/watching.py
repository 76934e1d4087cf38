"""What an answer calls while it runs, and whether its result is made of what that returns.

This file knows no right answers: it watches in a sandbox as well.
"""

import contextlib
import io
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.outcome import Outcome, agree, run
from course.checks.own_code import codes_in, functions_of

LIBRARIES = {"scipy", "torch", "tensorflow", "jax", "keras", "skimage", "cv2", "sklearn"}
IN_LIBRARIES = {
    *("correlate", "correlate2d", "convolve", "convolve2d", "fftconvolve", "oaconvolve"),
    *("conv", "conv2d", "filter2D", "conv_transpose2d", "unfold", "fold", "relu", "max_pool2d"),
    *("avg_pool2d", "linear", "softmax", "log_softmax", "cross_entropy", "approx_fprime"),
    *("maximum_filter", "uniform_filter", "view_as_windows", "convolution_matrix"),
}
"""What answers an exercise in a line, wherever it comes from."""
_ON_THE_WAY = {"numpy", "functools", "contextlib"}
"""Modules whose functions only pass a call on."""


@dataclass(frozen=True)
class Watched:
    """What was seen of one case."""

    lender: str
    """Who does the work, as a sentence without its end; empty where the answer does it itself."""
    calls: Counter[str]
    """How often each function of the course was called by the answer's own code."""


def watched(
    answer: Callable[..., Any],
    called: str,
    lenders: set[str],
    case: Case,
    usual: Outcome,
    tolerance: float,
) -> Watched:
    """Try a case once more, and see whose work it is: a call is seen, and makes the result.

    called is the answer's name, lenders are the functions that answer the exercise, and usual is
    what came out unwatched.
    """
    watch = _Watch(answer, called, lenders)
    outcome = watch.run(case)
    if usual.error is not None:
        is_lent = watch.is_cause_of(usual.error)
    else:
        is_only_compared = watch.has_spoilt and agree(usual, outcome, tolerance)
        is_lent = outcome.error is None and not is_only_compared
    return Watched(watch.seen[0] if watch.seen and is_lent else "", watch.calls)


class _Watch:
    """Notes calls of the lenders by the student's code, and spoils the arrays they return.

    A result that depends on them is another one then. One that was only compared is not.
    """

    def __init__(self, answer: Callable[..., Any], called: str, lenders: set[str]) -> None:
        self.answer, self.called, self.lenders = answer, called, lenders
        self.own = {c for f in functions_of(answer) for c in codes_in(f.__code__)}
        self.names = {name.rpartition(".")[2] for name in lenders} | IN_LIBRARIES
        self.seen: list[str] = []
        self.calls: Counter[str] = Counter()
        self.has_spoilt = False

    def run(self, case: Case) -> Outcome:
        """What comes out of a case while the watch looks on; nothing is printed."""
        before = sys.getprofile()
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            sys.setprofile(self)
            threading.setprofile(self)  # in the threads that begin now
            try:
                return run(self.answer, case)
            finally:
                sys.setprofile(before)
                threading.setprofile(None)

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        """What Python tells of every call and return."""
        if event == "call" and _root(frame) == "course" and _is_students(frame.f_back):
            self.calls[frame.f_code.co_qualname] += 1
        if event in ("call", "return") and frame.f_code.co_name in self.names:
            said = self._said(frame)
            if said and event == "call":
                self.seen.append(said)
            elif said:
                for array in value if isinstance(value, tuple | list) else (value,):
                    self.has_spoilt |= _spoil(array)
        elif event == "c_call" and getattr(value, "__name__", "") in IN_LIBRARIES:
            library = _library(value)
            if library and _is_students(frame):
                self.seen.append(f"{self.called} hands its work to {library}'s {value.__name__}")

    def _said(self, frame: FrameType) -> str:
        """What is to be said of a call of this function; empty where it is no loan."""
        code, root, caller = frame.f_code, _root(frame), _caller(frame)
        name, whose = code.co_qualname, f"{root}'s {code.co_name}"
        if root not in LIBRARIES or code.co_name not in IN_LIBRARIES:
            is_earlier_answer = root != "course" and name.split(".")[0] == self.called
            if name not in self.lenders or is_earlier_answer or code in self.own:
                return ""
            whose = f"the course's {name}" if root == "course" else name
        if root == "course" and caller and caller.f_globals["__name__"] == "course.checks.uses":
            return f"Your {self.called} inherits {code.co_name} from the course's"
        return f"{self.called} hands its work to {whose}" if _is_students(caller) else ""

    def is_cause_of(self, error: BaseException) -> bool:
        """Whether an exception came out of a lender, and not of what the answer has it call."""
        is_cause = False
        for frame, _ in traceback.walk_tb(error.__traceback__):
            is_lender = frame.f_code.co_name in self.names and bool(self._said(frame))
            is_cause = is_lender or (is_cause and frame.f_code not in self.own)
        return is_cause


def _root(frame: FrameType | None) -> str:
    """The package, or the notebook, that the code of a frame belongs to."""
    return str(frame.f_globals.get("__name__", "")).split(".")[0] if frame is not None else ""


def _is_students(frame: FrameType | None) -> bool:
    return _root(frame) not in {"course", "", *LIBRARIES}


def _caller(frame: FrameType) -> FrameType | None:
    """The frame that has called, without what only passes a call on."""
    caller = frame.f_back
    while _root(caller) in _ON_THE_WAY:
        caller = caller.f_back if caller else None
    return caller


def _library(function: Any) -> str:
    """The library that a built-in function belongs to, if it is one that answers exercises."""
    owner = getattr(function, "__self__", None)
    places = (getattr(thing, "__module__", None) for thing in (function, owner, type(owner)))
    return next((root for p in places if (root := str(p).split(".")[0]) in LIBRARIES), "")


def _spoil(array: Any) -> bool:
    """Add 1 to every number of an array; whether that could be done."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        return False
    if array.flags.writeable:
        array += array.dtype.type(1)
    return array.flags.writeable and array.size > 0
