"""The multiple choice of the bug clinic: every reply, and whatever else is chosen."""

import re

import nbformat
import numpy as np
import pytest

from course.checks.exercises import LESSONS
from course.checks.predictions import foreseen

from . import trials
from .trials import PROJECT

REPLIES = {f"Layer{k}": dict(foreseen(f"Layer{k}")) for k in range(1, 7)}
DIAGNOSES = {layer: (replies.pop("right"), replies) for layer, replies in REPLIES.items()}
each_layer = pytest.mark.parametrize("layer", DIAGNOSES)


def cells(folder) -> list:
    return nbformat.read(folder / "10_bug_clinic.ipynb", as_version=4).cells


def test_every_layer_to_be_mended_has_three_replies_and_no_letter_is_right_too_often():
    mended = [name.replace("Mended", "Layer") for name in LESSONS["10_bug_clinic"][:-1]]
    assert mended == list(DIAGNOSES)
    for right, replies in DIAGNOSES.values():
        assert right in list(replies) == ["a", "b", "c"]
        assert len(set(replies.values())) == 3
        assert all(reply.endswith(".") for reply in replies.values())
    letters = [right for right, _ in DIAGNOSES.values()]
    assert set(letters) == set("abc")
    assert max(map(letters.count, letters)) <= len(letters) / 2


@each_layer
@pytest.mark.parametrize("choice", ["a", "b", "c", np.str_("b")])
def test_every_choice_gets_its_reply_and_is_right_or_not_quite(printed, layer, choice):
    right, replies = DIAGNOSES[layer]
    said = printed("check.diagnosis(layer, choice)", layer=layer, choice=choice)
    word = "right" if choice == right else "not quite"
    assert " ".join(said.split()) == f"{word} {layer}: {replies[choice]}"
    assert max(map(len, said.splitlines())) <= 78


STRANGE = ["d", "A", "", "ab", None, 3, b"a", True, ["a"], {"a"}, {}, ("a",), np.array(["a", "b"])]
STRANGE += [np.array("a"), np.nan, trials.AlwaysEqual(), trials.NeverComparable(), str]


@pytest.mark.parametrize("choice", STRANGE, ids=lambda choice: type(choice).__name__)
def test_whatever_else_is_chosen_is_met_with_the_letters_there_are(printed, choice):
    said = printed("check.diagnosis('Layer3', choice)", choice=choice)
    assert said == "Layer3: choose one of 'a', 'b', 'c'.\n"


def test_a_choice_is_no_check_and_leaves_the_progress_alone(printed, check):
    printed("check.diagnosis('Layer3', 'b')")
    assert "0 of 18" in printed("check.progress('10')")
    assert check.case == {}
    with pytest.raises(ValueError, match=r"layer must be one with .*, got 'Layer7'"):
        check.diagnosis("Layer7", "a")


def test_the_right_choices_are_those_of_the_solved_notebook_and_a_student_is_asked_for_them(
    printed,
):
    solved, blank = (
        "".join(printed(cell.source) for cell in cells(folder) if "predict" in cell.metadata)
        for folder in (PROJECT.solutions, PROJECT.notebooks)
    )
    found = re.findall(r"(right|not quite) +(Layer\d):", solved)
    assert found == [("right", layer) for layer in DIAGNOSES]
    asked = re.findall(r"(Layer\d): no explanation chosen yet. Replace the ... by a lett", blank)
    assert asked == list(DIAGNOSES)


@each_layer
def test_the_lesson_offers_an_explanation_for_each_reply(layer):
    offers = "".join(c.source for c in cells(PROJECT.notebooks) if "explanation fits" in c.source)
    paragraph = re.search(rf"^> {layer}\. (.*?)(?:^>$|\n\n|\Z)", offers, re.MULTILINE | re.DOTALL)
    assert re.findall(r"\((\w)\)", paragraph[1]) == list(DIAGNOSES[layer][1])
