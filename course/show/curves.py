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
    """Draw one curve for each entry of curves over the same x.

    scales  of the x and the y axis, each "log" or "linear". Numbers that are 0 have no place on a
            logarithmic axis and are left out
    """
    fig = figure(7, 3.6)
    axes = fig.add_subplot(xscale=scales[0], yscale=scales[1])
    for k, (name, y) in enumerate(curves.items()):
        colour = CURVES[k % len(CURVES)]
        axes.plot(x, y, LINES[k % len(LINES)], color=colour, label=name, linewidth=1.8)
    finish_axes(axes, x_title, y_title)
    add_legend(axes, "best")
    return picture(fig, alt)
