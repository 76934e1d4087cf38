"""The layers that a probe is to tell apart, and what is said of a probe."""

import json
from collections import Counter

import numpy as np
import pytest

from course.checks import EXERCISES, reading
from course.checks.exercises.lesson_10_bug_clinic import BROKEN, RIGHT_LAYER, layers
from course.checks.failure import failure
from course.checks.uses import verdict
from course.running import judging
from course.running.inside.wire import decode, encode
from course.running.judging import SentOutcome

from .trials import cases, defined, marks_of, plain, solution

PROBE = EXERCISES["probe"]


def of_layer(source, look):
    """What look makes of the layers of one kind."""
    return verdict(look, source).value


def test_what_is_sent_names_no_layer_and_says_nothing_of_which_is_right():
    assert len(layers()) == len(set(layers().values())) == len(BROKEN) + 1 == 13
    tried, expected, request = judging.cases_of("probe", "a seed")
    sent = [case["arguments"] for case in json.loads(request)["cases"]]
    assert [decode(one["layer"]) for one in sent] == [case.arguments["layer"] for case in tried]
    assert all(one.keys() == {"layer"} for one in sent)
    assert not any(word in request for word in (RIGHT_LAYER, *(of for _, of, _ in BROKEN)))
    assert [case.group == RIGHT_LAYER for case in tried] == expected
    described = {of_layer(s, lambda make: str(make(1, 1, (1, 1)))[:-12]) for s in layers().values()}
    assert len(described) == 1


def test_the_order_is_drawn_and_the_right_layer_comes_more_than_once():
    orders = {tuple(case.group for case in cases("probe", seed)) for seed in range(5)}
    assert len(orders) == 5
    assert {Counter(order)[RIGHT_LAYER] for order in orders} == {4}


def points(*answers, probe=None):
    """What the grader gives for these answers, in the order of the cases."""
    outcomes = [SentOutcome(decode(encode(answer))) for answer in answers]
    return judging.mark("probe", "a seed", outcomes)


@pytest.mark.slow
def test_points_are_given_for_each_layer_that_is_told_from_the_right_one():
    tried, right, _ = judging.cases_of("probe", "a seed")
    assert points(*right).points == 6
    assert points(*[True] * len(right)).points == points(*[False] * len(right)).points == 0
    for let_through in (1, 5, 12):
        passed = [c.group in [f"layer {k + 1}" for k in range(let_through)] for c in tried]
        found = points(*np.logical_or(right, passed))
        assert found.points == 6 - let_through / 2
        assert found.notes[0].startswith(f"{12 - let_through} of 12 broken layers told")
        assert found.hint.startswith("Your probe lets layer ")
    one_turned_away = [*right]
    one_turned_away[right.index(True)] = False
    assert points(*one_turned_away).points == 0
    coins = np.random.default_rng(0).random((20, len(right))) < 0.5
    assert np.mean([points(*map(bool, coin)).points for coin in coins]) < 0.4


def test_the_forward_passes_are_counted_and_said(check, capsys):
    check.probe(defined("probe", solution("probe")))
    assert "12 of 12 broken layers told from the right one, which took 12 forward passes. 6" in (
        " ".join(plain(capsys.readouterr().out).split())
    )
    assert (
        verdict(
            lambda make: make(1, 1, (1, 1)).forward(np.ones((1, 1, 1, 1))), layers()[RIGHT_LAYER]
        ).forward_calls
        == 1
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 13))
def test_of_an_unforeseen_probe_the_first_layer_it_lets_through_is_explained(number, quick):
    let = layers()[f"layer {number}"]
    real = defined("probe", solution("probe"))

    def probe(make_layer):
        made = make_layer(1, 1, (1, 1))
        is_let = type(made).__init__.__globals__["__doc__"] == let
        return is_let or real(make_layer)

    marks = marks_of("probe", probe)
    said = " ".join(str(failure(marks, probe)).split())
    assert f"layer {number} through" in said or f"layer {number} 0/1" in said
    assert "11 of 12 broken layers told from the right one" in said


@pytest.mark.parametrize(
    "line",
    [
        "return type(make_layer(1, 1, (1, 1))) is None",
        "import inspect; return inspect.getsource(make_layer)",
        "return make_layer(1, 1, (1, 1)).__dict__",
        "return getattr(make_layer, '__code__')",
        "return isinstance(make_layer(1, 1, (1, 1)), Conv2d)",
        "from course.nn import Conv2d",
        "return make_layer(1, 1, (1, 1)).forward.__func__",
        "return make_layer.__closure__[0].cell_contents",
    ],
)
def test_a_probe_that_reads_the_layers_code_is_told_that_a_person_will_look(line, check, capsys):
    text = solution("probe").replace(
        "    return True", f"    if False:\n        {line}\n    return True"
    )
    check.probe(defined("probe", text))
    assert "a person looks at such an answer" in " ".join(capsys.readouterr().out.split())


def test_a_probe_that_tries_layers_is_told_nothing_of_the_kind():
    for one in PROBE.solutions:
        assert not reading.note(one.answer(one.text, one.name)), one.name
        assert not reading.reads(one.text)
    assert reading.reads("(((") == set()
