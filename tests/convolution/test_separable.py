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
from gradient_cases import (
    assert_central_differences,
    assert_close_in_float32,
    assert_close_to_1e10,
    assert_fits_in_a_random_direction,
    upstream,
)
from hypothesis import given
from hypothesis import strategies as st

from course.convolution import conv_forward
from course.convolution.separable import depthwise_separable, depthwise_separable_backward


@st.composite
def separable_layers(draw, dtypes=(np.float64,)):
    """The arguments of `depthwise_separable`, and a random upstream, all arrays read-only."""
    layer = draw(layers(dtypes))._replace(stride=1)
    x, w, b, _, padding = layer
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    w_depth = rng.standard_normal((x.shape[1], 1, *layer.kernel_size)).astype(x.dtype)
    w_point = rng.standard_normal((*w.shape[:2], 1, 1)).astype(x.dtype)
    w_depth.flags.writeable = w_point.flags.writeable = False
    return (x, w_depth, w_point, b, padding), upstream(layer)


def scipy_separable(x, w_depth, w_point, b, padding):
    """What SciPy answers for the plain layer whose filters are the products of both weights."""
    w = w_point.astype(np.float64) * w_depth[:, 0]
    return scipy_forward(x, w, b, 1, padding)


def gradients(arguments, dy):
    x, w_depth, w_point, _, padding = arguments
    return depthwise_separable_backward(dy, x, w_depth, w_point, padding)


def test_the_channels_are_filtered_each_alone_and_then_mixed():
    x = np.array([[[[1, 2, 3]], [[10, 20, 30]]]])
    w_depth = [[[[1, 1]]], [[[0, 2]]]]  # 3, 5 and 40, 60
    y = depthwise_separable(
        x, w_depth, [[[[1]], [[1]]], [[[0]], [[3]]], [[[-1]], [[0]]]], [7, 0, 0]
    )
    assert y.tolist() == [[[[50, 72]], [[120, 180]], [[-3, -5]]]]


def test_the_gradients_of_one_output_go_back_through_both_layers():
    x = np.array([[[[1, 2, 3]], [[10, 20, 30]]]])
    w_depth, w_point = [[[[1, 1]]], [[[0, 2]]]], [[[[1]], [[1]]], [[[0]], [[3]]]]
    dy = [[[[0, 0]], [[0, 1]]]]
    dx, dw_depth, dw_point, db = depthwise_separable_backward(dy, x, w_depth, w_point)
    assert dx.tolist() == [[[[0, 0, 0]], [[0, 0, 6]]]]
    assert dw_depth.tolist() == [[[[0, 0]]], [[[60, 90]]]]
    assert dw_point.tolist() == [[[[0]], [[0]]], [[[5]], [[60]]]]
    assert db.tolist() == [0, 1]


@given(case=separable_layers(dtypes=(np.float64, np.float32)))
def test_scipy_gives_the_same_numbers_with_the_product_of_both_weights(case):
    arguments, _ = case
    y = depthwise_separable(*arguments)
    assert y.dtype == arguments[0].dtype
    expected = scipy_separable(*arguments)
    if y.dtype == np.float32:
        assert_close_in_float32(y, expected)
    else:
        assert_close_to_1e10(y, expected)


@given(case=separable_layers())
@pytest.mark.slow
def test_gradients_fit_scipys_forward_pass_in_a_random_direction(case):
    (*arrays, padding), dy = case
    assert_fits_in_a_random_direction(gradients, scipy_separable, arrays, padding, dy=dy)


@given(case=separable_layers())
def test_pytorch_gives_the_same_numbers_and_gradients(torch, case):
    (*arrays, padding), dy = case
    conv2d, C = torch.nn.functional.conv2d, arrays[0].shape[1]
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    x, w_depth, w_point, b = leaves
    expected = conv2d(conv2d(x, w_depth, padding=padding, groups=C), w_point, b)
    assert_close_to_1e10(depthwise_separable(*case[0]), expected.detach().numpy())
    expected.backward(torch.tensor(dy))
    for got, other in zip(gradients(case[0], dy), leaves, strict=True):
        assert_close_to_1e10(got, other.grad.numpy())


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_central_differences_give_the_same_gradients(padding):
    rng = np.random.default_rng(padding)
    shapes = [(2, 3, 5, 6), (3, 1, 3, 2), (4, 3, 1, 1), (4,)]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    assert_central_differences(gradients, scipy_separable, arrays, padding)


@given(case=separable_layers(dtypes=(np.float32,)))
def test_gradients_in_float32_are_those_of_float64_up_to_rounding(case):
    (*arrays, padding), dy = case
    exact = (array.astype(np.float64) for array in arrays)
    expected = gradients((*exact, padding), dy.astype(np.float64))
    for got, other in zip(gradients(case[0], dy), expected, strict=True):
        assert_close_in_float32(got, other)


def test_it_is_a_plain_layer_where_both_weights_can_be_multiplied_together():
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 6))
    w_depth = np.random.default_rng(1).standard_normal((3, 1, 2, 3))
    w_point = np.random.default_rng(2).standard_normal((4, 3, 1, 1))
    y = depthwise_separable(x, w_depth, w_point, np.arange(4))
    assert_close(y, conv_forward(x, w_point * w_depth[:, 0], np.arange(4)))


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_results_have_the_dtype_of_the_first_array(given, kept):
    x, w_depth, w_point = np.ones((1, 2, 2, 3), given), np.ones((2, 1, 2, 2)), np.ones((1, 2, 1, 1))
    y = depthwise_separable(x, w_depth, w_point, np.ones(1))
    assert y.dtype == kept
    assert y.tolist() == [[[[9, 9]]]]
    dy = np.ones(y.shape, given)
    grads = depthwise_separable_backward(dy, np.ones(x.shape), w_depth, w_point)
    assert [gradient.dtype for gradient in grads] == [kept] * 4


def test_what_comes_second_is_converted_to_the_dtype_of_the_first_before_it_is_used():
    minus_one, nearly_one = np.array([[[[-1]]]], np.float16), 1 + 2**-12  # 1 in float16
    weight, one = [[[[nearly_one]]]], [[[[1]]]]
    assert depthwise_separable(1000 * minus_one, weight, one, [1000]).tolist() == [[[[0]]]]
    assert depthwise_separable(1000 * minus_one, one, weight, [1000]).tolist() == [[[[0]]]]
    assert depthwise_separable(minus_one, one, one, [nearly_one]).tolist() == [[[[0]]]]
    for gradient in depthwise_separable_backward(1000 * minus_one, weight, weight, weight):
        assert gradient.ravel().tolist() == [-1000]


@pytest.mark.parametrize("padding", [0, 1])
def test_results_are_new_and_the_arguments_as_before(padding):
    size = 1 + 2 * padding
    dy, (x, w_depth, w_point) = np.ones((1, 1, size, size)), np.ones((3, 1, 1, 1, 1))
    assert_new_result(depthwise_separable, x, w_depth, w_point, np.zeros(1), padding)
    for k in range(4):
        assert_new_result(
            lambda *arguments, k=k: depthwise_separable_backward(*arguments)[k],
            *(dy, x, w_depth, w_point, padding),
        )


def test_a_small_numpy_integer_does_not_overflow():
    x, one = np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1))
    y = depthwise_separable(x, one, one, [0], np.int8(100))
    assert y.shape == (1, 1, 201, 201)
    dx, *_ = depthwise_separable_backward(y, x, one, one, np.int8(100))
    assert dx.tolist() == [[[[1]]]]


GOOD = {
    "x": np.ones((2, 3, 4, 5)),
    "w_depth": np.ones((3, 1, 2, 3)),
    "w_point": np.ones((4, 3, 1, 1)),
    "b": np.ones(4),
}
GOOD_BACK = {"dy": np.ones((2, 4, 3, 3))} | {key: GOOD[key] for key in ("x", "w_depth", "w_point")}
FITS = "kernel must fit into the padded input: kernel ="
SHAPE = "dy must have the shape of the output,"
DEPTH = ("w_depth must have the shape (3, 1, kh, kw), one kernel for each channel of x, got",)
POINT = ("w_point must have the shape (F, 3, 1, 1), one weight for each channel of x, got",)
BIAS, FILTERS = "b.shape[0], one bias for each filter,", "w_point.shape[0], the filters,"
BAD = [
    *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
    *bad_arrays("w_depth", GOOD["w_depth"], "(C, 1, kh, kw)"),
    *bad_arrays("w_point", GOOD["w_point"], "(F, C, 1, 1)"),
    *bad_integers("padding", 0),
    ({"w_depth": np.ones((1, 1, 2, 3))}, (*DEPTH, "(1, 1, 2, 3)")),
    ({"w_depth": np.ones((6, 1, 2, 3))}, (*DEPTH, "(6, 1, 2, 3)")),
    ({"w_depth": np.ones((3, 3, 2, 3))}, (*DEPTH, "(3, 3, 2, 3)")),
    ({"w_point": np.ones((4, 1, 1, 1))}, (*POINT, "(4, 1, 1, 1)")),
    ({"w_point": np.ones((4, 3, 2, 1))}, (*POINT, "(4, 3, 2, 1)")),
    ({"w_point": np.ones((4, 3, 1, 2))}, (*POINT, "(4, 3, 1, 2)")),
    ({"w_depth": np.ones((3, 1, 7, 3)), "padding": 1}, (FITS, "7", "4 + 2 * padding 1 = 6")),
    ({"w_depth": np.ones((3, 1, 2, 6))}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("b", GOOD["b"], "(F,)"),
        ({"b": np.ones(3)}, (BIAS, "w_point.shape[0] = 4", "3")),
        ({"b": np.ones(1)}, (BIAS, "w_point.shape[0] = 4", "1")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        depthwise_separable(**GOOD | bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("dy", GOOD_BACK["dy"], "(N, F, oh, ow)"),
        ({"dy": np.ones((3, 4, 3, 3))}, (SHAPE, "(2, F, 3, 3)", "(2, 3, 4, 5)", "(3, 4, 3, 3)")),
        ({"dy": np.ones((2, 4, 4, 3))}, (SHAPE, "(2, F, 3, 3)", "(2, 3, 4, 5)", "(2, 4, 4, 3)")),
        ({"padding": 1}, (SHAPE, "(2, F, 5, 5)", "(2, 3, 4, 5)", "(2, 4, 3, 3)")),
        ({"dy": np.ones((2, 5, 3, 3))}, (FILTERS, "dy.shape[1] = 5", "4")),
        ({"w_point": np.ones((1, 3, 1, 1))}, (FILTERS, "dy.shape[1] = 4", "1")),
    ],
)
def test_bad_input_of_the_backward_pass_is_named_too(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        depthwise_separable_backward(**GOOD_BACK | bad)
