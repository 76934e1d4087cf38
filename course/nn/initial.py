"""The first weights of a layer."""

import numpy as np

from course.convolution import arguments


def he_normal(rng: np.random.Generator | int | None, shape: tuple[int, ...]) -> np.ndarray:
    """Random weights that neither blow up nor shrink what goes from ReLU to ReLU.

    An output is a sum over as many inputs as it has weights, so the more weights it has, the
    smaller each must be: they are normal with standard deviation sqrt(2 / that number).

    rng      draws the weights: a generator or a seed; a new generator when None
    shape    (F, C, kh, kw) or (out_features, in_features): how many outputs, then the weights
             of each
    returns  float64

    Raises ValueError when shape has fewer than two entries or one that is no integer of at least
    1.

    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015).
    """
    if not isinstance(shape, tuple | list) or len(shape) < 2:
        raise ValueError(f"shape must be at least 2 integers, got {shape!r}")
    sizes = [arguments.integer(f"shape[{k}]", size, least=1) for k, size in enumerate(shape)]
    w: np.ndarray = np.random.default_rng(rng).standard_normal(sizes)
    w *= np.sqrt(2 / np.prod(sizes[1:]))
    return w
