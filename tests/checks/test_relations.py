"""Step six of the diagnosis: the answer is the right result but for a relation."""

import numpy as np
import pytest

from course.checks.diagnosis import relations
from course.convolution import conv_backward_weights, conv_forward  # noqa: F401 - in OTHERS
from tests.checks import trials


def said(name, answer):
    marks = trials.tried(name, answer)
    finding = relations.find(marks) or relations.find_partly(marks)
    assert finding is None or finding.step == "relation"
    return finding and finding.text


def with_border(y):
    y = y.copy()
    y[..., 0, :] = y[..., -1, :] = 7
    y[..., :, 0] = y[..., :, -1] = 7
    return y


def only(y, *place):
    kept = np.zeros_like(y)
    kept[place] = y[place]
    return kept


OF_Y = [
    (lambda y: -y, "y is the right y with the opposite sign."),
    (lambda y: 3 * y, "y is the right y times 3."),
    (lambda y: y / 4, "y is the right y divided by 4."),
    (lambda y: len(y) * y, "y is the right y times N."),
    (lambda y: y / y[0, 0].size, "y is the right y divided by oh * ow."),
    (lambda y: y + 2, "y is too large by 2."),
    (lambda y: y - len(y), "y is too small by N."),
    (lambda y: y * np.abs(y).max(), "times some number, which is not the same in all cases"),
    (np.zeros_like, "Every number of y is 0, in every case."),
    (np.abs, "y is the right y without its minus signs."),
    (lambda y: np.maximum(y, 0), "y is the right y with 0 in place of its negative numbers."),
    (lambda y: y.astype(np.float16).astype(y.dtype), "three digits: something on the"),
    (lambda y: y + 1e-4 * np.sin(y), "step or formula, or adds a little."),
    (lambda y: np.round(y, 2), "y is the right y rounded to 2 digits after the point."),
    (lambda y: np.round(y, 1), "y is the right y rounded to 1 digit after the point."),
    (np.round, "y is the right y rounded to whole numbers."),
    (lambda y: y[:, :, ::-1, ::-1], "y is the right y turned by 180°."),
    (lambda y: y[:, ::-1], "y is the right y with its second axis in the opposite order."),
    (lambda y: y.transpose(0, 1, 3, 2), "y is the right y with rows and columns exchanged."),
    (lambda y: y.transpose(0, 2, 3, 1), "with its axes in the order (N, oh, ow, F)."),
    (lambda y: y.transpose(0, 2, 3, 1).reshape(y.shape), "arranged as (N, oh, ow, F), not (N, F,"),
    (lambda y: y.ravel(), "the right numbers in the right order; only its shape is different."),
    (lambda y: np.roll(y, 1, 2), "y holds the right numbers, but in other places."),
    (lambda y: y[:, :, :-1, :-1], "y lacks 1 row and 1 column at the end; what is there is right."),
    (lambda y: y[:, :, 1:], "y lacks 1 row at the beginning; what is there is right."),
    (
        lambda y: np.pad(y, [(0, 0)] * 2 + [(1, 1)] * 2),
        "2 rows and 2 columns too many in equal parts at b",
    ),
    (lambda y: y.sum(0), "y holds only the sum over the images of the right y."),
    (lambda y: 0 * y + y.mean(1, keepdims=True), "Every filter of y holds only the mean over the"),
    (lambda y: y[0], "y holds only what is right for the first image."),
    (with_border, "y is wrong in the outermost rows and columns, and right in"),
    (lambda y: only(y, 0), "y is 0 in all images but the first, and right in the rest."),
    (lambda y: only(y, ..., slice(-1)), "y is 0 in the last column, and right in the rest."),
    (
        lambda y: y * (y < 0) + 2 * y * (y > 0),
        "wrong in the places where the right number is positive",
    ),
]


@pytest.mark.parametrize(("change", "words"), OF_Y)
def test_what_was_done_to_the_right_result_is_said(change, words):
    assert words in said("conv_forward", trials.returning("conv_forward", change))


def test_one_number_is_not_spoken_of_as_many_nor_a_shape_without_names_as_nothing():
    assert said("output_size", lambda *arguments: 7) == "The result is 7, in every case."
    one_less = trials.returning("output_size", lambda n: n - 1)
    assert said("output_size", one_less) == "The result is too small by 1."
    cut = trials.returning("pad2d", lambda padded: padded[..., :-1, :])
    assert said("pad2d", cut) == "The result lacks 1 row at the end; what is there is right."


ARGUMENTS = {
    "correlate2d": "x, w, b=0.0",
    "conv_forward": "x, w, b, s=1, p=0",
    "conv_backward_weights": "dy, x, k, s=1, p=0",
    "sgd_momentum": "w, dw, v, lr, m=0.9",
}
OTHERS = """
correlate2d | np.zeros((2, 2)) + x[-1, -1] | the shape (2, 2): are the example's sizes written out
conv_forward | conv_forward(x, w, b, 1, p) | This is the right y for stride = 1.
conv_forward | conv_forward(x, w, b * len(w[0]), s, p) | the right y for C * b in place of b.
conv_forward | np.zeros((len(x), len(w), *x.shape[2:])) | The shape is (N, F, H, W), where (N, F
conv_forward | TURNED | Where it is wrong, this is the right y for w turned by 180°.
conv_forward | TURNED | y has wrong numbers in 12 of 36 cases, only where there is padding.
conv_forward | (with_border if p else np.copy)(conv_forward(x, w, b, s, p)) | where there is padding
conv_backward_weights | conv_backward_weights(dy[-1:], x[-1:], k, s, p) | for the last image alone.
conv_backward_weights | conv_backward_weights(only(dy, ..., -1, -1), x, k, s, p) | last window
sgd_momentum | (w - lr * dw, dw) | This is the right new w for momentum = 0.
sgd_momentum | (w - lr * (m * v + (1 - m) * dw), m * v + (1 - m) * dw) | (1 - momentum) * dw in pl
"""
TURNED = "conv_forward(x, w[..., ::-1, ::-1] if p else w, b, s, p)"
ROWS = [row.split(" | ") for row in OTHERS.replace("TURNED", TURNED).strip().splitlines()]


@pytest.mark.parametrize(("name", "result", "words"), ROWS)
def test_the_right_result_for_other_arguments_is_told(name, result, words):
    assert words in said(name, eval(f"lambda {ARGUMENTS[name]}: {result}", globals()))


def test_it_is_told_of_layers_with_what_is_right():
    stride_1 = trials.solved("max_pool", "size if stride is None else stride -> 1")
    twice_dx = trials.changed("linear", lambda value, _, part: (1 + (part == "dx")) * value)
    assert said("linear", twice_dx) == "dx is the right dx times 2. Right: y, dw, db."
    assert "This is the right y for stride = 1." in said("max_pool", stride_1)


@pytest.mark.parametrize("name", trials.DIRECT)
@pytest.mark.slow
def test_nothing_is_said_of_other_numbers(name):
    rng = np.random.default_rng(1)

    def other(value):
        if isinstance(value, np.ndarray) and value.dtype.kind == "i":
            return rng.integers(1000, 10**6, value.shape)
        if isinstance(value, np.ndarray):
            return rng.random(value.shape).astype(value.dtype) + 1
        return type(value)(rng.integers(1000, 10**6))

    assert said(name, trials.returning(name, other)) is None


def test_a_relation_that_only_one_case_shows_is_not_claimed():
    def once(y, trial, part):
        return y[:, :, ::-1, ::-1] if trial == 4 else y + 1e3 * (trial > 4) * np.cos(y)

    text = said("conv_forward", trials.changed("conv_forward", once))
    assert text is None or "180" not in text


def test_other_kinds_of_wrong_answers_are_left_to_others():
    assert said("conv_forward", lambda *arguments: None) is None
    for change in (np.ndarray.tolist, lambda y: y.astype(np.float64)):
        assert said("conv_forward", trials.returning("conv_forward", change)) is None
