"""No right answer is rejected or blamed, in whatever style it is written."""

import pytest

from course.checks import EXERCISES
from course.checks.self_check import Check

from . import right_answers, right_layers, right_network, right_variants
from .right_answers import RIGHT_ANSWERS
from .trials import ONE_OF_A_KIND

ANSWERS = [(name, answer) for name in ONE_OF_A_KIND for answer in RIGHT_ANSWERS[name]]
each_answer = pytest.mark.parametrize(
    ("name", "answer"), ANSWERS, ids=lambda v: getattr(v, "__name__", v)
)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_has_right_answers_in_at_least_three_styles(name):
    assert len(RIGHT_ANSWERS[name]) >= 3


def test_right_answers_owe_nothing_to_the_course():
    modules = (right_answers, right_layers, right_network, right_variants)
    values = [value for module in modules for value in vars(module).values()]
    sources = [getattr(value, "__module__", None) or "" for value in values]
    assert not [source for source in sources if source.startswith("course")]


@pytest.mark.slow
@each_answer
def test_a_right_answer_is_right_for_every_seed_and_named_as_no_mistake(name, answer):
    for seed in range(11):
        marks = EXERCISES[name].mark(answer, seed)
        assert marks.first_wrong() is None, marks.verdicts[marks.first_wrong()]
        assert marks.named_mistake() is None


@each_answer
def test_the_check_of_a_right_answer_prints_one_line(name, answer, capsys):
    getattr(Check(), name)(answer)
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    assert f" {name}: " in printed.out
    assert "largest error" in printed.out
    assert not printed.err
