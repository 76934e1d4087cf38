"""The last step of the diagnosis: which cases are right, and what is seen of the others."""

import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES
from course.checks.diagnosis import seen
from course.nn import inspection
from tests.checks import trials


def said(name, answer):
    exercise = EXERCISES[name]
    finding = seen.find(exercise.mark(exercise.as_tried(answer)))
    assert finding.step == "seen"
    assert finding.text
    assert len(finding.text) <= seen.LONGEST
    return finding.text


def spoilt_where(condition, change=np.cos):
    def answer(x, w, b, stride=1, padding=0):
        y = convolution.conv_forward(x, w, b, stride, padding)
        return change(y) if condition(x, w, stride, padding) else y

    return answer


WHERE = [
    (lambda x, w, s, p: s > 1, "where the stride is above 1, and right in all"),
    (lambda x, w, s, p: p > 0, "where there is padding, and"),
    (lambda x, w, s, p: s > 1 and p > 0, "the stride is above 1 and there is padding"),
    (lambda x, w, s, p: s > 1 or p > 0, "the stride is above 1 or there is padding"),
    (lambda x, w, s, p: len(x) > 3, "there are more than three images"),
    (lambda x, w, s, p: x.shape[1] > 1, "there are several channels"),
    (lambda x, w, s, p: w.shape[2] != w.shape[3], "the kernel is not square"),
    (lambda x, w, s, p: x.dtype == np.float32, "the dtype is float32"),
    (lambda x, w, s, p: not x.flags.c_contiguous, "the arrays do not lie in memory row by row"),
    (lambda x, w, s, p: x.shape != (1, 3, 4, 4), "in every case but the lesson's example"),
]


@pytest.mark.parametrize(("condition", "words"), WHERE)
def test_what_the_wrong_cases_have_in_common_is_said(condition, words):
    text = said("conv_forward", spoilt_where(condition))
    assert words in text
    assert text.startswith("y has wrong numbers")


def test_what_is_wrong_everywhere_is_said_to_be():
    text = said("conv_forward", spoilt_where(lambda *_: True))
    assert "in every case" in text
    assert "In the first wrong case, none of 8 numbers are right." in text


def test_exceptions_are_counted_too():
    def fail(y):
        raise ZeroDivisionError

    text = said("conv_forward", spoilt_where(lambda x, w, s, p: s > 1, fail))
    assert "ZeroDivisionError is raised in all" in text
    assert "the stride is above 1" in text


def test_the_results_of_a_layer_that_are_right_are_named():
    class Layer(nn.Linear):
        def backward(self, dy):
            return np.cos(super().backward(dy))

    assert "Right: y, dw, db." in said("linear", Layer)


def test_a_yes_that_is_a_no_is_put_into_words():
    class Layer(nn.Linear):
        def backward(self, dy):
            dx = super().backward(dy)
            self.w = self.w + 1
            return dx

    text = said("linear", Layer)
    assert text.startswith("This does not hold: forward(x)")


def test_the_sizes_with_which_a_layer_begins_are_named():
    class Layer(nn.Linear):
        def __init__(self, *settings):
            super().__init__(*settings)
            self.w = self.w.T

    assert "(out_features, in_features, out_features)" in said("linear", Layer)


def test_a_hint_that_ends_in_code_ends_in_a_full_stop():
    text = said("sgd_momentum", lambda w, dw, *others: w)
    assert "return new_w, new_velocity. The result" in text


def test_the_square_of_an_occlusion_map_is_no_kernel():
    def answer(predict, image, label, size):
        scores = inspection.occlusion_map(predict, image, label, size)
        return scores + (size > 1)

    text = said("occlusion_map", answer)
    assert "size" in text
    assert "kernel" not in text
    assert "windows" not in text


@pytest.mark.parametrize("name", trials.ONE_OF_A_KIND)
def test_something_is_seen_of_every_wrong_answer(name):
    for value in (0, None, np.zeros((2, 2)), "text"):
        said(name, trials.doing(name, lambda *arguments, value=value: value))
