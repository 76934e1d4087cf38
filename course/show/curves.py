"""Curves over one axis."""

from collections.abc import Mapping

from numpy.typing import ArrayLike

from course.show.figure import Picture, add_legend, figure, finish_axes, picture
from course.show.meanings import CURVES

LINES = ("-", "--", ":", "-.")
"""Told apart without colour."""


def draw_curves(
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    x_title: str,
    y_title: str,
    alt: str,
    scales: tuple[str, str] = ("log", "log"),
) -> Picture:
    """Draw several curves over the same x.

    Args:
        x: (n,), the positions.
        curves: The values (n,) of each curve by its name.
        x_title: Written at the x axis.
        y_title: Written at the y axis.
        alt: Says in words what the figure shows.
        scales: Of the x and the y axis, each "log" or "linear". Zeros cannot be shown on a
            logarithmic axis and are left out.

    Returns:
        A `Picture`.

    Example:
        >>> loss = {"training": [2.0, 1.0, 0.5]}
        >>> draw_curves([1, 2, 3], loss, "epoch", "loss", "The loss falls from 2 to 0.5.").alt
        'The loss falls from 2 to 0.5.'
    """
    fig = figure(7, 3.6)
    axes = fig.add_subplot(xscale=scales[0], yscale=scales[1])
    for k, (name, y) in enumerate(curves.items()):
        colour = CURVES[k % len(CURVES)]
        axes.plot(x, y, LINES[k % len(LINES)], color=colour, label=name, linewidth=1.8)
    finish_axes(axes, x_title, y_title)
    add_legend(axes, "best")
    return picture(fig, alt)
