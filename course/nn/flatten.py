"""From feature maps to rows of features."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.layer import remembered, upstream


class Flatten:
    """Lays all numbers of an image out in one row: channel by channel, each row by row.

    x_shape  the shape of the last input of `forward`, None before: all that backward needs
    """

    parameters = ()

    def __init__(self) -> None:
        self.x_shape: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return "Flatten()"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """The rows (N, C * H * W) for an input (N, C, H, W), or for any (N, ...).

        A view of x where NumPy can make one, with the dtype of x. Raises ValueError when x has
        no axes, is empty or does not hold real numbers.
        """
        x = arguments.floats("x", x, "(N, ...)")
        self.x_shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Return dx: dy in the shape of the last input, a view of dy where NumPy can make one.

        Raises RuntimeError before the first `forward`, and ValueError when dy has another shape
        than the last output.
        """
        x_shape = remembered(self.x_shape)
        features = int(np.prod(x_shape[1:]))
        return upstream(dy, (x_shape[0], features)).reshape(x_shape)
