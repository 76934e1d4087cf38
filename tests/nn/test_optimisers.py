import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import random

from course.gradcheck import owner
from course.nn import SGD, Adam, Linear, ReLU, Sequential, sgd_momentum

RATES = st.floats(1e-4, 0.1)
FRACTIONS = st.floats(0, 0.99)
OPTIMISERS = pytest.mark.parametrize(
    "make", [lambda model: SGD(model, 0.1, momentum=0.9), Adam], ids=["SGD", "Adam"]
)


def network():
    return Sequential(Linear(6, 4, rng=1), ReLU(), Linear(4, 3, rng=2))


def worked(model, seed=0):
    """The model after forward and backward of random numbers."""
    rng = np.random.default_rng(seed)
    model.backward(rng.standard_normal(model.forward(rng.standard_normal((5, 6))).shape))
    return model


def parameters(model):
    return [model.layers[0].w, model.layers[0].b, model.layers[2].w, model.layers[2].b]


def gradients(model):
    return [model.layers[0].dw, model.layers[0].db, model.layers[2].dw, model.layers[2].db]


def steps_beside(torch, optimiser, model, make_other, steps=5):
    """Take the same steps with PyTorch's optimiser of the same gradients; compare after each.

    The gradients are of one size, 0.1 to 1: where Adam divides by one that is nearly 0 after
    larger ones, both round differently.
    """
    tensors = [torch.nn.Parameter(torch.tensor(array)) for array in parameters(model)]
    other, rng = make_other(tensors), np.random.default_rng(5)
    for _ in range(steps):
        for name, tensor in zip(model.parameters, tensors, strict=True):
            dw = rng.uniform(0.1, 1, tensor.shape) * rng.choice([-1, 1], tensor.shape)
            layer, attribute = owner(model, name)
            setattr(layer, f"d{attribute}", dw)
            tensor.grad = torch.tensor(dw)
        optimiser.step()
        other.step()
        for got, tensor in zip(parameters(model), tensors, strict=True):
            np.testing.assert_allclose(got, tensor.detach(), rtol=0, atol=1e-11, strict=True)


# sgd_momentum


def test_two_steps_by_hand():
    w, velocity = sgd_momentum([1.0, 2.0], [10.0, -10.0], [0.0, 0.0], 0.1)
    assert velocity.tolist() == [10, -10]
    assert w.tolist() == [0, 3]
    w, velocity = sgd_momentum(w, [1.0, 1.0], velocity, 0.5, momentum=0.5)
    assert velocity.tolist() == [6, -4]
    assert w.tolist() == [-3, 5]


def test_without_a_word_the_momentum_is_0_9():
    _, velocity = sgd_momentum([0.0], [0.0], [10.0], 0.1)
    assert velocity.tolist() == [9]


def test_nothing_that_is_given_changes_and_the_results_are_new():
    given_arrays = [random(2, 3), random(3, 2).T, np.ones((2, 3))]
    for array in given_arrays:
        array.flags.writeable = False
    for new in sgd_momentum(*given_arrays, 0.0, momentum=0.0):
        assert not any(np.shares_memory(new, array) for array in given_arrays)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_results_have_the_dtype_of_w(dtype):
    w = random(2, 3).astype(dtype)
    for new in sgd_momentum(w, random(2, 3), np.zeros((2, 3)), np.float64(0.1), np.float64(0.9)):
        assert new.dtype == dtype


@pytest.mark.parametrize("name", ["dw", "velocity"])
def test_arrays_that_numpy_would_stretch_are_refused(name):
    arrays = {"w": np.ones((2, 3)), "dw": np.ones((2, 3)), "velocity": np.ones((2, 3))}
    for shape in [(3,), (1, 3), (), (3, 2)]:
        words = re.escape(f"{name} must have the shape of w, (2, 3), got {shape}")
        with pytest.raises(ValueError, match=f"^{words}$"):
            sgd_momentum(**arrays | {name: np.ones(shape)}, learning_rate=0.1)


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", None, [0.1]])
def test_a_learning_rate_that_is_none_is_refused(rate):
    words = re.escape(f"learning_rate must be a finite number of at least 0, got {rate!r}")
    for make in (
        lambda: sgd_momentum([1.0], [1.0], [0.0], rate),
        lambda: SGD(network(), rate),
        lambda: Adam(network(), rate),
    ):
        with pytest.raises(ValueError, match=f"^{words}$"):
            make()


@pytest.mark.parametrize("momentum", [-0.1, 1, 1.5, np.nan, "0.9", None])
def test_a_momentum_that_is_none_is_refused(momentum):
    words = re.escape(f"momentum must be a number of at least 0 and below 1, got {momentum!r}")
    for make in (
        lambda: sgd_momentum([1.0], [1.0], [0.0], 0.1, momentum),
        lambda: SGD(network(), 0.1, momentum),
    ):
        with pytest.raises(ValueError, match=f"^{words}$"):
            make()


# SGD and Adam


@settings(max_examples=20)
@given(rate=RATES, momentum=FRACTIONS)
def test_sgd_takes_the_steps_of_pytorch(torch, rate, momentum):
    model = network()
    steps_beside(
        torch,
        SGD(model, rate, momentum),
        model,
        lambda tensors: torch.optim.SGD(tensors, rate, momentum),
    )


@settings(max_examples=20)
@given(rate=RATES, betas=st.tuples(FRACTIONS, FRACTIONS), eps=st.sampled_from([1e-8, 1e-3]))
def test_adam_takes_the_steps_of_pytorch(torch, rate, betas, eps):
    model = network()
    steps_beside(
        torch,
        Adam(model, rate, betas, eps),
        model,
        lambda tensors: torch.optim.Adam(tensors, rate, betas, eps),
    )


def test_without_settings_the_steps_are_those_of_pytorch_too(torch):
    model = network()
    steps_beside(torch, Adam(model), model, torch.optim.Adam)
    model = network()
    steps_beside(torch, SGD(model, 0.1), model, lambda tensors: torch.optim.SGD(tensors, 0.1))


def test_sgd_without_momentum_goes_down_the_gradient():
    model = worked(network())
    before, downhill = parameters(model), gradients(model)
    SGD(model, 0.1).step()
    for w, dw, new in zip(before, downhill, parameters(model), strict=True):
        np.testing.assert_allclose(new, w - 0.1 * dw, rtol=0, atol=1e-15)


def test_the_first_step_of_adam_is_the_learning_rate_for_every_number():
    model = worked(network())
    before, downhill = parameters(model), gradients(model)
    Adam(model, 0.01).step()
    for w, dw, new in zip(before, downhill, parameters(model), strict=True):
        np.testing.assert_allclose(new - w, -0.01 * np.sign(dw), rtol=1e-4)


def test_a_gradient_of_0_moves_nothing_not_even_with_adam():
    layer = Linear(6, 4, rng=1)
    layer.dw, layer.db = np.zeros((4, 6)), np.zeros(4)
    w = layer.w
    for optimiser in (SGD(layer, 0.1), Adam(layer)):
        optimiser.step()
        np.testing.assert_array_equal(layer.w, w)


@OPTIMISERS
def test_a_step_makes_new_parameters_and_leaves_the_gradients(make):
    model = worked(network())
    before, downhill = parameters(model), gradients(model)
    copies = [array.copy() for array in (*before, *downhill)]
    make(model).step()
    for array, copy in zip((*before, *downhill), copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    for old, new in zip(before, parameters(model), strict=True):
        assert not np.shares_memory(old, new)
    for old, new in zip(downhill, gradients(model), strict=True):
        assert old is new


@OPTIMISERS
def test_a_single_layer_is_a_model_too(make):
    layer = worked(Linear(6, 4, rng=1))
    w, b = layer.w, layer.b
    make(layer).step()
    assert not np.any(layer.w == w)
    assert not np.any(layer.b == b)


@OPTIMISERS
def test_parameters_keep_their_dtype(make):
    model = network()
    model.layers[0].w = model.layers[0].w.astype(np.float32)
    optimiser = make(model)
    for _ in range(2):
        worked(model)
        optimiser.step()
    dtypes = [array.dtype for array in parameters(model)]
    assert dtypes == [np.float32, np.float64, np.float64, np.float64]


@OPTIMISERS
def test_the_learning_rate_can_be_changed_between_steps(make):
    model = network()
    optimiser = make(model)
    worked(model)
    optimiser.learning_rate = 0
    before = parameters(model)
    optimiser.step()
    for old, new in zip(before, parameters(model), strict=True):
        np.testing.assert_array_equal(old, new)
    optimiser.learning_rate = -1
    with pytest.raises(ValueError, match=r"^learning_rate must be"):
        optimiser.step()


@OPTIMISERS
def test_a_step_before_backward_says_what_to_do_and_changes_nothing(make):
    model = worked(network())
    model.layers[2].db = None
    before = parameters(model)
    words = re.escape("step needs the gradient of 2.b: call backward first")
    with pytest.raises(RuntimeError, match=f"^{words}$"):
        make(model).step()
    for old, new in zip(before, parameters(model), strict=True):
        assert old is new


@OPTIMISERS
def test_a_gradient_of_another_shape_is_named_and_nothing_changes(make):
    model = worked(network())
    model.layers[2].db = np.ones(1)
    before = parameters(model)
    words = re.escape("the gradient of 2.b must have the shape of w, (3,), got (1,)")
    with pytest.raises(ValueError, match=f"^{words}$"):
        make(model).step()
    for old, new in zip(before, parameters(model), strict=True):
        assert old is new


@pytest.mark.parametrize(
    ("make", "name"), [(lambda model: SGD(model, 0.1), "velocity"), (Adam, "mean")]
)
def test_a_parameter_that_got_another_shape_does_not_stretch_what_the_optimiser_keeps(make, name):
    layer = Linear(6, 4, rng=1)
    layer.w = layer.w[:1]
    optimiser = make(layer)
    layer.w = Linear(6, 4, rng=1).w
    worked(layer)
    words = re.escape(f"{name} must have the shape of w, (4, 6), got (1, 6)")
    with pytest.raises(ValueError, match=f"^{words}$"):
        optimiser.step()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"betas": 0.9}, "betas must be 2 numbers, got 0.9"),
        ({"betas": (0.9,)}, "betas must be 2 numbers, got (0.9,)"),
        ({"betas": (1, 0.9)}, "betas[0] must be a number of at least 0 and below 1, got 1"),
        ({"betas": (0.9, -1)}, "betas[1] must be a number of at least 0 and below 1, got -1"),
        ({"eps": -1e-8}, "eps must be a finite number of at least 0, got -1e-08"),
        ({"eps": None}, "eps must be a finite number of at least 0, got None"),
    ],
)
def test_bad_settings_of_adam_are_named(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Adam(network(), **settings)
