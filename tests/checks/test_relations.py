"""Step six of the diagnosis: the answer is the right result but for a relation."""

import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES
from course.checks.diagnosis import relations, seen
from course.checks.verdict import Kind
from tests.checks import trials


def marks_of(name, answer):
    exercise = EXERCISES[name]
    return exercise.mark(exercise.as_tried(answer))


def said(name, answer):
    finding = relations.find(marks_of(name, answer))
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


OF_THE_RIGHT_ONE = [
    ("conv_forward", lambda y: -y, "y has the opposite sign"),
    ("conv_forward", lambda y: 3 * y, "Every number of y is the right one times 3."),
    ("conv_backward_bias", lambda db: db / 4, "Every number of db is the right one divided by 4."),
    ("conv_forward", lambda y: y + 2, "y is too large by 2."),
    ("conv_forward", lambda y: np.zeros_like(y), "Every number of y is 0, in every case"),
    ("output_size", lambda n: 7, "The result is 7, in every case."),
    ("output_size", lambda n: n - 1, "The result is too small by 1."),
    ("conv_forward", lambda y: np.abs(y), "y has lost its minus signs"),
    ("conv_forward", lambda y: np.maximum(y, 0), "right but for its negative numbers, which are 0"),
    ("conv_forward", lambda y: y.astype(np.float16).astype(y.dtype), "right to about three digits"),
    ("conv_forward", lambda y: y[:, :, ::-1, ::-1], "y is the right y turned by 180°."),
    ("conv_forward", lambda y: y[:, ::-1], "with its filters in the opposite order"),
    ("conv_forward", lambda y: y.transpose(0, 1, 3, 2), "with rows and columns exchanged"),
    ("conv_forward", lambda y: y.transpose(0, 2, 3, 1), "in the order (N, oh, ow, F)"),
    (
        "conv_forward",
        lambda y: y.transpose(0, 2, 3, 1).reshape(y.shape),
        "arranged as (N, oh, ow, F), not (N, F, oh, ow)",
    ),
    ("conv_forward", lambda y: y.ravel(), "in the right order; only its shape is another one"),
    ("conv_forward", lambda y: np.sort(y), "the right numbers, but in other places"),
    ("conv_forward", lambda y: np.roll(y, 1, 2), "moved by 1 row towards the end; what falls off"),
    ("conv_forward", lambda y: y[:, :, :-1, :-1], "y lacks 1 row and 1 column at the end"),
    ("conv_forward", lambda y: y[:, :, 1:], "y lacks 1 row at the beginning"),
    ("conv_forward", frame, "has 2 rows and 2 columns too many in equal parts at both ends"),
    ("conv_forward", lambda y: y.sum(0), "y is the sum over the images of the right y."),
    ("conv_forward", lambda y: y[0], "Only the first image of y is there; it is right."),
    ("conv_forward", lambda y: np.cumsum(y, 1), "the right one plus all filters before it"),
    (
        "conv_forward",
        lambda y: y + 0 * y.mean(0) if len(y) == 1 else np.broadcast_to(y.sum(0), y.shape),
        "Every image of y gets the same: the sum over the images of the right y.",
    ),
    (
        "conv_backward_bias",
        lambda db: db[:, None] * [0.25, 0.75],
        "over axis 1, it is right",
    ),
    ("conv_forward", with_border, "y is right but for its border"),
    ("conv_forward", lambda y: only(y, ..., slice(1), slice(None)), "Only the first row of y"),
    ("conv_forward", lambda y: only(y, 0), "Only the first image of y is there; the rest is 0."),
    ("im2col", lambda cols: cols.T, "with rows and columns exchanged"),
    (
        "conv_as_matrix",
        lambda a: only(a, slice(None), slice(-1)),
        "in the last column, and they",
    ),
]


@pytest.mark.parametrize(("name", "change", "words"), OF_THE_RIGHT_ONE)
def test_what_was_done_to_the_right_result_is_said(name, change, words):
    assert words in said(name, trials.returning(name, change))


def without_bias(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, np.zeros_like(b), stride, padding)


def bias_with_every_channel(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, x.shape[1] * b, stride, padding)


def stride_one(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b, 1, padding)


def first_windows_of_stride_one(x, w, b, stride=1, padding=0):
    oh, ow = convolution.conv_forward(x, w, b, stride, padding).shape[2:]
    return convolution.conv_forward(x, w, b, 1, padding)[:, :, :oh, :ow]


def turned_when_padded(x, w, b, stride=1, padding=0):
    w = w[:, :, ::-1, ::-1] if padding else w
    return convolution.conv_forward(x, w, b, stride, padding)


def framed_with_its_edge(x, w, b, stride=1, padding=0):
    around = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    return convolution.conv_forward(np.pad(x, around, mode="edge"), w, b, stride)


def last_image(dy, x, kernel_size, stride=1, padding=0):
    return convolution.conv_backward_weights(dy[-1:], x[-1:], kernel_size, stride, padding)


def last_window(dy, x, kernel_size, stride=1, padding=0):
    kept = np.zeros_like(dy)
    kept[:, :, -1, -1] = dy[:, :, -1, -1]
    return convolution.conv_backward_weights(kept, x, kernel_size, stride, padding)


def exchanged(x, kernel_size, stride=1, padding=0):
    return convolution.im2col(x, kernel_size[::-1], stride, padding)


def channels_last(x, w, b, stride=1, padding=0):
    misread = w.transpose(0, 2, 3, 1).reshape(w.shape)
    return convolution.conv_forward(x, misread, b, stride, padding)


def without_momentum(w, dw, velocity, learning_rate, momentum=0.9):
    return w - learning_rate * dw, dw


class Stride1(nn.MaxPool2d):
    def __init__(self, size, stride=None):
        super().__init__(size, 1)


class AddsUp(nn.Linear):
    def backward(self, dy):
        before = self.dw
        dx = super().backward(dy)
        if before is not None:
            self.dw = before + self.dw
        return dx


class ReturnsDw(nn.Linear):
    def backward(self, dy):
        super().backward(dy)
        return self.dw


OF_OTHER_ARGUMENTS = [
    ("conv_forward", without_bias, "This is the right y for b = 0."),
    ("conv_forward", bias_with_every_channel, "This is the right y for C * b in place of b."),
    ("conv_forward", stride_one, "This is the right y for stride 1."),
    ("conv_forward", first_windows_of_stride_one, "The windows of y are one pixel apart"),
    (
        "conv_forward",
        turned_when_padded,
        "Where there is padding, this is the right y for w turned",
    ),
    ("conv_forward", framed_with_its_edge, "a frame of copies of its edge, not of zeros"),
    ("conv_forward", channels_last, "w.transpose(0, 2, 3, 1) laid out in the shape of w"),
    ("conv_backward_weights", last_image, "This is the right dw for the last image alone."),
    ("conv_backward_weights", last_window, "This is the right dw for the last window alone."),
    ("im2col", exchanged, "This is the right result for kh and kw exchanged."),
    ("sgd_momentum", without_momentum, "This is the right new w for momentum = 0."),
    ("max_pool", Stride1, "This is the right y for stride 1."),
    ("linear", ReturnsDw, "What is given as dx is dw. y, dw and db are right."),
]


@pytest.mark.parametrize(("name", "answer", "words"), OF_OTHER_ARGUMENTS)
def test_the_right_result_for_other_arguments_is_told(name, answer, words):
    assert words in said(name, answer)


def test_a_layer_that_adds_up_its_gradients_is_told_so():
    assert "times 2" in said("linear", AddsUp) or "both rounds" in said("linear", AddsUp)


def test_an_answer_that_depends_on_how_arrays_lie_in_memory_is_told_so():
    def answer(x, w, b, stride=1, padding=0):
        y = convolution.conv_forward(x, w, b, stride, padding)
        return y if x.flags.c_contiguous else y + 1

    assert "do not lie in memory row by row" in said("conv_forward", answer)


def test_the_sizes_of_a_wrong_shape_are_named():
    def answer(x, w, b, stride=1, padding=0):
        return np.zeros((len(x), len(w), *x.shape[2:]))

    assert "that is (N, F, H, W)" in said("conv_forward", answer)


@pytest.mark.parametrize("name", trials.ONE_OF_A_KIND)
def test_nothing_is_said_of_a_right_answer(name):
    answer = trials.returning(name, lambda value: value)
    assert said(name, answer) is None
    assert seen.find(marks_of(name, answer)) is None


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
    assert said("conv_forward", trials.returning("conv_forward", lambda y: y.tolist())) is None
    dtype = trials.returning("conv_forward", lambda y: y.astype(np.float64))
    assert marks_of("conv_forward", dtype).verdicts[-1].kind is Kind.WRONG_DTYPE
    assert said("conv_forward", dtype) is None
