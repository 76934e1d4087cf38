"""What is done with an answer, tried with the lessons' own answers and a few small numbers."""

import inspect
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest

from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.failure import table
from course.checks.outcome import run

from .trials import LAYERS, cases, same_arguments, solved

OF_X = "Conv2d & x.shape, *setting) -> x.shape, *setting) * x"
"""Its dx depends on x, as that of a maximum would."""
FIRST_X = "self.x = x\n -> self.x = x if self.x is None else self.x\n"
FIRST_Y = FIRST_X.replace("= x if", "= x = x if")
FIRST_W = "x, self.w, -> x, vars(self).setdefault('first', self.w),"
ADDS_DW = "self.dw = c -> self.dw = vars(self).get('dw', 0) + c"
ADDS_DB = "self.db = c -> self.db = vars(self).get('db', 0) + c"
SHARED_X, SHARED_D = "self.x -> Conv2d.x", "self.d -> Conv2d.d"
HALF, NOT_SCALED = "= conv_back -> = 0.5 * conv_back", "np.sqrt(2 / np.prod(shape[1:])) -> 1"
KEEPS = {
    "self.db = -> self.w -= 1; self.db =": [0, 1],
    "self.x = x\n -> self.x, self.b = x, self.b + 1\n": [1, 0],
    "self.db = -> self.w = -self.w; self.db =": [0, 1],
    "self.db = -> self.w, self.b = self.w.copy(), self.b.copy(); self.db =": [1, 1],
}
REFUSES = {"self.x is None -> False": 0, "raise Run -> return Run": 0, "RuntimeE -> ValueE": 0}
SEEDS = {"default_rng(rng) -> default_rng()": 0, "default_rng(rng) -> default_rng(0)": 0}
INTO_ONE = "(0, 2, 3)) -> (0, 2, 3), out=vars(conv_backward_bias).setdefault('y', np.empty(1)))"
NEGATIVE, FORGETS = "return -> return -1 *", "p.copy() -> p"
SHARED_P = "self.p, -> SoftmaxCrossEntropy.p,"
EARLIER = "def forward(self, scores, labels):\n -> def forward(self, *batch):\n        scores, "
EARLIER += "labels = vars(self).setdefault('first', batch)\n"
RUNNING = "return np.mean( -> self.total = vars(self).get('total', 0) + np.mean( & "
RUNNING += "labels])\n -> labels])\n        return self.total\n"
TURNED = "*kernel_size) -> *kernel_size[::-1])"
NO_STEP, LABEL_0 = "optimizer.step() -> pass", "[0, label] -> [0, 0]"
NAMED = "forward(x) -> forward(x=x) & (scores, labels) -> (scores=scores, labels=labels)"
NAMED += " & model.backward( -> model.backward(dscores="
DY_NAMED = NAMED.replace("dscores=", "dy=")
ORDERS = {
    NAMED: [1, 2, 3, 4, 5],
    NO_STEP: [1, 2, 3, 4, 0],
    "model.backward(loss.backward()) -> model.forward(x); return loss.backward()": [1, 2, 3, 0, 0],
}
LOSS = "softmax_cross_entropy"


class Tried(NamedTuple):
    answer: str
    """Right: an exercise, and perhaps edits."""
    arguments: dict[str, Any]
    right: Any
    wrong: dict[str, Any]
    """What comes out, by the edits that are made in the right answer."""


SIZES = {"size": 7, "kernel": 3, "stride": 1, "padding": 0}
X, OTHER_X = np.array([[[[1.0, 2.0]]]]), np.array([[[[10.0, 20.0]]]])
DY, OTHER_DY = np.array([[[[3.0, 5.0]]]]), np.array([[[[7.0, 2.0]]]])
SCORES = {"settings": (), "scores": np.zeros((1, 2)), "labels": (0,)}
BATCHES = SCORES | {"other_scores": np.zeros((2, 4)), "other_labels": (1, 3)}
LN2, MIXED = np.log(2), np.array([-3, 1, 1, 1, 1, 1, 1, 1]) / 4
DSCORES = np.array([1, -3, 1, 1, 1, 1, 1, -3]) / 8
DRAWN, FEW = {"settings": (30, 40, (2, 3), 1, 0), "seed": 5}, {"settings": (5, 4, (2, 3))}
FIRST = FEW | {"w": np.array([[[[2.0]]]]), "b": np.array([7.0]), "dy": DY}
BACKWARD = FIRST | {"x": X}
FORWARD = {name: value for name, value in BACKWARD.items() if name != "dy"}
SECOND = FORWARD | {"other_x": OTHER_X, "other_dy": OTHER_DY}
OTHER = SECOND | {"dy": DY}
MOMENTUM = {"w": X, "dw": DY, "velocity": OTHER_X, "learning_rate": 1.0, "momentum": 0.5}
BOTH, GIVEN = [[-7, -13], [8, 15]], "sgd_momentum & momentum=0.9 -> momentum"
DEFAULT = {"momentum) -> momentum=0.9)": [[-11, -21], [12, 23]]}
WORK: dict[str, Any] = {"x": np.eye(3, 2), "labels": (1, 0, 0), "learning_rate": 0.75}
WORK |= {"w": np.array([[4.0, 0.0], [0.0, 7.0]]), "b": np.array([0.0, 3.0])}
A_LIST = "return w - learning_rate * velocity, velocity -> return [w - velocity, velocity]"
AN_ARRAY = A_LIST.replace("[w - velocity, velocity]", "np.stack([w - velocity, velocity])")
W, STEPPED, TWO_STEPS = WORK["w"], [[3, 0.25], [-0.5, 4.5]], [[2.375, 0.5625], [0.0625, 3.5625]]
IMAGE: dict[str, Any] = {"image": np.array([[[1.0, 2.0]]]), "label": 1, "size": 1}
IMAGE |= {"weights": np.array([[[[1.0, 1.0]]], [[[1.0, 10.0]]]])}
TRIED = {
    uses.call: Tried("output_size", SIZES, 5, {"stride + 1 -> stride": 4}),
    uses.call_with_defaults: Tried("output_size", SIZES, 5, {"stride=1 -> stride=2": 3}),
    uses.called_twice: Tried("conv_backward_bias", {"dy": DY}, 8, {INTO_ONE: 10}),
    uses.y: Tried("Conv2d", FORWARD, [9, 11], {"self.w, self.b -> self.w, 0 * self.b": [2, 4]}),
    uses.dx: Tried("Conv2d", BACKWARD, [6, 10], {"return conv_b -> return self.dw; conv_b": 13}),
    uses.dw: Tried("Conv2d", BACKWARD, 13, {HALF: 6.5}),
    uses.db: Tried("Conv2d", BACKWARD, 8, {HALF: 4}),
    uses.keeps_its_parameters: Tried("Conv2d", BACKWARD, [1, 1], KEEPS),
    uses.y_of_the_second_round: Tried("Conv2d", SECOND, [9, 11], {FIRST_Y: [27, 47]}),
    uses.y_of_new_parameters: Tried("Conv2d", FORWARD, [9, 11], {FIRST_W: [10, 13]}),
    uses.dx_of_new_parameters: Tried("Conv2d", BACKWARD, [6, 10], {FIRST_W: [9, 15]}),
    uses.dw_of_a_second_backward: Tried("Conv2d", BACKWARD, 13, {ADDS_DW: 26}),
    uses.dx_of_the_second_round: Tried(OF_X, OTHER, [6, 20], {FIRST_X: [60, 200]}),
    uses.dw_of_the_second_round: Tried("Conv2d", OTHER, 13, {ADDS_DW: 123, FIRST_X: 130}),
    uses.db_of_the_second_round: Tried("Conv2d", OTHER, 8, {ADDS_DB: 17}),
    uses.dx_beside_another_layer: Tried(OF_X, OTHER, [6, 20], {SHARED_X: [60, 200]}),
    uses.dw_beside_another_layer: Tried("Conv2d", OTHER, 13, {SHARED_X: 130, SHARED_D: 110}),
    uses.db_beside_another_layer: Tried("Conv2d", OTHER, 8, {SHARED_D: 9}),
    uses.loss: Tried(LOSS, SCORES, LN2, {NEGATIVE: -LN2}),
    uses.dscores: Tried(LOSS, SCORES, [-0.5, 0.5], {NEGATIVE: [0.5, -0.5]}),
    uses.loss_of_the_second_batch: Tried(LOSS, BATCHES, LN2, {EARLIER: 2 * LN2, RUNNING: 3 * LN2}),
    uses.dscores_of_the_second_batch: Tried(LOSS, BATCHES, [-0.5, 0.5], {EARLIER: DSCORES}),
    uses.dscores_beside_another_loss: Tried(LOSS, BATCHES, [-0.5, 0.5], {SHARED_P: MIXED}),
    uses.dscores_of_a_second_backward: Tried(LOSS, SCORES, [-0.5, 0.5], {FORGETS: [-1.5, 0.5]}),
    uses.initial_weights_differ: Tried("Conv2d", DRAWN, 1, {"self.w = n -> self.w = 0 * n": 0}),
    uses.draws_without_rng: Tried("Conv2d", FEW, 1, {"default_rng(rng) -> default_rng(0)": 0}),
    uses.initial_bias: Tried("Conv2d", FEW, [0] * 4, {"zeros(out_ -> zeros(in_": [0] * 5}),
    uses.initial_shapes: Tried("Conv2d", FEW, [4, 5, 2, 3, 4], {TURNED: [4, 5, 3, 2, 4]}),
    uses.initial_spread: Tried("Conv2d", DRAWN, 1.0, {NOT_SCALED: 9.5}),
    uses.initial_mean: Tried("Conv2d", DRAWN, 0, {"normal * -> (normal + 1) *": 1}),
    uses.draws_from_a_seed: Tried("Conv2d", DRAWN, 1, SEEDS),
    uses.draws_from_rng: Tried("Conv2d", DRAWN, 1, SEEDS | {"self.w = n -> Conv2d.w = n": 0}),
    uses.refuses_backward_first: Tried("Conv2d", FIRST, 1, REFUSES),
    uses.both_results: Tried("sgd_momentum", MOMENTUM, BOTH, {A_LIST: BOTH, AN_ARRAY: BOTH}),
    uses.both_results_with_defaults: Tried(GIVEN, MOMENTUM, BOTH, DEFAULT),
    # The scores are (4, 3), (0, 10), (0, 3), their distances (4, 2), (-1, 10), (-1, 3); of these
    # every step subtracts a quarter (learning rate over N). Then they are (2.5, -2.25), ...
    uses.loss_of_a_step: Tried("train_step", WORK, 131 / 6, {"return -> return 2 *": 131 / 3}),
    uses.w_after_a_step: Tried("train_step", WORK, STEPPED, {NO_STEP: W, DY_NAMED: STEPPED}),
    uses.loss_of_the_second_step: Tried("train_step", WORK, 29.75 / 6, {NO_STEP: 131 / 6}),
    uses.w_after_two_steps: Tried("train_step", WORK, TWO_STEPS, {NO_STEP: W}),
    uses.order_of_the_calls: Tried("train_step", WORK, [1, 2, 3, 4, 5], ORDERS),
    uses.map_of_linear_scores: Tried("occlusion_map", IMAGE, [1, 20], {LABEL_0: [1, 2]}),
    uses.map_of_curved_scores: Tried("occlusion_map", IMAGE, [41, 440], {LABEL_0: [5, 8]}),
}
each_use = pytest.mark.parametrize("use", TRIED)
OF_LAYERS = [use for use in TRIED if "Conv2d" in TRIED[use].answer]
each_use_of_layers = pytest.mark.parametrize("use", OF_LAYERS)


def tried(use: Callable, edits: str) -> Any:
    return Case("any", TRIED[use].arguments, use).try_out(solved(TRIED[use].answer, edits))


def test_whatever_exercises_are_judged_by_is_tried_here():
    used = {case.use for name in EXERCISES for case in cases(name)}
    assert used - {uses.verdict} <= set(TRIED), "what a probe is tried with is in test_probe.py"


@each_use
def test_a_right_answer_gives_what_can_be_compared_and_a_wrong_one_something_else(use):
    answer, arguments, right, wrong = TRIED[use]
    outcome = run(solved(answer), Case("any", arguments, use))
    np.testing.assert_allclose(np.ravel(outcome.value), np.ravel(right), atol=1e-15)
    assert (outcome.error, outcome.changed) == (None, ())
    assert np.asarray(outcome.value).dtype.kind in "fiu"
    for edit, expected in wrong.items():
        value = tried(use, edit)
        np.testing.assert_allclose(np.ravel(value), np.ravel(expected), err_msg=edit)
        assert not isinstance(value, list | tuple)


@each_use_of_layers
def test_nothing_in_a_case_changes_when_a_layer_changes_all_that_it_has(use):
    case = Case("any", TRIED[use].arguments, use)
    before = case.fresh_arguments()
    vandal = solved("Conv2d", "self.x = x -> self.w[...] = self.b[...] = x[...] = -1; self.x = x")
    w_and_b_are_the_layers_own = {"x", "other_x"} & set(before)
    assert set(run(vandal, case).changed) == w_and_b_are_the_layers_own
    assert same_arguments(case, Case("any", before))


@pytest.mark.parametrize("error", [NotImplementedError, KeyboardInterrupt])
def test_neither_a_blank_nor_an_interrupt_is_a_refusal(error):
    with pytest.raises(error):
        tried(uses.refuses_backward_first, f"RuntimeError -> {error.__name__}")


@pytest.mark.parametrize(("scale", "is_seen"), [(0.9, True), (1, False), (1.1, True)])
def test_a_spread_that_is_a_tenth_off_is_seen_and_chance_is_not(scale, is_seen):
    scaled = solved("Conv2d", f"self.w = -> self.w = {scale} *")
    for seed in range(5):
        assert (uses.initial_spread(scaled, (30, 40, (2, 3), 1, 0), seed) != 1) == is_seen


@each_use
def test_a_call_needs_no_words_and_every_other_use_says_what_is_done(use):
    words = Case("any", {}, use).steps()
    assert (words == "") is (use is uses.call)
    assert "\n" not in words, "a message shows all of it on one line or two"
    assert " ".join(table("", {"done": words}).split()) == f"done {words}".strip() * bool(words)


@each_use_of_layers
def test_the_words_name_every_method_that_is_called(use):
    Layer = solved("Conv2d")
    for method in ("forward", "backward"):
        does = getattr(Layer, method)
        with mock.patch.object(Layer, method, autospec=True, side_effect=does) as called:
            Case("any", TRIED[use].arguments, use).try_out(Layer)
        assert Case("any", {}, use).steps().count(f"{method}(") == called.call_count


def test_settings_are_described_as_what_a_layer_is_made_with_and_fit_it_in_every_case():
    case = Case("stride", {"settings": (3, (2, 1)), "x": np.zeros((2, 3)), "seed": 4}, uses.y)
    assert case.describe() == "made with (3, (2, 1)), x (2, 3) float64, seed=4"
    for name in LAYERS:
        for case in cases(name):
            settings = case.arguments.get("settings", ())
            assert isinstance(settings, tuple)
            inspect.signature(EXERCISES[name].reference).bind_partial(*settings)


def test_arguments_are_given_by_position_and_numbers_at_the_end_with_defaults_can_be_left_out():
    assert uses.call(lambda p, q: (p, q), second=1, first=2) == (1, 2)

    def given(x, kernel_size=(2, 2), stride=5, padding=6, dilation=7):
        return kernel_size, stride, padding, dilation

    arguments = {"x": X, "kernel_size": (3, 3), "stride": 1, "padding": 0}
    assert uses.call_with_defaults(given, **arguments) == ((3, 3), 5, 6, 7)
    assert uses.call_with_defaults(lambda *values: values[2:], **arguments) == (1, 0)
    assert uses.call_with_defaults(lambda x, k, s, p=4: (s, p), **arguments) == (1, 4)


def test_what_is_no_pair_of_arrays_like_w_is_left_as_it_is():
    few = [X, (X,), (X, X, X), (X, 3.0), (X, X.tolist()), (X, X[..., :1]), (X, None), None, "two"]
    for value in few:
        assert uses.both_results(lambda *arguments, value=value: value, **MOMENTUM) is value


REQUIRED = "required positional argument"
SAID = {
    "optimizer.step()": "call model.backward first",
    "loss.backward()": "call loss.forward first",
    "model.backward(x)": "call model.forward first",
    "model.forward(x), model.backward(3.0)": "dy must have the shape of the output, (3, 2), got ()",
    "model.forward(x), model.backward()": f"backward() missing 1 {REQUIRED}: 'dscores'",
}


@pytest.mark.parametrize("line", SAID)
def test_what_is_called_too_early_or_with_something_else_is_told_so(line):
    answer = solved("train_step", f"scores = -> {line}; scores =")
    assert str(run(answer, Case("any", WORK, uses.loss_of_a_step)).error) == SAID[line]


def test_the_weights_of_the_case_stay_as_they_are_when_those_of_the_model_are_overwritten():
    vandal = solved("train_step", "scores = -> model.w[...] = model.b[...] = 0; scores =")
    assert run(vandal, Case("any", WORK, uses.w_after_a_step)).changed == ()


def test_predict_refuses_what_is_no_batch_of_such_images():
    said = {(1, 1, 2): "images (N, C, H, W), got 3 axes"}
    said |= {(1, 1, 1, 3): "images (N, 1, 1, 2), got (1, 1, 1, 3)"}
    for shape, words in said.items():
        for use in (uses.map_of_linear_scores, uses.map_of_curved_scores):
            with pytest.raises(ValueError, match=re.escape(f"predict takes {words}")):
                use(lambda predict, *rest, shape=shape: predict(np.ones(shape)), **IMAGE)


def test_predict_keeps_float32():
    work = {k: np.float32(v) if isinstance(v, np.ndarray) else v for k, v in IMAGE.items()}
    scores = uses.map_of_curved_scores(lambda predict, image, *_: predict(image[None]), **work)
    assert scores.dtype == np.float32
