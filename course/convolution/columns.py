"""im2col lays every window out as a row of a matrix; col2im is its adjoint."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.geometry import output_size, pad2d


def im2col(
    x: ArrayLike, kernel_size: tuple[int, int], stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Lay every window of x out as one row.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        kernel_size: (kh, kw), the height and width of a window in pixels.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around each image, at least 0.

    Returns:
        cols (N * oh * ow, C * kh * kw), with the dtype of x. Rows are ordered by image, window row
        and window column; columns by channel, kernel row and kernel column.

    Raises:
        ValueError: If x has the wrong number of axes, is empty or does not hold real numbers; or
            if `output_size` raises it.

    Example:
        >>> im2col(np.arange(9.0).reshape(1, 1, 3, 3), (2, 2))
        array([[0., 1., 3., 4.],
               [1., 2., 4., 5.],
               [3., 4., 6., 7.],
               [4., 5., 7., 8.]])

    References:
        Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document
        Processing" (2006).
    """
    x = arguments.floats("x", x, "(N, C, H, W)")
    kh, kw = arguments.integers("kernel_size", kernel_size, "(kh, kw)")
    stride, padding = arguments.stride_and_padding(stride, padding)
    N, C, H, W = x.shape
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    xpad = pad2d(x, padding)
    windows = np.empty((N, oh, ow, C, kh, kw), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            windows[:, i, j] = xpad[:, :, top : top + kh, left : left + kw]
    return windows.reshape(N * oh * ow, C * kh * kw)


def col2im(
    cols: ArrayLike,
    x_shape: tuple[int, int, int, int],
    kernel_size: tuple[int, int],
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    r"""Add every row of cols back into the window it came from: the adjoint of `im2col`.

    For every x and cols,

    .. math::

       \langle \mathrm{im2col}(x),\, cols \rangle = \langle x,\, \mathrm{col2im}(cols) \rangle

    It is not the inverse: a pixel that lies in four windows receives four numbers.

    Args:
        cols: (N * oh * ow, C * kh * kw), float16, float32 or float64; integers count as float64.
        x_shape: (N, C, H, W), the shape of the x that `im2col` was given.
        kernel_size: (kh, kw), as for `im2col`.
        stride: As for `im2col`.
        padding: As for `im2col`.

    Returns:
        (N, C, H, W), with the dtype of cols.

    Raises:
        ValueError: If cols does not have the shape that `im2col` returns for x_shape; if x_shape
            is not four positive integers; or if `im2col` raises it.

    Example:
        >>> col2im(np.ones((4, 4)), (1, 1, 3, 3), (2, 2))
        array([[[[1., 2., 1.],
                 [2., 4., 2.],
                 [1., 2., 1.]]]])
    """
    cols = arguments.floats("cols", cols, "(N * oh * ow, C * kh * kw)")
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    kh, kw = arguments.integers("kernel_size", kernel_size, "(kh, kw)")
    stride, padding = arguments.stride_and_padding(stride, padding)
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    if cols.shape != (N * oh * ow, C * kh * kw):
        raise ValueError(
            f"cols must have the shape {(N * oh * ow, C * kh * kw)} for x_shape {tuple(x_shape)}, "
            f"got {cols.shape}"
        )
    windows = cols.reshape(N, oh, ow, C, kh, kw)
    xpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            xpad[:, :, top : top + kh, left : left + kw] += windows[:, i, j]
    return xpad[:, :, padding : padding + H, padding : padding + W]
