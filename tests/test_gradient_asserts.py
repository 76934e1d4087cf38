"""Every inline gradient assert of the lessons fails when the answer above it is broken."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from course.checks import EXERCISES
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)


def code_cells(lesson):
    notebook = nbformat.read(PROJECT.solutions / f"{lesson}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


ASSERTS = {
    cell.metadata["gradient"]: cell.source
    for name in PROJECT.lesson_names()
    for cell in code_cells(name)
    if "gradient" in cell.metadata
}
WITH_KERNELS = [name for name in ASSERTS if name != "conv_backward_bias"]


def run_up_to_the_assert(exercise):
    """The names that are there when the gradient assert of an exercise is reached."""
    names = {}
    for cell in code_cells(EXERCISES[exercise].lesson):
        if cell.metadata.get("gradient") == exercise:
            return names
        if "check" not in cell.metadata:
            exec(cell.source, names)
    raise LookupError(exercise)


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


@pytest.mark.parametrize("exercise", ASSERTS)
def test_a_right_answer_passes(exercise):
    exec(ASSERTS[exercise], run_up_to_the_assert(exercise))


@pytest.mark.parametrize(
    ("exercise", "spoil"),
    [(name, negative) for name in ASSERTS]
    + [(name, turned) for name in WITH_KERNELS]
    + [(name, padded_at_one_end) for name in WITH_KERNELS],
)
def test_a_broken_answer_fails(exercise, spoil):
    names = run_up_to_the_assert(exercise)
    names[exercise] = spoil(names[exercise])
    with pytest.raises(AssertionError):
        exec(ASSERTS[exercise], names)


def test_every_backward_exercise_has_a_gradient_assert():
    backward = {name for name in EXERCISES if "backward" in name}
    assert set(ASSERTS) >= backward
