"""Which pixels one output of a layer is made of, and the weight that each of them meets."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from course.show.cells import draw_cells, in_words
from course.show.figure import Picture, figure, picture

CELL = 0.4
"""Inches."""

Panel = tuple[str, Callable[[np.ndarray], np.ndarray], tuple[int, int]]


def draw_touched(x_shape: tuple[int, int], panels: Sequence[Panel]) -> Picture:
    """Draw the image of each panel's layer, with a weight in every pixel that an output touches.

    The weights are measured: the layer is given an image for each pixel, in which that pixel is 1
    and the others are 0. So a pixel whose weight is 0 counts as not touched.

    Args:
        x_shape: (H, W), of images with one channel.
        panels: For each panel a title; a layer without a bias, as a function of images (N, 1, H, W)
            that returns (N, 1, oh, ow); and the position (i, j) of the output.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If there is no such output.

    Example:
        >>> from course.convolution import conv_forward
        >>> w = np.ones((1, 1, 2, 2))
        >>> plain = ("2 x 2", lambda x: conv_forward(x, w, np.zeros(1)), (1, 1))
        >>> picture = draw_touched((3, 3), [plain])
    """
    H, W = x_shape
    width = len(panels) * (W + 1)
    fig = figure(CELL * width, CELL * (H + 1.6))
    axes = fig.add_subplot(xlim=(-0.5, width - 0.5), ylim=(H + 0.2, -1.2), aspect="equal")
    axes.set_axis_off()
    sentences = []
    for k, (title, layer, output) in enumerate(panels):
        weights = _weights(x_shape, layer, output)
        touched = np.where(weights != 0, "input", "")
        draw_cells(axes, np.where(weights == 0, np.nan, weights), k * (W + 1), touched, title)
        sentences.append(_in_words(title, output, weights))
    return picture(fig, " ".join(sentences))


def _weights(
    x_shape: tuple[int, int],
    layer: Callable[[np.ndarray], np.ndarray],
    output: tuple[int, int],
) -> np.ndarray:
    pixels = math.prod(x_shape)
    y = layer(np.eye(pixels).reshape(pixels, 1, *x_shape))[:, 0]
    if not all(0 <= k < size for k, size in zip(output, y.shape[1:], strict=True)):
        raise ValueError(f"output must lie inside the output's shape {y.shape[1:]}, got {output}")
    return y[(slice(None), *output)].reshape(x_shape)


def _in_words(title: str, output: tuple[int, int], weights: np.ndarray) -> str:
    rows, columns = (np.flatnonzero(weights.any(axis=axis)) for axis in (1, 0))
    where = f"; rows {_list(rows)}, columns {_list(columns)}: " if len(rows) else ""
    entries = in_words(weights[np.ix_(rows, columns)]) if len(rows) else ""
    touched = f"touches {np.count_nonzero(weights)} of {weights.size} pixels"
    return f"{title}: output {list(output)} {touched}{where}{entries}."


def _list(numbers: np.ndarray) -> str:
    return " ".join(map(str, numbers))
