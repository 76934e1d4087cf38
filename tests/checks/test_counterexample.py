"""The smallest wrong case: small, wrong in the same way, and drawn."""

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.counterexample import smallest
from course.checks.drawing import drawn
from course.checks.exercise import Marks
from course.checks.mistakes import Mistake
from course.checks.outcome import agree, run
from course.checks.verdict import Kind


def marks_of(name: str, function) -> Marks:
    return EXERCISES[name].mark(function)


def known(name: str, mistake: str) -> Mistake:
    return next(m for m in EXERCISES[name].mistakes if m.name == mistake)


def without_frame(x, kernel_size, stride=1, padding=0):
    return EXERCISES["im2col"].reference(x, kernel_size, stride, 0)


def breaks_with_channels(x, kernel_size, stride=1, padding=0):
    if x.shape[1] > 1:
        raise IndexError("index 1 is out of bounds")
    return EXERCISES["im2col"].reference(x, kernel_size, stride, padding)


def test_an_error_that_is_no_rounding_is_not_shrunk_to_one():
    mistake = known("softmax_cross_entropy", "1e-12 added to the probability")
    example = smallest(marks_of("softmax_cross_entropy", mistake.function), mistake)
    assert abs(example.outcome.value - example.expected) > 1


def test_sizes_shrink_until_only_what_is_wrong_is_left():
    example = smallest(marks_of("im2col", without_frame))
    assert example.case.sizes["padding"] == 1
    assert example.case.arguments["x"].shape == (1, 1, 1, 1)
    assert example.case.arguments["kernel_size"] == (1, 1)
    assert example.verdict.kind is Kind.WRONG_SHAPE


def test_numbers_are_small_and_whole_and_the_outcome_is_that_of_the_case():
    wrong = known("im2col", "images interleaved").function
    example = smallest(marks_of("im2col", wrong))
    x = example.case.arguments["x"]
    assert np.array_equal(x, np.round(x))
    assert np.max(np.abs(x)) < 10
    assert x.shape[0] == 2
    outcome = run(wrong, example.case)
    assert np.array_equal(outcome.value, example.outcome.value)
    expected = run(EXERCISES["im2col"].reference, example.case).value
    assert np.array_equal(expected, example.expected)


def test_an_exception_stays_in_its_line():
    example = smallest(marks_of("im2col", breaks_with_channels))
    assert example.verdict.kind is Kind.RAISED
    assert example.case.sizes["C"] == 2
    assert "index 1" in str(example.outcome.error)
    assert example.case.arguments["x"].size == 2


@pytest.mark.parametrize("name", ["im2col", "conv_backward_weights_loops", "max_pool", "Conv2d"])
def test_a_named_mistake_is_still_made_in_the_smallest_case(name):
    exercise = EXERCISES[name]
    for mistake in exercise.mistakes[:12]:
        example = smallest(exercise.mark(exercise.as_tried(mistake.function)), mistake)
        again = run(mistake.function, example.case)
        assert agree(again, example.outcome, exercise.tolerance_for(example.case))
        assert example.verdict.kind is not Kind.RIGHT


def test_where_nothing_can_shrink_the_first_wrong_case_is_kept():
    marks = marks_of("im2col", without_frame)
    first = marks.first_wrong()
    kept = Marks(marks.exercise, marks.cases, marks.expected, marks.outcomes, marks.verdicts)
    assert smallest(kept).case is marks.cases[first]


def test_what_depends_on_the_layout_keeps_its_layout():
    def packed(x, kernel_size, stride=1, padding=0):
        flat = np.ascontiguousarray(x).ravel() if x.flags.c_contiguous else np.zeros(x.size)
        return EXERCISES["im2col"].reference(flat.reshape(x.shape), kernel_size, stride, padding)

    example = smallest(marks_of("im2col", packed))
    assert example.case.layout != "C"
    assert not example.case.fresh_arguments()["x"].flags.c_contiguous


# The drawing --------------------------------------------------------------------------------------


def overwritten(cols, x_shape, kernel_size, stride=1, padding=0):
    return known("col2im", "= instead of +=").function(cols, x_shape, kernel_size, stride, padding)


def test_inputs_result_and_right_result_stand_side_by_side_with_wrong_numbers_in_brackets():
    example = smallest(marks_of("col2im", overwritten))
    lines = drawn(example, 1e-9)
    assert lines[0].split() == ["cols", "got", "right"]
    got, right = example.outcome.value, example.expected
    wrong = [f"{number:.0f}" for number in got[got != right]]
    written = " ".join(lines)
    assert [f"[{number}]" in written.replace(" ", "") for number in wrong] == [True] * len(wrong)
    assert written.count("[") == np.sum(got != right)
    for number in right.ravel():
        assert f"{number:.0f}" in written
    assert max(map(len, lines)) <= 67


def test_colours_change_no_width():
    example = smallest(marks_of("col2im", overwritten))
    plain, coloured = drawn(example, 1e-9), drawn(example, 1e-9, coloured=True)
    assert len(plain) == len(coloured)
    assert any("\x1b[" in line for line in coloured)


def test_what_is_too_large_or_no_array_is_not_drawn():
    marks = marks_of("output_size", lambda *arguments: 0)
    assert drawn(smallest(marks), 1e-9) == []
    large = np.ones((1, 1, 20, 20))
    marks = marks_of("im2col", without_frame)
    example = smallest(marks)
    example.case.arguments["x"] = large
    assert all(" x " not in f"{line} " for line in drawn(example, 1e-9)[:1])


def test_check_again_tries_exactly_the_case_of_the_message(check):
    with pytest.raises(AssertionError) as failed:
        check.im2col(without_frame)
    assert "x (1, 1, 1, 1)" in str(failed.value)
    assert check.case["x"].shape == (1, 1, 1, 1)
    assert np.array_equal(check.again(without_frame), without_frame(**check.case))
