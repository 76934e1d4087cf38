"""Whatever is handed in gets a message of its own, and nothing but a message."""

import contextlib
import re
import sys
import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.failure import CheckFailed, NotAttempted
from course.checks.outcome import run
from course.checks.verdict import Kind

from .trials import (
    DIRECT,
    LAYERS,
    ONE_OF_A_KIND,
    PROJECT,
    WITH_ARRAYS,
    cases,
    changed,
    defined,
    doing,
    exercise_cell,
    first_array,
    first_result,
    returning,
    same,
    single_trials,
    written,
)

ORDER = ["case", "done", "line", "index", "got", "expected", "likely", "so far", "try it"]
NUMBERS = [name for name in DIRECT if not isinstance(first_result(name), np.ndarray)]
ARRAYS = [name for name in DIRECT if np.ndim(first_result(name)) > 0]
KEEP_DTYPE = [
    "im2col",
    "col2im",
    "conv_forward_loops",
    "conv_forward",
    "conv_as_matrix",
    "conv_backward_bias",
    "conv_backward_weights_loops",
    "conv_backward_weights",
    "conv_backward_input_scatter",
    "conv_backward_input_col2im",
    "conv_backward_input_full",
    "dilated_conv",
    "grouped_conv",
    "depthwise_separable",
    "transposed_conv",
    *(name for name in LAYERS if name in ARRAYS),
]
ALWAYS_FLOAT64 = ["numerical_gradient"]
MANY_AXES = [name for name in ARRAYS if first_result(name).ndim > 1]
EXACT = [name for name in ARRAYS if EXERCISES[name].tolerance is None]

each_exercise = pytest.mark.parametrize("name", ONE_OF_A_KIND)


def labels(message: str) -> list[str]:
    return [line[2:11].strip() for line in message.splitlines()[1:] if line[2] != " "]


def fact(message: str, label: str) -> str:
    """What stands behind a label, on however many lines."""
    found = re.search(rf"^  {label} +(.*?)(?=^  \w|\Z)", message, re.MULTILINE | re.DOTALL)
    assert found, f"no {label!r} in\n{message}"
    return " ".join(found[1].split())


# Results of every kind ------------------------------------------------------------------------


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


class AlwaysEqualArray(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None


class Unprintable:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


class Wrong(NamedTuple):
    change: Callable[[Any], Any]
    headline: str
    likely: str = ""
    exercises: Sequence[str] = tuple(DIRECT)


def noise(y: Any) -> Any:
    random = np.random.default_rng(1).random(np.shape(y))
    return random.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(random + 9)


def one_entry(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(y: np.ndarray) -> np.ndarray:
        y.flat[-1] = value
        return y

    return change


WRONG_RESULTS = {
    "zeros": Wrong(lambda y: y * 0, "wrong numbers", "Every number is 0"),
    "noise": Wrong(noise, "wrong numbers", "No known mistake fits"),
    "None": Wrong(lambda y: None, "returned None", "Is there a `return`"),
    "a string": Wrong(lambda y: "1.0", "wrong type"),
    "an unprintable thing": Wrong(lambda y: Unprintable(), "wrong type"),
    "an object equal to all": Wrong(lambda y: AlwaysEqual(), "wrong type"),
    "a generator": Wrong(lambda y: (number for number in [y]), "wrong type"),
    "a tuple": Wrong(lambda y: (y, y), "wrong type"),
    "a function": Wrong(lambda y: lambda: y, "wrong type"),
    "NotImplemented": Wrong(lambda y: NotImplemented, "wrong type"),
    "nan": Wrong(one_entry(np.nan), "not finite", "np.empty", ARRAYS),
    "inf": Wrong(one_entry(-np.inf), "not finite", "Dividing by 0", ARRAYS),
    "a list": Wrong(lambda y: y.tolist(), "wrong type", "np.array(...)", ARRAYS),
    "rows of unequal length": Wrong(lambda y: [[1.0], [2.0, 3.0]], "wrong type"),
    "an array and a cache": Wrong(lambda y: (y, {}), "wrong type", "a comma", ARRAYS),
    "a number": Wrong(lambda y: y.flat[0], "wrong type", "the whole array", ARRAYS),
    "one axis more": Wrong(lambda y: y[None], "wrong shape", "merge the axes with", ARRAYS),
    "a row too many": Wrong(
        lambda y: np.concatenate([y, y[:1]]), "wrong shape", "Which axis", ARRAYS
    ),
    "two of everything": Wrong(lambda y: np.stack([y, y]), "wrong shape", "Which axis", ARRAYS),
    "one long axis": Wrong(np.ravel, "wrong shape", "split them with reshape", MANY_AXES),
    "no numbers": Wrong(lambda y: y[:0], "wrong shape", "", ARRAYS),
    "objects": Wrong(lambda y: y.astype(object), "wrong dtype", "array of objects", ARRAYS),
    "complex numbers": Wrong(lambda y: y.astype(complex), "wrong dtype", "complex", ARRAYS),
    "truth values": Wrong(lambda y: y != 0, "wrong dtype", "True and False", ARRAYS),
    "strings": Wrong(lambda y: y.astype(str), "wrong dtype", "text", ARRAYS),
    "integers": Wrong(
        lambda y: y.astype(int), "wrong dtype", "fractions", KEEP_DTYPE + ALWAYS_FLOAT64
    ),
    "float32": Wrong(
        lambda y: y.astype("f4"), "wrong dtype", "dtype of the input", KEEP_DTYPE + ALWAYS_FLOAT64
    ),
    "float64": Wrong(lambda y: y.astype("f8"), "wrong dtype", "became float64", KEEP_DTYPE),
    "a masked array": Wrong(np.ma.masked_array, "wrong type", "a plain array", ARRAYS),
    "an array equal to all": Wrong(
        lambda y: y.view(AlwaysEqualArray), "wrong type", "a plain array", ARRAYS
    ),
    "rounded numbers": Wrong(
        lambda y: np.float64(np.float32(y)) if y.dtype == "f8" else y,
        "wrong numbers",
        "Nearly right",
        EXACT,
    ),
    "huge numbers": Wrong(lambda y: np.full(y.shape, 1e300), "wrong numbers", "", ["pad2d"]),
    "a complex number": Wrong(complex, "wrong type", "", NUMBERS),
    "a truth value": Wrong(bool, "wrong type", "", NUMBERS),
    "an array of one": Wrong(lambda y: np.array([y]), "wrong type", "", NUMBERS),
    "an object in an array": Wrong(lambda y: np.array(y, object), "wrong type", "", NUMBERS),
    "a date": Wrong(lambda y: np.timedelta64(int(y), "D"), "wrong type", "", NUMBERS),
    "a huge integer": Wrong(lambda y: 10**9999, "wrong numbers", "", NUMBERS),
    "not a number": Wrong(lambda y: np.nan, "not finite", "", ["dot_product"]),
    "a float for an integer": Wrong(float, "wrong type", "gives a float", ["output_size"]),
}
EACH_WRONG_RESULT = [
    pytest.param(name, wrong, id=f"{name}-{kind}")
    for kind, wrong in WRONG_RESULTS.items()
    for name in wrong.exercises
]


@pytest.mark.parametrize(("name", "wrong"), EACH_WRONG_RESULT)
def test_a_wrong_result_gets_its_own_message(message, name, wrong):
    text = message(name, returning(name, wrong.change))
    assert text.splitlines()[0] == f"{name}: {wrong.headline}"
    assert wrong.likely in fact(text, "likely")
    assert labels(text) == [label for label in ORDER if label in labels(text)]
    assert ("done" in labels(text)) is EXERCISES[name].is_a_class
    assert {"case", "got", "expected", "so far", "try it"} <= set(labels(text))
    assert fact(text, "got") != fact(text, "expected")
    assert len(fact(text, "got")) <= 80


@pytest.mark.parametrize("name", MANY_AXES)
def test_a_transposed_result_is_never_right(message, name):
    headline = message(name, returning(name, np.transpose)).splitlines()[0]
    assert headline in (f"{name}: wrong shape", f"{name}: wrong numbers")


@pytest.mark.parametrize("name", ["im2col", "conv_forward_loops"])
def test_a_transposed_shape_is_said_to_be_one(message, name):
    def answer(*arguments):
        return np.ones(EXERCISES[name].reference(*arguments).shape[::-1], dtype=arguments[0].dtype)

    text = message(name, answer)
    assert text.splitlines()[0] == f"{name}: wrong shape"
    assert "opposite order" in fact(text, "likely")


@pytest.mark.parametrize("name", ["pad2d", "im2col", "conv_as_matrix", "correlate2d"])
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_is_told_from_an_array(message, name):
    def answer(*arguments):
        return np.asmatrix(EXERCISES[name].reference(*arguments))

    text = message(name, answer)
    assert text.splitlines()[0] == f"{name}: wrong type"
    assert fact(text, "got").startswith("a matrix of shape")


@pytest.mark.parametrize(("error", "is_hinted"), [(3e-7, True), (1e-5, False)])
def test_only_errors_as_small_as_those_of_float32_are_said_to_be_rounding(
    message, error, is_hinted
):
    text = message("conv_forward", returning("conv_forward", lambda y: y * y.dtype.type(1 + error)))
    assert ("Nearly right" in fact(text, "likely")) is is_hinted


def test_computing_in_float32_is_said_to_be_rounding(message):
    def answer(x, w, b, stride, padding):
        y = convolution.conv_forward(x.astype("f4"), w, b, stride, padding)
        return y.astype(x.dtype)

    assert "Nearly right" in fact(message("conv_forward", answer), "likely")


def test_wrong_numbers_are_shown_with_the_digits_that_tell_them_apart(message):
    text = message("pad2d", returning("pad2d", lambda y: y * (1 + 1e-8)))
    assert fact(text, "expected") == "2"
    assert fact(text, "got") == "2.00000002"


def test_the_index_is_that_of_the_first_wrong_number_and_all_are_counted(message):
    def change(y):
        y[1, 2] += 1
        y[2, 0] += 1
        return y

    text = message("pad2d", returning("pad2d", change))
    assert fact(text, "index") == "[1, 2]; 2 of 36 numbers are wrong"


@pytest.mark.parametrize("name", ARRAYS)
def test_memory_that_np_empty_finds_holds_no_right_numbers(name):
    tried = single_trials(name)
    exercise = replace(EXERCISES[name], cases=lambda rng: tried)
    results = [run(exercise.reference, case).value for case in tried]
    shapes = [(y.shape, y.dtype) for y in results]
    for _ in range(5):
        exercise.mark(exercise.reference)  # leaves the right numbers behind
        marks = exercise.mark(finding_what_is_left(name, shapes))
        assert Kind.RIGHT not in [verdict.kind for verdict in marks.verdicts]


def finding_what_is_left(name: str, shapes: list[tuple]) -> Any:
    """An answer that computes nothing and returns what np.empty finds."""
    trials = iter(shapes)
    if not EXERCISES[name].is_a_class:
        return lambda *arguments: np.empty(*next(trials))

    class Empty:
        def __init__(self, *settings):
            self.shape_and_dtype = next(trials)

        def forward(self, *inputs):
            self.dw = self.db = None
            return np.empty(*self.shape_and_dtype)

        def backward(self, *upstream):
            self.dw = self.db = np.empty(*self.shape_and_dtype)
            return self.dw

    return Empty


def test_an_answer_may_use_one_array_again_and_again(check, capsys):
    buffer = np.empty(100)

    def answer(x, w, b):
        y = convolution.correlate2d(x, w, b)
        buffer[: y.size] = y.ravel()
        return buffer[: y.size].reshape(y.shape)

    check.correlate2d(answer)
    assert "correlate2d: 9 cases" in capsys.readouterr().out


def test_an_answer_may_return_a_view_of_its_input(check, capsys):
    check.pad2d(lambda x, p: x[:] if p == 0 else np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p)] * 2))
    assert "pad2d: 7 cases" in capsys.readouterr().out


@pytest.mark.parametrize("convert", [float, np.float64, np.array, np.longdouble])
def test_a_number_may_be_one_of_python_or_of_numpy(check, convert):
    check.dot_product(lambda a, b: convert(a @ b))


@pytest.mark.parametrize("convert", [int, np.int64, np.uint8, np.array])
def test_an_integer_may_be_one_of_python_or_of_numpy(check, convert):
    check.output_size(returning("output_size", convert))


# What an answer does ---------------------------------------------------------------------------


def changing(name: str) -> Any:
    """A right answer, but what it is handed is no longer the same."""
    reference = EXERCISES[name].reference

    def adding_one(compute, arguments):
        result = compute(*arguments)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument += 1
        return result

    if not EXERCISES[name].is_a_class:
        return lambda *arguments: adding_one(reference, arguments)

    class Layer(reference):
        def forward(self, *inputs):
            return adding_one(super().forward, inputs)

    return Layer


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_a_changed_input_is_reported_even_when_the_result_is_right(message, name):
    text = message(name, changing(name))
    assert text.splitlines()[0] == f"{name}: changed its input"
    assert fact(text, "case").startswith("the example")
    assert fact(text, "got").startswith(f"another {first_array(name)} ")
    assert fact(text, "expected") == "the same"


def test_how_not_to_change_an_input_is_said(message):
    assert "Work on a copy: x = x.copy()" in fact(message("pad2d", changing("pad2d")), "likely")


def test_an_input_put_back_but_for_rounding_is_told_so(message):
    def answer(f, x, step):
        gradient = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            x[index] += step
            above = f(x)
            x[index] -= 2 * step
            gradient[index] = (above - f(x)) / (2 * step)
            x[index] += step
        return gradient

    text = message("numerical_gradient", answer)
    assert text.splitlines()[0] == "numerical_gradient: changed its input"
    assert "lost to rounding" in fact(text, "likely")
    assert "Or: Work on a copy: x = x.copy()" in fact(text, "likely")


def test_an_input_that_is_further_off_is_not_called_rounding(message):
    def answer(x, padding):
        padded = convolution.pad2d(x, padding)
        x += 1e-9
        return padded

    assert "rounding" not in message("pad2d", answer)


def test_an_entry_that_is_not_put_back_is_a_changed_input_that_is_named(message):
    def forgetful(f, x, step=1e-5):
        gradient = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            x[index] += step
            above = f(x)
            x[index] -= 2 * step
            gradient[index] = (above - f(x)) / (2 * step)
        return gradient

    text = message("numerical_gradient", forgetful)
    assert text.splitlines()[0] == "numerical_gradient: changed its input"
    assert "stays a step below" in fact(text, "likely")


def test_a_new_shape_or_dtype_of_an_input_is_a_change_too(message):
    def flattens(x, padding):
        padded = convolution.pad2d(x, padding)
        x.shape = (-1,)
        return padded

    assert "changed its input" in message("pad2d", flattens)


@each_exercise
def test_an_exception_is_shown_with_the_line_of_the_cell_it_comes_from(message, cell, name):
    raises = 'raise ValueError("no such thing")'
    source = written(name, raises)
    text = message(name, cell(source))
    assert text.splitlines()[0] == f"{name}: raised an exception"
    assert fact(text, "line") == f"{source.count(chr(10))} of your cell: {raises}"
    assert fact(text, "got") == "ValueError: no such thing"
    assert {"case", "line", "got", "expected", "likely", "so far", "try it"} <= set(labels(text))
    assert "index" not in labels(text)


def test_the_line_is_the_last_one_of_the_cell_even_deep_inside_numpy(message, cell):
    answer = cell("""
        import numpy as np

        def helper(x):
            return np.pad(x, -1)

        def answer(x, padding):
            return helper(x)
        """)
    text = message("pad2d", answer)
    assert fact(text, "line") == "4 of your cell: return np.pad(x, -1)"


class WordlessError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "got"),
    [
        (AssertionError(), "AssertionError"),
        (SystemExit(1), "SystemExit: 1"),
        (GeneratorExit(), "GeneratorExit"),
        (MemoryError("8 EiB"), "MemoryError: 8 EiB"),
        (CheckFailed("inside"), "CheckFailed: inside"),
        (ValueError("one\ntwo\n" * 99), "ValueError: one two one two"),
        (WordlessError(), "WordlessError: (cannot be printed)"),
    ],
)
@each_exercise
def test_no_exception_of_an_answer_escapes(message, name, error, got):
    def fail(*arguments):
        raise error

    text = message(name, doing(name, fail))
    assert text.splitlines()[0] == f"{name}: raised an exception"
    assert fact(text, "got").startswith(got)


@pytest.mark.parametrize(
    "middle", ["word " * 99, "w" * 999, "a_name_of_forty_letters_and_no_blanks_in " * 9]
)
def test_a_long_exception_loses_its_middle_and_keeps_its_end(message, middle):
    def answer(a, b):
        raise ValueError(f"begins {middle} ends with (2,3)")

    text = message("dot_product", answer)
    assert fact(text, "got").startswith("ValueError: begins ")
    assert " ... " in fact(text, "got")
    assert fact(text, "got").endswith("ends with (2,3)")
    lines = [line[:11].strip() for line in text.splitlines()]
    assert lines.index("expected") - lines.index("got") == 2


def test_an_interrupt_ends_the_check(check):
    def answer(a, b):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.dot_product(answer)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_blank_in_the_notebook_is_not_attempted(check, capsys, name):
    blank = defined(name, exercise_cell(PROJECT.notebooks, name))
    with pytest.raises(NotAttempted) as failed:
        getattr(check, name)(blank)
    assert str(failed.value).startswith(f"{name}: not attempted yet\nReplace the line")
    check.progress(EXERCISES[name].lesson)
    states = [line.split(maxsplit=4)[0::4] for line in capsys.readouterr().out.splitlines()]
    assert [name, "not attempted"] in states


def test_a_blank_that_an_answer_calls_is_not_the_answer_itself(message, cell):
    answer = cell("""
        def im2col(x, kernel_size, stride, padding):
            raise NotImplementedError("im2col")

        def answer(x, w, b, stride=1, padding=0):
            return im2col(x, w.shape[2:], stride, padding)
        """)
    text = message("conv_forward", answer)
    assert text.splitlines()[0] == "conv_forward: raised an exception"
    assert fact(text, "got") == "NotImplementedError: im2col"
    assert "still to be written" in fact(text, "likely")


def test_half_an_answer_says_which_case_is_still_to_be_written(message):
    def answer(x, w, b, stride, padding):
        if stride > 1:
            raise NotImplementedError
        return convolution.correlate2d_strided(x, w, b, stride, padding)

    text = message("correlate2d_strided", answer)
    assert text.splitlines()[0] == "correlate2d_strided: not attempted yet"
    assert fact(text, "case").startswith("stride:")


@pytest.mark.parametrize("name", EXERCISES)
def test_another_number_of_parameters_is_told_before_anything_is_run(message, name):
    class Layer:
        def __init__(self, x, *, more):
            raise AssertionError("this must not run")

    def function(x, *, more):
        raise AssertionError("this must not run")

    text = message(name, Layer if EXERCISES[name].is_a_class else function)
    assert text.splitlines()[0] == f"{name}: wrong parameters"
    assert fact(text, "got") == f"{EXERCISES[name].answer_name}(x, *, more)"
    assert fact(text, "expected").startswith(f"{EXERCISES[name].answer_name}(")
    assert "`def`" in fact(text, "likely")


def test_a_built_in_function_is_an_answer_like_any_other(check):
    check.dot_product(np.dot)


class Signless:
    __signature__ = "none"

    def __call__(self, *arguments):
        raise ValueError


@pytest.mark.parametrize("answer", [max, Signless()])
def test_a_function_whose_parameters_cannot_be_known_is_called_all_the_same(message, answer):
    text = message("dot_product", answer)
    assert text.splitlines()[0] == "dot_product: raised an exception"
    assert fact(text, "try it").startswith(
        f"{getattr(answer, '__name__', 'dot_product')}(*check.case.values())"
    )


def test_what_an_answer_prints_is_shown_and_harms_nothing(check, capsys):
    def answer(a, b):
        print("here")
        return a @ b

    check.dot_product(answer)
    assert capsys.readouterr().out.splitlines()[:6] == ["here"] * 6


def test_the_check_itself_never_warns(message):
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        for wrong in WRONG_RESULTS.values():
            for name in (wrong.exercises[0], wrong.exercises[-1]):
                message(name, returning(name, wrong.change))
        message("pad2d", returning("pad2d", lambda y: np.full_like(y, np.finfo(y.dtype).max)))


def nearest_alike(tried: list[Case], wrong: int) -> int:
    """The last case before a wrong one in which the same is done, or else the first after it."""
    alike = [k for k, case in enumerate(tried) if case.use is tried[wrong].use and k != wrong]
    return max((k for k in alike if k < wrong), default=alike[0])


def stands_for(shown: str, whole: str) -> bool:
    """Whether a text is shown whole, or without its middle."""
    begin, dots, end = shown.partition(" ... ")
    return shown == whole or (bool(dots) and whole.startswith(begin) and whole.endswith(end))


@pytest.mark.parametrize("name", DIRECT)
def test_a_wrong_case_is_set_against_the_right_one_before_it(message, name):
    tried = single_trials(name)
    for wrong in range(len(tried)):

        def change(value, trial, part, wrong=wrong):
            return value + 7 * (trial == wrong)

        text = message(name, changed(name, change))
        assert stands_for(fact(text, "case"), tried[wrong].describe())
        right = tried[nearest_alike(tried, wrong)].describe()
        words = "No known mistake fits. To compare, a case that is right:"
        assert stands_for(fact(text, "likely"), f"{words} {right}")


@each_exercise
def test_the_score_of_every_group_is_shown(message, name):
    score = fact(message(name, returning(name, noise)), "so far")
    groups = {case.group for case in cases(name)}
    assert {group.rpartition(" ")[0] for group in score.split(", ")} == groups


# What is no answer -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("thing", [None, 3.0, np.zeros(3), "im2col", ...])
def test_what_cannot_be_called_is_refused(message, name, thing):
    text = message(name, thing)
    assert text.splitlines()[0] == f"{name}: wrong type"
    assert f"check.{name}({EXERCISES[name].answer_name})" in " ".join(text.split())


def test_forgetting_the_answer_is_explained_too(check):
    with pytest.raises(CheckFailed, match="Give the function itself"):
        check.im2col()


@pytest.mark.parametrize("name", EXERCISES)
def test_the_courses_own_version_is_refused(message, name):
    assert "the course's version, not yours" in message(name, EXERCISES[name].reference)


def test_a_misspelt_exercise_is_met_with_a_suggestion(check):
    with pytest.raises(AttributeError, match=r"called im2coll; did you mean check\.im2col\?"):
        check.im2coll  # noqa: B018
    with pytest.raises(AttributeError, match=r"no exercise is called zzz$"):
        check.zzz  # noqa: B018
    assert not hasattr(check, "_repr_html_")


def test_tab_completion_offers_every_exercise(check):
    assert set(EXERCISES) <= set(dir(check))


# check.case --------------------------------------------------------------------------------------


@each_exercise
def test_check_case_holds_the_first_wrong_case(message, check, name):
    message(name, changed(name, lambda value, trial, part: value if trial < 2 else None))
    assert list(check.case) == list(cases(name)[2].arguments)
    assert all(map(same, check.case.values(), cases(name)[2].arguments.values()))


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_check_case_stays_the_same_although_a_call_changes_it(message, check, name):
    message(name, returning(name, lambda value: None))
    first = first_array(name)
    before = check.case[first].copy()
    check.case[first][...] = 0
    np.testing.assert_array_equal(check.case[first], before)


def test_the_line_to_try_works_for_any_names_of_the_parameters(message, check):
    def same_names(x, padding):
        return x * 3

    def other_names(image, p):
        return image * 3

    for answer in (same_names, other_names):
        call = fact(message("pad2d", answer), "try it").removesuffix(" runs this very case again")
        result = eval(call, {answer.__name__: answer, "check": check})
        np.testing.assert_array_equal(result, check.case["x"] * 3)


# In a notebook ----------------------------------------------------------------------------------


def plain(printed: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", printed)


WRONG_CELL = """\
def pad2d(x, padding):
    last = len(x) + padding
    return x[last]
"""


def test_ipython_shows_the_message_alone(shell, capsys):
    shell.run_cell(WRONG_CELL)
    result = shell.run_cell("check.pad2d(pad2d)")
    printed = plain("".join(capsys.readouterr()))
    assert printed.strip() == str(result.error_in_exec)
    assert "Traceback" not in printed
    assert "course/checks" not in printed
    assert "3 of your cell: return x[last]" in printed


def test_ipython_runs_the_line_to_try(shell, capsys):
    shell.run_cell(WRONG_CELL)
    shell.run_cell("check.pad2d(pad2d)")
    result = shell.run_cell("pad2d(**check.case)")
    assert isinstance(result.error_in_exec, IndexError)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("check.pad2dd", "no exercise is called pad2dd; did you mean check.pad2d?"),
        ("check.pad2d(3)", "pad2d: wrong type\nGive the function itself, without calling it: "),
        ("check.pad2d()", "pad2d: wrong type\nGive the function itself, without calling it: "),
        ("check.pad2d(lambda: 3)", "pad2d: wrong parameters\n  got      pad2d()\n"),
    ],
)
def test_ipython_shows_every_refusal_alone(shell, capsys, source, shown):
    shell.run_cell(source)
    printed = plain("".join(capsys.readouterr()))
    assert printed.startswith(shown)
    assert "Traceback" not in printed


# The helpers --------------------------------------------------------------------------------------


def called(name: str, function: Callable) -> Callable:
    function.__name__ = name
    return function


def test_progress_counts_what_is_right_since_the_kernel_was_started(check, capsys):
    def pad2d(x, padding):
        raise NotImplementedError

    def correlate2d_strided(x, w, b, stride, padding):
        return None

    check.output_size(called("output_size", returning("output_size", int)))
    for answer in (pad2d, correlate2d_strided):
        with pytest.raises(CheckFailed):
            getattr(check, answer.__name__)(answer)
    capsys.readouterr()
    check.progress("02")
    check.progress("01")
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["output_size", "2", "of", "2", "right"],
        ["pad2d", "0", "of", "2", "not", "attempted"],
        ["correlate2d_strided", "0", "of", "3", "wrong"],
        ["together", "2", "of", "7"],
        ["correlate2d", "0", "of", "4", "not", "checked", "yet"],
        ["together", "0", "of", "4"],
    ]


@pytest.mark.parametrize(
    "thing",
    [called("dot_product", lambda a, b: 0), lambda a, b: 0, EXERCISES["dot_product"].reference, 3],
)
def test_what_was_right_stays_right_when_something_else_is_tried(check, capsys, thing):
    check.dot_product(called("dot_product", lambda a, b: a @ b))
    with pytest.raises(CheckFailed):
        check.dot_product(thing)
    check.progress("00")
    assert "1 of 1  right" in capsys.readouterr().out


def test_an_answer_may_be_wrong_before_it_is_right(check, capsys):
    with pytest.raises(CheckFailed):
        check.dot_product(called("dot_product", lambda a, b: 0))
    check.progress("00")
    assert "0 of 1  wrong" in capsys.readouterr().out
    check.dot_product(called("dot_product", lambda a, b: a @ b))
    check.progress("00")
    assert "1 of 1  right" in capsys.readouterr().out


def blank(a, b):
    raise NotImplementedError


@pytest.mark.parametrize("shown_off", [lambda a, b: 0, lambda a, b: a @ b, np.sum, np.dot, blank])
def test_functions_of_other_names_are_judged_and_leave_the_progress_alone(check, capsys, shown_off):
    with contextlib.suppress(CheckFailed):
        check.dot_product(shown_off)
    check.progress("00")
    assert "0 of 1  not checked yet" in capsys.readouterr().out


def test_progress_of_a_lesson_without_exercises_says_so(check, capsys):
    check.progress("99")
    assert capsys.readouterr().out == "There are no exercises in lesson 99.\n"


def test_the_environment_of_the_tests_is_new_enough(check, capsys):
    check.environment()
    assert "You can begin" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["1.26.4", "1.9.0", "0.1.dev0"])
def test_an_old_numpy_is_refused_in_plain_words(check, monkeypatch, version):
    monkeypatch.setattr(np, "__version__", version)
    with pytest.raises(CheckFailed, match=r"NumPy \d+\.\d+ is too old: the course needs 2\.0"):
        check.environment()


@pytest.mark.parametrize("version", ["2.0.0", "2.10.1", "3.0.0.dev0+git"])
def test_a_new_numpy_is_not(check, monkeypatch, version):
    monkeypatch.setattr(np, "__version__", version)
    check.environment()


def test_an_old_python_is_refused_in_plain_words(check, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(CheckFailed, match=r"Python 3\.10 is too old: the course needs 3\.11"):
        check.environment()


def test_a_number_whose_fraction_is_cut_off_is_told_so(message):
    text = message("dot_product", lambda a, b: int(np.sum(a * b)))
    assert "fractions are cut off" in text


def test_a_demonstration_is_called_by_its_own_name(message):
    def turned(x, w, b=0.0):
        return -x

    assert "turned(**check.case) runs this very case again" in message("correlate2d", turned)


# What the exercises of lessons 11 to 13 say of their own ------------------------------------------


class LossOfAShift:
    """As in the lesson, but for what is taken away from the scores."""

    def forward(self, scores, labels):
        shifted = scores - self.shift(scores)
        with np.errstate(all="ignore"):
            totals = np.sum(np.exp(shifted), axis=1)
            self.p, self.labels = np.exp(shifted) / totals[:, None], labels
            return np.mean(np.log(totals) - shifted[np.arange(len(labels)), labels])

    def backward(self):
        dscores = self.p.copy()
        dscores[np.arange(len(self.labels)), self.labels] -= 1
        return dscores / len(self.labels)


class OfNothing(LossOfAShift):
    def shift(self, scores):
        return 0


class OfTheBatch(LossOfAShift):
    def shift(self, scores):
        return scores.max()


class OfTheLargestSize(LossOfAShift):
    def shift(self, scores):
        return np.abs(scores).max(axis=1, keepdims=True)


@pytest.mark.parametrize("loss", [OfNothing, OfTheBatch, OfTheLargestSize])
def test_a_loss_that_large_scores_break_is_told_to_take_the_largest_of_each_row_away(message, loss):
    text = message("softmax_cross_entropy", loss)
    assert text.splitlines()[0] == "softmax_cross_entropy: not finite"
    assert "largest score of its row" in fact(text, "likely")
    assert "np.empty" not in text


def test_a_gradient_that_large_scores_break_is_told_so_too(message):
    class Gradient(LossOfAShift):
        def shift(self, scores):
            return scores.max(axis=1, keepdims=True)

        def backward(self):
            with np.errstate(all="ignore"):
                return super().backward() / (self.p > 0)

    likely = fact(message("softmax_cross_entropy", Gradient), "likely")
    assert "largest score of each row" in likely


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "softmax_cross_entropy",
            type("PerImage", (), {"forward": lambda self, scores, labels: scores[:, 0]}),
            "the mean over the images",
        ),
        (
            "train_step",
            lambda model, loss, x, labels, optimizer: model.forward(x) * 2,
            "the number that loss.forward has returned",
        ),
    ],
)
def test_an_array_in_place_of_a_loss_is_told_which_number_is_meant(message, name, answer, words):
    text = message(name, answer)
    assert text.splitlines()[0] == f"{name}: wrong type"
    assert words in fact(text, "likely")


class Tripled(nn.Linear):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features, rng)
        self.w = 3 * self.w


class BiasOfOnes(nn.Linear):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features, rng)
        self.b = np.ones(out_features)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Tripled, "standard deviation is to be sqrt(2 / in_features)"),
        (BiasOfOnes, "The bias begins with zeros"),
    ],
)
def test_how_a_layer_begins_is_not_to_be_worked_out_by_hand(message, layer, words):
    likely = fact(message("linear", layer), "likely")
    assert words in likely
    assert "by hand" not in likely


@pytest.mark.parametrize(("wrong", "part"), [(0, "new w"), (1, "new velocity")])
def test_of_two_results_the_index_says_which_is_meant(message, wrong, part):
    def answer(*arguments):
        results = [result.copy() for result in nn.sgd_momentum(*arguments)]
        results[wrong][1] += 1
        return results

    text = message("sgd_momentum", answer)
    assert fact(text, "index") == f"[1] of the {part}; 1 of 3 numbers are wrong"


def test_a_zero_has_no_sign(message):
    class ReLU(nn.ReLU):
        def backward(self, dy):
            dx = dy * self.positive
            return np.where((dx == 0) & (dy < 0), 1, dx)

        def forward(self, x):
            self.positive = x > 0
            return super().forward(x)

    assert re.search(r"expected +0$", message("relu", ReLU), re.MULTILINE)


def test_the_hints_of_an_exercise_fit_on_a_screen_whole():
    hints = [hint for exercise in EXERCISES.values() for hint in exercise.hints.values()]
    assert hints
    assert max(len(textwrap.wrap(hint, 78 - 11)) for hint in hints) <= 3
