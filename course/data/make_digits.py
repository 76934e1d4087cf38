"""Make digits.npz from scikit-learn's copy of the data: python -m course.data.make_digits."""

from hashlib import sha256
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from course.data.digits import DIGITS_FILE

HELD_OUT = 35  # images of each digit in the validation part, and as many in the test part


def digits_arrays() -> dict[str, Any]:
    """What the file holds.

    Returns:
        ``images`` (1797, 8, 8), uint8, 0 to 16; ``labels`` (1797,), uint8; and in ``train``,
        ``validation`` and ``test`` the rows of each part, uint16, in rising order.
    """
    source = load_digits()
    images = source.images.astype(np.uint8)
    labels = source.target.astype(np.uint8)
    return {"images": images, "labels": labels, **split(images, labels)}


def split(images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of each part, with the same number of every digit held out.

    Within a digit the order is that of the images' checksums: as good as shuffled, but the same
    with every version of every library. The file's own order goes from writer to writer.
    """
    checksums = np.array([sha256(image.tobytes()).hexdigest() for image in images])
    shuffled = np.argsort(checksums)
    test, validation, train = [], [], []
    for digit in range(10):
        rows = shuffled[labels[shuffled] == digit]
        test.append(rows[:HELD_OUT])
        validation.append(rows[HELD_OUT : 2 * HELD_OUT])
        train.append(rows[2 * HELD_OUT :])
    parts = {"train": train, "validation": validation, "test": test}
    return {name: np.sort(np.concatenate(rows)).astype(np.uint16) for name, rows in parts.items()}


if __name__ == "__main__":
    np.savez_compressed(DIGITS_FILE, **digits_arrays())
