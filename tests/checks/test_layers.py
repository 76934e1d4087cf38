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
from course.checks.message import CheckFailed, NotAttempted
from course.checks.outcome import run

from .test_messages import fact, labels, progress
from .trials import (
    LAYERS,
    PARTS,
    PROJECT,
    cases,
    changed,
    defined,
    each,
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


def with_line(line: str, *methods: str) -> str:
    """The lesson's solution with a line before the first of these methods."""
    source = CONV2D
    for begin in (METHODS[method] for method in methods):
        assert CONV2D.count(begin) == 1
        source = source.replace(begin, f"{line}\n        {begin}")
    return source


def conv2d(cell, source: str) -> Any:
    """The class of a cell that begins with what the lesson imports."""
    return cell(f"from course.convolution import *\nimport numpy as np\n{source}answer = Conv2d\n")


# Each part ------------------------------------------------------------------------------------


CHANGES = {
    "returned None": lambda value: None,
    "wrong type": lambda value: [value],
    "not finite": lambda value: value * np.nan,
    "wrong numbers": lambda value: value + 1,
    "wrong shape": lambda value: np.stack([value, value]),
    "wrong dtype": lambda value: value.astype(complex),
}
OF_ARRAYS = ("wrong shape", "wrong dtype")


def first_of(name: str, part: str) -> Case:
    return next(case for case in cases(name) if PARTS[case.use] == part)


def parts(name: str) -> list[str]:
    return list(dict.fromkeys(PARTS[case.use] for case in single_trials(name)))


def spoilt(name: str, part: str, headline: str) -> Any:
    def spoil(value, trial, which):
        return CHANGES[headline](value) if which == part else value

    return changed(name, spoil)


@each(LAYERS, quick=["relu", "linear", "softmax_cross_entropy"])
def test_what_is_wrong_with_one_part_is_found_in_that_part(name):
    for part in parts(name):
        result = run(EXERCISES[name].reference, first_of(name, part)).value
        for headline in CHANGES:
            if isinstance(result, np.ndarray) or headline not in OF_ARRAYS:
                marks = EXERCISES[name].mark(spoilt(name, part, headline))
                first = marks.first_wrong()
                assert marks.verdicts[first].kind.value == headline
                assert marks.cases[first].use is first_of(name, part).use


@pytest.mark.parametrize("headline", ["returned None", "wrong numbers"])
@pytest.mark.parametrize("part", parts("linear"))
def test_a_message_says_what_was_done_to_get_the_part_that_is_wrong(message, part, headline):
    text = message("linear", spoilt("linear", part, headline))
    assert text.splitlines()[0] == f"linear: {headline}"
    assert fact(text, "done") == first_of("linear", part).steps()
    assert fact(text, "case").startswith("made with (")
    assert fact(text, "try it").startswith("check.again(Layer)")
    assert labels(text)[:2] == ["case", "done"]


def test_one_axis_that_is_missing_is_said_to_be(message):
    def spoil(value, trial, part):
        return np.array(value.sum()) if part == "db" else value

    text = message("Conv2d", changed("Conv2d", spoil))
    assert (fact(text, "got"), fact(text, "expected")) == ("()", "(1,)")


def test_an_upstream_that_backward_changes_is_a_changed_input(message):
    class Scales(nn.Conv2d):
        def backward(self, dy):
            dx = super().backward(dy)
            dy *= 2
            return dx

    text = message("Conv2d", Scales)
    assert text.splitlines()[0] == "Conv2d: changed its input"
    assert "dy = dy.copy()" in fact(text, "likely")


UNSET = CONV2D.replace("    def forward", "        self.dw = self.db = None\n\n    def forward", 1)


@pytest.mark.parametrize(
    ("source", "headline", "words"),
    [
        (CONV2D.replace("self.x = x\n", "pass\n"), "raised an exception", "has to set self.x = x"),
        (UNSET.replace("self.dw = conv", "dw = conv"), "returned None", "dw is still None: "),
        (UNSET.replace("self.db = conv", "db = conv"), "returned None", "db is still None: "),
        (CONV2D.replace("return conv_backward", "return 0, conv_backward"), "wrong type", "dx"),
        (CONV2D.replace("RuntimeError", "ValueError"), "wrong numbers", "must raise RuntimeError"),
        (
            UNSET.replace("self.db = None", "self.db = np.zeros(self.w.shape)").replace(
                "self.dw = conv", "self.dw = self.dw + conv"
            ),
            "wrong dtype",
            "adds its dw to the first one",
        ),
    ],
)
def test_what_a_layer_leaves_out_or_does_not_reset_is_said(message, cell, source, headline, words):
    text = message("Conv2d", conv2d(cell, source))
    assert text.splitlines()[0] == f"Conv2d: {headline}"
    assert words in fact(text, "likely")


@pytest.mark.parametrize("part", ["dw", "db"])
def test_a_gradient_that_is_not_set_is_missed_by_its_name(message, cell, part):
    text = message("Conv2d", conv2d(cell, CONV2D.replace(f"self.{part} = conv", f"{part} = conv")))
    assert fact(text, "got") == f"AttributeError: 'Conv2d' object has no attribute '{part}'"
    assert fact(text, "done") == f"{part} after forward(x) and backward(dy)"
    assert fact(text, "likely").endswith(
        f" has no {part}. It is to be set there: self.{part} = ..."
    )
    assert "line" not in labels(text)


# Lines of the student's own cell ----------------------------------------------------------------

HELPER = "    @staticmethod\n    def helper(x):\n        x.shpe\n\n"


@pytest.mark.parametrize(
    ("source", "line", "got"),
    [
        *((with_line("print(lenght)", method), "print(lenght)", "NameError") for method in METHODS),
        (
            CONV2D.replace("return conv_forward(x,", "return conv_forward(x[0],"),
            "return conv_forward(x[0], self.w, self.b, self.stride, self.padding)",
            "ValueError",  # raised in the course's code
        ),
        (
            with_line("self.helper(x)", "forward").replace("    def __i", f"{HELPER}    def __i"),
            "x.shpe",
            "AttributeError",
        ),
    ],
)
def test_an_exception_is_shown_with_the_line_of_the_students_own(message, cell, source, line, got):
    text = message("Conv2d", conv2d(cell, source))
    assert text.splitlines()[0] == "Conv2d: raised an exception"
    assert fact(text, "line").endswith(f" of your cell: {line}")
    assert fact(text, "got").startswith(f"{got}: ")


# Blanks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "blanks",
    [("__init__", "forward", "backward"), ("__init__",), ("forward", "backward"), ("forward",)],
)
def test_a_class_of_which_nothing_can_be_tried_is_not_attempted(check, cell, blanks):
    with pytest.raises(NotAttempted, match="Replace the line"):
        check.Conv2d(conv2d(cell, with_line(BLANK, *blanks)))


def test_a_class_that_is_half_written_is_told_what_is_left(message, check, cell, capsys):
    answer = conv2d(cell, with_line(BLANK, "backward"))
    text = message("Conv2d", answer)
    assert text.splitlines()[0] == "Conv2d: not attempted yet"
    assert fact(text, "done") == "dx = backward(dy), after forward(x)"
    assert BLANK in fact(text, "line")
    assert "A part is still to be written" in fact(text, "likely")
    with pytest.raises(CheckFailed) as failed:
        check.Conv2d(answer)
    assert not isinstance(failed.value, NotAttempted)
    assert progress(check, capsys, "09")[0].endswith("0 of 8 wrong")


class OnlyABlank(nn.Conv2d):
    def backward(self, dy):
        raise NotImplementedError("Mended2 is not written yet")


class MoreThanABlank(OnlyABlank):
    def forward(self, x):
        return super().forward(x)

    backward = OnlyABlank.backward


def test_what_a_class_inherits_does_not_count_as_written_and_what_stands_beside_a_blank_does(
    check, message
):
    with pytest.raises(NotAttempted):
        check.Mended2(OnlyABlank)
    assert "A part is still to be written" in fact(message("Mended2", MoreThanABlank), "likely")


# The clinic -------------------------------------------------------------------------------------

CLINIC = [name for name, exercise in EXERCISES.items() if exercise.mends]
each_patient = each(CLINIC, quick=["Mended1", "Mended4"])


class Empty(nn.Conv2d):
    pass


class HandsOn(nn.Conv2d):
    def forward(self, x):
        return super().forward(x)

    def backward(self, dy):
        return super().backward(dy)


def as_it_was(name: str) -> str:
    """The cell of a broken layer in the student's notebook, up to where it is examined."""
    layer = name.replace("Mended", "Layer")
    begin = f"class {layer}(Conv2d):"
    cells = nbformat.read(PROJECT.notebooks / "10_bug_clinic.ipynb", as_version=4).cells
    source = next(c.source for c in cells if begin in c.source and c.cell_type == "code")
    definition, _, _ = source[source.index(begin) :].partition("\n\n\n")
    return definition.replace(layer, name)


@each_patient
def test_a_layer_that_mends_nothing_is_as_broken_as_the_one_it_mends(message, name):
    for layer in (Empty, HandsOn):
        likely = fact(message(name, layer), "likely")
        assert f"behaves as {name.replace('Mended', 'Layer')} did" in likely


@each_patient
def test_a_layer_of_the_clinic_that_is_handed_in_as_it_was_is_named(name):
    exercise = EXERCISES[name]
    named = alone(exercise.mark(exercise.as_tried(defined(name, as_it_was(name)))))
    assert named is not None
    assert named.name == f"{name.replace('Mended', 'Layer')} as it was" == exercise.mends
    one, other = (ast.parse(text) for text in (named.forms[0].text, as_it_was(name)))
    assert ast.dump(one) == ast.dump(other), "what is inherited is not what is handed out"


def test_the_clinic_has_six_patients_and_to_try_again_is_to_inherit_from_the_broken_one_again(
    check, message
):
    assert len(CLINIC) == 6
    message("Mended4", Empty)
    assert check.again(Empty).size == 0, "the slice [p:-p] at padding 0"


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_and_a_function_are_refused_and_the_class_is_asked_for(message, name):
    settings = cases(name)[0].arguments.get("settings", ())
    reference, called = EXERCISES[name].reference, EXERCISES[name].answer_name
    functions = (lambda *settings: reference(*settings), partial(reference), reference.forward)
    for thing in (reference(*settings), *functions):
        text = message(name, thing)
        assert text.splitlines()[0] == f"{name}: wrong type"
        asked = f"Give the class itself, without calling it: check.{name}({called})"
        assert " ".join(text.split()).endswith(asked)
    assert "the course's version, not yours" in message(name, nn.Conv2d)


def test_parameters_that_are_missing_or_too_many_are_shown_beside_those_wanted(message):
    class Short:
        def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
            raise AssertionError("this must not run")

    text = message("Conv2d", Short)
    assert text.splitlines()[0] == "Conv2d: wrong parameters"
    assert fact(text, "got").startswith("Conv2d(in_channels, out_channels, kernel_size, stride=1")
    wanted = "Conv2d(in_channels, out_channels, kernel_size, stride, padding, rng)"
    assert fact(text, "expected") == wanted


def test_a_class_that_is_made_with_nothing_takes_nothing(message):
    class ReLU:
        def __init__(self, x):
            raise AssertionError("this must not run")

    text = message("relu", ReLU)
    assert text.splitlines()[0] == "relu: wrong parameters"
    assert (fact(text, "got"), fact(text, "expected")) == ("ReLU(x)", "ReLU()")


def test_answers_are_recorded_by_the_names_of_the_classes_and_not_of_the_exercises(check, capsys):
    relu = defined("relu", solution("relu"))
    check.relu(type("relu", (relu,), {}))
    assert "relu 0 of 2 not checked yet" in progress(check, capsys, "11")
    check.relu(relu)
    assert "relu 2 of 2 right" in progress(check, capsys, "11")
    check.Mended1(type("Other", (defined("Mended1", solution("Mended1")),), {}))
    with pytest.raises(NotAttempted):
        check.Mended2(defined("Mended2", exercise_cell(PROJECT.notebooks, "Mended2")))
    said = progress(check, capsys, "10")
    assert "Mended1 0 of 2 not checked yet" in said
    assert "Mended2 0 of 2 not attempted" in said


# check.again ------------------------------------------------------------------------------------


def test_before_anything_was_wrong_there_is_nothing_to_try_again(check):
    assert check.again(nn.Conv2d) is None
    check.relu(defined("relu", solution("relu")))
    assert check.again(nn.ReLU) is None


@pytest.mark.parametrize("use", [uses.y, uses.dx, uses.dw, uses.db])
def test_again_does_what_was_done_with_the_case_of_the_message(message, check, use):
    def spoil(value, trial, part):
        return value + 3 * (part == PARTS[use])

    wrong = changed("linear", spoil)
    message("linear", wrong)
    right = Case("", check.case, use).try_out(nn.Linear)
    np.testing.assert_array_equal(check.again(nn.Linear), right)
    np.testing.assert_array_equal(check.again(wrong), right + 3)


def test_again_tries_a_function_too(message, check):
    message("pad2d", returning("pad2d", lambda y: y * 2))
    x, padding = check.case.values()
    padded = check.again(lambda x, padding: np.pad(x, padding))
    np.testing.assert_array_equal(padded, np.pad(x, padding))


def test_again_gives_the_same_again_to_an_answer_that_changes_what_it_is_handed(message, check):
    class Vandal(nn.Linear):
        def forward(self, x):
            y = super().forward(x)
            x[...] = self.w[...] = 0
            return y + 1

    message("linear", Vandal)
    first, second = check.again(Vandal).copy(), check.again(Vandal)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, check.again(nn.Linear) + 1)


def test_again_lets_an_exception_through_so_that_its_traceback_can_be_read(message, check, cell):
    answer = conv2d(cell, with_line("x.shpe", "forward"))
    line = fact(message("Conv2d", answer), "try it").removesuffix(" runs this very case again")
    assert line == "check.again(Conv2d)"
    with pytest.raises(AttributeError, match="shpe"):
        eval(line, {"Conv2d": answer, "check": check})


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
