"""What is said to a guess, and what the lessons foresee."""

import numpy as np
import pytest

from course.authoring.lesson import foreseen
from course.checks import predictions

from .trials import PROJECT, Wordless

FORESEEN = {
    name: guesses
    for lesson in PROJECT.lesson_names()
    for name, guesses in foreseen(PROJECT.lessons / f"{lesson}.md").items()
    if guesses[0][0] != "right"  # explanations to choose from: test_diagnoses
}


def pairs(**groups: list[tuple]) -> pytest.MarkDecorator:
    """Guesses and answers, some kinds of which are named."""
    named = [(guess, answer) for group in groups.values() for guess, answer in group]
    return pytest.mark.parametrize(("guess", "answer"), named, ids=range(len(named)))


@pytest.fixture
def said(printed):
    line = "check.predicted(name, guess, answer)"
    return lambda name, guess, answer: " ".join(
        printed(line, name=name, guess=guess, answer=answer).split()
    )


@pairs(
    numbers=[(4, 4), (4.0, np.int64(4)), (0.1 + 0.2, 0.3), (True, np.True_), (np.nan, np.nan)],
    shapes=[((2, 3), (2, 3)), ([2, 3], np.array([2, 3]))],
    texts=[("yes", "yes"), ("False", False), ("False", np.False_), (" 448 ", 448), ("(4,)", (4,))],
    arrays_as_texts=[("(1,2,2,2)", (1, 2, 2, 2)), ("4", np.int64(4)), ("[6, 3]", np.array([6, 3]))],
    flattened=[([[1, 2], [5, 6]], np.array([1, 2, 5, 6])), (((1, 2), (5, 6)), [1, 2, 5, 6])],
)
def test_a_right_guess_is_right(said, guess, answer):
    assert "You guessed right: " in said("any", guess, answer)


@pairs(
    numbers=[(4, 5), (1e-10, 0.0), (float("nan"), 1.0), (10**9999, 1)],
    shapes=[((2, 3), (3, 2)), ((2, 3), (2, 3, 1)), ([4], 4), (4, (4,))],
    texts=[("5", 4), ("true", False), ("", 4), (4, "4")],
    arrays=[(np.zeros((2, 3)), np.zeros((3, 2))), (np.array([None, 1]), np.array([1, 1]))],
    lists=[([[1], [2, 3]], np.array([1, 2])), ([[1, 2], [6, 5]], [1, 2, 5, 6])],
    others=[(None, 4), ({"H": 3}, 3), (Wordless(), 3), (Wordless, 3), (4, Wordless())],
)
def test_any_other_guess_is_merely_not_right(said, guess, answer):
    assert said("any", guess, answer).startswith("not yet Not ")


REASONS = ((9, "Nine weights."), ((4,), "A shape."), ("rows", "Words."))
AGAIN, TYPES = "Guess again", "You guessed 27 (ndarray), and it is 27 (int)."
TALKS = [  # the prediction's name, the guess, and what is said where the answer is 27
    [("b", 8, AGAIN), ("b", 8, AGAIN), ("b", 3, "You guessed 3, and it is 27.")],
    [("b", 8, AGAIN), ("b", 3, "and it is 27"), ("b", 8, "You guessed 8, and it is 27.")],
    [("b", 8, AGAIN), ("c", 3, AGAIN), ("b", 27, "You guessed right: 27.")],
    [("b", 8, AGAIN), ("b", np.array("27"), TYPES)],
    [
        ("a", 9, f"Not 9. Nine weights. {AGAIN}"),
        ("a", (4,), "A shape. You guessed (4,), and it is 27"),
    ],
    [("a", 5, AGAIN), ("a", "rows", "Words. You guessed rows, and it is 27.")],
    *([("b", guess, "No guess yet")] for guess in (..., (..., 3), [np.zeros(2), ...])),
]


@pytest.mark.parametrize("talk", TALKS, ids=str)
def test_a_second_wrong_guess_is_told_the_answer_and_a_foreseen_one_why(said, talk, monkeypatch):
    monkeypatch.setattr(predictions, "foreseen", lambda name: REASONS if name == "a" else ())
    for name, guess, words in talk:
        text = said(name, guess, 27)
        assert words in text
        assert ("27" in text) is ("27" in words)


@pytest.mark.parametrize("name", FORESEEN)
def test_a_prediction_foresees_two_or_three_guesses_with_reasons_and_the_package_has_them(name):
    guesses = [predictions.value_of(guess) for guess, _ in FORESEEN[name]]
    reasons = [reason for _, reason in FORESEEN[name]]
    assert list(zip(guesses, reasons, strict=True)) == list(predictions.foreseen(name))
    assert 2 <= len(guesses) <= 3
    for k, guess in enumerate(guesses):
        assert not any(predictions.equal(guess, other) for other in guesses[:k])
    for reason in reasons:
        assert reason[0].isupper() or reason[0] in "(0123456789"
        assert reason.endswith((".", "?", "!"))
        assert len(reason) <= 200
