"""What every layer keeps to; what each computes is tested in a file of its own."""

import re

import numpy as np
import pytest
from layer_cases import random, spaced

from course import nn
from course.gradcheck import check_gradients
from course.nn import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

IMAGES = (3, 2, 5, 7)
LAYERS = {
    "ReLU": (lambda: ReLU(), IMAGES),
    "MaxPool2d": (lambda: MaxPool2d(2), IMAGES),
    "MaxPool2d that overlaps": (lambda: MaxPool2d(3, stride=1), IMAGES),
    "AvgPool2d": (lambda: AvgPool2d(2), IMAGES),
    "Flatten": (lambda: Flatten(), IMAGES),
    "Linear": (lambda: Linear(6, 4, rng=1), (3, 6)),
    "Sequential": (
        lambda: Sequential(Conv2d(2, 3, (2, 3), rng=1), ReLU(), Flatten(), Linear(60, 2, rng=2)),
        IMAGES,
    ),
}
REMEMBERED = {
    "ReLU": {"positive"},
    "MaxPool2d": {"x", "y"},
    "MaxPool2d that overlaps": {"x", "y"},
    "AvgPool2d": {"x_shape"},
    "Flatten": {"x_shape"},
    "Linear": {"x"},
}


@pytest.fixture(params=LAYERS)
def case(request):
    """A layer, and an input for it."""
    make, shape = LAYERS[request.param]
    return make(), spaced(shape)


def gradients(layer):
    inner = getattr(layer, "layers", [layer])
    return [getattr(one, f"d{name}") for one in inner for name in one.parameters]


def parameters(layer):
    inner = getattr(layer, "layers", [layer])
    return [getattr(one, name) for one in inner for name in one.parameters]


def test_every_gradient_agrees_with_central_differences(case):
    assert max(check_gradients(*case).values()) < 1e-8


def test_backward_before_forward_says_what_to_do(case):
    layer, _ = case
    with pytest.raises(RuntimeError, match="needs the input that forward has seen: call"):
        layer.backward(np.ones((3, 2)))
    assert all(gradient is None for gradient in gradients(layer))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_output_and_gradients_have_the_dtype_of_x_and_dy(case, dtype):
    layer, x = case
    exact = layer.forward(x)
    dy = random(*exact.shape)
    exact_dx = layer.backward(dy)
    exact_gradients = [exact_dx, *gradients(layer)]
    y = layer.forward(x.astype(dtype))
    results = [layer.backward(dy.astype(dtype)), *gradients(layer)]
    for got, expected in zip([y, *results], [exact, *exact_gradients], strict=True):
        assert got.dtype == dtype
        limit = 20 * np.finfo(dtype).eps * max(1, np.max(np.abs(expected)))
        np.testing.assert_allclose(got, expected, rtol=0, atol=limit)
    assert all(array.dtype == np.float64 for array in parameters(layer))


def test_gradients_have_the_dtype_of_dy_though_x_has_another(case):
    layer, x = case
    dy = random(*layer.forward(x).shape).astype(np.float32)
    assert layer.backward(dy).dtype == np.float32
    assert all(gradient.dtype == np.float32 for gradient in gradients(layer))


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
def test_integers_count_as_float64(case, dtype):
    layer, x = case
    x = np.abs(x).astype(dtype)
    y = layer.forward(x)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, layer.forward(x.astype(np.float64)))
    assert layer.backward(np.ones(y.shape, dtype)).dtype == np.float64


def test_lists_are_taken_as_arrays(case):
    layer, x = case
    y = layer.forward(x)
    dx = layer.backward(y)
    np.testing.assert_array_equal(layer.forward(x.tolist()), y)
    np.testing.assert_array_equal(layer.backward(y.tolist()), dx)


def test_neither_forward_nor_backward_changes_parameters_or_what_they_are_given(case):
    layer, x = case
    dy = random(*layer.forward(x).shape)
    arrays = [x, dy, *parameters(layer)]
    for array in arrays:
        array.flags.writeable = False
    layer.forward(x)
    layer.backward(dy)
    for before, after in zip(arrays[2:], parameters(layer), strict=True):
        assert before is after


def test_results_share_no_memory_with_what_was_given_but_for_flatten(case):
    layer, x = case
    y = layer.forward(x)
    dy = random(*y.shape)
    dx = layer.backward(dy)
    shared = isinstance(layer, Flatten)
    assert np.shares_memory(y, x) == np.shares_memory(dx, dy) == shared
    for gradient in gradients(layer):
        assert not any(np.shares_memory(gradient, array) for array in (x, dy, *parameters(layer)))


def test_backward_makes_new_gradients_and_adds_nothing_up(case):
    layer, x = case
    dy = random(*layer.forward(x).shape)
    before = [layer.backward(dy), *gradients(layer)]
    copies = [array.copy() for array in before]
    after = [layer.backward(dy), *gradients(layer)]
    for old, copy, new in zip(before, copies, after, strict=True):
        np.testing.assert_array_equal(new, copy)
        np.testing.assert_array_equal(old, copy)
        assert new is not old


def test_backward_belongs_to_the_last_forward(case):
    layer, x = case
    layer.forward(spaced((5, *x.shape[1:]), seed=8))
    dy = random(*layer.forward(x).shape)
    expected = [layer.backward(dy), *gradients(layer)]
    layer.forward(spaced((5, *x.shape[1:]), seed=8))
    layer.forward(x)
    for got, right in zip([layer.backward(dy), *gradients(layer)], expected, strict=True):
        np.testing.assert_array_equal(got, right)


@pytest.mark.parametrize("name", REMEMBERED)
def test_a_layer_holds_what_backward_needs_and_nothing_beyond(name):
    make, shape = LAYERS[name]
    layer, x = make(), spaced(shape)
    y = layer.forward(x)
    layer.backward(y)
    settings = {"size", "stride"} & set(vars(layer))
    arrays = {entry for name in layer.parameters for entry in (name, f"d{name}")}
    assert set(vars(layer)) == REMEMBERED[name] | settings | arrays
    for attribute, value in {"x": x, "y": y}.items():
        assert getattr(layer, attribute, value) is value
    assert getattr(layer, "x_shape", shape) == shape


def test_dy_of_another_shape_than_the_output_is_refused_and_the_gradients_stay(case):
    layer, x = case
    y = layer.forward(x)
    layer.backward(y)
    before = gradients(layer)
    for shape in [(4, *y.shape[1:]), (*y.shape[:-1], 1), y.shape[:-1], (1, *y.shape), ()]:
        right = re.escape(f"dy must have the shape of the output, {y.shape}, got {shape}")
        with pytest.raises(ValueError, match=f"^{right}$"):
            layer.backward(np.ones(shape))
    for old, new in zip(before, gradients(layer), strict=True):
        assert old is new


def test_dy_without_real_numbers_is_refused(case):
    layer, x = case
    y = layer.forward(x)
    for dy, words in [(y * 1j, "complex128"), (y.astype(str), "<U"), (None, "object")]:
        with pytest.raises(ValueError, match=f"^dy must hold real numbers, got dtype {words}"):
            layer.backward(dy)


def test_an_empty_batch_is_refused_and_the_layer_stays_as_it_was(case):
    layer, x = case
    layer.backward(layer.forward(x))
    dy = random(*layer.forward(x).shape)
    dx = layer.backward(dy)
    words = re.escape(f"x must not be empty, got shape {(0, *x.shape[1:])}")
    with pytest.raises(ValueError, match=f"^{words}"):
        layer.forward(x[:0])
    np.testing.assert_array_equal(layer.backward(dy), dx)


def test_x_without_real_numbers_is_refused(case):
    layer, x = case
    for wrong, words in [(x * 1j, "complex128"), (x.astype(str), "<U"), (None, "object")]:
        with pytest.raises(ValueError, match=r"^x must ") as error:
            layer.forward(wrong)
        assert words in str(error.value)


def test_a_nan_reaches_the_output_of_its_image_and_no_other(case):
    layer, x = case
    x[1].flat[0] = np.nan
    y = layer.forward(x)
    assert np.isnan(y[1]).any()
    assert not np.isnan(y[[0, 2]]).any()
    dx = layer.backward(np.ones(y.shape))
    assert not np.isnan(dx[[0, 2]]).any()


WRITTEN = [
    "Conv2d(3, 8, kernel_size=3, stride=2, padding=1)",
    "Conv2d(1, 4, kernel_size=(2, 5), stride=1, padding=0)",
    "Linear(6, 4)",
    "ReLU()",
    "Flatten()",
    "MaxPool2d(2, stride=2)",
    "AvgPool2d(3, stride=1)",
    "SoftmaxCrossEntropy()",
    "Sequential(\n  (0): Flatten()\n  (1): Sequential(\n    (0): ReLU()\n  )\n)",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_layer_shows_what_it_was_made_with(written):
    code = re.sub(r"\(\d\): ", "", written).replace(")\n", "),\n")
    made = eval(code, vars(nn))
    assert repr(made) == written


def test_every_layer_shows_what_it_was_made_with():
    layers = {name for name, thing in vars(nn).items() if hasattr(thing, "backward")}
    assert layers == {
        name for written in WRITTEN for name in re.findall(r"[A-Z]\w+(?=\()", written)
    }
    assert all(repr(make()).startswith(name.split()[0]) for name, (make, _) in LAYERS.items())
