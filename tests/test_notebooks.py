"""The notebooks as students and instructors meet them, run by nbval."""

import copy
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from course.authoring.solved import run_notebook
from course.checks import EXERCISES
from course.handed_out import BEGIN, END
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
ROOT = PROJECT.root
NAMES = PROJECT.lesson_names()
BLOCK = re.compile(rf"{BEGIN}\n(.*?){END}", re.DOTALL)


def read(folder, name):
    return nbformat.read(ROOT / folder / f"{name}.ipynb", as_version=4)


def solutions(key):
    """(cell id, text between the markers) of every solved cell with this key."""
    return [
        (cell.id, "\n".join(BLOCK.findall(cell.source)))
        for name in NAMES
        for cell in read("solutions", name).cells
        if key in cell.metadata
    ]


EVERYTHING_STUDENTS_GET = {name: read("notebooks", name) for name in NAMES}


def pairs_of_lines(text):
    lines = [line.strip() for line in text.splitlines() if len(line.strip()) > 3]
    return set(pairwise(lines))


def given_with(cell_id):
    """The broken layer of the clinic that a solution mends: only what was mended is an answer."""
    broken = f"class {cell_id.replace('exercise-Mended', 'Layer')}(Conv2d):"
    cells = EVERYTHING_STUDENTS_GET["10_bug_clinic"].cells
    return next((cell.source for cell in cells if broken in cell.source), "")


@pytest.mark.parametrize(("cell_id", "solution"), solutions("exercise"))
def test_what_mends_a_broken_layer_stands_in_no_student_notebook(cell_id, solution):
    broken = {line.strip() for line in given_with(cell_id).splitlines()}
    mended = [line.strip() for line in solution.splitlines() if line.strip() not in broken]
    for notebook in EVERYTHING_STUDENTS_GET.values() if broken else ():
        for cell in notebook.cells:
            assert not any(line in cell.source.split("\n") for line in mended), cell.source


@pytest.mark.parametrize(("cell_id", "solution"), [*solutions("exercise"), *solutions("blank")])
def test_no_two_lines_of_a_solution_stand_together_in_any_student_notebook(cell_id, solution):
    for notebook in EVERYTHING_STUDENTS_GET.values():
        for cell in notebook.cells:
            secret = pairs_of_lines(solution) - pairs_of_lines(given_with(cell_id))
            assert not secret & pairs_of_lines(cell.source), cell.source
            if cell.cell_type == "code" and not pairs_of_lines(solution):
                assert solution.strip().removeprefix("return ") not in cell.source


@pytest.mark.parametrize(("cell_id", "solution"), solutions("predict"))
def test_no_solved_prediction_stands_in_any_student_notebook(cell_id, solution):
    for name, notebook in EVERYTHING_STUDENTS_GET.items():
        for cell in notebook.cells:
            assert solution.strip() not in cell.source, f"{name}: {cell.source}"


@pytest.mark.parametrize("name", NAMES)
def test_a_student_notebook_has_blanks_and_no_outputs(name):
    raw = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in raw
    blanks = 0
    for cell in EVERYTHING_STUDENTS_GET[name].cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        if "exercise" in cell.metadata:
            blanks += 1
            exercise = cell.metadata["exercise"]
            assert [line.strip() for line in cell.source.splitlines()[-2:]] == [
                "# YOUR CODE HERE",
                f'raise NotImplementedError("{exercise} is not written yet")',
            ]
            methods = cell.source.count("    def ") if cell.source.startswith("class") else 1
            assert cell.source.count("# YOUR CODE HERE") == methods
    assert blanks == sum(e.lesson == name for e in EXERCISES.values())


@pytest.mark.parametrize("name", NAMES)
def test_solved_and_student_notebooks_differ_in_blanks_and_outputs_only(name):
    solved, student = read("solutions", name), copy.deepcopy(EVERYTHING_STUDENTS_GET[name])
    assert solved.metadata == student.metadata
    for one, other in zip(solved.cells, student.cells, strict=True):
        assert (one.id, one.cell_type, one.metadata) == (other.id, other.cell_type, other.metadata)
        if not {"exercise", "blank", "predict"} & one.metadata.keys():
            assert one.source == other.source


def nbval(*arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def uses_an_answer(cell):
    """Checks and gradient asserts; every other cell goes on whatever the answers are."""
    return "check" in cell.metadata or "gradient" in cell.metadata


def in_answers(notebooks):
    """(lesson, cell id) of every cell that uses an answer."""
    return {
        (name, cell.id)
        for name, notebook in notebooks.items()
        for cell in notebook.cells
        if uses_an_answer(cell)
    }


def failures(notebooks, report):
    """(lesson, cell id) of every cell that failed, by what pytest has reported of a folder."""
    code = [(n, c.id) for n, book in notebooks.items() for c in book.cells if c.cell_type == "code"]
    cases = ElementTree.parse(report).getroot().iter("testcase")
    said = [[found.tag for found in case] for case in cases]
    return {c for c, found in zip(code, said, strict=True) if {"failure", "error"} & set(found)}


@pytest.mark.slow
@pytest.mark.xdist_group("lab")  # to begin early: it is long, and others can run beside it
def test_nbval_as_the_readme_says_it(tmp_path):
    """The solved notebooks pass; fresh ones fail where they use an answer and nowhere else."""
    solved = nbval("--nbval", "solutions/")
    assert solved.returncode == 0, solved.stdout[-3000:]
    report = tmp_path / "cells.xml"
    student = nbval("--nbval-lax", "notebooks/", f"--junitxml={report}")
    wanted = in_answers(EVERYTHING_STUDENTS_GET)
    assert failures(EVERYTHING_STUDENTS_GET, report) == wanted
    assert f"{len(wanted)} failed" in student.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["16_from_numpy_to_pytorch"])
def test_the_lesson_that_needs_no_answer_runs_with_pytorch_and_without(name):
    ran = nbval("--nbval-lax", f"notebooks/{name}.ipynb")
    assert ran.returncode == 0, ran.stdout[-3000:]


WRONG_BODIES = ["    pass", "    return 1 / 0", "    return __import__('numpy').zeros(1)"]


def answered_wrongly(name):
    """A notebook with wrong answers, up to the last cell that uses one.

    What comes behind has passed in a fresh notebook, where an answer stops whatever calls it.
    """
    notebook = copy.deepcopy(EVERYTHING_STUDENTS_GET[name])
    blanks = [cell for cell in notebook.cells if "exercise" in cell.metadata]
    for k, cell in enumerate(blanks, start=int(name[:2])):
        body = WRONG_BODIES[k % len(WRONG_BODIES)]
        cell.source = cell.source.partition("    # YOUR CODE HERE")[0] + body
    last = max(k for k, cell in enumerate(notebook.cells) if uses_an_answer(cell))
    notebook.cells = notebook.cells[: last + 1]
    return notebook


@pytest.mark.slow
def test_wrong_answers_are_found_and_stop_nothing_else(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    with_answers = [name for name, _ in sorted(in_answers(EVERYTHING_STUDENTS_GET))]
    wrong = {name: answered_wrongly(name) for name in with_answers}
    for name, notebook in wrong.items():
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    report = tmp_path / "cells.xml"
    ran = nbval("--nbval-lax", f"--rootdir={tmp_path}", str(tmp_path), f"--junitxml={report}")
    assert failures(wrong, report) == in_answers(wrong), ran.stdout[-3000:]


@pytest.mark.slow
def test_plain_nbval_runs_a_notebook_that_was_saved_under_another_kernels_name(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    notebook = read("solutions", "00_start_here")
    notebook.metadata["kernelspec"] = {"name": "conda-env-dl-py", "display_name": "Python [dl]"}
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    ran = nbval("--nbval-lax", f"--rootdir={tmp_path}", str(tmp_path / "mine.ipynb"))
    assert ran.returncode == 0, ran.stdout[-3000:]


@pytest.mark.slow
def test_nbval_finds_an_output_that_was_changed_by_hand(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    notebook = read("solutions", "01_convolution_by_hand")
    cell = next(c for c in notebook.cells if c.cell_type == "code" and "print(y)" in c.source)
    cell.outputs[0].text = cell.outputs[0].text.replace("6", "7", 1)
    nbformat.write(notebook, tmp_path / "changed.ipynb")
    [failed] = [r for r in run_notebook(tmp_path / "changed.ipynb", strict=True) if r.failure]
    assert failed.id == cell.id
    first_line = cell.source.splitlines()[0][:60]
    assert failed.name == f"cell {notebook.cells.index(cell) + 1} ({first_line})"


@pytest.mark.slow
def test_nbval_finds_a_figure_whose_numbers_have_changed(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    notebook = read("solutions", "01_convolution_by_hand")
    cell = next(c for c in notebook.cells if c.source.startswith("draw_step"))
    data = cell.outputs[0].data
    data["text/html"] = "another picture of the same numbers"
    nbformat.write(notebook, tmp_path / "other_pixels.ipynb")
    assert not any(
        run.failure for run in run_notebook(tmp_path / "other_pixels.ipynb", strict=True)
    )
    data["text/plain"] = data["text/plain"].replace("plus 5: 6", "plus 5: 7")
    nbformat.write(notebook, tmp_path / "other_numbers.ipynb")
    runs = run_notebook(tmp_path / "other_numbers.ipynb", strict=True)
    assert [run.id for run in runs if run.failure] == [cell.id]


def test_few_outputs_are_left_out_of_the_comparison():
    """Those of a trained network, of measurements, and in lesson 16 all that need PyTorch."""
    left_out = [
        name
        for name in NAMES
        for cell in read("solutions", name).cells
        if any(tag.startswith("nbval") for tag in cell.metadata.get("tags", []))
    ]
    assert {name[:2] for name in left_out} <= {"12", "14", "16"}
    assert len([name for name in left_out if name[:2] != "16"]) <= 15
