"""The chain rule drawn: one number goes into several outputs, and all of these into the loss."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from course.show.cells import draw_cell, number, signed
from course.show.figure import Picture, figure, picture, words
from course.show.meanings import LINE, meaning_of

LEFT, MIDDLE, RIGHT = 0.0, 3.4, 6.8
"""Where the boxes begin, in inches of the axes."""
WIDTH, HEIGHT = 1.1, 0.42


def draw_fan(name: str, slopes: ArrayLike, dy: ArrayLike) -> Picture:
    """Draw how the loss depends on one number, through all the outputs that it goes into.

    Args:
        name: What the number is called: "b", or "w[1, 1]".
        slopes: (oh, ow), how much each output grows when the number grows by 1.
        dy: (oh, ow), how much the loss grows when that output grows by 1.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If slopes and dy have different shapes.

    Example:
        >>> draw_fan("b", [[1, 1]], [[2, -3]]).alt[-23:]
        'db = 1·2 + 1·(−3) = −1.'
    """
    slopes, dy = np.asarray(slopes, dtype=float), np.asarray(dy, dtype=float)
    if slopes.shape != dy.shape:
        raise ValueError(f"slopes must have the shape of dy, {dy.shape}, got {slopes.shape}")
    last = 0.75 * (dy.size - 1)
    fig = figure(0.86 * (RIGHT + WIDTH), 0.86 * (last + 1.7))
    axes = fig.add_subplot(xlim=(-0.1, RIGHT + WIDTH + 0.1), ylim=(last + 1.15, -0.7))
    axes.set_axis_off()
    _box(axes, LEFT, last / 2, name, meaning_of(name))
    _box(axes, RIGHT, last / 2, "loss", None)
    _label(axes, (LEFT + WIDTH + MIDDLE) / 2, -0.45, f"∂y/∂{name}")
    _label(axes, (MIDDLE + WIDTH + RIGHT) / 2, -0.45, "dy")
    ways = list(zip(np.ndindex(dy.shape), slopes.flat, dy.flat, strict=True))
    for k, (index, slope, upstream) in enumerate(ways):
        _box(axes, MIDDLE, 0.75 * k, f"y{list(index)}", "output")
        _arrow(axes, (LEFT + WIDTH, last / 2), (MIDDLE, 0.75 * k), number(slope))
        _arrow(axes, (MIDDLE + WIDTH, 0.75 * k), (RIGHT, last / 2), number(upstream))
    products = [f"{number(slope)}·{signed(upstream)}" for _, slope, upstream in ways]
    total = f"d{name} = {' + '.join(products)} = {number(np.sum(slopes * dy))}"
    _label(axes, (RIGHT + WIDTH) / 2, last + 0.85, total)
    parts = [f"y{list(i)}: slope {number(slope)}, dy {number(dy_i)}" for i, slope, dy_i in ways]
    alt = f"{name} reaches the loss through {dy.size} outputs. {'; '.join(parts)}. {total}."
    return picture(fig, alt)


def _box(axes: Axes, left: float, middle: float, text: str, meaning: str | None) -> None:
    draw_cell(axes, left, middle - HEIGHT / 2, text, meaning, corner=(WIDTH, HEIGHT))


def _label(axes: Axes, x: float, y: float, text: str) -> None:
    axes.text(x, y, text, **words(ha="center", va="center"))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], text: str) -> None:
    style = {"arrowstyle": "->", "color": LINE, "linewidth": 1.5, "shrinkA": 3, "shrinkB": 3}
    axes.annotate("", end, start, arrowprops=style)
    _label(axes, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2, text)
