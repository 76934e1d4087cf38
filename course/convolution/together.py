"""Small images, laid side by side: pixel (p, q) of all images is one piece of memory.

    one after the other   a0 a1 a2   b0 b1 b2         a row of image a, a row of image b
    side by side          a0 b0   a1 b1   a2 b2       one row of both

A small image has short rows, and work in short runs is slow. Side by side, n images are one image
whose rows are n times as long, and L = ow * n pixels go through a product at once.

Each pixel row lies there kw times, shifted by 0 to kw - 1 pixels, and then a row of ones; below it
lies the next. So the kh pixel rows under an output row are one piece of memory: its window, a
matrix (kh * (kw * C + 1), L) that nobody has to copy.

    pixel row 0   shifted by 0   (C, L)     window of output row 0
                  shifted by 1   (C, L)     |
                  ones           (1, L)     |
    pixel row 1   shifted by 0   (C, L)     |   window of output row 1
                  shifted by 1   (C, L)     |   |
                  ones           (1, L)     |   |
    pixel row 2   shifted by 0   (C, L)         |
                  shifted by 1   (C, L)         |
                  ones           (1, L)         |

The first row of ones in a window is the input of the bias, which is one more weight for the
product; the others meet zeros. Backward, a pixel row gets its gradient from the kh output rows
above it. These, too, are one piece of memory, and the sum over them is part of the product.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from course.convolution.blocked import add_products
from course.convolution.layer import Layer, slices
from course.convolution.workspace import Workspace, copy_in_parts

LENGTH = 512  # pixels in a row of all images: enough to keep a product busy
NUMBERS = 2**19  # in the rows and the product of all images: 2 MB of float32


def images_together(layer: Layer) -> int:
    """How many images lie side by side: so many as make rows long enough, and fit."""
    height = layer.H + 2 * layer.padding[0]
    numbers = height * layer.ow * (layer.kw * layer.C + layer.F)  # in those of one image
    return min(layer.N, LENGTH // layer.ow, NUMBERS // numbers)


def are_small(layer: Layer) -> bool:
    """Whether rows are long enough together, and they and the product less to copy than columns.

    Only where the stride is 1 do the pixels of a row lie in one piece, and the rows above a pixel
    row, too.
    """
    n = images_together(layer)
    long_enough = n > 1 and (n == layer.N or n * layer.ow >= LENGTH // 4)
    less = layer.kw * layer.C + layer.F < layer.K
    return long_enough and less and layer.stride == (1, 1)


def forward_together(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    layer: Layer,
    y: np.ndarray,
    memory: Workspace,
) -> None:
    """Fill y (n, F, oh, ow) with the output for some images x (n, C, H, W)."""
    kernel = with_bias(w, b)
    for n in slices(len(x), images_together(layer)):
        windows = windows_of(x[n], layer, memory)
        product = memory.array("product", (layer.oh, layer.F, windows.shape[2]), y.dtype)
        np.matmul(kernel, windows, out=product)
        wide = product.reshape(layer.oh, layer.F, layer.ow, -1)  # (oh, F, ow, n)
        copy_in_parts(y[n], wide.transpose(3, 1, 0, 2), axis=1)


def backward_together(
    dy: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    layer: Layer,
    dx: np.ndarray,
    memory: Workspace,
) -> tuple[np.ndarray, np.ndarray]:
    """Fill dx, and return dw and db for some images."""
    back, dkernel = turned(w), np.zeros((layer.K + layer.kh, layer.F), w.dtype)
    for n in slices(len(x), images_together(layer)):
        dY = rows_of(dy[n], layer, memory)
        inner = dY[layer.kh - 1 : layer.kh - 1 + layer.oh]  # without the rows of zeros
        add_products(windows_of(x[n], layer, memory), inner, dkernel, memory)
        input_gradient(dY, back, layer, dx[n], memory)
    rows = dkernel.reshape(layer.kh, -1, layer.F)  # (kh, kw * C + 1, F)
    dw = rows[:, :-1].reshape(layer.kh, layer.kw, layer.C, layer.F).transpose(3, 2, 0, 1)
    return np.ascontiguousarray(dw), rows[0, -1]


def input_gradient(
    dY: np.ndarray, back: np.ndarray, layer: Layer, dx: np.ndarray, memory: Workspace
) -> None:
    """Fill dx (n, C, H, W) from the rows of dy: of each, kh are above a pixel row."""
    (n, C, H, W), (ph, pw) = dx.shape, layer.padding
    drows = memory.array("rows", (H, layer.kw * C, dY.shape[2]), dx.dtype)
    np.matmul(back, stacked(dY[ph:], H, layer.kh * layer.F), out=drows)
    wide = drows.reshape(H, layer.kw, C, layer.ow, n)
    framed = memory.zeros("framed", (C, H, W + 2 * pw, n), dx.dtype)
    for v in range(layer.kw):
        framed[:, :, v : v + layer.ow] += wide[:, v].swapaxes(0, 1)
    copy_in_parts(dx, framed[:, :, pw : pw + W].transpose(3, 0, 1, 2), axis=1)


def with_bias(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The filters (F, K + kh) in the order of a window, with b where the first ones are."""
    F, C, kh, kw = w.shape
    kernel = np.zeros((F, kh, kw * C + 1), dtype=w.dtype)
    kernel[:, :, :-1].reshape(F, kh, kw, C)[...] = w.transpose(0, 2, 3, 1)
    kernel[:, 0, -1] = b
    return kernel.reshape(F, -1)


def turned(w: np.ndarray) -> np.ndarray:
    """The filters as gradients go back through them, (kw * C, kh * F), the last row first."""
    F, C, kh, kw = w.shape
    return w[:, :, ::-1].transpose(3, 1, 2, 0).reshape(kw * C, kh * F)


def windows_of(x: np.ndarray, layer: Layer, memory: Workspace) -> np.ndarray:
    """The windows (oh, K + kh, L) of some images, as drawn at the top."""
    framed = side_by_side(x, layer, memory)
    (C, height, _, n), (channel, row, pixel, number) = framed.shape, framed.strides
    rows = memory.array("rows", (height, layer.kw * C + 1, layer.ow * n), x.dtype)
    rows[:, -1] = 1
    copies = rows[:, :-1].reshape(height, layer.kw, C, -1)  # a view
    np.copyto(copies, as_strided(framed, copies.shape, (row, pixel, channel, number)))
    return stacked(rows, layer.oh, layer.K + layer.kh)


def side_by_side(x: np.ndarray, layer: Layer, memory: Workspace) -> np.ndarray:
    """A copy (C, H + 2 * ph, W + 2 * pw, n) of images (n, C, H, W), in a frame of zeros."""
    ph, pw = layer.padding
    return memory.padded("framed", x.transpose(1, 2, 3, 0), (0, 0), (ph, ph), (pw, pw), (0, 0))


def rows_of(dy: np.ndarray, layer: Layer, memory: Workspace) -> np.ndarray:
    """The rows of dy (n, F, oh, ow) side by side, (oh + 2 * (kh - 1), F, L), zeros around them."""
    above = layer.kh - 1
    rows = dy.transpose(2, 1, 3, 0)  # (oh, F, ow, n)
    dY = memory.padded("dY", rows, (above, above), (0, 0), (0, 0), (0, 0))
    return dY.reshape(*dY.shape[:2], -1)


def stacked(rows: np.ndarray, count: int, height: int) -> np.ndarray:
    """Matrices (count, height, L) of rows (more, less, L); each begins a row below the last."""
    down, across, item = rows.strides
    return as_strided(rows, (count, height, rows.shape[2]), (down, across, item))
