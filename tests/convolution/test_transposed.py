import numpy as np
import pytest
from convolution_cases import (
    DTYPES,
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
    spread,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from course.convolution import conv_as_matrix, output_size
from course.convolution.transposed import (
    transposed_conv,
    transposed_conv_backward,
    transposed_output_size,
)


@st.composite
def transposed_layers(draw, dtypes=(np.float64,)):
    """The arguments of `transposed_conv`, and a random upstream, all arrays read-only."""
    x, w, _, stride, padding = draw(layers(dtypes))
    output_padding = draw(st.integers(0, stride - 1))
    C, (kh, kw) = x.shape[1], w.shape[2:]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    least = [max(1, 1 + (2 * padding - kernel) // stride + 1) for kernel in (kh, kw)]
    H = draw(st.integers(least[0], least[0] + 3))
    W = draw(st.sampled_from([W for W in range(least[1], least[1] + 4) if W != H]))
    x = rng.standard_normal((len(x), C, H, W)).astype(x.dtype)
    w = rng.standard_normal((C, len(w), kh, kw)).astype(x.dtype)
    b = rng.standard_normal(w.shape[1]).astype(x.dtype)
    arguments = x, w, b, stride, padding, output_padding
    dy = rng.standard_normal(scipy_transposed(*arguments).shape).astype(x.dtype)
    for array in (x, w, b, dy):
        array.flags.writeable = False
    return arguments, dy


def scipy_transposed(x, w, b, stride, padding, output_padding):
    """Every map spread out and convolved by SciPy; rows added at the end, a frame cut off."""
    x, w = x.astype(np.float64), w.astype(np.float64)
    maps = [
        [
            sum(map(signal.convolve2d, image, w[:, f], ["full"] * len(w))) + np.zeros(())
            for f in range(w.shape[1])
        ]
        for image in spread(x, stride)
    ]
    last = output_padding
    ypad = np.pad(np.array(maps), [(0, 0), (0, 0), (0, last), (0, last)])
    height, width = ypad.shape[2:]
    y = ypad[:, :, padding : height - padding, padding : width - padding]
    return y + b.astype(np.float64).reshape(-1, 1, 1)


def gradients(arguments, dy):
    x, w, _, *settings = arguments
    return transposed_conv_backward(dy, x, w, *settings)


def test_two_pixels_lay_their_multiples_of_the_kernel_over_each_other():
    kernel = [[[[1, 2, 3], [4, 5, 6]]]]
    y = transposed_conv([[[[1, 10]]]], kernel, [0], stride=2)
    assert y.tolist() == [[[[1, 2, 13, 20, 30], [4, 5, 46, 50, 60]]]]
    y = transposed_conv([[[[1, 10]]]], kernel, [7], stride=2, output_padding=1)
    expected = [[8, 9, 20, 27, 37, 7], [11, 12, 53, 57, 67, 7], [7] * 6]
    assert y.tolist() == [[expected]]


def test_output_padding_uncovers_what_padding_would_cut_off():
    x, kernel = [[[[1, 10]]]], [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]]
    y = transposed_conv(x, kernel, [0], stride=2, padding=1)
    assert y.tolist() == [[[[5, 46, 50]]]]
    y = transposed_conv(x, kernel, [0], stride=2, padding=1, output_padding=1)
    assert y.tolist() == [[[[5, 46, 50, 60], [8, 79, 80, 90]]]]


def test_channels_are_summed_and_filters_stand_side_by_side():
    x, w = np.array([1, 10]).reshape(1, 2, 1, 1), np.arange(1, 7).reshape(2, 3, 1, 1)
    assert transposed_conv(x, w, [0, 0, 1000]).ravel().tolist() == [41, 52, 1063]
    dx, dw, db = transposed_conv_backward(np.array([1, 0, 2]).reshape(1, 3, 1, 1), x, w)
    assert dx.ravel().tolist() == [7, 16]
    assert dw[:, :, 0, 0].tolist() == [[1, 0, 2], [10, 0, 20]]
    assert db.tolist() == [1, 0, 2]


@given(case=transposed_layers())
def test_scipy_gives_the_same_numbers_by_full_convolution(case):
    arguments, _ = case
    assert_close_to_1e10(transposed_conv(*arguments), scipy_transposed(*arguments))


@given(case=transposed_layers())
def test_it_is_the_transpose_of_the_plain_layers_matrix(case):
    (x, w, b, stride, padding, _), dy = case
    A = conv_as_matrix(w, dy.shape[1:], stride, padding)
    y = transposed_conv(*case[0]) - b.reshape(-1, 1, 1)
    np.testing.assert_allclose(y.reshape(len(x), -1), x.reshape(len(x), -1) @ A, atol=1e-10)


@given(case=transposed_layers())
def test_it_is_the_adjoint_of_scipys_plain_layer(case):
    (x, w, b, stride, padding, output_padding), dy = case
    no_bias = np.zeros(len(b))
    y = transposed_conv(x, w, no_bias, stride, padding, output_padding)
    plain = scipy_forward(dy, w, np.zeros(len(w)), stride, padding)
    assert plain.shape == x.shape
    assert np.sum(y * dy) == pytest.approx(np.sum(x * plain), rel=0, abs=1e-10)


@given(case=transposed_layers())
@pytest.mark.slow
def test_dx_is_scipys_plain_layer_and_dw_fits_it_in_a_random_direction(case):
    (x, w, _, stride, padding, _), dy = case
    dx, dw, db = gradients(case[0], dy)
    no_bias, along = np.zeros(len(w)), np.random.default_rng(0).standard_normal(w.shape)
    assert_close_to_1e10(dx, scipy_forward(dy, w, no_bias, stride, padding))
    by_w = np.sum(scipy_forward(dy, along, no_bias, stride, padding) * x)
    assert dw.shape == w.shape
    assert np.sum(dw * along) == pytest.approx(by_w, rel=0, abs=1e-10)
    np.testing.assert_allclose(db, dy.sum(axis=(0, 2, 3)), rtol=0, atol=1e-10)


@given(case=transposed_layers())
def test_pytorch_gives_the_same_numbers_and_gradients(torch, case):
    arguments, dy = case
    x, w, b = (torch.tensor(array, requires_grad=True) for array in arguments[:3])
    expected = torch.nn.functional.conv_transpose2d(x, w, b, *arguments[3:])
    assert_close_to_1e10(transposed_conv(*arguments), expected.detach().numpy())
    expected.backward(torch.tensor(dy))
    for got, other in zip(gradients(arguments, dy), (x, w, b), strict=True):
        assert_close_to_1e10(got, other.grad.numpy())


@pytest.mark.parametrize(
    ("stride", "padding", "output_padding"),
    [(1, 0, 0), (1, 1, 0), (2, 0, 1), (2, 1, 1), (3, 0, 2), (3, 2, 1), (3, 2, 0)],
)
def test_central_differences_give_the_same_gradients(stride, padding, output_padding):
    rng = np.random.default_rng(100 * stride + 10 * padding + output_padding)
    arrays = [rng.standard_normal(shape) for shape in [(2, 3, 3, 4), (3, 4, 3, 2), (4,)]]
    settings = stride, padding, output_padding
    assert_central_differences(gradients, scipy_transposed, arrays, *settings)


@given(case=transposed_layers(dtypes=(np.float32,)))
def test_float32_gives_the_numbers_of_float64_up_to_its_rounding(case):
    (x, w, b, *settings), dy = case
    assert_close_in_float32(transposed_conv(*case[0]), scipy_transposed(*case[0]))
    exact = (array.astype(np.float64) for array in (x, w, b))
    expected = gradients((*exact, *settings), dy.astype(np.float64))
    for got, other in zip(gradients(case[0], dy), expected, strict=True):
        assert_close_in_float32(got, other)


def test_without_settings_every_pixel_grows_by_the_kernel():
    x, w = np.ones((1, 1, 2, 4)), np.ones((1, 1, 2, 3))
    y = transposed_conv(x, w, [0])
    assert y.tolist() == [[[[1, 2, 3, 3, 2, 1], [2, 4, 6, 6, 4, 2], [1, 2, 3, 3, 2, 1]]]]
    dx, dw, _ = transposed_conv_backward(y, x, w)
    assert dx.shape == x.shape
    assert dw.shape == w.shape


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_results_have_the_dtype_of_the_first_array(given, kept):
    x, w = np.ones((1, 2, 1, 2), given), np.ones((2, 1, 1, 2))
    y = transposed_conv(x, w, np.ones(1))
    assert y.dtype == kept
    assert y.tolist() == [[[[3, 5, 3]]]]
    grads = transposed_conv_backward(np.ones(y.shape, given), np.ones(x.shape), w)
    assert [gradient.dtype for gradient in grads] == [kept] * 3


def test_what_comes_second_is_converted_to_the_dtype_of_the_first_before_it_is_used():
    minus_one, nearly_one = np.array([[[[-1]]]], np.float16), 1 + 2**-12  # 1 in float16
    assert transposed_conv(1000 * minus_one, [[[[nearly_one]]]], [1000]).tolist() == [[[[0]]]]
    assert transposed_conv(minus_one, [[[[1]]]], [nearly_one]).tolist() == [[[[0]]]]
    dx, dw, _ = transposed_conv_backward(1000 * minus_one, [[[[nearly_one]]]], [[[[nearly_one]]]])
    assert dx.tolist() == dw.tolist() == [[[[-1000]]]]


@pytest.mark.parametrize(("size", "padding"), [(1, 0), (3, 1)])
def test_results_are_new_and_the_arguments_as_before(size, padding):
    x, w = np.ones((1, 1, size, size)), np.ones((1, 1, 1, 1))
    assert_new_result(transposed_conv, x, w, np.zeros(1), 1, padding)
    for k in range(3):
        assert_new_result(
            lambda *arguments, k=k: transposed_conv_backward(*arguments)[k],
            *(np.ones((1, 1, 1, 1)), x, w, 1, padding),
        )


def test_small_numpy_integers_do_not_overflow():
    x, w, settings = np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1)), map(np.int8, (100, 70, 99))
    settings = tuple(settings)
    y = transposed_conv(x, w, [0], *settings)
    assert y.shape == (1, 1, 160, 160)
    assert np.argwhere(y[0, 0].diagonal()).ravel().tolist() == [30, 130]
    dx, _, _ = transposed_conv_backward(y, x, w, *settings)
    assert dx.tolist() == [[[[0, 0, 0], [0, 1, 1], [0, 1, 1]]]]


# the size of the output


@given(
    size=st.integers(1, 8),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
)
def test_its_sizes_are_all_those_that_the_plain_layer_makes_into_the_given_one(
    size, kernel, stride, padding
):
    expected = []
    for pixels in range(1, size * stride + kernel + 1):
        if pixels + 2 * padding >= kernel and output_size(pixels, kernel, stride, padding) == size:
            expected.append(pixels)
    sizes = []
    for output_padding in range(stride):
        if (size - 1) * stride + kernel + output_padding > 2 * padding:
            sizes.append(transposed_output_size(size, kernel, stride, padding, output_padding))
    assert sizes == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((2, 3), 4), ((4, 3, 2), 9), ((4, 3, 2, 1), 7), ((4, 3, 2, 1, 1), 8), ((4, 4, 2, 1), 8)],
)
def test_known_sizes(arguments, expected):
    assert transposed_output_size(*arguments) == expected
    assert type(transposed_output_size(*map(np.int8, arguments))) is int


@pytest.mark.parametrize(("stride", "output_padding"), [(1, 1), (2, 2), (2, 3)])
def test_pytorch_too_refuses_an_output_padding_as_large_as_the_stride(
    torch, stride, output_padding
):
    settings = {"stride": stride, "output_padding": output_padding}
    x = np.ones((1, 1, 3, 3))
    with pytest.raises(RuntimeError, match="output padding must be smaller than"):
        torch.nn.functional.conv_transpose2d(torch.tensor(x), torch.tensor(x), **settings)
    with pytest.raises(ValueError, match="output_padding must be less than stride"):
        transposed_conv(x, x, [0], **settings)


GOOD_SIZE = {"size": 4, "kernel": 3}
SIZE_SETTINGS = [
    *bad_integers("stride", 1),
    *bad_integers("padding", 0),
    *bad_integers("output_padding", 0),
    ({"output_padding": 1}, ("output_padding must be less than stride = 1, got 1",)),
    ({"stride": 2, "output_padding": 3}, ("output_padding must be less than stride = 2, got 3",)),
]
LEAVE, ALONG = "padding must leave at least one pixel of", "along an axis of the output, got"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_integers("size", 1),
        *bad_integers("kernel", 1),
        *SIZE_SETTINGS,
        ({"padding": 3}, (LEAVE, "6", ALONG, "2 * padding 3 = 6")),
        (
            {"stride": 2, "output_padding": 1, "padding": 6},
            (LEAVE, "10", ALONG, "2 * padding 6 = 12"),
        ),
    ],
)
def test_the_size_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        transposed_output_size(**GOOD_SIZE | bad)


GOOD = {"x": np.ones((2, 3, 4, 5)), "w": np.ones((3, 4, 2, 3)), "b": np.ones(4)}
GOOD_BACK = {"dy": np.ones((2, 4, 5, 7)), "x": GOOD["x"], "w": GOOD["w"]}
SHAPE, CHANNELS = "dy must have the shape of the output,", "w.shape[0], the channels of w,"
BIAS = "b.shape[0], one bias for each filter,"
BAD = [
    *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
    *bad_arrays("w", GOOD["w"], "(C, F, kh, kw)"),
    *SIZE_SETTINGS,
    ({"w": np.ones((4, 3, 2, 3))}, (CHANNELS, "x.shape[1] = 3", "4")),
    ({"w": np.ones((1, 4, 2, 3))}, (CHANNELS, "x.shape[1] = 3", "1")),
    ({"padding": 3}, (LEAVE, "5", ALONG, "2 * padding 3 = 6")),
    ({"x": np.ones((2, 3, 6, 1)), "padding": 2}, (LEAVE, "3", ALONG, "2 * padding 2 = 4")),
]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("b", GOOD["b"], "(F,)"),
        ({"b": np.ones(3)}, (BIAS, "w.shape[1] = 4", "3")),
        ({"b": np.ones(1)}, (BIAS, "w.shape[1] = 4", "1")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        transposed_conv(**GOOD | bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *BAD,
        *bad_arrays("dy", GOOD_BACK["dy"], "(N, F, oh, ow)"),
        *[
            ({"dy": np.ones(shape)}, (SHAPE, "(2, 4, 5, 7)", "(2, 3, 4, 5)", str(shape)))
            for shape in [(3, 4, 5, 7), (2, 1, 5, 7), (2, 4, 7, 5), (2, 4, 5, 8), (2, 4, 6, 7)]
        ],
        (
            {"stride": 2, "output_padding": 1},
            (SHAPE, "(2, 4, 9, 12)", "(2, 3, 4, 5)", "(2, 4, 5, 7)"),
        ),
    ],
)
def test_bad_input_of_the_backward_pass_is_named_too(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        transposed_conv_backward(**GOOD_BACK | bad)
