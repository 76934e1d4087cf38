"""Every known mistake is rejected and named, in whatever style it is written."""

import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from rich.console import Console
from rich.table import Table

from course.checks import EXERCISES
from course.checks.failure import failure

MISTAKES = [(name, mistake) for name, e in EXERCISES.items() for mistake in e.mistakes]
each_exercise = pytest.mark.parametrize("name", EXERCISES)
each_mistake = pytest.mark.parametrize(
    ("name", "mistake"), MISTAKES, ids=[f"{name}: {mistake.name}" for name, mistake in MISTAKES]
)


def named(name: str, function: Callable, seed: int = 0) -> str | None:
    mistake = EXERCISES[name].mark(function, seed).named_mistake()
    return mistake and mistake.name


@each_exercise
def test_every_exercise_knows_at_least_five_mistakes(name):
    assert len(EXERCISES[name].mistakes) >= 5


@each_exercise
def test_no_two_mistakes_of_an_exercise_have_one_name_or_explanation(name):
    mistakes = EXERCISES[name].mistakes
    assert max(Counter(m.name for m in mistakes).values()) == 1
    assert max(Counter(m.explanation for m in mistakes).values()) == 1


@each_mistake
def test_a_mistake_is_rejected_and_named_as_itself_for_every_seed(name, mistake):
    for seed in (0, 1, 2, 77):
        assert named(name, mistake.function, seed) == mistake.name


@each_mistake
def test_the_message_of_a_mistake_fits_on_a_screen_and_explains_it_whole(name, mistake):
    message = str(failure(EXERCISES[name].mark(mistake.function), mistake.function))
    assert len(message.splitlines()) <= 15
    assert max(map(len, message.splitlines())) <= 88
    assert mistake.explanation in " ".join(message.split())


class Row(NamedTuple):
    exercise: str
    mistake: str
    verdict: str
    right_cases: str
    named_as: str | None


def test_the_table_of_all_mistakes_shows_each_rejected_and_named():
    rows = []
    for name, mistake in MISTAKES:
        marks = EXERCISES[name].mark(mistake.function)
        first = marks.first_wrong()
        verdict = "right" if first is None else marks.verdicts[first].kind.value
        right = sum(good for good, _ in marks.groups().values())
        named_as = marks.named_mistake()
        rows.append(
            Row(
                name,
                mistake.name,
                verdict,
                f"{right} of {len(marks.cases)}",
                named_as and named_as.name,
            )
        )
    table = Table(*(field.replace("_", " ") for field in Row._fields))
    for row in rows:
        table.add_row(*map(str, row))
    Console(width=150).print(table)
    assert not [row for row in rows if row.verdict == "right" or row.named_as != row.mistake]


# The same mistakes, as a student would make them ------------------------------------------------

VARIANTS: list[tuple[str, str, Callable]] = []


def variant(exercise: str, mistake: str) -> Callable[[Callable], Callable]:
    def register(function: Callable) -> Callable:
        VARIANTS.append((exercise, mistake, function))
        return function

    return register


@pytest.mark.parametrize(("name", "mistake"), [v[:2] for v in VARIANTS])
def test_a_variant_stands_for_a_mistake_that_there_is(name, mistake):
    assert mistake in [m.name for m in EXERCISES[name].mistakes]
