"""Random layers, SciPy's answer to them, and bad input, for all tests of this folder."""

import re
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import signal

# what goes in, what comes out
DTYPES = [
    (np.float16, np.float16),
    (np.float32, np.float32),
    (np.float64, np.float64),
    (np.int64, np.float64),
    (np.uint8, np.float64),
    (np.bool_, np.float64),
]

# sums of some dozen products of standard normal numbers
TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 2e-5}


class Layer(NamedTuple):
    """The arguments of `conv_forward`."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    stride: int
    padding: int

    @property
    def kernel_size(self):
        return self.w.shape[2:]


@st.composite
def layers(draw, dtypes=(np.float64, np.float32), paddings=(0, 1, 2)):
    """A layer whose N, C, F differ, with H != W and kh != kw: none can stand in for another.

    The arrays are read-only, so that a function that writes into its input fails.
    """
    N, C, F = draw(st.permutations([1, 2, 3, 4]))[:3]
    kh, kw = draw(st.permutations([1, 2, 3]))[:2]
    stride, padding = draw(st.integers(1, 3)), draw(st.sampled_from(paddings))
    smallest = [max(1, kernel - 2 * padding) for kernel in (kh, kw)]
    H = draw(st.integers(smallest[0], smallest[0] + 5))
    W = draw(st.sampled_from([W for W in range(smallest[1], smallest[1] + 6) if W != H]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype, order = draw(st.sampled_from(dtypes)), draw(st.sampled_from("CF"))

    def array(*shape):
        numbers = np.asarray(rng.standard_normal(shape), dtype, order=order)
        numbers.flags.writeable = False
        return numbers

    return Layer(array(N, C, H, W), array(F, C, kh, kw), array(F), stride, padding)


def scipy_forward(x, w, b, stride, padding):
    """What SciPy answers for a layer, in float64: one correlation for each pair of channels."""
    x, w, b = x.astype(np.float64), w.astype(np.float64), b.astype(np.float64)
    xpad = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    maps = [
        [
            sum(map(signal.correlate2d, image, kernels, ["valid"] * len(kernels))) + bias
            for kernels, bias in zip(w, b, strict=True)
        ]
        for image in xpad
    ]
    return np.array(maps)[:, :, ::stride, ::stride]


def assert_close(got, expected):
    """The same shape, and the same numbers up to the rounding of got's dtype."""
    np.testing.assert_allclose(
        got, np.asarray(expected, got.dtype), rtol=0, atol=TOLERANCE[got.dtype], strict=True
    )


def assert_new_result(function, *arguments):
    """The result can be written to, and shares no memory with the arrays among the arguments."""
    arrays = [value for value in arguments if isinstance(value, np.ndarray)]
    before = [array.copy() for array in arrays]
    result = function(*arguments)
    assert result.flags.writeable
    result += 1
    for array, copy in zip(arrays, before, strict=True):
        assert not np.shares_memory(result, array)
        np.testing.assert_array_equal(array, copy, strict=True)


# Bad input: the arguments to replace, and the words the message holds, in this order.


def bad_arrays(name, good, axes, too_many=True):
    def bad(value, *words):
        return pytest.param({name: value}, (name, *words), id=f"{name} {words[1]}")

    right = "must be a single number" if axes == "()" else f"must have the axes {axes}"
    if good.ndim:
        yield bad(good[0], right, str(good[0].shape))
        yield bad(good[:0], "must not be empty", str(good[:0].shape), "at least 1")
    if too_many:
        yield bad(good[np.newaxis], right, str(good[np.newaxis].shape))
    yield bad([[1, 2], [3]], right, "rows of unequal length")
    for dtype in (complex, str, object):
        other = good.astype(dtype)
        yield bad(other, "must hold real numbers", str(other.dtype), "floats or integers")


def bad_integers(name, least):
    for value in (least - 1, -3, 1.0, True, np.True_, "1", None):
        right = f"must be an integer of at least {least}"
        yield pytest.param({name: value}, (name, right, repr(value)), id=f"{name}={value!r}")


def bad_sizes(name, good, axes):
    for value in (None, 3, good[:-1], (*good, 1)):
        right = f"must be {len(good)} integers {axes}"
        yield pytest.param({name: value}, (name, right, repr(value)), id=f"{name}={value!r}")
    for entry in (0, -1, 2.0, True):
        value, right = (*good[:-1], entry), "must be an integer of at least 1"
        words = (f"{name}[{len(good) - 1}]", right, repr(entry))
        yield pytest.param({name: value}, words, id=f"{name}={value!r}")


def says(words):
    """A pattern for a message that opens with the first of the words and holds all in order."""
    return "^" + ".*".join(re.escape(word) for word in words)
