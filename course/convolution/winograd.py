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

The gradients go the same way back, by the transposed matrices. Float32 rounds to about 1e-5 of the
largest output, where the sum as it stands rounds to 1e-6; float64 to about 1e-14.

Channels are the last axis here, and each row of pixels is copied in runs: the first pixel of each
tile, then the second of each, up to the last. With C channels and 2 tiles, which overlap in two
pixels, 10 pixels lie there as

    0 4   1 5   2 6   3 7   4 8   5 9        runs of 2 * C numbers

So the 6 pixel rows of a row of tiles are one piece of memory, the matrix (36, across * C) that B2
is multiplied by. The 4 rows of outputs come as 16 runs in the same way.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from course.convolution.layer import Layer, Pair, slices
from course.convolution.workspace import Workspace, copy_in_parts

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
NARROW = 512  # columns; so few BLAS multiplies where they lie, and copies none before
WORTH = 2 / 3  # of the multiplications; what is saved must pay for the copies


class Tiles(NamedTuple):
    """The tiles of an image, down and across, and on how many to work at once."""

    down: int
    across: int
    images: int
    rows: int


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
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    layer: Layer,
    y: np.ndarray,
    memory: Workspace,
) -> None:
    """Fill y (n, F, oh, ow) with the output for some images x (n, C, H, W)."""
    U, tiles = transformed_kernels(w.swapaxes(0, 1), memory), tiles_of(layer)  # (36, C, F)
    for n in slices(len(x), tiles.images):
        inputs = in_runs("inputs", x[n], layer.padding, 6, tiles, memory)
        shape = (len(inputs), tiles.down, 16, tiles.across * layer.F)
        outputs = memory.array("outputs", shape, y.dtype)
        for i in slices(tiles.down, tiles.rows):
            tiles_forward(inputs[:, i], U, b, outputs[:, i], memory)
        fours = outputs.reshape(*shape[:2], 4, 4, tiles.across, layer.F).swapaxes(3, 4)
        pixels = memory.array("pixels", fours.shape, y.dtype)  # in order, not in runs
        np.copyto(pixels, fours)
        channels_first(pixels, (0, 0), y[n])


def tiles_forward(
    inputs: np.ndarray, U: np.ndarray, b: np.ndarray, outputs: np.ndarray, memory: Workspace
) -> None:
    """Fill outputs (n, rows, 16, across * F) from inputs (n, rows, 36, across * C)."""
    V = transformed("V", inputs, B2, memory, U.shape[1])  # (36, T, C)
    M = memory.array("M", (36, V.shape[1], len(b)), V.dtype)
    np.matmul(V, U, out=M)
    M[BIAS] += b
    multiply(A2, by_rows(M, outputs), outputs)


def backward_in_tiles(
    dy: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    layer: Layer,
    dx: np.ndarray,
    memory: Workspace,
) -> tuple[np.ndarray, np.ndarray]:
    """Fill dx, and return dw and db for some images: the steps forward, transposed."""
    U, tiles = transformed_kernels(w, memory), tiles_of(layer)  # (36, F, C)
    dU, db = memory.array("dU", U.shape, U.dtype), np.zeros(layer.F, U.dtype)
    for n in slices(len(x), tiles.images):
        inputs = in_runs("inputs", x[n], layer.padding, 6, tiles, memory)
        doutputs = in_runs("outputs", dy[n], (0, 0), 4, tiles, memory)
        shape = (len(inputs), tiles.down + 1, 4, tiles.across + 1, 4, layer.C)
        dpixels = memory.zeros("pixels", shape, dx.dtype)
        for i in slices(tiles.down, tiles.rows):
            dM = transformed("M", doutputs[:, i], A2.T, memory, layer.F)  # (36, T, F)
            db += dM[BIAS].sum(axis=0)
            dinputs = tiles_backward(inputs[:, i], dM, U, dU, n.start == i.start == 0, memory)
            add_to_pixels(dinputs, dpixels[:, i.start : i.stop + 1])
        channels_first(dpixels, layer.padding, dx[n])
    return (dU.transpose(1, 2, 0) @ G2.astype(w.dtype)).reshape(w.shape), db


def tiles_backward(
    inputs: np.ndarray,
    dM: np.ndarray,
    U: np.ndarray,
    dU: np.ndarray,
    first: bool,
    memory: Workspace,
) -> np.ndarray:
    """Add to dU (36, F, C), or fill it, and return the gradient of inputs, in their shape."""
    V = transformed("V", inputs, B2, memory, U.shape[2])  # (36, T, C)
    part = dU if first else memory.array("part", dU.shape, dU.dtype)
    np.matmul(dM.swapaxes(1, 2), V, out=part)
    if not first:
        dU += part
    dV = np.matmul(dM, U, out=V)  # V is not needed any more
    dinputs = memory.array("dinputs", inputs.shape, inputs.dtype)
    multiply(B2.T, by_rows(dV, dinputs), dinputs)
    return dinputs


def add_to_pixels(dinputs: np.ndarray, dpixels: np.ndarray) -> None:
    """Add the tiles (n, rows, 36, across * C) to dpixels (n, rows + 1, 4, across + 1, 4, C).

    A tile of 6 x 6 pixels lies on one of 4 x 4, and on the first two rows and columns of the next.
    """
    n, above, _, left, _, C = dpixels.shape
    tiles = dinputs.reshape(n, above - 1, 6, 6, left - 1, C).swapaxes(3, 4)
    dpixels[:, :-1, :, :-1] += tiles[:, :, :4, :, :4]
    dpixels[:, :-1, :, 1:, :2] += tiles[:, :, :4, :, 4:]
    dpixels[:, 1:, :2, :-1] += tiles[:, :, 4:, :, :4]
    dpixels[:, 1:, :2, 1:, :2] += tiles[:, :, 4:, :, 4:]


def transformed_kernels(w: np.ndarray, memory: Workspace) -> np.ndarray:
    """U = G2 g for every kernel, (36, F, C) for w (F, C, 3, 3)."""
    U = memory.array("U", (36, *w.shape[:2]), w.dtype)
    flat = w.reshape(*w.shape[:2], 9).swapaxes(1, 2)  # (F, 9, C)
    np.matmul(G2.astype(w.dtype), flat, out=U.swapaxes(0, 1))
    return U


def transformed(
    name: str, runs: np.ndarray, matrix: np.ndarray, memory: Workspace, channels: int
) -> np.ndarray:
    """The matrix times each tile in runs (n, rows, k * k, across * channels): (36, T, channels)."""
    n, rows, _, run = runs.shape
    product = memory.array(name, (36, n * rows * run // channels, channels), runs.dtype)
    multiply(matrix, runs, by_rows(product, runs))
    return product


def by_rows(tiles: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """Tiles (36, T, channels) as (n, rows, 36, across * channels), as runs are; a view."""
    return tiles.reshape(36, *runs.shape[:2], -1).transpose(1, 2, 0, 3)


def multiply(matrix: np.ndarray, columns: np.ndarray, out: np.ndarray) -> None:
    """Fill out with the matrix times the columns, some of them at a time."""
    matrix = matrix.astype(out.dtype)
    for k in slices(columns.shape[-1], NARROW):
        np.matmul(matrix, columns[..., k], out=out[..., k])


def in_runs(
    name: str, images: np.ndarray, before: Pair, k: int, tiles: Tiles, memory: Workspace
) -> np.ndarray:
    """The rows of tiles of k x k pixels of images (n, C, H, W): (n, down, k * k, across * C)."""
    framed = channels_last(images, before, k, tiles, memory)
    (n, height, _, C), (image, row, pixel, item) = framed.shape, framed.strides
    copy = memory.array(name, (n, height, k, tiles.across, C), framed.dtype)
    np.copyto(copy, as_strided(framed, copy.shape, (image, row, pixel, 4 * pixel, item)))
    image, row, run = copy.strides[:3]
    shape = (n, tiles.down, k * k, tiles.across * C)  # rows of tiles overlap where k is 6
    return as_strided(copy, shape, (image, 4 * row, run, item))


def channels_last(
    images: np.ndarray, before: Pair, k: int, tiles: Tiles, memory: Workspace
) -> np.ndarray:
    """A copy of images (n, C, H, W) as large as tiles of k x k, with zeros before and after.

    (n, 4 * down + k - 4, 4 * across + k - 4, C)
    """
    (_, _, H, W), (top, left) = images.shape, before
    below = 4 * tiles.down + k - 4 - H - top
    right = 4 * tiles.across + k - 4 - W - left
    pixels = images.transpose(0, 2, 3, 1)  # (n, H, W, C)
    return memory.padded("framed", pixels, (0, 0), (top, below), (left, right), (0, 0))


def channels_first(pixels: np.ndarray, before: Pair, images: np.ndarray) -> None:
    """Fill images (n, C, H, W) from pixels (n, down, 4, across, 4, C), after those before."""
    (n, C, H, W), (top, left) = images.shape, before
    flat = pixels.reshape(n, 4 * pixels.shape[1], 4 * pixels.shape[3], C)
    inner = flat[:, top : top + H, left : left + W]
    copy_in_parts(images, inner.transpose(0, 3, 1, 2), axis=2)
