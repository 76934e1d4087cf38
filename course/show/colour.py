"""Colour in the output of a notebook, readable on a light and on a dark page.

Only the 16 named colours, because a page can choose what those look like, and always a background
together with its text, because then neither depends on the colour of the page.
"""

import os

from termcolor import colored

BACKGROUNDS = {
    "yellow": "on_yellow",
    "cyan": "on_cyan",
    "input": "on_yellow",
    "kernel": "on_cyan",
    "output": "on_green",
    "gradient": "on_magenta",
    "padding": "on_light_grey",
}
"""Of verdicts, and of what arrays mean: the colours that the figures have."""
DARK = ("on_green", "on_magenta")
"""On these JupyterLab's own black, which is a grey, cannot be read."""
TRUE_BLACK = "\x1b[38;5;16m"


def wanted() -> bool:
    """Whether to colour: always, unless the reader has asked for none by setting NO_COLOR."""
    return not os.environ.get("NO_COLOR")


def mark(text: str, background: str, filled: bool = True, lined: bool = False) -> str:
    """Text on one of BACKGROUNDS, or with a line below it, or both."""
    lines = ["bold", "underline"] if lined else None
    if not filled:
        return _coloured(text, attrs=lines)
    ground = BACKGROUNDS[background]
    if ground in DARK:
        return _coloured(TRUE_BLACK * wanted() + text, on_color=ground, attrs=lines)
    return _coloured(text, color="black", on_color=ground, attrs=lines)


def label(text: str, background: str) -> str:
    """A word that stands out, such as the verdict of a check."""
    return mark(f" {text} ", background) if wanted() else f"{text}:"


def emphasise(text: str) -> str:
    """Bold text in the colour of the page."""
    return _coloured(text, attrs=["bold"])


def _coloured(text: str, **style: object) -> str:
    # Left alone, termcolor decides anew in every kind of kernel and keeps its first answer.
    return colored(text, no_color=not wanted(), force_color=wanted(), **style)  # type: ignore[arg-type]
