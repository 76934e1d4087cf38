"""What is done with an answer, tried with the smallest layers there can be."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pytest

from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.failure import table
from course.checks.outcome import run

from .test_network_uses import NETWORK_TRIED


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


class WithoutBias(Line):
    def forward(self, x):
        return super().forward(x) - self.b


class ReturnsDw(Line):
    def backward(self, dy):
        super().backward(dy)
        return self.dw


class Mean(Line):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw, self.db = self.dw / 2, self.db / 2
        return dx


class LearnsInPlace(Line):
    def backward(self, dy):
        dx = super().backward(dy)
        self.w -= 1
        return dx


class LearnsTheBias(Line):
    def forward(self, x):
        self.b = self.b + 1
        return super().forward(x)


class WithCopies(Line):
    def backward(self, dy):
        self.w, self.b = self.w.copy(), self.b.copy()
        return super().backward(dy)


class AddsUp(Line):
    dw = db = 0

    def backward(self, dy):
        before = self.dw
        dx = super().backward(dy)
        self.dw += before
        return dx


class AddsUpTheBias(Line):
    db = 0

    def backward(self, dy):
        before = self.db
        dx = super().backward(dy)
        self.db += before
        return dx


class SharedGradients(Line):
    def backward(self, dy):
        SharedGradients.dw, SharedGradients.db = np.sum(dy * self.x), np.sum(dy)
        return self.w * dy


class FirstOutput(Line):
    first = None

    def forward(self, x):
        y = super().forward(x)
        self.first = y if self.first is None else self.first
        return self.first


class FirstWeights(Line):
    first = None

    def forward(self, x):
        self.first = self.w if self.first is None else self.first
        return super().forward(x) + (self.first - self.w) * x

    def backward(self, dy):
        return super().backward(dy) + (self.first - self.w) * dy


class FirstInput(Line):
    def forward(self, x):
        self.x = x if self.x is None else self.x
        return x


class SharedMemory(Line):
    seen: list = []  # noqa: RUF012 - what is wrong with it

    def forward(self, x):
        self.seen[:] = [x]
        return super().forward(x)

    def backward(self, dy):
        self.x = self.seen[0]
        return super().backward(dy)


class OfX(Line):
    """Its dx depends on x, as that of a maximum would."""

    def backward(self, dy):
        return super().backward(dy) * self.x


class OfTheFirstX(OfX):
    def forward(self, x):
        self.x = x if self.x is None else self.x
        return x


class OfASharedX(OfX, SharedMemory):
    pass


class NeverRefuses(Line):
    def backward(self, dy):
        return dy


class RefusesWith(Line):
    error: type[Exception]

    def backward(self, dy):
        raise self.error


class RefusesWithValueError(RefusesWith):
    error = ValueError


class ForgetsToAsk(Line):
    def backward(self, dy):
        return dy * self.x


class Exchanged(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(C, F, rng)


class NotScaled(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C, rng)
        self.w = self.w / np.sqrt(2 / (C * 2 * 3))


class SharedWeights(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C, rng)
        SharedWeights.w = self.__dict__.pop("w")


class OffCentre(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C, rng)
        self.w = self.w + np.std(self.w)


class Seedless(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C)


class AlwaysTheSame(Line):
    def __init__(self, F, C, rng=None):
        super().__init__(F, C, 0)


def times(a, b):
    return a * b


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


class NegativeLoss(Loss):
    def forward(self, scores, labels):
        return -super().forward(scores, labels)

    def backward(self):
        return -super().backward()


class FirstBatch(Loss):
    scores = None

    def forward(self, scores, labels):
        if self.scores is None:
            super().forward(scores, labels)
        return 0.0


class RunningLoss(Loss):
    total = 0.0

    def forward(self, scores, labels):
        self.total += super().forward(scores, labels)
        return self.total


class Forgetful(Loss):
    def backward(self):
        dscores = super().backward()
        self.factor = 0
        return dscores


class SharedBatch(Loss):
    seen: list = []  # noqa: RUF012 - what is wrong with it

    def forward(self, scores, labels):
        self.seen[:] = scores, labels
        return super().forward(scores, labels)

    def backward(self):
        self.scores, self.labels = self.seen
        return super().backward()


class Tried(NamedTuple):
    arguments: dict[str, Any]
    right: Any
    wrong: dict[Callable, Any]
    """What comes out of answers that are wrong."""
    answer: Callable = Line
    """Right."""


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

TRIED = {
    uses.call: Tried({"first": 3, "second": 4}, 12, {lambda a, b: a - b: -1}, times),
    uses.call_with_defaults: Tried(
        {"first": 3, "second": 4}, 12, {(lambda a, b=5: a * b): 15, (lambda a, b: a - b): -1}, times
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
    uses.db_of_the_second_round: Tried(OTHER, 8, {AddsUpTheBias: 17}),
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
        FIRST, 1, {NeverRefuses: 0, RefusesWithValueError: 0, ForgetsToAsk: 0}
    ),
    uses.initial_shapes: Tried({"settings": (4, 5)}, [4, 5, 2, 3, 4], {Exchanged: [5, 4, 2, 3, 5]}),
    uses.initial_spread: Tried(DRAWN, 1.0, {NotScaled: 9.5}),
    uses.initial_mean: Tried(DRAWN, 0, {OffCentre: 1}),
    uses.draws_from_a_seed: Tried(DRAWN, 1, {Seedless: 0, AlwaysTheSame: 0}),
    uses.draws_from_rng: Tried(DRAWN, 1, {Seedless: 0, AlwaysTheSame: 0, SharedWeights: 0}),
}
ID = attrgetter("__name__")
each_use = pytest.mark.parametrize("use", TRIED, ids=ID)
each_use_of_lines = pytest.mark.parametrize(
    "use", [use for use, tried in TRIED.items() if tried.answer in (Line, OfX)], ids=ID
)
each_wrong = pytest.mark.parametrize(
    ("use", "answer", "expected"),
    [(use, answer, out) for use, tried in TRIED.items() for answer, out in tried.wrong.items()],
    ids=lambda value: getattr(value, "__name__", None),
)


def tried(use, answer):
    return Case("any", TRIED[use].arguments, use).try_out(answer)


def test_whatever_exercises_are_judged_by_is_tried_here():
    rng = np.random.default_rng(0)
    judged_by = {case.use for exercise in EXERCISES.values() for case in exercise.cases(rng)}
    assert judged_by <= {*TRIED, *NETWORK_TRIED}


@each_use
def test_a_right_answer(use):
    np.testing.assert_allclose(tried(use, TRIED[use].answer), TRIED[use].right)


@each_wrong
def test_a_wrong_answer_shows(use, answer, expected):
    np.testing.assert_allclose(tried(use, answer), expected)


@each_use
def test_what_comes_out_can_be_compared_as_the_result_of_a_function_can(use):
    outcome = run(TRIED[use].answer, Case("any", TRIED[use].arguments, use))
    assert outcome.error is None
    assert outcome.changed == ()
    assert np.asarray(outcome.value).dtype.kind in "fiu"


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
    layer = type("Layer", (RefusesWith,), {"error": error})
    with pytest.raises(error):
        tried(uses.refuses_backward_first, layer)


def test_a_function_is_called_by_position_whatever_its_parameters_are_called():
    assert uses.call(lambda p, q: (p, q), second=1, first=2) == (1, 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [0.9, 1.1])
def test_a_spread_that_is_a_tenth_off_is_seen_and_chance_is_not(seed, scale):
    def spread(factor):
        class Scaled(Line):
            def __init__(self, *settings):
                super().__init__(*settings)
                self.w = self.w * factor

        return uses.initial_spread(Scaled, (40, 30), seed)

    assert spread(1) == 1
    assert spread(scale) != 1


# What a message says of it -----------------------------------------------------------------------


def test_a_call_needs_no_words_and_every_other_use_says_what_is_done():
    assert Case("any", {}).steps() == ""
    assert Case("any", {}, uses.dx).steps() == "dx = backward(dy), after forward(x)"
    for use in TRIED:
        words = Case("any", {}, use).steps()
        assert (words == "") is (use is uses.call)
        assert "\n" not in words, "a message shows all of it on one line or two"
        assert " ".join(table("", {"done": words}).split()) == f"done {words}".strip() * bool(words)


class Told(Line):
    """Writes down what is done with it."""

    done: list = []  # noqa: RUF012 - as all of them do it

    def forward(self, x):
        self.done.append("forward")
        return super().forward(x)

    def backward(self, dy):
        self.done.append("backward")
        return super().backward(dy)


@each_use_of_lines
def test_the_words_name_every_method_that_is_called(use):
    Told.done.clear()
    tried(use, Told)
    words = Case("any", {}, use).steps()
    for method in ("forward", "backward"):
        assert words.count(f"{method}(") == Told.done.count(method)


def test_settings_are_described_as_what_a_layer_is_made_with():
    case = Case("stride", {"settings": (3, (2, 1)), "x": np.zeros((2, 3)), "seed": 4}, uses.y)
    assert case.describe() == "stride: made with (3, (2, 1)), x (2, 3) float64, seed=4"


@pytest.mark.parametrize("name", [name for name in EXERCISES if EXERCISES[name].is_a_class])
def test_the_settings_of_every_case_fit_what_a_class_is_made_with(name):
    exercise = EXERCISES[name]
    for case in exercise.cases(np.random.default_rng(0)):
        settings = case.arguments.get("settings", ())
        assert isinstance(settings, tuple)
        assert len(settings) <= len(exercise.made_with)


def test_only_numbers_at_the_end_that_have_a_default_are_left_out():
    def given(x, kernel_size=(2, 2), stride=5, padding=6, dilation=7):
        return kernel_size, stride, padding, dilation

    arguments = {"x": X, "kernel_size": (3, 3), "stride": 1, "padding": 0}
    assert uses.call_with_defaults(given, **arguments) == ((3, 3), 5, 6, 7)
    assert uses.call_with_defaults(lambda *values: values[2:], **arguments) == (1, 0)
    assert uses.call_with_defaults(lambda x, k, s, p=4: (s, p), **arguments) == (1, 4)
