"""Arrays for the tests of the layers: random, and random without kinks."""

import numpy as np
from hypothesis import strategies as st


def random(*shape):
    return np.random.default_rng(shape).standard_normal(shape)


def spaced(shape, seed=0):
    """Numbers of both signs in random order, 0.1 apart and no closer to 0 than 0.05.

    So no central difference steps over a kink: no ReLU's, and no change of the largest pixel.
    """
    count = int(np.prod(shape))
    numbers = 0.1 * (np.arange(count) - count // 2) + 0.05
    return np.random.default_rng(seed).permutation(numbers).reshape(shape)


@st.composite
def images(draw, least=1, most=7):
    """Spaced images (N, C, H, W) with sides from least to most, N, C and the sides all distinct."""
    sides = st.integers(least, most)
    H, W = draw(st.tuples(sides, sides).filter(lambda pair: pair[0] != pair[1]))
    N, C = draw(st.permutations([1, 2, 3]))[:2]
    return spaced((N, C, H, W), draw(st.integers(0, 1000)))
