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
    spread,
)
from hypothesis import given
from hypothesis import strategies as st

from course.convolution import (
    conv_backward_bias,
    conv_backward_input_scatter,
    conv_backward_weights_loops,
    conv_forward,
)
from course.convolution.dilated import dilated_conv, dilated_conv_backward
from course.examples import TOY_X


@st.composite
def dilated_layers(draw, dtypes=(np.float64,)):
    """The arguments of `dilated_conv`, and a random upstream, all arrays read-only."""
    x, w, b, stride, padding = draw(layers(dtypes))
    dilation = draw(st.integers(1, 4))
    kernel = np.array(w.shape[2:])
    H, W = np.array(x.shape[2:]) + (dilation - 1) * (kernel - 1)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = rng.standard_normal((*x.shape[:2], H, W + (H == W))).astype(x.dtype)
    y = scipy_dilated(x, w, b, stride, padding, dilation)
    dy = rng.standard_normal(y.shape).astype(x.dtype)
    x.flags.writeable = dy.flags.writeable = False
    return (x, w, b, stride, padding, dilation), dy


def scipy_dilated(x, w, b, stride, padding, dilation):
    """What SciPy answers for the plain layer with the kernel spread out by zeros."""
    return scipy_forward(x, spread(w, dilation), b, stride, padding)


def gradients(arguments, dy):
    x, w, _, *settings = arguments
    return dilated_conv_backward(dy, x, w, *settings)


def test_a_kernel_of_two_by_two_on_the_toy_image_reads_every_second_pixel():
    w = np.array([[[[1000, 100], [10, 1]]]])
    y = dilated_conv(TOY_X[np.newaxis, np.newaxis], w, [0], dilation=2)
    rows = [[0, 2, 8, 10], [1, 3, 9, 11]], [[4, 6, 12, 14], [5, 7, 13, 15]]
    assert y.tolist() == [[[[int(np.dot(row, w.ravel())) for row in pair] for pair in rows]]]


def test_one_output_sends_its_gradient_to_every_second_pixel_and_takes_dw_from_there():
    x, dy = TOY_X[np.newaxis, np.newaxis], np.array([[[[0, 1], [0, 0]]]])
    dx, dw, db = dilated_conv_backward(dy, x, [[[[1, 2], [3, 4]]]], dilation=2)
    assert dx.tolist() == [[[[0, 1, 0, 2], [0] * 4, [0, 3, 0, 4], [0] * 4]]]
    assert dw.tolist() == [[[[1, 3], [9, 11]]]]
    assert db.tolist() == [1]


@given(case=dilated_layers(dtypes=(np.float64, np.float32)))
def test_scipy_gives_the_same_numbers_with_the_kernel_spread_out(case):
    arguments, _ = case
    y = dilated_conv(*arguments)
    assert y.dtype == arguments[0].dtype
    assert_close(y, scipy_dilated(*arguments))


@given(case=dilated_layers())
def test_gradients_are_those_of_the_spread_kernel_at_its_entries(case):
    (x, w, _, stride, padding, dilation), dy = case
    dx, dw, db = dilated_conv_backward(dy, x, w, stride, padding, dilation)
    wide = spread(w, dilation)
    wide_dw = conv_backward_weights_loops(dy, x, wide.shape[2:], stride, padding)
    assert_close_to_1e10(dx, conv_backward_input_scatter(dy, wide, x.shape, stride, padding))
    assert_close_to_1e10(dw, wide_dw[:, :, ::dilation, ::dilation])
    assert_close_to_1e10(db, conv_backward_bias(dy))


@given(case=dilated_layers())
@pytest.mark.slow
def test_gradients_fit_scipys_forward_pass_in_a_random_direction(case):
    (*arrays, stride, padding, dilation), dy = case
    settings = stride, padding, dilation
    assert_fits_in_a_random_direction(gradients, scipy_dilated, arrays, *settings, dy=dy)


@given(case=dilated_layers())
def test_pytorch_gives_the_same_numbers_and_gradients(torch, case):
    arguments, dy = case
    x, w, b = (torch.tensor(array, requires_grad=True) for array in arguments[:3])
    expected = torch.nn.functional.conv2d(x, w, b, *arguments[3:])
    assert_close_to_1e10(dilated_conv(*arguments), expected.detach().numpy())
    expected.backward(torch.tensor(dy))
    for got, other in zip(gradients(arguments, dy), (x, w, b), strict=True):
        assert_close_to_1e10(got, other.grad.numpy())


@pytest.mark.parametrize(
    ("stride", "padding", "dilation"), [(1, 0, 1), (1, 1, 2), (2, 0, 2), (3, 2, 2), (2, 3, 3)]
)
def test_central_differences_give_the_same_gradients(stride, padding, dilation):
    rng = np.random.default_rng(100 * stride + 10 * padding + dilation)
    arrays = [rng.standard_normal(shape) for shape in [(2, 3, 6, 8), (4, 3, 3, 2), (4,)]]
    assert_central_differences(gradients, scipy_dilated, arrays, stride, padding, dilation)


@given(case=dilated_layers(dtypes=(np.float32,)))
def test_gradients_in_float32_are_those_of_float64_up_to_rounding(case):
    (x, w, b, *settings), dy = case
    exact = (array.astype(np.float64) for array in (x, w, b))
    expected = gradients((*exact, *settings), dy.astype(np.float64))
    for got, other in zip(gradients((x, w, b, *settings), dy), expected, strict=True):
        assert_close_in_float32(got, other)


@given(layer=layers())
def test_without_settings_it_is_the_plain_layer(layer):
    layer = layer._replace(x=np.ones((1, layer.x.shape[1], 4, 5), layer.x.dtype))
    y = dilated_conv(*layer[:3])
    assert_close(y, conv_forward(*layer[:3]))
    dx, dw, _ = dilated_conv_backward(y, layer.x, layer.w)
    expected = conv_backward_input_scatter(y, layer.w, layer.x.shape)
    np.testing.assert_allclose(dx, expected, rtol=1e-4, atol=1e-4)
    expected = conv_backward_weights_loops(y, layer.x, layer.kernel_size)
    np.testing.assert_allclose(dw, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_results_have_the_dtype_of_the_first_array(given, kept):
    x, w = np.ones((1, 2, 3, 4), given), np.ones((1, 2, 2, 2))
    y = dilated_conv(x, w, np.ones(1), dilation=2)
    assert y.dtype == kept
    assert y.tolist() == [[[[9, 9]]]]
    grads = dilated_conv_backward(np.ones(y.shape, given), np.ones(x.shape), w, dilation=2)
    assert [gradient.dtype for gradient in grads] == [kept] * 3


def test_what_comes_second_is_converted_to_the_dtype_of_the_first_before_it_is_used():
    minus_one, nearly_one = np.array([[[[-1]]]], np.float16), 1 + 2**-12  # 1 in float16
    assert dilated_conv(1000 * minus_one, [[[[nearly_one]]]], [1000]).tolist() == [[[[0]]]]
    assert dilated_conv(minus_one, [[[[1]]]], [nearly_one]).tolist() == [[[[0]]]]
    dx, dw, _ = dilated_conv_backward(1000 * minus_one, [[[[nearly_one]]]], [[[[nearly_one]]]])
    assert dx.tolist() == dw.tolist() == [[[[-1000]]]]


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
def test_results_are_new_and_the_arguments_as_before(padding, dilation):
    settings = 1, padding, dilation
    one, size = np.ones((1, 1, 1, 1)), 1 + 2 * padding
    assert_new_result(dilated_conv, one, one.copy(), np.zeros(1), *settings)
    for k in range(3):
        assert_new_result(
            lambda *arguments, k=k: dilated_conv_backward(*arguments)[k],
            np.ones((1, 1, size, size)),
            one,
            one.copy(),
            *settings,
        )


def test_small_numpy_integers_do_not_overflow():
    x, w, hundred = np.arange(300.0).reshape(1, 1, 300, 1), np.ones((1, 1, 3, 1)), np.int8(100)
    settings = np.int8(99), np.int8(0), hundred
    y = dilated_conv(x, w, [0], *settings)
    assert y.ravel().tolist() == [0 + 100 + 200, 99 + 199 + 299]
    dx, _, _ = dilated_conv_backward(y, x, w, *settings)
    assert np.argwhere(dx.ravel()).ravel().tolist() == [0, 99, 100, 199, 200, 299]


GOOD = {"x": np.ones((2, 3, 6, 7)), "w": np.ones((4, 3, 2, 3)), "b": np.ones(4), "dilation": 2}
GOOD_BACK = {"dy": np.ones((2, 4, 4, 3))} | {key: GOOD[key] for key in ("x", "w", "dilation")}
FITS = "kernel must fit into the padded input: kernel ="
SHAPE = "dy must have the shape of the output,"
FILTERS, CHANNELS = "w.shape[0], the filters,", "w.shape[1], the channels of w,"
BAD = [
    *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
    *bad_arrays("w", GOOD["w"], "(F, C, kh, kw)"),
    *bad_integers("stride", 1),
    *bad_integers("padding", 0),
    *bad_integers("dilation", 1),
    ({"dilation": 9, "padding": 1}, (FITS, "2 with dilation 9 spans 10", "size 6", "= 8")),
    ({"dilation": 4}, (FITS, "3 with dilation 4 spans 9", "size 7", "= 7")),
    ({"w": np.ones((4, 2, 2, 3))}, (CHANNELS, "x.shape[1] = 3", "2")),
]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("b", GOOD["b"], "(F,)"),
        ({"b": np.ones(3)}, ("b.shape[0], one bias for each filter,", "w.shape[0] = 4", "3")),
        ({"b": np.ones(1)}, ("b.shape[0], one bias for each filter,", "w.shape[0] = 4", "1")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        dilated_conv(**GOOD | bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("dy", GOOD_BACK["dy"], "(N, F, oh, ow)"),
        ({"dy": np.ones((3, 4, 4, 3))}, (SHAPE, "(2, F, 4, 3)", "(2, 3, 6, 7)", "(3, 4, 4, 3)")),
        ({"dy": np.ones((2, 4, 5, 5))}, (SHAPE, "(2, F, 4, 3)", "(2, 3, 6, 7)", "(2, 4, 5, 5)")),
        ({"dy": np.ones((2, 4, 3, 4))}, (SHAPE, "(2, F, 4, 3)", "(2, 3, 6, 7)", "(2, 4, 3, 4)")),
        ({"dilation": 1}, (SHAPE, "(2, F, 5, 5)", "(2, 3, 6, 7)", "(2, 4, 4, 3)")),
        ({"stride": 2}, (SHAPE, "(2, F, 2, 2)", "(2, 3, 6, 7)", "(2, 4, 4, 3)")),
        ({"dy": np.ones((2, 5, 4, 3))}, (FILTERS, "dy.shape[1] = 5", "4")),
        ({"w": np.ones((1, 3, 2, 3))}, (FILTERS, "dy.shape[1] = 4", "1")),
    ],
)
def test_bad_input_of_the_backward_pass_is_named_too(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        dilated_conv_backward(**GOOD_BACK | bad)
