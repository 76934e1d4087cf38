"""The columns of lesson 03, as many at a time as fit into the cache: a step to a fast layer."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from course.convolution.layer import Layer, Pair, backward_arguments, forward_arguments, slices
from course.convolution.workspace import Workspace, workspace

WORKSPACE = 2**22  # bytes; larger buffers leave the cache, and the allocator gives them back
PRODUCTS = 2**15  # numbers in products that wait to be added up


def conv_forward_blocked(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, stride: int | Pair = 1, padding: int | Pair = 0
) -> np.ndarray:
    """The same numbers as `conv_forward`, from columns that never leave the cache.

    Needs memory for the padded input, a copy of w, and 4 MB for the columns, or one output row of
    one image where that is more.

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
    with workspace() as memory:
        forward_in_blocks(x, w, b, layer, y, memory)
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
    with workspace() as memory:
        dw, db = backward_in_blocks(dy, x, w, layer, dx, memory)
    return dx, dw, db


def forward_in_blocks(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    layer: Layer,
    y: np.ndarray,
    memory: Workspace,
) -> None:
    """Fill y (n, F, oh, ow) with the output for some images x (n, C, H, W)."""
    kernel = np.column_stack([w.reshape(layer.F, layer.K), b])  # the bias is one more weight
    windows = windows_of(padded(x, layer.padding, memory), layer)
    for n, i in blocks(windows):
        cols = columns(windows[n, ..., i, :], memory)  # (images, K + 1, rows * ow)
        np.matmul(kernel, cols, out=flat(y[n, :, i]))


def backward_in_blocks(
    dy: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    layer: Layer,
    dx: np.ndarray,
    memory: Workspace,
) -> tuple[np.ndarray, np.ndarray]:
    """Fill dx, and return dw and db for some images."""
    kernel, dkernel = w.reshape(layer.F, layer.K), np.zeros((layer.K + 1, layer.F), w.dtype)
    xpad = padded(x, layer.padding, memory)  # (n, C, H + 2 * ph, W + 2 * pw)
    dxpad = memory.zeros("dxpad", xpad.shape, xpad.dtype)
    windows, dwindows = windows_of(xpad, layer), windows_of(dxpad, layer)
    for n, i in blocks(windows):
        cols = columns(windows[n, ..., i, :], memory)  # (images, K + 1, rows * ow)
        dY = flat(dy[n, :, i])  # (images, F, rows * ow)
        add_products(cols, dY, dkernel, memory)
        np.matmul(kernel.T, dY, out=cols[:, :-1])  # what was cols is their gradient now
        add_to_windows(dwindows[n, ..., i, :], cols[:, :-1])
    ph, pw = layer.padding
    np.copyto(dx, dxpad[:, :, ph : ph + layer.H, pw : pw + layer.W])
    return np.ascontiguousarray(dkernel[:-1].T).reshape(w.shape), dkernel[-1]


def add_products(
    inputs: np.ndarray, dY: np.ndarray, dkernel: np.ndarray, memory: Workspace
) -> None:
    """Add to dkernel (K, F) the products of inputs (n, K, L) and dY (n, F, L), some at a time."""
    for n in slices(len(dY), max(1, PRODUCTS // dkernel.size)):
        parts = memory.array("parts", (len(dY[n]), *dkernel.shape), dkernel.dtype)
        dkernel += np.matmul(inputs[n], dY[n].swapaxes(1, 2), out=parts).sum(axis=0)


def padded(x: np.ndarray, padding: Pair, memory: Workspace) -> np.ndarray:
    """A copy of x (n, C, H, W) in a frame of zeros."""
    ph, pw = padding
    return memory.padded("xpad", x, (0, 0), (0, 0), (ph, ph), (pw, pw))


def windows_of(xpad: np.ndarray, layer: Layer) -> np.ndarray:
    """All windows (n, C, kh, kw, oh, ow), as a view: no pixel is copied."""
    (n, C, _, _), (image, channel, row, pixel) = xpad.shape, xpad.strides
    shape = (n, C, layer.kh, layer.kw, layer.oh, layer.ow)
    sh, sw = layer.stride
    return as_strided(xpad, shape, (image, channel, row, pixel, sh * row, sw * pixel))


def blocks(windows: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Images and output rows such that their columns fit into the workspace."""
    N, *_, oh, _ = windows.shape
    row = windows[0, ..., 0, :].nbytes + windows[0, 0, 0, 0, 0].nbytes  # with the ones
    fit = max(1, WORKSPACE // row)  # output rows
    images, rows = max(1, fit // oh), min(oh, fit)
    for first in range(0, N, images):
        for top in range(0, oh, rows):
            yield slice(first, first + images), slice(top, top + rows)


def columns(windows: np.ndarray, memory: Workspace) -> np.ndarray:
    """The columns (n, K + 1, rows * ow) of windows (n, C, kh, kw, rows, ow), ones as the last."""
    n, C, kh, kw, rows, ow = windows.shape
    cols = memory.array("cols", (n, C * kh * kw + 1, rows * ow), windows.dtype)
    np.copyto(cols[:, :-1].reshape(windows.shape), windows)
    cols[:, -1] = 1
    return cols


def add_to_windows(dwindows: np.ndarray, dcols: np.ndarray) -> None:
    """Add to each window (n, C, kh, kw, rows, ow) the gradient of its column."""
    wide = dcols.reshape(dwindows.shape)
    for u, v in np.ndindex(dwindows.shape[2:4]):  # windows overlap, but not in the same entry
        dwindows[:, :, u, v] += wide[:, :, u, v]


def flat(outputs: np.ndarray) -> np.ndarray:
    """Rows of outputs (n, F, rows, ow) as (n, F, rows * ow), a view."""
    return outputs.reshape(*outputs.shape[:2], -1)
