import re

import numpy as np
import pytest
from layer_cases import random

from course.gradcheck import GradientError, check_gradients, owner
from course.nn import (
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
)


def network():
    rng = np.random.default_rng(4)
    return Sequential(
        Conv2d(2, 3, (2, 3), stride=1, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(3, 4, 2, rng=rng),
        ReLU(),
        AvgPool2d(2, stride=1),
        Flatten(),
        Linear(4, 5, rng=rng),
    )


NAMES = ("0.w", "0.b", "3.w", "3.b", "7.w", "7.b")


def test_the_layers_work_one_behind_the_other_and_backward_the_other_way():
    model, x = network(), random(2, 2, 6, 7)
    y = x
    for layer in network().layers:
        y = layer.forward(y)
    np.testing.assert_array_equal(model.forward(x), y)
    assert y.shape == (2, 5)
    dy = random(2, 5)
    dx = model.backward(dy)
    layers = network().layers
    for layer in layers:
        x = layer.forward(x)
    for layer in layers[::-1]:
        dy = layer.backward(dy)
    np.testing.assert_array_equal(dx, dy)
    for name in NAMES:
        number, attribute = name.split(".")
        got, expected = (getattr(m[int(number)], f"d{attribute}") for m in (model.layers, layers))
        np.testing.assert_array_equal(got, expected)


def test_every_gradient_of_a_network_agrees_with_central_differences():
    errors = check_gradients(network(), random(2, 2, 6, 7))
    assert list(errors) == ["dx", *(name.replace(".", ".d") for name in NAMES)]
    assert max(errors.values()) < 1e-8


def test_the_parameters_are_named_by_the_number_of_their_layer():
    model = network()
    assert model.parameters == NAMES
    assert Sequential(ReLU()).parameters == ()
    for name, array in zip(
        NAMES,
        [a for k in (0, 3, 7) for a in (model.layers[k].w, model.layers[k].b)],
        strict=True,
    ):
        layer, attribute = owner(model, name)
        assert getattr(layer, attribute) is array


def test_networks_can_hold_networks():
    inner = Sequential(ReLU(), Linear(4, 3, rng=1))
    model = Sequential(Linear(5, 4, rng=2), inner)
    assert model.parameters == ("0.w", "0.b", "1.1.w", "1.1.b")
    assert owner(model, "1.1.b") == (inner.layers[1], "b")
    errors = check_gradients(model, random(3, 5))
    assert list(errors) == ["dx", "0.dw", "0.db", "1.1.dw", "1.1.db"]
    assert max(errors.values()) < 1e-8


def test_a_network_without_layers_changes_nothing():
    model = Sequential()
    assert model.parameters == ()
    assert model.forward(3.0) == model.backward(3.0) == 3


def test_the_layers_are_those_that_were_given():
    layers = (ReLU(), Flatten(), Linear(3, 2))
    assert Sequential(*layers).layers == layers


def test_a_wrong_gradient_inside_a_network_is_named_with_its_layer():
    class Wrong(Linear):
        def backward(self, dy):
            dx = super().backward(dy)
            self.db = 2 * self.db
            return dx

    model = Sequential(Linear(5, 4, rng=1), ReLU(), Wrong(4, 3, rng=2))
    with pytest.raises(GradientError, match=r"^2\.db is wrong, most of all at \[\d\]"):
        check_gradients(model, random(2, 5))


@pytest.mark.parametrize(
    "wrong",
    [ReLU, [ReLU(), Flatten()], None, "ReLU", SoftmaxCrossEntropy()],
    ids=["a class", "a list", "None", "a name", "a loss"],
)
def test_what_is_no_layer_is_refused(wrong):
    words = re.escape(f"layers[1] must be a layer, such as ReLU(), got {wrong!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        Sequential(Flatten(), wrong)


def test_one_layer_cannot_stand_in_two_places():
    relu = ReLU()
    words = re.escape("layers[2] must be a layer of its own, got the same ReLU a second time")
    with pytest.raises(ValueError, match=f"^{words}$"):
        Sequential(relu, Flatten(), relu)
