"""The functions that an answer is made of, as far as the student has written them."""

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from course.checks.mistakes import MODULE


def functions_of(answer: Any) -> list[FunctionType]:
    """The answer itself; of a class its methods, and those of base classes of the student's."""
    if not isinstance(answer, type):
        return [answer] if isinstance(answer, FunctionType) else []
    classes = [c for c in answer.__mro__ if c.__module__ not in sys.stdlib_module_names]
    written = [c for c in classes if not is_of_the_course(c)]
    by_students = [c for c in written if c.__module__ != MODULE]  # not the layer that is mended
    own = by_students or written or classes
    return [method for c in own for value in vars(c).values() for method in _methods(value)]


def _methods(value: Any) -> Iterator[FunctionType]:
    is_property = isinstance(value, property)
    parts = (value.fget, value.fset) if is_property else (getattr(value, "__func__", value),)
    yield from (part for part in parts if isinstance(part, FunctionType))


def is_of_the_course(thing: Any) -> bool:
    """Whether a function or class was written by the course and not by a student."""
    return str(getattr(thing, "__module__", "")).split(".")[0] == "course"


def files_of(answer: Any) -> set[str]:
    """The cells that the answer was written in."""
    return {function.__code__.co_filename for function in functions_of(answer)}


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are nested in it: inner functions, comprehensions."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)
