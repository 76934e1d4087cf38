"""The parametric rectified linear unit."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def prelu(x: ArrayLike, slope: ArrayLike) -> np.ndarray:
    """Keep what is positive, and multiply the rest by the slope of its channel.

    Args:
        x: (N, C, H, W).
        slope: (C,), learned like weights. 0 gives ReLU, and 1 leaves the channel as it is.

    Returns:
        (N, C, H, W), with the dtype of x.

    Raises:
        ValueError: If x or slope has the wrong number of axes, is empty or does not hold real
            numbers, or if there is not one slope for each channel.

    Example:
        >>> prelu([[[[-2, 2]], [[-2, 2]]]], [0, 0.5]).ravel()
        array([-0.,  2., -1.,  2.])

    References:
        He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015).
    """
    x = arguments.floats("x", x, "(N, C, H, W)")
    slope = arguments.floats("slope", slope, "(C,)", x.dtype)
    arguments.same("the slopes", len(slope), "the channels of x", x.shape[1])
    return np.where(x > 0, x, slope[:, np.newaxis, np.newaxis] * x)
