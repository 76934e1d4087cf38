"""Solved notebooks run in JupyterLite, with nothing installed and no other host asked."""

import pytest
from jupyterlite import errors, lite_address, run, text

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
WITHOUT_ERRORS = ("03_im2col", "10_bug_clinic", "17_a_network_from_the_outside")
"""With figures and the bench, with much code, and with a photo; all run with `jupyterlite.py`."""


@pytest.fixture(scope="module")
def address(pyodide_files, tmp_path_factory):
    pytest.importorskip("jupyterlite_core", reason="needs the site's own packages")
    with lite_address(tmp_path_factory.mktemp("lite")) as address:
        yield address


@pytest.mark.parametrize("name", WITHOUT_ERRORS)
def test_a_solved_notebook_runs_in_jupyterlite(chromium, address, name):
    cells, others, _ = run(chromium, address, name)
    assert not errors(cells)
    assert not others


def test_the_notebook_about_pytorch_says_that_it_is_missing(chromium, address):
    cells, _, _ = run(chromium, address, "16_from_numpy_to_pytorch")
    assert not errors(cells)
    assert "PyTorch" in text(cells)
