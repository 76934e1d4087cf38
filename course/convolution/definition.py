"""What one number of the output is: a window of the image times the kernel, summed."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def correlate2d(x: ArrayLike, w: ArrayLike, b: ArrayLike = 0.0) -> np.ndarray:
    """Slide the kernel w over the image x; this is what a convolution layer computes.

    y[i, j] = b + sum over u, v of x[i + u, j + v] * w[u, v]

    x        (H, W)     float16, float32 or float64; integers count as float64
    w        (kh, kw)   converted to the dtype of x
    b        a number   added to every output
    returns  (H - kh + 1, W - kw + 1), dtype of x

    Raises ValueError when x or w has another number of axes, is empty or does not hold real
    numbers, or when the kernel is larger than the image.

    Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 9.1, eq. 9.6.
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
    """Convolution as mathematics defines it: correlation with the kernel turned by 180 degrees.

    y[i, j] = b + sum over u, v of x[i + u, j + v] * w[kh - 1 - u, kw - 1 - v]

    Arguments, result, errors and source as for `correlate2d` (eq. 9.5 there).
    """
    return correlate2d(x, arguments.floats("w", w, "(kh, kw)")[::-1, ::-1], b)
