import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course.nn.inspection import occlusion_map, receptive_field

LAYERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4
)


# The receptive field ------------------------------------------------------------------------------


def pixels_seen(layers):
    """The pixels that output 0 depends on, found by going back layer by layer."""
    seen = {0}
    for kernel, stride, dilation in reversed(layers):
        seen = {i * stride + u * dilation for i in seen for u in range(kernel)}
    return seen


@given(layers=LAYERS)
def test_it_reaches_from_the_first_pixel_that_counts_to_the_last(layers):
    seen = pixels_seen(layers)
    assert receptive_field(layers) == max(seen) - min(seen) + 1


@settings(max_examples=20)
@given(layers=LAYERS)
def test_pytorchs_gradient_of_an_output_is_as_wide(torch, layers):
    field = receptive_field(layers)
    x = torch.zeros(1, 1, field, requires_grad=True)
    y = x
    for kernel, stride, dilation in layers:
        y = torch.nn.functional.conv1d(y, torch.ones(1, 1, kernel), None, stride, 0, dilation)
    assert y.shape == (1, 1, 1)
    y.sum().backward()
    assert x.grad[0, 0, 0] > 0
    assert x.grad[0, 0, -1] > 0


def test_known_fields():
    assert receptive_field([]) == 1
    assert receptive_field([(3, 1, 1)] * 3) == receptive_field([(7, 1, 1)]) == 7
    assert receptive_field(((3, 1, 1), (2, 2, 1), (3, 1, 2))) == 12
    # AlexNet up to its last pooling, as published by Araujo, Norris and Sim.
    alexnet = [(11, 4, 1), (3, 2, 1), (5, 1, 1), (3, 2, 1), *[(3, 1, 1)] * 3, (3, 2, 1)]
    assert receptive_field(alexnet) == 195
    assert type(receptive_field([(np.int64(3), np.int8(1), 1)])) is int


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (3, "layers must be a list of (kernel, stride, dilation), got 3"),
        ([(3, 1)], "layers[0] must be 3 integers (kernel, stride, dilation), got (3, 1)"),
        ([(3, 1, 1), 5], "layers[1] must be 3 integers (kernel, stride, dilation), got 5"),
        ([(3, 0, 1)], "layers[0][1] must be an integer of at least 1, got 0"),
        ([(3, 1, 1), (2.0, 1, 1)], "layers[1][0] must be an integer of at least 1, got 2.0"),
    ],
)
def test_what_is_no_list_of_layers_is_refused(layers, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        receptive_field(layers)


# The occlusion map --------------------------------------------------------------------------------


def linear(weights):
    return lambda images: np.einsum("nchw,kchw->nk", images, weights)


def random(*shape):
    return np.random.default_rng(shape).standard_normal(shape)


@settings(max_examples=30)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)),
    size=st.sampled_from([1, 3, 5, 9]),
)
def test_of_linear_scores_it_is_the_sum_of_the_contributions_under_the_square(shape, size):
    image, weights = random(*shape), random(2, *shape)
    contributions = np.sum(image * weights[1], axis=0)
    sums = ndimage.correlate(contributions, np.ones((size, size)), mode="constant")
    drop = occlusion_map(linear(weights), image, 1, size)
    np.testing.assert_allclose(drop, sums, rtol=0, atol=1e-12)


def test_numpys_small_integers_are_sizes_like_others():
    image, weights = random(1, 7, 6), random(2, 1, 7, 6)
    expected = occlusion_map(linear(weights), image, 1, 3)
    for size in (np.uint8(3), np.int8(3), np.uint64(3)):
        assert np.array_equal(occlusion_map(linear(weights), image, np.uint8(1), size), expected)


def test_the_image_stays_as_it_is_whatever_predict_does_with_its_own():
    image, weights = random(1, 5, 4), random(2, 1, 5, 4)
    before = image.copy()

    def in_place(images):
        images *= 2
        return linear(weights)(images)

    occlusion_map(in_place, image, 0, 3)
    assert np.array_equal(image, before)


def test_of_any_scores_it_is_what_covering_by_hand_gives():
    image, weights = random(2, 5, 4), random(3, 2, 5, 4)

    def curved(images):
        return np.tanh(linear(weights)(images)) ** 3

    covered = image.copy()
    covered[:, 1:4, 0:2] = 0
    expected = curved(image[None])[0, 2] - curved(covered[None])[0, 2]
    np.testing.assert_allclose(occlusion_map(curved, image, 2, 3)[2, 0], expected, rtol=1e-12)


def test_the_map_has_the_dtype_of_the_scores_and_the_image_stays():
    image, weights = random(1, 3, 4).astype("f4"), random(2, 1, 3, 4).astype("f4")
    before = image.copy()
    assert occlusion_map(linear(weights), image, 0, 3).dtype == np.float32
    np.testing.assert_array_equal(image, before)
    dtypes = set()

    def spoiling(images):
        dtypes.add(images.dtype)
        images[...] = 7
        return np.zeros((len(images), 2))

    assert occlusion_map(spoiling, np.ones((1, 3, 4), int), 0, 1).dtype == np.float64
    assert dtypes == {np.dtype(np.float64)}


def test_predict_is_called_with_the_image_and_then_row_by_row():
    counts = []

    def counted(images):
        counts.append(len(images))
        return np.zeros((len(images), 2))

    occlusion_map(counted, np.ones((1, 3, 4)), 0, 1)
    assert counts == [1, 4, 4, 4]


def predicting(scores):
    return lambda images: scores


FINE = {
    "predict": linear(np.ones((2, 1, 3, 4))),
    "image": np.ones((1, 3, 4)),
    "label": 0,
    "size": 3,
}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (
            {"image": np.ones((3, 4))},
            "image must have the axes (C, H, W), got 2 axes: shape (3, 4)",
        ),
        ({"image": np.ones((1, 0, 4))}, "image must not be empty"),
        ({"size": 2}, "size must be odd, so that a square has a centre, got 2"),
        ({"size": 0}, "size must be an integer of at least 1, got 0"),
        ({"size": 3.0}, "size must be an integer of at least 1, got 3.0"),
        ({"label": -1}, "label must be an integer of at least 0, got -1"),
        ({"label": 2}, "label must be an integer from 0 to 1, got 2"),
        ({"predict": predicting(np.ones(2))}, "what predict returns must have the axes (N, K)"),
        (
            {"predict": predicting(np.ones((2, 2)))},
            "the rows that predict returns must equal the images = 1, got 2",
        ),
        (
            {"predict": predicting(np.ones((1, 2)))},
            "the rows that predict returns must equal the images = 4, got 1",
        ),
    ],
)
def test_what_makes_no_map_is_refused(bad, words):
    occlusion_map(**FINE)
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        occlusion_map(**FINE | bad)
