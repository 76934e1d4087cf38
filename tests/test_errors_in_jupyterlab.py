"""What a kernel of `course lab` does beside showing an error, and what a missing name means."""

import re
import time

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.jupyterlab import errors


@pytest.fixture
def run(monkeypatch, capsys):
    """What a new kernel shows when it runs some text."""
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    errors.watch()

    def run(text):
        assert not shell.run_cell(text).success
        return " ".join(capsys.readouterr().out.split())

    yield run
    shell.history_manager.end_session()


HINT = "has run since this kernel started. Choose Run > Run All Above Selected Cell"


def test_the_first_cell_after_a_restart_says_which_cells_to_run(run):
    said = run("check.im2col(im2col)")
    assert said.startswith("name 'check' is not defined No cell that defines check " + HINT)
    assert "Traceback" not in said


def test_an_answer_that_has_not_run_yet_is_told_from_a_misspelt_name(run):
    assert HINT in run("from course.checks import check\ncheck.im2col(im2col)")
    assert HINT not in run("im2kol(x)")
    assert "Traceback" in run("xpda + 1")


def test_a_local_name_without_a_value_is_pythons_to_explain(run):
    assert HINT not in run("def f():\n    y += 1\nf()")


def test_the_cell_is_scrolled_to_but_not_when_the_notebook_is_opened_later(monkeypatch):
    shell = InteractiveShell()
    published = []
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(shell.display_pub, "publish", published.append)
    errors.watch()
    before = time.time()
    shell.run_cell("1 / 0")
    [output] = published
    assert output["text/plain"] == ""
    last = int(re.search(r"Date.now\(\) < (\d+)", output["application/javascript"])[1]) / 1000
    assert before < last < time.time() + errors.SECONDS + 1


def test_outside_a_kernel_nothing_happens(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    errors.watch()
