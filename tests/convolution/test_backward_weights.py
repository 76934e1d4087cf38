import numpy as np
import pytest
from convolution_cases import (
    DTYPES,
    assert_new_result,
    bad_arrays,
    bad_integers,
    bad_sizes,
    layers,
    says,
    scipy_forward,
)
from gradient_cases import (
    assert_close_in_float32,
    assert_close_to_1e10,
    central_differences,
    pytorch_gradients,
    spread,
    upstream,
)
from hypothesis import given
from scipy import signal

from course.convolution import (
    conv_backward_bias,
    conv_backward_weights,
    conv_backward_weights_loops,
)
from course.examples import COLOUR_X, TOY_X

BOTH = pytest.mark.parametrize(
    "backward_weights", [conv_backward_weights, conv_backward_weights_loops]
)


def scipy_weights(dy, x, stride, padding):
    """The input correlated with dy, one pair of maps after the other."""
    frame = [(padding, padding), (padding, padding)]
    return np.array(
        [
            [
                sum(
                    signal.correlate2d(np.pad(image[c], frame), maps[f], mode="valid")
                    for image, maps in zip(x, spread(dy, stride), strict=True)
                )
                for c in range(x.shape[1])
            ]
            for f in range(dy.shape[1])
        ]
    )


@BOTH
def test_dw_of_the_running_example_adds_up_the_windows_weighted_by_dy(backward_weights):
    x, dy = TOY_X[np.newaxis, np.newaxis], np.array([[[[1, 0], [0, 2]]]])
    first, last = [0, 1, 2, 4, 5, 6, 8, 9, 10], [5, 6, 7, 9, 10, 11, 13, 14, 15]
    expected = np.array(first) + 2 * np.array(last)
    assert backward_weights(dy, x, (3, 3)).ravel().tolist() == expected.tolist()


@BOTH
def test_dw_of_the_colour_example_has_one_filter_after_the_other(backward_weights):
    dy = np.zeros((1, 2, 2, 2))
    dy[0, 1, 0, 1] = 1  # only the second filter's upper right output counts
    dw = backward_weights(dy, COLOUR_X, (3, 3))
    assert dw[0].tolist() == np.zeros((3, 3, 3)).tolist()
    assert dw[1].tolist() == COLOUR_X[0, :, :3, 1:].tolist()


def test_db_adds_up_images_rows_and_columns_for_each_filter():
    assert conv_backward_bias(np.arange(24).reshape(2, 3, 1, 4)).tolist() == [60, 92, 124]


@given(layer=layers(dtypes=(np.float64,)))
def test_the_loops_and_the_matrix_product_agree_to_1e10(layer):
    arguments = upstream(layer), layer.x, layer.kernel_size, layer.stride, layer.padding
    assert_close_to_1e10(conv_backward_weights(*arguments), conv_backward_weights_loops(*arguments))


@BOTH
@given(layer=layers(dtypes=(np.float64,)))
def test_dw_is_scipys_correlation_of_the_input_with_dy(backward_weights, layer):
    x, w, _, stride, padding = layer
    dy = upstream(layer)
    reached = scipy_weights(dy, x, stride, padding)[:, :, : w.shape[2], : w.shape[3]]
    dw = backward_weights(dy, x, layer.kernel_size, stride, padding)
    assert_close_to_1e10(dw, reached)


@given(layer=layers(dtypes=(np.float64,)))
def test_pytorch_gives_the_same_dw_and_db(torch, layer):
    dy = upstream(layer)
    _, dw, db = pytorch_gradients(torch, layer, dy)
    arguments = dy, layer.x, layer.kernel_size, layer.stride, layer.padding
    assert_close_to_1e10(conv_backward_weights(*arguments), dw)
    assert_close_to_1e10(conv_backward_weights_loops(*arguments), dw)
    assert_close_to_1e10(conv_backward_bias(dy), db)


@BOTH
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 0), (2, 1), (3, 2)])
def test_central_differences_give_the_same_dw_and_db(backward_weights, stride, padding):
    rng = np.random.default_rng(10 * stride + padding)
    x, w, b = (rng.standard_normal(shape) for shape in [(2, 3, 5, 8), (4, 3, 3, 2), (4,)])
    dy = rng.standard_normal(scipy_forward(x, w, b, stride, padding).shape)

    def loss_by_w(w):
        return np.sum(scipy_forward(x, w, b, stride, padding) * dy)

    def loss_by_b(b):
        return np.sum(scipy_forward(x, w, b, stride, padding) * dy)

    dw = backward_weights(dy, x, (3, 2), stride, padding)
    np.testing.assert_allclose(dw, central_differences(loss_by_w, w), rtol=0, atol=1e-8)
    db = conv_backward_bias(dy)
    np.testing.assert_allclose(db, central_differences(loss_by_b, b), rtol=0, atol=1e-8)


@BOTH
@given(layer=layers(dtypes=(np.float32,)))
def test_float32_gives_the_numbers_of_float64_up_to_its_rounding(backward_weights, layer):
    dy, settings = upstream(layer), (layer.kernel_size, layer.stride, layer.padding)
    exact = backward_weights(dy.astype(np.float64), layer.x.astype(np.float64), *settings)
    assert_close_in_float32(backward_weights(dy, layer.x, *settings), exact)
    assert_close_in_float32(conv_backward_bias(dy), conv_backward_bias(dy.astype(np.float64)))


@BOTH
@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_dw_and_db_have_the_dtype_of_dy(backward_weights, given, kept):
    dy = np.ones((1, 2, 1, 2), given)
    dw, db = backward_weights(dy, np.ones((1, 1, 2, 3)), (2, 2)), conv_backward_bias(dy)
    assert dw.dtype == db.dtype == kept
    assert dw.tolist() == [[[[2, 2], [2, 2]]], [[[2, 2], [2, 2]]]]
    assert db.tolist() == [2, 2]


@BOTH
def test_x_is_converted_to_the_dtype_of_dy_before_it_is_used(backward_weights):
    dy, nearly_one = 1000 * np.ones((1, 1, 1, 2), np.float16), 1 + 2**-12  # 1 in float16
    dw = backward_weights(dy, [[[[nearly_one, -1]]]], (1, 1))
    assert dw.tolist() == [[[[0]]]]


@BOTH
@pytest.mark.parametrize("padding", [0, 1])
def test_dw_is_new_and_the_arguments_are_as_before(backward_weights, padding):
    size = 1 + 2 * padding
    dy, x = np.ones((1, 1, size, size)), np.ones((1, 1, 1, 1))
    assert_new_result(backward_weights, dy, x, (1, 1), 1, padding)


def test_db_is_new_and_dy_as_before():
    assert_new_result(conv_backward_bias, np.ones((1, 1, 1, 1)))


@BOTH
def test_small_numpy_integers_do_not_overflow(backward_weights):
    x = np.arange(300.0).reshape(1, 1, 300, 1)
    dw = backward_weights(np.ones((1, 1, 2, 1)), x, (np.int8(100), np.int8(1)), np.int8(127))
    assert dw.ravel().tolist() == [127 + 2 * u for u in range(100)]


GOOD = {
    "dy": np.ones((2, 4, 3, 4)),
    "x": np.ones((2, 3, 4, 5)),
    "kernel_size": (2, 2),
    "stride": 1,
    "padding": 0,
}
FITS = "kernel must fit into the padded input: kernel ="
SHAPE = "dy must have the shape of the output,"


@BOTH
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_arrays("dy", GOOD["dy"], "(N, F, oh, ow)"),
        *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
        *bad_sizes("kernel_size", GOOD["kernel_size"], "(kh, kw)"),
        *bad_integers("stride", 1),
        *bad_integers("padding", 0),
        ({"dy": np.ones((3, 4, 3, 4))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(3, 4, 3, 4)")),
        ({"dy": np.ones((2, 4, 4, 4))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(2, 4, 4, 4)")),
        ({"dy": np.ones((2, 4, 3, 3))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(2, 4, 3, 3)")),
        ({"dy": np.ones((2, 4, 4, 3))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(2, 4, 4, 3)")),
        ({"stride": 2}, (SHAPE, "(2, F, 2, 2)", "(2, 3, 4, 5)", "(2, 4, 3, 4)")),
        ({"padding": 1}, (SHAPE, "(2, F, 5, 6)", "(2, 3, 4, 5)", "(2, 4, 3, 4)")),
        ({"kernel_size": (7, 2), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
        ({"kernel_size": (2, 6)}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(backward_weights, bad, words):
    with pytest.raises(ValueError, match=says(words)):
        backward_weights(**GOOD | bad)


@pytest.mark.parametrize(("bad", "words"), [*bad_arrays("dy", GOOD["dy"], "(N, F, oh, ow)")])
def test_the_bias_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        conv_backward_bias(**bad)
