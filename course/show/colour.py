"""Colour in the output of a notebook, readable on a light and on a dark page.

Only the 16 named colours, because a page can choose what those look like, and always a background
together with its text, because then neither depends on the colour of the page.
"""

import os

from termcolor import colored

MARKS = {"yellow": "on_yellow", "cyan": "on_cyan", "grey": "on_light_grey"}


def _coloured(text: str, background: str | None = None, bold: bool = False) -> str:
    # termcolor would decide anew in every kind of kernel, and keeps its first answer; notebooks
    # show colour everywhere, unless the reader has asked for none.
    wanted = not os.environ.get("NO_COLOR")
    return colored(
        text,
        "black" if background else None,
        MARKS[background] if background else None,
        attrs=["bold"] if bold else None,
        no_color=not wanted,
        force_color=wanted,
    )


def mark(text: str, background: str) -> str:
    """Text on a background: "yellow", "cyan" or "grey"."""
    return _coloured(text, background)


def label(text: str, background: str) -> str:
    """A word that stands out, such as the verdict of a check."""
    return _coloured(f" {text} ", background)


def emphasise(text: str) -> str:
    """Bold text in the colour of the page."""
    return _coloured(text, bold=True)
