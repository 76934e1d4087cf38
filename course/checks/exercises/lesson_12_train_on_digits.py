"""Lesson 12: a step of gradient descent, and a step of training."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, Sizes, shaped, tried
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_11_softmax import a_number_or_an_array, random_labels
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import OF_ITS_DTYPE, Kind, Returns, Verdict

LESSON = "12_train_on_digits"


# Momentum ---------------------------------------------------------------------------------------


def _momentum(rates: Iterable[float], shape: tuple[int, ...], numbers: Numbers) -> dict[str, Any]:
    arrays = {name: numbers.array(*shape) for name in ("w", "dw", "velocity")}
    return arrays | dict(zip(("learning_rate", "momentum"), rates, strict=True))


def _momentum_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "w": np.array([1.0, 2.0, 3.0]),
        "dw": np.array([10.0, -20.0, 0.0]),
        "velocity": np.array([0.0, 10.0, 20.0]),
        "learning_rate": 0.1,
        "momentum": 0.5,
    }
    F, C = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    tried: list[tuple[str, tuple[int, ...], float, float]] = [
        ("shapes", (5,), 0.1, 0.9),
        ("shapes", (1,), 0.3, 0.8),
        ("shapes", (4, 2), 0.1, 0.9),
        ("shapes", (2, 5), 0.2, 0.7),
        ("shapes", (F, C, 2, 5), 0.1, 0.9),
        ("shapes", (F, C, 3, 1), 0.05, 0.6),
        ("learning rates", (3, 4), 0.01, 0.9),
        ("learning rates", (3, 4), 1.0, 0.9),
        ("learning rates", (3, 4), 2.0, 0.9),
        ("learning rates", (4, 3), 1e-3, 0.9),
        ("momentum", (4, 2), 0.1, 0.6),
        ("momentum", (2, 3), 0.1, 0.5),
        ("momentum", (3, 2), 0.1, 0.99),
        ("momentum", (4, 2), 0.1, 0.0),
    ]
    numbers = Numbers(rng)
    usual, both = partial(_momentum, (0.1, 0.9)), uses.both_results
    layouts, float32 = [Numbers(rng, layout=o) for o in LAYOUTS[1:]], Numbers(rng, np.float32)
    by_default = uses.both_results_with_defaults
    return [
        Case("the example", example, both),
        *(shaped(g, axes, numbers, partial(_momentum, rates), both) for g, axes, *rates in tried),
        *(shaped("memory layouts", (3, 4), laid_out, usual, both) for laid_out in layouts),
        *(shaped("float32", axes, float32, usual, both) for axes in ((5,), (3, 2, 4))),
        shaped("defaults", (3, 2), numbers, partial(_momentum, (0.2, 0.9)), by_default),
    ]


def _a_pair() -> Returns:
    """What `uses.both_results` makes of a pair, or whatever else an answer returns."""

    def refuse(value: Any, expected: np.ndarray) -> Verdict | None:
        if type(value) is np.ndarray and value.shape == expected.shape:
            return OF_ITS_DTYPE.refuse(value, expected)
        asked = f"two arrays of shape {expected.shape[1:]}: new w, new velocity"
        hint = "Return both, with a comma between them: return new_w, new_velocity"
        if isinstance(value, tuple | list) and len(value) == 2:
            hint = "Both are arrays, of the shape of w."
        return Verdict(Kind.WRONG_TYPE, _things(value), asked, hint=hint)

    return Returns("two arrays: new w, new velocity", refuse, ("new w", "new velocity"))


def _things(value: Any) -> str:
    """How many things were returned, and of which shapes or types."""
    if isinstance(value, tuple | list):
        shapes = [str(a.shape) if isinstance(a, np.ndarray) else type(a).__name__ for a in value]
        return f"{len(shapes)} things: {', '.join(shapes[:5])}"
    is_array = isinstance(value, np.ndarray)
    return f"one array of shape {value.shape}" if is_array else f"one {type(value).__name__}"


def _both_at_once(
    w: np.ndarray, dw: np.ndarray, velocity: np.ndarray, learning_rate: float, momentum: float = 0.9
) -> np.ndarray:
    """The course's two results as one array."""
    return np.stack(nn.sgd_momentum(w, dw, velocity, learning_rate, momentum))


sgd_momentum = Exercise("sgd_momentum", LESSON, 3, _both_at_once, _a_pair(), _momentum_cases)


# A step of training -----------------------------------------------------------------------------


def _step(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """A batch of N rows, and the weights of a model with so many inputs and K scores."""
    N, inputs, K = sizes.values()
    return {
        "x": numbers.array(N, inputs),
        "labels": random_labels(numbers.rng, N, K),
        "w": numbers.array(K, inputs),
        "b": numbers.array(K),
        "learning_rate": 0.1,
    }


def _step_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "x": np.array([[1.0, 2.0], [3.0, 0.0]]),
        "labels": (0, 2),
        "w": np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
        "b": np.array([0.0, 1.0, -1.0]),
        "learning_rate": 0.1,
    }
    batches: list[Sizes] = [
        {"N": N, "inputs": inputs, "K": K}
        for N, inputs, K in [(4, 3, 5), (1, 5, 2), (5, 2, 3), (2, 4, 4), (3, 3, 3)]
    ]
    in_order, once = {"N": 3, "inputs": 2, "K": 4}, [uses.loss_of_a_step, uses.w_after_a_step]
    twice = [uses.loss_of_the_second_step, uses.w_after_two_steps]
    numbers, float32 = Numbers(rng), Numbers(rng, np.float32)
    return [
        Case("the example", example, uses.loss_of_a_step),
        *tried("loss", _step, numbers, batches, once[:1]),
        *tried("weights", _step, numbers, batches, once[1:]),
        *tried("two steps", _step, numbers, batches, twice),
        *tried("order", _step, numbers, [in_order], [uses.order_of_the_calls]),
        *tried("float32", _step, float32, batches[:1], once),
    ]


_LOSS = a_number_or_an_array(
    "the loss before the step, one number",
    "Return the number that loss.forward has returned, before the step.",
)
_IN_TURN = "The five calls come in this order: model.forward, loss.forward, loss.backward, "
_IN_TURN += "model.backward, optimizer.step. A 0 in what is got is a call that never came."
train_step = Exercise(
    *("train_step", LESSON, 4, nn.train_step, _LOSS, _step_cases),
    hints={(uses.order_of_the_calls, Kind.WRONG_NUMBERS): _IN_TURN},
)
