"""The sizes of a layer, for the fast passes: named once, and not counted again in each of them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.forward import layer_arguments
from course.convolution.geometry import output_size

Pair = tuple[int, int]


class Layer(NamedTuple):
    """x (N, C, H, W) and w (F, C, kh, kw) give y (N, F, oh, ow). Pairs are (down, across)."""

    N: int
    C: int
    H: int
    W: int
    F: int
    kh: int
    kw: int
    oh: int
    ow: int
    stride: Pair
    padding: Pair

    @property
    def K(self) -> int:  # noqa: N802  # a size, as the others are
        """How many numbers a window has."""
        return self.C * self.kh * self.kw


def forward_arguments(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, stride: Any, padding: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Layer]:
    """The arrays of a forward pass with the dtype of x, or ValueError where they clash."""
    x, w, b = layer_arguments(x, w, b)
    return x, w, b, layer_of(x, w, stride, padding)


def backward_arguments(
    dy: ArrayLike, x: ArrayLike, w: ArrayLike, stride: Any, padding: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Layer]:
    """The arrays of a backward pass with the dtype of dy, or ValueError where they clash."""
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    w = arguments.floats("w", w, "(F, C, kh, kw)", dtype=dy.dtype)
    arguments.same("w.shape[1], the channels of w,", w.shape[1], "x.shape[1]", x.shape[1])
    layer = layer_of(x, w, stride, padding)
    expected = (layer.N, layer.F, layer.oh, layer.ow)
    if dy.shape != expected:
        raise ValueError(
            f"dy must have the shape of the output, {expected} for x of shape {x.shape} and w of "
            f"shape {w.shape}, got {dy.shape}"
        )
    return dy, x, w, layer


def layer_of(x: np.ndarray, w: np.ndarray, stride: Any, padding: Any) -> Layer:
    """The sizes for an x and a w that fit; raise ValueError for a bad stride or padding."""
    stride, padding = _pair("stride", stride, least=1), _pair("padding", padding, least=0)
    (N, C, H, W), (F, _, kh, kw) = x.shape, w.shape
    oh, ow = map(output_size, (H, W), (kh, kw), stride, padding)
    return Layer(N, C, H, W, F, kh, kw, oh, ow, stride, padding)


def slices(count: int, step: int) -> Iterator[slice]:
    """Slices that go through count images or rows, step of them at a time."""
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))


def _pair(name: str, value: Any, least: int) -> Pair:
    if not isinstance(value, tuple | list):
        return (arguments.integer(name, value, least),) * 2
    if len(value) != 2:
        raise ValueError(f"{name} must be an integer or a pair (down, across), got {value!r}")
    down, across = (
        arguments.integer(f"{name}[{k}]", entry, least) for k, entry in enumerate(value)
    )
    return down, across
