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
from hypothesis import given, settings
from scipy import signal

from course.convolution import (
    col2im,
    conv_backward_input_col2im,
    conv_backward_input_einsum,
    conv_backward_input_full,
    conv_backward_input_matrix,
    conv_backward_input_scatter,
    conv_backward_input_transposed,
    im2col,
)
from course.examples import COLOUR_W, TOY_W

ROUTES = [
    conv_backward_input_scatter,
    conv_backward_input_col2im,
    conv_backward_input_full,
    conv_backward_input_transposed,
    conv_backward_input_matrix,
    conv_backward_input_einsum,
]
EACH = pytest.mark.parametrize("backward_input", ROUTES)


def scipy_input(dy, w, x_shape, stride, padding):
    """Every map of dy convolved with every kernel by SciPy, set into the padded image."""
    N, C, H, W = x_shape
    dxpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding))
    for n, maps in enumerate(spread(dy, stride)):
        for c in range(C):
            reached = sum(map(signal.convolve2d, maps, w[:, c], ["full"] * len(w)))
            dxpad[n, c, : reached.shape[0], : reached.shape[1]] = reached
    return dxpad[:, :, padding : padding + H, padding : padding + W]


def formula_at_stride_1(dy, w, x_shape, padding):
    """dx[n, c, p, q] = sum over f, u, v of dy[n, f, p - u, q - v] * w[f, c, u, v], padded."""
    dx, (oh, ow) = np.zeros(x_shape), dy.shape[2:]
    for p, q in np.ndindex(x_shape[2:]):
        for u, v in np.ndindex(w.shape[2:]):
            i, j = p + padding - u, q + padding - v
            if 0 <= i < oh and 0 <= j < ow:
                dx[:, :, p, q] += dy[:, :, i, j] @ w[:, :, u, v]
    return dx


def windows_per_pixel(layer):
    """In how many windows each pixel of one map lies."""
    (H, W), (kh, kw), p = layer.x.shape[2:], layer.kernel_size, layer.padding
    counts = np.zeros((H + 2 * p, W + 2 * p))
    for top in range(0, H + 2 * p - kh + 1, layer.stride):
        for left in range(0, W + 2 * p - kw + 1, layer.stride):
            counts[top : top + kh, left : left + kw] += 1
    return counts[p : p + H, p : p + W]


@EACH
def test_one_output_of_the_running_example_sends_the_kernel_back_to_its_window(backward_input):
    dy = np.zeros((1, 1, 2, 2))
    dy[0, 0, 0, 1] = 1
    dx = backward_input(dy, TOY_W[np.newaxis, np.newaxis], (1, 1, 4, 4))
    assert dx.tolist() == [[[[0, -1, -2, 0], [0, 1, 0, -2], [0, 0, -1, 2], [0, 0, 0, 0]]]]


@EACH
def test_all_outputs_of_the_running_example_add_up_where_windows_overlap(backward_input):
    dx = backward_input(np.ones((1, 1, 2, 2)), TOY_W[np.newaxis, np.newaxis], (1, 1, 4, 4))
    assert dx.tolist() == [[[[-1, -3, -2, 0], [0, -2, -4, -2], [1, 0, -1, 0], [0, -1, 1, 2]]]]


@EACH
def test_the_colour_example_adds_up_its_filters_channel_by_channel(backward_input):
    dy = np.zeros((1, 2, 2, 2))
    dy[0, :, 1, 0] = 1, 10
    dx = backward_input(dy, COLOUR_W, (1, 3, 4, 4))
    assert dx[0, :, 1:, :3].tolist() == (COLOUR_W[0] + 10 * COLOUR_W[1]).tolist()
    assert not dx[:, :, 0].any()
    assert not dx[:, :, :, 3].any()


@settings(max_examples=250)
@given(layer=layers(dtypes=(np.float64,)))
@pytest.mark.slow
def test_the_six_routes_agree_with_each_other_and_with_scipy_to_1e10(layer):
    x, w, _, stride, padding = layer
    dy = upstream(layer)
    expected = scipy_input(dy, w, x.shape, stride, padding)
    for backward_input in ROUTES:
        assert_close_to_1e10(backward_input(dy, w, x.shape, stride, padding), expected)


@given(layer=layers(dtypes=(np.float64,)))
def test_pytorch_gives_the_same_dx(torch, layer):
    x, w, _, stride, padding = layer
    dy = upstream(layer)
    expected, _, _ = pytorch_gradients(torch, layer, dy)
    for backward_input in ROUTES:
        assert_close_to_1e10(backward_input(dy, w, x.shape, stride, padding), expected)


@given(layer=layers(dtypes=(np.float64,)))
def test_at_stride_1_the_sum_in_the_books_gives_the_same_dx(layer):
    layer = layer._replace(stride=1)
    x, w, _, _, padding = layer
    dy = upstream(layer)
    expected = formula_at_stride_1(dy, w, x.shape, padding)
    for backward_input in ROUTES:
        assert_close_to_1e10(backward_input(dy, w, x.shape, padding=padding), expected)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 0), (2, 1), (3, 2)])
def test_central_differences_give_the_same_dx(stride, padding):
    rng = np.random.default_rng(10 * stride + padding)
    x, w, b = (rng.standard_normal(shape) for shape in [(2, 3, 5, 8), (4, 3, 3, 2), (4,)])
    dy = rng.standard_normal(scipy_forward(x, w, b, stride, padding).shape)
    numerical = central_differences(
        lambda x: np.sum(scipy_forward(x, w, b, stride, padding) * dy), x
    )
    for backward_input in ROUTES:
        dx = backward_input(dy, w, x.shape, stride, padding)
        np.testing.assert_allclose(dx, numerical, rtol=0, atol=1e-8, strict=True)


@given(layer=layers(dtypes=(np.float64,)))
def test_dx_is_zero_where_no_window_reached_and_nowhere_else(layer):
    ones = layer._replace(w=np.ones(layer.w.shape))
    dy = np.ones(upstream(layer).shape)
    expected = np.broadcast_to(len(layer.w) * windows_per_pixel(layer), layer.x.shape)
    for backward_input in ROUTES:
        dx = backward_input(dy, ones.w, layer.x.shape, layer.stride, layer.padding)
        np.testing.assert_array_equal(dx, expected)


@EACH
def test_pixels_that_the_stride_leaves_out_get_nothing(backward_input):
    dx = backward_input(np.ones((1, 1, 2, 1)), [[[[1, 1]]]], (1, 1, 5, 4), stride=3)
    assert dx.tolist() == [[[[1, 1, 0, 0], [0] * 4, [0] * 4, [1, 1, 0, 0], [0] * 4]]]


@given(layer=layers(dtypes=(np.float64,)))
def test_col2im_is_the_adjoint_of_im2col_and_so_its_backward_pass(layer):
    settings = layer.kernel_size, layer.stride, layer.padding
    forward = im2col(layer.x, *settings)
    cols = np.random.default_rng(forward.size).standard_normal(forward.shape)
    back = col2im(cols, layer.x.shape, *settings)
    assert np.sum(forward * cols) == pytest.approx(np.sum(layer.x * back), rel=0, abs=1e-10)


@EACH
@given(layer=layers(dtypes=(np.float32,)))
def test_float32_gives_the_numbers_of_float64_up_to_its_rounding(backward_input, layer):
    x, w, _, stride, padding = layer
    dy = upstream(layer)
    exact = scipy_input(dy.astype(np.float64), w.astype(np.float64), x.shape, stride, padding)
    assert_close_in_float32(backward_input(dy, w, x.shape, stride, padding), exact)


@EACH
@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_dx_has_the_dtype_of_dy(backward_input, given, kept):
    dx = backward_input(np.ones((1, 2, 1, 2), given), np.ones((2, 1, 1, 2)), (1, 1, 1, 3))
    assert dx.dtype == kept
    assert dx.tolist() == [[[[2, 4, 2]]]]


@EACH
def test_w_is_converted_to_the_dtype_of_dy_before_it_is_used(backward_input):
    dy, nearly_one = 1000 * np.ones((1, 2, 1, 1), np.float16), 1 + 2**-12  # 1 in float16
    assert backward_input(dy, [[[[nearly_one]]], [[[-1]]]], (1, 1, 1, 1)).tolist() == [[[[0]]]]


@EACH
@pytest.mark.parametrize("padding", [0, 1])
def test_dx_is_new_and_the_arguments_are_as_before(backward_input, padding):
    size = 1 + 2 * padding
    dy, w = np.ones((1, 1, size, size)), np.ones((1, 1, 1, 1))
    assert_new_result(backward_input, dy, w, (1, 1, 1, 1), 1, padding)


@EACH
def test_small_numpy_integers_do_not_overflow(backward_input):
    x_shape = (1, 1, np.int8(127), 1)
    dx = backward_input([[[[1], [2]]]], [[[[3]]]], x_shape, np.int8(100), np.int8(0))
    assert np.argwhere(dx.ravel()).ravel().tolist() == [0, 100]
    dx = backward_input(np.ones((1, 1, 5, 3)), [[[[3]]]], x_shape, np.int8(50), np.int8(50))
    assert np.argwhere(dx.ravel()).ravel().tolist() == [0, 50, 100]


@EACH
def test_the_shape_of_x_may_be_a_list(backward_input):
    assert backward_input(np.ones((1, 1, 1, 1)), [[[[2]]]], [1, 1, 1, 1]).tolist() == [[[[2]]]]


GOOD = {
    "dy": np.ones((2, 4, 3, 4)),
    "w": np.ones((4, 3, 2, 2)),
    "x_shape": (2, 3, 4, 5),
    "stride": 1,
    "padding": 0,
}
FITS = "kernel must fit into the padded input: kernel ="
SHAPE = "dy must have the shape of the output,"
FILTERS, CHANNELS = "w.shape[0], the filters,", "w.shape[1], the channels of w,"


@EACH
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_arrays("dy", GOOD["dy"], "(N, F, oh, ow)"),
        *bad_arrays("w", GOOD["w"], "(F, C, kh, kw)"),
        *bad_sizes("x_shape", GOOD["x_shape"], "(N, C, H, W)"),
        *bad_integers("stride", 1),
        *bad_integers("padding", 0),
        ({"dy": np.ones((3, 4, 3, 4))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(3, 4, 3, 4)")),
        ({"dy": np.ones((2, 4, 4, 4))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(2, 4, 4, 4)")),
        ({"dy": np.ones((2, 4, 3, 3))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(2, 4, 3, 3)")),
        ({"dy": np.ones((2, 4, 4, 3))}, (SHAPE, "(2, F, 3, 4)", "(2, 3, 4, 5)", "(2, 4, 4, 3)")),
        ({"x_shape": (1, 3, 4, 5)}, (SHAPE, "(1, F, 3, 4)", "(1, 3, 4, 5)", "(2, 4, 3, 4)")),
        ({"x_shape": (2, 3, 5, 4)}, (SHAPE, "(2, F, 4, 3)", "(2, 3, 5, 4)", "(2, 4, 3, 4)")),
        ({"stride": 2}, (SHAPE, "(2, F, 2, 2)", "(2, 3, 4, 5)", "(2, 4, 3, 4)")),
        ({"padding": 1}, (SHAPE, "(2, F, 5, 6)", "(2, 3, 4, 5)", "(2, 4, 3, 4)")),
        ({"dy": np.ones((2, 5, 3, 4))}, (FILTERS, "dy.shape[1] = 5", "4")),
        ({"dy": np.ones((2, 1, 3, 4))}, (FILTERS, "dy.shape[1] = 1", "4")),
        ({"w": np.ones((1, 3, 2, 2))}, (FILTERS, "dy.shape[1] = 4", "1")),
        ({"w": np.ones((4, 1, 2, 2))}, (CHANNELS, "x_shape[1] = 3", "1")),
        ({"x_shape": (2, 6, 4, 5)}, (CHANNELS, "x_shape[1] = 6", "3")),
        ({"w": np.ones((4, 3, 7, 2)), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
        ({"w": np.ones((4, 3, 2, 6))}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(backward_input, bad, words):
    with pytest.raises(ValueError, match=says(words)):
        backward_input(**GOOD | bad)
