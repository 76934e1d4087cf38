"""What is said to a guess: right, or the reason behind a wrong one that was foreseen.

The foreseen guesses stand in the lessons, beside each prediction; `course build` puts them into
foreseen/NN_name.json.
"""

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course.checks.texts import text_of

FORESEEN = Path(__file__).parent / "foreseen"


class Predictions:
    """The guesses of one kernel, by the name of the prediction."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[Any]] = {}

    def answer(self, name: str, guess: Any, right: Any) -> tuple[str, str]:
        """A verdict, empty where there is no guess yet, and what to say.

        The first wrong guess is not told the answer; a second, different one is.
        """
        if _is_missing(guess):
            return "", "No guess yet: replace the ... above by yours and run both cells again."
        if equal(guess, right):
            return "right", f"You guessed right: {plain(right)}."
        wrong = self._wrong.setdefault(name, [])
        if not any(equal(guess, before) for before in wrong):
            wrong.append(guess)
        reason = next((said for one, said in foreseen(name) if equal(guess, one)), "")
        if len(wrong) == 1:
            again = "Guess again: write another one above and run both cells."
            return "not yet", " ".join(filter(None, [f"Not {plain(guess)}.", reason, again]))
        guessed, answer = plain(guess), plain(right)
        if guessed == answer:
            guessed, answer = (f"{plain(v)} ({type(v).__name__})" for v in (guess, right))
        told = f"You guessed {guessed}, and it is {answer}. What made the difference?"
        return "not quite", " ".join(filter(None, [reason, told]))


def _is_missing(guess: Any) -> bool:
    return guess is ... or (isinstance(guess, tuple | list) and any(g is ... for g in guess))


@cache
def foreseen(name: str) -> tuple[tuple[Any, str], ...]:
    """The foreseen guesses of a prediction, with the reason behind each."""
    for path in sorted(FORESEEN.glob("*.json")):
        predictions = json.loads(path.read_text(encoding="utf-8"))
        if name in predictions:
            return tuple((value_of(guess), reason) for guess, reason in predictions[name])
    return ()


def value_of(text: str) -> Any:
    """A guess as it is written in a lesson: a number, a tuple, or else words."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def equal(guess: Any, answer: Any) -> bool:
    """Whether a guess is the answer; a nested list is as good as a flat one."""
    if isinstance(guess, str):
        return "".join(guess.split()) == "".join(plain(answer).split())
    try:
        a, b = np.asarray(guess), np.asarray(answer)
        if a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
            if a.ndim > b.ndim == 1:
                a = a.ravel()
            return a.shape == b.shape and bool(np.allclose(a, b, atol=1e-12, equal_nan=True))
        return bool(np.array_equal(a, b))
    except Exception:  # a guess may be anything, and a strange one is merely not right
        return False


def plain(value: Any) -> str:
    """A value as Python writes it, without NumPy's types."""
    return text_of(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)
