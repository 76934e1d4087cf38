"""The first weights of a layer."""

import numpy as np

from course.convolution import arguments


def he_normal(rng: np.random.Generator | int | None, shape: tuple[int, ...]) -> np.ndarray:
    r"""Random weights that keep the size of the numbers steady from ReLU to ReLU.

    An output is a sum over as many inputs as it has weights, so the more weights it has, the
    smaller each must be:

    .. math:: w \sim \mathcal{N}\!\left(0,\; \frac{2}{\text{weights of one output}}\right)

    Args:
        rng: Draws the weights: a generator or a seed. A new generator when None.
        shape: (F, C, kh, kw) or (out_features, in_features): the number of outputs, then the shape
            of the weights of each.

    Returns:
        float64, of the given shape.

    Raises:
        ValueError: If shape has fewer than two entries, or one that is not an integer of at least
            1.

    Example:
        >>> he_normal(0, (500, 8, 3, 3)).std().round(2), (2 / (8 * 3 * 3)) ** 0.5
        (np.float64(0.17), 0.16666666666666666)

    References:
        He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015).
    """
    if not isinstance(shape, tuple | list) or len(shape) < 2:
        raise ValueError(f"shape must be at least 2 integers, got {shape!r}")
    sizes = [arguments.integer(f"shape[{k}]", size, least=1) for k, size in enumerate(shape)]
    w: np.ndarray = np.random.default_rng(rng).standard_normal(sizes)
    w *= np.sqrt(2 / np.prod(sizes[1:]))
    return w
