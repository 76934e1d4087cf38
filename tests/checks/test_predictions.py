"""What is said to a guess, and what the lessons foresee."""

import re
from pathlib import Path

import numpy as np
import pytest

from course.authoring.lesson import foreseen
from course.checks import predictions
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
FORESEEN = {
    name: guesses
    for lesson in PROJECT.lesson_names()
    for name, guesses in foreseen(PROJECT.lessons / f"{lesson}.md").items()
}


class Unprintable:
    def __str__(self):
        raise RuntimeError("no text")


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def answered(check, capsys, name, guess, answer):
    check.predicted(name, guess, answer)
    return " ".join(plain(capsys.readouterr().out).split())


@pytest.mark.parametrize(
    ("guess", "answer"),
    [
        (4, 4),
        (4.0, np.int64(4)),
        (0.1 + 0.2, 0.3),
        ((2, 3), (2, 3)),
        ([2, 3], np.array([2, 3])),
        ("yes", "yes"),
        (True, np.True_),
        (np.nan, np.nan),
        ("False", False),
        ("False", np.False_),
        ("(4,)", (4,)),
        ("(1,2,2,2)", (1, 2, 2, 2)),
        (" 448 ", 448),
        ("4", np.int64(4)),
        ("[6, 3]", np.array([6, 3])),
        ([[1, 2], [5, 6]], np.array([1, 2, 5, 6])),
        (((1, 2), (5, 6)), [1, 2, 5, 6]),
    ],
)
def test_a_right_guess_is_right(check, capsys, guess, answer):
    check.predicted("any", guess, answer)
    assert "You guessed right: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("guess", "answer"),
    [
        (4, 5),
        (1e-10, 0.0),
        ((2, 3), (3, 2)),
        ((2, 3), (2, 3, 1)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        ("5", 4),
        ("true", False),
        ("", 4),
        (4, "4"),
        (None, 4),
        ([[1], [2, 3]], np.array([1, 2])),
        ([4], 4),
        (4, (4,)),
        ([[1, 2], [6, 5]], [1, 2, 5, 6]),
        ({"H": 3}, 3),
        (Unprintable(), 3),
        (Unprintable, 3),
        (np.array([None, 1]), np.array([1, 1])),
        (4, Unprintable()),
        (float("nan"), 1.0),
        pytest.param(10**9999, 1, id="a huge integer"),
    ],
)
def test_any_other_guess_is_merely_not_right(check, capsys, guess, answer):
    check.predicted("any", guess, answer)
    assert plain(capsys.readouterr().out).startswith(" not yet  Not ")


def test_a_first_wrong_guess_is_not_told_the_answer_and_a_second_one_is(check, capsys):
    said = [answered(check, capsys, "any", guess, 27) for guess in (9, 9, 3, 9, 27)]
    assert "27" not in said[0]
    assert "Guess again" in said[0]
    assert said[1] == said[0]
    assert "You guessed 3, and it is 27." in said[2]
    assert "You guessed 9, and it is 27." in said[3]
    assert "You guessed right: 27." in said[4]


def test_predictions_do_not_count_each_others_guesses(check, capsys):
    answered(check, capsys, "one", 9, 27)
    assert "27" not in answered(check, capsys, "other", 8, 27)


def test_a_wrong_guess_and_the_answer_never_look_the_same(check, capsys):
    answered(check, capsys, "any", 5, 4)
    said = answered(check, capsys, "any", np.array("4"), 4)
    assert "You guessed 4 (ndarray), and it is 4 (int)." in said


def test_a_foreseen_guess_gets_its_reason_at_every_try(check, capsys, monkeypatch):
    reasons = ((9, "Nine weights."), ((4,), "A shape."), ("rows", "Words."))
    monkeypatch.setattr(predictions, "foreseen", lambda name: reasons)
    assert "Not 9. Nine weights. Guess again" in answered(check, capsys, "any", 9, 27)
    assert "A shape. You guessed (4,), and it is 27." in answered(check, capsys, "any", (4,), 27)
    assert "Words. You guessed rows" in answered(check, capsys, "any", "rows", 27)
    assert "and it is 27" in answered(check, capsys, "any", 5, 27)


@pytest.mark.parametrize("guess", [..., (..., 3), [np.zeros(2), ...]])
def test_a_missing_guess_is_asked_for(check, capsys, guess):
    check.predicted("any", guess, 3)
    assert capsys.readouterr().out.startswith("No guess yet")


# What the lessons foresee -------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORESEEN)
def test_a_prediction_foresees_two_or_three_different_guesses_with_a_reason_each(name):
    guesses = [predictions.value_of(guess) for guess, _ in FORESEEN[name]]
    assert 2 <= len(guesses) <= 3
    for k, guess in enumerate(guesses):
        assert not any(predictions.equal(guess, other) for other in guesses[:k])
    for _, reason in FORESEEN[name]:
        assert reason[0].isupper() or reason[0] in "(0123456789"
        assert reason.endswith((".", "?", "!"))
        assert len(reason) <= 200


@pytest.mark.parametrize("name", FORESEEN)
def test_the_package_holds_what_the_lesson_foresees(name):
    kept = predictions.foreseen(name)
    assert [(predictions.value_of(g), reason) for g, reason in FORESEEN[name]] == list(kept)
