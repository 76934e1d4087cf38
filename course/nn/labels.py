"""Labels: one integer for each image, the number of its class."""

import numpy as np
from numpy.typing import ArrayLike


def class_labels(
    name: str, labels: ArrayLike, count: int, classes: int | None = None
) -> np.ndarray:
    """Return a copy of labels as an array; raise ValueError unless they are count integers.

    With classes, each must lie between 0 and classes - 1.
    """
    try:
        array = np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"{name} must hold integers, got rows of unequal length") from error
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integers, got dtype {array.dtype}")
    if array.shape != (count,):
        raise ValueError(f"{name} must have the shape ({count},), got {array.shape}")
    if classes is not None and np.any((array < 0) | (array >= classes)):
        k = int(np.argmax((array < 0) | (array >= classes)))
        raise ValueError(
            f"{name} must be integers from 0 to {classes - 1}, got {array[k]} at index {k}"
        )
    return array.astype(np.intp)
