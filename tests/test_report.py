"""What a student sends about a check: their answer, what was said of it, and the versions."""

import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from click.testing import CliRunner

from course import cli, report
from course.progress.own_check import LessonResult, Result
from course.project import Project, find_project

ROOT = find_project(Path(__file__).parent).root
NAME = "02_stride_padding_size"
WRONG = "def pad2d(x, padding):\n    return np.pad(x, padding)  # ```all``` axes"
SAID = "All axes are padded."


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder in which pad2d was answered, checked and saved."""
    project = Project(tmp_path)
    project.mark()
    project.notebooks.mkdir()
    path = project.notebooks / f"{NAME}.ipynb"
    shutil.copy(ROOT / "notebooks" / path.name, path)
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("exercise") == "pad2d":
            cell.source = WRONG
        if cell.metadata.get("check") == "pad2d":
            message = f"\x1b[31m{SAID}\x1b[0m"
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=message)]
    nbformat.write(notebook, path)
    monkeypatch.chdir(tmp_path)
    return project


@pytest.fixture
def checked(monkeypatch):
    """Says so without running anything."""

    def check(project, lesson, seconds):
        assert (lesson, seconds) == (NAME, 60.0)
        return LessonResult({"pad2d": Result("wrong", SAID), "output_size": Result("right")})

    monkeypatch.setattr(report, "check_lesson", check)


def written(*words):
    return CliRunner().invoke(cli.main, ["report", *words])


def sections(text):
    """By heading, what stands in the block below it."""
    found = re.findall(r"^## (.+?)\n\n(`{3,})\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return {heading: block for heading, _, block in found}


def test_a_report_holds_the_answer_both_messages_and_the_versions(project, checked):
    result = written("pad2d")
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"# pad2d, in {NAME}\n")
    found = sections(result.output)
    assert found["The answer"] == WRONG
    assert found["What the notebook shows"] == SAID
    assert found["What `course check` says"] == f"wrong {SAID}"
    assert f"numpy {np.__version__}" in found["Versions"]
    assert str(project.root) not in result.output


def test_what_is_not_there_is_said_to_be_not_there(project, checked):
    notebook = nbformat.read(project.notebooks / f"{NAME}.ipynb", as_version=4)
    kept = [cell for cell in notebook.cells if cell.metadata.get("exercise") != "output_size"]
    notebook.cells = kept
    nbformat.write(notebook, project.notebooks / f"{NAME}.ipynb")
    found = sections(written("output_size").output)
    assert found["The answer"] == "nothing: no cell binds the name"
    assert found["What the notebook shows"].startswith("nothing: the cell was not run")
    assert found["What `course check` says"] == "right"


def test_an_unknown_exercise_and_a_broken_notebook_are_said(project):
    unknown = written("pad2")
    assert unknown.exit_code == 1
    assert "no exercise 'pad2'. Did you mean pad2d?" in unknown.output
    (project.notebooks / f"{NAME}.ipynb").write_text("no notebook")
    broken = written("pad2d")
    assert broken.exit_code == 1
    assert f"{NAME}.ipynb cannot be read" in broken.output


@pytest.mark.slow
def test_what_is_run_is_the_notebook_as_it_is(project):
    found = sections(written("pad2d").output)
    assert found["What `course check` says"].startswith(f"wrong {SAID}")
