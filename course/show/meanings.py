"""What the colours of arrays, figures and the bench mean; lesson 00 says so.

Those of an input, a kernel, an output and a gradient stand in bench.js, which a page loads as it
is, and are read from there.
"""

import re
from functools import cache
from importlib.resources import files

INK, PAPER, LINE = "#1f2430", "#ffffff", "#8a8f98"
"""Of text and ground, which a dark page exchanges; and of lines, which are seen on both."""
ON_FILL = "#161a22"
"""Of text on a colour that means something: it stays dark on a dark page."""
SOFT = "#f4f5f7"
"""Of padding, which is hatched as well."""
CURVES = ("#0c7f96", "#c5510d", "#70757d", "#45822d")
"""Of lines and marks that mean nothing of that; seen on a light and on a dark ground."""
PADDING_HATCH, REMAINDER_HATCH = "\\\\\\", "////"
"""In the directions that the bench has."""
_COLOURS = re.compile(r"^\.(\w+) \{ --fill: (#\w+); --edge: (#\w+); \}", re.MULTILINE)

_NAMES = {
    "input": ("x", "image", "cols", "back"),
    "kernel": ("w", "b", "A", "kernel"),
    "output": ("y", "expected", "got", "output"),
    "gradient": ("dy", "dw", "db", "dx"),
}
MEANINGS = {name: meaning for meaning, names in _NAMES.items() for name in names}
"""Of arrays, by the names that the course gives them."""


@cache
def component() -> str:
    """The source of the bench's web component."""
    return files("course.show").joinpath("bench.js").read_text(encoding="utf-8")


_FOUND = _COLOURS.findall(component())
FILLS = {name: fill for name, fill, _ in _FOUND}
EDGES = {name: edge for name, _, edge in _FOUND}
"""Darker, around what is marked: who cannot tell the colours sees the outline."""


def meaning_of(name: str) -> str:
    """What an array means, by the first word of its name that is in MEANINGS; else "input"."""
    known = (MEANINGS[word] for word in re.findall(r"\w+", name) if word in MEANINGS)
    return next(known, "input")
