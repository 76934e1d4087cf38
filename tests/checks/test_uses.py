"""What is done with an answer, tried with the smallest layers and functions there can be."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.failure import table
from course.checks.outcome import run
from course.gradcheck import numerical_gradient

from .trials import LAYERS, cases

# Layers -------------------------------------------------------------------------------------------


class Line:
    """y = w * x + b, entry by entry; of other shapes than its initial w and b."""

    parameters = ("w", "b")

    def __init__(self, F, C, rng=None):
        self.w = np.random.default_rng(rng).normal(0, np.sqrt(2 / (C * 2 * 3)), (F, C, 2, 3))
        self.b, self.x = np.zeros(F), None

    def forward(self, x):
        self.x = x
        return self.w * x + self.b

    def backward(self, dy):
        if self.x is None:
            raise RuntimeError("forward first")
        self.dw, self.db = np.sum(dy * self.x), np.sum(dy)
        return self.w * dy


def layer(base=Line, begin=None, forward=None, backward=None):
    """A layer that does something more when it begins, or with what forward and backward give."""

    class Layer(base):
        def __init__(self, *settings):
            super().__init__(*settings)
            if begin:
                begin(self)

        def forward(self, *inputs):
            y = super().forward(*inputs)
            return forward(self, y, *inputs) if forward else y

        def backward(self, *upstream):
            dx = super().backward(*upstream)
            return backward(self, dx, *upstream) if backward else dx

    return Layer


def giving(result, layer, **values):
    """The result, after the layer got these attributes."""
    vars(layer).update(values)
    return result


def at_first(layer, value):
    """What the value was when it was first asked for."""
    return vars(layer).setdefault("first", value)


def minus_one_in_place(layer, dx, dy):
    layer.w -= 1
    return dx


WithoutBias = layer(forward=lambda self, y, x: y - self.b)
ReturnsDw = layer(backward=lambda self, dx, dy: self.dw)
Mean = layer(backward=lambda self, dx, dy: giving(dx, self, dw=self.dw / 2, db=self.db / 2))
LearnsInPlace = layer(backward=minus_one_in_place)
LearnsTheBias = layer(forward=lambda self, y, x: giving(y, self, b=self.b + 1))
WithCopies = layer(backward=lambda self, dx, dy: giving(dx, self, w=self.w.copy(), b=self.b.copy()))
FirstOutput = layer(forward=lambda self, y, x: at_first(self, y))
FirstWeights = layer(
    forward=lambda self, y, x: y + (at_first(self, self.w) - self.w) * x,
    backward=lambda self, dx, dy: dx + (self.first - self.w) * dy,
)
FirstInput = layer(forward=lambda self, y, x: giving(x, self, x=at_first(self, x)))
OfX = layer(backward=lambda self, dx, dy: dx * self.x)
"""Its dx depends on x, as that of a maximum would."""
OfTheFirstX = layer(OfX, forward=lambda self, y, x: giving(x, self, x=at_first(self, x)))
NotScaled = layer(begin=lambda self: giving(None, self, w=self.w / np.sqrt(2 / self.w[0].size)))
OffCentre = layer(begin=lambda self: giving(None, self, w=self.w + np.std(self.w)))


class AddsUp(Line):
    dw = db = 0

    def backward(self, dy):
        before = self.dw, self.db
        dx = super().backward(dy)
        return giving(dx, self, dw=self.dw + before[0], db=self.db + before[1])


class SharedGradients(Line):
    def backward(self, dy):
        SharedGradients.dw, SharedGradients.db = np.sum(dy * self.x), np.sum(dy)
        return self.w * dy


class SharedMemory(Line):
    seen: list = []  # noqa: RUF012 - what is wrong with it

    def forward(self, x):
        self.seen[:] = [x]
        return super().forward(x)

    def backward(self, dy):
        self.x = self.seen[0]
        return super().backward(dy)


class OfASharedX(OfX, SharedMemory):
    pass


class ForgetsToAsk(Line):
    def backward(self, dy):
        return dy * self.x


def refusing_with(error):
    class Refuses(Line):
        def backward(self, dy):
            if error:
                raise error

    return Refuses


class Exchanged(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(C, F, rng)


class SharedWeights(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C, rng)
        SharedWeights.w = self.__dict__.pop("w")


class Seedless(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C)


class AlwaysTheSame(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C, 0)


class Loss:
    """The sum of the scores at the labels."""

    def __init__(self, factor):
        self.factor = factor

    def forward(self, scores, labels):
        self.scores, self.labels = scores, labels
        return self.factor * float(np.sum(scores[labels]))

    def backward(self):
        dscores = np.zeros(self.scores.shape)
        dscores[self.labels] = self.factor
        return dscores


NegativeLoss = layer(Loss, forward=lambda self, y, *_: -y, backward=lambda self, dx: -dx)
RunningLoss = layer(
    Loss,
    begin=lambda self: giving(None, self, total=0),
    forward=lambda self, y, *_: giving(self.total + y, self, total=self.total + y),
)
Forgetful = layer(Loss, backward=lambda self, dx: giving(dx, self, factor=0))


class FirstBatch(Loss):
    scores = None

    def forward(self, scores, labels):
        if self.scores is None:
            super().forward(scores, labels)
        return 0.0


class SharedBatch(Loss):
    seen: list = []  # noqa: RUF012 - what is wrong with it

    def forward(self, scores, labels):
        self.seen[:] = scores, labels
        return super().forward(scores, labels)

    def backward(self):
        self.scores, self.labels = self.seen
        return super().backward()


def pair(w, dw, velocity, learning_rate, momentum):
    return w - learning_rate * dw, momentum * velocity


def by_default(w, dw, velocity, learning_rate=7.0, momentum=0.25):
    return pair(w, dw, velocity, learning_rate, momentum)


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
    arguments: dict[str, Any]
    right: Any
    wrong: dict[Callable, Any]
    """What comes out of answers that are wrong."""
    answer: Callable = Line
    """Right."""


FACTORS = {"first": 3, "second": 4}
X, OTHER_X = np.array([1.0, 2.0]), np.array([10.0, 20.0])
DY, OTHER_DY = np.array([3.0, 5.0]), np.array([7.0, 2.0])
SCORES = {"settings": (3,), "scores": np.array([1.0, 2.0, 4.0]), "labels": (0, 2)}
BATCHES = SCORES | {"other_scores": np.ones(4), "other_labels": (1, 3)}
SETTINGS: dict[str, Any] = {"settings": (40, 30)}
PARAMETERS = {"w": np.array([2.0]), "b": np.array([7.0])}
FORWARD = SETTINGS | PARAMETERS | {"x": X}
BACKWARD = FORWARD | {"dy": DY}
OTHER = BACKWARD | {"other_x": OTHER_X, "other_dy": OTHER_DY}
SECOND = {name: value for name, value in OTHER.items() if name != "dy"}
FIRST = SETTINGS | PARAMETERS | {"dy": DY}
DRAWN = SETTINGS | {"seed": 5}
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
BOTH = [[-2, -3], [5, 10]]
IMAGE: dict[str, Any] = {
    "image": np.array([[[1.0, 2.0]]]),
    "label": 1,
    "size": 3,
    "weights": np.array([[[[1.0, 1.0]]], [[[1.0, 10.0]]]]),
}

TRIED = {
    uses.call: Tried(FACTORS, 12, {operator.sub: -1}, operator.mul),
    uses.call_with_defaults: Tried(
        FACTORS, 12, {(lambda a, b=5: a * b): 15, operator.sub: -1}, operator.mul
    ),
    uses.y: Tried(FORWARD, [9, 11], {WithoutBias: [2, 4]}),
    uses.dx: Tried(BACKWARD, [6, 10], {ReturnsDw: 13}),
    uses.dw: Tried(BACKWARD, 13, {Mean: 6.5}),
    uses.db: Tried(BACKWARD, 8, {Mean: 4}),
    uses.keeps_its_parameters: Tried(
        BACKWARD, [1, 1], {LearnsInPlace: [0, 1], LearnsTheBias: [1, 0]}
    ),
    uses.y_of_the_second_round: Tried(SECOND, [9, 11], {FirstOutput: [27, 47]}),
    uses.y_of_new_parameters: Tried(FORWARD, [9, 11], {FirstWeights: [10, 13]}),
    uses.dx_of_new_parameters: Tried(BACKWARD, [6, 10], {FirstWeights: [9, 15]}),
    uses.dw_of_a_second_backward: Tried(BACKWARD, 13, {AddsUp: 26}),
    uses.dx_of_the_second_round: Tried(OTHER, [6, 20], {OfTheFirstX: [60, 200]}, OfX),
    uses.dw_of_the_second_round: Tried(OTHER, 13, {AddsUp: 123, FirstInput: 130}),
    uses.db_of_the_second_round: Tried(OTHER, 8, {AddsUp: 17}),
    uses.dx_beside_another_layer: Tried(OTHER, [6, 20], {OfASharedX: [60, 200]}, OfX),
    uses.dw_beside_another_layer: Tried(OTHER, 13, {SharedMemory: 130, SharedGradients: 110}),
    uses.db_beside_another_layer: Tried(OTHER, 8, {SharedGradients: 9}),
    uses.loss: Tried(SCORES, 15, {NegativeLoss: -15}, Loss),
    uses.dscores: Tried(SCORES, [3, 0, 3], {NegativeLoss: [-3, 0, -3]}, Loss),
    uses.loss_of_the_second_batch: Tried(BATCHES, 15, {FirstBatch: 0, RunningLoss: 21}, Loss),
    uses.dscores_of_the_second_batch: Tried(BATCHES, [3, 0, 3], {FirstBatch: [0, 3, 0, 3]}, Loss),
    uses.dscores_beside_another_loss: Tried(BATCHES, [3, 0, 3], {SharedBatch: [0, 3, 0, 3]}, Loss),
    uses.dscores_of_a_second_backward: Tried(SCORES, [3, 0, 3], {Forgetful: [0, 0, 0]}, Loss),
    uses.initial_bias: Tried({"settings": (4, 5)}, [0] * 4, {Exchanged: [0] * 5}),
    uses.initial_spread_of_rows: Tried(DRAWN, 1.0, {NotScaled: 9.5}),
    uses.refuses_backward_first: Tried(
        FIRST, 1, {refusing_with(None): 0, refusing_with(ValueError): 0, ForgetsToAsk: 0}
    ),
    uses.initial_shapes: Tried({"settings": (4, 5)}, [4, 5, 2, 3, 4], {Exchanged: [5, 4, 2, 3, 5]}),
    uses.initial_spread: Tried(DRAWN, 1.0, {NotScaled: 9.5}),
    uses.initial_mean: Tried(DRAWN, 0, {OffCentre: 1}),
    uses.draws_from_a_seed: Tried(DRAWN, 1, {Seedless: 0, AlwaysTheSame: 0}),
    uses.draws_from_rng: Tried(DRAWN, 1, {Seedless: 0, AlwaysTheSame: 0, SharedWeights: 0}),
    uses.both_results: Tried(MOMENTUM, BOTH, {}, pair),
    uses.both_results_with_defaults: Tried(
        MOMENTUM, BOTH, {by_default: [[-2, -3], [2.5, 5]]}, pair
    ),
    # The scores are 4 and 3, so 4 and 2 off; after a step 2 and 2, and so 2 and 1 off.
    uses.loss_of_a_step: Tried(STEP, (4**2 + 2**2) / 2, {}, step),
    uses.w_after_a_step: Tried(STEP, [[3, 0], [-0.5, 7]], {without_step: STEP["w"]}, step),
    uses.loss_of_the_second_step: Tried(STEP, (2**2 + 1**2) / 2, {without_step: 10}, step),
    uses.w_after_two_steps: Tried(STEP, [[2.5, 0], [-0.75, 7]], {without_step: STEP["w"]}, step),
    uses.order_of_the_calls: Tried(
        STEP,
        [1, 2, 3, 4, 5],
        {without_step: [1, 2, 3, 4, 0], backward_alone: [1, 2, 3, 0, 0]},
        step,
    ),
    uses.map_of_linear_scores: Tried(IMAGE, [[105, 105]], {label_0: [[15, 15]]}, corner),
    uses.map_of_curved_scores: Tried(
        IMAGE, [[11 * 21**2] * 2], {label_0: [[11 * 3**2] * 2]}, corner
    ),
}
NAME = operator.attrgetter("__name__")
each_use = pytest.mark.parametrize("use", TRIED, ids=NAME)
each_use_of_lines = pytest.mark.parametrize(
    "use", [use for use, tried in TRIED.items() if tried.answer in (Line, OfX)], ids=NAME
)
each_wrong = pytest.mark.parametrize(
    ("use", "answer", "expected"),
    [(use, answer, out) for use, tried in TRIED.items() for answer, out in tried.wrong.items()],
    ids=lambda value: getattr(value, "__name__", None),
)


def tried(use, answer):
    return Case("any", TRIED[use].arguments, use).try_out(answer)


def test_whatever_exercises_are_judged_by_is_tried_here():
    assert {case.use for name in EXERCISES for case in cases(name)} <= set(TRIED)


@each_use
def test_a_right_answer_gives_what_can_be_compared_as_the_result_of_a_function_can(use):
    outcome = run(TRIED[use].answer, Case("any", TRIED[use].arguments, use))
    np.testing.assert_allclose(outcome.value, TRIED[use].right)
    assert outcome.error is None
    assert outcome.changed == ()
    assert np.asarray(outcome.value).dtype.kind in "fiu"


@each_wrong
def test_a_wrong_answer_shows(use, answer, expected):
    np.testing.assert_allclose(tried(use, answer), expected)


@each_use_of_lines
def test_nothing_in_a_case_changes_when_a_layer_changes_all_that_it_has(use):
    class Vandal(Line):
        def forward(self, x):
            self.w[...] = self.b[...] = x[...] = -1
            return super().forward(x)

    before = {name: np.array(value) for name, value in TRIED[use].arguments.items()}
    case = Case("any", TRIED[use].arguments, use)
    w_and_b_are_the_layers_own = {"x", "other_x"} & set(before)
    assert set(run(Vandal, case).changed) == w_and_b_are_the_layers_own
    for name, value in case.arguments.items():
        np.testing.assert_array_equal(value, before[name])


def test_a_layer_may_replace_its_parameters_by_equal_ones():
    np.testing.assert_array_equal(tried(uses.keeps_its_parameters, WithCopies), [1, 1])


@pytest.mark.parametrize("error", [NotImplementedError, KeyboardInterrupt])
def test_neither_a_blank_nor_an_interrupt_is_a_refusal(error):
    with pytest.raises(error):
        tried(uses.refuses_backward_first, refusing_with(error))


def test_a_function_is_called_by_position_whatever_its_parameters_are_called():
    assert uses.call(lambda p, q: (p, q), second=1, first=2) == (1, 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("scale", "is_seen"), [(0.9, True), (1, False), (1.1, True)])
def test_a_spread_that_is_a_tenth_off_is_seen_and_chance_is_not(seed, scale, is_seen):
    scaled = layer(begin=lambda self: giving(None, self, w=self.w * scale))
    assert (uses.initial_spread(scaled, (40, 30), seed) != 1) == is_seen


# What a message says of it -----------------------------------------------------------------------


def test_a_call_needs_no_words_and_every_other_use_says_what_is_done():
    assert Case("any", {}).steps() == ""
    assert Case("any", {}, uses.dx).steps() == "dx = backward(dy), after forward(x)"
    for use in TRIED:
        words = Case("any", {}, use).steps()
        assert (words == "") is (use is uses.call)
        assert "\n" not in words, "a message shows all of it on one line or two"
        assert " ".join(table("", {"done": words}).split()) == f"done {words}".strip() * bool(words)


@each_use_of_lines
def test_the_words_name_every_method_that_is_called(use):
    done = []
    told = layer(
        forward=lambda self, y, x: done.append("forward") or y,
        backward=lambda self, dx, dy: done.append("backward") or dx,
    )
    refused = use is uses.refuses_backward_first
    tried(use, told)
    words = Case("any", {}, use).steps()
    for method in ("forward", "backward"):
        assert words.count(f"{method}(") == done.count(method) + (refused and method == "backward")


def test_settings_are_described_as_what_a_layer_is_made_with():
    case = Case("stride", {"settings": (3, (2, 1)), "x": np.zeros((2, 3)), "seed": 4}, uses.y)
    assert case.describe() == "made with (3, (2, 1)), x (2, 3) float64, seed=4"


def test_the_settings_of_every_case_fit_what_a_class_is_made_with():
    for name in LAYERS:
        for case in cases(name):
            settings = case.arguments.get("settings", ())
            assert isinstance(settings, tuple)
            assert len(settings) <= len(EXERCISES[name].made_with)


def test_only_numbers_at_the_end_that_have_a_default_are_left_out():
    def given(x, kernel_size=(2, 2), stride=5, padding=6, dilation=7):
        return kernel_size, stride, padding, dilation

    arguments = {"x": X, "kernel_size": (3, 3), "stride": 1, "padding": 0}
    assert uses.call_with_defaults(given, **arguments) == ((3, 3), 5, 6, 7)
    assert uses.call_with_defaults(lambda *values: values[2:], **arguments) == (1, 0)
    assert uses.call_with_defaults(lambda x, k, s, p=4: (s, p), **arguments) == (1, 4)


# Two results --------------------------------------------------------------------------------------


def test_both_results_may_come_as_a_list_or_as_one_array():
    for answer in (lambda *arguments: list(pair(*arguments)), lambda *a: np.stack(pair(*a))):
        both = tried(uses.both_results, answer)
        assert isinstance(both, np.ndarray)
        np.testing.assert_array_equal(both, BOTH)


@pytest.mark.parametrize(
    "value", [None, X, (X,), (X, X, X), (X, 3.0), (X, X.tolist()), (X, X[:1]), (X, None), "two"]
)
def test_what_is_no_pair_of_arrays_like_w_is_left_as_it_is(value):
    assert tried(uses.both_results, lambda *arguments: value) is value


# The model, the loss and the optimiser that a step is tried with ----------------------------------


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda model, loss, x, opt: opt.step(), "call model.backward first"),
        (lambda model, loss, x, opt: loss.backward(), "call loss.forward first"),
        (lambda model, loss, x, opt: model.backward(x), "call model.forward first"),
        (
            lambda model, loss, x, opt: [model.forward(x), model.backward(3.0)],
            "dy must have the shape of the output, (1, 2), got ()",
        ),
        (
            lambda model, loss, x, opt: [model.forward(x), model.backward()],
            "backward() missing 1 required positional argument: 'dscores'",
        ),
    ],
)
def test_what_is_called_too_early_or_with_something_else_is_told_so(act, said):
    def answer(model, loss, x, labels, optimizer):
        act(model, loss, x, optimizer)

    assert str(run(answer, Case("any", STEP, uses.loss_of_a_step)).error) == said


@pytest.mark.parametrize("name", ["dy", "dscores"])
def test_the_upstream_may_be_handed_over_by_either_of_its_names(name):
    def answer(model, loss, x, labels, optimizer):
        value = loss.forward(scores=model.forward(x=x), labels=labels)
        model.backward(**{name: loss.backward()})
        optimizer.step()
        return value

    for use in (uses.w_after_a_step, uses.order_of_the_calls):
        np.testing.assert_array_equal(tried(use, answer), tried(use, step))


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
