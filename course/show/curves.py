"""Curves over one axis."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke
from numpy.typing import ArrayLike

from course.show.figure import TEXT, Picture, figure, picture
from course.show.meanings import CURVES, INK, LINE, PAPER

LINES = ("-", "--", ":", "-.")
"""Told apart without colour."""
OUTLINE = [Stroke(linewidth=4, foreground=PAPER), Normal()]
"""Around a line, which is so seen on any ground."""


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
        style = {"color": colour, "linewidth": 1.8, "path_effects": OUTLINE}
        axes.plot(x, y, LINES[k % len(LINES)], label=name, **style)
    finish_axes(axes, x_title, y_title, "best")
    return picture(fig, alt)


def finish_axes(axes: Axes, x_title: str, y_title: str, place: str) -> None:
    """Titles, grid and legend, read on any ground."""
    axes.set_xlabel(x_title, color=INK, fontsize=TEXT)
    axes.set_ylabel(y_title, color=INK, fontsize=TEXT)
    axes.tick_params(which="both", color=LINE, labelcolor=INK, labelsize=TEXT)
    for spine in axes.spines.values():
        spine.set_color(LINE)
    axes.grid(color=LINE, alpha=0.3)
    axes.legend(frameon=False, loc=place, labelcolor=INK, fontsize=TEXT)
