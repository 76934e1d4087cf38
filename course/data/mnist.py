"""MNIST: 70000 handwritten digits, in the files that everyone uses."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from course.convolution import arguments
from course.data import files
from course.data.dataset import (
    Dataset,
    Part,
    check_count,
    check_labels,
    cut_off,
    float_dtype,
    part_of,
)

MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist"
# SHA-256 of the packed files
CHECKSUMS = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}


def load_mnist(
    folder: str | Path | None = None,
    validation: int = 10_000,
    dtype: Any = np.float32,
    url: str = MNIST_URL,
) -> Dataset:
    """Handwritten digits of 28×28 pixels: 60000 to train on and validate, 10000 to test.

    Args:
        folder: Has the four files train-images-idx3-ubyte, train-labels-idx1-ubyte,
            t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, packed (.gz) or not. Those it lacks
            are downloaded into it: 11 MB in all. A folder among the user's cached files when None.
        validation: Images taken from the end of the 60000.
        dtype: Of the images. In float64 they take 440 MB, in float32 half of that.
        url: Where the packed files are downloaded from.

    Returns:
        A `Dataset` of images (N, 1, 28, 28) and labels from 0 to 9.

    Raises:
        FileNotFoundError: If a file is not in the folder and cannot be downloaded from url. The
            message says what to do.
        ValueError: If a downloaded file has the wrong checksum; if a file is damaged, cut off or of
            another kind; if validation is negative or leaves nothing to train on; or if dtype is
            not a floating type.

    Example:
        >>> train, validation, test = load_mnist()  # doctest: +SKIP

    References:
        Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits" (1998).
    """
    validation = arguments.integer("validation", validation, least=0)
    dtype, folder = float_dtype(dtype), files.data_folder(folder, "mnist")
    paths = {name: _path(name, folder, url) for name in CHECKSUMS}
    train = _part(paths, "train", dtype)
    return Dataset(*cut_off(train, validation), _part(paths, "t10k", dtype))


def _path(name: str, folder: Path, url: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    packed = [f"{name}.gz" for name in CHECKSUMS]
    return files.fetch(f"{name}.gz", CHECKSUMS[name], folder, url, instead=packed)


def _part(paths: dict[str, Path], prefix: str, dtype: np.dtype) -> Part:
    images_path = paths[f"{prefix}-images-idx3-ubyte"]
    labels_path = paths[f"{prefix}-labels-idx1-ubyte"]
    images, labels = _read_idx(images_path, ndim=3), _read_idx(labels_path, ndim=1)
    if images.shape[1:] != (28, 28) or len(images) == 0:
        raise ValueError(f"{images_path} must hold (N, 28, 28) pixels, got shape {images.shape}")
    check_count(len(labels), labels_path, len(images), images_path)
    check_labels(labels, labels_path)
    return part_of(images[:, np.newaxis], 255, labels, dtype)


def _read_idx(path: Path, ndim: int) -> np.ndarray:
    """An array of bytes in the idx format: magic number, lengths of the axes, entries."""
    content, start = files.read(path), 4 + 4 * ndim
    magic, right = int.from_bytes(content[:4], "big"), 0x800 + ndim
    if magic != right:
        raise ValueError(f"{path} must begin with the magic number {right}, got {magic}")
    shape = tuple(int.from_bytes(content[k : k + 4], "big") for k in range(4, start, 4))
    size = start + math.prod(shape)
    if len(content) != size:
        raise ValueError(
            f"{path} must have {size} bytes for the shape {shape} it states, got {len(content)}: "
            "delete it and get it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
