"""What an answer keeps from one call to the next."""

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.diagnosis import calls, diagnose

from .trials import marks_of, returning, solved

OVERWRITTEN = "The array that a call returned changes when the function is called again."
THE_SAME = "Called again with other numbers of the same shape, it returns the same result."
CALLED = ("pad2d", "conv_forward", "conv_backward_bias", "conv_forward_fast", "prelu", "overlap")


def by_shape(name, keep):
    """The course's version, but for what keep makes of a result and one of the same sizes."""
    kept = {}

    def answer(*arguments):
        sizes = tuple(np.shape(a) if isinstance(a, np.ndarray) else a for a in arguments)
        result = EXERCISES[name].reference(*arguments)
        return keep(kept.setdefault((sizes, result.dtype), result.copy()), result)

    return answer


def into_the_same(first, result):
    first[...] = result
    return first


@pytest.mark.parametrize("name", CALLED)
def test_a_result_that_the_next_call_overwrites_is_wrong_and_told(name):
    marks = marks_of(name, by_shape(name, into_the_same))
    assert calls.find(marks).text.startswith(OVERWRITTEN)
    assert diagnose(marks).text.startswith(OVERWRITTEN)


@pytest.mark.parametrize("name", ["conv_forward", "conv_forward_fast", "prelu"])
def test_a_result_that_is_kept_by_its_sizes_is_wrong_and_told(name):
    marks = marks_of(name, by_shape(name, lambda first, result: first.copy()))
    assert diagnose(marks).text.startswith(THE_SAME)


@pytest.mark.parametrize("name", ["output_size", "pad2d", "overlap", "numerical_gradient"])
def test_nothing_is_said_of_known_mistakes(name):
    for mistake in EXERCISES[name].mistakes:
        assert calls.find(marks_of(name, mistake.function)) is None, mistake.name


@pytest.mark.parametrize("name", CALLED)
def test_nothing_is_said_of_answers_that_keep_nothing(name):
    for wrong in (returning(name, lambda y: y + 1), returning(name, np.zeros_like)):
        assert calls.find(marks_of(name, wrong)) is None
    assert not marks_of(name, solved(name)).wrong
