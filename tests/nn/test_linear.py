import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import random

from course.gradcheck import check_gradients
from course.nn import Linear, he_normal

SIZES = st.permutations([1, 2, 3, 4, 5]).map(lambda sizes: sizes[:3])


def layer_of(in_features=6, out_features=4):
    """A layer with a bias that is not zero."""
    layer = Linear(in_features, out_features, rng=1)
    layer.b = random(out_features)
    return layer


def test_every_output_is_a_weighted_sum_of_all_inputs_and_a_bias():
    layer = Linear(3, 2)
    layer.w, layer.b = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([10.0, 20.0])
    assert layer.forward([[1, 0, 0], [1, 1, 2]]).tolist() == [[11, 24], [19, 41]]
    assert layer.backward([[1, 0], [0, 2]]).tolist() == [[1, 2, 3], [8, 10, 12]]
    assert layer.dw.tolist() == [[1, 0, 0], [2, 2, 4]]
    assert layer.db.tolist() == [1, 2]


@settings(max_examples=25)
@given(sizes=SIZES)
def test_pytorchs_layer_gives_the_same_output_and_gradients(torch, sizes):
    N, rows, columns = sizes
    layer, x = layer_of(columns, rows), random(N, columns)
    other = torch.nn.Linear(columns, rows, dtype=torch.float64)
    with torch.no_grad():
        other.weight[...], other.bias[...] = torch.tensor(layer.w), torch.tensor(layer.b)
    other_x = torch.tensor(x, requires_grad=True)
    other_y = other(other_x)
    y = layer.forward(x)
    dy = random(*y.shape)
    other_y.backward(torch.tensor(dy))
    pairs = [
        (y, other_y.detach()),
        (layer.backward(dy), other_x.grad),
        (layer.dw, other.weight.grad),
        (layer.db, other.bias.grad),
    ]
    for got, expected in pairs:
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12, strict=True)


@settings(max_examples=25)
@given(sizes=SIZES)
def test_every_gradient_agrees_with_central_differences(sizes):
    N, rows, columns = sizes
    errors = check_gradients(layer_of(columns, rows), random(N, columns))
    assert list(errors) == ["dx", "dw", "db"]
    assert max(errors.values()) < 1e-8


def test_the_first_weights_are_those_of_he_and_the_biases_zero():
    layer = Linear(5, 3, rng=8)
    np.testing.assert_array_equal(layer.w, he_normal(8, (3, 5)), strict=True)
    np.testing.assert_array_equal(layer.b, np.zeros(3), strict=True)
    assert layer.dw is layer.db is layer.x is None
    same = Linear(5, 3, np.random.default_rng(8))
    np.testing.assert_array_equal(same.w, layer.w)
    assert not np.array_equal(Linear(5, 3).w, Linear(5, 3).w)


def test_x_changed_in_place_before_backward_is_what_dw_sees():
    layer, x = layer_of(), random(3, 6)
    dy = random(*layer.forward(x).shape)
    x *= 2
    layer.backward(dy)
    np.testing.assert_allclose(layer.dw, np.einsum("no,ni->oi", dy, x), rtol=0, atol=1e-12)


def test_weights_assigned_by_hand_are_used_in_both_directions():
    layer, x, dy = layer_of(), random(3, 6), random(3, 4)
    layer.w, layer.b = random(4, 6) + 1, random(4) + 1
    expected = np.einsum("ni,oi->no", x, layer.w) + layer.b
    np.testing.assert_allclose(layer.forward(x), expected, rtol=0, atol=1e-12)
    expected = np.einsum("no,oi->ni", dy, layer.w)
    np.testing.assert_allclose(layer.backward(dy), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3, 5), "x.shape[1] must equal in_features = 6, got 5"),
        ((3, 2, 3), "x must have the axes (N, in_features), got 3 axes: shape (3, 2, 3)"),
        ((6,), "x must have the axes (N, in_features), got 1 axes: shape (6,)"),
    ],
)
def test_x_that_does_not_fit_is_refused(shape, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        layer_of().forward(np.ones(shape))


def test_biases_that_do_not_fit_the_weights_are_refused():
    layer = layer_of()
    layer.b = np.zeros(1)
    words = re.escape("b.shape[0] must equal out_features = 4, got 1")
    with pytest.raises(ValueError, match=f"^{words}$"):
        layer.forward(np.ones((3, 6)))


@pytest.mark.parametrize("name", ["in_features", "out_features"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True, "2", None])
def test_bad_arguments_are_named(name, value):
    words = re.escape(f"{name} must be an integer of at least 1, got {value!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        Linear(**{"in_features": 2, "out_features": 3, name: value})
