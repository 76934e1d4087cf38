"""Images, matrices and the shapes that a computation passes through."""

import math
import string
from collections.abc import Sequence

import matplotlib.cbook
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from course.convolution import conv_as_matrix
from course.show.cells import draw_cell, number
from course.show.figure import LARGE_TEXT, TEXT, Picture, figure, finish_axes, picture, words
from course.show.meanings import FILLS, INK, LINE, ON_FILL

TITLE = 6.5
"""Points for each inch of an image: on a phone three stand beside each other."""
DARKEST = 0.55
"""Of the greys of a table, so that black numbers are read on all of them."""


def sample_photo(height: int = 200, width: int = 170, step: int = 3) -> np.ndarray:
    """A photograph that comes with Matplotlib.

    It shows Grace Hopper, who wrote one of the first compilers. The US Navy took it, and it is in
    the public domain. Every third pixel of the original
    is used, or every step-th, and the middle is cut out; the original has 600 by 512.

    Args:
        height: In pixels.
        width: In pixels.
        step: How far apart the pixels are that are used.

    Returns:
        (3, height, width), float64 from 0 to 1.

    Raises:
        ValueError: If more pixels are asked for than there are.

    Example:
        >>> sample_photo(100, 80).shape
        (3, 100, 80)
    """
    file = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    photo = imread(str(file))[::step, ::step] / 255
    if height > photo.shape[0] or width > photo.shape[1]:
        raise ValueError(f"height and width must be at most {photo.shape[:2]}, got {height, width}")
    left = (photo.shape[1] - width) // 2
    return photo[:height, left : left + width].transpose(2, 0, 1)


def draw_images(
    images: Sequence[ArrayLike],
    titles: Sequence[str],
    alt: str,
    columns: int = 3,
    inches: tuple[float, float] = (2.7, 3.5),
) -> Picture:
    """Draw images in a grid.

    Args:
        images: (H, W) in grey from 0 to 1, or (3, H, W) in colour. Numbers below 0 are drawn as 0,
            and numbers above 1 as 1.
        titles: One for each image.
        alt: Says in words what there is to see.
        columns: Images in a row.
        inches: Width and height for each image with its title.

    Returns:
        A `Picture`.

    Example:
        >>> draw_images([[[0, 1], [1, 0]]], ["a chessboard"], "Four squares.").alt
        'Four squares.'
    """
    rows, columns = math.ceil(len(images) / columns), min(len(images), columns)
    fig = figure(inches[0] * columns, inches[1] * rows)
    grid = fig.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(images) :]:
        axes.set_axis_off()
    for axes, image, title in zip(grid.flat, images, titles, strict=False):
        array = np.clip(np.asarray(image), 0, 1)
        pixels = array.transpose(1, 2, 0) if array.ndim == 3 else array
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="none")
        axes.set_title(title, **words(max(TEXT, TITLE * inches[0])))
        axes.set_axis_off()
    return picture(fig, alt)


def draw_matrix(
    w: ArrayLike,
    x_shape: tuple[int, int, int],
    stride: int = 1,
    padding: int = 0,
    title: str = "",
) -> Picture:
    """Draw the matrix of a layer: a letter for each weight, nothing outside the windows.

    Entries with the same letter are the same weight; below stands what each weight is. A weight
    that is 0 has its letter too. Lines separate the channels (across) and the filters (down).

    Args:
        w: (F, C, kh, kw).
        x_shape: (C, H, W), the shape of one image.
        stride: As for `course.convolution.conv_as_matrix`.
        padding: As for `course.convolution.conv_as_matrix`.
        title: Written above.

    Returns:
        A `Picture`.

    Example:
        >>> draw_matrix([[[[1, 2]]]], (1, 1, 3)).alt[:23]
        'A matrix of 2 rows, one'
    """
    w = np.asarray(w, dtype=float)
    numbered = conv_as_matrix(np.arange(1.0, w.size + 1).reshape(w.shape), x_shape, stride, padding)
    weights = [f"{_letter(k)} = {number(round(entry, 2))}" for k, entry in enumerate(w.ravel())]
    rows, columns = numbered.shape
    wide = max(columns, 14)
    lines = [", ".join(weights[k : k + wide // 4]) for k in range(0, len(weights), wide // 4)]
    fig = figure(0.28 * (wide + 3), 0.28 * (rows + len(lines) + 4))
    middle = columns / 2
    across = middle - wide / 2 - 2, middle + wide / 2
    axes = fig.add_subplot(xlim=across, ylim=(rows + 1 + len(lines), -2), aspect="equal")
    axes.set_axis_off()
    for (i, j), k in np.ndenumerate(numbered.astype(int)):
        if k:
            draw_cell(axes, j, i, _letter(k - 1), "kernel")
    _draw_borders(axes, (rows, columns), (rows // len(w), columns // x_shape[0]))
    centre = words(LARGE_TEXT, ha="center")
    axes.text(middle, -0.7, f"pixels of the image; {title}".removesuffix("; "), **centre)
    axes.text(-1, rows / 2, "outputs", rotation=90, va="center", **centre)
    for line, text in enumerate(lines):
        axes.text(middle, rows + 1 + line, text, va="center", **centre)
    named = f"{title}: " if title else ""
    alt = (
        f"A matrix of {rows} rows, one for each output, and {columns} columns, one for each pixel. "
        f"{named}{np.count_nonzero(numbered)} entries are weights, {w.size} different ones "
        f"({', '.join(weights)}); the others are empty. Each block of a filter and a channel is "
        "a band of diagonals."
    )
    return picture(fig, alt)


def _letter(k: int) -> str:
    """Of a weight, by its place in w: a to z, A to Z, and then its number."""
    return (string.ascii_letters[k : k + 1]) or str(k)


def _draw_borders(axes: Axes, shape: tuple[int, int], block: tuple[int, int]) -> None:
    """The outline of a matrix, and lines between its blocks."""
    (rows, columns), (high, wide) = shape, block
    for i in range(0, rows + 1, high):
        axes.plot([0, columns], [i, i], color=LINE, linewidth=1)
    for j in range(0, columns + 1, wide):
        axes.plot([j, j], [0, rows], color=LINE, linewidth=1)


def draw_counts(counts: ArrayLike, row_title: str, column_title: str, alt: str) -> Picture:
    """Draw a table of counts, such as a confusion matrix. The larger a count, the darker its cell.

    Args:
        counts: (rows, columns), integers. Zeros stay empty.
        row_title: Written at the left.
        column_title: Written below.
        alt: Says in words what there is to see.

    Returns:
        A `Picture`.

    Example:
        >>> draw_counts([[9, 1], [0, 10]], "digit", "taken for", "One 0 is taken for a 1.").alt
        'One 0 is taken for a 1.'
    """
    counts = np.asarray(counts)
    rows, columns = counts.shape
    fig = figure(0.5 * columns + 1, 0.5 * rows + 1)
    axes = fig.add_subplot(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal")
    shades = 1 - (1 - DARKEST) * np.sqrt(counts / max(counts.max(), 1))  # single ones are seen
    for (i, j), count in np.ndenumerate(counts):
        if count:
            axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=str(shades[i, j])))
            axes.text(j, i, str(count), **words(ha="center", va="center", color=ON_FILL))
    axes.set_xticks(range(columns))
    axes.set_yticks(range(rows))
    finish_axes(axes, column_title, row_title)
    return picture(fig, alt)


def draw_shapes(steps: Sequence[tuple[str, str, tuple[int, ...]]]) -> Picture:
    """Draw arrays as boxes in a row, with the operation that leads to each.

    Args:
        steps: (operation, name, shape) of each array.

    Returns:
        A `Picture`.

    Example:
        >>> picture = draw_shapes([("", "x", (2, 3, 4, 4)), ("im2col", "cols", (8, 27))])
    """
    box, gap = 1.9, 1.6
    width = len(steps) * box + (len(steps) - 1) * gap
    fig = figure(0.62 * width, 1.3)
    axes = fig.add_subplot(xlim=(-0.1, width + 0.1), ylim=(0, 1.7))
    axes.set_axis_off()
    centre = words(ha="center")
    for k, (operation, name, shape) in enumerate(steps):
        left = k * (box + gap)
        meaning = {0: "input", len(steps) - 1: "output"}.get(k)
        draw_cell(axes, left, 0.3, meaning=meaning, corner=(box, 0.9))
        within = centre | {"color": ON_FILL if meaning else INK, "va": "center"}
        axes.text(left + box / 2, 0.92, name, **within)
        axes.text(left + box / 2, 0.55, str(shape), **within)
        if k:
            arrow = {"arrowstyle": "->", "color": LINE, "linewidth": 1.5}
            axes.annotate("", (left - 0.08, 0.75), (left - gap + 0.08, 0.75), arrowprops=arrow)
            axes.text(left - gap / 2, 0.86, operation, va="bottom", **centre)
    alt = "; ".join(f"{operation or 'begin'}: {name} {shape}" for operation, name, shape in steps)
    return picture(fig, alt)


def draw_meanings() -> Picture:
    """Draw what the colours and hatchings of the course's figures mean.

    Returns:
        A `Picture`.

    Example:
        >>> draw_meanings().alt[:28]
        'Five colours and a hatching:'
    """
    names = dict.fromkeys(FILLS, "") | {"padding": "", "remainder": "never used"}
    fig = figure(0.72 * len(names), 0.75)
    axes = fig.add_subplot(xlim=(-0.1, 1.7 * len(names) - 0.3), ylim=(1.75, -0.1))
    axes.set_axis_off()
    for k, (meaning, word) in enumerate(names.items()):
        draw_cell(axes, 1.7 * k + 0.2, 0, meaning=meaning)
        axes.text(1.7 * k + 0.7, 1.45, word or meaning, **words(ha="center", va="center"))
    alt = (
        "Five colours and a hatching: input yellow, kernel blue, output green, gradient violet, "
        "padding grey and hatched; what is never used is hatched the other way."
    )
    return picture(fig, alt)
