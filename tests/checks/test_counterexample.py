"""The smallest wrong case: small, wrong in the same way, and drawn."""

from collections.abc import Callable

import numpy as np

from course.checks import EXERCISES
from course.checks.counterexample import smallest
from course.checks.drawing import coloured, drawn
from course.checks.exercise import Judged
from course.checks.mistakes import Mistake
from course.checks.outcome import agree, run
from course.checks.verdict import Kind

from .trials import each, marks_of, plain, solved


def known(name: str, mistake: str) -> Mistake:
    return next(m for m in EXERCISES[name].mistakes if m.name == mistake)


def im2col(line: str) -> Callable:
    """The lesson's answer, which begins with this line."""
    return solved("im2col", f"padding=0): -> padding=0):\n    {line}")


FRAMELESS = im2col("padding = 0")


def shrunk(name: str, function: Callable) -> Judged:
    return smallest(marks_of(name, function))


def test_an_error_that_is_no_rounding_is_not_shrunk_to_one():
    mistake = known("softmax_cross_entropy", "1e-12 added to the probability")
    example = smallest(marks_of("softmax_cross_entropy", mistake.function), mistake)
    assert abs(example.outcome.value - example.expected) > 1


def test_sizes_shrink_until_only_what_is_wrong_is_left():
    example = shrunk("im2col", FRAMELESS)
    assert example.case.sizes["padding"] == 1
    assert example.case.arguments["x"].shape == (1, 1, 1, 1)
    assert example.case.arguments["kernel_size"] == (1, 1)
    assert example.verdict.kind is Kind.WRONG_SHAPE


def test_numbers_are_small_and_whole_and_the_outcome_is_that_of_the_case():
    wrong, reference = known("im2col", "images interleaved").function, EXERCISES["im2col"].reference
    example = shrunk("im2col", wrong)
    x = example.case.arguments["x"]
    assert np.array_equal(x, np.round(x))
    assert np.max(np.abs(x)) < 10
    assert x.shape[0] == 2
    assert np.array_equal(run(wrong, example.case).value, example.outcome.value)
    assert np.array_equal(run(reference, example.case).value, example.expected)


def test_an_exception_stays_in_its_line():
    example = shrunk("im2col", im2col("[0][x.shape[1] - 1]"))
    assert example.verdict.kind is Kind.RAISED
    assert example.case.sizes["C"] == example.case.arguments["x"].size == 2
    assert example.outcome.line == "2: [0][x.shape[1] - 1]"


@each(["im2col", "conv_backward_weights_loops", "max_pool", "Conv2d"], quick=["im2col"])
def test_a_named_mistake_is_still_made_in_the_smallest_case(name):
    exercise = EXERCISES[name]
    for mistake in exercise.mistakes[:12]:
        example = smallest(marks_of(name, exercise.as_tried(mistake.function)), mistake)
        again = run(mistake.function, example.case)
        assert agree(again, example.outcome, example.tolerance)
        assert example.verdict.kind is not Kind.RIGHT


def test_what_depends_on_the_layout_keeps_its_layout():
    example = shrunk("im2col", im2col("x = x if x.flags.c_contiguous else 0 * x"))
    assert example.case.layout != "C"
    assert not example.case.fresh_arguments()["x"].flags.c_contiguous


def test_inputs_result_and_right_result_stand_side_by_side_with_wrong_numbers_in_brackets():
    example = shrunk("col2im", known("col2im", "= instead of +=").function)
    lines = drawn(example)
    in_colour = list(map(coloured, lines))
    assert lines[0].split() == ["cols", "got", "right"]
    assert max(map(len, lines)) <= 67
    got, right, written = example.outcome.value, example.expected, "".join(lines).replace(" ", "")
    assert all(f"[{number:.0f}]" in written for number in got[got != right])
    assert written.count("[") == np.sum(got != right)
    assert all(f"{number:.0f}" in written for number in right.ravel())
    assert in_colour != [plain(line) for line in in_colour]
    assert [len(plain(line)) for line in in_colour] == [len(line) for line in lines]


def test_what_is_too_large_or_no_array_is_not_drawn():
    assert drawn(shrunk("output_size", lambda *arguments: 0)) == []
    example = shrunk("im2col", FRAMELESS)
    example.case.arguments["x"] = np.ones((1, 1, 20, 20))
    assert all(" x " not in f"{line} " for line in drawn(example)[:1])
