"""What `course check` says of a student's notebook, run for real."""

import shutil
import time
from pathlib import Path

import nbformat
import pytest

from course.authoring import solved
from course.authoring.solved import check_solution
from course.checks import EXERCISES
from course.progress.own_check import check_lesson
from course.project import CourseError, Project, find_project

ROOT = find_project(Path(__file__).parent).root
NAME = "02_stride_padding_size"
RIGHT_SIZE = "    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1"
WRONG_SIZE = RIGHT_SIZE.removesuffix(" + 1")


@pytest.fixture
def project(tmp_path):
    for folder in ("notebooks", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    return Project(tmp_path)


def edit(project, change):
    path = project.notebooks / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    change(notebook, cells)
    nbformat.write(notebook, path)


def fill(cell, body):
    cell.source = cell.source.partition("    # YOUR CODE HERE")[0] + body


def states(project, seconds=60, check=check_lesson):
    result = check(project, NAME, seconds)
    return {name: r.state for name, r in result.results.items()}, result


@pytest.mark.slow
def test_right_wrong_and_not_attempted_are_told_apart(project):
    def change(notebook, cells):
        fill(cells["exercise-output-size"], RIGHT_SIZE)
        fill(cells["exercise-pad2d"], "    return np.pad(x, padding)")

    edit(project, change)
    found, result = states(project)
    assert found == {
        "output_size": "right",
        "pad2d": "wrong",
        "correlate2d_strided": "not attempted",
    }
    assert result.results["pad2d"].why.startswith("All axes are padded.")
    assert not result.all_right()
    assert result.states() == found


@pytest.mark.slow
def test_the_course_s_version_is_no_answer(project):
    def change(notebook, cells):
        imports = "from course.convolution import output_size, pad2d, correlate2d_strided\n"
        cells["check-output-size"].source = imports + cells["check-output-size"].source
        fill(cells["exercise-pad2d"], "    from course.convolution import pad2d\n    return pad2d")

    edit(project, change)
    found, _ = states(project)
    assert found["output_size"] != "right"
    assert found["pad2d"] == "wrong"


@pytest.mark.slow
def test_an_endless_loop_costs_its_own_exercise_and_is_named(project):
    def change(notebook, cells):
        fill(cells["exercise-output-size"], RIGHT_SIZE)
        fill(cells["exercise-pad2d"], "    while True:\n        pass")

    edit(project, change)
    begun = time.monotonic()
    found, result = states(project, 5)
    assert time.monotonic() - begun < 60, "the limit that was asked for, not another"
    assert found["output_size"] == "right"
    assert found["pad2d"] == "timed out"
    assert found["correlate2d_strided"] == "not attempted"
    assert "more than 5 seconds" in result.results["pad2d"].why


@pytest.mark.slow
def test_a_deleted_check_and_a_broken_cell_cost_nothing(project):
    def change(notebook, cells):
        fill(cells["exercise-output-size"], RIGHT_SIZE)
        notebook.cells.remove(cells["check-output-size"])
        broken = next(c for c in notebook.cells if c.source.startswith("image = "))
        broken.source = "bench(,)"

    edit(project, change)
    assert states(project)[0]["output_size"] == "right"


@pytest.mark.slow
def test_a_file_of_the_student_s_own_beside_the_notebook_is_there(project):
    def change(notebook, cells):
        cells["exercise-output-size"].source = "from mine import output_size"

    body = "def output_size(size, kernel, stride=1, padding=0, dilation=1):\n"
    (project.notebooks / "mine.py").write_text(body + RIGHT_SIZE + "\n", encoding="utf-8")
    edit(project, change)
    assert states(project)[0]["output_size"] == "right"


@pytest.mark.slow
def test_solved_notebooks_are_right_and_their_outputs_are_compared(project):
    found, result = states(project, check=check_solution)
    assert set(found.values()) == {"right"}
    assert result.all_right()
    path = project.solutions / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    check = next(c for c in notebook.cells if c.id == "check-pad2d")
    check.outputs[0].text += "and more"
    nbformat.write(notebook, path)
    found, result = states(project, check=check_solution)
    assert found["pad2d"] == "wrong"
    assert len(result.failures) == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"cells": 3}', "<html>", "\x00\x01"], ids=range(6)
)
def test_a_file_that_is_no_notebook_is_explained(project, text):
    (project.notebooks / f"{NAME}.ipynb").write_text(text, encoding="utf-8")
    found, result = states(project)
    assert set(found.values()) == {"not run"}
    assert "no notebook" in result.broken
    assert "course reset 02" in result.broken
    assert not result.all_right()


def test_a_missing_notebook_is_explained(project):
    (project.notebooks / f"{NAME}.ipynb").unlink()
    _, result = states(project)
    assert f"{NAME}.ipynb: the file cannot be read: No such file" in result.broken


def test_a_missing_kernel_is_explained(project, monkeypatch):
    def none(self, name):
        raise solved.NoSuchKernel(name)

    monkeypatch.setattr(solved.KernelSpecManager, "get_kernel_spec", none)
    with pytest.raises(CourseError, match="no Python kernel"):
        solved.run_notebook(project.notebooks / f"{NAME}.ipynb")


def test_every_exercise_of_a_lesson_has_a_result_even_when_nothing_ran(project):
    (project.notebooks / f"{NAME}.ipynb").unlink()
    found, _ = states(project)
    assert list(found) == [e.name for e in EXERCISES.values() if e.lesson == NAME]
