"""How an answer is tried: a function is called, of a class a layer is made and put to work.

Nothing here knows what is right. The first line of each docstring tells a student what was done.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

Settings = tuple[Any, ...]  # what a class is made with


def call(answer: Callable[..., Any], **arguments: Any) -> Any:
    """The function is called, with its arguments by position."""
    return answer(*arguments.values())


def call_with_defaults(answer: Callable[..., Any], **arguments: Any) -> Any:
    """The function is called, but the numbers that have a default value are left out."""
    parameters = inspect.signature(answer).parameters.values()
    defaults = [parameter.default is not parameter.empty for parameter in parameters]
    given = list(arguments.values())
    while defaults[len(given) - 1 : len(given)] == [True] and isinstance(given[-1], int | float):
        given.pop()
    return answer(*given)


def called_twice(answer: Callable[..., Any], **arguments: Any) -> Any:
    """what a first call returned, looked at after a second one with other numbers"""
    first = answer(*arguments.values())
    answer(*with_other_numbers(arguments).values())
    return first


def is_the_same_work(one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether the same comes out of both uses: a second call changes nothing of the first."""
    return one is other or {one, other} == {call, called_twice}


def with_other_numbers(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same, but that 1 is added to the numbers of the first array."""
    name = next(name for name, value in arguments.items() if isinstance(value, np.ndarray))
    return arguments | {name: arguments[name] + 1}


def _made(answer: Callable[..., Any], settings: Settings, parameters: dict[str, np.ndarray]) -> Any:
    """A layer whose parameters are set to copies, so that a layer may replace or change its own."""
    layer = answer(*settings)
    for name in parameters:
        getattr(layer, name)  # a layer that calls them otherwise would never see what is set here
    return _set(layer, parameters)


def _set(layer: Any, parameters: dict[str, np.ndarray]) -> Any:
    for name, value in parameters.items():
        setattr(layer, name, value.copy(order="K"))
    return layer


class Work:
    """A layer that was put to work, and the y and dx of its last passes."""

    def __init__(self, layer: Any, y: Any, dx: Any) -> None:
        self.layer, self.y, self.dx = layer, y, dx

    dw = property(lambda self: self.layer.dw)
    db = property(lambda self: self.layer.db)


def _part(name: str, work: Callable[..., Any], words: str) -> Callable[..., Any]:
    """Looks at the part of a work that its name begins with; the words say what was done."""

    def use(answer: Any, **arguments: Any) -> Any:
        return getattr(work(answer, **arguments), name.split("_")[0])

    use.__name__, use.__doc__ = name, words
    return use


def _round(layer: Any, x: Any, dy: Any) -> Work:
    """Forward, and backward where there is an upstream."""
    value = layer.forward(x)
    return Work(layer, value, None if dy is None else layer.backward(dy))


def _one_round(answer: Any, settings: Settings, x: Any, dy: Any = None, **parameters: Any) -> Work:
    return _round(_made(answer, settings, parameters), x, dy)


def _two_rounds(
    answer: Any,
    settings: Settings,
    x: Any,
    other_x: Any,
    other_dy: Any,
    dy: Any = None,
    **parameters: Any,
) -> Work:
    layer = _one_round(answer, settings, other_x, other_dy, **parameters).layer
    return _round(_set(layer, parameters), x, dy)  # what it did to them: keeps_its_parameters


def _new_parameters(
    answer: Any, settings: Settings, x: Any, dy: Any = None, **parameters: np.ndarray
) -> Work:
    others = {name: value + 1 for name, value in parameters.items()}
    layer = _one_round(answer, settings, x, dy, **others).layer
    return _round(_set(layer, parameters), x, dy)


def _two_backwards(answer: Any, *, dy: Any, **work: Any) -> Work:
    first = _one_round(answer, dy=dy, **work)
    return Work(first.layer, first.y, first.layer.backward(dy))


def _beside_another(
    answer: Any, settings: Settings, x: Any, dy: Any, other_x: Any, other_dy: Any, **parameters: Any
) -> Work:
    layer, another = (_made(answer, settings, parameters) for _ in range(2))
    value = layer.forward(x)
    another.forward(other_x)
    dx = layer.backward(dy)
    another.backward(other_dy)
    return Work(layer, value, dx)


y = _part("y", _one_round, "y = forward(x)")
dx = _part("dx", _one_round, "dx = backward(dy), after forward(x)")
dw = _part("dw", _one_round, "dw after forward(x) and backward(dy)")
db = _part("db", _one_round, "db after forward(x) and backward(dy)")

_FIRST = "forward(other_x), backward(other_dy), forward(x)"
_TWO = f"{_FIRST}, backward(dy)"
y_of_the_second_round = _part("y_of_the_second_round", _two_rounds, f"the last y of {_FIRST}")
dx_of_the_second_round = _part("dx_of_the_second_round", _two_rounds, f"the last dx of {_TWO}")
dw_of_the_second_round = _part("dw_of_the_second_round", _two_rounds, f"dw after {_TWO}")
db_of_the_second_round = _part("db_of_the_second_round", _two_rounds, f"db after {_TWO}")

y_of_new_parameters = _part(
    "y_of_new_parameters", _new_parameters, "the last y of forward(x), new w and b, forward(x)"
)
dx_of_new_parameters = _part(
    "dx_of_new_parameters",
    _new_parameters,
    "the last dx of forward(x), backward(dy), new w and b, forward(x), backward(dy)",
)
dw_of_a_second_backward = _part(
    "dw_of_a_second_backward", _two_backwards, "dw after forward(x), backward(dy), backward(dy)"
)

_BESIDE = "forward(x), other.forward(other_x), backward(dy), other.backward(other_dy)"
dx_beside_another_layer = _part("dx_beside_another_layer", _beside_another, f"dx after {_BESIDE}")
dw_beside_another_layer = _part("dw_beside_another_layer", _beside_another, f"dw after {_BESIDE}")
db_beside_another_layer = _part("db_beside_another_layer", _beside_another, f"db after {_BESIDE}")


def keeps_its_parameters(
    answer: Any, settings: Settings, x: Any, dy: Any, **parameters: np.ndarray
) -> np.ndarray:
    """1 if w stays, and 1 if b stays, else 0: forward(x), backward(dy), forward(x), backward(dy)"""
    layer = _one_round(answer, settings, x, dy, **parameters).layer
    once = [_how_far_it_stays(getattr(layer, name), given) for name, given in parameters.items()]
    _round(layer, x, dy)  # turned twice, a kernel is as it was
    twice = [_how_far_it_stays(getattr(layer, name), given) for name, given in parameters.items()]
    return np.minimum(once, twice)


def _how_far_it_stays(value: Any, given: np.ndarray) -> float:
    """Half of it for what nearly stays: a step taken and added back changes the last digits."""
    if np.array_equal(value, given):
        return 1.0
    return 0.5 if np.shape(value) == np.shape(given) and np.allclose(value, given) else 0.0


def refuses_backward_first(answer: Any, settings: Any, dy: Any, **parameters: Any) -> np.ndarray:
    """1 if backward(dy) before any forward raises RuntimeError, else 0"""
    layer = _made(answer, settings, parameters)
    try:
        layer.backward(dy)
    except NotImplementedError:  # a blank, and a RuntimeError only by descent
        raise
    except RuntimeError:
        return np.array(1.0)
    except Exception:
        return np.array(0.0)
    return np.array(0.0)


def initial_shapes(answer: Any, settings: Settings) -> np.ndarray:
    """the shapes of the initial w and b, one after the other"""
    layer = answer(*settings)
    return np.array([*layer.w.shape, *layer.b.shape])


def initial_bias(answer: Any, settings: Settings) -> np.ndarray:
    """the initial b"""
    b = np.asarray(answer(*settings).b)
    return b.astype(float) if b.dtype.kind == "f" else b


def initial_weights_differ(answer: Any, settings: Settings, seed: int) -> np.ndarray:
    """1 if no two of the initial weights are the same, else 0"""
    w = np.ravel(answer(*settings, np.random.default_rng(seed)).w)
    return np.array(float(len(np.unique(w)) == len(w)))


def draws_without_rng(answer: Any, settings: Settings) -> np.ndarray:
    """1 if two layers that are made without rng begin with different weights, else 0"""
    one, other = (answer(*settings).w for _ in range(2))
    return np.array(float(not np.array_equal(one, other)))


def initial_spread(answer: Any, settings: Settings, seed: int) -> np.ndarray:
    """std of the initial w over sqrt(2 / w[0].size), one decimal"""
    layer = answer(*settings, np.random.default_rng(seed))
    ratio = np.std(layer.w) / np.sqrt(2 / np.prod(layer.w.shape[1:]))
    return np.array(np.round(ratio, 1))


def draws_from_rng(answer: Any, settings: Settings, seed: int) -> np.ndarray:
    """1 if rng of one seed gives equal w, and of another other w, else 0"""
    layers = [answer(*settings, np.random.default_rng(s)) for s in (seed, seed, seed + 1)]
    one, same, other = (layer.w for layer in layers)
    return np.array(float(np.array_equal(one, same) and not np.array_equal(one, other)))


def draws_from_a_seed(answer: Any, settings: Settings, seed: int) -> np.ndarray:
    """1 if rng may be a seed: equal w for equal ones, and other w for another; else 0"""
    one, same, other = (answer(*settings, number).w for number in (seed, seed, seed + 1))
    return np.array(float(np.array_equal(one, same) and not np.array_equal(one, other)))


def initial_mean(answer: Any, settings: Settings, seed: int) -> np.ndarray:
    """mean of the initial w over its standard deviation, one decimal"""
    w = answer(*settings, np.random.default_rng(seed)).w
    return np.array(np.round(np.mean(w) / np.std(w), 1) + 0.0)


def loss(answer: Any, settings: Settings, scores: np.ndarray, labels: Any) -> Any:
    """loss = forward(scores, labels)"""
    return answer(*settings).forward(scores, np.array(labels))


def dscores(answer: Any, settings: Settings, scores: np.ndarray, labels: Any) -> Any:
    """dscores = backward(), after forward(scores, labels)"""
    layer = answer(*settings)
    layer.forward(scores, np.array(labels))
    return layer.backward()


def loss_of_the_second_batch(answer: Any, **work: Any) -> Any:
    """loss = forward(scores, labels), after forward(other_scores, other_labels), backward()"""
    return _after_two_batches(answer, **work)[1]


def dscores_of_the_second_batch(answer: Any, **work: Any) -> Any:
    """dscores = backward(), after forward of the others, backward(), forward(scores, labels)"""
    return _after_two_batches(answer, **work)[0].backward()


def _after_two_batches(
    answer: Any, settings: Any, scores: Any, labels: Any, other_scores: Any, other_labels: Any
) -> tuple[Any, Any]:
    layer = answer(*settings)
    layer.forward(other_scores, np.array(other_labels))
    layer.backward()
    return layer, layer.forward(scores, np.array(labels))


def dscores_of_a_second_backward(answer: Any, settings: Any, scores: Any, labels: Any) -> Any:
    """dscores of a second backward(), after one forward(scores, labels)"""
    layer = answer(*settings)
    layer.forward(scores, np.array(labels))
    layer.backward()
    return layer.backward()


def dscores_beside_another_loss(
    answer: Any, settings: Any, scores: Any, labels: Any, other_scores: Any, other_labels: Any
) -> Any:
    """dscores after forward(scores, labels), another loss's forward"""
    layer, another = (answer(*settings) for _ in range(2))
    layer.forward(scores, np.array(labels))
    another.forward(other_scores, np.array(other_labels))
    return layer.backward()


def both_results(answer: Any, **arguments: Any) -> Any:
    """new w and new velocity, as one array of two parts"""
    return _as_one_array(call(answer, **arguments), arguments["w"])


def both_results_with_defaults(answer: Any, **arguments: Any) -> Any:
    """new w and new velocity; momentum is left out if it has a default"""
    *given, momentum = arguments.values()
    value = call_with_defaults(partial(answer, *given), momentum=momentum)
    return _as_one_array(value, arguments["w"])


def _as_one_array(value: Any, w: np.ndarray) -> Any:
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    fits = is_pair and all(isinstance(a, np.ndarray) and a.shape == w.shape for a in value)
    return np.stack(value) if fits else value


_NOTHING = object()
"""What an argument is that was not handed over."""


class _Model:
    """The smallest model there is, y = x @ w.T + b; it writes down what it is called for."""

    parameters = ("w", "b")

    def __init__(self, w: np.ndarray, b: np.ndarray, calls: list[str]) -> None:
        self.w, self.b, self.calls = w.copy(), b.copy(), calls
        self.x: Any = None
        self.dw: Any = None
        self.db: Any = None
        self.loss: Any = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.calls.append("model.forward")
        self.x = x
        return np.asarray(x @ self.w.T + self.b)

    def backward(self, dy: Any = _NOTHING, *, dscores: Any = _NOTHING) -> np.ndarray:
        """The lesson calls the upstream dscores, the course's layers call it dy."""
        self.calls.append("model.backward")
        dy = dscores if dy is _NOTHING else dy
        if dy is _NOTHING:
            raise TypeError("backward() missing 1 required positional argument: 'dscores'")
        if self.x is None:
            raise RuntimeError("call model.forward first")
        y_shape = (len(self.x), len(self.w))
        if np.shape(dy) != y_shape:
            raise ValueError(f"dy must have the shape of the output, {y_shape}, got {np.shape(dy)}")
        self.dw, self.db = dy.T @ self.x, dy.sum(axis=0)
        return np.asarray(dy @ self.w)


class _Loss:
    """Half the squared distance of the scores from 1 at the label and 0 elsewhere, their mean."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        self.distance: Any = None

    def forward(self, scores: np.ndarray, labels: np.ndarray) -> float:
        self.calls.append("loss.forward")
        N, K = scores.shape
        self.distance = scores - np.eye(K, dtype=scores.dtype)[labels]
        return float(np.sum(self.distance**2) / (2 * N))

    def backward(self) -> np.ndarray:
        self.calls.append("loss.backward")
        if self.distance is None:
            raise RuntimeError("call loss.forward first")
        return np.asarray(self.distance / len(self.distance))


class _Optimizer:
    """Plain gradient descent."""

    def __init__(self, model: _Model, learning_rate: float, calls: list[str]) -> None:
        self.model, self.learning_rate, self.calls = model, learning_rate, calls

    def step(self) -> None:
        self.calls.append("optimizer.step")
        if self.model.dw is None:
            raise RuntimeError("call model.backward first")
        self.model.w = self.model.w - self.learning_rate * self.model.dw
        self.model.b = self.model.b - self.learning_rate * self.model.db


_CALLS = ["model.forward", "loss.forward", "loss.backward", "model.backward", "optimizer.step"]


def _steps(
    answer: Any, x: Any, labels: Any, w: Any, b: Any, learning_rate: float, count: int = 1
) -> _Model:
    """The model after so many steps; it keeps what the last of them has returned."""
    calls: list[str] = []
    model, loss = _Model(w, b, calls), _Loss(calls)
    optimizer = _Optimizer(model, learning_rate, calls)
    for _ in range(count):
        model.loss = answer(model, loss, x, np.array(labels), optimizer)
    return model


_two_steps = partial(_steps, count=2)
loss_of_a_step = _part("loss_of_a_step", _steps, "the loss that a step of a small model returns")
loss_of_the_second_step = _part(
    "loss_of_the_second_step", _two_steps, "the loss that the second step returns"
)
w_after_a_step = _part("w_after_a_step", _steps, "the weights of a small model after a step")
w_after_two_steps = _part(
    "w_after_two_steps", _two_steps, "the weights of a small model after two steps"
)


def order_of_the_calls(answer: Any, **arguments: Any) -> np.ndarray:
    """the order of the five calls, from model.forward to step; 0 for none"""
    calls = _steps(answer, **arguments).calls
    order = {name: k for k, name in enumerate(dict.fromkeys(calls), start=1)}
    return np.array([order.get(name, 0) for name in _CALLS])


def map_of_linear_scores(answer: Any, weights: np.ndarray, **work: Any) -> Any:
    """predict multiplies every pixel with a weight and adds up"""
    return answer(lambda images: _linear_scores(images, weights), *work.values())


def map_of_curved_scores(answer: Any, weights: np.ndarray, **work: Any) -> Any:
    """predict multiplies every pixel with a weight, adds up and squares"""
    return answer(lambda images: _linear_scores(images, weights) ** 2, *work.values())


def _linear_scores(images: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The scores (N, K) of images (N, C, H, W) for weights (K, C, H, W)."""
    if np.ndim(images) != 4:
        raise ValueError(f"predict takes images (N, C, H, W), got {np.ndim(images)} axes")
    if np.shape(images)[1:] != weights.shape[1:]:
        C, H, W = weights.shape[1:]
        raise ValueError(f"predict takes images (N, {C}, {H}, {W}), got {np.shape(images)}")
    return np.tensordot(images, weights, axes=([1, 2, 3], [1, 2, 3]))


class Counted(NamedTuple):
    """What an answer says of a layer, and how often it has called the layer's forward."""

    value: Any
    forward_calls: int


def verdict(answer: Any, layer: str) -> Counted:
    """probe(make_layer), where make_layer makes layers of one kind, right or broken"""
    place: dict[str, Any] = {"__name__": "course.checks.layers", "__doc__": layer}
    exec(layer, place)
    made = place["Conv2d"]
    calls: list[None] = []

    def forward(self: Any, x: Any) -> Any:
        calls.append(None)
        return made.forward(self, x)

    Layer = type("Layer", (made,), {"forward": forward})

    def make_layer(
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        stride: int = 1,
        padding: int = 0,
        rng: Any = None,
    ) -> Any:
        return Layer(in_channels, out_channels, kernel_size, stride, padding, rng)

    return Counted(answer(make_layer), len(calls))
