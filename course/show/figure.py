"""A figure as the last expression of a cell: a drawing that always has a text beside it."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from course.show.image import image_of
from course.show.meanings import INK, LINE
from course.show.svg import smallest_text, svg_of

PIXELS_PER_INCH = 80
"""How large an inch of a figure is on the page."""
TEXT, LARGE_TEXT = 10.5, 12
"""Points."""
LEAST_TEXT = 11
"""Pixels: a narrow page makes a figure no smaller than that."""


@dataclass(frozen=True)
class Picture:
    """A drawing without a ground of its own, and the text that stands for it where it is not seen.

    A notebook holds it as an `<img>`, because JupyterLab shows no `<svg>` that it does not trust;
    on the site it stands in the page itself and takes the colours of that.

    Attributes:
        svg: The drawing.
        alt: The text.
        width: The width of the drawing in pixels of the page.
    """

    svg: str
    alt: str
    width: int

    def html(self) -> str:
        """The image as HTML."""
        least = math.ceil(self.width * min(1, LEAST_TEXT / smallest_text(self.svg)))
        return image_of(self.svg, self.alt, self.width, f"min-width: {least}px; ")

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that belongs to no window."""
    return Figure(figsize=(width, height), layout="constrained")


def words(size: float = TEXT, **place: str) -> dict[str, Any]:
    """How text is written that stands on the ground of the page."""
    return {"color": INK, "fontsize": size} | place


def finish_axes(axes: Axes, x_title: str, y_title: str) -> None:
    """Titles, ticks and frame, read on any ground."""
    axes.set_xlabel(x_title, color=INK, fontsize=TEXT)
    axes.set_ylabel(y_title, color=INK, fontsize=TEXT)
    axes.tick_params(which="both", color=LINE, labelcolor=INK, labelsize=TEXT)
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":  # as a rule exponents are too small to be read on a phone
            axis.set_major_formatter(LogFormatter())
            axis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    for spine in axes.spines.values():
        spine.set_color(LINE)


def add_legend(axes: Axes, place: Literal["best", "lower right"]) -> None:
    """The names of curves and marks, and a grid."""
    axes.grid(color=LINE, alpha=0.3)
    axes.legend(frameon=False, loc=place, labelcolor=INK, fontsize=TEXT)


def picture(fig: Figure, alt: str) -> Picture:
    """Turn a Matplotlib figure into a Picture.

    Args:
        fig: The figure.
        alt: Says in words what the figure shows, with its numbers. It must not be empty.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If alt is empty.

    Example:
        >>> fig = figure(3, 2)
        >>> _ = fig.add_subplot().plot([1, 4, 9])
        >>> picture(fig, "Three squares: 1, 4 and 9.").alt
        'Three squares: 1, 4 and 9.'
    """
    if not alt.strip():
        raise ValueError("alt must say what the figure shows, got an empty text")
    width = round(fig.get_figwidth() * PIXELS_PER_INCH)
    return Picture(svg_of(fig, width), alt, width)
