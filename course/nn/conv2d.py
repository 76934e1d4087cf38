"""The convolution layer."""

import numpy as np

from course.convolution import arguments
from course.convolution.fast import conv_backward_fast, conv_forward_fast
from course.nn.initial import he_normal
from course.nn.layer import remembered


class Conv2d:
    """A convolution layer that remembers its input for the backward pass.

    Args:
        in_channels: C, the channels of the input.
        out_channels: F, the filters, and the channels of the output.
        kernel_size: An integer or a pair (kh, kw).
        stride: Pixels from one window to the next, an integer of at least 1.
        padding: Zeros around each image, an integer of at least 0.
        rng: Draws the initial weights: a generator or a seed. A new generator when None.

    Attributes:
        w: (F, C, kh, kw), float64, initialised by `he_normal`.
        b: (F,), float64, initialised with zeros.
        dw: The gradient of w after `backward`; None before. Each call makes a new array: nothing
            accumulates from one call to the next.
        db: The gradient of b, likewise.
        x: The input of the last `forward`; None before. It is x itself and not a copy, so changing
            it in place before `backward` changes dw.

    Raises:
        ValueError: If a size is not an integer or too small.

    Example:
        >>> layer = Conv2d(3, 16, kernel_size=3, padding=1, rng=0)
        >>> y = layer.forward(np.ones((2, 3, 8, 8)))
        >>> dx = layer.backward(np.ones_like(y))
        >>> y.shape, dx.shape, layer.dw.shape
        ((2, 16, 8, 8), (2, 3, 8, 8), (16, 3, 3, 3))
    """

    parameters = ("w", "b")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int = 1,
        padding: int = 0,
        rng: np.random.Generator | int | None = None,
    ) -> None:
        C = arguments.integer("in_channels", in_channels, least=1)
        F = arguments.integer("out_channels", out_channels, least=1)
        pair = kernel_size if isinstance(kernel_size, tuple | list) else (kernel_size,) * 2
        kh, kw = arguments.integers("kernel_size", pair, "(kh, kw)")
        self.stride = arguments.integer("stride", stride, least=1)
        self.padding = arguments.integer("padding", padding, least=0)
        self.w = he_normal(rng, (F, C, kh, kw))
        self.b = np.zeros(F)
        self.dw: np.ndarray | None = None
        self.db: np.ndarray | None = None
        self.x: np.ndarray | None = None

    def __repr__(self) -> str:
        F, C, kh, kw = self.w.shape
        kernel_size = kh if kh == kw else (kh, kw)
        settings = f"kernel_size={kernel_size}, stride={self.stride}, padding={self.padding}"
        return f"{type(self).__name__}({C}, {F}, {settings})"

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The output of the layer, computed by `course.convolution.conv_forward_fast`.

        Args:
            x: (N, C, H, W).

        Returns:
            y (N, F, oh, ow), with the dtype of x.

        Raises:
            ValueError: If `course.convolution.conv_forward_fast` raises it.
        """
        y = conv_forward_fast(x, self.w, self.b, self.stride, self.padding)
        self.x = x
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Set dw and db, and return the gradient of the loss with respect to the last input.

        Args:
            dy: (N, F, oh, ow), the gradient of the loss with respect to the last output.

        Returns:
            dx (N, C, H, W), with the dtype of dy.

        Raises:
            RuntimeError: Before the first `forward`.
            ValueError: If dy does not have the shape of the last output.
        """
        x, settings = remembered(self.x), (self.stride, self.padding)
        dx, self.dw, self.db = conv_backward_fast(dy, x, self.w, *settings)
        return dx
