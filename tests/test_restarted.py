"""After a restart: what a missing name means, in place of a bare NameError."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course.jupyterlab import restarted


@pytest.fixture
def run(monkeypatch, capsys):
    """What a new kernel shows when it runs some text."""
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    restarted.watch()

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


def test_outside_a_kernel_nothing_happens(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    restarted.watch()
