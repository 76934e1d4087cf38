"""Lesson 03: windows as the rows of a matrix, and the way back."""

from typing import Any

import numpy as np

from course import convolution
from course.checks.case import Case, from_trials
from course.checks.exercise import Exercise
from course.checks.geometry import Geometry, Limits, Numbers, Trial, trials
from course.checks.uses import call_with_defaults
from course.checks.verdict import OF_ITS_DTYPE
from course.examples import COLOUR_X, TOY_X

_WITHOUT_FILTERS = Limits(filters=False)
_PLAIN = Geometry(N=2, C=3, H=4, W=5, kh=2, kw=3)


def _settings(g: Geometry) -> dict[str, Any]:
    return {"kernel_size": g.kernel_size, "stride": g.stride, "padding": g.padding}


def _images(geometry: Geometry, numbers: Numbers) -> dict[str, Any]:
    return {"x": numbers.array(*geometry.x_shape)} | _settings(geometry)


def _columns(geometry: Geometry, numbers: Numbers) -> dict[str, Any]:
    oh, ow = geometry.output
    cols = numbers.array(geometry.N * oh * ow, geometry.C * geometry.kh * geometry.kw)
    return {"cols": cols, "x_shape": geometry.x_shape} | _settings(geometry)


def _im2col_cases(rng: np.random.Generator) -> list[Case]:
    toy, colour = TOY_X.astype(float).reshape(1, 1, 4, 4), COLOUR_X.astype(float)
    alone = [Trial("x and kernel_size alone", _PLAIN)]
    return [
        Case("the example", {"x": toy} | _settings(Geometry())),
        Case("the example", {"x": colour} | _settings(Geometry())),
        *from_trials(trials(rng, _WITHOUT_FILTERS), rng, _images),
        *from_trials(alone, rng, _images, call_with_defaults),
    ]


im2col = Exercise("im2col", "03_im2col", 5, convolution.im2col, OF_ITS_DTYPE, _im2col_cases)


def _col2im_cases(rng: np.random.Generator) -> list[Case]:
    toy = convolution.im2col(TOY_X.reshape(1, 1, 4, 4), (3, 3))
    alone = [Trial("without stride and padding", _PLAIN)]
    return [
        Case("the example", {"cols": toy, "x_shape": (1, 1, 4, 4)} | _settings(Geometry())),
        *from_trials(trials(rng, _WITHOUT_FILTERS), rng, _columns),
        *from_trials(alone, rng, _columns, call_with_defaults),
    ]


col2im = Exercise("col2im", "03_im2col", 5, convolution.col2im, OF_ITS_DTYPE, _col2im_cases)
