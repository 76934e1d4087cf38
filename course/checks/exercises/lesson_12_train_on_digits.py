"""Lesson 12: a step of gradient descent, and a step of training."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_11_softmax import (
    a_number_or_an_array,
    random_labels,
)
from course.checks.verdict import Kind, Returns, Verdict, an_array

LESSON = "12_train_on_digits"


# Momentum ---------------------------------------------------------------------------------------


def _momentum_work(
    rng, shape: tuple, learning_rate: float, momentum: float, dtype: Any = np.float64
) -> dict[str, Any]:
    arrays = {name: normal(rng, *shape, dtype=dtype) for name in ("w", "dw", "velocity")}
    return arrays | {"learning_rate": learning_rate, "momentum": momentum}


def _momentum_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "w": np.array([1.0, 2.0, 3.0]),
        "dw": np.array([10.0, -20.0, 0.0]),
        "velocity": np.array([0.0, 10.0, 20.0]),
        "learning_rate": 0.1,
        "momentum": 0.5,
    }
    groups: list[tuple] = [
        ("one axis", (5,), 0.1, 0.9),
        ("four axes", (4, 3, 2, 5), 0.1, 0.9),
        ("other rates", (3, 4), 0.01, 0.9),
        ("other rates", (3, 4), 2.0, 0.9),
        ("other momentum", (4, 2), 0.1, 0.6),
        ("other momentum", (4, 2), 0.1, 0.0),
    ]
    works = [(group, _momentum_work(rng, *work)) for group, *work in groups]
    float32 = _momentum_work(rng, (3, 5), 0.1, 0.9, np.float32)
    return [
        Case(group, work, uses.both_results)
        for group, work in [("the example", example), *works, ("float32", float32)]
    ]


def _a_pair() -> Returns:
    """What `uses.both_results` makes of a pair, or whatever else an answer returns."""
    array = an_array(keeps_dtype=True)

    def refuse(value: Any, expected: np.ndarray) -> Verdict | None:
        if type(value) is np.ndarray and value.shape == expected.shape:
            return array.refuse(value, expected)
        got = _shapes(value) if isinstance(value, tuple | list) else ""
        return Verdict(
            Kind.WRONG_TYPE,
            got or _one_thing(value),
            f"two arrays of shape {expected.shape[1:]}: new w, new velocity",
            hint="Return both, with a comma between them: return new_w, new_velocity",
        )

    return Returns("two arrays: new w, new velocity", refuse, ("new w", "new velocity"))


def _shapes(values: Any) -> str:
    shapes = [str(a.shape) if isinstance(a, np.ndarray) else type(a).__name__ for a in values]
    return f"{len(shapes)} things: {', '.join(shapes[:5])}"


def _one_thing(value: Any) -> str:
    is_array = isinstance(value, np.ndarray)
    return f"one array of shape {value.shape}" if is_array else f"one {type(value).__name__}"


def _both_at_once(w, dw, velocity, learning_rate, momentum=0.9) -> np.ndarray:
    """The course's two results as one array."""
    return np.stack(nn.sgd_momentum(w, dw, velocity, learning_rate, momentum))


sgd_momentum = Exercise(
    name="sgd_momentum",
    lesson=LESSON,
    points=3,
    reference=_both_at_once,
    returns=_a_pair(),
    cases=_momentum_cases,
)


@sgd_momentum.mistake(
    "momentum not used",
    "This is plain gradient descent: momentum * velocity is missing from the new velocity.",
)
def _plain(w, dw, velocity, learning_rate, momentum):
    return w - learning_rate * dw, dw.copy()


@sgd_momentum.mistake(
    "velocity right, step along the gradient",
    "The velocity is right, but the step still goes along dw. It goes along the new velocity: "
    "w - learning_rate * new_velocity.",
)
def _along_the_gradient(w, dw, velocity, learning_rate, momentum):
    return w - learning_rate * dw, momentum * velocity + dw


@sgd_momentum.mistake(
    "step along the old velocity",
    "The step goes along the old velocity, in which this gradient is not yet. Compute the new "
    "velocity first, then step along that.",
)
def _along_the_old(w, dw, velocity, learning_rate, momentum):
    return w - learning_rate * velocity, momentum * velocity + dw


@sgd_momentum.mistake(
    "old velocity returned",
    "The new w is right, but the velocity that comes back is the old one: return the new one, so "
    "that the next step can go on with it.",
)
def _old_returned(w, dw, velocity, learning_rate, momentum):
    return _right(w, dw, velocity, learning_rate, momentum)[0], velocity.copy()


def _right(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + dw
    return w - learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "uphill",
    "The step goes uphill: the gradient says where the loss grows. Take learning_rate * "
    "new_velocity away from w.",
)
def _uphill(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + dw
    return w + learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "gradient taken away from the velocity",
    "dw is taken away from the velocity, and learning_rate * velocity from w: two minus signs go "
    "uphill. Here the velocity adds dw, and w takes it away.",
)
def _minus_twice(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity - dw
    return w - learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "velocity of the other sign",
    "w is right, but the velocity has the other sign: here it is momentum * velocity + dw, and w "
    "takes learning_rate times that away. The old velocity you are given is of that kind too.",
)
def _other_sign(w, dw, velocity, learning_rate, momentum):
    new_w, new_velocity = _right(w, dw, velocity, learning_rate, momentum)
    return new_w, -new_velocity


@sgd_momentum.mistake(
    "velocity added to w",
    "This is another form of momentum: velocity = momentum * velocity - learning_rate * dw, added "
    "to w. Here the velocity adds up gradients, and the rate comes in the step.",
)
def _classical(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity - learning_rate * dw
    return w + new_velocity, new_velocity


@sgd_momentum.mistake(
    "learning rate in the velocity",
    "The learning rate is in the velocity already. The velocity is momentum * velocity + dw, and "
    "the rate comes in the step: w - learning_rate * new_velocity.",
)
def _rate_inside(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + learning_rate * dw
    return w - new_velocity, new_velocity


@sgd_momentum.mistake(
    "learning rate twice",
    "The learning rate is multiplied in twice, in the velocity and in the step. It belongs in the "
    "step alone.",
)
def _rate_twice(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + learning_rate * dw
    return w - learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "learning rate left out",
    "The step is as long as the velocity: the learning rate is missing, w - learning_rate * "
    "new_velocity.",
)
def _no_rate(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + dw
    return w - new_velocity, new_velocity


@sgd_momentum.mistake(
    "gradient weighted with 1 - momentum",
    "This is a running mean: dw is multiplied with 1 - momentum. Here it is added whole: "
    "momentum * velocity + dw.",
)
def _running_mean(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + (1 - momentum) * dw
    return w - learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "momentum times the gradient",
    "The momentum is multiplied with dw. It belongs with the old velocity: "
    "momentum * velocity + dw.",
)
def _momentum_of_dw(w, dw, velocity, learning_rate, momentum):
    new_velocity = velocity + momentum * dw
    return w - learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "nothing of the old velocity forgotten",
    "The old velocity is kept whole: multiply it with momentum, momentum * velocity + dw.",
)
def _nothing_forgotten(w, dw, velocity, learning_rate, momentum):
    new_velocity = velocity + dw
    return w - learning_rate * new_velocity, new_velocity


@sgd_momentum.mistake(
    "Nesterov's momentum",
    "This is Nesterov's momentum, which looks one step ahead. The plain one is asked for: "
    "w - learning_rate * new_velocity.",
)
def _nesterov(w, dw, velocity, learning_rate, momentum):
    new_velocity = momentum * velocity + dw
    return w - learning_rate * (dw + momentum * new_velocity), new_velocity


@sgd_momentum.mistake(
    "momentum always 0.9",
    "The momentum is 0.9 whatever is asked for. That is only what it is when it is left out: use "
    "the parameter.",
)
def _always(w, dw, velocity, learning_rate, momentum):
    return _right(w, dw, velocity, learning_rate, 0.9)


@sgd_momentum.mistake(
    "results exchanged",
    "The two results are right but exchanged: new w comes first, then the new velocity.",
)
def _exchanged(w, dw, velocity, learning_rate, momentum):
    return _right(w, dw, velocity, learning_rate, momentum)[::-1]


@sgd_momentum.mistake(
    "new w alone",
    "Only the new w is returned. The next step needs the new velocity too: "
    "return new_w, new_velocity",
)
def _w_alone(w, dw, velocity, learning_rate, momentum):
    return _right(w, dw, velocity, learning_rate, momentum)[0]


@sgd_momentum.mistake(
    "float64 from float32",
    "The numbers are right, but float32 became float64: an array on the way is made without the "
    "dtype of w.",
)
def _float64(w, dw, velocity, learning_rate, momentum):
    return _right(w.astype(np.float64), dw, velocity, learning_rate, momentum)


@sgd_momentum.mistake(
    "changed in place",
    "The numbers are right, but -=, += or *= writes into an array that belongs to the caller. "
    "Make new ones: new_velocity = momentum * velocity + dw.",
)
def _in_place(w, dw, velocity, learning_rate, momentum):
    velocity *= momentum
    velocity += dw
    w -= learning_rate * velocity
    return w, velocity


# A step of training -----------------------------------------------------------------------------


def _step_work(rng, N: int, sizes: tuple[int, int], learning_rate: float, dtype: Any = np.float64):
    """A batch, and the weights of a model with so many inputs and scores."""
    columns, K = sizes
    return {
        "x": normal(rng, N, columns, dtype=dtype),
        "labels": random_labels(rng, N, K),
        "w": normal(rng, K, columns, dtype=dtype),
        "b": normal(rng, K, dtype=dtype),
        "learning_rate": learning_rate,
    }


def _step_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "x": np.array([[1.0, 2.0], [3.0, 0.0]]),
        "labels": (0, 2),
        "w": np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
        "b": np.array([0.0, 1.0, -1.0]),
        "learning_rate": 0.1,
    }
    tried = [
        ("loss", uses.loss_of_a_step),
        ("weights", uses.w_after_a_step),
        ("two steps", uses.loss_of_the_second_step),
        ("two steps", uses.w_after_two_steps),
    ]
    sizes = [(4, (3, 5)), (1, (5, 2))]
    float32 = _step_work(rng, 4, (3, 5), 0.1, np.float32)
    return [
        Case("the example", example, uses.loss_of_a_step),
        *(Case(group, _step_work(rng, *s, 0.1), use) for group, use in tried for s in sizes),
        Case("order", _step_work(rng, 3, (2, 4), 0.1), uses.order_of_the_calls),
        Case("float32", float32, uses.loss_of_a_step),
        Case("float32", float32, uses.w_after_a_step),
    ]


train_step = Exercise(
    name="train_step",
    lesson=LESSON,
    points=4,
    reference=nn.train_step,
    returns=a_number_or_an_array(
        "the loss before the step, one number",
        "Return the number that loss.forward has returned, before the step.",
    ),
    cases=_step_cases,
)


@train_step.mistake(
    "loss after the step",
    "This is the loss after the step. Keep the one that came before it: no second forward is "
    "needed.",
)
def _loss_after(model, loss, x, labels, optimizer):
    nn.train_step(model, loss, x, labels, optimizer)
    return loss.forward(model.forward(x), labels)


@train_step.mistake(
    "no step",
    "The weights stay as they were: optimizer.step() is missing.",
)
def _no_step(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())
    return value


@train_step.mistake(
    "loss alone",
    "The loss is right, but nothing is learned: go back through loss and model, then let the "
    "optimiser take its step.",
)
def _loss_alone(model, loss, x, labels, optimizer):
    return loss.forward(model.forward(x), labels)


@train_step.mistake(
    "two steps at once",
    "The optimiser takes two steps along one gradient: call optimizer.step() once.",
)
def _two_steps(model, loss, x, labels, optimizer):
    value = nn.train_step(model, loss, x, labels, optimizer)
    optimizer.step()
    return value


@train_step.mistake(
    "called in another order",
    "Each call needs what the one before it has left: model.forward, loss.forward, loss.backward, "
    "model.backward, and the step last.",
)
def _step_first(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    optimizer.step()
    model.backward(loss.backward())
    return value


@train_step.mistake(
    "upstream of ones",
    "The model is given an upstream of ones. What it needs is the gradient of the loss by the "
    "scores: model.backward(loss.backward()).",
)
def _ones(model, loss, x, labels, optimizer):
    scores = model.forward(x)
    value = loss.forward(scores, labels)
    model.backward(np.ones_like(scores))
    optimizer.step()
    return value


@train_step.mistake(
    "scores handed back",
    "The model is given its own scores to go backward with. What it needs is the gradient of the "
    "loss by them: model.backward(loss.backward()).",
)
def _scores_back(model, loss, x, labels, optimizer):
    scores = model.forward(x)
    value = loss.forward(scores, labels)
    model.backward(scores)
    optimizer.step()
    return value


@train_step.mistake(
    "loss handed back",
    "The model is given the loss itself to go backward with. What it needs is the gradient of the "
    "loss by the scores: model.backward(loss.backward()).",
)
def _loss_back(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    model.backward(value)
    optimizer.step()
    return value


@train_step.mistake(
    "backward without an upstream",
    "model.backward has to be told the gradient of the loss by the scores: "
    "model.backward(loss.backward()).",
)
def _no_upstream(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    loss.backward()
    model.backward()
    optimizer.step()
    return value


@train_step.mistake(
    "scores returned",
    "The scores are returned. What is asked for is the loss, the number that loss.forward gives.",
)
def _scores(model, loss, x, labels, optimizer):
    nn.train_step(model, loss, x, labels, optimizer)
    return model.forward(x)


@train_step.mistake(
    "gradient returned",
    "The gradient by x, which model.backward gives, is returned. What is asked for is the loss, "
    "the number that loss.forward gives.",
)
def _gradient(model, loss, x, labels, optimizer):
    loss.forward(model.forward(x), labels)
    dx = model.backward(loss.backward())
    optimizer.step()
    return dx


@train_step.mistake(
    "labels before scores",
    "loss.forward takes the scores first, then the labels: loss.forward(scores, labels).",
)
def _labels_first(model, loss, x, labels, optimizer):
    return loss.forward(labels, model.forward(x))


@train_step.mistake(
    "x instead of the scores",
    "The loss is given x. It compares scores with labels, so x goes through the model first: "
    "loss.forward(model.forward(x), labels).",
)
def _x_for_scores(model, loss, x, labels, optimizer):
    model.forward(x)
    value = loss.forward(x, labels)
    model.backward(loss.backward())
    optimizer.step()
    return value


@train_step.mistake(
    "called like a function",
    "Model and loss of the course are not called like functions, as those of PyTorch are: write "
    "model.forward(x) and loss.forward(scores, labels).",
)
def _called(model, loss, x, labels, optimizer):
    return loss(model(x), labels)


@train_step.mistake(
    "an argument where none is taken",
    "loss.backward() and optimizer.step() take no arguments: each remembers what it needs.",
)
def _too_much(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    model.backward(loss.backward(value))
    return value


@train_step.mistake(
    "loss summed over the images",
    "The loss is multiplied with the number of images. loss.forward gives the mean, and that is "
    "to be returned as it is.",
)
def _summed(model, loss, x, labels, optimizer):
    return nn.train_step(model, loss, x, labels, optimizer) * len(x)


@train_step.mistake(
    "loss per image divided once more",
    "The loss is divided by the number of images, but it is a mean already: return what "
    "loss.forward gives.",
)
def _divided(model, loss, x, labels, optimizer):
    return nn.train_step(model, loss, x, labels, optimizer) / len(x)
