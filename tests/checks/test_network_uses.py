"""What is done with the answers of lessons 12 and 13, tried with the smallest there can be."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from course.checks import uses
from course.checks.case import Case
from course.checks.failure import LABEL_WIDTH, WIDTH
from course.checks.outcome import run
from course.gradcheck import numerical_gradient

# Answers ----------------------------------------------------------------------------------------


def pair(w, dw, velocity, learning_rate, momentum):
    return w - learning_rate * dw, momentum * velocity


def pair_by_default(w, dw, velocity, learning_rate=7.0, momentum=0.25):
    return pair(w, dw, velocity, learning_rate, momentum)


def array_of_both(*arguments):
    return np.stack(pair(*arguments))


def step(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())
    optimizer.step()
    return value


def without_step(model, loss, x, labels, optimizer):
    value = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())
    return value


def backward_alone(model, loss, x, labels, optimizer):
    loss.forward(model.forward(x), labels)
    loss.forward(model.forward(x), labels)
    return loss.backward()


def corner(predict, image, label, size):
    """The score of the image, and that of one that is twice as large, in all places."""
    both = predict(np.stack([image, 2 * image]))[:, label]
    return np.full(image.shape[1:], size * both[1] - both[0])


def label_0(predict, image, label, size):
    return corner(predict, image, 0, size)


# What is tried ------------------------------------------------------------------------------------


class Tried(NamedTuple):
    answer: Callable
    arguments: dict[str, Any]
    right: Any
    wrong: dict[Callable, Any]
    """What comes out of answers that are wrong."""


X, OTHER_X, DY = np.array([1.0, 2.0]), np.array([10.0, 20.0]), np.array([3.0, 5.0])
STEP: dict[str, Any] = {
    "x": np.array([[1.0, 0.0]]),
    "labels": (1,),
    "w": np.array([[4.0, 0.0], [0.0, 7.0]]),
    "b": np.array([0.0, 3.0]),
    "learning_rate": 0.25,
}
MOMENTUM: dict[str, Any] = {
    "w": X,
    "dw": DY,
    "velocity": OTHER_X,
    "learning_rate": 1.0,
    "momentum": 0.5,
}
IMAGE: dict[str, Any] = {
    "image": np.array([[[1.0, 2.0]]]),
    "label": 1,
    "size": 3,
    "weights": np.array([[[[1.0, 1.0]]], [[[1.0, 10.0]]]]),
}

NETWORK_TRIED = {
    uses.both_results: Tried(pair, MOMENTUM, [[-2.0, -3.0], [5.0, 10.0]], {}),
    uses.both_results_with_defaults: Tried(
        pair,
        MOMENTUM,
        [[-2.0, -3.0], [5.0, 10.0]],
        {pair_by_default: [[-2.0, -3.0], [2.5, 5.0]]},
    ),
    # The scores are 4 and 3, so 4 and 2 off; after a step 2 and 2, and so 2 and 1 off.
    uses.loss_of_a_step: Tried(step, STEP, (4**2 + 2**2) / 2, {}),
    uses.w_after_a_step: Tried(step, STEP, [[3, 0], [-0.5, 7]], {without_step: STEP["w"]}),
    uses.loss_of_the_second_step: Tried(step, STEP, (2**2 + 1**2) / 2, {without_step: 10}),
    uses.w_after_two_steps: Tried(step, STEP, [[2.5, 0], [-0.75, 7]], {without_step: STEP["w"]}),
    uses.order_of_the_calls: Tried(
        step,
        STEP,
        [1, 2, 3, 4, 5],
        {without_step: [1, 2, 3, 4, 0], backward_alone: [1, 2, 3, 0, 0]},
    ),
    uses.map_of_linear_scores: Tried(corner, IMAGE, [[105, 105]], {label_0: [[15, 15]]}),
    uses.map_of_curved_scores: Tried(
        corner, IMAGE, [[11 * 21**2] * 2], {label_0: [[11 * 3**2] * 2]}
    ),
}
each_use = pytest.mark.parametrize("use", NETWORK_TRIED, ids=lambda use: use.__name__)


def tried(use, answer):
    return Case("any", NETWORK_TRIED[use].arguments, use).try_out(answer)


@each_use
def test_a_right_answer(use):
    value = tried(use, NETWORK_TRIED[use].answer)
    np.testing.assert_allclose(value, NETWORK_TRIED[use].right)


@pytest.mark.parametrize(
    ("use", "answer", "expected"),
    [(use, answer, out) for use, t in NETWORK_TRIED.items() for answer, out in t.wrong.items()],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_wrong_answer_shows(use, answer, expected):
    np.testing.assert_allclose(tried(use, answer), expected)


@each_use
def test_what_comes_out_is_a_number_or_an_array_and_nothing_has_changed(use):
    arguments = NETWORK_TRIED[use].arguments
    outcome = run(NETWORK_TRIED[use].answer, Case("any", arguments, use))
    assert outcome.error is None
    assert outcome.changed == ()
    assert isinstance(outcome.value, float | np.ndarray)


@each_use
def test_one_line_says_what_is_done(use):
    words = Case("any", {}, use).steps()
    assert words
    assert "\n" not in words
    assert len(words) <= WIDTH - LABEL_WIDTH


# Two results --------------------------------------------------------------------------------------


def test_both_results_may_come_as_a_list_or_as_one_array():
    right = NETWORK_TRIED[uses.both_results].right
    for answer in (lambda *arguments: list(pair(*arguments)), array_of_both):
        both = tried(uses.both_results, answer)
        assert isinstance(both, np.ndarray)
        np.testing.assert_array_equal(both, right)


@pytest.mark.parametrize(
    "value", [None, X, (X,), (X, X, X), (X, 3.0), (X, X.tolist()), (X, X[:1]), (X, None), "two"]
)
def test_what_is_no_pair_of_arrays_like_w_is_left_as_it_is(value):
    assert tried(uses.both_results, lambda *arguments: value) is value


# The model, the loss and the optimiser that a step is tried with ----------------------------------


def saying(act) -> str:
    with pytest.raises((RuntimeError, ValueError)) as raised:
        tried(uses.loss_of_a_step, lambda model, loss, x, labels, opt: act(model, loss, x, opt))
    return str(raised.value)


def test_what_is_called_too_early_says_what_to_call_first():
    assert saying(lambda model, loss, x, opt: opt.step()) == "call model.backward first"
    assert saying(lambda model, loss, x, opt: loss.backward()) == "call loss.forward first"
    assert saying(lambda model, loss, x, opt: model.backward(x)) == "call model.forward first"


@pytest.mark.parametrize("name", ["dy", "dscores"])
def test_the_upstream_may_be_handed_over_by_either_of_its_names(name):
    def answer(model, loss, x, labels, optimizer):
        value = loss.forward(scores=model.forward(x=x), labels=labels)
        model.backward(**{name: loss.backward()})
        optimizer.step()
        return value

    for use in (uses.w_after_a_step, uses.order_of_the_calls):
        np.testing.assert_array_equal(tried(use, answer), tried(use, step))


def test_an_upstream_that_is_missing_is_missed():
    def answer(model, loss, x, labels, optimizer):
        model.forward(x)
        model.backward()

    error = run(answer, Case("any", STEP, uses.loss_of_a_step)).error
    assert isinstance(error, TypeError)
    assert "'dscores'" in str(error)


def test_an_upstream_of_another_shape_is_refused():
    def act(model, loss, x, opt):
        model.forward(x)
        model.backward(3.0)

    assert saying(act) == "dy must have the shape of the output, (1, 2), got ()"


def test_the_weights_of_the_case_stay_as_they_are_when_those_of_the_model_are_overwritten():
    def vandal(model, loss, x, labels, optimizer):
        model.w[...] = model.b[...] = 0
        return step(model, loss, x, labels, optimizer)

    assert run(vandal, Case("any", STEP, uses.w_after_a_step)).changed == ()


def test_the_gradients_of_the_model_and_of_the_loss_are_those_of_central_differences():
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(shape) for shape in [(4, 3), (5, 3), (5,)])
    work = {"x": x, "labels": (0, 4, 2, 0), "learning_rate": 1.0}

    def loss_at(w, b):
        return uses.loss_of_a_step(step, **work, w=w, b=b)

    dw = numerical_gradient(lambda w: loss_at(w, b), w)
    db = numerical_gradient(lambda b: loss_at(w, b), b)
    np.testing.assert_allclose(uses.w_after_a_step(step, **work, w=w, b=b), w - dw, rtol=1e-7)
    second = uses.loss_of_the_second_step(step, **work, w=w, b=b)
    np.testing.assert_allclose(second, loss_at(w - dw, b - db), rtol=1e-7)


# predict ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 1, 2), "predict takes images (N, C, H, W), got 3 axes"),
        ((1, 1, 1, 3), "predict takes images (N, 1, 1, 2), got (1, 1, 1, 3)"),
    ],
)
@pytest.mark.parametrize("use", [uses.map_of_linear_scores, uses.map_of_curved_scores])
def test_predict_refuses_what_is_no_batch_of_such_images(use, shape, words):
    with pytest.raises(ValueError, match="predict takes") as raised:
        tried(use, lambda predict, *rest: predict(np.ones(shape)))
    assert str(raised.value) == words


def test_predict_keeps_float32():
    arguments = {name: np.float32(v) for name, v in IMAGE.items() if isinstance(v, np.ndarray)}
    work = IMAGE | arguments
    scores = uses.map_of_curved_scores(lambda predict, image, *_: predict(image[None]), **work)
    assert scores.dtype == np.float32
