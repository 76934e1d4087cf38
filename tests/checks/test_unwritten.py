"""A check says so when what it judges is not what the student has written last."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.checks.diagnosis import unwritten
from course.checks.message import CheckFailed

RIGHT = "def dot_product(a, b):\n    return np.sum(a * b)\n"
WRONG = "def dot_product(a, b):\n    return np.sum(a + b)\n"
BLANK = "def dot_product(a, b):\n    raise NotImplementedError('dot_product')\n"
BROKEN = "def dot_product(a, b):\n    return np.sum(a * b\n"
MISSPELT = "import nunpy\n\ndef dot_product(a, b):\n    return np.sum(a * b)\n"
CHECK = "check.dot_product(dot_product)"
ENDED = "ended in a SyntaxError .line 2., so this is the answer from"
SYNTAX_ERROR = f"The last cell you ran {ENDED}"
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


FAILED = [
    ((WRONG, BROKEN), f"dot_product: wrong numbers .*{SYNTAX_ERROR}"),
    ((BLANK, BROKEN), f"dot_product: not attempted yet .*{SYNTAX_ERROR}"),
    ((RIGHT, BROKEN), f"right dot_product: .*{SYNTAX_ERROR}"),
    ((WRONG, BROKEN, "a = 1", "b = 2"), f"you last wrote dot_product {ENDED}"),
    ((WRONG, MISSPELT), "ended in a ModuleNotFoundError .line 1., so this is the answer"),
]


@pytest.mark.parametrize(("cells", "words"), FAILED)
def test_a_cell_that_ended_in_an_error_before_its_definition_has_changed_nothing(run, cells, words):
    assert re.search(words, run(*cells, CHECK))


RUN = [
    (RIGHT + "dot_product(1)\n", CHECK),  # an error after the definition
    (WRONG, "1 +", CHECK),  # another cell
    (WRONG, BROKEN, RIGHT, CHECK),  # mended since
    (WRONG, BROKEN, RIGHT + CHECK),  # mended in the cell of the check itself
    (WRONG + CHECK, RIGHT + CHECK),  # a failed check is an error, too
    (WRONG, "def dot_product2(a, b:\n    pass", CHECK),
]


@pytest.mark.parametrize("cells", RUN)
def test_an_answer_that_was_run_is_not_said_to_be_older(run, cells):
    shown = run(*cells)
    assert "dot_product: " in shown
    assert "answer from before" not in shown


def test_the_courses_version_is_explained_by_the_cell_that_failed(run):
    imported = "from course.convolution import pad2d"
    shown = run(imported, "def pad2d(x, p:\n    pass", "check.pad2d(pad2d)")
    assert "the course's version, not yours" in shown
    assert "ended in a SyntaxError (line 1), so yours is not there." in shown


def test_the_same_answer_once_more_is_told_so_but_neither_at_first_nor_a_blank(run):
    assert SAME not in run(WRONG, CHECK)
    assert SAME in run(CHECK)
    assert SAME in run(WRONG, CHECK)
    assert SAME not in run(WRONG.replace("+", "-"), CHECK)
    assert SAME not in run(BLANK, CHECK, CHECK)
    helped = "def dot_product(a, b):\n    return helper(a, b)\n"
    run("def helper(a, b):\n    return 0.0", helped, CHECK)
    assert SAME not in run("def helper(a, b):\n    return 1.0", CHECK)  # it gives another result


def test_outside_of_a_notebook_nothing_is_known(check, quick, monkeypatch):
    monkeypatch.setattr(InteractiveShell, "_instance", None)
    for _ in range(2):
        with pytest.raises(CheckFailed) as failed:
            check.dot_product(lambda a, b: 0.0)
        assert SAME not in "".join(failed.value._render_traceback_())
    assert unwritten.failed_cell("dot_product") == ""
    monkeypatch.delitem(unwritten.sys.modules, "IPython", raising=False)
    assert unwritten.failed_cell("dot_product") == ""
