"""Images, matrices and the shapes that a computation passes through."""

import math
from collections.abc import Sequence

import matplotlib.cbook
import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap
from matplotlib.image import imread
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from course.show.cells import number
from course.show.figure import (
    GREEN,
    GREY,
    INK,
    LINE,
    PAPER,
    PHOTO_DOTS_PER_INCH,
    YELLOW,
    Picture,
    figure,
    picture,
)

MOST_NUMBERED_COLUMNS = 20
STRONG = ("#7b3294", "#0b6e8f", "#1b7837", "#b2182b", "#8c510a", "#2166ac")
"""Colours on which white numbers can be read."""


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
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=1)
        axes.set_title(title, color=INK)
        axes.set_axis_off()
    return picture(fig, alt, 256, PHOTO_DOTS_PER_INCH)


def draw_matrix(A: ArrayLike, title: str, alt: str) -> Picture:
    """Draw a matrix: zeros grey, equal numbers in equal colours.

    Up to twenty different numbers have colours of their own. With more numbers, colours repeat.

    Args:
        A: (rows, columns).
        title: Written above.
        alt: Says in words what there is to see.

    Returns:
        A `Picture`.

    Example:
        >>> draw_matrix([[1, 2, 0], [0, 1, 2]], "A", "1 and 2 move to the right.").alt
        '1 and 2 move to the right.'
    """
    A = np.asarray(A)
    values = np.unique(A[A != 0])
    colours = STRONG if len(values) <= len(STRONG) else colormaps["tab20"](range(20))
    colour_of = np.where(A == 0, 0, 1 + np.searchsorted(values, A) % len(colours))
    palette = ListedColormap([GREY, *colours])
    fig = figure(0.28 * A.shape[1] + 1, 0.28 * A.shape[0] + 1)
    axes = fig.add_subplot()
    axes.imshow(colour_of, cmap=palette, vmin=0, vmax=len(colours), interpolation="nearest")
    axes.set_title(title, color=INK)
    axes.set_xlabel("pixel of the image")
    axes.set_ylabel("output")
    if A.shape[1] <= MOST_NUMBERED_COLUMNS:
        for (i, j), entry in np.ndenumerate(A):
            colour = LINE if entry == 0 else PAPER
            axes.text(j, i, number(entry), ha="center", va="center", color=colour, fontsize=8)
    return picture(fig, alt, colours=32)


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
    fig = figure(0.5 * counts.shape[1] + 1, 0.5 * counts.shape[0] + 1)
    axes = fig.add_subplot()
    shades = np.sqrt(counts / max(counts.max(), 1))  # so that single ones can be seen
    axes.imshow(shades, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(counts):
        if count:
            colour = PAPER if shades[i, j] > 0.6 else INK
            axes.text(j, i, str(count), ha="center", va="center", color=colour, fontsize=9)
    axes.set_xticks(range(counts.shape[1]))
    axes.set_yticks(range(counts.shape[0]))
    axes.set_xlabel(column_title, color=INK)
    axes.set_ylabel(row_title, color=INK)
    return picture(fig, alt, colours=64)


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
    for k, (operation, name, shape) in enumerate(steps):
        left = k * (box + gap)
        fill = {0: YELLOW, len(steps) - 1: GREEN}.get(k, PAPER)
        axes.add_patch(
            FancyBboxPatch(
                (left, 0.3), box, 0.9, boxstyle="round,pad=0.02", facecolor=fill, edgecolor=LINE
            )
        )
        axes.text(left + box / 2, 0.92, name, ha="center", va="center", color=INK)
        axes.text(
            left + box / 2, 0.55, str(shape), ha="center", va="center", color=INK, fontsize=9.5
        )
        if k:
            arrow = {"arrowstyle": "->", "color": INK}
            axes.annotate("", (left - 0.08, 0.75), (left - gap + 0.08, 0.75), arrowprops=arrow)
            middle = left - gap / 2
            axes.text(middle, 0.86, operation, ha="center", va="bottom", color=INK, fontsize=9.5)
    alt = "; ".join(f"{operation or 'begin'}: {name} {shape}" for operation, name, shape in steps)
    return picture(fig, alt, colours=32)
