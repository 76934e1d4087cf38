"""The whole layer written out as one matrix, mostly zeros."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.geometry import output_size


def conv_as_matrix(
    w: ArrayLike, x_shape: tuple[int, int, int], stride: int = 1, padding: int = 0
) -> np.ndarray:
    """The matrix A for which ``A @ x.ravel()`` is the layer's output for one image, without bias.

    Row (f, i, j) holds filter f at the position of window (i, j), and zeros elsewhere.

    Args:
        w: (F, C, kh, kw), float16, float32 or float64; integers count as float64.
        x_shape: (C, H, W), the shape of one image.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around the image, at least 0. They have no columns of their own.

    Returns:
        A (F * oh * ow, C * H * W), with the dtype of w.

    Raises:
        ValueError: If w has the wrong number of axes, is empty or does not hold real numbers; if
            x_shape is not three positive integers, or differs from w in the number of channels; or
            if `output_size` raises it.

    Example:
        >>> conv_as_matrix(np.array([[[[1.0, 2.0]]]]), (1, 1, 4))
        array([[1., 2., 0., 0.],
               [0., 1., 2., 0.],
               [0., 0., 1., 2.]])

    References:
        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), section
        4.1.
    """
    w = arguments.floats("w", w, "(F, C, kh, kw)")
    C, H, W = arguments.integers("x_shape", x_shape, "(C, H, W)")
    F, _, kh, kw = w.shape
    arguments.same("w.shape[1], the channels of w,", w.shape[1], "x_shape[0]", C)
    stride, padding = arguments.stride_and_padding(stride, padding)
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    A = np.empty((F, oh, ow, C, H, W), dtype=w.dtype)
    for f, i, j in np.ndindex(F, oh, ow):
        top, left = i * stride, j * stride
        image = np.zeros((C, H + 2 * padding, W + 2 * padding), dtype=w.dtype)
        image[:, top : top + kh, left : left + kw] = w[f]
        A[f, i, j] = image[:, padding : padding + H, padding : padding + W]
    return A.reshape(F * oh * ow, C * H * W)
