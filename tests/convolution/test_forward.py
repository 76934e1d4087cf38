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

from course.convolution import conv_forward, conv_forward_loops
from course.examples import COLOUR_W, COLOUR_X, TOY_B, TOY_W, TOY_X

BOTH = pytest.mark.parametrize("forward", [conv_forward, conv_forward_loops])


@BOTH
def test_the_running_example_has_its_numbers(forward):
    x, w = TOY_X[np.newaxis, np.newaxis], TOY_W[np.newaxis, np.newaxis]
    assert forward(x, w, [TOY_B]).tolist() == [[[[6, 3], [-6, -9]]]]


@BOTH
def test_the_colour_example_has_its_numbers(forward):
    assert forward(COLOUR_X, COLOUR_W, [0, 0]).tolist() == [
        [[[10197, 10548], [11601, 11952]], [[25506, 26586], [29826, 30906]]]
    ]


@BOTH
def test_the_layer_example_keeps_height_and_width(forward):
    y = forward(np.ones((2, 3, 5, 5)), np.ones((4, 3, 3, 3)), np.ones(4), stride=1, padding=1)
    assert y.shape == (2, 4, 5, 5)
    assert y[1, 3, :2, :2].tolist() == [[13, 19], [19, 28]]  # 4, 6 and 9 pixels of 3 channels


@given(layer=layers(dtypes=(np.float64,)))
def test_the_loops_and_the_matrix_product_agree_to_1e12(layer):
    fast, loops = conv_forward(*layer), conv_forward_loops(*layer)
    np.testing.assert_allclose(fast, loops, rtol=0, atol=1e-12, strict=True)


@BOTH
@given(layer=layers())
def test_scipy_gives_the_same_numbers(forward, layer):
    y = forward(*layer)
    assert y.dtype == layer.x.dtype
    assert_close(y, scipy_forward(*layer))


@BOTH
@given(layer=layers())
def test_pytorch_gives_the_same_numbers(torch, forward, layer):
    x, w, b = (torch.tensor(array) for array in layer[:3])
    expected = torch.nn.functional.conv2d(x, w, b, layer.stride, layer.padding)
    assert_close(forward(*layer), expected)


@BOTH
@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_the_result_has_the_dtype_of_x(forward, given, kept):
    y = forward(np.ones((1, 2, 2, 3), given), np.ones((1, 2, 2, 2)), np.ones(1), padding=0)
    assert y.dtype == kept
    assert y.tolist() == [[[[9, 9]]]]


@BOTH
def test_weights_and_bias_are_converted_to_the_dtype_of_x_before_they_are_used(forward):
    minus_one, nearly_one = np.array([[[[-1]]]], np.float16), 1 + 2**-12  # 1 in float16
    assert forward(1000 * minus_one, [[[[nearly_one]]]], [1000]).tolist() == [[[[0]]]]
    assert forward(minus_one, [[[[1]]]], [nearly_one]).tolist() == [[[[0]]]]


@BOTH
@pytest.mark.parametrize("padding", [0, 1])
def test_the_result_is_new_and_the_arguments_are_as_before(forward, padding):
    assert_new_result(
        forward, np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1)), np.zeros(1), 1, padding
    )


@BOTH
def test_small_numpy_integers_do_not_overflow(forward):
    x = np.arange(300.0).reshape(1, 1, 300, 1)
    y = forward(x, np.ones((1, 1, 1, 1)), [0], stride=np.int8(100))
    assert y.ravel().tolist() == [0, 100, 200]


GOOD = {"x": np.ones((2, 3, 4, 5)), "w": np.ones((4, 3, 2, 2)), "b": np.ones(4)}
FITS = "kernel must fit into the padded input: kernel ="


@BOTH
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
        *bad_arrays("w", GOOD["w"], "(F, C, kh, kw)"),
        *bad_arrays("b", GOOD["b"], "(F,)"),
        *bad_integers("stride", 1),
        *bad_integers("padding", 0),
        ({"w": np.ones((4, 2, 2, 2))}, ("w.shape[1], the channels of w,", "x.shape[1] = 3", "2")),
        ({"b": np.ones(3)}, ("b.shape[0], one bias for each filter,", "w.shape[0] = 4", "3")),
        ({"b": np.ones(1)}, ("b.shape[0], one bias for each filter,", "w.shape[0] = 4", "1")),
        ({"w": np.ones((4, 3, 7, 2)), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
        ({"w": np.ones((4, 3, 2, 6))}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(forward, bad, words):
    with pytest.raises(ValueError, match=says(words)):
        forward(**GOOD | bad)
