"""A notebook's first cell and the command's help wait for nothing that they do not need."""

import subprocess
import sys

import pytest

from benchmarks import checks as benchmark

HEAVY = {"matplotlib", "nbformat", "jupytext", "nbval", "IPython", "scipy", "PIL"}
LOADED = "import sys; print(*sys.modules)"
LESSONS = "print(any('.lesson_' in name for name in sys.modules))"


def printed_by(*lines: str) -> list[str]:
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    "code",
    [
        "from course.checks import check",
        "from course.show import show",
        "import course.checks",
        "from course.checks import EXERCISES; EXERCISES['im2col'].mark(lambda *a: 1).wrong",
        "from click.testing import CliRunner\nfrom course.cli import main\n"
        "assert 'check' in CliRunner().invoke(main, ['--help']).output",
    ],
)
def test_what_is_imported_first_is_light(code):
    assert not HEAVY & {name.split(".")[0] for name in printed_by(code, LOADED)}


def test_a_lesson_is_loaded_when_one_of_its_exercises_is_asked_for():
    code = "import sys\nfrom course.checks import EXERCISES, check\nlen(EXERCISES), list(EXERCISES)"
    assert printed_by(code, LESSONS, "EXERCISES['pad2d']", LESSONS) == ["False", "True"]


def test_the_benchmark_measures_right_and_wrong_answers():
    exercise = benchmark.EXERCISES["dot_product"]
    assert benchmark.right(exercise) > 0
    assert benchmark.wrong(exercise) > 0


@pytest.mark.slow
def test_the_benchmark_compares_starts_with_numpys():
    ratios = benchmark.start_ratios(rounds=1)
    assert ratios["import numpy"] == 1
    assert set(ratios) == set(benchmark.STARTS)
