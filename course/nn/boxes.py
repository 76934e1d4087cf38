"""Boxes in an image: how much two have in common, and which of many to keep."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def overlap(box: ArrayLike, boxes: ArrayLike) -> np.ndarray:
    """How much a box and each of the others overlap: intersection over union.

    Args:
        box: (4,): left, top, right, bottom.
        boxes: (n, 4), likewise; n may be 0.

    Returns:
        (n,), from 0 for boxes that share no area to 1 for the same box.

    Raises:
        ValueError: If box or boxes has the wrong shape or does not hold real numbers, if a right
            end is not beyond the left one, or if a bottom is not below the top.

    Example:
        >>> overlap([0, 0, 2, 2], [[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6]])
        array([1.        , 0.33333333, 0.        ])

    References:
        Jaccard (1912), for sets; Everingham and others, "The PASCAL Visual Object Classes (VOC)
        Challenge" (2010), for boxes.
    """
    box, boxes = _boxes("box", np.asarray(box)[np.newaxis]), _boxes("boxes", boxes)
    start, end = np.maximum(box[:, :2], boxes[:, :2]), np.minimum(box[:, 2:], boxes[:, 2:])
    common = np.prod(np.maximum(end - start, 0), axis=1)
    areas = [np.prod(some[:, 2:] - some[:, :2], axis=1) for some in (box, boxes)]
    union = areas[0] + areas[1] - common
    return np.asarray(common / union)


def suppress(boxes: ArrayLike, scores: ArrayLike, limit: float) -> np.ndarray:
    """Of boxes that overlap by more than the limit, keep the one with the highest score.

    This is known as greedy non-maximum suppression. Only boxes that are kept suppress others.

    Args:
        boxes: (n, 4): left, top, right, bottom; n may be 0.
        scores: (n,).
        limit: The largest overlap that two kept boxes may have, from 0 to 1.

    Returns:
        The indices of the kept boxes, the highest score first; of equal scores, the first.

    Raises:
        ValueError: If `overlap` refuses the boxes, if there is not one score for each box, or if
            limit is not from 0 to 1.

    Example:
        >>> suppress([[0, 0, 2, 2], [0, 0, 2, 3], [5, 5, 6, 6]], [0.9, 0.8, 0.7], 0.5)
        array([0, 2])
    """
    boxes, scores = _boxes("boxes", boxes), np.asarray(scores)
    if scores.shape != (len(boxes),):
        raise ValueError(f"scores must have the shape ({len(boxes)},), got {scores.shape}")
    if not 0 <= limit <= 1:
        raise ValueError(f"limit must be from 0 to 1, got {limit!r}")
    waiting, kept = np.argsort(-scores, kind="stable"), []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        waiting = waiting[overlap(boxes[best], boxes[waiting]) <= limit]
    return np.array(kept, dtype=np.int64)


def _boxes(name: str, value: ArrayLike) -> np.ndarray:
    """Boxes (n, 4) as floats; no boxes at all are boxes, too."""
    boxes = np.asarray(value)
    if boxes.shape == (0, 4):
        return boxes.astype(float)
    boxes = arguments.floats(name, boxes, "(n, 4)")
    arguments.same(f"the numbers of {name}", boxes.shape[1], "those of a box", 4)
    if not np.all(boxes[:, :2] < boxes[:, 2:]):
        raise ValueError(f"{name} must be (left, top, right, bottom), each end beyond its start")
    return boxes
