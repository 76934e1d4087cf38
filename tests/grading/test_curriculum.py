"""What the sandbox holds: what was taught before a lesson, and no answer to it."""

import ast
import subprocess
import sys

import numpy as np
import pytest

from course.checks import EXERCISES
from course.grading.course_code import CourseCode
from course.grading.curriculum import lesson, telling_groups, twins, twins_of
from course.grading.limits import Limits
from course.grading.sandbox import Sandbox
from course.grading.suspicions import spoils_its_kernel, suspicions

from .conftest import PROJECT

SOLVED = {path.stem for path in PROJECT.solutions.glob("*.ipynb")}
LESSONS = [n for n in dict.fromkeys(e.lesson for e in EXERCISES.values()) if n in SOLVED]


def defined(text):
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {n.name: n for n in ast.walk(ast.parse(text)) if isinstance(n, kinds)}


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_no_answer_of_this_lesson_or_a_later_one_is_in_the_sandbox(name):
    taught = lesson(PROJECT.root, name)
    there = set().union(*(defined(text) for text in taught.modules.values()))
    solutions = "".join(task.solution for task in taught.tasks)
    later = {e.answer_name for e in EXERCISES.values() if e.lesson >= name}
    if "(Conv2d)" in solutions:  # which is built on what lesson 14 teaches
        later -= {"conv_forward_fast"}
    assert not there & later
    assert not there & {"numerical_gradient", "check_gradients"}


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_no_function_in_the_sandbox_answers_an_exercise_unless_the_lesson_gives_it(name):
    taught = lesson(PROJECT.root, name)
    import course.convolution as convolution
    import course.nn as nn

    there = set().union(*(defined(text) for text in taught.modules.values()))
    for task in taught.tasks:
        for module in (convolution, nn):
            for called in there & set(module.__all__):
                if called not in task.solution:
                    assert not twins(getattr(module, called), task.exercise), called


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_the_course_of_the_sandbox_can_be_imported(name, tmp_path):
    sandbox = Sandbox(lesson(PROJECT.root, name), tmp_path, Limits(), confined=False)
    modules = ["course.checks.uses", "course.show", "course.checks", "course_inside.trial"]
    modules += list(lesson(PROJECT.root, name).modules)
    code = f"import sys; sys.path.insert(0, {str(sandbox.course)!r})\n"
    code += "\n".join(f"import {module}" for module in modules)
    code += "\nimport course; assert 'course-of-the-lesson' in course.__file__"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_what_was_taught_before_is_there():
    taught = lesson(PROJECT.root, "08_backward_input")
    there = set().union(*(defined(text) for text in taught.modules.values()))
    assert {"correlate2d", "pad2d", "im2col", "col2im", "conv_forward", "conv_as_matrix"} <= there
    assert {"conv_backward_weights", "relative_error"} <= there
    assert not any(n.startswith("conv_backward_input") for n in there)


@pytest.mark.slow
def test_the_table_of_the_package_says_of_every_module_which_lesson_teaches_it():
    code = CourseCode(PROJECT.root / "course")
    taught = {module for module, _ in code.lessons()}
    modules = {
        f"course.convolution.{p.stem}" for p in (PROJECT.root / "course/convolution").glob("*")
    }
    helpers = {"__init__", "__pycache__", "arguments"}
    assert taught >= modules - {f"course.convolution.{name}" for name in helpers}
    taught_15 = lesson(PROJECT.root, "15_dilated_grouped_transposed")
    there = set().union(*(defined(text) for text in taught_15.modules.values()))
    assert {"conv_forward_fast", "conv_forward_blocked", "Conv2d"} <= there


@pytest.mark.slow
def test_nothing_of_the_checks_is_there_but_how_to_try():
    for name in LESSONS:
        for text in lesson(PROJECT.root, name).modules.values():
            assert "course.checks" not in text


@pytest.mark.slow
def test_earlier_exercises_are_given_unless_they_answer_what_is_to_come():
    given = {t.exercise.name: t.given for t in lesson(PROJECT.root, "02_stride_padding_size").tasks}
    assert given["correlate2d_strided"] == ("output_size", "pad2d")
    for name in ("04_channels_filters_batches", "08_backward_input", "10_bug_clinic"):
        assert not any(task.given for task in lesson(PROJECT.root, name).tasks)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy as np\nimport math\nfrom course.convolution import pad2d", []),
        ("import scipy.signal", ["scipy"]),
        ("from torch.nn import functional", ["torch"]),
        ("def f():\n    import os", ["os"]),
        ("__import__('scipy')", ["__import__"]),
        ("eval('1')", ["eval"]),
        ("f.__globals__", ["__globals__"]),
        ("!ls", ["!"]),
        ("%run other.py", ["%run"]),
        ("%timeit f()", []),
        ("numerical_gradient(f, x)", ["numerical_gradient"]),
        ("gradcheck.numerical_gradient(f, x)", ["numerical_gradient"]),
        ("(((", []),
    ],
)
def test_suspicions(source, found):
    assert suspicions(source, "", ()) == found
    assert suspicions(source, source, ()) == []
    assert suspicions(source, "", found) == []


MENDED = "class Mended(Conv2d):\n    def forward(self, x):\n        return x"
SUPER = MENDED.replace("return x", "super().forward(x)\n        return x")
VALUE = MENDED.replace("return x", "return super().forward(x)")
PASS = "class Mended(Conv2d):\n    pass"


@pytest.mark.parametrize(
    ("source", "solution", "found"),
    [
        (MENDED, MENDED, []),
        (MENDED + "\n    def more(self):\n        return 1", MENDED, []),
        (SUPER, MENDED, ["super"]),
        (SUPER, SUPER, []),
        (VALUE, MENDED, ["super", "value of super"]),
        (VALUE, SUPER, ["value of super"]),
        (VALUE, VALUE, []),
        (VALUE.replace("super()", "Conv2d"), SUPER, ["value of super"]),
        (PASS, MENDED, ["inherited forward"]),
        ("Mended = Conv2d", MENDED, ["inherited forward", "super", "value of super"]),
    ],
)
def test_what_was_to_be_mended_must_not_come_from_the_base_class(source, solution, found):
    assert suspicions(source, solution, ()) == found


BACKWARD = "def conv_backward_weights(dy, x, kernel_size):\n    return {}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (BACKWARD.format("conv_forward(x, dy, b)"), []),
        (BACKWARD.format("[conv_forward(x, e, b) for e in dy]"), ["conv_forward"]),
        ("FWD = conv_forward\n" + BACKWARD.format("FWD(x)"), ["conv_forward"]),
        ("def h(x):\n    return conv_forward(x)\n" + BACKWARD.format("h(x)"), ["conv_forward"]),
        ("%time import os", ["os"]),
        ("%%timeit -n1 -r1 import os\n1", ["os"]),
        ("%time f(1)", []),
        ("x = vars(np)", ["vars"]),
        ("np.ctypeslib.ctypes.CDLL(None)", ["ctypes", "ctypeslib"]),
        (f"import os\nK = '{'a' * 200_000}'", ["more text than is read"]),
    ],
)
def test_ways_around_the_look_at_names(source, found):
    assert suspicions(source, "", ()) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from course.nn import Conv2d as Base\n" + MENDED, "import of Conv2d"),
        ("import course.nn as n\n" + MENDED, "import of nn"),
        (MENDED.replace("return x", "return type(self).__mro__[1].forward(self, x)"), "__mro__"),
        (MENDED + "\ndel Mended.forward", "del"),
        (MENDED.replace("return x", "return conv_forward_fast(x)"), "conv_forward_fast"),
    ],
)
def test_ways_around_the_base_class(source, found):
    assert found in suspicions(source, MENDED, ())


def test_an_answer_that_calls_its_twin_is_held():
    name = "conv_backward_input_full"
    others = twins_of(EXERCISES[name])
    assert set(others) == {"conv_backward_input_scatter", "conv_backward_input_col2im"}
    assert suspicions(f"{name} = conv_backward_input_scatter", "", (), others) == [
        "conv_backward_input_scatter"
    ]
    assert suspicions(f"def {name}(dy):\n    return dy", "", (), others) == []


@pytest.mark.parametrize(
    ("name", "group"),
    [("Conv2d", "beginning"), ("relative_error", "zeros"), ("linear", "beginning")],
)
def test_what_is_the_same_for_every_seed_shows_nothing(name, group):
    assert group in {case.group for case in EXERCISES[name].cases(np.random.default_rng(0))}
    assert group not in telling_groups(name)


@pytest.mark.parametrize(
    ("source", "spoils"),
    [
        ("np.sum = None", True),
        ("np.testing.assert_equal = None", True),
        ("class A:\n    def f(self):\n        self.x = 1", False),
        ("y[0] = 1", False),
        ("import os", True),
    ],
)
def test_an_answer_that_may_harm_others_gets_a_kernel_of_its_own(source, spoils):
    assert spoils_its_kernel(source) is spoils
