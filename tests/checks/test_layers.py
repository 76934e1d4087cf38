"""What a check says to classes, where it is more than what it says to functions."""

import ast
from functools import partial
from typing import Any

import nbformat
import numpy as np
import pytest

from course import nn
from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.diagnosis.known import alone
from course.checks.exercise import Exercise
from course.checks.failure import CheckFailed, NotAttempted
from course.checks.outcome import run
from course.checks.verdict import an_array

from .test_messages import fact, labels
from .trials import (
    LAYERS,
    PARTS,
    PROJECT,
    cases,
    changed,
    defined,
    exercise_cell,
    returning,
    single_trials,
    solution,
)

CONV2D = solution("Conv2d")
BLANK = 'raise NotImplementedError("Conv2d is not written yet")'
METHODS = {
    "__init__": "self.stride, self.padding, self.x = stride, padding, None",
    "forward": "self.x = x\n",
    "backward": "if self.x is None:",
}
"""How the body of each method begins in the lesson's solution."""


def with_line(method: str, line: str) -> str:
    """The lesson's solution with a line before the first of a method."""
    begin = METHODS[method]
    assert CONV2D.count(begin) == 1
    return CONV2D.replace(begin, f"{line}\n        {begin}")


def conv2d(cell, source: str) -> Any:
    """The class of a cell that begins with what the lesson imports."""
    return cell(f"from course.convolution import *\nimport numpy as np\n{source}answer = Conv2d\n")


# Each part ------------------------------------------------------------------------------------


CHANGES = {
    "returned None": lambda value: None,
    "wrong type": lambda value: [value],
    "not finite": lambda value: value * np.nan,
    "wrong numbers": lambda value: value * 0,
    "wrong shape": lambda value: np.stack([value, value]),
    "wrong dtype": lambda value: value.astype(complex),
}
OF_ARRAYS = ("wrong shape", "wrong dtype")


def first_of(name: str, part: str) -> Case:
    return next(case for case in cases(name) if PARTS[case.use] == part)


def is_array(name: str, part: str) -> bool:
    return isinstance(run(EXERCISES[name].reference, first_of(name, part)).value, np.ndarray)


EACH_PART = [
    (name, part, headline)
    for name in LAYERS
    for part in dict.fromkeys(PARTS[case.use] for case in single_trials(name))
    for headline in CHANGES
    if headline not in OF_ARRAYS or is_array(name, part)
]


@pytest.mark.parametrize(("name", "part", "headline"), EACH_PART)
def test_what_is_wrong_with_one_part_is_said_of_it(message, name, part, headline):
    change = CHANGES[headline]

    def spoil(value, trial, which):
        return change(value) if which == part else value

    text = message(name, changed(name, spoil))
    first = first_of(name, part)
    assert text.splitlines()[0] == f"{name}: {headline}"
    assert fact(text, "done") == first.steps()
    assert fact(text, "case").startswith(f"{first.group}: made with")
    assert fact(text, "try it").startswith("check.again(Layer)")
    assert labels(text)[:2] == ["case", "done"]


def test_one_axis_that_is_missing_is_one_axis(message):
    def spoil(value, trial, part):
        return np.array(value.sum()) if part == "db" else value

    text = message("Conv2d", changed("Conv2d", spoil))
    assert (fact(text, "got"), fact(text, "expected")) == ("()", "(1,)")
    assert "but not 1 axis: split them" in fact(text, "likely")


@pytest.mark.parametrize("part", ["dw", "db"])
def test_a_gradient_that_is_not_set_is_missed_by_its_name(message, cell, part):
    lines = [line for line in CONV2D.splitlines() if f"self.{part} =" not in line]
    text = message("Conv2d", conv2d(cell, "\n".join(lines) + "\n"))
    assert text.splitlines()[0] == "Conv2d: raised an exception"
    assert fact(text, "got") == f"AttributeError: 'Conv2d' object has no attribute '{part}'"
    assert fact(text, "done") == f"{part} after forward(x) and backward(dy)"
    assert "line" not in labels(text)


def test_an_upstream_that_backward_changes_is_a_changed_input(message):
    class Scales(nn.Conv2d):
        def backward(self, dy):
            dx = super().backward(dy)
            dy *= 2
            return dx

    text = message("Conv2d", Scales)
    assert text.splitlines()[0] == "Conv2d: changed its input"
    assert "dy = dy.copy()" in fact(text, "likely")


def test_a_right_case_to_compare_with_is_one_in_which_the_same_is_done(message):
    def spoil(value, trial, part):
        return value[None] if part == "dx" else value

    text = message("Conv2d", changed("Conv2d", spoil))
    assert "merge the axes" in fact(text, "likely")
    text = message("Conv2d", changed("Conv2d", lambda v, t, part: v + 7 * (part == "dx")))
    assert "a case that is right" not in text
    assert "Work the first numbers of this case out by hand" in fact(text, "likely")


# Lines of the student's own cell ----------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_an_exception_is_shown_with_its_line_in_whichever_method(message, cell, method):
    text = message("Conv2d", conv2d(cell, with_line(method, "print(lenght)")))
    assert text.splitlines()[0] == "Conv2d: raised an exception"
    assert fact(text, "line").endswith(" of your cell: print(lenght)")
    assert "is that name spelt" in fact(text, "likely").lower()


def test_the_line_is_the_students_own_even_inside_the_courses_code(message, cell):
    source = CONV2D.replace("return conv_forward(x,", "return conv_forward(x[0],")
    text = message("Conv2d", conv2d(cell, source))
    assert "return conv_forward(x[0], self.w" in fact(text, "line")
    assert fact(text, "got").startswith("ValueError: ")


def test_a_method_that_is_no_function_does_not_hide_the_line(message, cell):
    helper = "    @staticmethod\n    def helper(x):\n        x.shpe\n\n"
    begin = "    def __init__"
    source = with_line("forward", "self.helper(x)").replace(begin, f"{helper}{begin}")
    assert "of your cell: x.shpe" in message("Conv2d", conv2d(cell, source))


# Blanks -----------------------------------------------------------------------------------------


def with_blanks(*methods: str) -> str:
    source = CONV2D
    for method in methods:
        source = source.replace(METHODS[method], f"{BLANK}\n        {METHODS[method]}")
    return source


@pytest.mark.parametrize(
    "blanks",
    [("__init__", "forward", "backward"), ("__init__",), ("forward", "backward"), ("forward",)],
)
def test_a_class_of_which_nothing_can_be_tried_is_not_attempted(check, cell, blanks):
    with pytest.raises(NotAttempted, match="Replace the line"):
        check.Conv2d(conv2d(cell, with_blanks(*blanks)))


def test_a_class_that_is_half_written_is_told_what_is_left(message, check, cell, capsys):
    answer = conv2d(cell, with_blanks("backward"))
    text = message("Conv2d", answer)
    assert text.splitlines()[0] == "Conv2d: not attempted yet"
    assert fact(text, "done") == "dx = backward(dy), after forward(x)"
    assert BLANK in fact(text, "line")
    assert "A part is still to be written" in fact(text, "likely")
    with pytest.raises(CheckFailed) as failed:
        check.Conv2d(answer)
    assert not isinstance(failed.value, NotAttempted)
    check.progress("09")
    assert "0 of 8  wrong" in capsys.readouterr().out


def test_what_a_class_inherits_does_not_count_as_written(check):
    class Mended(nn.Conv2d):
        def backward(self, dy):
            raise NotImplementedError("Mended2 is not written yet")

    with pytest.raises(NotAttempted):
        check.Mended2(Mended)


def test_what_stands_beside_a_blank_in_such_a_class_does(message):
    class Mended(nn.Conv2d):
        def forward(self, x):
            return super().forward(x)

        def backward(self, dy):
            raise NotImplementedError("Mended2 is not written yet")

    assert "A part is still to be written" in fact(message("Mended2", Mended), "likely")


def test_a_blank_that_a_method_calls_is_not_the_method_itself(message, cell):
    blank = f"def conv_forward(*arguments):\n    {BLANK}\n\n"
    text = message("Conv2d", conv2d(cell, blank + CONV2D))
    assert text.splitlines()[0] == "Conv2d: raised an exception"
    assert "still to be written" in fact(text, "likely")


# The clinic -------------------------------------------------------------------------------------


CLINIC = [name for name, exercise in EXERCISES.items() if exercise.mends]


@pytest.mark.parametrize("name", CLINIC)
def test_a_layer_that_mends_nothing_is_as_broken_as_the_one_it_mends(message, name):
    class Empty(nn.Conv2d):
        pass

    class HandsOn(nn.Conv2d):
        def forward(self, x):
            return super().forward(x)

        def backward(self, dy):
            return super().backward(dy)

    for layer in (Empty, HandsOn):
        assert f"behaves as {name.replace('Mended', 'Layer')} did" in fact(
            message(name, layer), "likely"
        )


@pytest.mark.parametrize("number", range(1, 7))
def test_a_layer_of_the_clinic_that_is_handed_in_as_it_was_is_named(number):
    broken = defined(f"Mended{number}", as_it_was(number))
    named = alone(EXERCISES[f"Mended{number}"].mark(broken))
    assert named is not None
    assert named.name == f"Layer{number} as it was"


@pytest.mark.parametrize("number", range(1, 7))
def test_what_is_inherited_in_the_clinic_is_what_the_lesson_hands_out(number):
    exercise = EXERCISES[f"Mended{number}"]
    [broken] = [mistake for mistake in exercise.mistakes if mistake.name == exercise.mends]
    one, other = (ast.parse(text) for text in (broken.forms[0].text, as_it_was(number)))
    assert ast.dump(one) == ast.dump(other)


def as_it_was(number: int) -> str:
    """The cell of a broken layer in the student's notebook, up to where it is examined."""
    begin = f"class Layer{number}(Conv2d):"
    cells = nbformat.read(PROJECT.notebooks / "10_bug_clinic.ipynb", as_version=4).cells
    source = next(c.source for c in cells if begin in c.source and c.cell_type == "code")
    definition, _, _ = source[source.index(begin) :].partition("\n\n\n")
    return definition.replace(f"Layer{number}", f"Mended{number}")


@pytest.mark.parametrize("name", CLINIC)
def test_every_right_layer_is_right_in_the_clinic_in_whatever_style(check, name):
    for number, right in enumerate(EXERCISES[name].solutions + EXERCISES["Conv2d"].solutions):
        getattr(check, name)(right.answer(right.text, f"{name}, {number}"))


def test_to_try_again_in_the_clinic_is_to_inherit_from_the_broken_layer_again(check, message):
    class Empty(nn.Conv2d):
        pass

    message("Mended4", Empty)
    assert check.again(Empty).size == 0, "the slice [p:-p] at padding 0"


def test_the_clinic_has_six_patients_and_keeps_what_a_right_answer_inherits(check):
    assert len(CLINIC) == 6
    for name in CLINIC:
        getattr(check, name)(defined(name, solution(name)))


# What is missing in a layer ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "likely"),
    [
        (("self.x = x\n", "pass\n"), "forward has to set self.x = x"),
        (("self.dw = conv", "dw = conv"), "dw is still None: backward has to set self.dw"),
        (("self.db = conv", "db = conv"), "db is still None: backward has to set"),
        (("return conv_backward", "return 0, conv_backward"), "backward returns one array, dx"),
        (("RuntimeError", "ValueError"), "must raise RuntimeError, and no other"),
    ],
)
def test_what_a_layer_leaves_out_is_said(message, cell, change, likely):
    assert change[0] in CONV2D
    unset = "        self.dw = self.db = None\n"
    source = CONV2D.replace("    def forward", f"{unset}\n    def forward", 1)
    text = message("Conv2d", conv2d(cell, source.replace(*change)))
    assert likely in fact(text, "likely")


def test_a_gradient_that_is_never_set_is_asked_for_in_backward(message, cell):
    text = message("Conv2d", conv2d(cell, CONV2D.replace("self.dw = conv", "dw = conv")))
    assert "self.dw = ..., in backward" in fact(text, "likely")


def test_gradients_that_add_up_in_float64_are_told_that_they_add_up(message, cell):
    adding = CONV2D.replace("self.dw = conv", "self.dw = self.dw + conv")
    begun = adding.replace(
        "    def forward", "        self.dw = np.zeros(self.w.shape)\n\n    def forward", 1
    )
    assert "adds to the gradients" in fact(message("Conv2d", conv2d(cell, begun)), "likely")


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_and_a_function_are_refused_and_the_class_is_asked_for(message, name):
    settings = cases(name)[0].arguments.get("settings", ())
    reference = EXERCISES[name].reference
    functions = (lambda *settings: reference(*settings), partial(reference), reference.forward)
    for thing in (reference(*settings), *functions):
        text = message(name, thing)
        assert text.splitlines()[0] == f"{name}: wrong type"
        assert "Give the class itself, without calling it" in " ".join(text.split())


def test_a_function_is_asked_for_where_one_is_wanted(message):
    assert "Give the function itself" in message("pad2d", np.zeros(3))


def test_parameters_that_are_missing_or_too_many_are_shown_beside_those_wanted(message):
    class Short:
        def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
            raise AssertionError("this must not run")

    text = message("Conv2d", Short)
    assert text.splitlines()[0] == "Conv2d: wrong parameters"
    assert fact(text, "got").startswith("Conv2d(in_channels, out_channels, kernel_size, stride=1")
    wanted = "Conv2d(in_channels, out_channels, kernel_size, stride, padding, rng)"
    assert fact(text, "expected") == wanted


def test_a_class_without_init_of_its_own_is_asked_by_the_one_it_inherits(check, capsys):
    check.Mended1(defined("Mended1", solution("Mended1")))
    assert f"Mended1: {len(cases('Mended1'))} cases" in capsys.readouterr().out


def test_the_courses_layer_is_refused_under_any_name(message):
    for name in ("Conv2d", "Mended4"):
        assert "the course's version, not yours" in message(name, nn.Conv2d)


class _Doubled:
    def forward(self, x):
        return 2 * x


@pytest.fixture
def double(monkeypatch):
    """An exercise whose class is made with nothing and has another name than the exercise."""
    case = Case("the example", {"settings": (), "x": np.arange(3.0)}, uses.y)
    exercise = Exercise(
        name="double",
        lesson="99_none",
        points=3,
        reference=_Doubled,
        returns=an_array(keeps_dtype=True),
        cases=lambda rng: [case],
        made_with=(),
        defines="Double",
    )
    monkeypatch.setitem(EXERCISES, "double", exercise)


class Double(_Doubled):
    pass


@pytest.mark.usefixtures("double")
def test_a_class_that_is_made_with_nothing_is_a_class_all_the_same(message, check, capsys):
    for thing in (Double(), lambda x: 2 * x, None):
        words = " ".join(message("double", thing).split())
        assert words.endswith("Give the class itself, without calling it: check.double(Double)")
    check.double(Double)
    check.progress("99")
    assert "double  3 of 3  right" in capsys.readouterr().out


@pytest.mark.usefixtures("double")
def test_parameters_too_many_are_shown_under_the_name_of_the_class(message):
    class Double(_Doubled):
        def __init__(self, x):
            raise AssertionError("this must not run")

    text = message("double", Double)
    assert text.splitlines()[0] == "double: wrong parameters"
    assert (fact(text, "got"), fact(text, "expected")) == ("Double(x)", "Double()")


@pytest.mark.usefixtures("double")
def test_a_class_of_the_name_of_the_exercise_is_not_the_answer(check, capsys):
    class double(_Doubled):  # noqa: N801 - the name is what is tried
        pass

    check.double(double)
    capsys.readouterr()
    check.progress("99")
    assert "0 of 3  not checked yet" in capsys.readouterr().out


# check.again ------------------------------------------------------------------------------------


def test_before_anything_was_wrong_there_is_nothing_to_try_again(check):
    assert check.again(nn.Conv2d) is None
    check.Conv2d(defined("Conv2d", CONV2D))
    assert check.again(nn.Conv2d) is None


@pytest.mark.parametrize("use", [uses.y, uses.dx, uses.dw, uses.db])
def test_again_does_what_was_done_with_the_first_wrong_case(message, check, use):
    def spoil(value, trial, part):
        return value + 3 * (part == PARTS[use])

    wrong = changed("Conv2d", spoil)
    message("Conv2d", wrong)
    case = next(case for case in cases("Conv2d") if case.use is use)
    np.testing.assert_array_equal(check.again(nn.Conv2d), case.try_out(nn.Conv2d))
    np.testing.assert_array_equal(check.again(wrong), case.try_out(nn.Conv2d) + 3)


def test_again_tries_a_function_too(message, check):
    message("pad2d", returning("pad2d", lambda y: y * 2))
    case = cases("pad2d")[0]
    x, padding = case.arguments.values()
    padded = check.again(lambda x, padding: np.pad(x, padding))
    np.testing.assert_array_equal(padded, np.pad(x, padding))


def test_again_gives_the_same_again_to_an_answer_that_changes_what_it_is_handed(message, check):
    class Vandal(nn.Conv2d):
        def forward(self, x):
            y = super().forward(x)
            x[...] = self.w[...] = 0
            return y + 1

    message("Conv2d", Vandal)
    first, second = check.again(Vandal).copy(), check.again(Vandal)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, cases("Conv2d")[0].try_out(nn.Conv2d) + 1)


def test_again_lets_an_exception_through_so_that_its_traceback_can_be_read(message, check, cell):
    answer = conv2d(cell, with_line("forward", "x.shpe"))
    message("Conv2d", answer)
    with pytest.raises(AttributeError, match="shpe"):
        check.again(answer)


def test_the_line_to_try_is_one_that_a_cell_can_run(message, check, cell):
    answer = conv2d(cell, CONV2D.replace("return conv_forward", "return 3 * conv_forward"))
    line = fact(message("Conv2d", answer), "try it").removesuffix(" runs this very case again")
    assert line == "check.again(Conv2d)"
    result = eval(line, {"Conv2d": answer, "check": check})
    np.testing.assert_allclose(result, 3 * check.again(nn.Conv2d))


WRONG_CELL = """\
import numpy as np
from course.nn import Conv2d as Right

class Conv2d(Right):
    def backward(self, dy):
        self.dw = self.db = None
        return np.full(dy.shape, self.y)
"""


def test_ipython_shows_what_was_done_and_can_do_it_again(shell, capsys):
    shell.run_cell(WRONG_CELL)
    result = shell.run_cell("check.Conv2d(Conv2d)")
    printed = "".join(capsys.readouterr())
    assert "Traceback" not in printed
    assert "dx = backward(dy), after forward(x)" in printed
    assert "7 of your cell: return np.full(dy.shape, self.y)" in printed
    assert isinstance(result.error_in_exec, CheckFailed)
    again = shell.run_cell("check.again(Conv2d)")
    assert isinstance(again.error_in_exec, AttributeError)


def test_the_answers_of_two_classes_are_recorded_by_the_names_of_the_classes(check, capsys):
    check.Conv2d(defined("Conv2d", CONV2D))
    check.Mended1(type("Other", (defined("Mended1", solution("Mended1")),), {}))
    with pytest.raises(NotAttempted):
        check.Mended2(defined("Mended2", exercise_cell(PROJECT.notebooks, "Mended2")))
    capsys.readouterr()
    check.progress("09")
    check.progress("10")
    said = [line.split(maxsplit=4) for line in capsys.readouterr().out.splitlines()]
    assert ["Conv2d", "8", "of", "8", "right"] in said
    assert ["Mended1", "0", "of", "2", "not checked yet"] in said
    assert ["Mended2", "0", "of", "2", "not attempted"] in said
