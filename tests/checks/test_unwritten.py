"""A check says so when what it judges is not what the student has written last."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.checks.diagnosis import unwritten

RIGHT = "def dot_product(a, b):\n    return np.sum(a * b)\n"
WRONG = "def dot_product(a, b):\n    return np.sum(a + b)\n"
BLANK = "def dot_product(a, b):\n    raise NotImplementedError('dot_product')\n"
BROKEN = "def dot_product(a, b):\n    return np.sum(a * b\n"
MISSPELT = "import nunpy\n\ndef dot_product(a, b):\n    return np.sum(a * b)\n"
CHECK = "check.dot_product(dot_product)"
SYNTAX_ERROR = "The last cell you ran ended in a SyntaxError (line 2), so this is the answer from"
SAME = "This is the same answer as at the last check."


@pytest.fixture
def run(shell, monkeypatch, capsys):
    """Runs cells one after the other in a notebook; what the last one has shown."""
    monkeypatch.setattr(InteractiveShell, "_instance", shell)
    shell.run_cell("import numpy as np", store_history=True)

    def run(*cells: str) -> str:
        for cell in cells:
            capsys.readouterr()
            shell.run_cell(cell, store_history=True)
        return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", "".join(capsys.readouterr())).split())

    return run


@pytest.mark.parametrize(
    ("before", "headline"),
    [
        (WRONG, "dot_product: wrong numbers"),
        (BLANK, "dot_product: not attempted yet"),
        (RIGHT, "right dot_product:"),
    ],
)
def test_a_cell_that_ended_in_a_syntax_error_has_changed_nothing(run, before, headline):
    shown = run(before, BROKEN, CHECK)
    assert shown.startswith(headline)
    assert SYNTAX_ERROR in shown


def test_it_is_said_too_when_other_cells_were_run_in_between(run):
    shown = run(WRONG, BROKEN, "a = 1", "b = 2", CHECK)
    assert "The cell in which you last wrote dot_product ended in a SyntaxError (line 2)" in shown


def test_an_error_before_the_definition_leaves_the_answer_of_before(run):
    shown = run(WRONG, MISSPELT, CHECK)
    assert "ended in a ModuleNotFoundError (line 1), so this is the answer" in shown


@pytest.mark.parametrize(
    "cells",
    [
        (RIGHT + "dot_product(1)\n", CHECK),  # an error after the definition
        (WRONG, "1 +", CHECK),  # another cell
        (WRONG, BROKEN, RIGHT, CHECK),  # mended since
        (WRONG, BROKEN, RIGHT + CHECK),  # mended in the cell of the check itself
        (WRONG + CHECK, RIGHT + CHECK),  # a failed check is an error, too
        (WRONG, "def dot_product2(a, b:\n    pass", CHECK),
    ],
)
def test_an_answer_that_was_run_is_not_said_to_be_older(run, cells):
    shown = run(*cells)
    assert "dot_product: " in shown
    assert "answer from before" not in shown


def test_the_courses_version_is_explained_by_the_cell_that_failed(run):
    shown = run(
        "from course.convolution import pad2d", "def pad2d(x, p:\n    pass", "check.pad2d(pad2d)"
    )
    assert "the course's version, not yours" in shown
    assert "ended in a SyntaxError (line 1), so yours is not there." in shown


def test_the_same_answer_once_more_is_told_so_but_not_at_first(run):
    assert SAME not in run(WRONG, CHECK)
    assert SAME in run(CHECK)
    assert SAME in run(WRONG, CHECK)
    assert SAME not in run(WRONG.replace("+", "-"), CHECK)


def test_the_same_answer_with_another_result_is_not_the_same(run):
    helped = "def dot_product(a, b):\n    return helper(a, b)\n"
    run("def helper(a, b):\n    return 0.0", helped, CHECK)
    assert SAME not in run("def helper(a, b):\n    return 1.0", CHECK)


def test_a_blank_is_not_told_twice_what_to_do(run):
    run(BLANK, CHECK)
    assert SAME not in run(CHECK)


def test_outside_of_a_notebook_nothing_is_known(message, monkeypatch):
    monkeypatch.setattr(InteractiveShell, "_instance", None)

    def dot_product(a, b):
        return 0.0

    first, second = (message("dot_product", dot_product) for _ in range(2))
    assert first == second
    assert unwritten.failed_cell("dot_product", dot_product) == ""


def test_without_ipython_nothing_is_known(monkeypatch):
    monkeypatch.delitem(unwritten.sys.modules, "IPython", raising=False)
    assert unwritten.failed_cell("dot_product") == ""
