"""Arrays drawn as cells with their numbers in them."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from course.show.figure import INK, LINE, PAPER


def draw_cells(
    axes: Axes,
    array: np.ndarray,
    left: float = 0.0,
    fills: np.ndarray | None = None,
    title: str = "",
    sizes: tuple[float, float] = (10, 10),
) -> None:
    """Draw a 2-D array with its first cell at (left, 0), rows downwards.

    fills holds a colour for each cell, or None for the colour of the paper; a cell whose entry
    is NaN stays empty. sizes, in points: of the numbers, and of the title.
    """
    style: dict[str, Any] = {"color": INK, "ha": "center"}
    for (i, j), entry in np.ndenumerate(array):
        fill = None if fills is None else fills[i, j]
        cell = Rectangle(
            (left + j, i), 1, 1, linewidth=0.8, facecolor=fill or PAPER, edgecolor=LINE
        )
        axes.add_patch(cell)
        if not np.isnan(entry):
            text = number(entry)
            axes.text(left + j + 0.5, i + 0.52, text, va="center", fontsize=sizes[0], **style)
    middle = left + array.shape[1] / 2
    axes.text(middle, -0.35, title, va="bottom", fontsize=sizes[1], **style)


def number(entry: float) -> str:
    """A number as short as it can be written, with a true minus sign."""
    return f"{entry:.4g}".replace("-", "\N{MINUS SIGN}")


def signed(entry: float) -> str:
    """The same as a factor: in brackets where it is negative."""
    return number(entry) if entry >= 0 else f"({number(entry)})"


def in_words(array: np.ndarray) -> str:
    """The rows of a 2-D array, for an alternative text."""
    return " / ".join(" ".join(number(entry) for entry in row) for row in array)


def fill_window(
    shape: tuple[int, int], top: int, left: int, kernel_size: tuple[int, int], colour: str
) -> np.ndarray:
    """Colours for `draw_cells`: one window filled, the other cells not."""
    fills = np.full(shape, None, dtype=object)
    fills[top : top + kernel_size[0], left : left + kernel_size[1]] = colour
    return fills
