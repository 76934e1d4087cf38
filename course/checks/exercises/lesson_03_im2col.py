"""Lesson 03: windows as the rows of a matrix, and the way back."""

from functools import partial

import numpy as np

from course import convolution
from course.checks.case import Case, sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import VARIED, Geometry, Trial, trials
from course.examples import COLOUR_X, TOY_X

_DRAWN = partial(trials, varied=VARIED - {"F"})
_PLAIN = Geometry(N=2, C=3, H=4, W=5, kh=2, kw=3)
_SETTINGS = {"kernel_size": (3, 3), "stride": 1, "padding": 0}


_COLOUR = {"x": COLOUR_X.astype(float)} | _SETTINGS
_ALONE = [Trial("x and kernel_size alone", _PLAIN)]
_of_images = sliding(_COLOUR, draw=_DRAWN, alone=_ALONE)


def _im2col_cases(rng: np.random.Generator) -> list[Case]:
    toy = {"x": TOY_X.astype(float).reshape(1, 1, 4, 4)} | _SETTINGS
    return [Case("the example", toy), *_of_images(rng)]


im2col = of_convolution("im2col", "03_im2col", 5, _im2col_cases)


_TOY = {"cols": convolution.im2col(TOY_X.reshape(1, 1, 4, 4), (3, 3)), "x_shape": (1, 1, 4, 4)}
_UNPADDED = [Trial("without stride and padding", _PLAIN)]
_of_columns = sliding(_TOY | _SETTINGS, draw=_DRAWN, alone=_UNPADDED)
col2im = of_convolution("col2im", "03_im2col", 5, _of_columns)
