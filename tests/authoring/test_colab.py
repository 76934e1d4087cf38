"""The cell for Colab installs the course where it is missing, and does nothing elsewhere."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course.authoring.colab import CELL
from course.authoring.site.address import read_address
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
NOTEBOOKS = sorted([*PROJECT.notebooks.glob("*.ipynb"), *PROJECT.solutions.glob("*.ipynb")])
IN_COLAB = {"IPython", "PIL", "jinja2", "matplotlib", "numpy", "pooch", "termcolor", "tqdm"}
IN_COLAB |= {"threadpoolctl"}
"""Of the packages of Colab, those that the course may import there: it is installed without any."""


def first_code(path):
    cells = nbformat.read(path, as_version=4).cells
    return next(cell for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_it_is_the_first_code_of_every_notebook_and_folded_away(path):
    cell = first_code(path)
    assert cell.id == CELL
    assert cell.metadata == {
        "jupyter": {"source_hidden": True},
        "shows": True,
        "tags": ["remove-cell"],
    }
    assert cell.get("outputs") == []
    assert cell.source.startswith("# ")


@pytest.fixture
def ran():
    """What pip was asked to do when the cell ran."""
    asked = []

    class Shell:
        def run_line_magic(self, name, line):
            asked.append((name, line))

    exec(first_code(NOTEBOOKS[0]).source, {"get_ipython": Shell})
    return asked


def test_where_the_course_is_installed_it_does_nothing(ran):
    assert ran == []


@pytest.fixture
def missing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def in_colab(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())


def test_where_it_is_missing_pip_installs_it_from_the_sites_repository(missing, in_colab, ran):
    address = read_address(PROJECT.root / "site" / "address.toml", environment={})
    assert ran == [("pip", f"install -q --no-deps git+{address.source}@{address.branch}")]


def test_outside_colab_it_says_in_a_sentence_what_is_missing(missing, capsys, ran):
    assert ran == []
    address = read_address(PROJECT.root / "site" / "address.toml", environment={})
    said = capsys.readouterr().out
    assert said.endswith(f"pip install git+{address.source}@{address.branch}\n")
    assert said.count("\n") == 1


def test_a_forks_environment_changes_no_committed_notebook(monkeypatch):
    from course.authoring.build import complete_notebook

    monkeypatch.setenv("COURSE_REPOSITORY", "someone/fork")
    built = complete_notebook(PROJECT, "00_start_here")
    assert "someone/fork" not in "".join(cell.source for cell in built.cells)


COUNT = """
import sys
before = {name.partition(".")[0] for name in sys.modules}
import course.checks, course.convolution, course.data, course.gradcheck, course.nn, course.show
own = {"course", *sys.stdlib_module_names, *before}
found = {name.partition(".")[0] for name in sys.modules} - own
print(*(name for name in found if getattr(sys.modules.get(name), "__file__", None)))
"""


def test_what_the_notebooks_import_of_the_course_is_there_in_colab():
    """And what these packages need themselves, which pip has installed there with them."""
    program = "import importlib\n"
    program += f"for name in {sorted(IN_COLAB)}: importlib.import_module(name)\n{COUNT}"
    counted = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert counted.returncode == 0, counted.stderr
    assert counted.stdout.split() == []
