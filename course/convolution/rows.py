"""Pixel rows in memory such that a window's rows are one piece of it: what `fast` works on.

The rows of pixels lie one below the other, and each holds its copies shifted by 0 to kw - 1 pixels:

    pixel row 0   shifted by 0   (C, L)
                  shifted by 1   (C, L)       L: the pixels of one output row, those of
    pixel row 1   shifted by 0   (C, L)          several images side by side
                  shifted by 1   (C, L)

The kh pixel rows from i * stride on are the window of output row i: one piece of this memory, a
matrix (kh * kw * C, L) that nobody has to copy. The weights are put into its order.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from course.convolution.blocked import WORKSPACE, Pair

WIDTH = 128  # so many pixels side by side keep a product busy
WIDE = 512  # and so many one that adds to a large sum


class Layer(NamedTuple):
    """How to work on a layer: (kh, kw), (oh, ow), stride, padding and the number of threads."""

    kernel_size: Pair
    size: Pair
    stride: Pair
    padding: Pair
    threads: int

    @property
    def shifts(self) -> range:
        """Where the kernel's columns meet the image, from the padding on the left."""
        return range(-self.padding[1], self.kernel_size[1] - self.padding[1])


class Block(NamedTuple):
    """Images n and rows i to work on at once, and memory that the next block uses again."""

    n: slice
    i: slice
    memory: np.ndarray
    products: np.ndarray


def blocks(
    images: np.ndarray,
    layer: Layer,
    rows: tuple[int, int, int, int],
    product: int,
    width: int = WIDTH,
) -> Iterator[Block]:
    """Share out images and rows so that the arrays of a block fit into the workspace.

    rows     how many, and for their windows: taps, stride and depth
    product  how many numbers each pixel needs for products
    width    so many pixels side by side are enough
    """
    N, ow, (count, taps, stride, depth) = len(images), layer.size[1], rows
    fit = WORKSPACE // (layer.threads * images.itemsize * ow)
    n_step = max(1, min(N, width // ow, fit // (taps * depth + product)))
    i_step = (fit // n_step - (taps - stride) * depth) // (stride * depth + product)
    i_step = max(1, min(count, i_step))
    sizes = ((i_step - 1) * stride + taps) * depth, i_step * product
    memory, products = (np.empty(size * n_step * ow, images.dtype) for size in sizes)
    for n in range(0, N, n_step):
        for i in range(0, count, i_step):
            step = slice(n, min(n + n_step, N)), slice(i, min(i + i_step, count))
            yield Block(*step, memory, products)


def room(memory: np.ndarray, *shape: int) -> np.ndarray:
    """An array of this shape in the given memory."""
    return memory[: math.prod(shape)].reshape(shape)


def reach(size: int, count: int, shift: int, stride: int) -> tuple[slice, slice]:
    """Which of count outputs find a pixel at output * stride + shift, and those pixels.

    The others would find padding, which need not exist.
    """
    first = min(max(0, -(shift // stride)), count)
    last = max(first, min(count, (size - 1 - shift) // stride + 1))
    start = max(0, first * stride + shift)
    return slice(first, last), slice(start, start + (last - first) * stride, stride)


def pixel_rows(
    rows: np.ndarray, images: np.ndarray, first: int, shifts: range, stride: int
) -> np.ndarray:
    """Fill rows (count, shifts, C, n, width) as drawn at the top; return (count, shifts * C, L).

    Row k is the pixel row first + k. Entry j of its copy shifted by s is the pixel j * stride + s,
    or 0 where there is none.
    """
    rows[...] = 0
    inner, down = reach(images.shape[2], len(rows), first, 1)
    for k, shift in enumerate(shifts):
        outer, across = reach(images.shape[3], rows.shape[4], shift, stride)
        rows[inner, k, ..., outer] = images[:, :, down, across].transpose(2, 1, 0, 3)
    return rows.reshape(len(rows), rows.shape[1] * rows.shape[2], -1)


def windows_of(rows: np.ndarray, count: int, taps: int, stride: int) -> np.ndarray:
    """Pieces of taps rows (count, taps * depth, L), each stride rows below the last; a view."""
    (down, *rest), (_, depth, L) = rows.strides, rows.shape
    return as_strided(rows, (count, taps * depth, L), (stride * down, *rest), writeable=False)


def windows_of_rows(x: np.ndarray, block: Block, layer: Layer) -> np.ndarray:
    """The windows (rows, kh * kw * C, L) of a block of output rows."""
    (_, C, *_), (kh, kw), (sh, sw) = x.shape, layer.kernel_size, layer.stride
    images, count = x[block.n], block.i.stop - block.i.start
    rows = room(block.memory, (count - 1) * sh + kh, kw, C, len(images), layer.size[1])
    first = block.i.start * sh - layer.padding[0]
    return windows_of(pixel_rows(rows, images, first, layer.shifts, sw), count, kh, sh)


def side_by_side(matrices: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """One wide matrix (1, K, count * L) for many narrow ones (count, K, L)."""
    count, K, L = matrices.shape
    wide = room(memory, K, count, L)
    np.copyto(wide, matrices.transpose(1, 0, 2))
    return wide.reshape(1, K, count * L)
