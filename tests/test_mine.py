"""A student's own answers in later notebooks: which is given, and what is said of it."""

import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from scipy.signal import correlate

from course import convolution, mine, nn
from course.checks import EXERCISES
from course.checks.self_check import Check
from course.handed_out import handed_out
from course.running.limits import Limits
from course.running.reading import read_notebook
from course.running.run import run_own

RIGHT = """
def correlate2d(x, w, b=0.0):
    kh, kw = w.shape
    y = np.zeros((x.shape[0] - kh + 1, x.shape[1] - kw + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(x[i : i + kh, j : j + kw] * w) + b
    return y
"""
WRONG = RIGHT.replace("+ b", "- b")
ENDLESS = "while True:\n    pass"
NUMPY = "import numpy as np"
LESSON = "01_convolution_by_hand"
FILE = f"{LESSON}.ipynb"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A student's folder, as a kernel outside pytest sees it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.delenv("COURSE_LOG", raising=False)
    monkeypatch.setattr(mine, "check", Check())  # a kernel that has checked nothing yet
    return tmp_path


def write(folder, name, *cells):
    """A notebook of these cells; the check of the lesson's last exercise stands at its end."""
    exercise = EXERCISES.of(name)[-1]
    last = new_code_cell(f"check.{exercise.name}({exercise.answer_name})")
    last.metadata["check"] = exercise.name
    cells = ["from course.checks import check", *cells]
    nbformat.write(new_notebook(cells=[*map(new_code_cell, cells), last]), folder / f"{name}.ipynb")


def solved(name):
    """The cells of a lesson's notebook as they were handed out, with its own solutions."""
    texts = {e.name: e.solutions[0].text for e in EXERCISES.of(name)}
    notebook = handed_out(name)
    for cell in notebook.cells:
        if "exercise" in cell.metadata:
            cell.source = texts[cell.metadata["exercise"]]
    return notebook


def is_right(function):
    """Whether it correlates as SciPy does."""
    rng = np.random.default_rng(5)
    x, w = rng.standard_normal((6, 7)), rng.standard_normal((3, 2))
    return np.allclose(function(x, w, 2.0), correlate(x, w, "valid") + 2)


@pytest.mark.slow
def test_a_right_answer_is_given_and_a_wrong_one_is_not(folder, capfd):
    write(folder, LESSON, NUMPY, RIGHT)
    own = mine.correlate2d
    assert own.__module__ == "__main__"
    assert is_right(own)
    assert capfd.readouterr() == (f"correlate2d: yours, from {FILE}.\n", "")

    write(folder, LESSON, NUMPY, WRONG)
    assert mine.correlate2d is convolution.correlate2d
    said = capfd.readouterr().out
    assert said.startswith(f"correlate2d: the course's, because yours in {FILE} is not right yet")
    assert said.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, f"there is no {FILE} beside this notebook"),
        ("def correlate2d(x, w, b): return x", f"{FILE} cannot be used: the file is no JSON"),
        ('{"cells": 3}', "no notebook: it has no cells"),
        ("", "the file is no JSON"),
    ],
)
def test_what_is_no_notebook_gives_the_courses_answer(folder, capsys, text, reason):
    if text is not None:
        (folder / FILE).write_text(text)
    assert mine.correlate2d is convolution.correlate2d
    said = capsys.readouterr().out
    assert said.startswith("correlate2d: the course's, because ")
    assert reason in said


@pytest.mark.slow
def test_a_fresh_notebook_is_not_written_yet(folder, capsys):
    nbformat.write(handed_out(LESSON), folder / FILE)
    assert mine.correlate2d is convolution.correlate2d
    said = capsys.readouterr().out
    assert said == f"correlate2d: the course's, because yours in {FILE} is not written yet.\n"


@pytest.mark.slow
def test_an_endless_answer_is_not_given_and_costs_no_other_its_right_answer(folder, capsys):
    (folder / "04_channels_filters_batches.ipynb").touch()
    notebook = solved("04_channels_filters_batches")
    last = next(c for c in notebook.cells if c.metadata.get("exercise") == "conv_forward")
    last.source = "def conv_forward(x, w, b, stride=1, padding=0):\n    while True:\n        pass"
    nbformat.write(notebook, folder / "04_channels_filters_batches.ipynb")
    start = time.monotonic()
    assert mine.conv_forward is convolution.conv_forward
    assert mine.conv_forward_loops is not convolution.conv_forward_loops
    assert time.monotonic() - start < mine.MOST_SECONDS
    first, second = capsys.readouterr().out.splitlines()
    assert "conv_forward: the course's, because yours in" in first
    assert "did not end" in first
    assert second.startswith("conv_forward_loops: yours")


@pytest.mark.slow
@pytest.mark.parametrize(
    "before",
    [
        pytest.param("1 / 0", id="an error"),
        pytest.param("this is no Python", id="no Python"),
        pytest.param("quit()", id="quit"),
        pytest.param("import os; os._exit(3)", id="the end of the kernel"),
        pytest.param("input('?')", id="a question"),
        pytest.param("print('x' * 10_000_000)", id="much output"),
        pytest.param(ENDLESS, id="an endless loop"),
        pytest.param("%matplotlib inline\n!echo hello", id="lines for the notebook"),
        pytest.param(
            "import matplotlib.pyplot as plt; plt.plot([1]); plt.show()\n"
            "np.random.seed(1); np.set_printoptions(precision=1); np.zeros = None; import os\n"
            "os.chdir('/'); import importlib; importlib.reload(np)",
            id="what changes everything",
        ),
    ],
)
def test_cells_before_an_answer_disturb_neither_it_nor_the_notebook_that_asks(
    folder, capfd, before
):
    write(folder, LESSON, NUMPY, before, RIGHT)
    state, zeros, options = np.random.get_state()[1].tolist(), np.zeros, np.get_printoptions()
    own = mine.correlate2d
    assert own is not convolution.correlate2d
    assert is_right(own)
    assert capfd.readouterr() == (f"correlate2d: yours, from {FILE}.\n", "")
    assert (np.random.get_state()[1].tolist(), np.zeros) == (state, zeros)
    assert np.get_printoptions() == options
    assert folder.samefile(".")


@pytest.mark.slow
def test_an_answer_may_be_spread_over_cells_and_files(folder, capsys):
    (folder / "helper.py").write_text("def ends(n, k):\n    return n - k + 1\n")
    table = "places = []\nfor n in range(100):\n    places.append(n)"
    answer = """
def correlate2d(x, w, b=0.0):
    shape = helper.ends(x.shape[0], w.shape[0]), helper.ends(x.shape[1], w.shape[1])
    return np.array([[one(x, w, i, j) + b for j in places[:shape[1]]] for i in places[:shape[0]]])
"""
    one = "def one(x, w, i, j):\n    return sum(x[i + u, j + v] * w[u, v] for u, v in places_of(w))"
    below = "def places_of(w):\n    return ndindex(w.shape)"
    write(folder, LESSON, "from numpy import *", NUMPY, "import helper", table, answer, one, below)
    sys.path.insert(0, str(folder))  # as in a notebook, whose own folder comes first
    try:
        assert is_right(mine.correlate2d)
    finally:
        sys.path.remove(str(folder))
    assert "yours" in capsys.readouterr().out


@pytest.mark.slow
def test_a_class_that_is_built_over_several_cells_works_as_a_layer(folder, capsys):
    notebook = solved("09_the_convolution_layer")
    cell = next(c for c in notebook.cells if "exercise" in c.metadata)
    head, _, backward = cell.source.partition("    def backward")
    cell.source = head
    later = new_code_cell(
        "def backward(" + backward.partition("(")[2] + "\nConv2d.backward = backward"
    )
    later.source = "import textwrap\n" + later.source.replace("\n    ", "\n")
    notebook.cells.insert(notebook.cells.index(cell) + 1, later)
    nbformat.write(notebook, folder / "09_the_convolution_layer.ipynb")
    own = mine.Conv2d
    assert own is not nn.Conv2d, capsys.readouterr().out
    layers = [kind(2, 3, (3, 3), padding=1, rng=0) for kind in (own, nn.Conv2d)]
    x = np.random.default_rng(1).standard_normal((2, 2, 5, 5))
    outputs = [nn.Sequential(layer, nn.ReLU()).forward(x) for layer in layers]
    assert np.allclose(*outputs)
    assert np.allclose(*(layer.backward(y) for layer, y in zip(layers, outputs, strict=True)))
    with pytest.raises(RuntimeError):
        own(2, 3, (3, 3)).backward(x)


@pytest.mark.slow
def test_a_notebook_runs_once_for_all_its_names_and_again_when_it_has_changed(
    folder, capsys, monkeypatch
):
    started = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: started.append(a) or run(*a, **k))
    nbformat.write(solved("03_im2col"), folder / "03_im2col.ipynb")
    assert mine.im2col is mine.im2col
    assert mine.col2im is not convolution.col2im
    assert len(started) == 1
    nbformat.write(handed_out("03_im2col"), folder / "03_im2col.ipynb")
    assert mine.im2col is convolution.im2col
    assert len(started) == 2


@pytest.mark.slow
def test_a_layer_that_would_make_a_training_too_long_is_not_given(folder, capsys):
    notebook = solved("11_relu_pooling_softmax")
    cell = next(c for c in notebook.cells if c.metadata.get("exercise") == "relu")
    cell.source = cell.source.replace(
        "return dy * self.positive",
        "import time; time.sleep(2e-5 * dy.size)\n        return dy * self.positive",
    )
    nbformat.write(notebook, folder / "11_relu_pooling_softmax.ipynb")
    assert mine.ReLU is nn.ReLU
    assert "ReLU: the course's, because yours is right, but takes 0." in capsys.readouterr().out
    assert mine.Linear is not nn.Linear
    assert mine.MaxPool2d is not nn.MaxPool2d


def test_builds_and_nbval_get_the_courses_and_hear_nothing(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, LESSON, NUMPY, RIGHT)
    assert mine.correlate2d is convolution.correlate2d  # as under nbval, for pytest runs this
    monkeypatch.delenv("PYTEST_VERSION")
    monkeypatch.setenv("COURSE_LOG", "off")
    assert mine.correlate2d is convolution.correlate2d
    assert mine.ReLU is nn.ReLU
    assert capfd.readouterr() == ("", "")


def test_there_is_nothing_but_answers():
    assert set(dir(mine)) == {exercise.answer_name for exercise in EXERCISES.values()}
    with pytest.raises(ImportError, match="convolve"):
        from course.mine import convolve  # noqa: F401
    assert not hasattr(mine, "__path__")


def points(folder, name, answers):
    """What the grader gives for a lesson's notebook with some answers in place of its solutions."""
    notebook = solved(name)
    for cell in notebook.cells:
        cell.source = answers.get(cell.metadata.get("exercise"), cell.source)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    path = folder / f"{name}.ipynb"
    found = run_own(path, read_notebook(path), Limits(), "any")
    return {one.exercise: one.points for one in found}


@pytest.mark.slow
def test_in_the_grader_are_the_courses_answers_of_earlier_lessons_and_no_others(folder):
    lent = "def {0}(*given):\n    from course.mine import {0} as lent\n    return lent(*given)"
    both = {name: lent.format(name) for name in ("im2col", "col2im")}
    assert points(folder, "03_im2col", both) == {"im2col": 0, "col2im": 0}
    own = EXERCISES["conv_forward"].solutions[0].text
    answers = {"conv_forward": f"from course.mine import im2col\n{own}"}
    assert points(folder, "04_channels_filters_batches", answers)["conv_forward"] == 5


def run_as_a_student(folder, *cells):
    """What the last cell prints when a student runs these cells, whatever fails."""
    notebook = new_notebook(cells=[*map(new_code_cell, cells)])
    NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    ).execute()
    return "".join(output.get("text", "") for output in notebook.cells[-1].outputs)


ASK = "from course.mine import correlate2d\nprint(correlate2d.__module__)"
CHECK = "from course.checks import check\ncheck.correlate2d(correlate2d)"
GO_ON = "from course.convolution import correlate2d"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((RIGHT, CHECK, GO_ON), "correlate2d: yours, from this notebook.\n__main__\n"),
        ((RIGHT,), "correlate2d: yours, from this notebook.\n__main__\n"),
        ((WRONG, CHECK, GO_ON), "because yours is not right yet.\n"),
        ((WRONG,), "because yours is not right yet.\n"),
        ((RIGHT, CHECK, WRONG, CHECK, GO_ON), "because yours is not right yet.\n"),
        ((WRONG, CHECK, RIGHT, CHECK, GO_ON, ASK, ASK), "yours, from this notebook.\n__main__\n"),
        (("def correlate2d(x, w, b=0.0):\n    raise NotImplementedError", CHECK), "not written"),
        ((GO_ON,), f"because there is no {FILE} beside this notebook."),
    ],
)
def test_in_its_own_notebook_an_answer_is_the_one_that_was_checked_last(folder, cells, said):
    assert said in run_as_a_student(folder, NUMPY, *cells, ASK)
