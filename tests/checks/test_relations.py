"""Step six of the diagnosis: the answer is the right result but for a relation."""

import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES
from course.checks.diagnosis import relations
from tests.checks import trials


def said(name, answer):
    exercise = EXERCISES[name]
    marks = exercise.mark(exercise.as_tried(answer))
    finding = relations.find(marks) or relations.find_partly(marks)
    assert finding is None or finding.step == "relation"
    return finding and finding.text


def frame(y):
    return np.pad(y, [(0, 0)] * (y.ndim - 2) + [(1, 1), (1, 1)])


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
    (lambda y: -y, "y has the opposite sign."),
    (lambda y: 3 * y, "y is the right y times 3."),
    (lambda y: y / 4, "y is the right y divided by 4."),
    (lambda y: len(y) * y, "y is the right y times N."),
    (lambda y: y / y.shape[1] ** 0.5, "y is the right y divided by the square root of F."),
    (lambda y: y + 2, "y is too large by 2."),
    (lambda y: y - len(y), "y is too small by N."),
    (lambda y: y * np.abs(y).max(), "times some number, which is not the same in all cases"),
    (np.zeros_like, "Every number of y is 0, in every case."),
    (np.abs, "y has lost its minus signs: every number of y is the absolute value"),
    (lambda y: np.maximum(y, 0), "y is right but for its negative numbers, which are 0."),
    (lambda y: y.astype(np.float16).astype(y.dtype), "y is right to about three digits"),
    (lambda y: y[:, :, ::-1, ::-1], "y is the right y turned by 180°."),
    (lambda y: y[:, ::-1], "y is the right y with its filters in the opposite order."),
    (lambda y: y.transpose(0, 1, 3, 2), "y is the right y with rows and columns exchanged."),
    (lambda y: y.transpose(0, 2, 3, 1), "with its axes in the order (N, oh, ow, F)."),
    (lambda y: y.transpose(0, 2, 3, 1).reshape(y.shape), "arranged as (N, oh, ow, F), not (N, F,"),
    (lambda y: y.ravel(), "the right numbers in the right order; only its shape is another one."),
    (lambda y: np.roll(y, 1, 2), "y has its rows in another order."),
    (lambda y: np.sort(y), "y holds the right numbers, but in other places."),
    (lambda y: y[:, :, :-1, :-1], "y lacks 1 row and 1 column at the end; what is there is right."),
    (lambda y: y[:, :, 1:], "y lacks 1 row at the beginning; what is there is right."),
    (frame, "y has 2 rows and 2 columns too many in equal parts at both ends; the rest is right."),
    (lambda y: y.sum(0), "y is the sum over the images of the right y."),
    (lambda y: 0 * y + y.mean(1, keepdims=True), "Every filter of y gets the same: the mean over"),
    (lambda y: y[0], "Only the first image of y is there; it is right."),
    (lambda y: np.cumsum(y, 1), "Each filter of y is the right one plus all filters before it."),
    (with_border, "y is right but for its border."),
    (lambda y: only(y, 0), "y is right but for all images but the first; there, it is 0."),
    (lambda y: only(y, ..., slice(-1)), "y is right but for the last column; there, it is 0."),
    (lambda y: y * (y < 0) + 2 * y * (y > 0), "but for the places where the right number is posit"),
]


@pytest.mark.parametrize(("change", "words"), OF_Y)
def test_what_was_done_to_the_right_result_is_said(change, words):
    assert words in said("conv_forward", trials.returning("conv_forward", change))


def test_what_is_one_number_is_not_spoken_of_as_many():
    assert said("output_size", lambda *arguments: 7) == "The result is 7, in every case."
    one_less = trials.returning("output_size", lambda n: n - 1)
    assert said("output_size", one_less) == "The result is too small by 1."


def stride_one(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b, 1, padding)


def bias_with_every_channel(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, x.shape[1] * b, stride, padding)


def turned_when_padded(x, w, b, stride=1, padding=0):
    w = w[:, :, ::-1, ::-1] if padding else w
    return convolution.conv_forward(x, w, b, stride, padding)


def framed_with_its_edge(x, w, b, stride=1, padding=0):
    around = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return convolution.conv_forward(np.pad(x, around, mode="edge"), w, b, stride)


def spoilt_on_the_border_when_padded(x, w, b, stride=1, padding=0):
    y = convolution.conv_forward(x, w, b, stride, padding)
    return with_border(y) if padding else y


def last_image(dy, x, kernel_size, stride=1, padding=0):
    return convolution.conv_backward_weights(dy[-1:], x[-1:], kernel_size, stride, padding)


def last_window(dy, x, kernel_size, stride=1, padding=0):
    kept = only(dy, ..., -1, -1)
    return convolution.conv_backward_weights(kept, x, kernel_size, stride, padding)


def exchanged(x, kernel_size, stride=1, padding=0):
    return convolution.im2col(x, kernel_size[::-1], stride, padding)


def without_momentum(w, dw, velocity, learning_rate, momentum=0.9):
    return w - learning_rate * dw, dw


def averaging(w, dw, velocity, learning_rate, momentum=0.9):
    velocity = momentum * velocity + (1 - momentum) * dw
    return w - learning_rate * velocity, velocity


def as_large_as_x(x, w, b, stride=1, padding=0):
    return np.zeros((len(x), len(w), *x.shape[2:]))


class Stride1(nn.MaxPool2d):
    def __init__(self, size, stride=None):
        super().__init__(size, 1)


class Scaled(nn.Linear):
    def backward(self, dy):
        return 2 * super().backward(dy)


OTHERS = [
    ("conv_forward", stride_one, "This is the right y for stride 1."),
    ("conv_forward", bias_with_every_channel, "This is the right y for C * b in place of b."),
    ("conv_forward", turned_when_padded, "Where there is padding, this is the right y for w tur"),
    ("conv_forward", framed_with_its_edge, "a frame of copies of its edge, not of zeros"),
    ("conv_forward", spoilt_on_the_border_when_padded, "in all 14 cases where there is padding"),
    ("conv_forward", as_large_as_x, "The shape is (N, F, H, W), where (N, F, oh, ow)"),
    ("conv_backward_weights", last_image, "This is the right dw for the last image alone."),
    ("conv_backward_weights", last_window, "This is the right dw for the last window alone."),
    ("im2col", exchanged, "This is the right result for kh and kw exchanged."),
    ("sgd_momentum", without_momentum, "This is the right new w for momentum = 0."),
    ("sgd_momentum", averaging, "This is the right new w for (1 - momentum) * dw in place of dw."),
    ("max_pool", Stride1, "This is the right y for stride 1."),
    ("linear", Scaled, "dx is the right dx times 2. Right: y, dw, db."),
]


@pytest.mark.parametrize(("name", "answer", "words"), OTHERS)
def test_the_right_result_for_other_arguments_is_told(name, answer, words):
    assert words in said(name, answer)


@pytest.mark.parametrize("name", trials.ONE_OF_A_KIND)
def test_nothing_is_said_of_a_right_answer(name):
    assert said(name, trials.returning(name, lambda value: value)) is None


@pytest.mark.parametrize("name", trials.DIRECT)
def test_nothing_is_said_of_other_numbers(name):
    rng = np.random.default_rng(1)

    def other(value):
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
