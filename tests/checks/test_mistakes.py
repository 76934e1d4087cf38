"""Every known mistake is rejected and named, in whatever style it is written."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console
from rich.table import Table

from course.checks import EXERCISES
from course.checks.diagnosis.known import alone, find_at_first
from course.checks.failure import failure
from course.checks.mistakes import Mistake

MISTAKES = [(name, mistake) for name, e in EXERCISES.items() for mistake in e.mistakes]
UNSHARED = list({id(mistake): (name, mistake) for name, mistake in reversed(MISTAKES)}.values())
"""Each mistake with the first exercise that has it: the clinic shares those of lesson 09."""
each_exercise = pytest.mark.parametrize("name", EXERCISES)
each_mistake = pytest.mark.parametrize(
    ("name", "mistake"), UNSHARED, ids=[f"{name}: {mistake.name}" for name, mistake in UNSHARED]
)


def named(name: str, function: Callable, seed: int = 0) -> str | None:
    mistake = alone(EXERCISES[name].mark(function, seed))
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
def test_a_mistake_is_rejected_and_named_as_itself_for_other_seeds_too(name, mistake):
    for seed in (1, 77):
        assert named(name, mistake.function, seed) == mistake.name


@each_mistake
def test_the_message_of_a_mistake_fits_on_a_screen_and_explains_it_whole(name, mistake):
    message = str(failure(EXERCISES[name].mark(mistake.function), mistake.function))
    assert len(message.splitlines()) <= 15
    assert max(map(len, message.splitlines())) <= 78
    assert mistake.explanation in " ".join(message.split())


CRASHING = ("filters not transposed", "the slice [p:-p] at padding 0")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conv_forward", "cannot reshape array of size 8 into shape (1,2,2,5)"),
        ("conv_forward", "no sizes in here"),
        ("conv_as_matrix", "could not broadcast input array from shape (3,3) into shape (2,2)"),
    ],
)
def test_an_exception_about_other_sizes_than_a_mistakes_is_not_named(name, words):
    mistakes = EXERCISES[name].mistakes
    crashes = next(m for m in mistakes if m.name in CRASHING)
    crashed = [
        outcome.error is not None for outcome in EXERCISES[name].mark(crashes.function).outcomes
    ]
    calls = iter(crashed)

    def answer(*arguments):
        if next(calls):
            raise ValueError(words)
        return EXERCISES[name].reference(*arguments)

    assert crashed[0]
    assert named(name, answer) is None


@pytest.mark.parametrize(("value", "is_named"), [(7.0, True), (math.nan, False), (math.inf, False)])
def test_that_both_are_not_finite_at_first_is_no_reason_to_name_a_mistake(value, is_named):
    mistake = Mistake("always the same", "It is always the same.", written=lambda a, b: value)
    exercise = replace(EXERCISES["relative_error"], lesson="", written=[mistake])
    first = iter([value])
    finding = find_at_first(exercise.mark(lambda a, b: next(first, -1.0)))
    assert (finding is not None) == is_named


class Row(NamedTuple):
    exercise: str
    mistake: str
    verdict: str
    right_cases: str
    named_as: str | None


def row(name: str, mistake: Mistake) -> Row:
    marks = EXERCISES[name].mark(mistake.function)
    first, groups = marks.first_wrong(), marks.groups().values()
    verdict = "right" if first is None else marks.verdicts[first].kind.value
    named_as = alone(marks)
    right = f"{sum(good for good, _ in groups)} of {len(marks.cases)}"
    return Row(name, mistake.name, verdict, right, named_as and named_as.name)


@pytest.mark.slow
def test_the_table_of_all_mistakes_shows_each_rejected_and_named():
    rows = [row(name, mistake) for name, mistake in UNSHARED]
    table = Table(*(field.replace("_", " ") for field in Row._fields))
    for fields in rows:
        table.add_row(*map(str, fields))
    Console(width=150).print(table)
    assert not [row for row in rows if row.verdict == "right" or row.named_as != row.mistake]


def test_the_table_by_exercise_stands_in_the_contributors_guide():
    """As many are rejected, and named, as there are: this is what the test before this one says."""
    counts = Counter(name for name, _ in UNSHARED)
    known = {f"`{name}`": counts[name] for name in EXERCISES}
    known["all"] = sum(known.values())
    expected = [f"| {name} | {count} | {count} | {count} |" for name, count in known.items()]
    print("\n".join(expected))
    guide = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "\n".join(expected) in guide


IN_ANOTHER_STYLE = [
    (name, mistake) for name, mistake in UNSHARED if len({f.solution for f in mistake.forms}) > 1
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mistake"), IN_ANOTHER_STYLE, ids=[f"{name}: {m.name}" for name, m in IN_ANOTHER_STYLE]
)
def test_a_mistake_in_another_style_is_named_too(name, mistake):
    assert named(name, mistake.functions[-1], 5) == mistake.name


def test_every_exercise_has_a_mistake_in_another_style():
    formed = {name for name, mistake in MISTAKES if len({f.solution for f in mistake.forms}) > 1}
    assert formed == set(EXERCISES)
