"""Lesson 02: how big the output is, the frame of zeros, and windows with a stride."""

from functools import partial
from typing import Any

import numpy as np

from course import convolution
from course.checks.case import Case, sized, sliding
from course.checks.exercise import of_convolution
from course.checks.exercises import lesson_01_convolution_by_hand as lesson_01
from course.checks.geometry import Geometry, Numbers, Trial, trials
from course.checks.layouts import LAYOUTS
from course.checks.uses import call_with_defaults
from course.checks.verdict import AN_ARRAY, AN_INTEGER
from course.examples import TOY_X

LESSON = "02_stride_padding_size"

# output_size -------------------------------------------------------------------------------------


def _size_case(group: str, *given: int) -> Case:
    names = ("size", "kernel", "stride", "padding", "dilation")
    sizes = dict(zip(names, given + (1, 0, 1)[len(given) - 2 :], strict=True))
    return sized(group, sizes, Numbers(np.random.default_rng()), _possible)


def _possible(sizes: dict[str, int], numbers: Numbers) -> dict[str, int]:
    convolution.output_size(**sizes)  # raises ValueError where no window fits
    return sizes


def _size_of(
    windows: int, rest: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1
) -> tuple[int, int, int, int, int]:
    """The arguments of an axis with so many windows, and so many pixels left over at its end."""
    size = (windows - 1) * stride + dilation * (kernel - 1) + 1 + rest - 2 * padding
    return size, kernel, stride, padding, dilation


def _size_cases(rng: np.random.Generator) -> list[Case]:
    def draw(low: int = 4, high: int = 12) -> int:
        return int(rng.integers(low, high))

    sizes: list[tuple[str, tuple[int, ...]]] = [
        ("plain", (draw(9, 40), draw(2, 9))),
        ("plain", (7, 7)),
        ("plain", (draw(9, 40), 1)),
        ("padding", (draw(9, 40), 3, 1, 1)),
        ("padding", (6, 5, 1, 2)),
        ("padding", (draw(9, 40), 4, 1, 3)),
        ("stride", _size_of(4, 0, 3, 2)),
        ("stride", _size_of(draw(), 0, 4, 3)),
        ("stride", _size_of(draw(), 0, 2, 4)),
        ("remainder", _size_of(3, 1, 3, 2)),
        ("remainder", _size_of(draw(), 1, 4, 3)),
        ("remainder", _size_of(draw(), 3, 3, 4)),
        ("remainder", _size_of(2, 4, 3, 5)),
        ("stride and padding", (224, 7, 2, 3)),
        ("stride and padding", _size_of(draw(), 2, 4, 3, 2)),
        ("stride and padding", _size_of(draw(), 0, 2, 3, 1)),
        ("stride and padding", _size_of(draw(), 3, 5, 4, 3)),
        ("dilation", (9, 3, 1, 0, 2)),
        ("dilation", (draw(20, 40), 4, 1, 0, 3)),
        ("dilation", (draw(9, 40), 1, 1, 0, 3)),
        ("all together", (20, 4, 2, 1, 3)),
        ("all together", _size_of(draw(), 1, 3, 2, 2, 2)),
        ("all together", _size_of(draw(), 2, 5, 4, 3, 3)),
        ("all together", _size_of(1, 0, 3, 2, 1, 4)),
    ]
    plain = {"stride": 1, "padding": 0, "dilation": 1}
    alone = {"size": draw(9, 40), "kernel": 3} | plain
    return [
        Case("the example", {"size": 4, "kernel": 3} | plain),
        *(_size_case(group, *given) for group, given in sizes),
        Case("size and kernel alone", alone, call_with_defaults),
    ]


output_size = of_convolution("output_size", LESSON, 2, _size_cases, AN_INTEGER)

# pad2d -------------------------------------------------------------------------------------------


def _padded(sizes: dict[str, int], numbers: Numbers) -> dict[str, Any]:
    *shape, padding = sizes.values()
    return {"x": numbers.array(*shape), "padding": padding}


def _pad_cases(rng: np.random.Generator) -> list[Case]:
    def draw(group: str, *shape: int, padding: int, **how: Any) -> Case:
        axes = ("D", "N", "C", "H", "W")[-len(shape) :]
        sizes = dict(zip(axes, shape, strict=True)) | {"padding": padding}
        return sized(group, sizes, Numbers(rng, **how), _padded)

    return [
        Case("the example", {"x": TOY_X.astype(float), "padding": 1}),
        draw("images", 3, 5, padding=2),
        draw("images", 5, 2, padding=1),
        draw("images", 4, 6, padding=3),
        draw("images", 1, 4, padding=1),
        draw("images", 3, 1, padding=2),
        *(draw("images", *rng.integers(1, 9, 2).tolist(), padding=p) for p in (1, 2, 3, 4)),
        draw("padding 0", 4, 3, padding=0),
        draw("padding 0", 2, 3, 4, 5, padding=0),
        draw("more axes", 2, 3, 4, padding=1),
        draw("more axes", 4, 2, 5, padding=2),
        draw("more axes", 2, 3, 4, 5, padding=3),
        draw("more axes", 5, 1, 3, 6, padding=1),
        draw("more axes", 1, 4, 6, 3, padding=2),
        draw("more axes", 2, 3, 2, 4, 3, padding=1),
        *(draw("memory layouts", 4, 3, padding=1, layout=layout) for layout in LAYOUTS[1:]),
        *(draw("memory layouts", 2, 3, 5, 4, padding=2, layout=layout) for layout in LAYOUTS[1:]),
        draw("float32", 2, 4, 3, padding=2, dtype=np.float32),
        draw("float32", 3, 2, 4, 5, padding=1, dtype=np.float32, layout="strided"),
    ]


pad2d = of_convolution("pad2d", LESSON, 2, _pad_cases, AN_ARRAY)

# correlate2d_strided -----------------------------------------------------------------------------

_EXAMPLE = lesson_01.TOY | {"stride": 1, "padding": 0}
_DRAWN = partial(trials, varied=frozenset({"stride", "padding"}))
_ALONE = [Trial("x and w alone", Geometry(H=5, W=7, kh=2, kw=3))]


def _strided(geometry: Geometry, numbers: Numbers) -> dict[str, Any]:
    settings = {"stride": geometry.stride, "padding": geometry.padding}
    return lesson_01.one_image(geometry, numbers) | settings


_CASES = sliding(_EXAMPLE, _strided, _DRAWN, _ALONE, defaults={"b": 0.0})
correlate2d_strided = of_convolution("correlate2d_strided", LESSON, 3, _CASES, AN_ARRAY)
