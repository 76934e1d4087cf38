"""im2col lays every window out as a row of a matrix; col2im is its adjoint."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.geometry import output_size, pad2d


def im2col(
    x: ArrayLike, kernel_size: tuple[int, int], stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Lay every window of x out as one row.

    x            (N, C, H, W)   float16, float32 or float64; integers count as float64
    kernel_size  (kh, kw)       height and width of a window in pixels
    stride       pixels from one window to the next, at least 1
    padding      zeros around each image, at least 0
    returns      (N * oh * ow, C * kh * kw), dtype of x; rows ordered by image, window row,
                 window column; columns by channel, kernel row, kernel column

    Raises ValueError when x has another number of axes, is empty or does not hold real numbers,
    and as `output_size` does.

    Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for
    Document Processing" (2006).
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
    """Add every row of cols back into the window it came from: the adjoint of `im2col`.

    For every x and cols, np.sum(im2col(x) * cols) equals np.sum(x * col2im(cols)). It is not
    the inverse: a pixel that lies in four windows receives four numbers.

    cols         (N * oh * ow, C * kh * kw)   float16, float32 or float64; integers count as
                 float64
    x_shape      (N, C, H, W)   the shape of the x that `im2col` was given
    kernel_size, stride, padding   as for `im2col`
    returns      (N, C, H, W), dtype of cols

    Raises ValueError when cols has not the shape that `im2col` returns for x_shape, when
    x_shape is not four positive integers, and as `im2col` does.
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
