"""What every layer has, and what every backward pass asks first."""

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments

Remembered = TypeVar("Remembered")


class Layer(Protocol):
    """A layer, or a whole network: `Sequential` is one as well.

    Attributes:
        parameters: The names of its parameters, such as ``("w", "b")``. After `backward` the
            gradient of each is named with a d in front.
    """

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names, a plain tuple in most layers."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The output y for the input x."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """The gradient dx for the gradient dy; sets the gradients of the parameters."""


def remembered(value: Remembered | None) -> Remembered:
    """Return what forward has left for backward; raise RuntimeError when that is None."""
    if value is None:
        raise RuntimeError("backward needs the input that forward has seen: call forward first")
    return value


def upstream(dy: ArrayLike, y_shape: tuple[int, ...]) -> np.ndarray:
    """Return dy as an array of floats; raise ValueError unless it has the shape of the output."""
    dy = arguments.floats("dy", dy, "(...)")
    if dy.shape != y_shape:
        raise ValueError(f"dy must have the shape of the output, {y_shape}, got {dy.shape}")
    return dy
