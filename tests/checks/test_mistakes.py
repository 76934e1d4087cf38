"""Every known mistake is rejected and named, in whatever style it is written, alone or in pairs."""

import ast
import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from course.checks import EXERCISES, exercise
from course.checks.diagnosis import Finding, diagnose, known
from course.checks.diagnosis.known import agrees, alone, find_at_first, find_pair
from course.checks.exercise import Exercise, Marks
from course.checks.failure import failure
from course.checks.mistakes import Form, Mistake, Solution
from course.checks.outcome import run

from .trials import ONE_OF_A_KIND, failing, marks_of, returning, solved

MISTAKES = {name: exercise.mistakes for name, exercise in EXERCISES.items()}
OWN = {name: exercise._known.mistakes for name, exercise in EXERCISES.items()}
"""Without those of the layer of lesson 09 that the clinic shares."""
THE_SAME = {("added up over the entries", "all entries moved at once")}
"""The sum of all derivatives is the derivative along the diagonal, but for rounding."""
LONGEST = 260
each_exercise = pytest.mark.parametrize("name", EXERCISES)


@pytest.fixture
def remembered(monkeypatch) -> None:
    """What a known mistake does with a case is computed once, and not anew for every answer."""
    outcomes = {}

    def remembering(function, case):
        if (function, id(case)) not in outcomes:
            outcomes[function, id(case)] = case, run(function, case)
        return outcomes[function, id(case)][1]

    monkeypatch.setattr(known, "run", remembering)
    monkeypatch.setattr(exercise, "run", remembering)


def drawn(name: str, things: Sequence, count: int) -> list:
    """So many of the things, the same ones each time."""
    rng = np.random.default_rng(sum(map(ord, name)))
    return [things[k] for k in rng.permutation(len(things))[:count]]


@each_exercise
def test_an_exercise_knows_five_mistakes_or_more_each_with_a_name_and_sentences_of_its_own(name):
    assert len(MISTAKES[name]) >= 5
    assert max(Counter(m.name for m in MISTAKES[name]).values()) == 1
    assert max(Counter(m.explanation for m in MISTAKES[name]).values()) == 1
    assert max(len(m.explanation) for m in MISTAKES[name]) <= LONGEST
    claims = [m.name for m in MISTAKES[name] if "the `return` is inside" in m.explanation]
    assert not claims, "a loop may end, or stand still, in other ways as well"
    styles = [{form.solution for form in mistake.forms} for mistake in MISTAKES[name]]
    assert max(map(len, styles)) > 1, "no mistake is known in another style"


def check_is_named(
    name: str, mistake: Mistake, function: Callable, seed: int = 0, explained: bool = False
) -> Marks:
    """That it is rejected and named, and that its message has the whole explanation and fits."""
    marks = marks_of(name, function, seed)
    assert marks.wrong, f"{name}: {mistake.name} is accepted"
    named = alone(marks)
    assert named, f"{name}: {mistake.name} is not named"
    assert named is mistake or (mistake.name, named.name) in THE_SAME
    if explained:
        message = str(failure(marks, function))
        assert len(message.splitlines()) <= 26
        assert max(map(len, message.splitlines())) <= 78
        assert mistake.explanation in " ".join(message.split())
    return marks


def check_reads_what_there_is(marks: Marks, mistake: Mistake, number: int) -> None:
    """That a form reads no variable that its solution does not have.

    What belongs to the object it may read: a forgotten self. is a mistake.
    """
    errors = [one.outcome.error for one in marks.judged]
    missed = {error.name for error in errors if type(error) is NameError}
    if missed:
        form = mistake.forms[number]
        nodes = ast.walk(ast.parse(form.solution.text))
        assert missed <= {n.attr for n in nodes if isinstance(n, ast.Attribute)}, form.label


@pytest.mark.parametrize("name", ONE_OF_A_KIND[::3])
def test_a_few_mistakes_are_named_as_themselves_and_explained(name):
    for mistake in drawn(name, OWN[name], 1 if EXERCISES[name].is_a_class else 2):
        check_is_named(name, mistake, mistake.function, explained=True)


@pytest.mark.slow
@each_exercise
def test_every_mistake_is_named_as_itself_in_all_its_forms_and_for_another_seed(name, remembered):
    for mistake in OWN[name]:
        for number, function in enumerate(mistake.functions):
            marks = check_is_named(name, mistake, function, explained=number == 0)
            check_reads_what_there_is(marks, mistake, number)
        check_is_named(name, mistake, mistake.functions[-1], 77)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXERCISES if EXERCISES[name].shares])
def test_what_is_shared_is_named_where_it_is_shared_too(name, remembered):
    """But how a layer begins is not asked for in the clinic."""
    shared = [m for m in MISTAKES[name] if m not in OWN[name]]
    marks = {m: marks_of(name, m.function, 1) for m in drawn(name, shared, 6)}
    rejected = [m for m in marks if marks[m].wrong]
    assert rejected
    assert all(alone(marks[mistake]) is mistake for mistake in rejected)


NOT_TRANSPOSED = ("conv_forward", "filters not transposed")
FRAME = ("conv_as_matrix", "the slice [p:-p] at padding 0")


@pytest.mark.parametrize(
    ("crashing", "words"),
    [
        (NOT_TRANSPOSED, "cannot reshape array of size 8 into shape (1,2,2,5)"),
        (NOT_TRANSPOSED, "no sizes in here"),
        (FRAME, "could not broadcast input array from shape (3,3) into shape (2,2)"),
    ],
)
def test_an_exception_about_other_sizes_than_a_mistakes_is_not_named(crashing, words):
    name, mistake = crashing
    crashes = next(m.function for m in MISTAKES[name] if m.name == mistake)
    crashed = [one.outcome.error is not None for one in marks_of(name, crashes).judged]
    fail, right = failing(name, ValueError(words)), EXERCISES[name].reference
    does = iter([fail if crashes_here else right for crashes_here in crashed])
    assert crashed[0]
    assert alone(marks_of(name, lambda *arguments: next(does)(*arguments))) is None


@pytest.mark.parametrize(
    ("value", "times", "is_named"),
    [(7.0, 9, True), (7.0, 1, False), (math.nan, 9, False), (math.inf, 9, False)],
)
def test_a_chance_at_first_is_no_reason_to_name_a_mistake(monkeypatch, value, times, is_named):
    solution = Solution("same", f"def same(a, b):\n    return float('{value}')\n", "")
    mistake = Mistake("always the same", "It always is.", (Form(solution, (), "same"),))
    monkeypatch.setattr(Exercise, "mistakes", [mistake])
    first = iter([value] * times)
    finding = find_at_first(EXERCISES["relative_error"].mark(lambda a, b: next(first, -1.0)))
    assert (finding is not None) == is_named


def test_two_mistakes_are_found_together_though_both_were_written_with_the_same_letters():
    both = solved("correlate2d", "* w) + b -> @ w)")  # "* w) -> @ w)" and "w) + b -> w)"
    finding = find_pair(marks_of("correlate2d", both))
    assert finding is not None
    assert set(finding.mistakes) == {"matrix product of window and kernel", "bias forgotten"}


def test_two_mistakes_are_not_told_of_zeros_which_come_of_many():
    zeros = returning("conv_backward_input_scatter", np.zeros_like)
    marks = marks_of("conv_backward_input_scatter", zeros)
    assert find_pair(marks) is None
    finding = diagnose(marks)
    assert finding.text == "Every number of dx is 0, in every case."


def test_a_mistake_that_fails_alone_is_not_told_as_one_of_two_that_do_not_fail():
    together = solved("conv_backward_input_scatter", "* w[f] -> * w.sum(axis=0)")
    assert find_pair(marks_of("conv_backward_input_scatter", together)) is None


def test_what_holds_in_every_case_is_told_before_what_holds_at_first():
    a_row = returning("conv_backward_bias", lambda db: db.reshape(1, -1))
    finding = diagnose(marks_of("conv_backward_bias", a_row))
    assert finding.text.endswith(
        "the right numbers in the right order; only its shape is different."
    )


PAIRS_IN = ("correlate2d", "im2col", "conv_forward_loops", "conv_backward_weights_loops")
PAIRS_IN += ("max_pool", "linear", "transposed_conv")
PAIRS_EACH = 12


def behaves_as(name: str, function: Callable, finding: Finding) -> bool:
    """Whether it does what the one mistake does on cases that the check does not try."""
    [mistake] = [m for m in MISTAKES[name] if m.name in finding.mistakes]
    marks = marks_of(name, function, 5)
    return agrees(marks, mistake.functions, marks.judged)


@pytest.mark.slow
def test_two_mistakes_at_once_get_no_false_name_and_most_are_named_in_part(remembered):
    named = []
    for name in PAIRS_IN:
        for one, other, function in drawn(name, list(known._pairs(OWN[name])), PAIRS_EACH):
            both, marks = {one.name, other.name}, marks_of(name, function)
            if not marks.wrong:
                continue  # one makes good for the other
            finding = diagnose(marks)
            agrees_with_one = finding.step == "known" and behaves_as(name, function, finding)
            named.append(bool(both & set(finding.mistakes)) or agrees_with_one)
            assert named[-1] or finding.step not in ("known", "two known"), (both, finding)
    print(f"{sum(named)} of {len(named)} pairs named")
    assert len(named) >= 8 * len(PAIRS_IN)
    assert sum(named) >= 0.75 * len(named)
