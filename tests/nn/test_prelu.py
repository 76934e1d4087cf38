import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course.nn import ReLU, prelu

FLOATS = st.floats(-100, 100, width=32)
X = hnp.arrays(np.float64, hnp.array_shapes(min_dims=4, max_dims=4, max_side=4), elements=FLOATS)


@given(x=X, data=st.data())
def test_pytorch_gives_the_same(torch, x, data):
    slope = data.draw(hnp.arrays(np.float64, x.shape[1], elements=FLOATS))
    expected = torch.nn.functional.prelu(torch.tensor(x), torch.tensor(slope))
    np.testing.assert_allclose(prelu(x, slope), expected.numpy())


@given(x=X)
def test_a_slope_of_0_is_relu_1_is_nothing_and_minus_1_is_the_absolute_value(x):
    C = x.shape[1]
    np.testing.assert_array_equal(prelu(x, np.zeros(C)), ReLU().forward(x))
    np.testing.assert_array_equal(prelu(x, np.ones(C)), x)
    np.testing.assert_array_equal(prelu(x, -np.ones(C)), np.abs(x))


def test_the_dtype_is_that_of_x():
    x = np.array([[[[-1.0]]]], dtype=np.float32)
    assert prelu(x, np.array([0.5])).dtype == np.float32


@pytest.mark.parametrize(
    ("x", "slope", "words"),
    [
        (np.ones((2, 3, 4)), np.ones(3), "x must have the axes (N, C, H, W)"),
        (np.ones((2, 3, 4, 5)), np.ones((3, 1)), "slope must have the axes (C,)"),
        (np.ones((2, 3, 4, 5)), np.ones(5), "the slopes must equal the channels of x = 3, got 5"),
    ],
)
def test_other_shapes_are_refused(x, slope, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        prelu(x, slope)
