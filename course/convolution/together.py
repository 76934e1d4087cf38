"""Small images, laid side by side: pixel (p, q) of all images is one piece of memory.

    one after the other   a0 a1 a2   b0 b1 b2         a row of image a, a row of image b
    side by side          a0 b0   a1 b1   a2 b2       one row of both

A small image has short rows, and work in short runs is slow. Side by side, n images are one image
whose rows are n times as long, and L = ow * n pixels go through a product at once.

Each pixel row lies there kw times, shifted by 0 to kw - 1 pixels; below it lies the next. So the
kh pixel rows under an output row are one piece of memory: its window, a matrix (kh * kw * C, L)
that nobody has to copy.

    pixel row 0   shifted by 0   (C, L)     window of output row 0
                  shifted by 1   (C, L)     |
    pixel row 1   shifted by 0   (C, L)     |   window of output row 1
                  shifted by 1   (C, L)     |   |
    pixel row 2   shifted by 0   (C, L)         |
                  shifted by 1   (C, L)         |
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from course.convolution.layer import Layer, Pair, image_slices, room

LENGTH = 512  # pixels in a row of all images: enough to keep a product busy
NUMBERS = 2**19  # in the rows and the product of all images: 2 MB of float32


def images_together(layer: Layer) -> int:
    """How many images lie side by side: so many as make rows long enough, and fit."""
    height = layer.H + 2 * layer.padding[0]
    numbers = height * layer.ow * (layer.kw * layer.C + layer.F)  # in those of one image
    return min(layer.N, LENGTH // layer.ow, NUMBERS // numbers)


def are_small(layer: Layer) -> bool:
    """Whether rows are long enough together, and they and the product less to copy than columns.

    Only where the stride across is 1 do the pixels of a row lie in one piece.
    """
    n = images_together(layer)
    long_enough = n > 1 and (n == layer.N or n * layer.ow >= LENGTH // 4)
    less = layer.kw * layer.C + layer.F < layer.K
    return long_enough and less and layer.stride[1] == 1


def forward_together(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, layer: Layer, y: np.ndarray
) -> None:
    """Fill y (n, F, oh, ow) with the output for some images x (n, C, H, W)."""
    kernel, memory = in_order_of_rows(w), memory_for_rows(1, x.dtype, layer)
    for n in image_slices(len(x), images_together(layer)):
        rows = shifted_rows(side_by_side(x[n], layer.padding), layer, memory[0])
        product = np.matmul(kernel, windows_of(rows, layer))  # (oh, F, L)
        product += b[:, np.newaxis]
        wide = product.reshape(layer.oh, layer.F, layer.ow, -1)  # (oh, F, ow, n)
        y[n] = wide.transpose(3, 1, 0, 2)


def backward_together(
    dy: np.ndarray, x: np.ndarray, w: np.ndarray, layer: Layer, dx: np.ndarray
) -> np.ndarray:
    """Fill dx and return dw for some images."""
    kernel, memory = in_order_of_rows(w), memory_for_rows(2, x.dtype, layer)
    dw = np.zeros((layer.K, layer.F), dtype=w.dtype)
    for n in image_slices(len(x), images_together(layer)):
        rows = shifted_rows(side_by_side(x[n], layer.padding), layer, memory[0])
        drows = room(memory[1], *rows.shape)  # (pixel rows, kw, C, L)
        dY = side_by_side(dy[n], (0, 0)).reshape(layer.F, layer.oh, -1)  # (F, oh, L)
        backward_rows(dY, rows, kernel, layer, drows, dw)
        dx[n] = added_up(drows, layer).transpose(3, 0, 1, 2)
    in_order = dw.reshape(layer.kh, layer.kw, layer.C, layer.F)
    return np.ascontiguousarray(in_order.transpose(3, 2, 0, 1))


def backward_rows(
    dY: np.ndarray,
    rows: np.ndarray,
    kernel: np.ndarray,
    layer: Layer,
    drows: np.ndarray,
    dw: np.ndarray,
) -> None:
    """Fill drows with what the windows of rows receive, and add to dw (K, F)."""
    drows[...] = 0
    windows = windows_of(rows, layer)  # (oh, K, L)
    product = np.empty(windows.shape[1:], dtype=rows.dtype)  # (K, L)
    for i, window in enumerate(windows):
        dw += window @ dY[:, i].T
        np.matmul(kernel.T, dY[:, i], out=product)
        first = i * layer.stride[0]
        drows[first : first + layer.kh] += product.reshape(layer.kh, *rows.shape[1:])


def in_order_of_rows(w: np.ndarray) -> np.ndarray:
    """The filters (F, K), with the numbers of a window in the order kh, kw, C."""
    return w.transpose(0, 2, 3, 1).reshape(len(w), -1)


def side_by_side(images: np.ndarray, padding: Pair) -> np.ndarray:
    """A copy (C, H + 2 * ph, W + 2 * pw, n) of images (n, C, H, W), in a frame of zeros."""
    (n, C, H, W), (ph, pw) = images.shape, padding
    framed = np.zeros((C, H + 2 * ph, W + 2 * pw, n), dtype=images.dtype)
    framed[:, ph : ph + H, pw : pw + W] = images.transpose(1, 2, 3, 0)
    return framed


def shifted_rows(framed: np.ndarray, layer: Layer, memory: np.ndarray) -> np.ndarray:
    """The pixel rows as drawn at the top, (H + 2 * ph, kw, C, L), for side_by_side's images."""
    (C, height, _, n), (channel, row, pixel, number) = framed.shape, framed.strides
    shape = (height, layer.kw, C, layer.ow * n)
    rows = room(memory, *shape)
    np.copyto(rows, as_strided(framed, shape, (row, pixel, channel, number)))
    return rows


def added_up(drows: np.ndarray, layer: Layer) -> np.ndarray:
    """The way back: every shifted row added to where its pixels came from, (C, H, W, n)."""
    (height, kw, C, L), (ph, pw) = drows.shape, layer.padding
    wide = drows.reshape(height, kw, C, layer.ow, -1)  # (H + 2 * ph, kw, C, ow, n)
    framed = np.zeros((C, height, layer.W + 2 * pw, L // layer.ow), dtype=drows.dtype)
    for v in range(kw):
        framed[:, :, v : v + layer.ow] += wide[:, v].swapaxes(0, 1)
    return framed[:, ph : ph + layer.H, pw : pw + layer.W]


def windows_of(rows: np.ndarray, layer: Layer) -> np.ndarray:
    """The windows (oh, K, L) in shifted rows (H + 2 * ph, kw, C, L), as a view."""
    down, _, channel, number = rows.strides
    shape = (layer.oh, layer.K, rows.shape[3])
    return as_strided(rows, shape, (layer.stride[0] * down, channel, number))


def memory_for_rows(copies: int, dtype: np.dtype, layer: Layer) -> np.ndarray:
    """Room for the rows of so many images, again and again."""
    height, L = layer.H + 2 * layer.padding[0], layer.ow * images_together(layer)
    return np.empty((copies, height * layer.kw * layer.C * L), dtype)
