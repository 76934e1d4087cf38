import numpy as np
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from layer_cases import spaced

from course.gradcheck import check_gradients
from course.nn import ReLU

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def test_what_is_negative_becomes_0_and_the_gradient_follows():
    layer = ReLU()
    assert layer.forward([-2.0, -0.5, 0.5, 3.0]).tolist() == [0, 0, 0.5, 3]
    assert layer.backward([10.0, 20.0, 30.0, 40.0]).tolist() == [0, 0, 30, 40]


def test_at_0_the_gradient_is_0_as_in_pytorch(torch):
    layer, x = ReLU(), np.array([0.0, -0.0, 1e-300, -1e-300])
    assert layer.forward(x).tolist() == [0, 0, 1e-300, 0]
    assert layer.backward(np.ones(4)).tolist() == [0, 0, 1, 0]
    other = torch.tensor(x, requires_grad=True)
    torch.relu(other).backward(torch.ones(4, dtype=torch.float64))
    np.testing.assert_array_equal(layer.backward(np.ones(4)), other.grad)


@settings(max_examples=25)
@given(shape=SHAPES)
def test_pytorch_gives_the_same_output_and_gradient(torch, shape):
    layer, x, dy = ReLU(), spaced(shape), spaced(shape, seed=1)
    other = torch.tensor(x, requires_grad=True)
    other_y = torch.relu(other)
    other_y.backward(torch.tensor(dy))
    np.testing.assert_array_equal(layer.forward(x), other_y.detach(), strict=True)
    np.testing.assert_array_equal(layer.backward(dy), other.grad, strict=True)


@settings(max_examples=25)
@given(shape=SHAPES)
def test_the_gradient_agrees_with_central_differences(shape):
    assert check_gradients(ReLU(), spaced(shape))["dx"] < 1e-9


def test_a_nan_stays_a_nan_and_its_gradient_is_0():
    layer = ReLU()
    np.testing.assert_array_equal(layer.forward([np.nan, np.inf, -np.inf]), [np.nan, np.inf, 0])
    assert layer.backward([1.0, 2.0, 3.0]).tolist() == [0, 2, 0]
