"""Layers in a row."""

from textwrap import indent

import numpy as np

from course.nn.layer import Layer

_PARTS = ("forward", "backward", "parameters")


class Sequential:
    """A network whose layers work one after the other. It is a layer itself.

    Args:
        layers: The layers, each an object of its own: a layer remembers only one input.

    Attributes:
        layers: A tuple of the layers.

    Raises:
        ValueError: If a layer is given twice, or for anything that is not a layer: a list of
            layers, a class such as ReLU in place of ReLU(), or a loss, which comes after the
            network.

    Example:
        >>> from course.nn import Linear, ReLU
        >>> network = Sequential(Linear(4, 3, rng=0), ReLU(), Linear(3, 2, rng=1))
        >>> network.parameters
        ('0.w', '0.b', '2.w', '2.b')
        >>> network.forward(np.ones((5, 4))).shape
        (5, 2)
    """

    def __init__(self, *layers: Layer) -> None:
        for k, layer in enumerate(layers):
            if isinstance(layer, type) or not all(hasattr(layer, part) for part in _PARTS):
                raise ValueError(f"layers[{k}] must be a layer, such as ReLU(), got {layer!r}")
            if any(layer is other for other in layers[:k]):
                raise ValueError(
                    f"layers[{k}] must be a layer of its own, got the same "
                    f"{type(layer).__name__} a second time"
                )
        self.layers = layers

    def __repr__(self) -> str:
        lines = [f"({k}): {layer!r}" for k, layer in enumerate(self.layers)]
        return "\n".join(["Sequential(", *(indent(line, "  ") for line in lines), ")"])

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters, in order, each after the number of its layer.

        `course.gradcheck.owner` finds the array behind a name.
        """
        return tuple(
            f"{k}.{name}" for k, layer in enumerate(self.layers) for name in layer.parameters
        )

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The output of the last layer.

        Args:
            x: The input of the first layer.

        Returns:
            The output of the last layer. Raises what a layer raises.
        """
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Set the gradients in every layer, and return the gradient with respect to the last input.

        By the chain rule, the dx of each layer is the dy of the one before it.

        Args:
            dy: The gradient of the loss with respect to the last output.

        Returns:
            dx, in the shape of the last input. Raises what a layer raises.

        Raises:
            RuntimeError: Before the first `forward`.
        """
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
