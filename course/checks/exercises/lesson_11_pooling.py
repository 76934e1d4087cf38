"""Lesson 11: max and average pooling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Build, Case, Sizes, Use, sized
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_11 import LESSON, LOOKS, memory, only_x
from course.checks.geometry import Geometry, Limits, Numbers, Trial, trials
from course.checks.verdict import OF_ITS_DTYPE
from course.convolution import output_size
from course.examples import TOY_X

_MEMORY = {"N": 2, "C": 3, "H": 6, "W": 4, "size": 2, "stride": 2}


def _work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """A layer, an input and an upstream; where the windows tile, no stride is given."""
    N, C, H, W, size, stride = sizes.values()
    if size > min(H, W):
        raise ValueError(f"no window of {size} by {size} fits into {H} by {W} pixels")
    oh, ow = output_size(H, size, stride), output_size(W, size, stride)
    settings = (size,) if stride == size else (size, stride)
    return {"settings": settings, "x": numbers.array(N, C, H, W), "dy": numbers.array(N, C, oh, ow)}


def _below_zero(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """The same, but every pixel is negative."""
    work = _work(sizes, numbers)
    return work | {"x": -np.abs(work["x"])}


def _with_equals(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Pixels of 0 and 1 alone, so that nearly every window has several that are the largest."""
    work = _work(sizes, numbers)
    return work | {"x": numbers.rng.integers(0, 2, work["x"].shape).astype(float)}


def _sizes(g: Geometry) -> Sizes:
    """As many windows that leave out as many pixels, but square ones."""
    rows, columns = (
        (count - 1) * g.stride + g.kh + rest
        for count, rest in zip(g.output, g.remainders, strict=True)
    )
    return {"N": g.N, "C": g.C, "H": rows, "W": columns, "size": g.kh, "stride": g.stride}


def _tiles() -> list[Trial]:
    """Windows side by side, as most networks have them."""
    grounds = [(1, 1, 4, 6, 2), (2, 3, 6, 9, 3), (4, 2, 4, 8, 4), (3, 2, 7, 5, 2)]
    return [
        Trial("tiles", Geometry(N=N, C=C, H=H, W=W, kh=size, kw=size, stride=size))
        for N, C, H, W, size in grounds
    ]


def _pool_cases(rng: np.random.Generator) -> list[Case]:
    toy = {"settings": (2,), "x": TOY_X[None, None].astype(float)}
    drawn = _tiles() + trials(rng, Limits(filters=False, padding=False))
    groups: dict[str, list[Trial]] = {}
    for trial in drawn:
        groups.setdefault(trial.group, []).append(trial)
    cases = [Case("the example", toy, uses.y)]
    for alike in groups.values():
        cases += [_case(trial, rng, only_x(_work), uses.y) for trial in alike]
        cases += [_case(trial, rng, _work, uses.dx) for trial in alike]
    below = sized("below zero", _MEMORY, Numbers(rng), only_x(_below_zero), uses.y)
    return [*cases, below]


def _case(trial: Trial, rng: np.random.Generator, build: Build, use: Use) -> Case:
    return sized(trial.group, _sizes(trial.geometry), trial.numbers(rng), build, use)


def _memory(rng: np.random.Generator) -> list[Case]:
    return memory(rng, _MEMORY, _work, LOOKS) + memory(rng, _MEMORY, _work, LOOKS, more=2)


def _max_pool_cases(rng: np.random.Generator) -> list[Case]:
    equals = [
        {"N": 2, "C": 3, "H": 6, "W": 8, "size": 2, "stride": 2},
        {"N": 3, "C": 2, "H": 7, "W": 9, "size": 3, "stride": 2},
        {"N": 1, "C": 2, "H": 5, "W": 6, "size": 3, "stride": 1},
    ]
    return [
        *_pool_cases(rng),
        *(sized("first of equals", s, Numbers(rng), _with_equals, uses.dx) for s in equals),
        *_memory(rng),
    ]


def _avg_pool_cases(rng: np.random.Generator) -> list[Case]:
    return _pool_cases(rng) + _memory(rng)


def _pooling(
    name: str, points: int, layer: type, cases: Callable[[np.random.Generator], list[Case]]
) -> Exercise:
    settings = ("size", "stride")
    defines = layer.__name__
    return Exercise(
        name, LESSON, points, layer, OF_ITS_DTYPE, cases, made_with=settings, defines=defines
    )


max_pool = _pooling("max_pool", 4, nn.MaxPool2d, _max_pool_cases)
avg_pool = _pooling("avg_pool", 3, nn.AvgPool2d, _avg_pool_cases)
