"""The multiple choice of the bug clinic: every reply, and whatever else is chosen."""

import re

import nbformat
import numpy as np
import pytest

from course.checks.diagnoses import DIAGNOSES
from course.checks.exercises import lesson_10_bug_clinic

from .trials import PROJECT

each_layer = pytest.mark.parametrize("layer", DIAGNOSES)


def said(capsys) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).lstrip()


def cells(folder) -> list:
    return nbformat.read(folder / "10_bug_clinic.ipynb", as_version=4).cells


def cells_that_choose(folder) -> list[str]:
    return [c.source for c in cells(folder) if "predict" in c.metadata and "diagnosis" in c.source]


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


class NeverComparable:
    def __eq__(self, other):
        raise RuntimeError("not with me")

    __hash__ = None


@each_layer
def test_every_layer_has_three_replies_of_which_one_is_right(layer):
    right, replies = DIAGNOSES[layer]
    assert list(replies) == ["a", "b", "c"]
    assert right in replies
    assert len(set(replies.values())) == 3
    assert all(reply.endswith(".") for reply in replies.values())


def test_there_is_a_diagnosis_for_every_layer_that_is_to_be_mended():
    mended = [name for name in vars(lesson_10_bug_clinic) if name.startswith("Mended")]
    assert [name.replace("Mended", "Layer") for name in mended] == list(DIAGNOSES)


def test_no_letter_is_right_too_often():
    letters = [right for right, _ in DIAGNOSES.values()]
    assert set(letters) == set("abc")
    assert max(map(letters.count, letters)) <= len(letters) / 2


@each_layer
@pytest.mark.parametrize("choice", ["a", "b", "c", np.str_("b")])
def test_every_choice_gets_its_reply_and_is_right_or_not_quite(check, capsys, layer, choice):
    right, replies = DIAGNOSES[layer]
    check.diagnosis(layer, choice)
    printed = said(capsys)
    word = "right" if choice == right else "not quite"
    assert " ".join(printed.split()) == f"{word} {layer}: {replies[choice]}"
    assert max(map(len, printed.splitlines())) <= 78


UNKNOWN = ["d", "A", "", "ab", None, 3, b"a", True, ["a"], {"a"}, {}, ("a",)]
STRANGE = [np.array(["a", "b"]), np.array("a"), np.nan, AlwaysEqual(), NeverComparable(), str]


@pytest.mark.parametrize("choice", UNKNOWN + STRANGE, ids=lambda choice: type(choice).__name__)
def test_whatever_else_is_chosen_is_met_with_the_letters_there_are(check, capsys, choice):
    check.diagnosis("Layer3", choice)
    assert said(capsys) == "Layer3: choose one of 'a', 'b', 'c'.\n"


def test_no_choice_is_asked_for(check, capsys):
    check.diagnosis("Layer3", ...)
    assert said(capsys).startswith("Layer3: no explanation chosen yet. Replace the ... by a letter")


def test_a_choice_is_no_check_and_leaves_the_progress_alone(check, capsys):
    check.diagnosis("Layer3", "b")
    said(capsys)
    check.progress("10")
    assert "0 of 12" in said(capsys)
    assert check.case == {}


# The notebooks ----------------------------------------------------------------------------------


def test_the_right_choices_are_those_of_the_solved_notebook(check, capsys):
    for source in cells_that_choose(PROJECT.solutions):
        exec(source, {"check": check})
    found = re.findall(r"(right|not quite) +(Layer\d):", said(capsys))
    assert found == [("right", layer) for layer in DIAGNOSES]


def test_in_a_students_notebook_every_choice_is_still_to_be_made(check, capsys):
    for source in cells_that_choose(PROJECT.notebooks):
        exec(source, {"check": check})
    assert said(capsys).count("no explanation chosen yet") == len(DIAGNOSES)


@each_layer
def test_the_lesson_offers_an_explanation_for_each_reply(layer):
    offers = "".join(c.source for c in cells(PROJECT.notebooks) if "explanation fits" in c.source)
    paragraph = re.search(rf"^> {layer}\. (.*?)(?:^>$|\n\n|\Z)", offers, re.MULTILINE | re.DOTALL)
    assert re.findall(r"\((\w)\)", paragraph[1]) == list(DIAGNOSES[layer][1])


def test_a_layer_that_is_not_in_the_clinic_is_named(check):
    with pytest.raises(ValueError, match=r"layer must be one of Layer1, .*, got 'Layer7'"):
        check.diagnosis("Layer7", "a")
