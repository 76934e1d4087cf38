"""Does a wrong answer read a variable of the notebook?"""

import contextlib
import dis
import io
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks
from course.checks.outcome import Outcome, run
from course.checks.own_code import codes_in, functions_of, is_of_the_course


def find(marks: Marks) -> Finding | None:
    """The variables of the notebook that the answer reads or writes in the first wrong case."""
    uses = [(name, _use(marks, space, name)) for space, name in _suspects(marks.answer)]
    read = [f"`{name}`" for name, use in uses if use][:3]
    if not read:
        return None
    text = f"Your answer reads {' and '.join(read)} from the notebook, outside of it. {_own(marks)}"
    for name in [name for name, use in uses if use == "written"]:
        text = (
            f"Your answer writes into the notebook's own `{name}`. Make a new array in it, "
            f"{name} = np.zeros(...), so that every call begins with its own."
        )
    return Finding("borrowed", text)


def _own(marks: Marks) -> str:
    """Where an answer has its values from."""
    if marks.exercise.is_a_class:
        return "A layer has its own in self, and the rest from its arguments."
    code = functions_of(marks.answer)[0].__code__
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return f"It should work with its arguments only ({', '.join(arguments)})."


def _suspects(answer: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """The arrays, numbers and layers that the answer or its helpers name and do not make.

    Names in capitals of more than one letter are constants, and a fraction is a setting.
    """
    for function in _with_helpers(functions_of(answer)):
        space = function.__globals__
        for name in _globals_read(function):
            is_constant = name.isupper() and len(name) > 1
            if not is_constant and _is_data(space.get(name)):
                yield space, name


def _with_helpers(functions: list[FunctionType]) -> list[FunctionType]:
    """The functions, and those of the notebook that they name, and so on."""
    found = [f for f in functions if not is_of_the_course(f)]
    for function in found:  # which grows meanwhile
        space = function.__globals__
        for helper in map(space.get, _globals_read(function)):
            if isinstance(helper, FunctionType) and helper.__globals__ is space:
                found += [] if helper in found else [helper]
    return found


def _globals_read(function: FunctionType) -> list[str]:
    codes = codes_in(function.__code__)
    instructions = (i for code in codes for i in dis.get_instructions(code))
    return list(dict.fromkeys(i.argval for i in instructions if i.opname == "LOAD_GLOBAL"))


def _is_data(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return bool(value) and all(_is_data(part) for part in value)
    if any(callable(getattr(type(value), name, None)) for name in ("forward", "step")):
        return True  # a layer, a model, a loss or an optimiser
    return isinstance(value, np.ndarray | int | np.integer) and not isinstance(value, bool)


def _use(marks: Marks, space: dict[str, Any], name: str) -> str:
    """Whether the first wrong case has "read" the variable, or "written" to it; empty for neither.

    It is taken away: who reads it misses it. Then a copy lies in its place.
    """
    value = space.pop(name)
    copy = value.copy() if isinstance(value, np.ndarray) else value
    try:
        error = _run(marks).error
        if not isinstance(error, NameError) or error.name != name:
            return ""
        space[name] = copy
        _run(marks)
    finally:
        space[name] = value
    return "read" if copy is value or copy.tobytes() == value.tobytes() else "written"


def _run(marks: Marks) -> Outcome:
    """The first wrong case once more; what it prints was seen before."""
    with contextlib.redirect_stdout(io.StringIO()):
        return run(marks.answer, marks.wrong[0].case)
