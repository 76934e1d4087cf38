"""No right answer is rejected or blamed, in whatever style it is written."""

import re

import pytest

from course.checks import EXERCISES
from course.checks.diagnosis.known import alone
from course.checks.self_check import Check

from .trials import ONE_OF_A_KIND, answers_to, defined, solution

WITH_ANSWERS = [name for name in EXERCISES if EXERCISES[name].solutions[1:]]
ANSWERS = [
    (name, answer)
    for name in EXERCISES
    if name in ONE_OF_A_KIND or name in WITH_ANSWERS
    for answer in answers_to(name)
]
each_answer = pytest.mark.parametrize(
    ("name", "answer"), ANSWERS, ids=lambda v: getattr(v, "__name__", v)
)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_has_right_answers_in_at_least_three_styles(name):
    assert len(answers_to(name)) >= 3


@pytest.mark.parametrize("name", EXERCISES)
def test_the_lessons_own_solution_is_right(name):
    assert EXERCISES[name].mark(defined(name, solution(name))).first_wrong() is None


@pytest.mark.parametrize("name", EXERCISES)
def test_another_right_answer_does_not_call_what_it_is_to_be(name):
    for other in EXERCISES[name].solutions[1:]:
        assert not re.search(rf"^from course.* import .*\b{name}\b", other.text, re.MULTILINE)


@pytest.mark.slow
@each_answer
def test_a_right_answer_is_right_for_every_seed_and_named_as_no_mistake(name, answer):
    for seed in range(11):
        marks = EXERCISES[name].mark(answer, seed)
        assert marks.first_wrong() is None, marks.verdicts[marks.first_wrong()]
        assert alone(marks) is None


@each_answer
def test_the_check_of_a_right_answer_says_what_was_tried_and_nothing_else(name, answer, capsys):
    getattr(Check(), name)(answer)
    printed, points = capsys.readouterr(), EXERCISES[name].points
    said = " ".join(printed.out.split())
    assert len(printed.out.splitlines()) <= 4
    assert re.search(rf" right \S* ?{name}: \d+ .*\. {points} of {points} points\.$", said)
    assert not printed.err
