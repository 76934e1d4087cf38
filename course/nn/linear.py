"""The fully connected layer."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.initial import he_normal
from course.nn.layer import remembered, upstream


class Linear:
    """A fully connected (dense) layer: every output is a weighted sum of all inputs.

    in_features   numbers in a row of the input
    out_features  numbers in a row of the output
    rng           draws the initial weights: a generator or a seed; a new generator when None

    w   (out_features, in_features)  float64, first drawn by `he_normal`
    b   (out_features,)              float64, zeros
    dw, db                           their gradients after `backward`, None before, new ones in
                                     each call

    x                   the input that the last `forward` has seen, None before: all that backward
                        needs of it. It is x itself and no copy, so whoever changes it in place
                        before backward gets the dw of the changed x

    Raises ValueError when a size is no integer of at least 1.
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
        """The output (N, out_features) for an input (N, in_features), with the dtype of x.

        Raises ValueError when x has another number of axes or of features, is empty or does not
        hold real numbers.
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
        """Set dw and db, and return dx, the gradient of the loss by the last input.

        dy  (N, out_features), the gradient of the loss by the last output

        Raises RuntimeError before the first `forward`, and ValueError when dy has another shape
        than the last output.
        """
        x = remembered(self.x)
        dy = upstream(dy, (len(x), len(self.w)))
        self.dw = dy.T @ x.astype(dy.dtype, copy=False)
        self.db = dy.sum(axis=0)
        dx: np.ndarray = dy @ self.w.astype(dy.dtype, copy=False)
        return dx
