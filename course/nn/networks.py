"""The networks that lesson 12 trains on the digits."""

import numpy as np

from course.nn.conv2d import Conv2d
from course.nn.flatten import Flatten
from course.nn.linear import Linear
from course.nn.pooling import MaxPool2d
from course.nn.relu import ReLU
from course.nn.sequential import Sequential


def small_cnn(rng: np.random.Generator | int | None) -> Sequential:
    """Two convolution layers, a pooling layer and a fully connected layer: 9930 parameters.

    Args:
        rng: Draws the initial weights: a generator or a seed. A new generator when None.

    Returns:
        A `Sequential` that takes images (N, 1, 8, 8) and gives scores (N, 10).

    Example:
        >>> small_cnn(rng=0).forward(np.zeros((5, 1, 8, 8))).shape
        (5, 10)
    """
    rng = np.random.default_rng(rng)
    return Sequential(
        Conv2d(1, 16, (3, 3), padding=1, rng=rng),
        ReLU(),
        Conv2d(16, 32, (3, 3), padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(32 * 4 * 4, 10, rng=rng),
    )


def small_dense(rng: np.random.Generator | int | None) -> Sequential:
    """Two fully connected layers with about as many parameters, 9910, for the same images.

    Takes and returns the same as `small_cnn`.

    Example:
        >>> small_dense(rng=0).forward(np.zeros((5, 1, 8, 8))).shape
        (5, 10)
    """
    rng = np.random.default_rng(rng)
    return Sequential(Flatten(), Linear(64, 132, rng=rng), ReLU(), Linear(132, 10, rng=rng))
