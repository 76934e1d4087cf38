import numpy as np
import pytest
from convolution_cases import (
    DTYPES,
    assert_close,
    assert_new_result,
    bad_arrays,
    bad_integers,
    layers,
    says,
    scipy_forward,
)
from hypothesis import given
from hypothesis import strategies as st

from course.convolution import correlate2d_strided, output_size, pad2d
from course.examples import TOY_B, TOY_W, TOY_X

SIZES = {
    "size": st.integers(1, 12),
    "kernel": st.integers(1, 5),
    "stride": st.integers(1, 4),
    "padding": st.integers(0, 3),
    "dilation": st.integers(1, 3),
}


@given(**SIZES)
def test_output_size_is_the_number_of_windows_that_fit(size, kernel, stride, padding, dilation):
    padded = size + 2 * padding
    windows = [[start + u * dilation for u in range(kernel)] for start in range(0, padded, stride)]
    fitting = sum(max(window) < padded for window in windows)
    if fitting:
        assert output_size(size, kernel, stride, padding, dilation) == fitting
    else:
        with pytest.raises(ValueError, match="kernel must fit into the padded input"):
            output_size(size, kernel, stride, padding, dilation)


@given(**SIZES)
def test_pytorch_has_the_same_output_size(torch, size, kernel, stride, padding, dilation):
    x, w = torch.empty(1, 1, size, 1), torch.empty(1, 1, kernel, 1)
    settings = {"stride": stride, "padding": (padding, 0), "dilation": (dilation, 1)}
    if dilation * (kernel - 1) < size + 2 * padding:
        y = torch.nn.functional.conv2d(x, w, **settings)
        assert output_size(size, kernel, stride, padding, dilation) == y.shape[2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((4, 3), 2),
        ((5, 3, 1, 1), 5),
        ((6, 3, 2), 2),  # the last column is left out
        ((7, 3, 2), 3),
        ((5, 3, 1, 0, 2), 1),
    ],
)
def test_known_output_sizes(arguments, expected):
    assert output_size(*arguments) == expected
    assert type(output_size(*map(np.int8, arguments))) is int


@given(
    shape=st.lists(st.integers(1, 4), min_size=2, max_size=5),
    padding=st.integers(0, 3),
    dtype=st.sampled_from([np.float16, np.float32, np.float64]),
)
def test_pad2d_puts_zeros_around_the_last_two_axes(shape, padding, dtype):
    x = np.arange(1, 1 + np.prod(shape), dtype=dtype).reshape(shape)
    expected = np.pad(x, [(0, 0)] * (len(shape) - 2) + [(padding, padding)] * 2)
    np.testing.assert_array_equal(pad2d(x, padding), expected, strict=True)


@pytest.mark.parametrize("padding", [0, 1])
def test_pad2d_returns_a_new_array_even_where_nothing_is_padded(padding):
    assert_new_result(pad2d, np.ones((2, 3)), padding)


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_pad2d_keeps_the_dtype_of_x(given, kept):
    assert pad2d(np.ones((2, 2), given), 1).dtype == kept


def test_strided_correlation_gives_the_numbers_of_the_running_example():
    assert correlate2d_strided(TOY_X, TOY_W, TOY_B).tolist() == [[6, 3], [-6, -9]]
    assert correlate2d_strided(TOY_X, TOY_W, TOY_B, stride=2).tolist() == [[6]]


@given(layer=layers())
def test_scipy_gives_the_same_strided_correlation(layer):
    x, w, b, stride, padding = layer
    expected = scipy_forward(x[:1, :1], w[:1, :1], b[:1], stride, padding)[0, 0]
    assert_close(correlate2d_strided(x[0, 0], w[0, 0], b[0], stride, padding), expected)


@given(layer=layers())
def test_pytorch_gives_the_same_strided_correlation(torch, layer):
    x, w, b = (torch.tensor(a) for a in (layer.x[:1, :1], layer.w[:1, :1], layer.b[:1]))
    got = correlate2d_strided(layer.x[0, 0], layer.w[0, 0], layer.b[0], layer.stride, layer.padding)
    expected = torch.nn.functional.conv2d(x, w, b, layer.stride, layer.padding)
    assert_close(got, expected[0, 0])


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_strided_correlation_has_the_dtype_of_x(given, kept):
    y = correlate2d_strided(np.ones((3, 5), given), np.ones((2, 2)), 2.0, stride=2)
    assert y.dtype == kept
    assert y.tolist() == [[6, 6]]


def test_kernel_and_bias_are_converted_to_the_dtype_of_x_before_they_are_used():
    minus_one, nearly_one = np.array([[-1]], np.float16), 1 + 2**-12  # 1 in float16
    assert correlate2d_strided(1000 * minus_one, [[nearly_one]], 1000).tolist() == [[0]]
    assert correlate2d_strided(minus_one, [[1]], nearly_one).tolist() == [[0]]


def test_strided_correlation_is_new_and_the_arguments_are_as_before():
    assert_new_result(correlate2d_strided, np.ones((1, 1)), np.ones((1, 1)), np.zeros(()))


def test_small_numpy_integers_do_not_overflow():
    x = np.arange(300.0).reshape(300, 1)
    assert correlate2d_strided(x, [[1]], stride=np.int8(100)).tolist() == [[0], [100], [200]]


GOOD_SIZE = {"size": 5, "kernel": 3, "stride": 1, "padding": 0, "dilation": 1}
GOOD_PAD = {"x": np.ones((2, 3)), "padding": 1}
GOOD_LAYER = {"x": np.ones((3, 4)), "w": np.ones((2, 2)), "b": np.array(0.0)}
FITS = "kernel must fit into the padded input: kernel ="

BAD = {
    output_size: [
        *bad_integers("size", 1),
        *bad_integers("kernel", 1),
        *bad_integers("stride", 1),
        *bad_integers("padding", 0),
        *bad_integers("dilation", 1),
        ({"kernel": 8, "padding": 1}, (FITS, "8", "size 5 + 2 * padding 1 = 7")),
        ({"kernel": 3, "dilation": 4}, (FITS, "3 with dilation 4 spans 9", "size 5", "= 5")),
    ],
    pad2d: [
        *bad_arrays("x", GOOD_PAD["x"], "(..., H, W)", too_many=False),
        *bad_integers("padding", 0),
    ],
    correlate2d_strided: [
        *bad_arrays("x", GOOD_LAYER["x"], "(H, W)"),
        *bad_arrays("w", GOOD_LAYER["w"], "(kh, kw)"),
        *bad_arrays("b", GOOD_LAYER["b"], "()"),
        *bad_integers("stride", 1),
        *bad_integers("padding", 0),
        ({"w": np.ones((6, 1)), "padding": 1}, (FITS, "6", "size 3 + 2 * padding 1 = 5")),
        ({"w": np.ones((1, 5))}, (FITS, "5", "size 4 + 2 * padding 0 = 4")),
    ],
}


@pytest.mark.parametrize(("bad", "words"), BAD[output_size])
def test_output_size_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        output_size(**GOOD_SIZE | bad)


@pytest.mark.parametrize(("bad", "words"), BAD[pad2d])
def test_pad2d_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        pad2d(**GOOD_PAD | bad)


@pytest.mark.parametrize(("bad", "words"), BAD[correlate2d_strided])
def test_strided_correlation_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        correlate2d_strided(**GOOD_LAYER | bad)
