import numpy as np
import pytest
from convolution_cases import (
    DTYPES,
    assert_close,
    assert_new_result,
    bad_arrays,
    bad_integers,
    bad_sizes,
    layers,
    says,
)
from hypothesis import given

from course.convolution import col2im, im2col
from course.examples import COLOUR_X, TOY_X

TOY_IMAGE = TOY_X[np.newaxis, np.newaxis]


def windows_of(x, kernel_size, stride, padding):
    """NumPy's own windows, laid out as im2col promises."""
    xpad = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = np.lib.stride_tricks.sliding_window_view(xpad, kernel_size, axis=(2, 3))
    rows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return rows.reshape(-1, x.shape[1] * kernel_size[0] * kernel_size[1])


def upstream(layer):
    """Random cols for the layer's col2im."""
    cols = windows_of(layer.x, layer.kernel_size, layer.stride, layer.padding)
    numbers = np.random.default_rng(cols.size).standard_normal(cols.shape).astype(cols.dtype)
    numbers.flags.writeable = False
    return numbers


def test_rows_are_the_windows_of_the_running_example():
    assert im2col(TOY_IMAGE, (3, 3)).tolist() == [
        [0, 1, 2, 4, 5, 6, 8, 9, 10],
        [1, 2, 3, 5, 6, 7, 9, 10, 11],
        [4, 5, 6, 8, 9, 10, 12, 13, 14],
        [5, 6, 7, 9, 10, 11, 13, 14, 15],
    ]


def test_rows_of_the_colour_example_hold_27_numbers_channel_after_channel():
    cols = im2col(COLOUR_X, (3, 3))
    one_channel = [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert cols.shape == (4, 27)
    assert cols[0].tolist() == [16 * c + pixel for c in range(3) for pixel in one_channel]


@given(layer=layers())
def test_im2col_lays_out_the_windows_that_numpy_finds(layer):
    arguments = layer.x, layer.kernel_size, layer.stride, layer.padding
    np.testing.assert_array_equal(im2col(*arguments), windows_of(*arguments), strict=True)


@given(layer=layers())
def test_im2col_is_unfold_of_pytorch_with_windows_as_rows(torch, layer):
    x, _, _, stride, padding = layer
    unfolded = torch.nn.functional.unfold(
        torch.tensor(x), layer.kernel_size, stride=stride, padding=padding
    )
    expected = unfolded.transpose(1, 2).flatten(0, 1).numpy()
    cols = im2col(x, layer.kernel_size, stride, padding)
    np.testing.assert_array_equal(cols, expected, strict=True)


def test_col2im_adds_up_the_overlaps_of_the_running_example():
    back = col2im(im2col(TOY_IMAGE, (3, 3)), TOY_IMAGE.shape, (3, 3))
    assert back.tolist() == [[[[0, 2, 4, 3], [8, 20, 24, 14], [16, 36, 40, 22], [12, 26, 28, 15]]]]


def test_a_corner_lies_in_one_window_an_edge_in_two_an_inner_pixel_in_four():
    counts = col2im(np.ones((4, 9)), (1, 1, 4, 4), (3, 3))
    assert counts.tolist() == [[[[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]]]


@given(layer=layers())
def test_col2im_gives_each_pixel_the_sum_over_the_windows_it_lies_in(layer):
    x, cols = layer.x, upstream(layer)
    numbers = np.arange(1, x.size + 1).reshape(x.shape)  # 0 is the padding, which is dropped
    pixels = windows_of(numbers, layer.kernel_size, layer.stride, layer.padding)
    sums = np.bincount(pixels.ravel(), weights=cols.ravel(), minlength=x.size + 1)
    got = col2im(cols, x.shape, layer.kernel_size, layer.stride, layer.padding)
    assert got.dtype == cols.dtype
    assert_close(got, sums[1:].reshape(x.shape))


@given(layer=layers())
def test_col2im_is_fold_of_pytorch(torch, layer):
    x, cols = layer.x, upstream(layer)
    columns = torch.tensor(cols).reshape(len(x), -1, cols.shape[1]).transpose(1, 2)
    expected = torch.nn.functional.fold(
        columns, x.shape[2:], layer.kernel_size, stride=layer.stride, padding=layer.padding
    )
    got = col2im(cols, x.shape, layer.kernel_size, layer.stride, layer.padding)
    assert_close(got, expected)


@given(layer=layers(dtypes=(np.float64,)))
def test_col2im_is_the_adjoint_of_im2col(layer):
    x, cols = layer.x, upstream(layer)
    settings = layer.kernel_size, layer.stride, layer.padding
    left, right = np.sum(im2col(x, *settings) * cols), np.sum(x * col2im(cols, x.shape, *settings))
    assert left == pytest.approx(right, rel=0, abs=1e-11)


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_both_keep_the_dtype_of_their_array(given, kept):
    assert im2col(np.ones((1, 1, 2, 3), given), (2, 2), padding=1).dtype == kept
    assert col2im(np.ones((2, 4), given), (1, 1, 2, 3), (2, 2)).dtype == kept


@pytest.mark.parametrize("padding", [0, 1])
def test_both_return_a_new_array_and_leave_their_arguments_as_before(padding):
    pixels = (1 + 2 * padding) ** 2
    assert_new_result(im2col, np.ones((1, 1, 1, 1)), (1, 1), 1, padding)
    assert_new_result(col2im, np.ones((pixels, 1)), (1, 1, 1, 1), (1, 1), 1, padding)


def test_nested_lists_will_do():
    assert im2col([[[[1, 2], [3, 4]]]], [1, 2]).tolist() == [[1, 2], [3, 4]]
    assert col2im([[1, 2], [3, 4]], [1, 1, 2, 2], [1, 2]).tolist() == [[[[1, 2], [3, 4]]]]


def test_small_numpy_integers_do_not_overflow():
    x = np.arange(300.0).reshape(1, 1, 300, 1)
    cols = im2col(x, (1, 1), stride=np.int8(100))
    assert cols.tolist() == [[0], [100], [200]]
    back = col2im(cols, x.shape, (1, 1), stride=np.int8(100))
    assert back.ravel()[[100, 200]].tolist() == [100, 200]
    padded = im2col(x, (1, 1), padding=np.int8(1))
    np.testing.assert_array_equal(col2im(padded, x.shape, (1, 1), padding=np.int8(1)), x)


GOOD_X = {"x": np.ones((2, 3, 4, 5)), "kernel_size": (2, 3)}
GOOD_COLS = {"cols": np.ones((18, 18)), "x_shape": (2, 3, 4, 5), "kernel_size": (2, 3)}
FITS = "kernel must fit into the padded input: kernel ="
SHARED = [
    *bad_sizes("kernel_size", (2, 3), "(kh, kw)"),
    *bad_integers("stride", 1),
    *bad_integers("padding", 0),
    ({"kernel_size": (7, 1), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
    ({"kernel_size": (1, 6)}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
]


@pytest.mark.parametrize(("bad", "words"), [*bad_arrays("x", GOOD_X["x"], "(N, C, H, W)"), *SHARED])
def test_im2col_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        im2col(**GOOD_X | bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_arrays("cols", GOOD_COLS["cols"], "(N * oh * ow, C * kh * kw)"),
        *bad_sizes("x_shape", GOOD_COLS["x_shape"], "(N, C, H, W)"),
        *SHARED,
        ({"cols": np.ones((17, 18))}, ("cols", "(18, 18)", "(2, 3, 4, 5)", "(17, 18)")),
        ({"cols": np.ones((18, 9))}, ("cols", "(18, 18)", "(2, 3, 4, 5)", "(18, 9)")),
        ({"padding": 1}, ("cols", "(50, 18)", "(2, 3, 4, 5)", "(18, 18)")),
    ],
)
def test_col2im_names_bad_input_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        col2im(**GOOD_COLS | bad)
