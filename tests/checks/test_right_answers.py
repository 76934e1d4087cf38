"""No right answer is refused, in whatever style it is written, and each is told what was tried."""

import re

import pytest

from course.checks import EXERCISES

from .trials import ONE_OF_A_KIND, answers_to, cases, each, marks_of, plain, solved

each_exercise = pytest.mark.parametrize("name", EXERCISES)


@each_exercise
def test_every_exercise_has_right_answers_of_their_own_in_at_least_three_styles(name):
    assert len(answers_to(name)) >= 3
    texts = [one.text for one in EXERCISES[name].solutions]
    assert len(set(texts)) == len(texts)
    borrowed = re.compile(rf"^from course.* import .*\b{name}\b", re.MULTILINE)
    assert not any(map(borrowed.search, texts[1:])), "an answer calls what it is to be"


@pytest.mark.slow
@each_exercise
def test_a_right_answer_is_right_for_every_seed_in_whatever_style(name):
    own = len(EXERCISES[name].solutions)
    for number, answer in enumerate((solved(name), *answers_to(name))):
        # The shared ones are tried where they belong.
        for seed in range(1 if number >= own else 3 if number else 10):
            marks = marks_of(name, EXERCISES[name].as_tried(answer), seed)
            assert not marks.wrong, marks.wrong[0].verdict


@each(EXERCISES, quick=ONE_OF_A_KIND)
def test_the_lessons_own_solution_is_right_and_told_what_it_was_tried_on(name, check, capsys):
    getattr(check, name)(solved(name))
    printed = capsys.readouterr()
    lines = plain(printed.out).splitlines()
    assert 1 <= len(lines) <= 3
    assert max(map(len, lines)) <= 78
    points, said = EXERCISES[name].points, " ".join(" ".join(lines).split())
    pattern = rf"right {name}: (\d+) (images|cases)\b.+\. {points} of {points} points\."
    found = re.fullmatch(pattern, said)
    assert found, said
    images = sum(case.sizes.get("N", 1) for case in cases(name))
    assert int(found[1]) == (images if found[2] == "images" else len(cases(name)))
    assert not printed.err


WORDS = {
    "conv_forward": "kernels from 1×1 to 4×4, strides 1 to 4, with and without padding, float64 "
    "and float32",
    "correlate2d": "25 cases, kernels from 1×1 to 4×4, float64 and float32",
    "dilated_conv": "dilations 1 to 3",
    "grouped_conv": "groups 1 to 4",
    "dot_product": "17 cases (the example, lengths, memory layouts, float32)",
}


@pytest.mark.parametrize("name", WORDS)
def test_what_was_tried_is_said_in_words_of_which_colour_is_no_part(
    name, check, capsys, monkeypatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    getattr(check, name)(answers_to(name)[0])
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(f"right: {name}: ")
    assert WORDS[name] in said
