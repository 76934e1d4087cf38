"""CIFAR-10: 60000 small colour photos of ten kinds of things."""

import gzip
import tarfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from course.convolution import arguments
from course.data import files
from course.data.dataset import Dataset, check_count, check_labels, cut_off, float_dtype, part_of

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

CIFAR10_URL = "https://www.cs.toronto.edu/~kriz"
ARCHIVE = "cifar-10-binary.tar.gz"
CHECKSUM = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"  # SHA-256
UNPACKED = "cifar-10-batches-bin"
BATCHES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
RECORD = 1 + 3 * 32 * 32  # the label, then the red, the green and the blue pixels


def load_cifar10(
    folder: str | Path | None = None,
    validation: int = 5_000,
    dtype: Any = np.float32,
    url: str = CIFAR10_URL,
) -> Dataset:
    """Colour photos of 32×32 pixels: 50000 to train on and validate, 10000 to test.

    The binary version is read. The Python version is pickled, and unpickling a file can run any
    program hidden in it.

    Args:
        folder: Has cifar-10-binary.tar.gz, or what is in it: data_batch_1.bin to data_batch_5.bin
            and test_batch.bin, there or in cifar-10-batches-bin. If it has neither, the archive is
            downloaded into it: 170 MB. A folder among the user's cached files when None.
        validation: Images taken from the end of the 50000.
        dtype: Of the images. In float64 they take 1.5 GB, in float32 half of that.
        url: Where the archive is downloaded from.

    Returns:
        A `Dataset` of images (N, 3, 32, 32), the channels red, green and blue, and labels from 0 to
        9, the classes in `CIFAR10_CLASSES`.

    Raises:
        FileNotFoundError: If the files are not in the folder and cannot be downloaded from url. The
            message says what to do.
        ValueError: If a downloaded file has the wrong checksum; if a file is damaged, cut off or of
            another kind; if validation is negative or leaves nothing to train on; or if dtype is
            not a floating type.

    Example:
        >>> train, validation, test = load_cifar10()  # doctest: +SKIP

    References:
        A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """
    validation = arguments.integer("validation", validation, least=0)
    dtype, folder = float_dtype(dtype), files.data_folder(folder, "cifar10")
    contents = _unpacked(folder) or _packed(folder, url)
    first = next(iter(contents))
    records = [_records(contents[where], where) for where in contents]
    for where, batch in zip(contents, records, strict=True):
        check_count(len(batch), where, len(records[0]), first)
    train, test = np.concatenate(records[:-1]), records[-1]
    parts = [part_of(r[:, 1:].reshape(-1, 3, 32, 32), 255, r[:, 0], dtype) for r in (train, test)]
    return Dataset(*cut_off(parts[0], validation), parts[1])


def _unpacked(folder: Path) -> dict[str, bytes]:
    """The six files by their paths, in the order of BATCHES; empty when one of them is missing."""
    for place in (folder, folder / UNPACKED):
        paths = [place / name for name in BATCHES]
        if all(path.is_file() for path in paths):
            return {str(path): path.read_bytes() for path in paths}
    return {}


def _packed(folder: Path, url: str) -> dict[str, bytes]:
    """The six files in the archive, in the order of BATCHES; nothing is unpacked on the disk."""
    path = folder / ARCHIVE
    if not path.is_file():
        path = files.fetch(ARCHIVE, CHECKSUM, folder, url, instead=[ARCHIVE])
    try:
        members = _members(path)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(files.damaged(path, error)) from None
    for name in BATCHES:
        if name not in members:
            raise ValueError(f"{path} must hold {UNPACKED}/{name}, which it does not")
    return {f"{name} in {path}": members[name] for name in BATCHES}


def _members(path: Path) -> dict[str, bytes]:
    """The files of BATCHES that the archive holds; links are none."""
    wanted = {f"{UNPACKED}/{name}": name for name in BATCHES}
    contents = {}
    with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name in wanted:
                contents[wanted[member.name]] = file.read()
        stream.read()  # gzip compares its checksum at the very end, behind the last file
    return contents


def _records(content: bytes, where: str) -> np.ndarray:
    """The rows (N, 3073) of one file."""
    if len(content) == 0 or len(content) % RECORD != 0:
        raise ValueError(
            f"{where} must hold images of {RECORD} bytes each, got {len(content)} bytes: "
            "delete it and get it again"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    check_labels(records[:, 0], where)
    return records
