"""A figure as the last expression of a cell: a drawing that always has a text beside it."""

import base64
import html
import math
from dataclasses import dataclass

from matplotlib.figure import Figure

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
    """

    svg: str
    alt: str
    width: int
    """In pixels of the page."""

    def html(self) -> str:
        """The image as HTML."""
        data = base64.b64encode(self.svg.encode()).decode("ascii")
        least = math.ceil(self.width * min(1, LEAST_TEXT / smallest_text(self.svg)))
        style = f"max-width: 100%; min-width: {least}px; height: auto"
        return (
            f'<img alt="{html.escape(self.alt)}" width="{self.width}" style="{style}" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that belongs to no window."""
    return Figure(figsize=(width, height), layout="constrained")


def picture(fig: Figure, alt: str) -> Picture:
    """Turn a Matplotlib figure into a Picture.

    alt  says in words what the figure shows, with its numbers; it must not be empty
    """
    if not alt.strip():
        raise ValueError("alt must say what the figure shows, got an empty text")
    width = round(fig.get_figwidth() * PIXELS_PER_INCH)
    return Picture(svg_of(fig, width), alt, width)
