"""Does an answer that is to try a layer read its code, or ask for its class, instead?

It gives and takes no points: a person looks at what is found.
"""

import ast
import inspect
import linecache
import re
import textwrap
from typing import Any

from course.checks.own_code import functions_of

_NAMES = {"type", "vars", "dir", "issubclass", "Conv2d"}
_MODULES = {
    *("inspect", "dis", "gc", "sys", "ast", "linecache", "types", "pickle", "marshal"),
    "traceback",
}
_INSIDE = re.compile(r"__\w+__|[fgc][io]?_(?:back|code|locals|globals|frame)|tb_\w+|co_\w+")
"""What belongs to the interpreter, as an attribute or as the name of one."""


def parsed(source: str) -> ast.Module:
    """A student's text as a tree, which is empty where the text is no Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def reads(source: str) -> set[str]:
    """The names by which a text reaches for the code or the class of something."""
    found: set[str] = set()
    for node in ast.walk(parsed(source)):
        match node:
            case ast.Name(id, ast.Load()) if id in _NAMES | _MODULES:
                found.add(id)
            case ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                found |= {word} if word in _NAMES or _INSIDE.fullmatch(word) else set()
            case ast.Import(names) | ast.ImportFrom(names=names):
                modules = {getattr(node, "module", None), *(alias.name for alias in names)}
                found |= {m for m in modules if m and (m.split(".")[0] in _MODULES)}
                found |= {a.name for a in names if a.name in _NAMES}
    return found


def note(answer: Any) -> str:
    """What is to be said of an answer that reads what it is to try; empty of others."""
    found: set[str] = set()
    for function in functions_of(answer):
        code = function.__code__
        lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
        found |= reads(textwrap.dedent("".join(inspect.getblock(lines)))) if lines else set()
    if not found:
        return ""
    named = ", ".join(f"`{name}`" for name in sorted(found))
    return (
        f"It uses {named}, which can read code instead of trying it. In a class, a person looks at "
        "such an answer before it counts."
    )
