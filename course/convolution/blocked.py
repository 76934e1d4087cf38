"""The columns of lesson 03, a cacheful at a time: the first step on the way to a fast layer."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.forward import layer_arguments
from course.convolution.geometry import output_size

Pair = tuple[int, int]
WORKSPACE = 2**22  # bytes; larger buffers leave the cache, and the allocator gives them back


def conv_forward_blocked(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, stride: int | Pair = 1, padding: int | Pair = 0
) -> np.ndarray:
    """The same numbers as `conv_forward`, from columns that never leave the cache.

    x        (N, C, H, W)     float16, float32 or float64; integers count as float64
    w        (F, C, kh, kw)   converted to the dtype of x
    b        (F,)             converted to the dtype of x
    stride   pixels from one window to the next, an integer or a pair (down, across)
    padding  zeros around each image, an integer or a pair
    returns  (N, F, oh, ow), dtype of x

    Needs the padded input and 4 MB for the columns, or one output row of one image where that
    is more. Raises ValueError as `conv_forward` does.
    """
    x, w, b = layer_arguments(x, w, b)
    stride, padding = stride_and_padding(stride, padding)
    size = output_shape(x.shape, w.shape, stride, padding)
    y = np.empty((len(x), len(w), *size), dtype=x.dtype)
    forward_in_blocks(x, w, b, stride, padding, y)
    return y


def forward_in_blocks(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: Pair, padding: Pair, y: np.ndarray
) -> None:
    """Fill y (N, F, oh, ow) with the layer's output."""
    windows = windows_of(padded(x, padding), w.shape[2:], stride)
    (_, C, kh, kw, _, _), F = windows.shape, len(w)
    for n, i, cols in column_blocks(windows):
        np.copyto(cols, windows[n, ..., i, :])
        cols = cols.reshape(len(cols), C * kh * kw, -1)
        np.matmul(w.reshape(F, -1), cols, out=y[n, :, i].reshape(len(cols), F, -1))
    y += b[:, np.newaxis, np.newaxis]


def conv_backward_blocked(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike, stride: int | Pair = 1, padding: int | Pair = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three gradients; the columns are made again, because to keep them takes the memory.

    dy       (N, F, oh, ow)   the gradient of the loss by the output; floats keep their dtype,
             integers count as float64
    x        (N, C, H, W)     the input of the forward pass, converted to the dtype of dy
    w        (F, C, kh, kw)   converted to the dtype of dy
    stride, padding   as in the forward pass
    returns  dx (N, C, H, W), dw (F, C, kh, kw), db (F,), dtype of dy

    Needs the padded input, its gradient and the columns of `conv_forward_blocked`. Raises
    ValueError when an array has another number of axes, is empty or does not hold real numbers,
    when dy has not the shape of the output for x and w, when the channels of x and w differ in
    number, and as `output_size` does.
    """
    dy, x, w = gradient_arguments(dy, x, w, stride, padding)
    stride, padding = stride_and_padding(stride, padding)
    (F, C, kh, kw), (H, W), (ph, pw) = w.shape, x.shape[2:], padding
    xpad = padded(x, padding)
    dxpad, dw = np.zeros_like(xpad), np.zeros((C * kh * kw, F), dtype=dy.dtype)
    windows = windows_of(xpad, (kh, kw), stride)
    dwindows = windows_of(dxpad, (kh, kw), stride, writeable=True)
    for n, i, cols in column_blocks(windows):
        np.copyto(cols, windows[n, ..., i, :])
        dY = dy[n, :, i].reshape(len(cols), F, -1)
        images = cols.reshape(len(cols), C * kh * kw, -1)
        for image, image_dY in zip(images, dY, strict=True):
            dw += image @ image_dY.T
        np.matmul(w.reshape(F, -1).T, dY, out=images)
        for u, v in np.ndindex(kh, kw):
            dwindows[n, :, u, v, i] += cols[:, :, u, v]
    dx = dxpad[:, :, ph : ph + H, pw : pw + W]
    return dx, dw.T.reshape(F, C, kh, kw), dy.sum(axis=(0, 2, 3))


def padded(x: np.ndarray, padding: Pair) -> np.ndarray:
    """A copy of x (N, C, H, W) in a frame of zeros."""
    (N, C, H, W), (ph, pw) = x.shape, padding
    xpad = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dtype=x.dtype)
    xpad[:, :, ph : ph + H, pw : pw + W] = x
    return xpad


def windows_of(
    xpad: np.ndarray, kernel_size: tuple[int, ...], stride: Pair, writeable: bool = False
) -> np.ndarray:
    """All windows (N, C, kh, kw, oh, ow), as a view: no pixel is copied."""
    windows = sliding_window_view(xpad, kernel_size, axis=(2, 3), writeable=writeable)
    return windows[:, :, :: stride[0], :: stride[1]].transpose(0, 1, 4, 5, 2, 3)


def column_blocks(windows: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Blocks of images n and of output rows i, with room for their columns in one buffer."""
    N, C, kh, kw, oh, ow = windows.shape
    fit = max(1, WORKSPACE // (C * kh * kw * ow * windows.itemsize))
    images, rows = max(1, fit // oh), min(oh, fit)
    buffer = np.empty(images * C * kh * kw * rows * ow, dtype=windows.dtype)
    for first in range(0, N, images):
        for top in range(0, oh, rows):
            n, i = slice(first, min(first + images, N)), slice(top, min(top + rows, oh))
            shape = (n.stop - n.start, C, kh, kw, i.stop - i.start, ow)
            yield n, i, buffer[: np.prod(shape)].reshape(shape)


def stride_and_padding(stride: Any, padding: Any) -> tuple[Pair, Pair]:
    """Both as pairs of Python ints; raise ValueError for anything but integers and pairs."""
    return _pair("stride", stride, least=1), _pair("padding", padding, least=0)


def _pair(name: str, value: Any, least: int) -> Pair:
    if not isinstance(value, tuple | list):
        return (arguments.integer(name, value, least),) * 2
    if len(value) != 2:
        raise ValueError(f"{name} must be an integer or a pair (down, across), got {value!r}")
    down, across = (
        arguments.integer(f"{name}[{k}]", entry, least) for k, entry in enumerate(value)
    )
    return down, across


def gradient_arguments(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike, stride: Any, padding: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The arrays of a backward pass with the dtype of dy, or ValueError where they clash."""
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    w = arguments.floats("w", w, "(F, C, kh, kw)", dtype=dy.dtype)
    arguments.same("w.shape[1], the channels of w,", w.shape[1], "x.shape[1]", x.shape[1])
    stride, padding = stride_and_padding(stride, padding)
    expected = (len(x), len(w), *output_shape(x.shape, w.shape, stride, padding))
    if dy.shape != expected:
        raise ValueError(
            f"dy must have the shape of the output, {expected} for x of shape {x.shape} and w of "
            f"shape {w.shape}, got {dy.shape}"
        )
    return dy, x, w


def output_shape(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], stride: Pair, padding: Pair
) -> Pair:
    """(oh, ow) as `output_size` says for each axis."""
    oh, ow = map(output_size, x_shape[2:], w_shape[2:], stride, padding)
    return oh, ow
