"""One step of a convolution drawn: the window, the kernel, and the output it gives."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import correlate2d_strided, pad2d
from course.show.cells import draw_cells, in_words, number, signed, window_means
from course.show.figure import Picture, figure, picture
from course.show.meanings import INK

GAP = 1.2
CELL = 0.52
"""Inches."""
TEXT = 13
"""Points; on a phone half of that is left."""


def draw_step(
    x: ArrayLike,
    w: ArrayLike,
    b: float = 0.0,
    i: int = 0,
    j: int = 0,
    stride: int = 1,
    padding: int = 0,
) -> Picture:
    """Draw the window of output (i, j) inside x, the kernel, and all outputs up to this one.

    Args:
        x: (H, W).
        w: (kh, kw).
        b: As for `course.convolution.correlate2d_strided`.
        i: The row of the output.
        j: The column of the output.
        stride: As for `course.convolution.correlate2d_strided`.
        padding: As for `course.convolution.correlate2d_strided`.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If `course.convolution.correlate2d_strided` raises it, or if there is no output
            (i, j).

    Example:
        >>> picture = draw_step([[1, 2, 3]], [[1, 1]], i=0, j=1)
    """
    image = "input" if padding == 0 else "padded input"
    w = np.asarray(w)
    y = correlate2d_strided(x, w, b, stride, padding)
    if not (0 <= i < y.shape[0] and 0 <= j < y.shape[1]):
        raise ValueError(f"i and j must lie inside the output {y.shape}, got {(i, j)}")
    xpad = pad2d(x, padding)
    top, left = i * stride, j * stride
    window = xpad[top : top + w.shape[0], left : left + w.shape[1]]
    y_left = xpad.shape[1] + w.shape[1] + 2 * GAP
    width, height = y_left + y.shape[1], max(xpad.shape[0], w.shape[0], y.shape[0])

    fig = figure(CELL * (width + 0.6), CELL * (height + 2.6))
    axes = fig.add_subplot(xlim=(-0.3, width + 0.3), ylim=(height + 1.6, -1.0), aspect="equal")
    axes.set_axis_off()
    seen = window_means(xpad.shape, top, left, w.shape, "input")
    _mark_frame(seen, padding)
    sizes = _size_that_fits(xpad, w, y), TEXT
    draw_cells(axes, xpad, 0, seen, image, sizes)
    whole = window_means(w.shape, 0, 0, w.shape, "kernel")
    draw_cells(axes, w, xpad.shape[1] + GAP, whole, "kernel", sizes)
    steps_done = i * y.shape[1] + j + 1
    known = np.where(np.arange(y.size).reshape(y.shape) < steps_done, y, np.nan)
    made = window_means(y.shape, i, j, (1, 1), "output")
    draw_cells(axes, known, y_left, made, "output", sizes)
    words = _sum_in_words(window, w, b, y[i, j])
    axes.text(0, height + 0.4, words, va="top", color=INK, fontsize=TEXT)
    so_far = ", ".join(map(number, known[np.isfinite(known)]))
    setting = "" if (stride, padding) == (1, 0) else f", stride {stride}, padding {padding}"
    plus = f", plus {number(b)}" if b else ""
    alt = (
        f"Step for the output [{i}, {j}] of {y.shape[0]} by {y.shape[1]}{setting}. The window "
        f"of the {image} begins at row {top}, column {left} and holds {in_words(window)}. "
        f"Times the kernel {in_words(w)}, summed{plus}: {number(y[i, j])}. "
        f"The output so far: {so_far}."
    )
    return picture(fig, alt)


def _size_that_fits(*arrays: np.ndarray) -> float:
    """Points for the numbers in the cells: large, but none wider than its cell."""
    longest = max(len(number(entry)) for array in arrays for entry in array.flat)
    return min(TEXT + 2, 100 * CELL / longest)


def _mark_frame(meanings: np.ndarray, padding: int) -> None:
    """The cells of the padding that the window does not cover."""
    inner = (slice(padding, -padding or None),) * 2
    frame = np.ones(meanings.shape, dtype=bool)
    frame[inner] = False
    meanings[frame & (meanings == None)] = "padding"  # noqa: E711  an array of objects


def _sum_in_words(window: np.ndarray, w: np.ndarray, b: float, result: float) -> str:
    products = [f"{number(p)}·{signed(q)}" for p, q in zip(window.flat, w.flat, strict=True)]
    lines = [" + ".join(products[k : k + 5]) for k in range(0, len(products), 5)]
    bias = f" + {number(b)}" if b else ""
    return " +\n".join(lines) + f"{bias} = {number(result)}"
