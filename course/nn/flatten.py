"""From feature maps to rows of features."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.layer import remembered, upstream


class Flatten:
    """Lays all numbers of an image out in one row: channel by channel, each row by row.

    Attributes:
        x_shape: The shape of the last input of `forward`; None before.

    Example:
        >>> Flatten().forward(np.ones((2, 3, 4, 4))).shape
        (2, 48)
    """

    parameters = ()

    def __init__(self) -> None:
        self.x_shape: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return "Flatten()"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """One row for each image.

        Args:
            x: (N, C, H, W), or any (N, ...).

        Returns:
            (N, C * H * W), with the dtype of x; a view of x where NumPy can make one.

        Raises:
            ValueError: If x has no axes, is empty or does not hold real numbers.
        """
        x = arguments.floats("x", x, "(N, ...)")
        self.x_shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """dy in the shape of the last input.

        Args:
            dy: (N, C * H * W), the gradient of the loss with respect to the last output.

        Returns:
            dx (N, C, H, W), a view of dy where NumPy can make one.

        Raises:
            RuntimeError: Before the first `forward`.
            ValueError: If dy does not have the shape of the last output.
        """
        x_shape = remembered(self.x_shape)
        features = int(np.prod(x_shape[1:]))
        return upstream(dy, (x_shape[0], features)).reshape(x_shape)
