"""What one number of the output is: a window of the image times the kernel, summed."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def correlate2d(x: ArrayLike, w: ArrayLike, b: ArrayLike = 0.0) -> np.ndarray:
    r"""Slide the kernel w over the image x. This is what a convolution layer computes.

    .. math:: y_{i,j} = b + \sum_{u,v} x_{i+u,\,j+v}\; w_{u,v}

    Args:
        x: (H, W), float16, float32 or float64; integers count as float64.
        w: (kh, kw), converted to the dtype of x.
        b: A number, added to every output.

    Returns:
        y (H - kh + 1, W - kw + 1), with the dtype of x.

    Raises:
        ValueError: If x or w has the wrong number of axes, is empty or does not hold real numbers;
            or if the kernel is larger than the image.

    Example:
        >>> correlate2d([[1, 2, 3], [4, 5, 6]], [[1, -1]])
        array([[-1., -1.],
               [-1., -1.]])

    References:
        Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 9.1, eq. 9.6.
    """
    x = arguments.floats("x", x, "(H, W)")
    w = arguments.floats("w", w, "(kh, kw)", dtype=x.dtype)
    b = arguments.floats("b", b, "()", dtype=x.dtype)
    (H, W), (kh, kw) = x.shape, w.shape
    if kh > H or kw > W:
        raise ValueError(f"w must fit into x of shape {x.shape}, got w of shape {w.shape}")
    y = np.empty((H - kh + 1, W - kw + 1), dtype=x.dtype)
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            y[i, j] = np.sum(x[i : i + kh, j : j + kw] * w) + b
    return y


def convolve2d(x: ArrayLike, w: ArrayLike, b: ArrayLike = 0.0) -> np.ndarray:
    r"""Convolution as mathematics defines it: correlation with the kernel rotated by 180 degrees.

    .. math:: y_{i,j} = b + \sum_{u,v} x_{i+u,\,j+v}\; w_{kh-1-u,\,kw-1-v}

    Takes, returns and raises the same as `correlate2d`; its source has this as eq. 9.5.

    Example:
        >>> convolve2d([[1, 2, 3], [4, 5, 6]], [[1, -1]])
        array([[1., 1.],
               [1., 1.]])
    """
    return correlate2d(x, arguments.floats("w", w, "(kh, kw)")[::-1, ::-1], b)
