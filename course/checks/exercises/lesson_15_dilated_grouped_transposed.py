"""Lesson 15: the forward passes of the variants."""

from functools import partial
from typing import Any

import numpy as np

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import VARIED, Geometry, Numbers, Trial, trials
from course.examples import COLOUR_X, TOY_B, TOY_W

LESSON = "15_dilated_grouped_transposed"
_ALONE = [Trial("arrays alone", Geometry(N=2, C=3, F=4, H=6, W=5, kh=2, kw=3))]
"""For an answer that is called without stride, padding, dilation and groups."""


# Dilated ----------------------------------------------------------------------------------------


_SEVEN = {"x": np.arange(49.0).reshape(1, 1, 7, 7), "w": TOY_W.astype(float)[None, None]}
_BY_2 = {"b": np.array([float(TOY_B)]), "stride": 1, "padding": 0, "dilation": 2}
_DILATED = partial(trials, varied=VARIED | {"dilation"})
dilated_conv = of_convolution(
    "dilated_conv", LESSON, 3, sliding(_SEVEN | _BY_2, draw=_DILATED, alone=_ALONE)
)


# Grouped ----------------------------------------------------------------------------------------


_IN_TWO: dict[str, Any] = {
    "x": np.arange(36.0).reshape(1, 4, 3, 3),
    "w": np.arange(1.0, 49.0).reshape(6, 2, 2, 2),
    "b": np.array([1e3, -2e3, 3e3, -4e3, 5e3, -6e3]),
}
_IN_TWO |= {"stride": 1, "padding": 0, "groups": 2}
_GROUPED = partial(trials, varied=VARIED | {"groups"})
grouped_conv = of_convolution(
    "grouped_conv", LESSON, 4, sliding(_IN_TWO, draw=_GROUPED, alone=_ALONE)
)


# Depthwise-separable ----------------------------------------------------------------------------

_AS_MANY = [Trial("F equal to C", Geometry(N=2, C=3, F=3, H=4, W=6, kh=2, kw=3))]


_COLOUR = {
    "x": COLOUR_X.astype(float),
    "w_depth": np.stack([TOY_W, -TOY_W.T, 2.0 * TOY_W])[:, None],
    "w_point": np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])[:, :, None, None],
    "b": np.array([100.0, -200.0]),
    "padding": 0,
}


def _unstrided(rng: np.random.Generator) -> list[Trial]:
    return trials(rng, VARIED - {"stride"}) + _AS_MANY


_SEPARABLE = sliding(_COLOUR, draw=_unstrided, alone=_ALONE)
depthwise_separable = of_convolution("depthwise_separable", LESSON, 3, _SEPARABLE)


# Transposed -------------------------------------------------------------------------------------


def _transposed(g: Geometry, numbers: Numbers) -> dict[str, Any]:
    """x is as large as the output of the plain layer that goes the other way."""
    oh, ow = g.output
    lengths = zip((oh, ow), g.kernel_size, strict=True)
    if min((n - 1) * g.stride + k - 2 * g.padding for n, k in lengths) < 1:
        raise ValueError("nothing is left when the frame is cut off")
    return {
        "x": numbers.array(g.N, g.C, oh, ow),
        "w": numbers.array(g.C, g.F, *g.kernel_size),
        "b": numbers.array(g.F),
        "stride": g.stride,
        "padding": g.padding,
    }


def _without_remainders(rng: np.random.Generator) -> list[Trial]:
    return [trial for trial in trials(rng) if trial.group != "remainders"] + _AS_MANY


_TWO = {"x": np.array([[[[1.0, -2.0], [3.0, 0.5]]]]), "w": TOY_W.astype(float)[None, None]}
_BY_TWO = {"b": np.array([float(TOY_B)]), "stride": 2, "padding": 0}
_TRANSPOSED = sliding(_TWO | _BY_TWO, _transposed, _without_remainders, _ALONE)
transposed_conv = of_convolution("transposed_conv", LESSON, 5, _TRANSPOSED)
