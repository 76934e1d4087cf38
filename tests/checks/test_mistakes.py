"""Every known mistake is rejected and named, in whatever style it is written, alone or in pairs."""

import ast
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

from course.checks import EXERCISES
from course.checks.diagnosis import Finding, diagnose
from course.checks.diagnosis.known import agrees, alone, find_at_first, find_pair
from course.checks.exercise import Marks
from course.checks.failure import failure
from course.checks.mistakes import Mistake
from course.checks.outcome import run, spoil_freed_memory
from course.checks.verdict import judge

from .trials import ONE_OF_A_KIND, cases, defined, each, solution

MISTAKES = {name: exercise.mistakes for name, exercise in EXERCISES.items()}
SHARED = {id(mistake) for e in EXERCISES.values() if e.shares for mistake in e.shares.mistakes}
OWN = {
    name: [m for m in MISTAKES[name] if not EXERCISES[name].shares or id(m) not in SHARED]
    for name in EXERCISES
}
"""Without those of the layer of lesson 09 that the clinic shares."""
THE_SAME = {("added up over the entries", "all entries moved at once")}
"""The sum of all derivatives is the derivative along the diagonal, but for rounding."""
LONGEST = 260
each_exercise = pytest.mark.parametrize("name", EXERCISES)


def drawn(name: str, things: list, count: int) -> list:
    """So many of the things, the same ones each time."""
    rng = np.random.default_rng(sum(map(ord, name)))
    return [things[k] for k in rng.permutation(len(things))[:count]]


@each_exercise
def test_an_exercise_knows_five_mistakes_or_more_each_with_a_name_and_sentences_of_its_own(name):
    assert len(MISTAKES[name]) >= 5
    assert max(Counter(m.name for m in MISTAKES[name]).values()) == 1
    assert max(Counter(m.explanation for m in MISTAKES[name]).values()) == 1
    assert max(len(m.explanation) for m in MISTAKES[name]) <= LONGEST


@each_exercise
def test_some_mistake_of_every_exercise_is_known_in_another_style_too(name):
    assert any(len({form.solution for form in mistake.forms}) > 1 for mistake in MISTAKES[name])


@cache
def expected(name: str, seed: int) -> list:
    return [run(EXERCISES[name].reference, case).value for case in cases(name, seed)]


def marks_of(name: str, function: Callable, seed: int) -> Marks:
    """What Exercise.mark gives, but what is right is computed once for all mistakes."""
    exercise, outcomes, verdicts = EXERCISES[name], [], []
    for case, right in zip(cases(name, seed), expected(name, seed), strict=True):
        spoil_freed_memory(right)
        outcomes.append(run(function, case))
        tolerance = exercise.tolerance_for(case)
        verdicts.append(judge(outcomes[-1], right, exercise.returns, tolerance))
    return Marks(exercise, cases(name, seed), expected(name, seed), outcomes, verdicts, function)


def check_is_named(name: str, mistake: Mistake, function: Callable, seed: int) -> Marks:
    """That the function is rejected, and named as the mistake."""
    marks = marks_of(name, function, seed)
    assert marks.first_wrong() is not None, f"{name}: {mistake.name} is accepted"
    named = alone(marks)
    assert named, f"{name}: {mistake.name} is not named"
    assert named is mistake or (mistake.name, named.name) in THE_SAME
    return marks


def check_is_explained(marks: Marks, mistake: Mistake) -> None:
    """That the message fits on a screen and has the whole explanation."""
    message = str(failure(marks, mistake.function))
    assert len(message.splitlines()) <= 26
    assert max(map(len, message.splitlines())) <= 78
    assert mistake.explanation in " ".join(message.split())


@each(EXERCISES, quick=ONE_OF_A_KIND)
def test_a_few_mistakes_are_named_as_themselves_and_explained(name):
    for mistake in drawn(name, OWN[name], 1 if EXERCISES[name].is_a_class else 2):
        marks = check_is_named(name, mistake, mistake.function, 0)
        check_is_explained(marks, mistake)


@pytest.mark.slow
@each_exercise
def test_every_form_of_every_mistake_is_named_as_itself_and_explained(name):
    for mistake in OWN[name]:
        for number, function in enumerate(mistake.functions):
            marks = check_is_named(name, mistake, function, 0)
            if number == 0:
                check_is_explained(marks, mistake)
            check_reads_what_there_is(marks, mistake, number)


@pytest.mark.slow
@each_exercise
def test_every_form_of_every_mistake_is_named_as_itself_for_another_seed_too(name):
    for mistake in OWN[name]:
        for function in mistake.functions:
            check_is_named(name, mistake, function, 77)


def check_reads_what_there_is(marks: Marks, mistake: Mistake, number: int) -> None:
    """That a form reads no variable that its solution does not have.

    What belongs to the object it may read: a forgotten self. is a mistake.
    """
    errors = [outcome.error for outcome in marks.outcomes]
    missed = {error.name for error in errors if type(error) is NameError}
    if missed:
        form = mistake.forms[number - (mistake.written is not None)]
        nodes = ast.walk(ast.parse(form.solution.text))
        assert missed <= {n.attr for n in nodes if isinstance(n, ast.Attribute)}, form.label


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXERCISES if EXERCISES[name].shares])
def test_what_is_shared_is_named_where_it_is_shared_too(name):
    """But how a layer begins is not asked for in the clinic."""
    shared = [m for m in MISTAKES[name] if id(m) in SHARED]
    beginnings = 0
    for mistake in drawn(name, shared, 6):
        marks = EXERCISES[name].mark(mistake.function, 1)
        beginnings += marks.first_wrong() is None
        assert marks.first_wrong() is None or alone(marks) is mistake
    assert beginnings < 6


# Names that would be false ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "crashing", "words"),
    [
        (
            "conv_forward",
            "filters not transposed",
            "cannot reshape array of size 8 into shape (1,2,2,5)",
        ),
        ("conv_forward", "filters not transposed", "no sizes in here"),
        (
            "conv_as_matrix",
            "the slice [p:-p] at padding 0",
            "could not broadcast input array from shape (3,3) into shape (2,2)",
        ),
    ],
)
def test_an_exception_about_other_sizes_than_a_mistakes_is_not_named(name, crashing, words):
    crashes = next(m for m in MISTAKES[name] if m.name == crashing)
    crashed = [o.error is not None for o in EXERCISES[name].mark(crashes.function).outcomes]
    calls = iter(crashed)

    def answer(*arguments):
        if next(calls):
            raise ValueError(words)
        return EXERCISES[name].reference(*arguments)

    assert crashed[0]
    assert alone(EXERCISES[name].mark(answer)) is None


@pytest.mark.parametrize(
    ("value", "times", "is_named"),
    [(7.0, 9, True), (7.0, 1, False), (math.nan, 9, False), (math.inf, 9, False)],
)
def test_a_chance_at_first_is_no_reason_to_name_a_mistake(value, times, is_named):
    mistake = Mistake("always the same", "It is always the same.", written=lambda a, b: value)
    exercise = replace(EXERCISES["relative_error"], lesson="", written=[mistake])
    first = iter([value] * times)
    finding = find_at_first(exercise.mark(lambda a, b: next(first, -1.0)))
    assert (finding is not None) == is_named


# Two mistakes at once -----------------------------------------------------------------------------


def test_two_mistakes_are_found_together_though_both_were_written_with_the_same_letters():
    source = solution("correlate2d")
    changed = source.replace("* w) + b", "@ w)")  # "* w) -> @ w)" and "w) + b -> w)"
    assert changed != source
    finding = find_pair(EXERCISES["correlate2d"].mark(defined("correlate2d", changed)))
    assert finding is not None
    assert set(finding.mistakes) == {"matrix product of window and kernel", "bias forgotten"}


PAIRS_IN = (
    "correlate2d",
    "im2col",
    "conv_forward_loops",
    "conv_backward_weights_loops",
    "max_pool",
    "linear",
    "transposed_conv",
)
PAIRS_EACH = 12


def pairs(name: str) -> Iterator[tuple[Mistake, Mistake, Callable]]:
    """Some mistakes two by two, made in one solution."""
    together = []
    for one, other in combinations(OWN[name], 2):
        forms = [(a, b) for a in one.forms for b in other.forms if a.solution is b.solution]
        together += [(one, other, *forms[0])] if forms else []
    for one, other, a, b in drawn(name, together, 2 * PAIRS_EACH):
        try:
            text = a.solution.edited(a.edits + b.edits)
            yield one, other, a.solution.answer(text, f"{a.label} and {b.label}")
        except (ValueError, SyntaxError):  # both change the same place
            continue


def behaves_as(name: str, function: Callable, finding: Finding) -> bool:
    """Whether it does what the one mistake does on cases that the check does not try."""
    [mistake] = [m for m in MISTAKES[name] if m.name in finding.mistakes]
    return agrees(EXERCISES[name].mark(function, 5), mistake.functions, range(len(cases(name, 5))))


@pytest.mark.slow
def test_two_mistakes_at_once_get_no_false_name_and_most_are_named_in_part():
    rejected = named = 0
    for name in PAIRS_IN:
        of_this = []
        for one, other, function in list(pairs(name))[:PAIRS_EACH]:
            marks, both = EXERCISES[name].mark(function), {one.name, other.name}
            if marks.first_wrong() is None:
                continue  # one makes good for the other
            finding = diagnose(marks)
            agrees_with_one = finding.step == "known" and behaves_as(name, function, finding)
            of_this.append(bool(both & set(finding.mistakes)) or agrees_with_one)
            assert of_this[-1] or finding.step not in ("known", "two known"), (both, finding)
        print(f"{name}: {sum(of_this)} of {len(of_this)} pairs named")
        rejected, named = rejected + len(of_this), named + sum(of_this)
    print(f"together: {named} of {rejected} pairs named, {named / rejected:.0%}")
    assert rejected >= 8 * len(PAIRS_IN)
    assert named >= 0.75 * rejected
