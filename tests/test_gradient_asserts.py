"""Every inline gradient assert of the lessons fails when the answer above it is broken."""

from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course.checks import EXERCISES
from course.project import find_project

pytestmark = pytest.mark.slow
PROJECT = find_project(Path(__file__).parent)


def code_cells(lesson):
    notebook = nbformat.read(PROJECT.solutions / f"{lesson}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


ASSERTS = {
    exercise: cell.source
    for name in PROJECT.lesson_names()
    for cell in code_cells(name)
    for exercise in cell.metadata.get("gradient", "").split()
}
LAYERS = [name for name in ASSERTS if EXERCISES[name].is_a_class]
CONVOLUTIONS = [name for name in LAYERS if EXERCISES[name].lesson < "11"]
WITH_KERNELS = [
    name for name in ASSERTS if name.startswith(("conv_backward_weights", "conv_backward_input"))
]


def run_up_to_the_assert(exercise):
    """The names that are there when the gradient assert of an exercise is reached."""
    return dict(names_before(EXERCISES[exercise].lesson, ASSERTS[exercise]))


@cache
def names_before(lesson, source):
    names = {}
    for cell in code_cells(lesson):
        if cell.source == source:
            return names
        if "check" not in cell.metadata:
            exec(cell.source, names)
    raise LookupError(source)


def negative(answer):
    return lambda *args, **kwargs: -answer(*args, **kwargs)


def turned(answer):
    """The kernel turned: that of dw in the result, that of dx on the way in."""

    def broken(dy, array, shape, **kwargs):
        if "weights" in answer.__name__:
            return answer(dy, array, shape, **kwargs)[:, :, ::-1, ::-1]
        return answer(dy, array[:, :, ::-1, ::-1], shape, **kwargs)

    return broken


def padded_at_one_end(answer):
    """The frame counted at the bottom right alone, as if the image began in the corner."""

    def broken(dy, array, shape, stride, padding):
        if "weights" in answer.__name__:
            moved = np.roll(array, -padding, axis=(2, 3))
            return answer(dy, moved, shape, stride=stride, padding=padding)
        dx = answer(dy, array, shape, stride=stride, padding=padding)
        return np.roll(dx, padding, axis=(2, 3))

    return broken


def with_backward(layer, backward):
    return type(layer.__name__, (layer,), {"backward": backward})


def negative_gradients(layer):
    def backward(self, *dy):
        return -super(broken, self).backward(*dy)

    broken = with_backward(layer, backward)
    return broken


def negative_weights(layer):
    def backward(self, dy):
        dx = super(broken, self).backward(dy)
        self.dw = -self.dw
        return dx

    broken = with_backward(layer, backward)
    return broken


def turned_kernels(layer):
    def backward(self, dy):
        w, self.w = self.w, self.w[:, :, ::-1, ::-1]
        dx = super(broken, self).backward(dy)
        self.w = w
        return dx

    broken = with_backward(layer, backward)
    return broken


def padded_at_one_end_alone(layer):
    def backward(self, dy):
        return np.roll(super(broken, self).backward(dy), self.padding, axis=(2, 3))

    broken = with_backward(layer, backward)
    return broken


@pytest.mark.parametrize("exercise", ASSERTS)
def test_a_right_answer_passes(exercise):
    exec(ASSERTS[exercise], run_up_to_the_assert(exercise))


@pytest.mark.parametrize(
    ("exercise", "spoil"),
    [(name, negative) for name in ASSERTS if name not in LAYERS]
    + [(name, turned) for name in WITH_KERNELS]
    + [(name, padded_at_one_end) for name in WITH_KERNELS]
    + [(name, negative_gradients) for name in LAYERS]
    + [
        (name, spoil)
        for name in CONVOLUTIONS
        for spoil in (negative_weights, turned_kernels, padded_at_one_end_alone)
    ],
)
def test_a_broken_answer_fails(exercise, spoil):
    names = run_up_to_the_assert(exercise)
    answer = EXERCISES[exercise].answer_name
    names[answer] = spoil(names[answer])
    with pytest.raises(AssertionError):
        exec(ASSERTS[exercise], names)


def test_every_backward_exercise_has_a_gradient_assert():
    backward = {name for name, e in EXERCISES.items() if "backward" in name or e.is_a_class}
    assert set(ASSERTS) >= backward
