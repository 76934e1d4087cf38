import re

import numpy as np
import pytest

from course.nn import Conv2d, he_normal


@pytest.mark.parametrize(
    ("shape", "fan_in"), [((4000, 2, 3, 5), 30), ((4000, 16, 1, 1), 16), ((4000, 7), 7)]
)
def test_the_weights_are_normal_and_of_the_scale_of_he(shape, fan_in):
    weights = he_normal(3, shape)
    deviation = np.sqrt(2 / fan_in)
    assert (weights.shape, weights.dtype) == (shape, np.float64)
    assert np.std(weights) == pytest.approx(deviation, rel=0.02)
    assert np.mean(weights) == pytest.approx(0, abs=0.02 * deviation)
    assert np.mean(np.abs(weights) < deviation) == pytest.approx(0.6827, abs=0.01)


def test_the_convolution_layer_starts_with_the_same_numbers():
    np.testing.assert_allclose(
        he_normal(3, (4, 2, 3, 5)), Conv2d(2, 4, (3, 5), rng=3).w, rtol=1e-15
    )


def test_a_seed_gives_the_same_weights_and_a_generator_goes_on():
    np.testing.assert_array_equal(he_normal(3, (2, 5)), he_normal(3, [2, 5]))
    rng = np.random.default_rng(3)
    first, second = he_normal(rng, (2, 5)), he_normal(rng, (2, 5))
    np.testing.assert_array_equal(first, he_normal(3, (2, 5)))
    assert not np.array_equal(first, second)
    assert not np.array_equal(he_normal(None, (2, 5)), he_normal(None, (2, 5)))


def test_through_ten_layers_the_size_of_relus_output_stays():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((500, 64))
    size = np.mean(x**2)
    for _ in range(10):
        x = np.maximum(x @ he_normal(rng, (64, 64)).T, 0)
    assert 0.2 * size < np.mean(x**2) < 5 * size


@pytest.mark.parametrize("shape", [(), (3,), 3, None, "34"])
def test_a_shape_without_two_axes_is_refused(shape):
    words = re.escape(f"shape must be at least 2 integers, got {shape!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        he_normal(0, shape)


@pytest.mark.parametrize("entry", [0, -1, 2.0, True, None])
def test_an_entry_that_is_no_size_is_named(entry):
    words = re.escape(f"shape[1] must be an integer of at least 1, got {entry!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        he_normal(0, (2, entry))
