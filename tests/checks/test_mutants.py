"""A tenth of the mutants that `make mutants` tries: none passes, and most are explained."""

import re
from pathlib import Path

import numpy as np
import pytest

from course.checks import EXERCISES

from . import mutants

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
ROW = re.compile(r"^\| `?(\w+)`? \| (\d+) \| (\d+) \| (\d+) \| (\d+)% \| \S+ \|$", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_tenth_of_the_mutants_is_rejected_and_most_are_explained():
    with np.errstate(all="ignore"):
        text, tallies = mutants.table(list(EXERCISES), mutants.PER_EXERCISE // 10)
    print(text)
    assert not any(one.accepted for one in tallies)
    rejected, explained = sum(t.rejected for t in tallies), sum(t.explained for t in tallies)
    assert rejected > 2 * len(EXERCISES)
    assert explained >= 0.7 * rejected
    sizes = [size for one in tallies for size in one.entries]
    assert np.median(sizes) <= 6


def test_the_guide_shows_the_whole_table_and_none_was_accepted():
    rows = {
        name: list(map(int, numbers)) for name, *numbers in ROW.findall(GUIDE.read_text("utf-8"))
    }
    assert list(rows) == [*EXERCISES, "all"]
    for count, rejected, explained, share in rows.values():
        assert count == rejected
        assert share == round(100 * explained / rejected)
    assert rows["all"][3] >= 70
    assert rows["all"][:3] == [sum(rows[name][k] for name in EXERCISES) for k in range(3)]


def test_mutants_are_many_different_and_no_copy_of_the_solution():
    for name, exercise in EXERCISES.items():
        source = exercise.solutions[0].text
        found = mutants.mutants(source)
        assert len(found) == len(set(found)) >= 9, name
        assert source not in found


def test_a_right_answer_in_other_words_is_no_mutant(monkeypatch):
    monkeypatch.setattr(mutants, "drawn", lambda name, count: [EXERCISES[name].solutions[0].text])
    assert list(mutants.answers("im2col", 1)) == []
    assert mutants.tally("im2col", 1).rejected == 0


def test_a_wrong_answer_that_passes_is_counted_as_accepted(monkeypatch):
    """One that is wrong only for sizes that no check tries."""
    wrong = "def dot_product(a, b):\n    return sum(a * b) if len(a) < 300 else 0.0\n"
    monkeypatch.setattr(mutants, "drawn", lambda name, count: [wrong])
    monkeypatch.setattr(mutants, "_is_wrong", lambda name, answer, case: True)
    assert mutants.tally("dot_product", 1).accepted == [wrong]
