"""A failing case in the bench: what came out, and which entries each answer has used."""

import json

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.self_check import Check
from course.convolution import conv_forward, correlate2d, pad2d
from course.show import bench


def failed(name, answer):
    """The case that `check.case` holds, and what was said."""
    check = Check()
    with pytest.raises(AssertionError) as said:
        getattr(check, name)(answer)
    return check.case, " ".join(str(said.value).split())


def turned(x, w, b=0.0):
    return correlate2d(x, w[::-1, ::-1], b)


def arrays(shown):
    names = ("expected", "got", "should", "used")
    return [np.array(json.loads(shown.attributes[name])) for name in names]


def test_the_entries_that_an_answer_used_are_measured_beside_those_that_it_should():
    case, _ = failed("correlate2d", turned)
    expected, got, should, used = arrays(bench(case, turned))
    x, w, b = case["x"], case["w"], case["b"]
    assert np.array_equal(expected, correlate2d(x, w, b))
    assert np.array_equal(got, turned(x, w, b))
    assert should.shape == used.shape == (*expected.shape, *x.shape)
    assert np.allclose(np.tensordot(should, x) + b, expected)
    assert np.allclose(np.tensordot(used, x) + b, got)


def test_a_mended_answer_is_shown_equal():
    case, _ = failed("correlate2d", turned)
    expected, got, should, used = arrays(bench(case, lambda x, w, b=0.0: correlate2d(x, w, b)))
    assert np.array_equal(expected, got)
    assert np.array_equal(should, used)


def test_what_is_not_linear_is_shown_without_weights():
    case, _ = failed("pad2d", lambda x, padding: pad2d(x, padding) ** 2)
    shown = bench(case, lambda x, padding: pad2d(x, padding) ** 2)
    assert "got" in shown.attributes
    assert "used" not in shown.attributes


def test_a_case_stays_what_it_was_when_another_check_fails():
    check = Check()
    with pytest.raises(AssertionError):
        check.correlate2d(turned)
    case = check.case
    with pytest.raises(AssertionError):
        check.pad2d(lambda x, padding: x)
    assert np.array_equal(case.right(), correlate2d(**case))
    assert np.array_equal(case.tried(turned), turned(**case))


def test_where_a_case_can_be_drawn_the_message_says_the_line():
    _, said = failed("correlate2d", turned)
    line = "from course.show import bench; bench(check.case, turned)"
    assert said.endswith(f"turned(**check.case) runs this very case again. This draws it: {line}")
    _, said = failed("correlate2d", lambda x, w, b=0.0: 1 / 0)
    assert "bench" not in said


def wrongly(result):
    return lambda x, w, b, stride=1, padding=0: result


@pytest.fixture(scope="module")
def case_of_zeros():
    return failed("conv_forward", wrongly(np.zeros((1, 1, 1, 1))))[0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (wrongly(None), "what the answer gave, it is no array of numbers: NoneType"),
        (wrongly(np.zeros(0)), r"what the answer gave, its shape is \(0,\), which is empty"),
        (wrongly(np.zeros((9, 99))), r"its shape is \(9, 99\), which is too large"),
        (wrongly(np.full((1, 1), np.nan)), "it has entries that are not finite"),
        (lambda *_: 1 / 0, r"the answer raised ZeroDivisionError\('division by zero'\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(case_of_zeros, answer, reason):
    with pytest.raises(ValueError, match=reason):
        bench(case_of_zeros, answer)


def test_a_number_a_missing_answer_and_a_missing_case_are_refused():
    case, said = failed("dot_product", lambda a, b: 0.5)
    assert "bench" not in said
    with pytest.raises(ValueError, match="of what is right, it is no array of numbers: float"):
        bench(case, lambda a, b: 0.5)
    with pytest.raises(ValueError, match=r"w must be the answer: bench\(check.case, answer\)"):
        bench(case)
    with pytest.raises(ValueError, match="no check has failed yet"):
        bench(Check().case, turned)
    with pytest.raises(ValueError, match=r"w must be an array, unless x is check.case"):
        bench([[1.0]], conv_forward)


QUICK = ("conv_forward", "im2col", "conv_backward_weights", "transposed_conv")
ALL = [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in EXERCISES]


@pytest.mark.parametrize("name", ALL)
def test_known_mistakes_are_drawn_just_where_their_messages_say_so(name):
    for mistake in EXERCISES[name].mistakes[:3]:
        if mistake.name == EXERCISES[name].mends:
            continue  # it is what is handed out, and refused
        case, said = failed(name, mistake.function)
        if "This draws it:" in said:
            shown = bench(case, mistake.function)
            assert "expected" in shown.text
        else:
            with pytest.raises(ValueError, match="cannot be drawn"):
                bench(case, mistake.function)
