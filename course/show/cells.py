"""Arrays drawn as cells with their numbers in them."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from course.show.figure import TEXT
from course.show.meanings import (
    EDGES,
    FILLS,
    INK,
    LINE,
    ON_FILL,
    PADDING_HATCH,
    PAPER,
    REMAINDER_HATCH,
    SOFT,
)


def draw_cells(
    axes: Axes,
    array: np.ndarray,
    left: float = 0.0,
    meanings: np.ndarray | None = None,
    title: str = "",
    sizes: tuple[float, float] = (TEXT, TEXT),
) -> None:
    """Draw a 2-D array with its first cell at (left, 0), rows downwards.

    meanings holds a meaning for each cell as `draw_cell` has it; a cell whose entry is NaN stays
    empty. sizes, in points: of the numbers, and of the title.
    """
    marked: list[tuple[Any, ...]] = []
    for (i, j), entry in np.ndenumerate(array):
        meaning = None if meanings is None else meanings[i, j]
        cell: tuple[Any, ...] = (
            left + j,
            i,
            "" if np.isnan(entry) else number(entry),
            meaning,
            sizes[0],
        )
        if meaning in FILLS:
            marked.append(cell)  # last, because their edges lie over those of their neighbours
        else:
            draw_cell(axes, *cell)
    for cell in marked:
        draw_cell(axes, *cell)
    middle = left + array.shape[1] / 2
    axes.text(
        middle, -0.35, title, va="bottom", ha="center", color=INK, fontsize=sizes[1], zorder=4
    )


def draw_cell(
    axes: Axes,
    left: float,
    top: float,
    text: str = "",
    meaning: str | None = None,
    size: float = TEXT,
    corner: tuple[float, float] = (1, 1),
) -> None:
    """Draw one cell, (width, height) large, with a text in it.

    meaning  "input", "kernel", "output" or "gradient", which fill it and outline it; "padding" and
             "remainder", which hatch it; None for a cell that is not marked
    """
    marked = meaning in FILLS
    hatch = {"padding": PADDING_HATCH, "remainder": REMAINDER_HATCH}.get(meaning or "")
    style: dict[str, Any] = {
        "facecolor": FILLS.get(meaning or "", SOFT if meaning == "padding" else PAPER),
        "edgecolor": EDGES.get(meaning or "", LINE),
        "linewidth": 1.4 if marked else 0.8,
        "zorder": 1.5 if marked else 1,
    }
    axes.add_patch(Rectangle((left, top), *corner, hatch=hatch, **style))
    if text:
        middle = left + corner[0] / 2, top + 0.52 * corner[1]
        ink = ON_FILL if marked else INK
        axes.text(*middle, text, ha="center", va="center", color=ink, fontsize=size)


def number(entry: float) -> str:
    """A number as short as it can be written, with a true minus sign."""
    return f"{entry:.4g}".replace("-", "\N{MINUS SIGN}")


def signed(entry: float) -> str:
    """The same as a factor: in brackets where it is negative."""
    return number(entry) if entry >= 0 else f"({number(entry)})"


def in_words(array: np.ndarray) -> str:
    """The rows of a 2-D array, for an alternative text."""
    return " / ".join(" ".join(number(entry) for entry in row) for row in array)


def window_means(
    shape: tuple[int, int], top: int, left: int, kernel_size: tuple[int, int], meaning: str
) -> np.ndarray:
    """Meanings for `draw_cells`: those of one window, the other cells not marked."""
    meanings = np.full(shape, None, dtype=object)
    meanings[top : top + kernel_size[0], left : left + kernel_size[1]] = meaning
    return meanings
