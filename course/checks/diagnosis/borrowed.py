"""Is the work handed to a function that answers the exercise? Observed while the answer runs."""

import contextlib
import io
import sys
import traceback
from types import FrameType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.lending import IN_LIBRARIES, LIBRARIES, instead, lenders_of
from course.checks.exercise import Marks
from course.checks.outcome import Outcome, agree, run
from course.checks.own_code import codes_in, functions_of, is_of_the_course

_ON_THE_WAY = {"numpy", "functools", "contextlib"}
"""Modules whose functions only pass a call on."""


def find(marks: Marks) -> Finding | None:
    """Which function the answer hands its work to; for right answers and for wrong ones.

    Functions of another name than the lesson gave them are demonstrations, and may borrow; but
    the right answer to another exercise is no answer to this one.
    """
    answer, called = marks.answer, marks.exercise.answer_name
    if answer is None or any(map(is_of_the_course, functions_of(answer))):
        return None
    name, said = getattr(answer, "__name__", ""), ""
    if name == called:
        said = next(filter(None, (_lender(marks, k) for k in _one_of_each(marks))), "")
    elif marks.first_wrong() is None and name in lenders_of(marks.exercise):
        said = f"{name} is not {called}"
    return Finding("borrowed", f"{said}. {instead(marks.exercise)}") if said else None


def _one_of_each(marks: Marks) -> list[int]:
    """A case of each group and use, beginning with the first wrong one."""
    kinds = {(case.group, case.use): k for k, case in reversed([*enumerate(marks.cases)])}
    wrong = marks.first_wrong()
    return [*([] if wrong is None else [wrong]), *kinds.values()]


def _lender(marks: Marks, k: int) -> str:
    """Who does the work in a case: a call is seen, and what it returns makes the result."""
    watch = _Watch(marks)
    outcome = watch.run(marks.cases[k])
    usual, tolerance = marks.outcomes[k], marks.exercise.tolerance_for(marks.cases[k])
    if usual.error is not None:
        is_lent = watch.is_cause_of(usual.error)
    else:
        is_only_compared = watch.has_spoilt and agree(usual, outcome, tolerance)
        is_lent = outcome.error is None and not is_only_compared
    return watch.seen[0] if watch.seen and is_lent else ""


class _Watch:
    """Notes calls of the lenders by the student's code, and spoils the arrays they return.

    A result that depends on them is another one then. One that was only compared is not.
    """

    def __init__(self, marks: Marks) -> None:
        self.marks, self.called = marks, marks.exercise.answer_name
        self.lenders = lenders_of(marks.exercise)
        self.own = {c for f in functions_of(marks.answer) for c in codes_in(f.__code__)}
        self.names = {name.rpartition(".")[2] for name in self.lenders} | IN_LIBRARIES
        self.seen: list[str] = []
        self.has_spoilt = False

    def run(self, case: Case) -> Outcome:
        """What comes out of a case while the watch looks on; nothing is printed."""
        assert self.marks.answer is not None, "only an answer can be watched"
        before = sys.getprofile()
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            sys.setprofile(self)
            try:
                return run(self.marks.answer, case)
            finally:
                sys.setprofile(before)

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        """What Python tells of every call and return."""
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
