"""Lesson 01: the sliding window."""

from typing import Any

import numpy as np

from course.checks.case import sliding
from course.checks.exercise import of_convolution
from course.checks.geometry import Geometry, Numbers, Trial, trials
from course.checks.verdict import AN_ARRAY
from course.examples import TOY_B, TOY_W, TOY_X

TOY = {"x": TOY_X.astype(float), "w": TOY_W.astype(float), "b": float(TOY_B)}


def one_image(geometry: Geometry, numbers: Numbers) -> dict[str, Any]:
    """An image, a kernel and a bias."""
    x, w = numbers.array(geometry.H, geometry.W), numbers.array(*geometry.kernel_size)
    return {"x": x, "w": w, "b": float(numbers.array())}


def _other_sizes(rng: np.random.Generator, count: int) -> list[Trial]:
    """Images and kernels of sizes from a wide range."""
    kernels = rng.integers(1, 6, (count, 2))
    images = kernels + rng.integers(0, 8, (count, 2))
    sizes = np.hstack([images, kernels]).tolist()
    return [Trial("other sizes", Geometry(H=H, W=W, kh=kh, kw=kw)) for H, W, kh, kw in sizes]


def _drawn(rng: np.random.Generator) -> list[Trial]:
    square = [Geometry(H=5, W=5), Geometry(H=6, W=6, kh=2, kw=2)]
    tried = [Trial("square", geometry) for geometry in square]
    return tried + trials(rng, varied=frozenset()) + _other_sizes(rng, 9)


_ALONE = [Trial("b left out", Geometry(H=4, W=6, kh=2, kw=3))]
_CASES = sliding(TOY, one_image, _drawn, _ALONE, defaults={"b": 0.0})
correlate2d = of_convolution("correlate2d", "01_convolution_by_hand", 4, _CASES, AN_ARRAY)
