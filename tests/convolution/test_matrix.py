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
    scipy_forward,
)
from hypothesis import given, settings

from course.convolution import conv_as_matrix
from course.examples import COLOUR_W, COLOUR_X, TOY_B, TOY_W, TOY_X


def test_the_running_example_as_a_matrix_holds_the_kernel_in_every_row():
    A = conv_as_matrix(TOY_W[np.newaxis, np.newaxis], (1, 4, 4))
    first_row = np.pad(TOY_W, [(0, 1), (0, 1)]).ravel()
    assert first_row.tolist() == [-1, -2, 0, 0, 1, 0, -2, 0, 0, -1, 2, 0, 0, 0, 0, 0]
    assert A.tolist() == [np.roll(first_row, k).tolist() for k in (0, 1, 4, 5)]
    assert (A @ TOY_X.ravel() + TOY_B).tolist() == [6, 3, -6, -9]


def test_the_colour_example_as_a_matrix_gives_its_numbers():
    A = conv_as_matrix(COLOUR_W, (3, 4, 4))
    assert A.shape == (8, 48)
    assert (A @ COLOUR_X.ravel()).tolist() == [
        *(10197, 10548, 11601, 11952),
        *(25506, 26586, 29826, 30906),
    ]


@given(layer=layers())
def test_matrix_times_image_is_what_scipy_gives_for_the_layer(layer):
    x, w, _, stride, padding = layer
    A = conv_as_matrix(w, x.shape[1:], stride, padding)
    expected = scipy_forward(x, w, np.zeros(len(w)), stride, padding)
    assert A.dtype == w.dtype
    for image, y in zip(x, expected, strict=True):
        assert_close(A @ image.ravel(), y.ravel())


@settings(max_examples=25)
@given(layer=layers(dtypes=(np.float64,)))
def test_each_column_is_what_scipy_gives_for_one_lit_pixel(layer):
    x, w, _, stride, padding = layer
    pixels = x[0].size
    images = np.eye(pixels).reshape(pixels, *x.shape[1:])
    expected = scipy_forward(images, w, np.zeros(len(w)), stride, padding)
    A = conv_as_matrix(w, x.shape[1:], stride, padding)
    assert_close(A, expected.reshape(pixels, -1).T)


@settings(max_examples=25)
@given(layer=layers())
def test_the_matrix_is_the_jacobian_of_the_layer_in_pytorch(torch, layer):
    x, w, _, stride, padding = layer
    weights = torch.tensor(w)
    jacobian = torch.autograd.functional.jacobian(
        lambda image: torch.nn.functional.conv2d(image, weights, None, stride, padding),
        torch.tensor(x[0]),
    )
    A = conv_as_matrix(w, x.shape[1:], stride, padding)
    assert_close(A, jacobian.reshape(-1, x[0].size))


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_the_matrix_has_the_dtype_of_w(given, kept):
    A = conv_as_matrix(np.ones((1, 1, 1, 2), given), (1, 1, 2))
    assert A.dtype == kept
    assert A.tolist() == [[1, 1]]


@pytest.mark.parametrize("padding", [0, 1])
def test_the_matrix_is_new_and_w_as_before(padding):
    assert_new_result(conv_as_matrix, np.ones((1, 1, 1, 1)), (1, 1, 1), 1, padding)


def test_small_numpy_integers_do_not_overflow():
    A = conv_as_matrix(np.ones((1, 1, 1, 1)), (1, 300, 1), stride=np.int8(100))
    assert np.argmax(A, axis=1).tolist() == [0, 100, 200]


GOOD = {"w": np.ones((2, 3, 2, 2)), "x_shape": (3, 4, 5)}
FITS = "kernel must fit into the padded input: kernel ="


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *bad_arrays("w", GOOD["w"], "(F, C, kh, kw)"),
        *bad_sizes("x_shape", GOOD["x_shape"], "(C, H, W)"),
        *bad_integers("stride", 1),
        *bad_integers("padding", 0),
        ({"x_shape": (2, 4, 5)}, ("w.shape[1], the channels of w,", "x_shape[0] = 2", "3")),
        ({"w": np.ones((2, 3, 7, 2)), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
        ({"w": np.ones((2, 3, 2, 6))}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(bad, words):
    with pytest.raises(ValueError, match=says(words)):
        conv_as_matrix(**GOOD | bad)
