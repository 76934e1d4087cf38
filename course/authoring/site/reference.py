"""What the reference shows, found by looking at the package, in the order of the lessons."""

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import course
from course.authoring.site.address import Address
from course.authoring.site.lessons import Lesson
from course.running.taught import TAUGHT

PACKAGE = Path(course.__file__).parent

PARTS = ("convolution", "gradcheck", "nn", "data", "show", "checks")
"""What notebooks import."""
NOT_FOR_READERS = {"course.checks.EXERCISES"}
LONGEST_VALUE = 200
"""The longest text of a constant's value that is shown."""
_TABLE = re.compile(r"^\w+ {2,}\S", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One name, the directive of autodoc that shows it, and that directive's option."""

    name: str
    directive: str
    option: str
    lesson: Lesson | None
    """Where it is taught, or else used for the first time."""


@dataclass(frozen=True)
class Section:
    """What one lesson teaches or uses of a part."""

    lesson: Lesson | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Part:
    """A module or package that notebooks import."""

    name: str
    about: str
    """Its docstring, without the table of its modules."""
    sections: tuple[Section, ...]


def parts(lessons: list[Lesson]) -> list[Part]:
    """The pages of the reference."""
    return [_part(importlib.import_module(f"course.{name}"), lessons) for name in PARTS]


def in_order_of_lessons(shown: list[Part]) -> list[Section]:
    """The entries of all parts, lesson by lesson."""
    sections = sorted((s for part in shown for s in part.sections), key=_number)
    return [
        Section(members[0].lesson, tuple(e for section in members for e in section.entries))
        for members in (list(group) for _, group in groupby(sections, key=_number))
    ]


def source_links(address: Address) -> Callable[[str, dict[str, str]], str | None]:
    """What sphinx.ext.linkcode asks: where on GitHub the lines of a function or class stand."""

    def link(domain: str, about: dict[str, str]) -> str | None:
        if not address.published:
            return None
        value: Any = importlib.import_module(about["module"])
        try:
            for name in about["fullname"].split("."):
                value = getattr(value, name)
            value = value.fget if isinstance(value, property) else inspect.unwrap(value)
            lines, first = inspect.getsourcelines(value)
            file = Path(inspect.getsourcefile(value) or "").relative_to(PACKAGE.parent)
        except (AttributeError, TypeError, ValueError, OSError):
            return None  # a constant, a name for a type, or something NumPy's
        return address.lines(file.as_posix(), first, first + len(lines) - 1)

    return link


def _part(module: ModuleType, lessons: list[Lesson]) -> Part:
    paragraphs = (inspect.getdoc(module) or "").split("\n\n")
    names = [name for name in offered(module) if f"{module.__name__}.{name}" not in NOT_FOR_READERS]
    places = {name: _place(module, name, lessons) for name in names}
    entries = [_entry(module, name, lessons) for name in sorted(names, key=places.__getitem__)]
    return Part(
        module.__name__,
        "\n\n".join(text for text in paragraphs if not _TABLE.search(text)),
        tuple(Section(e[0].lesson, tuple(e)) for e in _by_lesson(entries)),
    )


def offered(module: ModuleType) -> list[str]:
    """The names that a package lists, or the public functions and classes of a module."""
    own = (n for n, value in vars(module).items() if inspect.getmodule(value) is module)
    return list(getattr(module, "__all__", [name for name in own if not name.startswith("_")]))


def _place(module: ModuleType, name: str, lessons: list[Lesson]) -> tuple[int, int, int]:
    """By what a part is sorted: lesson, module, and line in the module."""
    value = getattr(module, name)
    home = getattr(value, "__module__", "")
    order = list(TAUGHT).index(home) if home in TAUGHT else 0
    line = (
        inspect.getsourcelines(value)[1]
        if inspect.isroutine(value) or inspect.isclass(value)
        else 0
    )
    return _taught_in(home, name, lessons), order, line


def _taught_in(home: str, name: str, lessons: list[Lesson]) -> int:
    """The number of the lesson of a module, or else of the first lesson that uses the name."""
    word = re.compile(rf"\b{name}\b")
    used = (int(lesson.number) for lesson in lessons if word.search(lesson.code))
    return TAUGHT.get(home) or next(used, len(lessons))


def _entry(module: ModuleType, name: str, lessons: list[Lesson]) -> Entry:
    value = getattr(module, name)
    number = _taught_in(getattr(value, "__module__", ""), name, lessons)
    lesson = next((lesson for lesson in lessons if int(lesson.number) == number), None)
    if type(value).__module__.startswith("course") and not inspect.isclass(value):
        value = type(value)  # an object, such as check, is explained by its class
        return Entry(f"{value.__module__}.{value.__name__}", "autoclass", _methods(value), lesson)
    if inspect.isclass(value):
        return Entry(f"{module.__name__}.{name}", "autoclass", _methods(value), lesson)
    if inspect.isfunction(value):
        return Entry(f"{module.__name__}.{name}", "autofunction", "", lesson)
    option = ":no-value:" if len(repr(value)) > LONGEST_VALUE else ""
    return Entry(f"{module.__name__}.{name}", "autodata", option, lesson)


def _methods(kind: type) -> str:
    """The methods and properties that a class defines; its attributes stand in its docstring."""
    own = [n for n, v in vars(kind).items() if inspect.isfunction(v) or isinstance(v, property)]
    shown = ", ".join(name for name in own if not name.startswith("_"))
    return f":members: {shown}" if shown else ""


def _by_lesson(entries: list[Entry]) -> list[list[Entry]]:
    return [list(group) for _, group in groupby(entries, key=_number)]


def _number(of: Entry | Section) -> str:
    """What has no lesson comes last."""
    return of.lesson.number if of.lesson else "later"
