"""Whatever is handed in gets a message of its own, and nothing but a message."""

import contextlib
import re
import sys
import textwrap
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES
from course.checks.failure import failure
from course.checks.message import LABEL_WIDTH, WIDTH, CheckFailed, NotAttempted
from course.checks.outcome import Outcome, run
from course.checks.verdict import Kind, an_array, judge

from .trials import (
    DIRECT,
    KINDS,
    LAYERS,
    ONE_OF_A_KIND,
    PROJECT,
    WITH_ARRAYS,
    cases,
    changed,
    defined,
    doing,
    each,
    exercise_cell,
    first_array,
    first_result,
    plain,
    returning,
    same,
    written,
)

ORDER = ["case", "done", "line", "index", "got", "expected", "likely", "so far", "try it"]
NUMBERS = [name for name in DIRECT if not isinstance(first_result(name), np.ndarray)]
ARRAYS = [name for name in DIRECT if np.ndim(first_result(name)) > 0]
ALWAYS_FLOAT64 = ["numerical_gradient"]
ANY_DTYPE = ["correlate2d", "pad2d", "correlate2d_strided"]
KEEP_DTYPE = [name for name in ARRAYS if name not in ANY_DTYPE + ALWAYS_FLOAT64]
MANY_AXES = [name for name in ARRAYS if first_result(name).ndim > 1]
EXACT = [name for name in ARRAYS if EXERCISES[name].tolerance is None]
FUNCTIONS = [name for name in KINDS if name not in LAYERS]


def labels(message: str) -> list[str]:
    return [line[2:11].strip() for line in message.splitlines()[1:] if line[2] != " "]


def fact(message: str, label: str) -> str:
    """What stands behind a label, on however many lines; the drawing belongs to none."""
    found = re.search(rf"^  {label} +(.*?)(?=^  \w|^ {{12}}|\Z)", message, re.MULTILINE | re.DOTALL)
    assert found, f"no {label!r} in\n{message}"
    return " ".join(found[1].split())


def drawing(message: str) -> list[str]:
    """The lines between what was expected and what is likely."""
    lines = message.partition("\n  likely")[0].splitlines()
    first = next((k for k, line in enumerate(lines) if line.startswith(" " * 12)), len(lines))
    return lines[first:]


# Results of every kind ------------------------------------------------------------------------


class AlwaysEqual:
    __hash__ = None

    def __eq__(self, other):
        return True


class AlwaysEqualArray(AlwaysEqual, np.ndarray):
    pass


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
    "zeros": Wrong(lambda y: y * 0, "wrong numbers", " 0, "),
    "noise": Wrong(noise, "wrong numbers", " in every case."),
    "None": Wrong(lambda y: None, "returned None", "Is there a `return`"),
    "a string": Wrong(lambda y: "1.0", "wrong type", "Return "),
    "an unprintable thing": Wrong(lambda y: Unprintable(), "wrong type", "Return "),
    "an object equal to all": Wrong(lambda y: AlwaysEqual(), "wrong type", "Return "),
    "a generator": Wrong(lambda y: (number for number in [y]), "wrong type", "Return "),
    "a tuple": Wrong(lambda y: (y, y), "wrong type", "Return "),
    "a function": Wrong(lambda y: lambda: y, "wrong type", "Return "),
    "NotImplemented": Wrong(lambda y: NotImplemented, "wrong type", "Return "),
    "nan": Wrong(one_entry(np.nan), "not finite", "np.empty", ARRAYS),
    "inf": Wrong(one_entry(-np.inf), "not finite", "Dividing by 0", ARRAYS),
    "a list": Wrong(lambda y: y.tolist(), "wrong type", "np.array(...)", ARRAYS),
    "rows of unequal length": Wrong(lambda y: [[1.0], [2.0, 3.0]], "wrong type"),
    "an array and a cache": Wrong(lambda y: (y, {}), "wrong type", "a comma", ARRAYS),
    "a number": Wrong(lambda y: y.flat[0], "wrong type", "the whole array", ARRAYS),
    "one axis more": Wrong(lambda y: y[None], "wrong shape", "only its shape is another", ARRAYS),
    "a row too many": Wrong(
        lambda y: np.concatenate([y, y[:1]]), "wrong shape", "1 image too many", ARRAYS
    ),
    "two of everything": Wrong(lambda y: np.stack([y, y]), "wrong shape", "where (N, F", ARRAYS),
    "one long axis": Wrong(np.ravel, "wrong shape", "only its shape is another one", MANY_AXES),
    "no numbers": Wrong(lambda y: y[:0], "wrong shape", "lacks", ARRAYS),
    "an array of None": Wrong(lambda y: np.full(y.shape, None), "wrong dtype", "objects", ARRAYS),
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
    "a matrix": Wrong(
        lambda y: y.view(np.matrix), "wrong type", "a plain array", ["im2col", "conv_as_matrix"]
    ),
    "an array equal to all": Wrong(
        lambda y: y.view(AlwaysEqualArray), "wrong type", "a plain array", ARRAYS
    ),
    "rounded numbers": Wrong(
        lambda y: np.float64(np.float32(y)) if y.dtype == "f8" else y,
        "wrong numbers",
        "right to about six digits",
        EXACT,
    ),
    "a little too large": Wrong(
        lambda y: y * y.dtype.type(1 + 3e-7) if y.dtype == "f8" else y,
        "wrong numbers",
        "right to about six digits",
        EXACT,
    ),
    "too large": Wrong(
        lambda y: y * y.dtype.type(1 + 1e-3), "wrong numbers", " times 1.001.", EXACT
    ),
    "huge numbers": Wrong(lambda y: np.full(y.shape, 1e300), "wrong numbers", "", ARRAYS),
    "a complex number": Wrong(complex, "wrong type", "Return one", NUMBERS),
    "a truth value": Wrong(bool, "wrong type", "Return one", NUMBERS),
    "an array of one": Wrong(lambda y: np.array([y]), "wrong type", "Return one", NUMBERS),
    "an object in an array": Wrong(lambda y: np.array(y, object), "wrong type", "", NUMBERS),
    "a date": Wrong(lambda y: np.timedelta64(int(y), "D"), "wrong type", "", NUMBERS),
    "a huge integer": Wrong(lambda y: 10**9999, "wrong numbers", "", NUMBERS),
    "not a number": Wrong(lambda y: np.nan, "not finite", "", ["dot_product"]),
    "a float for an integer": Wrong(float, "wrong type", "gives a float", ["output_size"]),
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for kind, wrong in WRONG_RESULTS.items()
        for name in [n for n in FUNCTIONS if n in wrong.exercises] or wrong.exercises[:1]
    ],
)
def test_a_wrong_result_gets_its_own_message_and_never_a_warning(message, name, kind):
    wrong = WRONG_RESULTS[kind]
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        text = message(name, returning(name, wrong.change))
    assert text.splitlines()[0] == f"{name}: {wrong.headline}"
    assert wrong.likely.strip() in fact(text, "likely")
    assert labels(text) == [label for label in ORDER if label in labels(text)]
    assert {"case", "got", "expected", "likely", "so far", "try it"} <= set(labels(text))
    assert "done" not in labels(text)
    assert fact(text, "got") != fact(text, "expected")
    assert len(fact(text, "got")) <= 80


@pytest.mark.slow
@pytest.mark.parametrize("name", DIRECT)
def test_a_wrong_result_is_told_apart_in_every_exercise(name):
    for kind, wrong in WRONG_RESULTS.items():
        if name in wrong.exercises:
            marks = EXERCISES[name].mark(returning(name, wrong.change))
            assert marks.verdicts[marks.first_wrong()].kind.value == wrong.headline, kind


@pytest.mark.slow
@pytest.mark.parametrize("name", [*KINDS, "im2col", "max_pool", "grouped_conv", "relative_error"])
def test_a_message_fits_on_a_screen_with_all_searches_too(name):
    answer = returning(name, noise)
    text = str(failure(EXERCISES[name].mark(answer), answer))
    assert len(text.splitlines()) <= 26
    assert max(map(len, text.splitlines())) <= WIDTH
    assert ("done" in labels(text)) is EXERCISES[name].is_a_class


@each(MANY_AXES)
def test_a_transposed_result_is_never_right(name):
    marks = EXERCISES[name].mark(returning(name, np.transpose))
    assert marks.verdicts[marks.first_wrong()].kind in (Kind.WRONG_SHAPE, Kind.WRONG_NUMBERS)


def test_wrong_numbers_are_shown_with_the_digits_that_tell_them_apart(message):
    text = message("pad2d", returning("pad2d", lambda y: y * (1 + 1e-8)))
    got, expected = fact(text, "got"), fact(text, "expected")
    assert len(expected) == 1
    assert got == f"{expected}.0000000{expected}"


def test_the_drawing_shows_inputs_result_and_right_result_and_the_index_the_first_wrong_number(
    message,
):
    def change(y):
        y.flat[[0, -1]] += 1
        return y

    text = message("conv_forward", returning("conv_forward", change))
    lines = drawing(text)
    assert lines[0].split() == ["x", "w", "b", "got", "right"]
    assert re.fullmatch(r"\[0, 0, 0, 0\]; [12] of [12] numbers are wrong", fact(text, "index"))
    assert f"[{fact(text, 'got')}]" in "".join(lines).replace(" ", "")
    assert "".join(lines).count("[") == int(fact(text, "index")[14])


@pytest.mark.parametrize("name", ["im2col", "dot_product"])
def test_the_groups_that_are_not_all_right_are_counted_and_the_others_listed(message, name):
    groups = list(dict.fromkeys(case.group for case in cases(name)))
    first = [case.group for case in cases(name)].index(groups[2])
    total = sum(case.group == groups[2] for case in cases(name))

    def change(value, trial, part):
        return None if trial == first else value

    text = message(name, changed(name, change))
    others = ", ".join(group for group in groups if group != groups[2])
    assert fact(text, "so far") == f"{groups[2]} {total - 1}/{total}; right: {others}"


@each([name for name in ARRAYS if name not in LAYERS])
def test_memory_that_np_empty_finds_holds_no_right_numbers(name):
    exercise = EXERCISES[name]
    expected = [run(exercise.reference, case).value for case in cases(name)]
    for _ in range(5):
        left = iter([(y.shape, y.dtype) for y in expected])
        exercise.mark(exercise.reference)  # leaves the right numbers behind
        marks = exercise.mark(lambda *arguments, left=left: np.empty(*next(left)))
        assert Kind.RIGHT not in [verdict.kind for verdict in marks.verdicts]


def test_an_answer_may_use_an_array_again_return_a_view_and_print(check, capsys):
    buffer = np.empty(100)

    def answer(x, w, b):
        y = convolution.correlate2d(x, w, b)
        buffer[: y.size] = y.ravel()
        print("here")
        return buffer[: y.size].reshape(y.shape)

    check.correlate2d(answer)
    assert capsys.readouterr().out.splitlines()[:6] == ["here"] * 6
    check.pad2d(lambda x, p: x[:] if p == 0 else np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p)] * 2))


def test_a_number_may_be_one_of_python_or_of_numpy_and_an_answer_built_in(check):
    for convert in (float, np.float64, np.array, np.longdouble):
        check.dot_product(lambda a, b, convert=convert: convert(a @ b))
    for convert in (int, np.int64, np.uint8, np.array):
        check.output_size(returning("output_size", convert))
    check.dot_product(np.dot)


def test_a_number_whose_fraction_is_cut_off_is_told_so(message):
    assert "fractions are cut off" in message("dot_product", lambda a, b: int(np.sum(a * b)))


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
    forward = {"forward": lambda layer, *x: adding_one(partial(reference.forward, layer), x)}
    return type("Layer", (reference,), forward)


@each(WITH_ARRAYS)
def test_a_changed_input_is_reported_even_when_the_result_is_right(message, name):
    text = message(name, changing(name))
    assert text.splitlines()[0] == f"{name}: changed its input"
    assert fact(text, "got").startswith(f"another {first_array(name)} ")
    assert fact(text, "expected") == "the same"


def flattens(x):
    x.shape = (-1,)


def adds_a_little(x):
    x += 1e-9


def adds_and_takes_away(x):
    x += 0.1
    x -= 0.1


@pytest.mark.parametrize("change", [flattens, adds_a_little, adds_and_takes_away])
def test_how_an_input_was_changed_is_told(message, change):
    def answer(x, padding):
        padded = convolution.pad2d(x, padding)
        change(x)
        return padded

    text = message("pad2d", answer)
    assert text.splitlines()[0] == "pad2d: changed its input"
    assert "Work on a copy: x = x.copy()" in fact(text, "likely")
    assert ("lost to rounding" in fact(text, "likely")) is (change is adds_and_takes_away)


@each(ONE_OF_A_KIND)
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
@pytest.mark.parametrize("name", ["dot_product", "relu", "train_step"])
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
    assert "stride=2, padding=0" in fact(text, "case")


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


# What is no answer -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_no_answer_is_refused_before_anything_is_run(message, name):
    class Layer:
        def __init__(self, x, *, more):
            raise AssertionError("this must not run")

    def function(x, *, more):
        raise AssertionError("this must not run")

    called = EXERCISES[name].answer_name
    for thing in (None, 3.0, np.zeros(3), "im2col", ...):
        text = message(name, thing)
        assert text.splitlines()[0] == f"{name}: wrong type"
        assert f"check.{name}({called})" in " ".join(text.split())
    assert "the course's version, not yours" in message(name, EXERCISES[name].reference)
    text = message(name, Layer if EXERCISES[name].is_a_class else function)
    assert text.splitlines()[0] == f"{name}: wrong parameters"
    assert fact(text, "got") == f"{called}(x, *, more)"
    assert fact(text, "expected").startswith(f"{called}(")
    assert "`def`" in fact(text, "likely")


def test_a_misspelt_exercise_is_met_with_a_suggestion_and_tab_completion_offers_all(check):
    with pytest.raises(AttributeError, match=r"called im2coll; did you mean check\.im2col\?"):
        check.im2coll  # noqa: B018
    with pytest.raises(AttributeError, match=r"no exercise is called zzz$"):
        check.zzz  # noqa: B018
    assert not hasattr(check, "_repr_html_")
    assert set(EXERCISES) <= set(dir(check))


# check.case --------------------------------------------------------------------------------------


@each(WITH_ARRAYS)
def test_check_case_holds_the_case_of_the_message_whatever_a_call_does_to_it(message, check, name):
    text = message(name, changed(name, lambda value, trial, part: value if trial < 2 else None))
    described, before, after = fact(text, "case"), check.case, check.case
    assert list(before) == list(cases(name)[2].arguments)
    assert " ... " in described or all(
        f"{k} {v.shape} {v.dtype}" in described
        for k, v in before.items()
        if isinstance(v, np.ndarray)
    )
    after[first_array(name)][...] = np.nan
    np.testing.assert_array_equal(check.case[first_array(name)], before[first_array(name)])


def test_a_case_that_cannot_be_wrong_again_is_the_first_wrong_one(message, check):
    """Of an answer that is wrong once, no smaller case is found."""
    message("conv_forward", changed("conv_forward", lambda y, trial, part: y + 7 * (trial == 5)))
    assert all(map(same, check.case.values(), cases("conv_forward")[5].arguments.values()))


def test_the_line_to_try_works_for_any_names_of_the_parameters(message, check):
    def same_names(x, padding):
        return x * 3

    def other_names(image, p):  # a demonstration has a name of its own
        return image * 3

    for answer in (same_names, other_names):
        call = fact(message("pad2d", answer), "try it").removesuffix(" runs this very case again")
        result = eval(call, {answer.__name__: answer, "check": check})
        np.testing.assert_array_equal(result, check.case["x"] * 3)


# In a notebook ----------------------------------------------------------------------------------

WRONG_CELL = """\
def pad2d(x, padding):
    last = len(x) + padding
    return x[last]
"""


def test_ipython_shows_the_message_alone_and_runs_the_line_to_try(shell, capsys):
    shell.run_cell(WRONG_CELL)
    result = shell.run_cell("check.pad2d(pad2d)")
    printed = plain("".join(capsys.readouterr()))
    assert printed.strip() == str(result.error_in_exec)
    assert "Traceback" not in printed
    assert "course/checks" not in printed
    assert "3 of your cell: return x[last]" in printed
    assert isinstance(shell.run_cell("pad2d(**check.case)").error_in_exec, IndexError)


def test_in_colour_wrong_numbers_are_marked_and_nothing_else_is_different(shell, capsys):
    shell.run_cell("def correlate2d(x, w, b=0.0):\n    return x[2:, 2:] + b")
    result = shell.run_cell("check.correlate2d(correlate2d)")
    printed = "".join(capsys.readouterr())
    assert "\x1b[" in printed
    colourless, message = plain(printed).split(), str(result.error_in_exec)
    assert colourless == re.sub(r"\[ *(-?[\d.]+)\]", r" \1 ", message).split()


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


def progress(check, capsys, lesson: str) -> list[str]:
    capsys.readouterr()
    check.progress(lesson)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_progress_counts_what_the_last_checks_said(check, capsys):
    def pad2d(x, padding):
        raise NotImplementedError

    def correlate2d_strided(x, w, b, stride, padding):
        return None

    for answer in (pad2d, correlate2d_strided):
        with pytest.raises(CheckFailed):
            getattr(check, answer.__name__)(answer)
    assert progress(check, capsys, "02") == [
        "output_size 0 of 2 not checked yet",
        "pad2d 0 of 2 not attempted",
        "correlate2d_strided 0 of 3 wrong",
        "together 0 of 7",
    ]
    check.dot_product(called("dot_product", lambda a, b: a @ b))
    assert progress(check, capsys, "00") == ["dot_product 1 of 1 right", "together 1 of 1"]
    assert progress(check, capsys, "99") == ["There are no exercises in lesson 99."]


def blank(a, b):
    raise NotImplementedError


@pytest.mark.parametrize("before", ["right", "not checked yet"])
def test_what_has_another_name_or_is_no_answer_leaves_the_progress_alone(check, capsys, before):
    if before == "right":
        check.dot_product(called("dot_product", lambda a, b: a @ b))
    others = [lambda a, b: 0, lambda a, b: a @ b, np.sum, np.dot, blank, 3]
    for shown_off in (*others, EXERCISES["dot_product"].reference):
        with contextlib.suppress(CheckFailed):
            check.dot_product(shown_off)
        assert progress(check, capsys, "00")[0].endswith(f" of 1 {before}")


def test_an_old_python_or_numpy_is_refused_in_plain_words(check, monkeypatch, capsys):
    for version in ("2.0.0", "2.10.1", "3.0.0.dev0+git", np.__version__):
        monkeypatch.setattr(np, "__version__", version)
        check.environment()
        assert "You can begin" in capsys.readouterr().out
    for version, short in (("1.26.4", "1.26"), ("1.9.0", "1.9"), ("0.1.dev0", "0.1")):
        monkeypatch.setattr(np, "__version__", version)
        with pytest.raises(CheckFailed, match=f"^NumPy {short} is too old: the course needs 2.0"):
            check.environment()
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(CheckFailed, match=r"Python 3\.10 is too old: the course needs 3\.11"):
        check.environment()


# What the exercises of lessons 11 to 13 say of their own ------------------------------------------


def beginning_with(**values):
    class Begins(nn.Linear):
        def __init__(self, *settings):
            super().__init__(*settings)
            vars(self).update({k: change(self) for k, change in values.items()})

    return Begins


def loss_of(compute):
    return type("Loss", (), {"forward": lambda self, scores, labels: compute(scores)})


@pytest.mark.parametrize(
    ("name", "answer", "headline", "words"),
    [
        ("softmax_cross_entropy", loss_of(lambda s: np.inf), "not finite", "score of its row"),
        ("softmax_cross_entropy", loss_of(lambda s: s[:, 0]), "wrong type", "over the images"),
        (
            "train_step",
            lambda model, loss, x, labels, optimizer: model.forward(x) * 2,
            "wrong type",
            "the number that loss.forward has returned",
        ),
        (
            "linear",
            beginning_with(w=lambda layer: 3 * layer.w),
            "wrong numbers",
            "standard deviation is to be sqrt(2 / in_features)",
        ),
        (
            "linear",
            beginning_with(b=lambda layer: np.arange(len(layer.b))),
            "wrong numbers",
            "begins with zeros",
        ),
    ],
)
def test_what_an_exercise_says_of_its_own(message, name, answer, headline, words):
    text = message(name, answer)
    assert text.splitlines()[0] == f"{name}: {headline}"
    assert words in fact(text, "likely")
    assert "np.empty" not in text


@pytest.mark.parametrize(("wrong", "part"), [(0, "new w"), (1, "new velocity")])
def test_of_two_results_the_index_says_which_is_meant(message, wrong, part):
    def answer(*arguments):
        results = [result.copy() for result in nn.sgd_momentum(*arguments)]
        results[wrong].flat[-1] += 1
        return results

    text = message("sgd_momentum", answer)
    assert re.fullmatch(
        rf"\[[\d, ]+\] of the {part}; 1 of \d+ numbers are wrong", fact(text, "index")
    )


def test_a_zero_has_no_sign():
    verdict = judge(Outcome(np.array([1.0])), np.array([-0.0]), an_array(True), 1e-9)
    assert (verdict.got, verdict.expected) == ("1", "0")


def test_the_hints_of_an_exercise_fit_on_a_screen_whole():
    hints = [hint for exercise in EXERCISES.values() for hint in exercise.hints.values()]
    assert hints
    assert max(len(textwrap.wrap(hint, WIDTH - LABEL_WIDTH)) for hint in hints) <= 3
