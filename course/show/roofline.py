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

    peak       the most operations a second
    bandwidth  the most bytes a second
    reached    for each way of working, and each piece of work in it: operations for each byte that
               has to move, and operations a second

    Source: Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for
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
