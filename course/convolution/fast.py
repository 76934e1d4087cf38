"""The layer in NumPy at the speed of a framework.

`blocked` copies every pixel kh * kw times. Here it is copied only kw times: the rows of pixels
lie one below the other in memory, and each holds its copies shifted by 0 to kw - 1 pixels.

    pixel row 0   shifted by 0   (C, L)
                  shifted by 1   (C, L)       L: the pixels of one output row, those of
    pixel row 1   shifted by 0   (C, L)          several images side by side
                  shifted by 1   (C, L)

The kh pixel rows from i * stride on are the window of output row i: one piece of this memory, a
matrix (kh * kw * C, L) that nobody has to copy. The weights are put into its order.
"""

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from course.convolution import arguments
from course.convolution.blocked import (
    WORKSPACE,
    Pair,
    conv_backward_blocked,
    conv_forward_blocked,
    gradient_arguments,
    layer_arguments,
    output_shape,
    stride_and_padding,
)

Blocks = Iterable[tuple[slice, slice]]
WIDTH = 128  # so many pixels side by side keep a product busy
NARROW = 32  # with fewer, a product loses more time than it takes to copy its columns together
WORTH_THREADS = 10**8  # multiplications; with fewer, threads take longer to start than to work


class Layer(NamedTuple):
    """How to work on a layer: (kh, kw), (oh, ow), stride, padding and the number of threads."""

    kernel_size: Pair
    size: Pair
    stride: Pair
    padding: Pair
    threads: int

    @property
    def is_bare_product(self) -> bool:
        """Whether every window is a pixel: x is the matrix of columns already."""
        return self.kernel_size == self.stride == (1, 1) and self.padding == (0, 0)

    @property
    def shifts(self) -> range:
        """Where the kernel's columns meet the image, from the padding on the left."""
        return range(-self.padding[1], self.kernel_size[1] - self.padding[1])


def layer_of(x: np.ndarray, w: np.ndarray, stride: Any, padding: Any, threads: Any) -> Layer:
    """The layer for an x and a w that fit; raise ValueError for bad settings."""
    threads = arguments.integer("threads", threads, least=1)
    stride, padding = stride_and_padding(stride, padding)
    size = output_shape(x.shape, w.shape, stride, padding)
    return Layer((w.shape[2], w.shape[3]), size, stride, padding, threads)


def has_few_columns(w: np.ndarray, layer: Layer) -> bool:
    """Whether `blocked` copies less: all columns against the shifted rows and the products.

    So it is in a first layer, where C is 1 or 3 and the kernel is small.
    """
    (F, C, kh, kw), sh = w.shape, layer.stride[0]
    return C * kh * kw <= C * sh * kw + F and not layer.is_bare_product


def conv_forward_fast(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    threads: int = 1,
) -> np.ndarray:
    """The same numbers as `conv_forward`.

    threads  so many work side by side where there is enough to do, BLAS held to one thread for
             each; with 1, and where it takes a single product or what `blocked` does, BLAS has
             as many as it is set to

    The other arguments, the result and the errors are those of `conv_forward_blocked`; ValueError
    too when threads is no integer or less than 1. Needs, beside the result, 4 MB (or one output
    row of one image, where that is more) and a copy of w; the padded input only where it does
    what `blocked` does.
    """
    x, w, b = layer_arguments(x, w, b)
    layer = layer_of(x, w, stride, padding, threads)
    if has_few_columns(w, layer):
        return conv_forward_blocked(x, w, b, stride, padding)
    (F, C, kh, kw), (oh, ow) = w.shape, layer.size
    kernel, bias = w.transpose(0, 2, 3, 1).reshape(F, kh * kw * C), b[:, np.newaxis, np.newaxis]
    y = np.empty((len(x), F, oh, ow), dtype=x.dtype)
    if layer.is_bare_product:
        np.matmul(kernel, pixels(x), out=pixels(y))
        y += bias
        return y

    def work(blocks: Blocks, memory: np.ndarray, products: np.ndarray) -> None:
        for n, i in blocks:
            windows = windows_of_rows(x[n], i, layer, memory)
            product = times_windows(kernel, windows, products).reshape(F, len(windows), -1, ow)
            np.add(product.transpose(2, 0, 1, 3), bias, out=y[n, :, i])

    share(work, x, layer, (oh, kh, layer.stride[0], kw * C), F, WIDTH, NARROW)
    return y


def conv_backward_fast(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients dx, dw and db, from x and w alone: the forward pass keeps nothing for it.

    threads  as for `conv_forward_fast`

    The other arguments, the results and the errors are those of `conv_backward_blocked`;
    ValueError too when threads is no integer or less than 1. Needs, beside the results, 4 MB (or
    one output row of one image, where that is more) and two copies of w for each thread.
    """
    dy, x, w = gradient_arguments(dy, x, w, stride, padding)
    layer = layer_of(x, w, stride, padding, threads)
    if has_few_columns(w, layer):
        return conv_backward_blocked(dy, x, w, stride, padding)
    dx = input_gradient(dy, w, x.shape, layer)
    return dx, weights_gradient(dy, x, layer), bias_gradient(dy)


def bias_gradient(dy: np.ndarray) -> np.ndarray:
    """db. A product with ones is a sum made by BLAS, in a third of the time of np.sum."""
    N, F, oh, ow = dy.shape
    return (dy.reshape(N * F, oh * ow) @ np.ones(oh * ow, dy.dtype)).reshape(N, F).sum(axis=0)


def weights_gradient(dy: np.ndarray, x: np.ndarray, layer: Layer) -> np.ndarray:
    """dw, the sum over all output rows of the window times dy.

    Every product adds to the whole of dw. So the rows are wide, and joined where that costs less.
    """
    F, C, (kh, kw), (oh, ow) = dy.shape[1], x.shape[1], layer.kernel_size, layer.size
    narrow = max(NARROW, F)

    def work(blocks: Blocks, memory: np.ndarray, more: np.ndarray) -> np.ndarray:
        dw, product = np.zeros((2, kh * kw * C, F), dtype=dy.dtype)
        for n, i in blocks:
            windows = windows_of_rows(x[n], i, layer, memory)
            count, _, L = windows.shape
            dY = room(more, count, F, L)
            dY.reshape(count, F, -1, ow)[...] = dy[n, :, i].transpose(2, 1, 0, 3)
            if narrow > L:
                windows, dY = side_by_side(windows), side_by_side(dY)
            add_products(dw, windows, dY, product)
        return dw

    if layer.is_bare_product:
        images = zip(pixels(x), pixels(dy), strict=True)
        parts: Iterable[np.ndarray] = (image @ dY.T for image, dY in images)
    else:
        rows = oh, kh, layer.stride[0], kw * C
        parts = share(work, x, layer, rows, F, 4 * WIDTH, narrow)
    dw = reduce(np.add, parts).reshape(kh, kw, C, F)
    return np.ascontiguousarray(dw.transpose(3, 2, 0, 1))


def add_products(dw: np.ndarray, windows: np.ndarray, dY: np.ndarray, product: np.ndarray) -> None:
    """Add every window times its row of dy to dw, by way of one product in memory."""
    for window, row in zip(windows, dY, strict=True):
        dw += np.matmul(window, row.T, out=product)


def input_gradient(
    dy: np.ndarray, w: np.ndarray, x_shape: tuple[int, ...], layer: Layer
) -> np.ndarray:
    """dx: the rows of dy times the kernel's rows in reverse, for each phase of the stride.

    Pixel row sh * t + a - ph has met the kernel's rows a, a + sh, ... and no others, with the rows
    t, t - 1, ... of dy: one piece of memory again. The products lie in kw shifted copies, which
    are added up in dx.
    """
    (F, C, kh, kw), (oh, ow), (sh, sw), (H, W) = w.shape, layer.size, layer.stride, x_shape[2:]
    if layer.is_bare_product:
        return (w[:, :, 0, 0].T @ pixels(dy)).reshape(x_shape)
    phases = [w[:, :, a::sh][:, :, ::-1].transpose(2, 0, 3, 1) for a in range(min(sh, kh))]
    kernels = [(len(phase), phase.reshape(-1, kw * C).T) for phase in phases]
    above = len(phases[0]) - 1
    dx = np.zeros(x_shape, dtype=dy.dtype)

    def work(blocks: Blocks, memory: np.ndarray, products: np.ndarray) -> None:
        for n, t in blocks:
            images, count = n.stop - n.start, t.stop - t.start
            rows = room(memory, above + count, 1, F, images, ow)
            rows = pixel_rows(rows, dy[n], t.start - above, range(1), 1)
            for a, (taps, kernel) in enumerate(kernels):
                inner, down = reach(H, count, t.start * sh + a - layer.padding[0], sh)
                start, met = inner.start + above + 1 - taps, inner.stop - inner.start
                windows = windows_of(rows[start:], met, taps, 1)
                copies = times_windows(kernel, windows, products)
                copies = copies.reshape(kw, C, met, images, ow)
                for copy, shift in zip(copies, layer.shifts, strict=True):
                    outer, across = reach(W, ow, shift, sw)
                    dx[n, :, down, across] += copy[..., outer].transpose(2, 0, 1, 3)

    share(work, dy, layer, (oh + above, above + 1, 1, F), kw * C, WIDTH, NARROW)
    return dx


def pixels(images: np.ndarray) -> np.ndarray:
    """(n, C, H * W) for images (n, C, H, W)."""
    return images.reshape(*images.shape[:2], -1)


def reach(size: int, count: int, shift: int, stride: int) -> tuple[slice, slice]:
    """Which of count outputs find a pixel at output * stride + shift, and those pixels.

    The others would find padding, which need not exist.
    """
    first = min(max(0, -(shift // stride)), count)
    last = max(first, min(count, (size - 1 - shift) // stride + 1))
    start = max(0, first * stride + shift)
    return slice(first, last), slice(start, start + (last - first) * stride, stride)


def room(memory: np.ndarray, *shape: int) -> np.ndarray:
    """An array of this shape, in memory that the next block uses again."""
    return memory[: math.prod(shape)].reshape(shape)


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


def windows_of_rows(x: np.ndarray, i: slice, layer: Layer, memory: np.ndarray) -> np.ndarray:
    """The windows (rows, kh * kw * C, L) of the output rows i."""
    (N, C, *_), (kh, kw), (sh, sw) = x.shape, layer.kernel_size, layer.stride
    count = i.stop - i.start
    rows = room(memory, (count - 1) * sh + kh, kw, C, N, layer.size[1])
    rows = pixel_rows(rows, x, i.start * sh - layer.padding[0], layer.shifts, sw)
    return windows_of(rows, count, kh, sh)


def times_windows(kernel: np.ndarray, windows: np.ndarray, products: np.ndarray) -> np.ndarray:
    """The kernel (M, K) times every window (count, K, L), as (M, count, L) in given memory."""
    (count, _, L), M = windows.shape, len(kernel)
    if L < NARROW:
        wide = np.matmul(kernel, side_by_side(windows)[0], out=room(products, M, count * L))
        return wide.reshape(M, count, L)
    return np.matmul(kernel, windows, out=room(products, count, M, L)).transpose(1, 0, 2)


def side_by_side(matrices: np.ndarray) -> np.ndarray:
    """One wide matrix (1, K, count * L) for many narrow ones (count, K, L)."""
    count, K, L = matrices.shape
    return matrices.transpose(1, 0, 2).reshape(1, K, count * L)


def share(
    work: Callable[[Blocks, np.ndarray, np.ndarray], Any],
    images: np.ndarray,
    layer: Layer,
    rows: tuple[int, int, int, int],
    product: int,
    width: int,
    narrow: int,
) -> list[Any]:
    """Share blocks of images and rows out among the threads, and list what each returns.

    rows     how many, and for their windows: taps, stride and depth
    product  how many entries the products with the windows have for each pixel
    width    so many pixels side by side are enough
    narrow   with fewer than these, work will put windows side by side

    The arrays of a block fit into the workspace: rows, products, and windows put side by side.
    """
    N, dtype, ow, (count, taps, stride, depth) = len(images), images.dtype, layer.size[1], rows
    n_step = min(-(-N // layer.threads), max(1, width // ow))
    fixed = product + (taps * depth if n_step * ow < narrow else 0)
    fit = WORKSPACE // (layer.threads * dtype.itemsize * ow)
    n_step = max(1, min(n_step, fit // (taps * depth + fixed)))
    i_step = (fit // n_step - taps * depth - fixed) // (stride * depth + fixed) + 1
    i_step = max(1, min(i_step, count))
    blocks = [
        (slice(n, min(n + n_step, N)), slice(i, min(i + i_step, count)))
        for n in range(0, N, n_step)
        for i in range(0, count, i_step)
    ]
    pixel_rows_at_once = (i_step - 1) * stride + taps
    entries = [pixel_rows_at_once * depth * n_step * ow, i_step * product * n_step * ow]

    def work_on(part: Blocks) -> Any:
        return work(part, *(np.empty(size, dtype) for size in entries))

    if layer.threads == 1:
        return [work_on(blocks)]
    with blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(layer.threads) as pool:
        if N * count * ow * taps * depth * product < WORTH_THREADS:
            return [work_on(blocks)]
        return list(pool.map(work_on, (blocks[k :: layer.threads] for k in range(layer.threads))))


@cache
def blas() -> ThreadpoolController:
    """What sets the threads of BLAS; finding it takes longer than a small layer."""
    return ThreadpoolController()
