"""How a check speaks: the exceptions, and how their text is set."""

import re
import textwrap
from typing import Any

from course.show.colour import emphasise, wanted

WIDTH = 74
"""Characters in a line: what JupyterLab shows of one on a small screen beside its file list."""
LABEL_WIDTH = 11
MOST_LINES = 26
"""So many fit on a screen."""


class CheckFailed(AssertionError):  # noqa: N818 - a name for students to read
    """An answer that is not right yet."""

    case: Any = None
    """The smallest case that is wrong."""
    coloured: str = ""
    """The message with its wrong numbers in colour."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows what this returns in place of a traceback."""
        headline, *rest = (self.coloured if wanted() and self.coloured else str(self)).splitlines()
        return [emphasise(headline), *rest, *getattr(self, "__notes__", [])]


class NotAttempted(CheckFailed):
    """An exercise whose blank is still there."""


def prose(headline: str, *sentences: str) -> str:
    """A headline, and each sentence on a line of its own or more."""
    return "\n".join([headline, *(line for s in sentences for line in textwrap.wrap(s, WIDTH))])


def table(headline: str, facts: dict[str, str]) -> str:
    """A headline and the facts that there are, each behind its label."""
    return "\n".join([headline, *labelled(facts)])


def labelled(facts: dict[str, str]) -> list[str]:
    """The facts that there are, each behind its label."""
    return [line for label, text in facts.items() if text for line in _labelled(label, text)]


def _labelled(label: str, text: str) -> list[str]:
    """Two lines for most facts, more for the cause and the score: all fits on a screen."""
    most = {"likely": 5, "so far": 3}.get(label, 2)
    text, room = " ".join(text.split()), most * (WIDTH - LABEL_WIDTH)
    while len(lines := textwrap.wrap(_shortened(text, room), WIDTH - LABEL_WIDTH)) > most:
        room -= 1
    labels = [f"  {label}", *[""] * most]
    return [label.ljust(LABEL_WIDTH) + line for label, line in zip(labels, lines, strict=False)]


def _shortened(text: str, room: int) -> str:
    """The text without its middle if it is too long: exceptions name the sizes at their end."""
    if len(text) <= room:
        return text
    half = (room - len(" ... ")) // 2
    begin = re.sub(r" \S{0,12}$", "", text[:half])  # no word is cut that is not long itself
    end = re.sub(r"^\S{0,12} ", "", text[-half:])
    return f"{begin} ... {end}"
