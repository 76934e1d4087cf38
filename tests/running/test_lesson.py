"""What a notebook finds while it is run: what was taught before its lesson, and no answer to it."""

import ast
import importlib
import re
import subprocess
import sys

import numpy as np
import pytest

from course.checks import EXERCISES
from course.running.contents import write_course
from course.running.course_code import CourseCode
from course.running.lesson import answers, lesson, telling_groups, twins
from course.running.taught import TAUGHT

from .fair import PROJECT

SOLVED = {path.stem for path in PROJECT.solutions.glob("*.ipynb")}
LESSONS = [n for n in dict.fromkeys(e.lesson for e in EXERCISES.values()) if n in SOLVED]
EIGHT = "08_backward_input"


def defined(modules):
    kinds = (ast.FunctionDef, ast.ClassDef)
    nodes = [node for text in modules.values() for node in ast.walk(ast.parse(text))]
    return {node.name for node in nodes if isinstance(node, kinds)}


def solution(exercise):
    return exercise.solutions[0].text


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_no_answer_of_this_lesson_or_a_later_one_is_there(name):
    there = defined(lesson(name).modules)
    later = {e.answer_name for e in EXERCISES.values() if e.lesson >= name}
    if "(Conv2d)" in "".join(map(solution, EXERCISES.of(name))):  # it is built on lesson 14
        later -= {"conv_forward_fast"}
    assert not there & later
    if name < "06":
        assert not there & {"numerical_gradient", "check_gradients"}


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_no_function_that_is_there_answers_an_exercise_unless_the_lesson_gives_it(name):
    there = defined(lesson(name).modules)
    for exercise in EXERCISES.of(name):
        for package in map(importlib.import_module, ("course.convolution", "course.nn")):
            for called in there & set(package.__all__):
                if called not in solution(exercise):
                    assert not twins(getattr(package, called), exercise), called


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_it_can_be_imported_and_so_can_the_versions_that_come_in_later(name, tmp_path):
    taught = lesson(name)
    write_course(taught, tmp_path)
    modules = ["course.checks.uses", "course.show", "course.checks", "course_inside.trial"]
    versions = [
        taught.versions(tuple(e.name for e in taught.exercises[: k + 1]))
        for k in range(len(taught.exercises))
    ]
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    code += "\n".join(f"import {module}" for module in (*modules, *taught.modules))
    code += f"\nimport json, course; assert course.__file__.startswith({str(tmp_path)!r})"
    for files in versions:
        code += f"\ncourse_inside.trial.install(json.dumps({files!r}))"
    for exercise in taught.exercises:
        for module, called in taught.in_course[exercise.name]:
            code += f"\nfrom {module} import {called}\n"
            code += f"assert {called}.__module__ == {module!r}, {called}.__module__"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_what_was_taught_before_is_there():
    there = defined(lesson(EIGHT).modules)
    assert {"correlate2d", "pad2d", "im2col", "col2im", "conv_forward", "conv_as_matrix"} <= there
    assert {"conv_backward_weights", "relative_error"} <= there
    assert not any(n.startswith("conv_backward_input") for n in there)
    there = defined(lesson("15_dilated_grouped_transposed").modules)
    assert {"conv_forward_fast", "conv_forward_blocked", "Conv2d"} <= there


def test_the_table_of_what_is_taught_where_is_that_of_the_packages():
    said = {"course.gradcheck": 6}
    for package in ("course.convolution", "course.nn"):
        text = importlib.import_module(package).__doc__
        rows = re.findall(r"^(\w+) +lesson (\d\d)\b", text, re.MULTILINE)
        said |= {f"{package}.{module}": int(number) for module, number in rows}
    assert said == TAUGHT


def test_every_module_of_the_packages_is_taught_but_for_their_helpers():
    modules = set(CourseCode(PROJECT.root / "course").trees)
    helpers = {f"course.{name}" for name in ("convolution", "nn", "data", "examples")}
    helpers |= {"course.convolution.arguments", "course.nn.labels", "course.nn.layer"}
    helpers |= {module for module in modules if module.startswith("course.data.")}
    assert modules - set(TAUGHT) <= helpers


@pytest.mark.slow
def test_nothing_of_the_checks_is_there_but_how_to_try():
    for name in LESSONS:
        for text in lesson(name).modules.values():
            assert "course.checks" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_the_courses_version_comes_in_when_nothing_is_left_that_it_answers(name):
    taught = lesson(name)
    names = [e.name for e in taught.exercises]
    for k in range(len(names) + 1):
        judged, to_come = names[:k], [EXERCISES[one] for one in names[k:]]
        there = taught.at_hand(judged)
        assert set(there) <= set(judged)
        assert not any(answers(one, other.name) for one in there for other in to_come)
        assert not defined(taught.versions(tuple(judged))) & {e.answer_name for e in to_come}
    assert taught.at_hand(names) == [one for one in names if taught.in_course[one]]


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_in_a_second_look_at_an_exercise_no_version_is_there_that_answers_it(name):
    taught = lesson(name)
    for target in taught.exercises:
        judged = tuple(e.name for e in taught.exercises)
        there = taught.at_hand(judged, target.name)
        assert target.name not in there
        assert not any(answers(one, target.name) for one in there)
        assert target.answer_name not in defined(taught.versions(judged, target.name))


def test_an_answer_to_a_twin_waits_for_it():
    judged = ["output_size", "pad2d"]
    assert lesson("02_stride_padding_size").at_hand(judged) == judged
    assert lesson("04_channels_filters_batches").at_hand(["conv_forward_loops"]) == []
    assert lesson(EIGHT).at_hand(["conv_backward_input_scatter"]) == []


@pytest.mark.parametrize(
    ("name", "group"),
    [("Conv2d", "beginning"), ("relative_error", "zeros"), ("linear", "beginning")],
)
def test_what_is_the_same_for_every_seed_shows_nothing(name, group):
    assert group in {case.group for case in EXERCISES[name].cases(np.random.default_rng(0))}
    assert group not in telling_groups(name)
