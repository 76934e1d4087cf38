"""A tenth of the mutants that `make mutants` tries: none passes, and most are explained."""

import re

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.diagnosis import known, variations

from . import mutants
from .trials import PROJECT, edited

PER_EXERCISE = mutants.PER_EXERCISE // 10
ROW = re.compile(r"^\| `?(\w+)`? \| (\d+) \| (\d+) \| (\d+) \| (\d+)% \| \S+ \|$", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_tenth_of_the_mutants_is_rejected_and_most_are_explained(monkeypatch):
    monkeypatch.setattr(known, "SECONDS_FOR_PAIRS", 0.2)  # a student waits longer
    monkeypatch.setattr(variations, "SECONDS", 0.4)
    with np.errstate(all="ignore"):
        results = [one for name in EXERCISES for one in mutants.tried(name, PER_EXERCISE)]
    print(row := mutants.row("all", results))
    count, rejected, explained, *_, entries = row.split(" | ")[1:]
    assert int(count) == int(rejected) > 1.5 * len(EXERCISES)
    assert int(explained) >= 0.7 * int(rejected)
    assert int(entries.rstrip(" |")) <= 6


def test_the_guide_shows_the_whole_table_and_none_was_accepted():
    found = ROW.findall((PROJECT.root / "CONTRIBUTING.md").read_text("utf-8"))
    rows = {name: list(map(int, numbers)) for name, *numbers in found}
    assert list(rows) == [*EXERCISES, "all"]
    for count, rejected, explained, share in rows.values():
        assert count == rejected
        assert share == round(100 * explained / rejected)
    assert rows["all"][3] >= 70
    assert rows["all"][:3] == [sum(rows[name][k] for name in EXERCISES) for k in range(3)]


def test_a_right_answer_in_other_words_is_no_mutant(monkeypatch):
    monkeypatch.setattr(mutants, "drawn", lambda name, count: [EXERCISES[name].solutions[0].text])
    assert mutants.tried("im2col", 1) == []


def test_a_wrong_answer_that_passes_is_counted_as_accepted(monkeypatch):
    """One that is wrong only for sizes that no check tries."""
    solution = EXERCISES["dot_product"].solutions[0].text
    wrong = edited(solution, "return total -> return total if len(a) < 300 else 0.0")
    monkeypatch.setattr(mutants, "drawn", lambda name, count: [wrong])
    monkeypatch.setattr(mutants, "_is_wrong", lambda name, answer, case: True)
    assert mutants.tried("dot_product", 1) == [(wrong, "accepted", None)]
