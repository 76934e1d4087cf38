"""Is the work handed to a function that answers the exercise? Observed while the answer runs."""

import contextlib
import io
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.lending import IN_LIBRARIES, LIBRARIES, LOANS, Loan
from course.checks.exercise import Marks
from course.checks.outcome import Outcome, agree, run
from course.checks.own_code import functions_of

_ON_THE_WAY = {"numpy", "functools", "contextlib"}
"""Modules whose functions only pass a call on."""


def find(marks: Marks) -> Finding | None:
    """Which function the answer hands its work to; for right answers and for wrong ones.

    Functions of another name than the lesson gave them are demonstrations, and may borrow.
    """
    loan, called = LOANS.get(marks.exercise.name), marks.exercise.answer_name
    name = getattr(marks.answer, "__name__", "")
    if marks.answer is None or loan is None or _is_of_the_course(marks):
        return None
    if name != called:
        return _a_twin(called, name, loan) if marks.first_wrong() is None else None
    for k in _one_of_each(marks):
        lender = _lender(marks, loan, k)
        if lender:
            return Finding("borrowed", f"{lender}. {loan.instead}")
    return None


def _is_of_the_course(marks: Marks) -> bool:
    return any(str(f.__module__).startswith("course.") for f in functions_of(marks.answer))


def _a_twin(called: str, name: str, loan: Loan) -> Finding | None:
    """Another answer handed in under its own name."""
    if name not in loan.lenders:
        return None
    return Finding("borrowed", f"{name} is not {called}. {loan.instead}")


def _one_of_each(marks: Marks) -> list[int]:
    """A case of each group and use, beginning with the first wrong one."""
    first: dict[tuple[str, Any], int] = {}
    for k, case in enumerate(marks.cases):
        first.setdefault((case.group, case.use), k)
    wrong = marks.first_wrong()
    return [*([] if wrong is None else [wrong]), *first.values()]


def _lender(marks: Marks, loan: Loan, k: int) -> str:
    """Who does the work in a case: a call is seen, and what it returns makes the result."""
    watch = _Watch(marks, loan)
    outcome = watch.run(marks.cases[k])
    usual, tolerance = marks.outcomes[k], marks.exercise.tolerance_for(marks.cases[k])
    if not watch.seen:
        return ""
    if usual.error is not None:
        return watch.seen[0] if watch.is_cause_of(usual.error) else ""
    if outcome.error is not None or (watch.has_spoilt and agree(usual, outcome, tolerance)):
        return ""
    return watch.seen[0]


class _Watch:
    """Notes calls of the lenders by the student's code, and spoils the arrays they return.

    A result that depends on them is another one then. One that was only compared is not.
    """

    def __init__(self, marks: Marks, loan: Loan) -> None:
        self.marks, self.loan = marks, loan
        self.own = {f.__code__ for f in functions_of(marks.answer)}
        self.names = {name.rpartition(".")[2] for name in loan.lenders} | IN_LIBRARIES
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
                self.has_spoilt |= _spoil(value)
        elif event == "c_call" and getattr(value, "__name__", "") in IN_LIBRARIES:
            library = _library(value)
            if library and self._is_students(frame):
                self.seen.append(self._hands_to(f"{library}'s {value.__name__}"))

    def _said(self, frame: FrameType) -> str:
        """What is to be said of a call of this function; empty where it is no loan."""
        code, module = frame.f_code, _module(frame)
        root = module.split(".")[0]
        if code in self.own:
            return ""
        if root in LIBRARIES and code.co_name in IN_LIBRARIES:
            said = self._hands_to(f"{root}'s {code.co_name}")
            return said if self._is_students(frame.f_back) else ""
        name = code.co_qualname
        if name not in self.loan.lenders or (root != "course" and self._is_called(name)):
            return ""
        caller = _caller(frame)
        if root == "course" and _module(caller) == "course.checks.uses":
            return (
                f"Your {self.marks.exercise.answer_name} inherits {code.co_name} from the course's"
            )
        said = self._hands_to(f"the course's {name}" if root == "course" else name)
        return said if self._is_students(caller) else ""

    def _is_called(self, name: str) -> bool:
        """Whether a function of the notebook has the answer's own name: an earlier one of it."""
        return name.split(".")[0] == self.marks.exercise.answer_name

    def _hands_to(self, lender: str) -> str:
        return f"{self.marks.exercise.answer_name} hands its work to {lender}"

    def _is_students(self, frame: FrameType | None) -> bool:
        return _module(frame).split(".")[0] not in {"course", "", *LIBRARIES}

    def is_cause_of(self, error: BaseException) -> bool:
        """Whether an exception came out of a function that does the work."""
        step = error.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_name in self.names and self._said(step.tb_frame):
                return True
            step = step.tb_next
        return False


def _caller(frame: FrameType) -> FrameType | None:
    """The frame that has called, without what only passes a call on."""
    caller = frame.f_back
    while caller is not None and _module(caller).split(".")[0] in _ON_THE_WAY:
        caller = caller.f_back
    return caller


def _module(frame: FrameType | None) -> str:
    return str(frame.f_globals.get("__name__", "")) if frame is not None else ""


def _library(function: Any) -> str:
    """The library that a built-in function belongs to, if it is one that answers exercises."""
    owner = getattr(function, "__self__", None)
    places = (getattr(thing, "__module__", None) for thing in (function, owner, type(owner)))
    return next((root for p in places if (root := str(p).split(".")[0]) in LIBRARIES), "")


def _spoil(value: Any) -> bool:
    """Change every number of the arrays that a function returns; whether there were any."""
    spoilt = [_add_one(array) for array in _arrays(value)]
    return any(spoilt)


def _add_one(array: np.ndarray) -> bool:
    if array.dtype.kind not in "fiu" or not array.flags.writeable or not array.size:
        return False
    array += array.dtype.type(1)
    return True


def _arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _arrays(part)
