"""Pooling: every window of a feature map becomes one number, its largest or its mean."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments, output_size
from course.nn.layer import remembered, upstream

Options = ParamSpec("Options")


def _refuses_other_options(init: Callable[Options, None]) -> Callable[Options, None]:
    """Say so when an option is given that PyTorch's layer has and this one has not."""

    @wraps(init)
    def checked(*values: Options.args, **options: Options.kwargs) -> None:
        for name in options.keys() - {"size", "stride"}:
            raise TypeError(
                f"{name} must be left out, got {options[name]!r}; "
                "a pooling layer here has only size and stride"
            )
        init(*values, **options)

    return checked


class MaxPool2d:
    """The largest number of every window.

    size    side of the square windows in pixels
    stride  pixels from one window to the next; size when None, so that the windows tile the image

    x, y    the last input and output of `forward`, None before: backward finds in them which
            pixel was the largest. They are the arrays themselves and no copies, so whoever
            changes one in place before backward gets another dx

    Pixels at the end that no window reaches are left out, as in PyTorch: their gradient is 0.
    When several pixels of a window are the largest, the first of them in row-major order gets
    the gradient, as in PyTorch. A window with a NaN in it gives NaN and hands on no gradient.

    Raises ValueError when size or stride is no integer of at least 1, and TypeError for any other
    option: PyTorch's layers have more.
    """

    parameters = ()

    @_refuses_other_options
    def __init__(self, size: int, stride: int | None = None) -> None:
        self.size, self.stride = _size_and_stride(size, stride)
        self.x: np.ndarray | None = None
        self.y: np.ndarray | None = None

    def __repr__(self) -> str:
        return f"MaxPool2d({self.size}, stride={self.stride})"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """The output (N, C, oh, ow) for an input (N, C, H, W), with the dtype of x.

        Raises ValueError when x has another number of axes, is empty or does not hold real
        numbers, and when the windows are larger than the images.
        """
        x = _images(x, self.size)
        first, *others = taps(x, self.size, self.stride)
        y = first.copy()
        for pixels in others:
            np.maximum(y, pixels, out=y)
        self.x, self.y = x, y
        return y

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Return dx: every dy goes to the pixel that was the largest of its window.

        Raises RuntimeError before the first `forward`, and ValueError when dy has another shape
        than the last output.
        """
        x, y = remembered(self.x), remembered(self.y)
        dy = upstream(dy, y.shape)
        dx = np.zeros(x.shape, dtype=dy.dtype)
        waiting = np.ones(y.shape, dtype=bool)
        windows = (self.size, self.stride)
        for pixels, dpixels in zip(taps(x, *windows), taps(dx, *windows), strict=True):
            largest = waiting & (pixels == y)
            dpixels += dy * largest
            waiting &= ~largest
        return dx


class AvgPool2d:
    """The mean of every window.

    size    side of the square windows in pixels
    stride  pixels from one window to the next; size when None, so that the windows tile the image

    x_shape  the shape of the last input of `forward`, None before: all that backward needs

    Pixels at the end that no window reaches are left out, as in PyTorch: their gradient is 0. A
    window with a NaN in it gives NaN.

    Raises ValueError when size or stride is no integer of at least 1, and TypeError for any other
    option: PyTorch's layers have more.
    """

    parameters = ()

    @_refuses_other_options
    def __init__(self, size: int, stride: int | None = None) -> None:
        self.size, self.stride = _size_and_stride(size, stride)
        self.x_shape: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"AvgPool2d({self.size}, stride={self.stride})"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """The output (N, C, oh, ow) for an input (N, C, H, W), with the dtype of x.

        Raises ValueError when x has another number of axes, is empty or does not hold real
        numbers, and when the windows are larger than the images.
        """
        x = _images(x, self.size)
        first, *others = taps(x, self.size, self.stride)
        y = first.copy()
        for pixels in others:
            y += pixels
        self.x_shape = x.shape
        return y / self.size**2

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Return dx: every pixel gets an equal share of the dy of each window it lies in.

        Raises RuntimeError before the first `forward`, and ValueError when dy has another shape
        than the last output.
        """
        N, C, H, W = remembered(self.x_shape)
        oh, ow = output_size(H, self.size, self.stride), output_size(W, self.size, self.stride)
        dy = upstream(dy, (N, C, oh, ow))
        dx = np.zeros((N, C, H, W), dtype=dy.dtype)
        share = dy / self.size**2
        for dpixels in taps(dx, self.size, self.stride):
            dpixels += share
        return dx


def taps(x: np.ndarray, size: int, stride: int) -> Iterator[np.ndarray]:
    """Yield x once for each place (u, v) inside a window: that pixel of every window.

    x       (N, C, H, W)
    yields  size * size views (N, C, oh, ow) of x, in row-major order of (u, v)

    So a loop over the few places of a window takes the place of one over the many windows.
    """
    oh, ow = output_size(x.shape[2], size, stride), output_size(x.shape[3], size, stride)
    for u in range(size):
        for v in range(size):
            yield x[:, :, u : u + oh * stride : stride, v : v + ow * stride : stride]


def _size_and_stride(size: int, stride: int | None) -> tuple[int, int]:
    size = arguments.integer("size", size, least=1)
    return size, size if stride is None else arguments.integer("stride", stride, least=1)


def _images(x: ArrayLike, size: int) -> np.ndarray:
    x = arguments.floats("x", x, "(N, C, H, W)")
    H, W = x.shape[2:]
    if size > min(H, W):
        raise ValueError(f"size must be at most {min(H, W)} for images of {H} by {W}, got {size}")
    return x
