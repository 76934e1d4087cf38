"""The columns of lesson 03, as many at a time as fit into the cache: a step to a fast layer."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from course.convolution.layer import Layer, Pair, backward_arguments, forward_arguments, room

WORKSPACE = 2**22  # bytes; larger buffers leave the cache, and the allocator gives them back


class Block(NamedTuple):
    """Images n and output rows i to work on at once, and room for their columns."""

    n: slice
    i: slice
    cols: np.ndarray  # (images, C, kh, kw, rows, ow)


def conv_forward_blocked(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, stride: int | Pair = 1, padding: int | Pair = 0
) -> np.ndarray:
    """The same numbers as `conv_forward`, from columns that never leave the cache.

    Needs memory for the padded input, and 4 MB for the columns, or one output row of one image
    where that is more.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w: (F, C, kh, kw), converted to the dtype of x.
        b: (F,), converted to the dtype of x.
        stride: Pixels from one window to the next, an integer or a pair (down, across).
        padding: Zeros around each image, an integer or a pair (down, across).

    Returns:
        y (N, F, oh, ow), with the dtype of x.

    Raises:
        ValueError: If `conv_forward` raises it.

    Example:
        >>> x, w, b = np.ones((1, 2, 4, 4)), np.ones((1, 2, 3, 3)), np.zeros(1)
        >>> conv_forward_blocked(x, w, b, stride=(1, 2), padding=(0, 1))
        array([[[[12., 18.],
                 [12., 18.]]]])
    """
    x, w, b, layer = forward_arguments(x, w, b, stride, padding)
    y = np.empty((layer.N, layer.F, layer.oh, layer.ow), dtype=x.dtype)
    forward_in_blocks(x, w, b, layer, y)
    return y


def conv_backward_blocked(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike, stride: int | Pair = 1, padding: int | Pair = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three gradients, from columns that are made again: keeping them would take much memory.

    Needs memory for the padded input, its gradient and the columns of `conv_forward_blocked`.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        w: (F, C, kh, kw), converted to the dtype of dy.
        stride: Pixels from one window to the next, an integer or a pair (down, across).
        padding: Zeros around each image, an integer or a pair (down, across).

    Returns:
        dx (N, C, H, W), dw (F, C, kh, kw) and db (F,), with the dtype of dy.

    Raises:
        ValueError: If an array has the wrong number of axes, is empty or does not hold real
            numbers; if dy does not have the shape of the output for x and w; if x and w differ
            in the number of channels; or if `output_size` raises it.

    Example:
        >>> x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
        >>> dx, dw, db = conv_backward_blocked(np.ones((1, 1, 2, 2)), x, w)
        >>> dx[0, 0, 1], dw[0, 0, 0], db
        (array([2., 4., 2.]), array([4., 4.]), array([4.]))
    """
    dy, x, w, layer = backward_arguments(dy, x, w, stride, padding)
    dx = np.empty_like(x)
    dw = backward_in_blocks(dy, x, w, layer, dx)
    return dx, dw, dy.sum(axis=(0, 2, 3))


def forward_in_blocks(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, layer: Layer, y: np.ndarray
) -> None:
    """Fill y (n, F, oh, ow) with the output for some images x (n, C, H, W)."""
    multiply(windows_of(padded(x, layer.padding), layer), w, y)
    y += b[:, np.newaxis, np.newaxis]


def multiply(windows: np.ndarray, w: np.ndarray, y: np.ndarray) -> None:
    """Fill y (n, F, oh, ow) with the filters times windows (n, C, kh, kw, oh, ow)."""
    F, K = len(w), w[0].size
    for block in blocks(windows):
        np.copyto(block.cols, windows[block.n, ..., block.i, :])
        cols = block.cols.reshape(len(block.cols), K, -1)  # (images, K, rows * ow)
        product = y[block.n, :, block.i].reshape(len(cols), F, -1)  # (images, F, rows * ow)
        np.matmul(w.reshape(F, K), cols, out=product)


def backward_in_blocks(
    dy: np.ndarray, x: np.ndarray, w: np.ndarray, layer: Layer, dx: np.ndarray
) -> np.ndarray:
    """Fill dx and return dw for some images."""
    ph, pw = layer.padding
    xpad = padded(x, layer.padding)  # (n, C, H + 2 * ph, W + 2 * pw)
    dxpad = np.zeros_like(xpad)
    dw = multiply_back(dy, windows_of(xpad, layer), w, windows_of(dxpad, layer))
    dx[...] = dxpad[:, :, ph : ph + layer.H, pw : pw + layer.W]
    return dw


def multiply_back(
    dy: np.ndarray, windows: np.ndarray, w: np.ndarray, dwindows: np.ndarray
) -> np.ndarray:
    """Add what every window receives to dwindows, and return dw; shapes as in `multiply`."""
    F, K = len(w), w[0].size
    dw = np.zeros((K, F), dtype=dy.dtype)
    for block in blocks(windows):
        np.copyto(block.cols, windows[block.n, ..., block.i, :])
        cols = block.cols.reshape(len(block.cols), K, -1)  # (images, K, rows * ow)
        dY = dy[block.n, :, block.i].reshape(len(cols), F, -1)  # (images, F, rows * ow)
        for image, image_dY in zip(cols, dY, strict=True):
            dw += image @ image_dY.T
        np.matmul(w.reshape(F, K).T, dY, out=cols)  # what was the columns is their gradient now
        for u, v in np.ndindex(w.shape[2:]):
            dwindows[block.n, :, u, v, block.i] += block.cols[:, :, u, v]
    return np.ascontiguousarray(dw.T).reshape(w.shape)


def padded(x: np.ndarray, padding: Pair) -> np.ndarray:
    """A copy of x (n, C, H, W) in a frame of zeros."""
    (n, C, H, W), (ph, pw) = x.shape, padding
    xpad = np.zeros((n, C, H + 2 * ph, W + 2 * pw), dtype=x.dtype)
    xpad[:, :, ph : ph + H, pw : pw + W] = x
    return xpad


def windows_of(xpad: np.ndarray, layer: Layer) -> np.ndarray:
    """All windows (n, C, kh, kw, oh, ow), as a view: no pixel is copied."""
    (n, C, _, _), (image, channel, row, pixel) = xpad.shape, xpad.strides
    shape = (n, C, layer.kh, layer.kw, layer.oh, layer.ow)
    sh, sw = layer.stride
    return as_strided(xpad, shape, (image, channel, row, pixel, sh * row, sw * pixel))


def blocks(windows: np.ndarray) -> Iterator[Block]:
    """Images and output rows such that their columns fit into the workspace, in one buffer."""
    N, *numbers, oh, ow = windows.shape
    fit = max(1, WORKSPACE // windows[0, ..., 0, :].nbytes)  # output rows
    images, rows = max(1, min(N, fit // oh)), min(oh, fit)
    buffer = np.empty(images * math.prod(numbers) * rows * ow, dtype=windows.dtype)
    for first in range(0, N, images):
        for top in range(0, oh, rows):
            n, i = slice(first, first + images), slice(top, top + rows)
            yield Block(n, i, room(buffer, *windows[n, ..., i, :].shape))
