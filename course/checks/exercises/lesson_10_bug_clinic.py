"""Lesson 10: six broken layers, to be mended, and a probe that tells broken layers from right ones.

The mended layers are tried with the cases of lesson 09.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from course.checks import uses
from course.checks.case import Case
from course.checks.exercise import Exercise, Hints
from course.checks.exercises.lesson_09_the_convolution_layer import HINTS, Conv2d, working_cases
from course.checks.mistakes import Solution, known
from course.checks.verdict import A_VERDICT, Kind

LESSON = "10_bug_clinic"


def _mended(number: int) -> Exercise:
    """The exercise of lesson 09, but how a layer begins is not asked for."""
    mended = replace(Conv2d, name=f"Mended{number}", lesson=LESSON, points=2, hints=HINTS)
    mends = f"Layer{number} as it was"
    return replace(mended, cases=working_cases, mends=mends, shares=Conv2d)


Mended1, Mended2, Mended3, Mended4, Mended5, Mended6 = map(_mended, range(1, 7))

_Y = "04_channels_filters_batches", "conv_forward"
_DW = "07_backward_bias_and_weights", "conv_backward_weights"
_DB = "07_backward_bias_and_weights", "conv_backward_bias"
_DX = "08_backward_input", "conv_backward_input_col2im"
_LAYER = "09_the_convolution_layer", "Conv2d"
BROKEN = (
    (_DW, "dy reshaped instead of transposed", "dw is wrong, but not where all of dy is equal"),
    (_DX, "kernel turned the wrong way", "dx is wrong, but not where the kernels are symmetric"),
    (_DX, "H and W exchanged", "dx is wrong, but not for square images"),
    (_DX, "windows one pixel apart", "dx is wrong, but only where the stride is above 1"),
    (_DX, "pixels that no window reached missing", "dx is too small where windows leave a rest"),
    (_DX, "image cut from the corner", "dx is wrong, but only where there is padding"),
    (_LAYER, "mean over the batch in dw", "dw is wrong, but only where there are several images"),
    (_DB, "last row of outputs left out", "db is wrong, and nothing else"),
    (_Y, "bias forgotten", "y is wrong, but only where b is not 0"),
    (_LAYER, "only dw added up", "dw is wrong, but only in a second backward"),
    (_LAYER, "first input kept", "dx and dw are wrong, but only after a forward of another x"),
    (_LAYER, "one memory for all layers", "dw is wrong, but only where a second layer is used"),
)
"""The layers that `probe` has to find: the mistake that each makes, and what it does to it."""
RIGHT_LAYER, RIGHT_LAYERS = "the right layer", 4
"""Several right layers are hidden among the broken ones, so that guessing does not pay."""


@cache
def layers() -> dict[str, str]:
    """The source of every layer: the right one, and the broken ones by their numbers."""
    right = Conv2d.solutions[0]
    broken = {f"layer {k}": _broken(*one[:2]) for k, one in enumerate(BROKEN, start=1)}
    return {RIGHT_LAYER: "\n".join([*_imports(right), right.text])} | broken


def _broken(where: tuple[str, str], name: str) -> str:
    """The layer of lesson 09, with a mistake in it or in a function that it calls."""
    lesson, exercise = where
    form = next(m for m in known(lesson)[exercise].mistakes if m.name == name).forms[0]
    layer = Conv2d.solutions[0]
    texts = [form.text] if exercise == Conv2d.name else [form.text, layer.text]
    return "\n".join([*_imports(layer), *_imports(form.solution), *texts])


def _imports(solution: Solution) -> list[str]:
    return [line for line in solution.context.splitlines() if line.startswith(("import", "from"))]


def _is_right(make_layer: Callable[..., Any]) -> bool:
    """Here a layer may be known by its source; in the sandbox nobody knows which one is right."""
    made = inspect.getclosurevars(make_layer).nonlocals["Layer"]
    return bool(made.__init__.__globals__["__doc__"] == layers()[RIGHT_LAYER])


def _layers_in_drawn_order(rng: np.random.Generator) -> list[Case]:
    names = [*layers(), *[RIGHT_LAYER] * (RIGHT_LAYERS - 1)]
    cases = [Case(name, {"layer": layers()[name]}, uses.verdict) for name in names]
    return [cases[k] for k in rng.permutation(len(cases))]


_PROBE_HINTS: Hints = {
    (f"layer {k}", Kind.WRONG_VERDICT): f"Your probe lets layer {k} through: its {what}."
    for k, (*_, what) in enumerate(BROKEN, start=1)
}
_PROBE_HINTS[RIGHT_LAYER, Kind.WRONG_VERDICT] = (
    "Your probe turns the right layer away. Do your numbers agree but for rounding?"
)
probe = Exercise(
    "probe",
    LESSON,
    6,
    _is_right,
    A_VERDICT,
    _layers_in_drawn_order,
    hints=_PROBE_HINTS,
    only_with=RIGHT_LAYER,
)
