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

from course.convolution import (
    conv_backward_bias,
    conv_backward_input_scatter,
    conv_backward_weights_loops,
    conv_forward,
)
from course.convolution.grouped import grouped_conv, grouped_conv_backward


@st.composite
def grouped_layers(draw, dtypes=(np.float64,)):
    """The arguments of `grouped_conv`, and a random upstream, all arrays read-only.

    1 to 4 groups of 1 to 3 channels and of 1 to 3 filters; no group has as many of both.
    """
    layer = draw(layers(dtypes))
    groups = draw(st.integers(1, 4))
    channels, filters = draw(st.permutations([1, 2, 3]))[:2]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    (N, _, H, W), dtype = layer.x.shape, layer.x.dtype
    x = rng.standard_normal((N, groups * channels, H, W)).astype(dtype)
    w = rng.standard_normal((groups * filters, channels, *layer.kernel_size)).astype(dtype)
    b = rng.standard_normal(groups * filters).astype(dtype)
    for array in (x, w, b):
        array.flags.writeable = False
    dy = upstream(layer._replace(x=x, w=w))
    return (x, w, b, layer.stride, layer.padding, groups), dy


def with_zeros(w, groups):
    """The filters over all channels: zeros for those of other groups."""
    F, channels = w.shape[:2]
    wide = np.zeros((F, groups * channels, *w.shape[2:]), w.dtype)
    for f in range(F):
        start = f * groups // F * channels
        wide[f, start : start + channels] = w[f]
    return wide


def own_channels(wide, groups):
    """From an array as `with_zeros` makes it, what belongs to the channels of a filter's group."""
    F, channels = len(wide), wide.shape[1] // groups
    starts = [f * groups // F * channels for f in range(F)]
    return np.array([wide[f, start : start + channels] for f, start in enumerate(starts)])


def scipy_grouped(x, w, b, stride, padding, groups):
    """What SciPy answers for the plain layer with zeros between groups."""
    return scipy_forward(x, with_zeros(w, groups), b, stride, padding)


def gradients(arguments, dy):
    x, w, _, *settings = arguments
    return grouped_conv_backward(dy, x, w, *settings)


def test_every_filter_sees_the_channels_of_its_group_and_no_others():
    x = np.array([1, 10, 100, 1000]).reshape(1, 4, 1, 1)
    w = np.arange(1, 13).reshape(6, 2, 1, 1)
    y = grouped_conv(x, w, [0, 0, 0, 0, 0, 5], groups=2)
    first, second = [1 + 20, 3 + 40, 5 + 60], [700 + 8000, 900 + 10000, 1100 + 12000 + 5]
    assert y.ravel().tolist() == first + second
    dy = np.array([1, 0, 0, 0, 0, 2]).reshape(1, 6, 1, 1)
    dx, dw, db = grouped_conv_backward(dy, x, w, groups=2)
    assert dx.ravel().tolist() == [1, 2, 22, 24]
    assert dw[:, :, 0, 0].tolist() == [[1, 10], *[[0, 0]] * 4, [200, 2000]]
    assert db.tolist() == [1, 0, 0, 0, 0, 2]


def test_with_as_many_groups_as_channels_each_kernel_slides_over_its_own_channel():
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 6))
    w = np.random.default_rng(1).standard_normal((3, 1, 2, 3))
    y = grouped_conv(x, w, np.zeros(3), groups=3)
    for c in range(3):
        assert_close(y[:, [c]], conv_forward(x[:, [c]], w[[c]], np.zeros(1)))


@given(case=grouped_layers(dtypes=(np.float64, np.float32)))
def test_scipy_gives_the_same_numbers_with_zeros_between_groups(case):
    arguments, _ = case
    y = grouped_conv(*arguments)
    assert y.dtype == arguments[0].dtype
    assert_close(y, scipy_grouped(*arguments))


@given(case=grouped_layers())
@pytest.mark.slow
def test_gradients_are_those_of_the_plain_layer_with_zeros_between_groups(case):
    (x, w, _, stride, padding, groups), dy = case
    dx, dw, db = grouped_conv_backward(dy, x, w, stride, padding, groups)
    wide = with_zeros(w, groups)
    wide_dw = conv_backward_weights_loops(dy, x, w.shape[2:], stride, padding)
    assert_close_to_1e10(dx, conv_backward_input_scatter(dy, wide, x.shape, stride, padding))
    assert_close_to_1e10(dw, own_channels(wide_dw, groups))
    assert_close_to_1e10(db, conv_backward_bias(dy))


@given(case=grouped_layers())
@pytest.mark.slow
def test_gradients_fit_scipys_forward_pass_in_a_random_direction(case):
    (*arrays, stride, padding, groups), dy = case
    settings = stride, padding, groups
    assert_fits_in_a_random_direction(gradients, scipy_grouped, arrays, *settings, dy=dy)


@given(case=grouped_layers())
def test_pytorch_gives_the_same_numbers_and_gradients(torch, case):
    (*arrays, stride, padding, groups), dy = case
    x, w, b = (torch.tensor(array, requires_grad=True) for array in arrays)
    expected = torch.nn.functional.conv2d(x, w, b, stride, padding, groups=groups)
    assert_close_to_1e10(grouped_conv(*case[0]), expected.detach().numpy())
    expected.backward(torch.tensor(dy))
    for got, other in zip(gradients(case[0], dy), (x, w, b), strict=True):
        assert_close_to_1e10(got, other.grad.numpy())


@pytest.mark.parametrize(
    ("stride", "padding", "groups"), [(1, 0, 1), (1, 1, 2), (2, 0, 2), (3, 2, 4), (2, 1, 4)]
)
def test_central_differences_give_the_same_gradients(stride, padding, groups):
    rng = np.random.default_rng(100 * stride + 10 * padding + groups)
    shapes = [(2, 4, 5, 6), (8, 4 // groups, 3, 2), (8,)]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    assert_central_differences(gradients, scipy_grouped, arrays, stride, padding, groups)


@given(case=grouped_layers(dtypes=(np.float32,)))
def test_gradients_in_float32_are_those_of_float64_up_to_rounding(case):
    (x, w, b, *settings), dy = case
    exact = (array.astype(np.float64) for array in (x, w, b))
    expected = gradients((*exact, *settings), dy.astype(np.float64))
    for got, other in zip(gradients((x, w, b, *settings), dy), expected, strict=True):
        assert_close_in_float32(got, other)


def test_without_settings_it_is_the_plain_layer():
    rng = np.random.default_rng(3)
    x, w, b = (rng.standard_normal(shape) for shape in [(2, 3, 4, 5), (4, 3, 3, 2), (4,)])
    y = grouped_conv(x, w, b)
    np.testing.assert_array_equal(y, conv_forward(x, w, b))
    dx, dw, _ = grouped_conv_backward(y, x, w)
    assert_close_to_1e10(dx, conv_backward_input_scatter(y, w, x.shape))
    assert_close_to_1e10(dw, conv_backward_weights_loops(y, x, (3, 2)))


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_results_have_the_dtype_of_the_first_array(given, kept):
    x, w = np.ones((1, 2, 2, 3), given), np.ones((2, 1, 2, 2))
    y = grouped_conv(x, w, np.ones(2), groups=2)
    assert y.dtype == kept
    assert y.tolist() == [[[[5, 5]], [[5, 5]]]]
    grads = grouped_conv_backward(np.ones(y.shape, given), np.ones(x.shape), w, groups=2)
    assert [gradient.dtype for gradient in grads] == [kept] * 3


def test_what_comes_second_is_converted_to_the_dtype_of_the_first_before_it_is_used():
    minus_one, nearly_one = np.array([[[[-1]]]], np.float16), 1 + 2**-12  # 1 in float16
    assert grouped_conv(1000 * minus_one, [[[[nearly_one]]]], [1000]).tolist() == [[[[0]]]]
    assert grouped_conv(minus_one, [[[[1]]]], [nearly_one]).tolist() == [[[[0]]]]
    dx, dw, _ = grouped_conv_backward(1000 * minus_one, [[[[nearly_one]]]], [[[[nearly_one]]]])
    assert dx.tolist() == dw.tolist() == [[[[-1000]]]]


@pytest.mark.parametrize("groups", [1, 2])
def test_results_are_new_and_the_arguments_as_before(groups):
    x, w = np.ones((1, 2, 1, 1)), np.ones((2, 2 // groups, 1, 1))
    assert_new_result(grouped_conv, x, w, np.zeros(2), 1, 0, groups)
    for k in range(3):
        assert_new_result(
            lambda *arguments, k=k: grouped_conv_backward(*arguments)[k],
            x.copy(),
            x,
            w,
            1,
            0,
            groups,
        )


def test_small_numpy_integers_do_not_overflow():
    x, w = np.arange(1, 601.0).reshape(1, 2, 300, 1), np.ones((200, 1, 1, 1))
    settings = np.int8(100), np.int8(0), np.int8(2)
    y = grouped_conv(x, w, np.zeros(200), *settings)
    assert y[0, [0, 99, 100, 199], :, 0].tolist() == [[1, 101, 201]] * 2 + [[301, 401, 501]] * 2
    dx, _, _ = grouped_conv_backward(y, x, w, *settings)
    assert np.argwhere(dx.ravel()).ravel().tolist() == [0, 100, 200, 300, 400, 500]


GOOD = {"x": np.ones((2, 6, 4, 5)), "w": np.ones((4, 3, 2, 3)), "b": np.ones(4), "groups": 2}
GOOD_BACK = {"dy": np.ones((2, 4, 3, 3))} | {key: GOOD[key] for key in ("x", "w", "groups")}
FITS = "kernel must fit into the padded input: kernel ="
SHAPE = "dy must have the shape of the output,"
FILTERS, CHANNELS = "w.shape[0], the filters,", "the channels of w"
DIVIDE, PER_GROUP = "groups must divide the", "the channels of x / groups"
BIAS = "b.shape[0], one bias for each filter,"
BAD = [
    *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
    *bad_arrays("w", GOOD["w"], "(F, C / groups, kh, kw)"),
    *bad_integers("stride", 1),
    *bad_integers("padding", 0),
    *bad_integers("groups", 1),
    ({"groups": 4}, (DIVIDE, "6 channels of x", "got 4")),
    ({"groups": 3}, (DIVIDE, "4 filters of w", "got 3")),
    ({"groups": 12}, (DIVIDE, "6 channels of x", "got 12")),
    ({"groups": 1}, (CHANNELS, PER_GROUP, "= 6", "got 3")),
    ({"w": np.ones((4, 6, 2, 3))}, (CHANNELS, PER_GROUP, "= 3", "got 6")),
    ({"w": np.ones((4, 3, 7, 3)), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
    ({"w": np.ones((4, 3, 2, 6))}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("b", GOOD["b"], "(F,)"),
        ({"b": np.ones(3)}, (BIAS, "w.shape[0] = 4", "3")),
        ({"b": np.ones(2)}, (BIAS, "w.shape[0] = 4", "2")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        grouped_conv(**GOOD | bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("dy", GOOD_BACK["dy"], "(N, F, oh, ow)"),
        ({"dy": np.ones((3, 4, 3, 3))}, (SHAPE, "(2, F, 3, 3)", "(2, 6, 4, 5)", "(3, 4, 3, 3)")),
        ({"dy": np.ones((2, 4, 4, 3))}, (SHAPE, "(2, F, 3, 3)", "(2, 6, 4, 5)", "(2, 4, 4, 3)")),
        ({"stride": 2}, (SHAPE, "(2, F, 2, 2)", "(2, 6, 4, 5)", "(2, 4, 3, 3)")),
        ({"dy": np.ones((2, 5, 3, 3))}, (FILTERS, "dy.shape[1] = 5", "4")),
        ({"dy": np.ones((2, 2, 3, 3))}, (FILTERS, "dy.shape[1] = 2", "4")),
        ({"w": np.ones((2, 3, 2, 3))}, (FILTERS, "dy.shape[1] = 4", "2")),
    ],
)
def test_bad_input_of_the_backward_pass_is_named_too(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        grouped_conv_backward(**GOOD_BACK | bad)
