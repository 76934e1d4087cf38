import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from layer_cases import random, spaced

from course.gradcheck import check_gradients
from course.nn import Flatten

SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


@settings(max_examples=25)
@given(shape=SHAPES)
def test_a_row_holds_the_numbers_of_one_image_in_their_order_and_backward_undoes_it(shape):
    layer, x = Flatten(), spaced(shape)
    y = layer.forward(x)
    assert y.shape == (shape[0], x.size // shape[0])
    assert [row.tolist() for row in y] == [list(image.flat) for image in x]
    np.testing.assert_array_equal(layer.backward(y), x, strict=True)


@settings(max_examples=25)
@given(shape=SHAPES)
def test_the_gradient_agrees_with_central_differences(shape):
    assert check_gradients(Flatten(), spaced(shape))["dx"] < 1e-9


def test_pytorch_flattens_in_the_same_order(torch):
    x = random(3, 2, 4, 5)
    np.testing.assert_array_equal(Flatten().forward(x), torch.nn.Flatten()(torch.tensor(x)))


def test_images_whose_memory_is_in_another_order_give_the_same_rows():
    x = random(3, 4, 5, 2)
    other = np.asfortranarray(x)
    layer = Flatten()
    np.testing.assert_array_equal(layer.forward(other), layer.forward(x))
    np.testing.assert_array_equal(layer.backward(np.asfortranarray(layer.forward(x))), x)


def test_a_single_number_is_no_batch():
    with pytest.raises(ValueError, match=re.escape("x must have the axes (N, ...), got 0 axes")):
        Flatten().forward(3.0)
