"""Which pixels one output of a layer is made of, and the weight that each of them meets."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course.show.cells import draw_cells, in_words
from course.show.figure import TEXT, Picture, figure, picture
from course.show.meanings import INK

CELL = 0.4
"""Inches."""
CHARACTER = 0.24
"""Width of a character, in cells."""

Panel = tuple[str, Callable[[np.ndarray], np.ndarray], tuple[int, int, int]]


def draw_touched(x_shape: tuple[int, int, int], panels: Sequence[Panel]) -> Picture:
    """Draw the image of each panel's layer, with a weight in every pixel that an output touches.

    x_shape  (C, H, W)
    panels   of each: a title; the layer, a function of images (N, C, H, W) that returns
             (N, F, oh, ow), without a bias; and the place (f, i, j) of the output

    The weights are found by trying: the layer is given an image for each pixel, in which that
    pixel is 1 and the others are 0. So a pixel whose weight is 0 counts as not touched. Raises
    ValueError when there is no such output.
    """
    weights = [_weights(x_shape, layer, output) for _, layer, output in panels]
    titles = [title for title, _, _ in panels]
    draw = _side_by_side if x_shape[0] == 1 else _below_each_other
    sentences = [
        _in_words(title, output, of_panel)
        for (title, _, output), of_panel in zip(panels, weights, strict=True)
    ]
    return picture(draw(titles, weights), " ".join(sentences))


def _side_by_side(titles: list[str], weights: list[np.ndarray]) -> Figure:
    """One image for each title."""
    _, H, W = weights[0].shape
    width = len(titles) * (W + 1)
    fig = figure(CELL * width, CELL * (H + 1.6))
    axes = _axes(fig, 1, (-0.5, width - 0.5), H)[0]
    for k, (title, [channel]) in enumerate(zip(titles, weights, strict=True)):
        _draw_channel(axes, channel, k * (W + 1), title)
    return fig


def _below_each_other(titles: list[str], weights: list[np.ndarray]) -> Figure:
    """A row of channels for each title."""
    C, H, W = weights[0].shape
    room, width = CHARACTER * max(map(len, titles)) + 1, C * (W + 1)
    fig = figure(CELL * (room + width), CELL * len(titles) * (H + 1.6))
    rows = _axes(fig, len(titles), (-room, width - 0.5), H)
    for axes, title, image in zip(rows, titles, weights, strict=True):
        axes.text(-0.5, H / 2, title, ha="right", va="center", color=INK, fontsize=TEXT)
        for c, channel in enumerate(image):
            _draw_channel(axes, channel, c * (W + 1), f"channel {c}")
    return fig


def _axes(fig: Figure, rows: int, across: tuple[float, float], H: int) -> list[Axes]:
    column = list(fig.subplots(rows, 1, squeeze=False).flat)
    for axes in column:
        axes.set(xlim=across, ylim=(H + 0.2, -1.2), aspect="equal")
        axes.set_axis_off()
    return column


def _draw_channel(axes: Axes, weights: np.ndarray, left: float, title: str) -> None:
    touched = np.where(weights == 0, None, "input")
    draw_cells(axes, np.where(weights == 0, np.nan, weights), left, touched, title)


def _weights(
    x_shape: tuple[int, int, int],
    layer: Callable[[np.ndarray], np.ndarray],
    output: tuple[int, int, int],
) -> np.ndarray:
    pixels = math.prod(x_shape)
    y = layer(np.eye(pixels).reshape(pixels, *x_shape))
    if not all(0 <= k < size for k, size in zip(output, y.shape[1:], strict=True)):
        raise ValueError(f"output must lie inside the output's shape {y.shape[1:]}, got {output}")
    return y[(slice(None), *output)].reshape(x_shape)


def _in_words(title: str, output: tuple[int, int, int], weights: np.ndarray) -> str:
    parts = []
    for c, channel in enumerate(weights):
        rows, columns = (np.flatnonzero(channel.any(axis=axis)) for axis in (1, 0))
        if len(rows):
            where = f"rows {_list(rows)}, columns {_list(columns)}"
            parts.append(f"channel {c}, {where}: {in_words(channel[np.ix_(rows, columns)])}")
    touched = f"touches {np.count_nonzero(weights)} of {weights.size} pixels"
    return f"{title}: output {list(output)} {touched}{''.join('; ' + part for part in parts)}."


def _list(numbers: np.ndarray) -> str:
    return " ".join(map(str, numbers))
