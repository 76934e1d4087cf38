"""The running examples that every lesson comes back to."""

import numpy as np

TOY_X = np.arange(16).reshape(4, 4)
TOY_W = np.array([[-1, -2, 0], [1, 0, -2], [0, -1, 2]])
TOY_B = 5

UNEVEN_X = np.array([[2, 0, 1, 3], [1, 4, 0, 2], [3, 1, 2, 4], [0, 2, 5, 1]])
"""The image of Part II: of a ramp such as TOY_X every gradient is a ramp, and shows nothing."""
TOY_DY = np.array([[1.0, -2.0], [3.0, 0.5]])

COLOUR_X = np.arange(48).reshape(1, 3, 4, 4)
COLOUR_W = np.arange(54).reshape(2, 3, 3, 3)
