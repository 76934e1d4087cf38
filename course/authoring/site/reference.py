"""Which modules and names the reference shows, found by looking at the package."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import course
from course.authoring.site.address import Address

PACKAGE = Path(course.__file__).parent

LEFT_OUT = {"__main__", "cli", "lab"}
"""Commands: `course --help` says what they do."""
LONGEST_VALUE = 200
"""The longest text of a constant's value that is shown."""


@dataclass(frozen=True)
class Section:
    """One module and what the reference shows of it."""

    module: str
    about: str
    """The first paragraph of its docstring."""
    entries: tuple["Entry", ...]


@dataclass(frozen=True)
class Entry:
    """One name of a module, the directive of autodoc that shows it, and that directive's option."""

    name: str
    directive: str
    option: str = ""


def parts() -> dict[str, list[Section]]:
    """The sections of the reference under every part of the course, in the order of names."""
    found = sorted(module.name for module in pkgutil.iter_modules(course.__path__))
    pages = {name: list(_sections(f"course.{name}")) for name in found if name not in LEFT_OUT}
    return {name: shown for name, shown in pages.items() if any(s.entries for s in shown)}


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


def _sections(name: str) -> Iterator[Section]:
    """A module, then the modules directly in it with what they have beside."""
    module = importlib.import_module(name)
    offered = getattr(module, "__all__", _own_names(module))
    yield _section(module, offered)
    for inner in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if not inner.ispkg and not inner.name.startswith("_"):
            inside = importlib.import_module(f"{name}.{inner.name}")
            names = [n for n in _own_names(inside) if n not in offered]
            if names:
                yield _section(inside, names)


def _section(module: ModuleType, names: Iterable[str]) -> Section:
    about = (inspect.getdoc(module) or "").partition("\n\n")[0]
    shown = [name for name in names if not isinstance(getattr(module, name), TypeVar)]
    return Section(module.__name__, about, tuple(_entry(module, name) for name in shown))


def _entry(module: ModuleType, name: str) -> Entry:
    value = getattr(module, name)
    if inspect.isclass(value):
        return Entry(name, "autoclass", "members")
    if inspect.isfunction(value):
        return Entry(name, "autofunction")
    return Entry(name, "autodata", "no-value" if len(repr(value)) > LONGEST_VALUE else "")


def _own_names(module: ModuleType) -> list[str]:
    """The public functions, classes and constants that a module defines, as they stand in it."""
    statements = ast.parse(inspect.getsource(module)).body
    defined = [s.name for s in statements if isinstance(s, ast.FunctionDef | ast.ClassDef)]
    targets = [t for s in statements for t in getattr(s, "targets", [getattr(s, "target", None)])]
    defined += [n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name)]
    return [name for name in defined if not name.startswith("_")]
