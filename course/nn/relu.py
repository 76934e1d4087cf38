"""The rectified linear unit."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.layer import remembered, upstream


class ReLU:
    """Keeps what is positive and puts 0 in place of the rest.

    At 0 itself, where the function has a kink and no derivative, the gradient is 0, as in
    PyTorch. A NaN stays a NaN, and its gradient is 0.

    positive  where the x of the last `forward` is greater than 0, None before: all that backward
              needs of it
    """

    parameters = ()

    def __init__(self) -> None:
        self.positive: np.ndarray | None = None

    def __repr__(self) -> str:
        return "ReLU()"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """The larger of x and 0, for x of any shape, with the dtype of x.

        Raises ValueError when x is empty or does not hold real numbers.
        """
        x = arguments.floats("x", x, "(...)")
        self.positive = x > 0
        y: np.ndarray = np.maximum(x, 0)
        return y

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Return dx: dy times the derivative, 1 where x was positive and 0 elsewhere.

        Raises RuntimeError before the first `forward`, and ValueError when dy has another shape
        than the last output.
        """
        positive = remembered(self.positive)
        dx: np.ndarray = upstream(dy, positive.shape) * positive
        return dx
