"""Arrays printed with aligned columns, and some of their entries marked in colour."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course.show.colour import emphasise, mark, wanted
from course.show.meanings import meaning_of

MOST_ROWS, MOST_COLUMNS, MOST_BLOCKS = 32, 32, 16
BRACKETS = {1: "[{}]", 2: "({})", 3: "{{{}}}"}


def show(
    array: ArrayLike,
    name: str = "",
    *,
    window: tuple[int, int, int, int] | None = None,
    marks: ArrayLike | None = None,
    rows: Sequence[str] | None = None,
    decimals: int = 2,
    means: str | None = None,
) -> None:
    """Print an array with its name and shape, and highlight some of its entries.

    Where NO_COLOR is set, highlighted entries stand in [brackets], (parentheses) or {braces}.

    Args:
        array: Any number of axes. Each pair of the last two is printed as a block.
        name: Printed above, with the shape.
        window: (top, left, height, width) of a part to highlight in every block.
        marks: An array that broadcasts to the array's shape: 0 no mark, 1 a colour, 2 a colour and
            a line below, 3 a line below.
        rows: A word before each row.
        decimals: Digits after the point, for arrays that are not all whole numbers.
        means: "input", "kernel", "output", "gradient" or "padding", which decides the colour.
            When None, the name decides: y is an output, dy a gradient.

    Raises:
        ValueError: If a window does not fit into the array, or if there is not one word for each
            row.

    Example:
        >>> show([[1, 2], [3, 4]], "x")
        x (2, 2)
         1  2
         3  4
    """
    array = np.asarray(array)
    blocks = array.reshape(-1, *((1, 1, *array.shape)[-2:]))
    marked = np.broadcast_to(0 if marks is None else marks, array.shape).reshape(blocks.shape)
    if window is not None:
        marked = np.maximum(marked, _window_marks(blocks.shape, window))
    if rows is not None and len(rows) != blocks.shape[1]:
        raise ValueError(f"rows must be {blocks.shape[1]} words, one for each row, got {rows!r}")
    written, width = texts(blocks, decimals)
    print(emphasise(f"{name} {array.shape}".strip()))
    for k, index in enumerate(np.ndindex(array.shape[:-2])):
        if k == MOST_BLOCKS:
            print(f"... and {len(blocks) - MOST_BLOCKS} more blocks")
            break
        if index:
            print(f"{name}[{', '.join(map(str, index))}]")
        _print_block(written[k], marked[k], width, rows, means or meaning_of(name))


def _window_marks(shape: tuple[int, ...], window: tuple[int, int, int, int]) -> np.ndarray:
    top, left, height, width = window
    if top < 0 or left < 0 or top + height > shape[1] or left + width > shape[2]:
        raise ValueError(f"window must lie inside {shape[1:]}, got {window!r}")
    marks = np.zeros(shape, dtype=int)
    marks[:, top : top + height, left : left + width] = 1
    return marks


def texts(blocks: np.ndarray, decimals: int) -> tuple[np.ndarray, int]:
    """The text of every entry, and the width of the longest."""
    whole = blocks.dtype.kind in "iub" or bool(np.all(blocks == np.round(blocks)))
    digits = 0 if whole else decimals
    # adding 0.0 turns -0.0, which prints as -0, into 0.0
    entries = [f"{entry:.{digits}f}" for entry in (np.round(blocks, digits) + 0.0).ravel()]
    return np.array(entries).reshape(blocks.shape), max(map(len, entries))


def _print_block(
    written: np.ndarray, marks: np.ndarray, width: int, rows: Sequence[str] | None, means: str
) -> None:
    words = [""] * len(written) if rows is None else rows
    longest, gap = max(map(len, words)), "" if rows is None else " "
    for row, row_marks, word in zip(written[:MOST_ROWS], marks, words, strict=False):
        cells = [
            cell(text, int(marked), width, wanted(), means)
            for text, marked in zip(row[:MOST_COLUMNS], row_marks, strict=False)
        ]
        more = " ..." if len(row) > MOST_COLUMNS else ""
        print(f"{word:<{longest}}{gap}{''.join(cells)}{more}".rstrip())
    if len(written) > MOST_ROWS:
        print(f"... and {len(written) - MOST_ROWS} more rows")


def cell(text: str, marked: int, width: int, coloured: bool, means: str = "input") -> str:
    """A number for a row: on a colour where it is marked, or in brackets where none is wanted."""
    written = f"{text:>{width}}"
    if not marked:
        return f" {written} "
    if not coloured:
        return BRACKETS[marked].format(written)
    return mark(f" {written} ", means, filled=marked != 3, lined=marked > 1)
