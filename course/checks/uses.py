"""How an answer is tried: a function is called, of a class a layer is made and put to work.

Nothing here knows what is right. The first line of each docstring tells a student what was done.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def call(answer: Callable[..., Any], **arguments: Any) -> Any:
    """The function is called, with its arguments by position."""
    return answer(*arguments.values())


def _made(answer: Callable[..., Any], settings: tuple, parameters: dict[str, np.ndarray]) -> Any:
    """A layer whose parameters are set to copies, so that a layer may replace or change its own."""
    layer = answer(*settings)
    for name, value in parameters.items():
        setattr(layer, name, value.copy())
    return layer


def y(answer: Any, settings: tuple, x: np.ndarray, **parameters: np.ndarray) -> Any:
    """y = forward(x)"""
    return _made(answer, settings, parameters).forward(x)


def dx(answer: Any, settings: tuple, x: Any, dy: Any, **parameters: np.ndarray) -> Any:
    """dx = backward(dy), after forward(x)"""
    layer = _made(answer, settings, parameters)
    layer.forward(x)
    return layer.backward(dy)


def dw(answer: Any, settings: tuple, x: Any, dy: Any, **parameters: np.ndarray) -> Any:
    """dw after forward(x) and backward(dy)"""
    return _after_one_round(answer, settings, x, dy, parameters).dw


def db(answer: Any, settings: tuple, x: Any, dy: Any, **parameters: np.ndarray) -> Any:
    """db after forward(x) and backward(dy)"""
    return _after_one_round(answer, settings, x, dy, parameters).db


def keeps_its_parameters(
    answer: Any, settings: tuple, x: Any, dy: Any, **parameters: np.ndarray
) -> np.ndarray:
    """1 if the parameters are the same after forward(x) and backward(dy), else 0"""
    layer = _after_one_round(answer, settings, x, dy, parameters)
    same = all(np.array_equal(getattr(layer, name), parameters[name]) for name in parameters)
    return np.array(float(same))


def _after_one_round(
    answer: Any, settings: tuple, x: Any, dy: Any, parameters: dict[str, np.ndarray]
) -> Any:
    layer = _made(answer, settings, parameters)
    layer.forward(x)
    layer.backward(dy)
    return layer


def dw_of_the_second_round(
    answer: Any, settings: tuple, x: Any, other_x: Any, dy: Any, **parameters: np.ndarray
) -> Any:
    """dw after forward(other_x), backward(dy), forward(x), backward(dy)"""
    layer = _after_one_round(answer, settings, other_x, dy, parameters)
    layer.forward(x)
    layer.backward(dy)
    return layer.dw


def dw_beside_another_layer(
    answer: Any, settings: tuple, x: Any, other_x: Any, dy: Any, **parameters: np.ndarray
) -> Any:
    """dw after forward(x), another layer's forward(other_x), backward(dy)"""
    layer, another = (_made(answer, settings, parameters) for _ in range(2))
    layer.forward(x)
    another.forward(other_x)
    layer.backward(dy)
    return layer.dw


def refuses_backward_first(
    answer: Any, settings: tuple, dy: Any, **parameters: np.ndarray
) -> np.ndarray:
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


def initial_shapes(answer: Any, settings: tuple) -> np.ndarray:
    """the shapes of the initial w and b, one after the other"""
    layer = answer(*settings)
    return np.array([*layer.w.shape, *layer.b.shape])


def initial_spread(answer: Any, settings: tuple, seed: int) -> np.ndarray:
    """std of the initial w over sqrt(2 / (C * kh * kw)), one decimal"""
    layer = answer(*settings, np.random.default_rng(seed))
    ratio = np.std(layer.w) / np.sqrt(2 / np.prod(layer.w.shape[1:]))
    return np.array(np.round(ratio, 1))


def draws_from_rng(answer: Any, settings: tuple, seed: int) -> np.ndarray:
    """1 if rng of one seed gives equal w, and of another other w, else 0"""
    one, same, other = (
        answer(*settings, np.random.default_rng(s)).w for s in (seed, seed, seed + 1)
    )
    return np.array(float(np.array_equal(one, same) and not np.array_equal(one, other)))


def loss(answer: Any, scores: np.ndarray, labels: np.ndarray) -> Any:
    """loss = forward(scores, labels)"""
    return _number_as_array(answer().forward(scores, labels))


def dscores(answer: Any, scores: np.ndarray, labels: np.ndarray) -> Any:
    """dscores = backward(), after forward(scores, labels)"""
    layer = answer()
    layer.forward(scores, labels)
    return layer.backward()


def dx_of_the_second_round(
    answer: Any, settings: tuple, x: Any, other_x: Any, dy: Any, **parameters: np.ndarray
) -> Any:
    """dx = backward(dy), after forward(other_x) and forward(x)"""
    layer = _made(answer, settings, parameters)
    layer.forward(other_x)
    layer.forward(x)
    return layer.backward(dy)


def _number_as_array(value: Any) -> Any:
    """A plain number as an array without axes; whatever else comes out is judged as it is."""
    return np.array(value) if isinstance(value, int | float | np.number) else value
