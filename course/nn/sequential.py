"""Layers in a row."""

from textwrap import indent

import numpy as np

from course.nn.layer import Layer

_PARTS = ("forward", "backward", "parameters")


class Sequential:
    """A network whose layers work one behind the other, as a layer itself.

    layers      a tuple of them, each an object of its own: a layer remembers one input only
    parameters  the names of all parameters, each behind the number of its layer, such as
                ("0.w", "0.b", "3.w", "3.b"); `course.gradcheck.owner` finds the array behind one

    Raises ValueError when a layer is given twice, and for anything that is no layer: a list of
    layers, a class such as ReLU in place of ReLU(), or a loss, which stands behind the network.
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
        """The names, in the order of the layers."""
        return tuple(
            f"{k}.{name}" for k, layer in enumerate(self.layers) for name in layer.parameters
        )

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The output of the last layer. Raises what a layer raises."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Set the gradients in every layer, and return dx, the gradient by the last input.

        The chain rule: the dx of each layer is the dy of the one before it. Raises what a layer
        raises, RuntimeError before the first `forward`.
        """
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy
