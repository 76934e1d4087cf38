"""A figure as the last expression of a cell: an image that always has a text beside it."""

import base64
import html
import io
from dataclasses import dataclass

from matplotlib.figure import Figure
from PIL import Image

INK, PAPER, LINE = "#1f2430", "#ffffff", "#8a8f98"
YELLOW, CYAN, GREEN, GREY = "#ffdf80", "#a5e3e6", "#59a68c", "#e4e4e0"
"""Of an input, a kernel, an output and padding; lesson 00 says so, and bench.js has the same."""
PALE = "#fff3cc"
"""Of an input, too: tells windows apart."""
DOTS_PER_INCH, PHOTO_DOTS_PER_INCH = 144, 80
PIXELS_PER_INCH = 80
"""How large an inch of a figure is on the page; a drawing has more dots, for sharp screens."""


@dataclass(frozen=True)
class Picture:
    """A PNG image, and the text that stands for it where it cannot be seen.

    Attributes:
        png: The image.
        alt: The text.
        width: The width of the image in pixels of the page.
    """

    png: bytes
    alt: str
    width: int
    """In pixels of the page."""

    def html(self) -> str:
        """The image as HTML."""
        data = base64.b64encode(self.png).decode("ascii")
        style = f"max-width: 100%; height: auto; background: {PAPER}"
        return (
            f'<img alt="{html.escape(self.alt)}" width="{self.width}" style="{style}" '
            f'src="data:image/png;base64,{data}">'
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that belongs to no window."""
    return Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)


def picture(
    fig: Figure, alt: str, colours: int | None = None, dots_per_inch: int = DOTS_PER_INCH
) -> Picture:
    """Turn a Matplotlib figure into a Picture.

    Args:
        fig: The figure.
        alt: Says in words what the figure shows, with its numbers. It must not be empty.
        colours: Reduces the image to so many colours, which makes it a third as large.
        dots_per_inch: The resolution of the image.

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
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dots_per_inch, metadata={"Software": None})
    if colours is not None:
        buffer = _with_fewer_colours(buffer, colours)
    return Picture(buffer.getvalue(), alt, round(fig.get_figwidth() * PIXELS_PER_INCH))


def _with_fewer_colours(buffer: io.BytesIO, colours: int) -> io.BytesIO:
    reduced = io.BytesIO()
    image = Image.open(buffer).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(reduced, format="png", optimize=True)
    return reduced
