"""Boxes in an image: how much two have in common, and which of many to keep."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def overlap(box: ArrayLike, boxes: ArrayLike) -> np.ndarray:
    """How much a box and each of the others overlap: intersection over union.

    box      (4,)     left, top, right, bottom
    boxes    (n, 4)   likewise; n may be 0
    returns  (n,), from 0 for boxes that share no area to 1 for the same box

    Raises ValueError when box or boxes has another shape or does not hold real numbers, and when
    a right end is not beyond the left one, or a bottom not below the top.

    Source: Jaccard (1912), for sets; the measure of PASCAL VOC (Everingham and others, 2010).
    """
    [box], boxes = _boxes("box", np.asarray(box)[np.newaxis]), _boxes("boxes", boxes)
    start, end = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    common = np.prod(np.maximum(end - start, 0), axis=1)
    union = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - common
    return np.asarray(common / union)


def suppress(boxes: ArrayLike, scores: ArrayLike, limit: float) -> np.ndarray:
    """Of boxes that overlap by more than the limit, keep the one with the highest score.

    boxes    (n, 4)   left, top, right, bottom; n may be 0
    scores   (n,)
    limit    the largest overlap that two kept boxes may have, from 0 to 1
    returns  the indices of the kept boxes, the highest score first; of equal scores, the first

    Only boxes that are kept suppress others. Raises ValueError for boxes that `overlap` refuses,
    when there is not one score for each box, and when the limit is not from 0 to 1.

    Known as greedy non-maximum suppression.
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
