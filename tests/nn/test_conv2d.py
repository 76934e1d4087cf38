from copy import deepcopy

import numpy as np
import pytest

from course.convolution import (
    conv_backward_bias,
    conv_backward_input_scatter,
    conv_backward_weights_loops,
    conv_forward,
    conv_forward_loops,
)
from course.gradcheck import check_gradients, numerical_gradient
from course.nn import Conv2d

SETTINGS = pytest.mark.parametrize(
    ("kernel_size", "stride", "padding"),
    [
        ((kh, kw), stride, padding)
        for kh, kw in [(1, 2), (3, 2)]
        for stride in (1, 2, 3)
        for padding in (0, 1, 2)
    ],
)


def random(*shape):
    return np.random.default_rng(shape).standard_normal(shape)


def layer_of(kernel_size=(2, 3), stride=2, padding=1):
    """2 channels in, 4 out, and a bias that is not zero."""
    layer = Conv2d(2, 4, kernel_size, stride, padding, rng=1)
    layer.b = random(4)
    return layer


def worked(layer, x):
    """The layer after forward and a random backward, with dy and dx."""
    dy = random(*layer.forward(x).shape)
    return dy, layer.backward(dy)


# forward and backward


@SETTINGS
def test_forward_and_backward_are_the_functions_of_the_course(kernel_size, stride, padding):
    layer, x = layer_of(kernel_size, stride, padding), random(3, 2, 5, 7)
    y = layer.forward(x)
    expected = conv_forward_loops(x, layer.w, layer.b, stride, padding)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12, strict=True)
    dy, dx = worked(layer, x)
    expected = {
        "dx": conv_backward_input_scatter(dy, layer.w, x.shape, stride, padding),
        "dw": conv_backward_weights_loops(dy, x, kernel_size, stride, padding),
        "db": conv_backward_bias(dy),
    }
    for name, got in {"dx": dx, "dw": layer.dw, "db": layer.db}.items():
        np.testing.assert_allclose(got, expected[name], rtol=0, atol=1e-10, strict=True)


@SETTINGS
def test_pytorchs_layer_gives_the_same_output_and_gradients(torch, kernel_size, stride, padding):
    layer, x = layer_of(kernel_size, stride, padding), random(3, 2, 5, 7)
    other = torch.nn.Conv2d(2, 4, kernel_size, stride, padding, dtype=torch.float64)
    with torch.no_grad():
        other.weight[...], other.bias[...] = torch.tensor(layer.w), torch.tensor(layer.b)
    other_x = torch.tensor(x, requires_grad=True)
    other_y = other(other_x)
    np.testing.assert_allclose(layer.forward(x), other_y.detach(), rtol=0, atol=1e-10)
    dy, dx = worked(layer, x)
    other_y.backward(torch.tensor(dy))
    np.testing.assert_allclose(dx, other_x.grad, rtol=0, atol=1e-10)
    np.testing.assert_allclose(layer.dw, other.weight.grad, rtol=0, atol=1e-10)
    np.testing.assert_allclose(layer.db, other.bias.grad, rtol=0, atol=1e-10)


@SETTINGS
def test_every_gradient_agrees_with_central_differences(kernel_size, stride, padding):
    errors = check_gradients(layer_of(kernel_size, stride, padding), random(3, 2, 4, 5))
    assert list(errors) == ["dx", "dw", "db"]
    assert max(errors.values()) < 1e-8


def test_the_layer_example_has_its_shapes_and_gradients():
    layer, x = Conv2d(3, 4, 3, stride=1, padding=1, rng=1), random(2, 3, 5, 5)
    layer.b = random(4)
    y = layer.forward(x)
    dy, dx = worked(layer, x)
    assert (layer.w.shape, layer.b.shape) == ((4, 3, 3, 3), (4,))
    assert y.shape == (2, 4, 5, 5)
    assert (dx.shape, layer.dw.shape, layer.db.shape) == (x.shape, (4, 3, 3, 3), (4,))

    def loss(x, w, b):
        return np.sum(conv_forward(x, w, b, stride=1, padding=1) * dy)

    w, b = layer.w, layer.b
    numerical = {
        "dx": numerical_gradient(lambda x: loss(x, w, b), x, step=1e-5),
        "dw": numerical_gradient(lambda w: loss(x, w, b), w, step=1e-5),
        "db": numerical_gradient(lambda b: loss(x, w, b), b, step=1e-5),
    }
    for name, got in {"dx": dx, "dw": layer.dw, "db": layer.db}.items():
        np.testing.assert_allclose(got, numerical[name], rtol=0, atol=1e-8, strict=True)


def test_a_single_kernel_size_stands_for_both_sides():
    assert Conv2d(2, 4, 3).w.shape == Conv2d(2, 4, [3, 3]).w.shape == (4, 2, 3, 3)
    assert Conv2d(2, 4, np.int8(3)).w.shape == (4, 2, 3, 3)


def test_without_settings_the_stride_is_1_and_the_padding_0():
    layer = Conv2d(1, 1, 2)
    assert (layer.stride, layer.padding) == (1, 0)
    assert layer.forward(np.ones((1, 1, 4, 5))).shape == (1, 1, 3, 4)


def test_x_may_be_lists_and_integers():
    layer, x = Conv2d(1, 1, (1, 2)), [[[[1, 2, 3]]]]
    layer.w, layer.b = np.array([[[[10, 1]]]]), np.array([5])
    assert layer.forward(x).tolist() == [[[[17, 28]]]]
    assert layer.backward([[[[1, 2]]]]).tolist() == [[[[10, 21, 2]]]]
    assert layer.dw.tolist() == [[[[5, 8]]]]
    assert layer.db.tolist() == [3]


# what the layer remembers


def test_backward_before_forward_says_what_to_do():
    layer = layer_of()
    with pytest.raises(RuntimeError, match="call forward first"):
        layer.backward(random(1, 4, 2, 2))
    assert layer.dw is layer.db is None


def test_a_forward_that_fails_is_no_forward():
    layer = layer_of()
    with pytest.raises(ValueError, match="x must have the axes"):
        layer.forward(np.ones((2, 5, 7)))
    with pytest.raises(RuntimeError, match="call forward first"):
        layer.backward(random(1, 4, 2, 2))


def test_the_layer_holds_its_parameters_their_gradients_and_x_and_nothing_beyond():
    layer, x = layer_of(), random(3, 2, 5, 7)
    names = {"w", "b", "dw", "db", "stride", "padding", "x"}
    assert set(vars(layer)) == names
    worked(layer, x)
    assert set(vars(layer)) == names
    assert layer.x is x
    arrays = [value.size for value in vars(layer).values() if isinstance(value, np.ndarray)]
    assert sum(arrays) == x.size + 2 * (layer.w.size + layer.b.size)


def test_backward_uses_the_input_of_the_last_forward():
    layer, first, second = layer_of(), random(3, 2, 5, 7), random(1, 2, 4, 6)
    layer.forward(first)
    dy, dx = worked(layer, second)
    assert dx.shape == second.shape
    expected = conv_backward_weights_loops(dy, second, (2, 3), 2, 1)
    np.testing.assert_allclose(layer.dw, expected, rtol=0, atol=1e-12)


def test_x_changed_in_place_before_backward_is_what_dw_sees():
    layer, x = layer_of(), random(3, 2, 5, 7)
    dy = random(*layer.forward(x).shape)
    x *= 2
    layer.backward(dy)
    expected = conv_backward_weights_loops(dy, x, (2, 3), 2, 1)
    np.testing.assert_allclose(layer.dw, expected, rtol=0, atol=1e-12)


def test_backward_makes_new_gradients_and_adds_nothing_up():
    layer, x = layer_of(), random(3, 2, 5, 7)
    dy, dx = worked(layer, x)
    dw, db = layer.dw, layer.db
    before = [dx.copy(), dw.copy(), db.copy()]
    again = layer.backward(dy)
    for new, old, copy in zip((again, layer.dw, layer.db), (dx, dw, db), before, strict=True):
        assert not np.shares_memory(new, old)
        np.testing.assert_array_equal(new, copy)
        np.testing.assert_array_equal(old, copy)


def test_neither_forward_nor_backward_changes_parameters_or_what_they_are_given():
    layer, x = layer_of(), random(3, 2, 5, 7)
    w, b, dy = layer.w, layer.b, random(*layer.forward(x).shape)
    for array in (x, w, b, dy):
        array.flags.writeable = False
    layer.forward(x)
    dx = layer.backward(dy)
    assert layer.w is w
    assert layer.b is b
    for result in (dx, layer.dw, layer.db):
        assert not any(np.shares_memory(result, array) for array in (x, w, b, dy))


def test_weights_assigned_by_hand_are_used_in_both_directions():
    layer, x = layer_of(stride=1, padding=0), random(3, 2, 5, 7)
    layer.w, layer.b = random(4, 2, 2, 3), random(4) + 1
    expected = conv_forward(x, layer.w, layer.b)
    np.testing.assert_allclose(layer.forward(x), expected, rtol=0, atol=1e-12)
    dy, dx = worked(layer, x)
    expected = conv_backward_input_scatter(dy, layer.w, x.shape)
    np.testing.assert_allclose(dx, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_output_and_gradients_have_the_dtype_of_x_and_dy(dtype):
    exact, layer, x = layer_of(), layer_of(), random(3, 2, 5, 7)
    dy, exact_dx = worked(exact, x)
    layer.w, layer.b = layer.w.astype(dtype), layer.b.astype(dtype)
    y, dx = layer.forward(x.astype(dtype)), layer.backward(dy.astype(dtype))
    tolerance = 100 * np.finfo(dtype).eps
    pairs = [(y, exact.forward(x)), (dx, exact_dx), (layer.dw, exact.dw), (layer.db, exact.db)]
    for got, expected in pairs:
        assert got.dtype == dtype
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance)
    assert (layer.w.dtype, layer.b.dtype) == (dtype, dtype)


@pytest.mark.parametrize(
    "shape", [(2, 4, 3, 4), (3, 4, 4, 3), (3, 5, 3, 4), (3, 1, 3, 4), (3, 4, 3), (3, 4, 4, 4)]
)
def test_dy_of_another_shape_than_the_output_is_refused_and_the_gradients_stay(shape):
    layer, x = layer_of(), random(3, 2, 5, 7)
    dy, _ = worked(layer, x)
    assert dy.shape == (3, 4, 3, 4)
    dw, db = layer.dw, layer.db
    with pytest.raises(ValueError, match="dy"):
        layer.backward(random(*shape))
    assert layer.dw is dw
    assert layer.db is db


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 5, 7), r"^x must have the axes \(N, C, H, W\), got 3 axes"),
        ((3, 4, 5, 7), r"^w.shape\[1\], the channels of w, must equal x.shape\[1\] = 4, got 2"),
        ((3, 2, 5, 0), "^x must not be empty"),
    ],
)
def test_x_that_does_not_fit_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        layer_of().forward(np.ones(shape))


def test_an_image_smaller_than_the_kernel_is_refused():
    with pytest.raises(ValueError, match=r"^kernel must fit into the padded input: kernel = 3"):
        Conv2d(2, 4, 3).forward(np.ones((1, 2, 5, 2)))


# the first weights


def test_the_first_weights_are_those_of_the_generator_or_seed_and_the_biases_zero():
    layer = Conv2d(2, 4, (3, 5), rng=np.random.default_rng(8))
    np.testing.assert_array_equal(layer.w, Conv2d(2, 4, (3, 5), rng=8).w)
    assert not np.array_equal(layer.w, Conv2d(2, 4, (3, 5), rng=9).w)
    assert layer.b.tolist() == [0] * 4
    assert layer.w.dtype == layer.b.dtype == np.float64
    np.testing.assert_array_equal(Conv2d(1, 1, 2, rng=0).w, Conv2d(1, 1, 2, rng=0).w)


def test_one_generator_gives_two_layers_different_weights():
    rng = np.random.default_rng(8)
    assert not np.array_equal(Conv2d(2, 4, 3, rng=rng).w, Conv2d(2, 4, 3, rng=rng).w)
    assert not np.array_equal(Conv2d(2, 4, 3).w, Conv2d(2, 4, 3).w)


@pytest.mark.parametrize(("channels", "kernel_size"), [(1, (3, 5)), (16, (3, 3)), (4, (1, 2))])
def test_the_first_weights_are_normal_and_of_the_scale_of_he(channels, kernel_size):
    weights = Conv2d(channels, 4000, kernel_size, rng=3).w
    deviation = np.sqrt(2 / (channels * np.prod(kernel_size)))
    assert np.std(weights) == pytest.approx(deviation, rel=0.02)
    assert np.mean(weights) == pytest.approx(0, abs=0.02 * deviation)
    assert np.mean(np.abs(weights) < deviation) == pytest.approx(0.6827, abs=0.01)


def test_filters_that_start_at_the_scale_of_he_keep_the_size_of_relus_output():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((4, 8, 20, 20))
    size = np.mean(x**2)
    for _ in range(5):
        x = np.maximum(Conv2d(8, 8, 3, padding=1, rng=rng).forward(x), 0)
    assert 0.1 * size < np.mean(x**2) < 10 * size


GOOD = {"in_channels": 2, "out_channels": 4, "kernel_size": (2, 3), "stride": 1, "padding": 0}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        *[
            (name, value, f"^{name} must be an integer of at least {least}, got ")
            for name, least in [
                ("in_channels", 1),
                ("out_channels", 1),
                ("stride", 1),
                ("padding", 0),
            ]
            for value in (least - 1, 1.0, True, "1", None, (1, 1))
        ],
        *[
            ("kernel_size", value, r"^kernel_size(\[\d\])? must be ")
            for value in (0, (0, 3), (3, 0), 2.0, (2, 3.0), True, None, "3", (2,), (2, 3, 4), ())
        ],
    ],
)
def test_bad_arguments_are_named(name, value, message):
    with pytest.raises(ValueError, match=message):
        Conv2d(**GOOD | {name: value})


# in a network


class Chain:
    """Two layers, one behind the other, as one layer with the parameters of both."""

    parameters = ("w1", "b1", "w2", "b2")

    def __init__(self, first, second):
        self.first, self.second = first, second
        self.w1, self.b1, self.w2, self.b2 = first.w, first.b, second.w, second.b

    def forward(self, x):
        self.first.w, self.first.b = self.w1, self.b1
        self.second.w, self.second.b = self.w2, self.b2
        return self.second.forward(self.first.forward(x))

    def backward(self, dy):
        dx = self.first.backward(self.second.backward(dy))
        self.dw1, self.db1 = self.first.dw, self.first.db
        self.dw2, self.db2 = self.second.dw, self.second.db
        return dx


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 0), (2, 1), (3, 2)])
def test_two_layers_one_behind_the_other_pass_the_gradient_check(stride, padding):
    second = Conv2d(4, 3, (2, 1), stride=1, padding=1, rng=2)
    chain = Chain(layer_of((2, 3), stride, padding), second)
    errors = check_gradients(chain, random(2, 2, 5, 6))
    assert list(errors) == ["dx", "dw1", "db1", "dw2", "db2"]
    assert max(errors.values()) < 1e-8


def test_steps_down_the_gradient_lower_a_loss_to_nothing():
    x, teacher, layer = random(3, 2, 5, 7), layer_of(), Conv2d(2, 4, (2, 3), 2, 1, rng=7)
    target, losses = teacher.forward(x), []
    for _ in range(300):
        difference = layer.forward(x) - target
        losses.append(np.mean(difference**2))
        layer.backward(2 * difference / difference.size)
        layer.w, layer.b = layer.w - layer.dw, layer.b - layer.db
    assert all(np.diff(losses) < 0)
    assert losses[-1] < 1e-3 * losses[0]


def test_the_drop_of_the_loss_in_a_small_step_is_what_the_gradient_promises():
    layer, x = layer_of(), random(3, 2, 5, 7)
    dy, _ = worked(layer, x)
    before, rate = np.sum(layer.forward(x) * dy), 1e-6
    layer.w, layer.b = layer.w - rate * layer.dw, layer.b - rate * layer.db
    drop = before - np.sum(layer.forward(x) * dy)
    assert drop == pytest.approx(rate * (np.sum(layer.dw**2) + np.sum(layer.db**2)), rel=1e-6)


def test_a_copy_of_a_layer_goes_its_own_way():
    layer, x = layer_of(), random(3, 2, 5, 7)
    dy, _ = worked(layer, x)
    dw = layer.dw.copy()
    other = deepcopy(layer)
    other.w += 1
    other.backward(2 * dy)
    np.testing.assert_array_equal(layer.dw, dw)
