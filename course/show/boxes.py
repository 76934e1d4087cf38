"""Boxes on an image, such as those of a detector."""

import numpy as np
from numpy.typing import ArrayLike

COLOUR = (1.0, 0.85, 0.0)


def with_boxes(image: ArrayLike, boxes: ArrayLike, width: int = 3) -> np.ndarray:
    """A copy of an image (3, H, W) from 0 to 1, with the outlines of boxes painted on it.

    Args:
        image: (3, H, W).
        boxes: (n, 4): left, top, right, bottom in pixels. What lies outside the image is cut off.
        width: Of an outline, in pixels.

    Returns:
        (3, H, W), float64.

    Example:
        >>> with_boxes(np.zeros((3, 4, 4)), [[0, 0, 4, 4]], width=1)[0].sum()
        np.float64(12.0)
    """
    painted: np.ndarray = np.array(image, dtype=float)
    colour = np.reshape(COLOUR, (3, 1, 1))
    for left, top, right, bottom in np.round(np.asarray(boxes)).astype(int):
        rows, columns = _within(top, bottom), _within(left, right)
        for edge in (top, bottom - width):
            painted[:, _within(edge, edge + width), columns] = colour
        for edge in (left, right - width):
            painted[:, rows, _within(edge, edge + width)] = colour
    return painted


def _within(start: int, end: int) -> slice:
    """The pixels of a stretch; a number below 0 would count from the end."""
    return slice(max(start, 0), max(end, 0))
