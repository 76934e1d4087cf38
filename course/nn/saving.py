"""A trained model as a file, and back."""

from os import PathLike
from typing import Any

import numpy as np

from course.convolution import arguments
from course.gradcheck import owner
from course.nn.layer import Layer


def save(model: Layer, path: str | PathLike[str]) -> None:
    """Write the parameters of a model to a file in NumPy's npz format, under their names.

    Only the parameters are stored: the layers, their strides and paddings stay in the program.

    Args:
        model: A layer or a `Sequential`.
        path: Used as it is; no file extension is added.

    Raises:
        ValueError: If a parameter does not hold real numbers. The file is then not touched.
        OSError: If the file cannot be written.

    Example:
        >>> import tempfile
        >>> from course.nn import load, small_cnn
        >>> trained, fresh = small_cnn(rng=0), small_cnn(rng=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(trained, f"{folder}/digits.npz")
        ...     load(fresh, f"{folder}/digits.npz")
        >>> bool((fresh.layers[0].w == trained.layers[0].w).all())
        True
    """
    arrays: dict[str, Any] = {
        name: arguments.floats(name, getattr(*owner(model, name)), "(...)")
        for name in model.parameters
    }
    with open(path, "wb") as file:  # a file, because np.savez adds .npz to a path without it
        np.savez(file, **arrays)


def load(model: Layer, path: str | PathLike[str]) -> None:
    """Give a model the parameters that `save` has written, in the dtypes of the model.

    The file is read without pickle, so nothing in it is ever run as a program. For an example, see
    `save`.

    Args:
        model: A layer or a `Sequential`, with the layers of the model that was saved.
        path: The file.

    Raises:
        ValueError: If the file was not written by `save`, or if its names or shapes are not those
            of the model; the message says which. The model then stays as it was.
        OSError: If the file cannot be opened.
    """
    arrays = _read(path)
    missing = [name for name in model.parameters if name not in arrays]
    unknown = [name for name in arrays if name not in model.parameters]
    if missing or unknown:
        raise ValueError(
            f"{path} does not fit the model: only the model has {missing or 'nothing'}, only the "
            f"file has {unknown or 'nothing'}"
        )
    for name, array in arrays.items():
        shape = np.shape(getattr(*owner(model, name)))
        if array.shape != shape:
            raise ValueError(
                f"{path} does not fit the model: {name} has the shape {array.shape} in the file "
                f"and {shape} in the model"
            )
    for name, array in arrays.items():
        layer, attribute = owner(model, name)
        setattr(layer, attribute, array.astype(np.asarray(getattr(layer, attribute)).dtype))


def _read(path: str | PathLike[str]) -> dict[str, np.ndarray]:
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arguments.floats(name, arrays[name], "(...)") for name in arrays}
        except Exception as error:  # NumPy and zipfile have a dozen kinds for what is damaged
            raise ValueError(f"{path} is no file of parameters written by save") from error
