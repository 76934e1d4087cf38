"""Lesson 03: windows as the rows of a matrix, and the way back."""

from functools import partial
from typing import Any

import numpy as np

from course import convolution
from course.checks.case import Case, sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import VARIED, Geometry, Numbers, Trial, trials
from course.examples import COLOUR_X, TOY_X

_DRAWN = partial(trials, varied=VARIED - {"F"})
_PLAIN = Geometry(N=2, C=3, H=4, W=5, kh=2, kw=3)


def _settings(g: Geometry) -> dict[str, Any]:
    return {"kernel_size": g.kernel_size, "stride": g.stride, "padding": g.padding}


def _images(geometry: Geometry, numbers: Numbers) -> dict[str, Any]:
    return {"x": numbers.array(*geometry.x_shape)} | _settings(geometry)


def _columns(geometry: Geometry, numbers: Numbers) -> dict[str, Any]:
    oh, ow = geometry.output
    cols = numbers.array(geometry.N * oh * ow, geometry.C * geometry.kh * geometry.kw)
    return {"cols": cols, "x_shape": geometry.x_shape} | _settings(geometry)


_COLOUR = {"x": COLOUR_X.astype(float)} | _settings(Geometry())
_ALONE = [Trial("x and kernel_size alone", _PLAIN)]
_of_images = sliding(_COLOUR, _images, _DRAWN, _ALONE)


def _im2col_cases(rng: np.random.Generator) -> list[Case]:
    toy = {"x": TOY_X.astype(float).reshape(1, 1, 4, 4)} | _settings(Geometry())
    return [Case("the example", toy), *_of_images(rng)]


im2col = of_convolution("im2col", "03_im2col", 5, _im2col_cases)


_TOY = {"cols": convolution.im2col(TOY_X.reshape(1, 1, 4, 4), (3, 3)), "x_shape": (1, 1, 4, 4)}
_UNPADDED = [Trial("without stride and padding", _PLAIN)]
_of_columns = sliding(_TOY | _settings(Geometry()), _columns, _DRAWN, _UNPADDED)
col2im = of_convolution("col2im", "03_im2col", 5, _of_columns)
