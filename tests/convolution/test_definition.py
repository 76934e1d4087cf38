import numpy as np
import pytest
from convolution_cases import (
    DTYPES,
    assert_close,
    assert_new_result,
    bad_arrays,
    layers,
    says,
)
from hypothesis import given
from scipy import signal

from course.convolution import convolve2d, correlate2d
from course.examples import TOY_B, TOY_W, TOY_X

BOTH = pytest.mark.parametrize("function", [correlate2d, convolve2d])


def test_correlation_gives_the_numbers_of_the_running_example():
    assert correlate2d(TOY_X, TOY_W, TOY_B).tolist() == [[6, 3], [-6, -9]]
    assert correlate2d(TOY_X, TOY_W).tolist() == [[1, -2], [-11, -14]]


def test_convolution_of_the_running_example_turns_the_kernel():
    turned = [[2, -1, 0], [-2, 0, 1], [0, -2, -1]]
    assert convolve2d(TOY_X, TOY_W).tolist() == correlate2d(TOY_X, turned).tolist()
    assert convolve2d(TOY_X, TOY_W, TOY_B).tolist() == [[-26, -29], [-38, -41]]


@pytest.mark.parametrize(
    ("function", "oracle"),
    [(correlate2d, signal.correlate2d), (convolve2d, signal.convolve2d)],
)
@given(layer=layers(paddings=(0,)))
def test_scipy_gives_the_same_numbers(function, oracle, layer):
    x, w, b = layer.x[0, 0], layer.w[0, 0], layer.b[0]
    assert_close(function(x, w, b), oracle(x.astype(float), w.astype(float), "valid") + b)


@given(layer=layers(paddings=(0,)))
def test_pytorch_correlates_too(torch, layer):
    x, w, b = (torch.tensor(a) for a in (layer.x[:1, :1], layer.w[:1, :1], layer.b[:1]))
    assert_close(
        correlate2d(layer.x[0, 0], layer.w[0, 0], layer.b[0]),
        torch.nn.functional.conv2d(x, w, b)[0, 0],
    )


@BOTH
@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_the_result_has_the_dtype_of_x(function, given, kept):
    y = function(np.ones((3, 4), given), np.ones((2, 2)), 2.0)
    assert y.dtype == kept
    assert y.tolist() == [[6, 6, 6], [6, 6, 6]]


@BOTH
def test_kernel_and_bias_are_converted_to_the_dtype_of_x_before_they_are_used(function):
    minus_one, nearly_one = np.array([[-1]], np.float16), 1 + 2**-12  # 1 in float16
    assert function(1000 * minus_one, [[nearly_one]], 1000).tolist() == [[0]]
    assert function(minus_one, [[1]], nearly_one).tolist() == [[0]]


@BOTH
def test_nested_lists_and_integers_will_do(function):
    assert function([[1, 2, 3]], [[2, 2]], 1).tolist() == [[7, 11]]


@BOTH
def test_the_result_is_new_and_the_arguments_are_as_before(function):
    assert_new_result(function, np.ones((1, 1)), np.ones((1, 1)), np.zeros(()))


GOOD = {"x": np.ones((3, 4)), "w": np.ones((2, 2)), "b": np.array(0.0)}


@BOTH
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_arrays("x", GOOD["x"], "(H, W)"),
        *bad_arrays("w", GOOD["w"], "(kh, kw)"),
        *bad_arrays("b", GOOD["b"], "()"),
        ({"w": np.ones((4, 1))}, ("w must fit into x of shape (3, 4)", "(4, 1)")),
        ({"w": np.ones((1, 5))}, ("w must fit into x of shape (3, 4)", "(1, 5)")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(function, bad, words):
    with pytest.raises(ValueError, match=says(words)):
        function(**GOOD | bad)
