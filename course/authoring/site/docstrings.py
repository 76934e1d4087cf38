"""Docstrings of the course, plain text with columns and formulas, for Sphinx's autodoc."""

import re
from typing import Any

from numpy.typing import ArrayLike
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

_COLUMNS = re.compile(r"^ *\S+(?: \S+)*(?<![.?!]) {2,}\S", re.MULTILINE)
_FORMULA = r"\w[\w ]*(?:\[[^\]]*\])? = .+(?:\n {4,}\S.*)*"
"""A line that begins with what it defines, and its continuations."""
_FORMULAS = re.compile(rf"{_FORMULA}(?:\n{_FORMULA})*")
_NAME = re.compile(r"`{1,2}([^`\n]+)`{1,2}")
_ARRAY_LIKE = stringify_annotation(ArrayLike, "smart")
"""What Sphinx writes for ArrayLike: ten words, none of which a reader needs."""
_OF_NAMED_TUPLE = re.compile(r"Alias for field number \d+")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*")


def as_rst(lines: list[str]) -> list[str]:
    """A docstring in reStructuredText.

    Paragraphs stay paragraphs, names in backticks become links where the reference has them, and
    what is aligned in columns is kept as it is, and so are formulas.
    """
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    return "\n\n".join(map(_paragraph, paragraphs)).splitlines()


def _paragraph(text: str) -> str:
    if _COLUMNS.search(text) or _FORMULAS.fullmatch(text):
        return ".. code-block:: text\n\n" + "\n".join(f"   {line}" for line in text.splitlines())
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(map(_line, lines))


def _line(line: str) -> str:
    pieces, end = [], 0
    for name in _NAME.finditer(line):
        pieces += [_escaped(line[end : name.start()]), _literal(name[1])]
        end = name.end()
    return "".join([*pieces, _escaped(line[end:])])


def _escaped(text: str) -> str:
    bullet, rest = re.fullmatch(r"((?:[-*] )?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return bullet + re.sub(r"([\\*_|`])", r"\\\1", rest)


def _literal(text: str) -> str:
    if _IDENTIFIER.fullmatch(text):
        return rf"\ :py:obj:`{text}`\ "
    return rf"\ ``{text}``\ "


def _convert(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    # a constant without words of its own would be explained by those of its type, dict or ndarray
    borrowed = what == "data" and not type(value).__module__.startswith("course")
    empty = borrowed or _OF_NAMED_TUPLE.fullmatch("".join(lines))
    lines[:] = [] if empty else as_rst(lines)


def _shorten(
    app: Sphinx, what: str, name: str, value: Any, options: Any, arguments: str, returned: str
) -> tuple[str, str]:
    texts = (text and text.replace(_ARRAY_LIKE, "ArrayLike") for text in (arguments, returned))
    return next(texts), next(texts)


def setup(app: Sphinx) -> dict[str, bool]:
    """Convert every docstring that autodoc reads."""
    app.connect("autodoc-process-docstring", _convert)
    app.connect("autodoc-process-signature", _shorten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
