"""The fully connected layer."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.initial import he_normal
from course.nn.layer import remembered, upstream


class Linear:
    r"""A fully connected (dense) layer: every output is a weighted sum of all inputs.

    .. math:: y = x\, w^T + b

    Args:
        in_features: Numbers in a row of the input.
        out_features: Numbers in a row of the output.
        rng: Draws the initial weights: a generator or a seed. A new generator when None.

    Attributes:
        w: (out_features, in_features), float64, initialised by `he_normal`.
        b: (out_features,), float64, initialised with zeros.
        dw: The gradient of w after `backward`; None before. Each call makes a new array.
        db: The gradient of b, likewise.
        x: The input of the last `forward`; None before. It is x itself and not a copy, so changing
            it in place before `backward` changes dw.

    Raises:
        ValueError: If a size is not an integer of at least 1.

    Example:
        >>> Linear(4, 2, rng=0).forward(np.ones((3, 4))).shape
        (3, 2)
    """

    parameters = ("w", "b")

    def __init__(
        self, in_features: int, out_features: int, rng: np.random.Generator | int | None = None
    ) -> None:
        columns = arguments.integer("in_features", in_features, least=1)
        rows = arguments.integer("out_features", out_features, least=1)
        self.w = he_normal(rng, (rows, columns))
        self.b = np.zeros(rows)
        self.dw: np.ndarray | None = None
        self.db: np.ndarray | None = None
        self.x: np.ndarray | None = None

    def __repr__(self) -> str:
        out_features, in_features = self.w.shape
        return f"Linear({in_features}, {out_features})"

    def forward(self, x: ArrayLike) -> np.ndarray:
        """One row of outputs for each row of inputs.

        Args:
            x: (N, in_features).

        Returns:
            y (N, out_features), with the dtype of x.

        Raises:
            ValueError: If x has the wrong number of axes or of features, is empty or does not hold
                real numbers.
        """
        x = arguments.floats("x", x, "(N, in_features)")
        w = arguments.floats("w", self.w, "(out_features, in_features)", dtype=x.dtype)
        b = arguments.floats("b", self.b, "(out_features,)", dtype=x.dtype)
        arguments.same("x.shape[1]", x.shape[1], "in_features", w.shape[1])
        arguments.same("b.shape[0]", b.shape[0], "out_features", w.shape[0])
        self.x = x
        y: np.ndarray = x @ w.T + b
        return y

    def backward(self, dy: ArrayLike) -> np.ndarray:
        """Set dw and db, and return the gradient of the loss with respect to the last input.

        Args:
            dy: (N, out_features), the gradient of the loss with respect to the last output.

        Returns:
            dx (N, in_features), with the dtype of dy.

        Raises:
            RuntimeError: Before the first `forward`.
            ValueError: If dy does not have the shape of the last output.
        """
        x = remembered(self.x)
        dy = upstream(dy, (len(x), len(self.w)))
        self.dw = dy.T @ x.astype(dy.dtype, copy=False)
        self.db = dy.sum(axis=0)
        dx: np.ndarray = dy @ self.w.astype(dy.dtype, copy=False)
        return dx
