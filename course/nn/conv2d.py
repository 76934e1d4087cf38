"""The convolution layer."""

import numpy as np

from course.convolution import arguments
from course.convolution.fast import conv_backward_fast, conv_forward_fast
from course.nn.initial import he_normal
from course.nn.layer import remembered


class Conv2d:
    """A convolution layer that remembers its input for the backward pass.

    in_channels   C, channels of the input
    out_channels  F, filters, and channels of the output
    kernel_size   an integer or a pair (kh, kw)
    stride        pixels from one window to the next
    padding       zeros around each image
    rng           draws the initial weights: a generator or a seed; a new generator when None

    w   (F, C, kh, kw)  float64, first drawn by `he_normal`
    b   (F,)            float64, zeros
    dw, db              their gradients after `backward`, None before. Each call of `backward`
                        makes new ones: nothing adds up from one call to the next

    x                   the input that the last `forward` has seen, None before: all that backward
                        needs of it. It is x itself and no copy, so whoever changes it in place
                        before backward gets the dw of the changed x

    Raises ValueError when a size is no integer or too small.
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
        """The output (N, F, oh, ow) for an input (N, C, H, W), with the dtype of x.

        Raises ValueError as `conv_forward_fast` does, which computes what `conv_forward` of lesson
        04 does, and faster (lesson 14).
        """
        y = conv_forward_fast(x, self.w, self.b, self.stride, self.padding)
        self.x = x
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Set dw and db, and return dx, the gradient of the loss by the last input.

        dy  (N, F, oh, ow), the gradient of the loss by the last output

        Raises RuntimeError before the first `forward`, and ValueError when dy has another shape
        than the last output.
        """
        x, settings = remembered(self.x), (self.stride, self.padding)
        dx, self.dw, self.db = conv_backward_fast(dy, x, self.w, *settings)
        return dx
