"""The rectified linear unit."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.layer import remembered, upstream


class ReLU:
    """Keeps positive numbers and replaces all others by 0.

    At 0 itself, where the function has a kink and no derivative, the gradient is 0, as in PyTorch.
    A NaN stays a NaN, and its gradient is 0.

    Attributes:
        positive: Where the x of the last `forward` is greater than 0, an array of bool; None
            before.

    Example:
        >>> layer = ReLU()
        >>> layer.forward([-1.0, 0.0, 2.0]), layer.backward([5.0, 5.0, 5.0])
        (array([0., 0., 2.]), array([0., 0., 5.]))
    """

    parameters = ()

    def __init__(self) -> None:
        self.positive: np.ndarray | None = None

    def __repr__(self) -> str:
        return "ReLU()"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """The larger of x and 0, entry by entry.

        Args:
            x: An array of any shape.

        Returns:
            y, the shape and dtype of x.

        Raises:
            ValueError: If x is empty or does not hold real numbers.
        """
        x = arguments.floats("x", x, "(...)")
        self.positive = x > 0
        y: np.ndarray = np.maximum(x, 0)
        return y

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """dy times the derivative: 1 where x was positive, and 0 elsewhere.

        Args:
            dy: The shape of x, the gradient of the loss with respect to the last output.

        Returns:
            dx, the shape of x, with the dtype of dy.

        Raises:
            RuntimeError: Before the first `forward`.
            ValueError: If dy does not have the shape of the last output.
        """
        positive = remembered(self.positive)
        dx: np.ndarray = upstream(dy, positive.shape) * positive
        return dx
