"""Lesson 11: the other layers of a network; its loss has a file of its own."""

from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Build, Case, Sizes, Use, altered, in_other_layouts, tried
from course.checks.exercise import Exercise
from course.checks.exercises import lesson_09_the_convolution_layer as lesson_09
from course.checks.exercises.lesson_11_softmax import LESSON, softmax_cross_entropy
from course.checks.geometry import VARIED, Geometry, Numbers, Trial, trials
from course.checks.verdict import OF_ITS_DTYPE
from course.convolution import output_size
from course.examples import TOY_X

__all__ = ["avg_pool", "linear", "max_pool", "relu", "softmax_cross_entropy"]

_WITHOUT_PARAMETERS = (uses.y, uses.dx)
_LOOKS = (uses.y_of_the_second_round, uses.dx_of_the_second_round, uses.dx_beside_another_layer)
"""At what a layer without parameters remembers."""


def _memory(build: Build, numbers: Numbers, sizes: Sizes, *looks: Use, more: int = 0) -> list[Case]:
    """Cases with another input and its upstream, for each look at what comes out.

    Of the other input, there are so many images more, and so many rows of pixels.
    """

    def with_other(asked: Sizes, numbers: Numbers) -> dict[str, Any]:
        larger = {name: size + more * (name in ("N", "H")) for name, size in asked.items()}
        other = build(larger, numbers)
        return build(asked, numbers) | {"other_x": other["x"], "other_dy": other["dy"]}

    return tried("memory", with_other, numbers, [sizes], looks)


_exercise = partial(Exercise, lesson=LESSON, returns=OF_ITS_DTYPE, hints=lesson_09.HINTS)


# The rectified linear unit ----------------------------------------------------------------------

TOY_Y = np.array([[6.0, 3.0], [-6.0, -9.0]])
_FOUR_AXES = {"N": 2, "C": 3, "H": 5, "W": 4}
_THREE_AXES = {"N": 2, "C": 3, "H": 4}
_SHAPES: list[Sizes] = [
    {"features": 7},
    {"N": 5, "features": 4},
    {"C": 2, "H": 4, "W": 3},
    _FOUR_AXES,
    {"N": 4, "C": 1, "H": 2, "W": 5},
    {"N": 1, "C": 3, "H": 6, "W": 1},
    {"N": 2, "C": 2, "D": 2, "H": 3, "W": 2},
]


def _relu_work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    shape = tuple(sizes.values())
    return {"settings": (), "x": numbers.signed(*shape), "dy": numbers.signed(*shape)}


def _near_zero(x: np.ndarray) -> np.ndarray:
    """Of x, two thirds are 0, -0 or so small that they are nearly 0."""
    flat = x.ravel()
    flat[::3] = 0
    flat[1::6] *= 1e-12
    flat[4::6] = -0.0
    return flat.reshape(x.shape)


def _relu_cases(rng: np.random.Generator) -> list[Case]:
    plain, both = Numbers(rng), _WITHOUT_PARAMETERS
    large = altered(_relu_work, "x", lambda x: 33 * x)  # from about -100 to 100
    near_zero = altered(_relu_work, "x", _near_zero)
    return [
        Case("the example", {"settings": (), "x": TOY_Y}, uses.y),
        *tried("forward", _relu_work, plain, _SHAPES, [uses.y]),
        *tried("backward", _relu_work, plain, _SHAPES, [uses.dx]),
        *tried("large numbers", large, plain, [{"N": 3, "features": 5}, _FOUR_AXES], both),
        *tried("gradient 0 at 0", near_zero, plain, [_SHAPES[1], _FOUR_AXES], both),
        *in_other_layouts(_relu_work, rng, [_FOUR_AXES], both),
        *tried("float32", _relu_work, Numbers(rng, np.float32), [_SHAPES[1], _FOUR_AXES], both),
        *_memory(_relu_work, plain, _THREE_AXES, *_LOOKS),
        *_memory(_relu_work, plain, _THREE_AXES, *_LOOKS, more=2),
    ]


relu = _exercise("relu", points=2, reference=nn.ReLU, cases=_relu_cases)


# Max and average pooling ------------------------------------------------------------------------

_POOLED = {"N": 2, "C": 3, "H": 6, "W": 4, "size": 2, "stride": 2}
_TILES = [
    Trial("tiles", Geometry(N=N, C=C, H=H, W=W, kh=size, kw=size, stride=size))
    for N, C, H, W, size in ((1, 1, 4, 6, 2), (2, 3, 6, 9, 3), (4, 2, 4, 8, 4), (3, 2, 7, 5, 2))
]
"""Windows side by side, as most networks have them."""


def _pool_work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """A layer, an input and an upstream; where the windows tile, no stride is given."""
    N, C, H, W, size, stride = sizes.values()
    if size > min(H, W):
        raise ValueError(f"no window of {size} by {size} fits into {H} by {W} pixels")
    oh, ow = output_size(H, size, stride), output_size(W, size, stride)
    settings = (size,) if stride == size else (size, stride)
    return {"settings": settings, "x": numbers.array(N, C, H, W), "dy": numbers.array(N, C, oh, ow)}


def _with_equals(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Pixels of 0 and 1 alone, so that nearly every window has several that are the largest."""
    work = _pool_work(sizes, numbers)
    return work | {"x": numbers.rng.integers(0, 2, work["x"].shape).astype(float)}


def _sizes(g: Geometry) -> Sizes:
    """As many windows that leave out as many pixels, but square ones."""
    ends = zip(g.output, g.remainders, strict=True)
    rows, columns = ((count - 1) * g.stride + g.kh + rest for count, rest in ends)
    return {"N": g.N, "C": g.C, "H": rows, "W": columns, "size": g.kh, "stride": g.stride}


def _pool_cases(rng: np.random.Generator, *equals: Sizes) -> list[Case]:
    plain = Numbers(rng)
    cases = [Case("the example", {"settings": (2,), "x": TOY_X[None, None].astype(float)}, uses.y)]
    drawn = _TILES + trials(rng, VARIED - {"F", "padding"})
    for group, alike in groupby(drawn, lambda trial: trial.group):
        sizes = [(_sizes(trial.geometry), Numbers(rng, *trial.how)) for trial in alike]
        for use in _WITHOUT_PARAMETERS:
            cases += [c for s, n in sizes for c in tried(group, _pool_work, n, [s], [use])]
    below_zero = altered(_pool_work, "x", lambda x: -np.abs(x))
    cases += tried("below zero", below_zero, plain, [_POOLED], [uses.y])
    cases += tried("first of equals", _with_equals, plain, equals, [uses.dx])
    cases += _memory(_pool_work, plain, _POOLED, *_LOOKS)
    return cases + _memory(_pool_work, plain, _POOLED, *_LOOKS, more=2)


def _max_pool_cases(rng: np.random.Generator) -> list[Case]:
    return _pool_cases(
        rng,
        {"N": 2, "C": 3, "H": 6, "W": 8, "size": 2, "stride": 2},
        {"N": 3, "C": 2, "H": 7, "W": 9, "size": 3, "stride": 2},
        {"N": 1, "C": 2, "H": 5, "W": 6, "size": 3, "stride": 1},
    )


max_pool = _exercise("max_pool", points=4, reference=nn.MaxPool2d, cases=_max_pool_cases)
avg_pool = _exercise("avg_pool", points=3, reference=nn.AvgPool2d, cases=_pool_cases)


# The fully connected layer ----------------------------------------------------------------------

_PARTS = (uses.y, uses.dx, uses.dw, uses.db)
_SIZES: list[Sizes] = [
    {"N": N, "in_features": columns, "out_features": rows}
    for N, columns, rows in [(4, 3, 5), (1, 5, 2), (3, 6, 3), (4, 4, 4), (5, 2, 5), (2, 1, 4)]
]
_UNEQUAL = _SIZES[0]
_EXAMPLE: dict[str, Any] = {
    "settings": (3, 2),
    "w": np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]]),
    "b": np.array([10.0, 20.0]),
    "x": np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]),
}


def _linear_work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    N, columns, rows = sizes.values()
    work = {
        "settings": (columns, rows),
        "w": numbers.array(rows, columns),
        "b": numbers.array(rows),
    }
    return work | {"x": numbers.array(N, columns), "dy": numbers.array(N, rows)}


def _linear_cases(rng: np.random.Generator) -> list[Case]:
    plain, work = Numbers(rng), _linear_work
    of_one_input: tuple[Use, ...] = (uses.keeps_its_parameters, uses.y_of_new_parameters)
    of_one_input += (uses.dx_of_new_parameters, uses.dw_of_a_second_backward)
    second: tuple[Use, ...] = (uses.y_of_the_second_round, uses.dx_of_the_second_round)
    second += (uses.dw_of_the_second_round, uses.db_of_the_second_round)
    beside = (uses.dw_beside_another_layer, uses.db_beside_another_layer)
    return [
        Case("the example", _EXAMPLE, uses.y),
        *(c for part in _PARTS for c in tried(part.__name__, work, plain, _SIZES, [part])),
        *in_other_layouts(work, rng, [_UNEQUAL], _PARTS),
        *tried("float32", work, Numbers(rng, np.float32), [_UNEQUAL], _PARTS),
        *tried("memory", work, plain, [_UNEQUAL], of_one_input),
        *_memory(work, plain, _UNEQUAL, *second, *beside),
        *_memory(work, plain, _UNEQUAL, *second, more=2),
        *lesson_09.drawn_weights((3, 5), (50, 150), (300, 20), int(rng.integers(1000))),
    ]


linear = Exercise(
    *("linear", LESSON, 3, nn.Linear, OF_ITS_DTYPE, _linear_cases),
    hints=lesson_09.HINTS | lesson_09.spread("in_features"),
)
