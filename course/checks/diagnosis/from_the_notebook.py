"""Does a wrong answer read a variable of the notebook, or work for the example's sizes alone?"""

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

_ABSENT = object()


def find(marks: Marks) -> Finding | None:
    """The variables of the notebook that the answer reads or writes in the first wrong case."""
    first = marks.first_wrong()
    if first is None or marks.answer is None:
        return None
    read = [
        (space, name) for space, name in _suspects(marks.answer) if _is_read(marks, space, name)
    ]
    if not read:
        return None
    space, name = next(((s, n) for s, n in read if _is_written_to(marks, s, n)), ({}, ""))
    return Finding(
        "borrowed", _writes(name, space) if name else _reads(marks, [n for _, n in read])
    )


def _reads(marks: Marks, names: list[str]) -> str:
    listed = " and ".join(f"`{name}`" for name in names[:3])
    what = "a variable" if len(names) == 1 else "variables"
    begin = f"Your answer reads {listed} from the notebook, {what} outside of it."
    if marks.exercise.is_a_class:
        return f"{begin} A layer has its own in self, and the rest from its arguments."
    arguments = ", ".join(_arguments(marks.answer))
    verb = "It is not one" if len(names) == 1 else "They are not among"
    of = "of its arguments" if len(names) == 1 else "its arguments"
    return f"{begin} {verb} {of} ({arguments})."


def _writes(name: str, space: dict[str, Any]) -> str:
    shape = f" of shape {np.shape(space[name])}" if isinstance(space[name], np.ndarray) else ""
    return (
        f"Your answer writes into the notebook's own `{name}`{shape}. Make a new array in it, "
        f"{name} = np.zeros(...), so that every call begins with its own."
    )


def _arguments(answer: Any) -> list[str]:
    code = functions_of(answer)[0].__code__
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _suspects(answer: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """The arrays, numbers and layers that the answer or its helpers name and do not make.

    Names in capitals of more than one letter are constants, and a fraction is a setting.
    """
    for function in _with_helpers(functions_of(answer)):
        space = function.__globals__
        for name in _globals_read(function):
            is_constant = name.isupper() and len(name) > 1
            if not is_constant and _is_data(space.get(name, _ABSENT)):
                yield space, name


def _with_helpers(functions: list[FunctionType]) -> list[FunctionType]:
    """The functions, and those of the notebook that they name, and so on."""
    found = [f for f in functions if not is_of_the_course(f)]
    for function in found:
        named = (function.__globals__.get(name) for name in _globals_read(function))
        found += [
            helper
            for helper in named
            if isinstance(helper, FunctionType)
            and helper.__globals__ is function.__globals__
            and helper not in found
        ]
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


def _is_read(marks: Marks, space: dict[str, Any], name: str) -> bool:
    """Whether the first wrong case cannot be run without the variable: it is taken away."""
    value = space.pop(name)
    try:
        error = _run(marks).error
    finally:
        space[name] = value
    return isinstance(error, NameError) and error.name == name


def _is_written_to(marks: Marks, space: dict[str, Any], name: str) -> bool:
    """Whether the variable is an array, and another one after the first wrong case has run."""
    value = space[name]
    if not isinstance(value, np.ndarray):
        return False
    space[name] = value.copy()
    try:
        _run(marks)
        return not np.array_equal(space[name], value, equal_nan=value.dtype.kind in "fc")
    finally:
        space[name] = value


def _run(marks: Marks) -> Outcome:
    """The first wrong case once more; what it prints was seen before."""
    first = marks.first_wrong()
    assert first is not None, "the answer is wrong"
    assert marks.answer is not None, "there is an answer"
    with contextlib.redirect_stdout(io.StringIO()):
        return run(marks.answer, marks.cases[first])


def find_size(marks: Marks) -> Finding | None:
    """Whether the result has the example's shape, whatever is handed over."""
    right = {np.shape(value) for value in marks.expected}
    pairs = zip(marks.outcomes, marks.expected, strict=True)
    results = [o.value for o, _ in pairs if isinstance(o.value, np.ndarray) and o.value.ndim]
    shapes = {value.shape for value in results}
    example = np.shape(marks.expected[0])
    if shapes != {example} or len(right) < 3 or len(results) < 3:
        return None
    when = "whatever is handed over" if len(results) == len(marks.cases) else "where there is one"
    return Finding(
        "borrowed",
        f"The result has the shape {example} {when}: are the example's sizes written out in it?",
    )
