"""What a check says to classes, where it is more than what it says to functions."""

import ast

import nbformat
import numpy as np
import pytest

from course import nn
from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.diagnosis.known import alone
from course.checks.message import CheckFailed, NotAttempted
from course.checks.outcome import run

from .trials import LAYERS, PARTS, PROJECT, cases, changed, defined, each, marks_of, solved

CHANGES = {
    "returned None": lambda value: None,
    "wrong type": lambda value: [value],
    "not finite": lambda value: value * np.nan,
    "wrong numbers": lambda value: value + 1,
    "wrong shape": lambda value: np.stack([value, value]),
    "wrong dtype": lambda value: value.astype(complex),
}


def first_of(name: str, part: str) -> Case:
    return next(case for case in cases(name) if PARTS.get(case.use) == part)


def spoilt(name: str, part: str, change) -> type:
    return changed(name, lambda value, trial, which: change(value) if which == part else value)


@each(LAYERS, quick=["relu", "softmax_cross_entropy"])
def test_what_is_wrong_with_one_part_is_found_in_that_part(name):
    for part in sorted({PARTS[case.use] for case in cases(name) if case.use in PARTS}):
        result = run(EXERCISES[name].reference, first_of(name, part)).value
        for headline, change in CHANGES.items():
            if isinstance(result, np.ndarray) or headline not in ("wrong shape", "wrong dtype"):
                marks = marks_of(name, spoilt(name, part, change))
                assert marks.wrong[0].verdict.kind.value == headline
                assert marks.wrong[0].case.use is first_of(name, part).use


BLANK = 'raise NotImplementedError("Conv2d is not written yet")'
HANDS_ON = [f"def {m}(self, *given): return super().{m}(*given)" for m in ("forward", "backward")]


def mending(name: str, *methods: str) -> type:
    return defined(name, "\n    ".join([f"class {name}(Conv2d):", *(methods or ["pass"])]))


def test_what_a_class_inherits_does_not_count_and_what_stands_beside_a_blank_does(check, message):
    blank = f"def backward(self, dy): {BLANK}"
    with pytest.raises(NotAttempted):
        check.Mended2(mending("Mended2", blank))
    half = mending("Mended2", blank, HANDS_ON[0])
    assert "A part is still to be written" in message("Mended2", half)


CLINIC = [name for name, exercise in EXERCISES.items() if exercise.mends]
each_patient = each(CLINIC, quick=["Mended4"])


def as_it_was(name: str) -> str:
    """The cell of a broken layer in the student's notebook, up to where it is examined."""
    layer = name.replace("Mended", "Layer")
    begin = f"class {layer}(Conv2d):"
    cells = nbformat.read(PROJECT.notebooks / "10_bug_clinic.ipynb", as_version=4).cells
    source = next(c.source for c in cells if begin in c.source and c.cell_type == "code")
    definition, _, _ = source[source.index(begin) :].partition("\n\n\n")
    return definition.replace(layer, name)


@each_patient
def test_a_layer_that_mends_nothing_is_as_broken_as_the_one_it_mends(message, check, name):
    for layer in (mending(name), mending(name, *HANDS_ON)):
        likely = message(name, layer)("likely")
        assert f"behaves as {name.replace('Mended', 'Layer')} did" in likely
        if name == "Mended4":  # the slice [p:-p] at padding 0: again, too, inherits what is broken
            assert check.again(layer).size == 0


@each_patient
def test_a_layer_of_the_clinic_that_is_handed_in_as_it_was_is_named(name):
    exercise = EXERCISES[name]
    named = alone(exercise.mark(exercise.as_tried(defined(name, as_it_was(name)))))
    assert named is not None
    assert named.name == f"{name.replace('Mended', 'Layer')} as it was" == exercise.mends
    one, other = (ast.parse(text) for text in (named.forms[0].text, as_it_was(name)))
    assert ast.dump(one) == ast.dump(other), "what is inherited is not what is handed out"


@pytest.mark.slow
def test_answers_are_recorded_by_the_names_of_the_classes_and_not_of_the_exercises(
    check, quick, progress
):
    relu = solved("relu")
    check.relu(type("relu", (relu,), {}))
    assert "relu 0 of 2 not checked yet" in progress("11")
    check.relu(relu)
    assert check.again(nn.ReLU) is None, "nothing was wrong"
    assert "relu 2 of 2 right" in progress("11")
    check.Mended1(type("Other", (solved("Mended1"),), {}))
    assert "Mended1 0 of 2 not checked yet" in progress("10")
    with pytest.raises(CheckFailed):
        check.Conv2d(solved("Conv2d", f"if self. -> {BLANK}\n        if self."))
    assert progress("09")[0].endswith("0 of 8 wrong"), "a part is still to be written"


@pytest.mark.parametrize("use", [uses.y, uses.dx, uses.dw, uses.db])
def test_again_does_what_was_done_with_the_case_of_the_message(message, check, use):
    wrong = spoilt("linear", PARTS[use], lambda value: value + 3)
    message("linear", wrong)
    right = Case("", check.case, use).try_out(nn.Linear)
    np.testing.assert_array_equal(check.again(nn.Linear), right)
    np.testing.assert_array_equal(check.again(wrong), right + 3)


def test_again_gives_the_same_again_to_an_answer_that_changes_what_it_is_handed(message, check):
    wipes = "+ self.b -> + self.b + 1\n        x[...] = self.w[...] = 0; return y"
    vandal = solved("linear", f"return x @ -> y = x @ & {wipes}")
    message("linear", vandal)
    for _ in range(2):
        np.testing.assert_array_equal(check.again(vandal), check.again(nn.Linear) + 1)
