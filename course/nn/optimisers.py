"""From gradients to better parameters."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.gradcheck import owner
from course.nn.layer import Layer


def sgd_momentum(
    w: ArrayLike,
    dw: ArrayLike,
    velocity: ArrayLike,
    learning_rate: float,
    momentum: float = 0.9,
) -> tuple[np.ndarray, np.ndarray]:
    r"""One step of gradient descent with momentum, as in PyTorch.

    .. math:: v' = \mu v + dw

    .. math:: w' = w - \eta v'

    with μ the momentum and η the learning rate.

    Args:
        w: Any shape, float16, float32 or float64; integers count as float64.
        dw: The shape of w, the gradient of the loss with respect to w.
        velocity: The shape of w, the second result of the step before; zeros before the first step.
        learning_rate: Finite, at least 0.
        momentum: At least 0 and below 1.

    Returns:
        The new w and the new velocity, new arrays with the dtype of w.

    Raises:
        ValueError: If dw or velocity does not have the shape of w, because NumPy would broadcast
            it; if an array is empty or does not hold real numbers; or if learning_rate or momentum
            is out of its range.

    Example:
        >>> w, velocity = sgd_momentum([1.0], [2.0], [0.0], learning_rate=0.1)
        >>> sgd_momentum(w, [2.0], velocity, learning_rate=0.1)
        (array([0.42]), array([3.8]))

    References:
        Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in
        deep learning" (2013), in the form of PyTorch's documentation of SGD.
    """
    w = arguments.floats("w", w, "(...)")
    dw = _like(w, "dw", dw)
    rate, momentum = _number("learning_rate", learning_rate), _fraction("momentum", momentum)
    new_velocity = momentum * _like(w, "velocity", velocity) + dw
    return w - rate * new_velocity, new_velocity


class SGD:
    """Stochastic gradient descent: every step goes down the gradient of one batch.

    Args:
        model: A layer or a `Sequential`.
        learning_rate: Finite, at least 0. May be changed between steps.
        momentum: At least 0 and below 1: how much of the last step's velocity stays.

    Attributes:
        velocity: The velocity of `sgd_momentum` for each name in ``model.parameters``; zeros at
            first.

    Raises:
        ValueError: If learning_rate or momentum is out of its range.

    Example:
        >>> from course.nn import Linear
        >>> layer = Linear(1, 1, rng=0)
        >>> layer.w, layer.b = np.array([[1.0]]), np.array([0.0])
        >>> layer.dw, layer.db = np.array([[2.0]]), np.array([0.0])
        >>> SGD(layer, learning_rate=0.1).step()
        >>> layer.w
        array([[0.8]])
    """

    def __init__(self, model: Layer, learning_rate: float, momentum: float = 0.0) -> None:
        self.model = model
        self.learning_rate = _number("learning_rate", learning_rate)
        self.momentum = _fraction("momentum", momentum)
        self.velocity = _zeros(model)

    def step(self) -> None:
        """Give every parameter of the model a new array, one step further.

        Raises:
            RuntimeError: If a gradient is missing. Nothing has changed then.
            ValueError: If a gradient does not have the shape of its parameter. Nothing has changed
                then.
        """
        for name, w, dw in _parameters_and_gradients(self.model):
            new_w, self.velocity[name] = sgd_momentum(
                w, dw, self.velocity[name], self.learning_rate, self.momentum
            )
            setattr(*owner(self.model, name), new_w)


class Adam:
    r"""Gradient descent in which every number has a step size of its own.

    .. math:: m' = \beta_1 m + (1 - \beta_1)\, dw

    .. math:: q' = \beta_2 q + (1 - \beta_2)\, dw^2

    .. math:: w' = w - \eta\, \frac{m' / (1 - \beta_1^t)}{\sqrt{q' / (1 - \beta_2^t)} + \epsilon}

    for step number t, with η the learning rate and ε eps. A number moves by about learning_rate,
    whatever the size of its gradient: the mean m of its last gradients, divided by the root of the
    mean q of their squares. Dividing by :math:`1 - \beta^t` makes up for means that start at 0.

    Args:
        model: A layer or a `Sequential`.
        learning_rate: Finite, at least 0. May be changed between steps.
        betas: Two numbers, each at least 0 and below 1.
        eps: Finite, at least 0. Keeps the quotient finite where all gradients were 0.

    Attributes:
        mean: m for each name in ``model.parameters``; zeros at first.
        square: q for each name in ``model.parameters``; zeros at first.
        steps: The number of steps so far.

    Raises:
        ValueError: If a number is out of its range.

    Example:
        >>> from course.nn import Linear
        >>> layer = Linear(1, 1, rng=0)
        >>> layer.w, layer.b = np.array([[1.0]]), np.array([0.0])
        >>> layer.dw, layer.db = np.array([[2.0]]), np.array([0.0])
        >>> Adam(layer, learning_rate=0.1).step()
        >>> layer.w.round(6)
        array([[0.9]])

    References:
        Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015).
    """

    def __init__(
        self,
        model: Layer,
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ValueError(f"betas must be 2 numbers, got {betas!r}")
        self.model = model
        self.learning_rate = _number("learning_rate", learning_rate)
        self.betas = (_fraction("betas[0]", betas[0]), _fraction("betas[1]", betas[1]))
        self.eps = _number("eps", eps)
        self.mean, self.square = _zeros(model), _zeros(model)
        self.steps = 0

    def step(self) -> None:
        """Give every parameter of the model a new array, one step further.

        Raises:
            RuntimeError: If a gradient is missing. Nothing has changed then.
            ValueError: If a gradient does not have the shape of its parameter. Nothing has changed
                then.
        """
        gradients = _parameters_and_gradients(self.model)
        rate, self.steps = _number("learning_rate", self.learning_rate), self.steps + 1
        (beta1, beta2), t = self.betas, self.steps
        for name, w, dw in gradients:
            mean = beta1 * _like(w, "mean", self.mean[name]) + (1 - beta1) * dw
            square = beta2 * _like(w, "square", self.square[name]) + (1 - beta2) * dw**2
            self.mean[name], self.square[name] = mean, square
            root = np.sqrt(square / (1 - beta2**t))
            new_w = w - rate * mean / (1 - beta1**t) / (root + self.eps)
            setattr(*owner(self.model, name), new_w)


def _parameters_and_gradients(model: Layer) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """(name, w, dw) for every parameter, all checked before an optimiser changes the first."""
    found = []
    for name in model.parameters:
        layer, attribute = owner(model, name)
        w = arguments.floats(name, getattr(layer, attribute), "(...)")
        dw = getattr(layer, f"d{attribute}")
        if dw is None:
            raise RuntimeError(f"step needs the gradient of {name}: call backward first")
        found.append((name, w, _like(w, f"the gradient of {name}", dw)))
    return found


def _zeros(model: Layer) -> dict[str, np.ndarray]:
    return {name: np.zeros_like(getattr(*owner(model, name))) for name in model.parameters}


def _like(w: np.ndarray, name: str, value: ArrayLike) -> np.ndarray:
    """The array as floats with the dtype of w, whose shape it must have."""
    array = arguments.floats(name, value, "(...)", dtype=w.dtype)
    if array.shape != w.shape:
        raise ValueError(f"{name} must have the shape of w, {w.shape}, got {array.shape}")
    return array


def _number(name: str, value: Any) -> float:
    if not isinstance(value, Real) or not 0 <= float(value) < np.inf:
        raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}")
    return float(value)


def _fraction(name: str, value: Any) -> float:
    if not isinstance(value, Real) or not 0 <= float(value) < 1:
        raise ValueError(f"{name} must be a number of at least 0 and below 1, got {value!r}")
    return float(value)
