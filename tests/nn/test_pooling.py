import inspect
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import images, random

from course.gradcheck import check_gradients
from course.nn import AvgPool2d, MaxPool2d

KINDS = pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
SIZES = st.integers(1, 3)
STRIDES = st.sampled_from([None, 1, 2, 3, 4])


def pooled_by_loops(x, size, stride, number):
    """One window after the other; number is np.max or np.mean."""
    N, C, H, W = x.shape
    oh, ow = (H - size) // stride + 1, (W - size) // stride + 1
    y = np.empty((N, C, oh, ow))
    for n, c, i, j in np.ndindex(y.shape):
        top, left = i * stride, j * stride
        y[n, c, i, j] = number(x[n, c, top : top + size, left : left + size])
    return y


@settings(max_examples=30)
@given(x=images(least=3), size=SIZES, stride=STRIDES)
@pytest.mark.parametrize(("kind", "number"), [(MaxPool2d, np.max), (AvgPool2d, np.mean)])
def test_the_output_is_that_of_plain_loops(kind, number, x, size, stride):
    expected = pooled_by_loops(x, size, stride or size, number)
    np.testing.assert_allclose(
        kind(size, stride).forward(x), expected, rtol=0, atol=1e-12, strict=True
    )


@settings(max_examples=30)
@given(x=images(least=3), size=SIZES, stride=STRIDES)
@KINDS
def test_pytorch_gives_the_same_output_and_gradient(torch, kind, x, size, stride):
    layer, other_x = kind(size, stride), torch.tensor(x, requires_grad=True)
    other_y = getattr(torch.nn, kind.__name__)(size, stride)(other_x)
    y = layer.forward(x)
    np.testing.assert_allclose(y, other_y.detach(), rtol=0, atol=1e-12, strict=True)
    dy = random(*y.shape)
    other_y.backward(torch.tensor(dy))
    np.testing.assert_allclose(layer.backward(dy), other_x.grad, rtol=0, atol=1e-12, strict=True)


@settings(max_examples=30)
@given(x=images(least=3, most=6), size=SIZES, stride=STRIDES)
@KINDS
def test_the_gradient_agrees_with_central_differences(kind, x, size, stride):
    assert check_gradients(kind(size, stride), x)["dx"] < 1e-8


@KINDS
def test_without_a_stride_the_windows_tile_the_image(kind):
    assert (kind(3).size, kind(3).stride) == (3, 3)
    assert (kind(3, 1).size, kind(3, stride=1).stride) == (3, 1)
    assert kind(np.int8(2), np.uint8(1)).forward(np.ones((1, 1, 4, 5))).shape == (1, 1, 3, 4)


def test_the_numbers_of_the_running_example():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    largest, mean = MaxPool2d(2), AvgPool2d(2)
    assert largest.forward(x).tolist() == [[[[5, 7], [13, 15]]]]
    assert mean.forward(x).tolist() == [[[[2.5, 4.5], [10.5, 12.5]]]]
    dy = [[[[1.0, 2.0], [3.0, 4.0]]]]
    assert largest.backward(dy).tolist() == [
        [[[0, 0, 0, 0], [0, 1, 0, 2], [0, 0, 0, 0], [0, 3, 0, 4]]]
    ]
    assert (4 * mean.backward(dy)).tolist() == [
        [[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]
    ]


@KINDS
def test_pixels_that_no_window_reaches_change_nothing_and_get_no_gradient(kind):
    layer, x = kind(2), random(1, 1, 5, 7)
    y = layer.forward(x)
    assert y.shape == (1, 1, 2, 3)
    dx = layer.backward(np.ones(y.shape))
    assert not dx[:, :, 4].any()
    assert not dx[:, :, :, 6].any()
    x[:, :, 4], x[:, :, :, 6] = 100, np.nan
    np.testing.assert_array_equal(layer.forward(x), y)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_of_equal_pixels_the_first_gets_the_gradient_as_in_pytorch(torch, stride):
    x = np.random.default_rng(5).integers(0, 2, (3, 2, 7, 8)).astype(np.float64)
    layer, other_x = MaxPool2d(3, stride), torch.tensor(x, requires_grad=True)
    dy = random(*layer.forward(x).shape)
    torch.nn.functional.max_pool2d(other_x, 3, stride).backward(torch.tensor(dy))
    np.testing.assert_allclose(layer.backward(dy), other_x.grad, rtol=0, atol=1e-12)


def test_of_equal_pixels_the_first_in_row_major_order_gets_the_gradient():
    layer = MaxPool2d(2)
    layer.forward([[[[1, 7, 3, 3], [7, 7, 3, 3]]]])
    assert layer.backward([[[[10, 20]]]]).tolist() == [[[[0, 10, 20, 0], [0, 0, 0, 0]]]]


@KINDS
def test_a_window_with_a_nan_gives_nan_and_the_others_do_not(kind):
    layer, x = kind(2), np.arange(16.0).reshape(1, 1, 4, 4)
    x[0, 0, 1, 2] = np.nan
    y = layer.forward(x)
    assert np.isnan(y).tolist() == [[[[False, True], [False, False]]]]


def test_a_window_with_a_nan_hands_on_no_gradient_when_the_largest_pixel_is_asked_for():
    layer, x = MaxPool2d(2), np.arange(16.0).reshape(1, 1, 4, 4)
    x[0, 0, 1, 2] = np.nan
    layer.forward(x)
    dx = layer.backward(np.ones((1, 1, 2, 2)))
    assert np.sum(dx) == 3
    assert not dx[0, 0, :2, 2:].any()


def test_infinities_are_numbers_like_others_to_the_largest():
    layer = MaxPool2d(2)
    assert layer.forward(np.full((1, 1, 2, 2), -np.inf)).tolist() == [[[[-np.inf]]]]
    assert layer.backward([[[[3.0]]]]).tolist() == [[[[3, 0], [0, 0]]]]


@KINDS
@pytest.mark.parametrize(("H", "W"), [(2, 5), (5, 2), (1, 1)])
def test_windows_larger_than_the_image_are_refused(kind, H, W):
    words = f"size must be at most {min(H, W)} for images of {H} by {W}, got 3"
    for stride in (None, 1):
        with pytest.raises(ValueError, match=f"^{words}$"):
            kind(3, stride).forward(np.ones((1, 1, H, W)))
    assert kind(3).forward(np.ones((1, 1, 3, 3))).shape == (1, 1, 1, 1)


@KINDS
def test_images_without_channels_are_refused(kind):
    words = re.escape("x must have the axes (N, C, H, W), got 3 axes: shape (2, 5, 7)")
    with pytest.raises(ValueError, match=f"^{words}$"):
        kind(2).forward(np.ones((2, 5, 7)))


@KINDS
@pytest.mark.parametrize("name", ["size", "stride"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True, "2", (2, 2)])
def test_bad_arguments_are_named(kind, name, value):
    words = re.escape(f"{name} must be an integer of at least 1, got {value!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        kind(**{"size": 2, name: value})


@KINDS
@pytest.mark.parametrize("option", ["padding", "ceil_mode", "dilation"])
def test_an_option_of_pytorchs_that_is_not_there_is_named(kind, option):
    sentence = f"{option} must be left out, got 1; a pooling layer here has only size and stride"
    with pytest.raises(TypeError, match=sentence):
        kind(2, **{option: 1})
    assert str(inspect.signature(kind)) == "(size: int, stride: int | None = None) -> None"


@KINDS
def test_pytorchs_name_for_the_size_is_not_taken_for_a_size_that_is_missing(kind):
    with pytest.raises(TypeError, match="kernel_size must be left out, got 2; a pooling layer"):
        kind(kernel_size=2)
