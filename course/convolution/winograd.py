"""Winograd's F(4 x 4, 3 x 3): 16 outputs of a 3 x 3 kernel with 36 multiplications, not 144.

In one dimension, four outputs of a kernel g of three need six inputs d, and twelve
multiplications. These are six of them, and A, B and G hold constants:

    y = A ((G g) * (B d))

In two dimensions the same is done down and across; on flat tiles that is the Kronecker product of
each matrix with itself. All tiles of all channels at once are columns of one matrix, so that each
step is a matrix product:

    U = G2 g      36 numbers of each kernel    (36, F, C)
    V = B2 d      36 numbers of each tile      (36, T, C), T tiles
    M = V U       the multiplications          (36, T, F), 36 products of matrices
    y = A2 M      16 outputs of each tile      (16, T, F)

The gradients go the same way back, by the transposed matrices. Channels are the last axis here: a
tile is then copied in runs of C numbers. Float32 rounds to about 1e-5 of the largest output, where
the sum as it stands rounds to 1e-6; float64 to about 1e-14.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
"""

import math
from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from course.convolution.layer import Layer, Pair, image_slices, room

A = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]])
B = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
A2, B2, G2 = np.kron(A, A), np.kron(B, B), np.kron(G, G)  # (16, 36), (36, 36), (36, 9)
BIAS = 7  # of the 36 numbers, the one that A2 adds to each of the 16 outputs

TILES = 200  # at once: enough to keep a product busy, few enough for the cache
WORTH = 2 / 3  # of the multiplications; what is saved must pay for the copies


class Tiles(NamedTuple):
    """The tiles of an image, down and across, and on how many to work at once."""

    down: int
    across: int
    images: int
    rows: int

    @property
    def at_once(self) -> int:
        """T, the tiles of a block."""
        return self.images * self.rows * self.across


def tiles_of(layer: Layer) -> Tiles:
    """Tiles of 4 x 4 outputs: several images at once, or some rows of tiles of one."""
    down, across = math.ceil(layer.oh / 4), math.ceil(layer.ow / 4)
    images = max(1, min(layer.N, TILES // (down * across)))
    return Tiles(down, across, images, max(1, min(down, TILES // across)))


def pays(layer: Layer) -> bool:
    """Whether it fits, and is worth it by its multiplications, the transforms included."""
    if (layer.kh, layer.kw, *layer.stride) != (3, 3, 1, 1):
        return False
    C, F, tiles = layer.C, layer.F, tiles_of(layer)
    of_a_tile = 36 * C * F + B2.size * C + A2.size * F
    all_of_them = layer.N * tiles.down * tiles.across * of_a_tile + G2.size * C * F
    return all_of_them <= WORTH * layer.N * layer.oh * layer.ow * 9 * C * F


def forward_in_tiles(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, layer: Layer, y: np.ndarray
) -> None:
    """Fill y (n, F, oh, ow) with the output for some images x (n, C, H, W)."""
    U, memory = transformed_kernels(w.swapaxes(0, 1)), memory_for_tiles(2, x.dtype, layer)
    for n in image_slices(len(x), tiles_of(layer).images):
        images_forward(x[n], U, b, layer, y[n], memory)


def images_forward(
    x: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
    layer: Layer,
    y: np.ndarray,
    memory: np.ndarray,
) -> None:
    """Fill y for as many images as there is room for, with U (36, C, F)."""
    tiles = tiles_of(layer)
    xpad = channels_last(x, layer.padding, tiles, 2)
    ypad = np.empty((len(x), 4 * tiles.down, 4 * tiles.across, layer.F), dtype=x.dtype)
    for inputs, outputs in zip(cut(xpad, 6, tiles), cut(ypad, 4, tiles), strict=True):
        V = transformed(inputs, B2, memory)  # (36, T, C)
        M = np.matmul(V, U, out=room(memory[0], 36, V.shape[1], layer.F))  # (36, T, F)
        M[BIAS] += b
        Y = room(memory[1], *outputs.shape)  # (4, 4, n, rows, across, F)
        np.matmul(A2.astype(x.dtype), M.reshape(36, -1), out=Y.reshape(16, -1))
        np.copyto(outputs, Y)
    y[...] = ypad[:, : layer.oh, : layer.ow].transpose(0, 3, 1, 2)


def backward_in_tiles(
    dy: np.ndarray, x: np.ndarray, w: np.ndarray, layer: Layer, dx: np.ndarray
) -> np.ndarray:
    """Fill dx and return dw for some images: the steps of the forward pass, transposed."""
    U, memory = transformed_kernels(w), memory_for_tiles(3, x.dtype, layer)
    some = image_slices(len(x), tiles_of(layer).images)
    dU = reduce(np.add, (images_backward(dy[n], x[n], U, layer, dx[n], memory) for n in some))
    dw: np.ndarray = dU.reshape(36, -1).T @ G2.astype(w.dtype)
    return dw.reshape(w.shape)


def images_backward(
    dy: np.ndarray,
    x: np.ndarray,
    U: np.ndarray,
    layer: Layer,
    dx: np.ndarray,
    memory: np.ndarray,
) -> np.ndarray:
    """Fill dx, and return what the images add to dU, with U and dU (36, F, C)."""
    tiles, (ph, pw) = tiles_of(layer), layer.padding
    xpad, dypad = channels_last(x, (ph, pw), tiles, 2), channels_last(dy, (0, 0), tiles, 0)
    dxpad = np.zeros_like(xpad)
    parts = zip(cut(xpad, 6, tiles), cut(dypad, 4, tiles), cut(dxpad, 6, tiles), strict=True)
    dU = reduce(np.add, (tiles_backward(*part, U, memory) for part in parts))
    dx[...] = dxpad[:, ph : ph + layer.H, pw : pw + layer.W].transpose(0, 3, 1, 2)
    return dU


def tiles_backward(
    inputs: np.ndarray,
    doutputs: np.ndarray,
    dinputs: np.ndarray,
    U: np.ndarray,
    memory: np.ndarray,
) -> np.ndarray:
    """Add to dinputs (6, 6, n, i, j, C), and return what the tiles add to dU (36, F, C)."""
    V = transformed(inputs, B2, memory)  # (36, T, C)
    dM = transformed(doutputs, A2.T, memory[::2])  # (36, T, F)
    dU: np.ndarray = np.matmul(dM.transpose(0, 2, 1), V)
    dV = np.matmul(dM, U, out=room(memory[0], *V.shape))  # (36, T, C)
    back = room(memory[1], *dinputs.shape)  # V is not needed any more
    np.matmul(B2.T.astype(dV.dtype), dV.reshape(36, -1), out=back.reshape(36, -1))
    for u, v in np.ndindex(6, 6):  # the tiles overlap, but not in the same entry
        dinputs[u, v] += back[u, v]
    return dU


def transformed_kernels(w: np.ndarray) -> np.ndarray:
    """U = G2 g for every kernel, (36, F, C) for w (F, C, 3, 3)."""
    flat = w.reshape(-1, 9)  # a row for each kernel
    U: np.ndarray = G2.astype(w.dtype) @ flat.T
    return U.reshape(36, *w.shape[:2])


def transformed(tiles: np.ndarray, matrix: np.ndarray, memory: np.ndarray) -> np.ndarray:
    """The matrix times each flat tile, (36, T, C) in memory[1], for tiles (k, k, n, i, j, C)."""
    k, _, *counts, C = tiles.shape
    copy, product = room(memory[0], *tiles.shape), room(memory[1], 36, math.prod(counts), C)
    np.copyto(copy, tiles)
    np.matmul(matrix.astype(tiles.dtype), copy.reshape(k * k, -1), out=product.reshape(36, -1))
    return product


def channels_last(images: np.ndarray, before: Pair, tiles: Tiles, more: int) -> np.ndarray:
    """A copy of images (n, C, H, W) as the tiles need it, with zeros before and after.

    (n, 4 * down + more, 4 * across + more, C)
    """
    (n, C, H, W), (top, left) = images.shape, before
    copy = np.zeros((n, 4 * tiles.down + more, 4 * tiles.across + more, C), images.dtype)
    copy[:, top : top + H, left : left + W] = images.transpose(0, 2, 3, 1)
    return copy


def cut(images: np.ndarray, k: int, tiles: Tiles) -> Iterator[np.ndarray]:
    """Tiles of k x k pixels, 4 apart, of images (n, height, width, C), some rows at a time.

    Each part (k, k, n, rows, across, C) is a view: no pixel is copied.
    """
    image, row, pixel, channel = images.strides
    shape = (k, k, len(images), tiles.down, tiles.across, images.shape[3])
    view = as_strided(images, shape, (row, pixel, image, 4 * row, 4 * pixel, channel))
    for top in range(0, tiles.down, tiles.rows):
        yield view[:, :, :, top : top + tiles.rows]


def memory_for_tiles(copies: int, dtype: np.dtype, layer: Layer) -> np.ndarray:
    """Room for the 36 numbers of all tiles at once, again and again."""
    most = max(layer.C, layer.F)
    return np.empty((copies, 36 * tiles_of(layer).at_once * most), dtype=dtype)
