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
    """Say so when an option is given that PyTorch's layer has and this one does not."""

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

    Pixels at the end that no window reaches are left out, as in PyTorch: their gradient is 0. When
    several pixels of a window are the largest, the first of them in row-major order gets the
    gradient, as in PyTorch. A window that contains a NaN gives NaN and passes no gradient on.

    Args:
        size: Side of the square windows in pixels, at least 1.
        stride: Pixels from one window to the next; size when None, so that the windows tile the
            image.

    Attributes:
        x: The input of the last `forward`; None before. It is the array itself and not a copy, so
            changing it in place before `backward` changes dx.
        y: The output of the last `forward`, likewise.

    Raises:
        ValueError: If size or stride is not an integer of at least 1.
        TypeError: For any other option that PyTorch's layer has and this one does not.

    Example:
        >>> MaxPool2d(2).forward(np.arange(16.0).reshape(1, 1, 4, 4))
        array([[[[ 5.,  7.],
                 [13., 15.]]]])
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
        """The largest number of every window.

        Args:
            x: (N, C, H, W).

        Returns:
            y (N, C, oh, ow), with the dtype of x.

        Raises:
            ValueError: If x has the wrong number of axes, is empty or does not hold real numbers;
                or if the windows are larger than the images.
        """
        x = _images(x, self.size)
        first, *others = taps(x, self.size, self.stride)
        y = first.copy()
        for pixels in others:
            np.maximum(y, pixels, out=y)
        self.x, self.y = x, y
        return y

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Every dy goes to the pixel that was the largest of its window.

        Args:
            dy: (N, C, oh, ow), the gradient of the loss with respect to the last output.

        Returns:
            dx (N, C, H, W), with the dtype of dy.

        Raises:
            RuntimeError: Before the first `forward`.
            ValueError: If dy does not have the shape of the last output.
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

    Pixels at the end that no window reaches are left out, as in PyTorch: their gradient is 0. A
    window that contains a NaN gives NaN.

    Args:
        size: Side of the square windows in pixels, at least 1.
        stride: Pixels from one window to the next; size when None, so that the windows tile the
            image.

    Attributes:
        x_shape: The shape of the last input of `forward`; None before.

    Raises:
        ValueError: If size or stride is not an integer of at least 1.
        TypeError: For any other option that PyTorch's layer has and this one does not.

    Example:
        >>> AvgPool2d(2).forward(np.arange(16.0).reshape(1, 1, 4, 4))
        array([[[[ 2.5,  4.5],
                 [10.5, 12.5]]]])
    """

    parameters = ()

    @_refuses_other_options
    def __init__(self, size: int, stride: int | None = None) -> None:
        self.size, self.stride = _size_and_stride(size, stride)
        self.x_shape: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"AvgPool2d({self.size}, stride={self.stride})"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """The mean of every window.

        Args:
            x: (N, C, H, W).

        Returns:
            y (N, C, oh, ow), with the dtype of x.

        Raises:
            ValueError: If x has the wrong number of axes, is empty or does not hold real numbers;
                or if the windows are larger than the images.
        """
        x = _images(x, self.size)
        first, *others = taps(x, self.size, self.stride)
        y = first.copy()
        for pixels in others:
            y += pixels
        self.x_shape = x.shape
        return y / self.size**2

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Every pixel gets an equal share of the dy of each window it lies in.

        Args:
            dy: (N, C, oh, ow), the gradient of the loss with respect to the last output.

        Returns:
            dx (N, C, H, W), with the dtype of dy.

        Raises:
            RuntimeError: Before the first `forward`.
            ValueError: If dy does not have the shape of the last output.
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
    """Yield x once for each position (u, v) in a window: that pixel of every window.

    So a loop over the few positions in a window takes the place of one over the many windows.

    Args:
        x: (N, C, H, W).
        size: Side of the square windows in pixels.
        stride: Pixels from one window to the next.

    Yields:
        size * size views (N, C, oh, ow) of x, in row-major order of (u, v).
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
