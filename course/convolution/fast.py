"""The layer in NumPy at the speed of a framework: a method that suits the layer, in threads.

pointwise  1 x 1 kernels           nothing is copied
winograd   3 x 3, many channels    fewer multiplications
together   small images            copies in longer runs
blocked    all others              columns, as many as fit into the cache
"""

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.blocked import backward_in_blocks, forward_in_blocks
from course.convolution.layer import Layer, Pair, backward_arguments, forward_arguments
from course.convolution.pointwise import backward_pointwise, forward_pointwise, is_pointwise
from course.convolution.threads import in_threads
from course.convolution.together import are_small, backward_together, forward_together
from course.convolution.winograd import backward_in_tiles, forward_in_tiles, pays
from course.convolution.workspace import Workspace, workspace

WORTH_THREADS = 10**7  # multiplications; with fewer, sharing them out takes longer than it saves


class Way(NamedTuple):
    """How to work on some images: forward fills y, backward fills dx and returns dw."""

    forward: Callable[[np.ndarray, np.ndarray, np.ndarray, Layer, np.ndarray, Workspace], None]
    backward: Callable[
        [np.ndarray, np.ndarray, np.ndarray, Layer, np.ndarray, Workspace],
        tuple[np.ndarray, np.ndarray],
    ]


POINTWISE = Way(forward_pointwise, backward_pointwise)
WINOGRAD = Way(forward_in_tiles, backward_in_tiles)
TOGETHER = Way(forward_together, backward_together)
BLOCKED = Way(forward_in_blocks, backward_in_blocks)


def conv_forward_fast(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    threads: int = 1,
    winograd: bool = True,
) -> np.ndarray:
    """The same numbers as `conv_forward`, faster.

    Besides the result it needs, for each thread, what `conv_forward_blocked` needs. With Winograd's
    method it needs 3 padded copies of the images it works on, 2 of their outputs, 4 copies of w,
    and 72 numbers for each of 200 tiles and each channel. Up to 64 MB of this are kept for the next
    call. float16 is summed in float32.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w: (F, C, kh, kw), converted to the dtype of x.
        b: (F,), converted to the dtype of x.
        stride: Pixels from one window to the next, an integer or a pair (down, across).
        padding: Zeros around each image, an integer or a pair (down, across).
        threads: How many threads share the images where there is enough to do; BLAS then gets one
            thread for each. Otherwise BLAS keeps its own number of threads.
        winograd: Whether Winograd's method may be used. In float32 it rounds to 1e-5 of the largest
            output, instead of 1e-6.

    Returns:
        y (N, F, oh, ow), with the dtype of x.

    Raises:
        ValueError: If threads is not an integer of at least 1; or if `conv_forward_blocked`
            raises it.

    Example:
        >>> x, w, b = np.ones((2, 3, 8, 8)), np.ones((4, 3, 3, 3)), np.zeros(4)
        >>> conv_forward_fast(x, w, b, padding=1).shape
        (2, 4, 8, 8)

    References:
        Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
    """
    x, w, b, layer = forward_arguments(x, w, b, stride, padding)
    threads, kept, way = arguments.integer("threads", threads, 1), x.dtype, way_of(layer, winograd)
    x, w, b = map(added_up_in_float32, (x, w, b))
    y = np.empty((layer.N, layer.F, layer.oh, layer.ow), dtype=x.dtype)

    def work(n: slice) -> None:
        with workspace() as memory:
            way.forward(x[n], w, b, layer, y[n], memory)

    in_threads(work, layer.N, threads, is_worth_threads(layer))
    return y.astype(kept, copy=False)


def conv_backward_fast(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    threads: int = 1,
    winograd: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients dx, dw and db, from dy, x and w: the forward pass stores nothing else for it.

    Besides the results it needs, for each thread, what `conv_backward_blocked` needs. With
    Winograd's method it needs 4 padded copies of the images it works on, 2 of their outputs, 12
    copies of w, and 108 numbers for each of 200 tiles and each channel. float16 is summed in
    float32.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        w: (F, C, kh, kw), converted to the dtype of dy.
        stride: As for `conv_forward_fast`.
        padding: As for `conv_forward_fast`.
        threads: As for `conv_forward_fast`.
        winograd: As for `conv_forward_fast`.

    Returns:
        dx (N, C, H, W), dw (F, C, kh, kw) and db (F,), with the dtype of dy.

    Raises:
        ValueError: If threads is not an integer of at least 1; or if `conv_backward_blocked`
            raises it.

    Example:
        >>> x, w = np.ones((2, 3, 8, 8)), np.ones((4, 3, 3, 3))
        >>> dx, dw, db = conv_backward_fast(np.ones((2, 4, 6, 6)), x, w)
        >>> dx.shape, dw.shape, db
        ((2, 3, 8, 8), (4, 3, 3, 3), array([72., 72., 72., 72.]))
    """
    dy, x, w, layer = backward_arguments(dy, x, w, stride, padding)
    threads, kept, way = arguments.integer("threads", threads, 1), dy.dtype, way_of(layer, winograd)
    dy, x, w = map(added_up_in_float32, (dy, x, w))
    dx = np.empty(x.shape, dtype=x.dtype)

    def work(n: slice) -> tuple[np.ndarray, np.ndarray]:
        with workspace() as memory:
            return way.backward(dy[n], x[n], w, layer, dx[n], memory)

    parts = in_threads(work, layer.N, threads, is_worth_threads(layer))
    dw, db = (reduce(np.add, part).astype(kept, copy=False) for part in zip(*parts, strict=True))
    return dx.astype(kept, copy=False), dw, db


def way_of(layer: Layer, winograd: bool) -> Way:
    """The way that suits a layer."""
    if is_pointwise(layer):
        return POINTWISE
    if winograd and pays(layer):
        return WINOGRAD
    return TOGETHER if are_small(layer) else BLOCKED


def is_worth_threads(layer: Layer) -> bool:
    """Whether there are enough multiplications: every output takes the numbers of a window."""
    return layer.N * layer.F * layer.oh * layer.ow * layer.K >= WORTH_THREADS


def added_up_in_float32(array: np.ndarray) -> np.ndarray:
    """The array itself, or in place of float16, which runs out of digits, as float32."""
    return array.astype(np.float32) if array.dtype == np.float16 else array
