"""The handwritten digits that come with the course."""

from pathlib import Path
from typing import Any

import numpy as np

from course.data.dataset import Dataset, float_dtype, part_of

DIGITS_FILE = Path(__file__).with_name("digits.npz")


def load_digits(dtype: Any = np.float64) -> Dataset:
    """1797 handwritten digits of 8×8 pixels: 1097 to train on, 350 to validate, 350 to test.

    Validation and test hold 35 images of each digit. Which image is in which part is stored with
    them and always the same. The arrays are new in every call.

    Args:
        dtype: Of the images.

    Returns:
        A `Dataset` of images (N, 1, 8, 8) and labels from 0 to 9.

    Raises:
        ValueError: If dtype is not a floating type.

    Example:
        >>> train, validation, test = load_digits()
        >>> train.images.shape, test.labels.shape
        ((1097, 1, 8, 8), (350,))

    References:
        E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits" (1998), UCI Machine
        Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0.
    """
    dtype = float_dtype(dtype)
    with np.load(DIGITS_FILE) as stored:
        images, labels = stored["images"][:, np.newaxis], stored["labels"]
        rows = [stored[name] for name in Dataset._fields]
    return Dataset(*(part_of(images[row], 16, labels[row], dtype) for row in rows))
