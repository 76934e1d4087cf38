"""Images with labels, in a part to train on, one to choose by and one to report."""

from typing import Any, NamedTuple

import numpy as np

from course.convolution import arguments


class Part(NamedTuple):
    """Images and their labels; ``images, labels = part`` takes them apart.

    Attributes:
        images: (N, C, H, W), floats from 0 to 1.
        labels: (N,), int64, the class of each image.
    """

    images: np.ndarray
    labels: np.ndarray


class Dataset(NamedTuple):
    """Three parts with no image in common; ``train, validation, test = dataset`` takes them apart.

    Attributes:
        train: The `Part` to learn from.
        validation: The `Part` with which to compare settings, such as learning rates.
        test: The `Part` to look at once, at the end.
    """

    train: Part
    validation: Part
    test: Part


def part_of(pixels: np.ndarray, largest: int, labels: np.ndarray, dtype: Any) -> Part:
    """New arrays of the dtype, with the pixels 0 to largest brought to 0 to 1, and int64."""
    return Part(np.divide(pixels, largest, dtype=dtype), labels.astype(np.int64))


def cut_off(train: Part, count: int) -> tuple[Part, Part]:
    """All images but the last count, and the last count.

    Raises:
        ValueError: If that leaves none to train on.
    """
    if count >= len(train.images):
        raise ValueError(
            f"validation must be less than the {len(train.images)} images there are to train on, "
            f"got {count}"
        )
    start = len(train.images) - count
    images, labels = train
    return Part(images[:start], labels[:start]), Part(images[start:], labels[start:])


def float_dtype(dtype: Any) -> np.dtype:
    """Return dtype as NumPy's; raise ValueError unless it is one of floats."""
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = None
    if known is None or known.kind != "f":
        raise ValueError(f"dtype must be a type of floats, such as np.float64, got {dtype!r}")
    return known


def check_labels(labels: np.ndarray, where: Any) -> None:
    """Raise ValueError unless all labels are 0 to 9; where names the file they are from."""
    if labels.max() > 9:
        raise ValueError(f"labels in {where} must be 0 to 9, got {labels.max()}")


def check_count(count: int, where: Any, other: int, elsewhere: Any) -> None:
    """Raise ValueError unless one file holds as many as another."""
    arguments.same(f"the number of entries in {where}", count, f"that in {elsewhere}", other)
