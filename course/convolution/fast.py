"""The layer in NumPy at the speed of a framework.

`blocked` copies every pixel kh * kw times. Here it is copied only kw times, into `rows` such that
the windows are views; a layer of 1 x 1 kernels copies nothing.
"""

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.blocked import (
    Pair,
    conv_backward_blocked,
    forward_in_blocks,
    gradient_arguments,
    output_shape,
    stride_and_padding,
)
from course.convolution.forward import layer_arguments
from course.convolution.rows import (
    WIDE,
    Block,
    Layer,
    blocks,
    pixel_rows,
    reach,
    room,
    side_by_side,
    windows_of,
    windows_of_rows,
)
from course.convolution.threads import in_threads

WORTH_THREADS = 10**8  # multiplications; with fewer, threads take longer to start than to work


def conv_forward_fast(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    threads: int = 1,
) -> np.ndarray:
    """The same numbers as `conv_forward`.

    threads  so many share the images where there is enough to do, BLAS held to one thread for
             each; with 1, BLAS has as many as it is set to

    The other arguments, the result and the errors are those of `conv_forward_blocked`; ValueError
    too when threads is no integer or less than 1. Needs, beside the result, 4 MB (or one output
    row of one image, where that is more) and a copy of w for each thread; where it does what
    `blocked` does, the padded input, and the 4 MB for each thread.
    """
    x, w, b = layer_arguments(x, w, b)
    layer = layer_of(x, w, stride, padding, threads)
    y = np.empty((len(x), len(w), *layer.size), dtype=x.dtype)

    def work(n: slice) -> None:
        if is_bare_product(layer):
            np.matmul(w[:, :, 0, 0], pixels(x[n]), out=pixels(y[n]))
            y[n] += b[:, np.newaxis, np.newaxis]
        elif has_few_columns(w, layer):
            forward_in_blocks(x[n], w, b, layer.stride, layer.padding, y[n])
        else:
            forward_by_rows(x[n], w, b, layer, y[n])

    in_threads(work, len(x), layer.threads, is_worth_threads(y, w))
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
    one output row of one image, where that is more) and two copies of w for each thread; where it
    does what `blocked` does, as much as that does, for each thread.
    """
    dy, x, w = gradient_arguments(dy, x, w, stride, padding)
    layer = layer_of(x, w, stride, padding, threads)
    dx = np.zeros(x.shape, dtype=dy.dtype)

    def work(n: slice) -> tuple[np.ndarray, np.ndarray]:
        if has_few_columns(w, layer):
            dx[n], dw, db = conv_backward_blocked(dy[n], x[n], w, layer.stride, layer.padding)
            return dw, db
        input_gradient(dy[n], w, layer, dx[n])
        return weights_gradient(dy[n], x[n], layer), bias_gradient(dy[n])

    parts = in_threads(work, len(x), layer.threads, is_worth_threads(dy, w))
    dw, db = (reduce(np.add, part) for part in zip(*parts, strict=True))
    return dx, dw, db


def layer_of(x: np.ndarray, w: np.ndarray, stride: Any, padding: Any, threads: Any) -> Layer:
    """The layer for an x and a w that fit; raise ValueError for bad settings."""
    threads = arguments.integer("threads", threads, least=1)
    stride, padding = stride_and_padding(stride, padding)
    size = output_shape(x.shape, w.shape, stride, padding)
    return Layer((w.shape[2], w.shape[3]), size, stride, padding, threads)


def is_worth_threads(y: np.ndarray, w: np.ndarray) -> bool:
    """Whether there are enough multiplications: every output takes the entries of a filter."""
    return bool(y.size * w[0].size >= WORTH_THREADS)


def is_bare_product(layer: Layer) -> bool:
    """Whether every window is a pixel: x is the matrix of columns already."""
    return layer.kernel_size == layer.stride == (1, 1) and layer.padding == (0, 0)


def has_few_columns(w: np.ndarray, layer: Layer) -> bool:
    """Whether `blocked` copies less: all columns against the shifted rows and the products.

    So it is in a first layer, where C is 1 or 3 and the kernel is small.
    """
    (F, C, kh, kw), sh = w.shape, layer.stride[0]
    return C * kh * kw <= C * sh * kw + F and not is_bare_product(layer)


def forward_by_rows(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, layer: Layer, y: np.ndarray
) -> None:
    """Fill y: the kernel times every window, and the bias."""
    (F, C, kh, kw), (oh, ow) = w.shape, layer.size
    kernel, bias = w.transpose(0, 2, 3, 1).reshape(F, kh * kw * C), b[:, np.newaxis, np.newaxis]
    for block in blocks(x, layer, (oh, kh, layer.stride[0], kw * C), F):
        windows = windows_of_rows(x, block, layer)
        product = times_windows(kernel, windows, block).reshape(len(windows), F, -1, ow)
        np.add(product.transpose(2, 1, 0, 3), bias, out=y[block.n, :, block.i])


def times_windows(kernel: np.ndarray, windows: np.ndarray, block: Block) -> np.ndarray:
    """The kernel (M, K) times every window (count, K, L), as (count, M, L) in given memory."""
    count, _, L = windows.shape
    return np.matmul(kernel, windows, out=room(block.products, count, len(kernel), L))


def bias_gradient(dy: np.ndarray) -> np.ndarray:
    """db. A product with ones is a sum made by BLAS, in a third of the time of np.sum."""
    N, F, oh, ow = dy.shape
    of_images = dy.reshape(N * F, oh * ow) @ np.ones(oh * ow, dy.dtype)
    db: np.ndarray = of_images.reshape(N, F).sum(axis=0)
    return db


def weights_gradient(dy: np.ndarray, x: np.ndarray, layer: Layer) -> np.ndarray:
    """dw, the sum over all output rows of the window times dy.

    Every product adds to the whole of dw. So the rows are wide, and joined where that costs less.
    """
    (N, F, oh, ow), C, (kh, kw) = dy.shape, x.shape[1], layer.kernel_size
    if is_bare_product(layer):
        pairs = zip(pixels(x), pixels(dy), strict=True)
        dw = reduce(np.add, (image @ dY.T for image, dY in pairs))
        return np.ascontiguousarray(dw.T).reshape(F, C, 1, 1)
    joined = kh * kw * C if min(N * ow, WIDE) < F else 0
    dw, product = np.zeros((2, kh * kw * C, F), dtype=dy.dtype)
    for block in blocks(x, layer, (oh, kh, layer.stride[0], kw * C), F + joined, WIDE):
        windows = windows_of_rows(x, block, layer)
        dY = dy[block.n, :, block.i].transpose((1, 2, 0, 3) if joined else (2, 1, 0, 3))
        memory, more = block.products[: dY.size], block.products[dY.size :]
        np.copyto(memory.reshape(dY.shape), dY)
        if joined:
            windows = side_by_side(windows, more)
        for window, row in zip(windows, memory.reshape(len(windows), F, -1), strict=True):
            dw += np.matmul(window, row.T, out=product)
    return np.ascontiguousarray(dw.reshape(kh, kw, C, F).transpose(3, 2, 0, 1))


def input_gradient(dy: np.ndarray, w: np.ndarray, layer: Layer, dx: np.ndarray) -> None:
    """Fill dx: the rows of dy times the kernel's rows in reverse, for each phase of the stride.

    Pixel row sh * t + a - ph has met the kernel's rows a, a + sh, ... and no others, with the rows
    t, t - 1, ... of dy: one piece of memory again. The products lie in kw shifted copies, which
    are added up in dx.
    """
    (F, C, kh, kw), (oh, ow), sh, (ph, _) = w.shape, layer.size, layer.stride[0], layer.padding
    if is_bare_product(layer):
        np.matmul(w[:, :, 0, 0].T, pixels(dy), out=pixels(dx))
        return
    phases = [w[:, :, a::sh][:, :, ::-1].transpose(2, 0, 3, 1) for a in range(min(sh, kh))]
    kernels = [(len(phase), phase.reshape(-1, kw * C).T) for phase in phases]
    above = len(phases[0]) - 1
    for block in blocks(dy, layer, (oh + above, above + 1, 1, F), kw * C):
        images, top, count = dy[block.n], block.i.start, block.i.stop - block.i.start
        rows = room(block.memory, above + count, 1, F, len(images), ow)
        rows = pixel_rows(rows, images, top - above, range(1), 1)
        for a, (taps, kernel) in enumerate(kernels):
            inner, down = reach(dx.shape[2], count, top * sh + a - ph, sh)
            met = inner.stop - inner.start
            windows = windows_of(rows[inner.start + above + 1 - taps :], met, taps, 1)
            copies = times_windows(kernel, windows, block).reshape(met, kw, C, len(images), ow)
            add_copies(dx[block.n, :, down], copies.transpose(1, 3, 2, 0, 4), layer)


def add_copies(dx: np.ndarray, copies: np.ndarray, layer: Layer) -> None:
    """Add copies (kw, n, C, rows, ow) to rows of dx, each shifted to where its pixels came from."""
    for copy, shift in zip(copies, layer.shifts, strict=True):
        outer, across = reach(dx.shape[3], copy.shape[3], shift, layer.stride[1])
        dx[..., across] += copy[..., outer]


def pixels(images: np.ndarray) -> np.ndarray:
    """(n, C, H * W) for images (n, C, H, W)."""
    return images.reshape(*images.shape[:2], -1)
