"""What a machine can do at most, and what was reached of it."""

from collections.abc import Mapping

import numpy as np

from course.show.figure import TEXT, Picture, add_legend, figure, finish_axes, picture
from course.show.meanings import CURVES, INK, LINE

MARKS = ("o", "s", "^", "D")
"""Told apart without colour."""


def draw_roofline(
    peak: float,
    bandwidth: float,
    reached: Mapping[str, Mapping[str, tuple[float, float]]],
    x_title: str,
    y_title: str,
    alt: str,
) -> Picture:
    """Draw a machine's two limits as a roof, and below it what was reached.

    Args:
        peak: The most operations per second.
        bandwidth: The most bytes per second.
        reached: For each method, and each piece of work done with it: operations for each byte that
            has to move, and operations per second.
        x_title: Written at the x axis.
        y_title: Written at the y axis.
        alt: Says in words what there is to see.

    Returns:
        A `Picture`.

    Example:
        >>> reached = {"im2col": {"a layer": (4.0, 2e10)}}
        >>> titles = "operations per byte", "operations per second"
        >>> draw_roofline(1e11, 1e10, reached, *titles, "One layer at half of the roof.").alt
        'One layer at half of the roof.'

    References:
        Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for
        Multicore Architectures" (2009).
    """
    fig = figure(7, 4)
    axes = fig.add_subplot(xscale="log", yscale="log")
    places = [x for work in reached.values() for x, _ in work.values()]
    ridge = peak / bandwidth
    x = np.geomspace(min(*places, ridge) / 2, max(*places, ridge) * 2, 200)
    axes.plot(x, np.minimum(peak, bandwidth * x), color=CURVES[2], linewidth=2)
    axes.axvline(ridge, color=LINE, linestyle=":")
    for mark, colour, (name, work) in zip(MARKS, CURVES, reached.items(), strict=False):
        across, up = zip(*work.values(), strict=True)
        axes.plot(across, up, mark, color=colour, label=name, markersize=7)
        for label, place in work.items():
            axes.annotate(
                label, place, (7, -4), textcoords="offset points", color=INK, fontsize=TEXT
            )
    finish_axes(axes, x_title, y_title)
    add_legend(axes, "lower right")
    return picture(fig, alt)
