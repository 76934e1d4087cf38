"""What students get holds everything they need, and no solution."""

import re
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from course import cli
from course.authoring.release import NAME, for_students, release
from course.progress.reset import reset
from course.project import MARKER, CourseError, Project, find_project

PROJECT = find_project(Path(__file__).parent)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy with the lessons that are built."""
    root = tmp_path_factory.mktemp("project")
    for name in ("course", "notebooks", "solutions"):
        shutil.copytree(PROJECT.root / name, root / name, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("README.md", "pyproject.toml", "hatch_build.py", "Makefile", "LICENSE"):
        shutil.copy(PROJECT.root / name, root)
    return Project(root)


@pytest.fixture(scope="module")
def released(project, tmp_path_factory):
    return release(project, tmp_path_factory.mktemp("out"))


def students_copy(folder):
    return Project(folder, package=folder / "course")


def squeezed(text):
    return re.sub(r"\s+", "", text)


def solutions():
    """(where, text) of every answer cell's solution."""
    for path in sorted(PROJECT.solutions.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if "exercise" in cell.metadata:
                block = re.findall(r"### BEGIN SOLUTION\n(.*?)### END", cell.source, re.DOTALL)
                yield cell.metadata["exercise"], squeezed("".join(block))


def test_no_answer_is_in_it(released):
    folder, _archive = released
    notebooks = [
        *(folder / "notebooks").glob("*.ipynb"),
        *students_copy(folder).fresh.glob("*.ipynb"),
    ]
    assert len(notebooks) == 2 * len(list(PROJECT.notebooks.glob("[0-9][0-9]_*.ipynb")))
    sources = [squeezed(c.source) for p in notebooks for c in nbformat.read(p, 4).cells]
    text = "\0".join(sources)
    for name, solution in solutions():
        if len(solution) > 40:  # a line such as `return -x` may well stand in the prose
            assert solution not in text, name
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        assert not any(cell.get("outputs") for cell in notebook.cells)
        assert "BEGIN SOLUTION" not in path.read_text(encoding="utf-8")


def test_it_has_no_solutions_lessons_or_tests(released):
    folder, _archive = released
    top = {path.name for path in folder.iterdir()}
    assert top <= {
        "course",
        "notebooks",
        "README.md",
        "pyproject.toml",
        "hatch_build.py",
        "Makefile",
        "LICENSE",
        "environment.yml",
        "conftest.py",
        ".gitignore",
        MARKER,
    }
    assert {"course", "notebooks", "README.md", "pyproject.toml", "Makefile", MARKER} <= top
    assert not [p for p in folder.rglob("*") if p.name in ("solutions", "lessons", "tests")]
    assert not list(folder.rglob("*.pyc"))


def test_the_zip_is_the_folder_and_the_same_each_time(released, project, tmp_path):
    folder, archive = released
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        files = [p for p in folder.rglob("*") if p.is_file()]
        assert sorted(names) == sorted(p.relative_to(folder.parent).as_posix() for p in files)
        assert all(name.startswith(f"{NAME}/") for name in names)
    _, again = release(project, tmp_path)
    assert again.read_bytes() == archive.read_bytes()


def test_fresh_notebooks_are_those_that_were_handed_out(released):
    folder, _ = released
    for path in (folder / "notebooks").glob("*.ipynb"):
        assert (students_copy(folder).fresh / path.name).read_bytes() == path.read_bytes()


def test_a_student_can_begin_a_lesson_again(released, tmp_path):
    students = students_copy(shutil.copytree(released[0], tmp_path / "mine"))
    path = students.notebooks / "03_im2col.ipynb"
    handed_out = path.read_bytes()
    path.write_text("spoilt", encoding="utf-8")
    kept = reset(students, "03_im2col", datetime(2027, 3, 1))
    assert kept.read_text(encoding="utf-8") == "spoilt"
    assert path.read_bytes() == handed_out
    path.unlink()
    assert students.choose(["3"]) == ["03_im2col"], "a notebook that is gone can come back too"


@pytest.mark.parametrize("words", [["build", "3"], ["site"]])
def test_what_needs_the_sources_says_so_in_a_release(released, monkeypatch, words):
    monkeypatch.chdir(released[0])
    answered = CliRunner().invoke(cli.main, words)
    assert answered.exit_code == 1
    assert "has no lessons/" in answered.output


def test_the_readme_speaks_to_students(released):
    folder, _ = released
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "make lab" in text
    assert "## For students" in text
    for word in ("For instructors", "For authors", "make test", "solutions/", "CONTRIBUTING.md"):
        assert word not in text
    for word in ("<img", "make site", "SECURITY.md"):
        assert word not in text


def test_the_readme_has_no_command_of_the_benchmarks_which_students_do_not_get(released):
    folder, _ = released
    assert not (folder / "benchmarks").exists()
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "benchmarks" not in text
    assert set(re.findall(r"-m (\w+)", text)) <= {"venv"}


def test_a_command_of_the_benchmarks_is_left_out_wherever_it_stands():
    text = "# T\n\nIt is fast. `python -m benchmarks` says so. Go.\n\n## How fast it is\n\nx\n"
    assert for_students(text) == "# T\n\nIt is fast. Go.\n\n"


def test_the_readme_keeps_what_it_does_not_know():
    text = "# T\n\nIntro.\n\n## Begin\n\nDo. See `solutions/` later. Go.\n\n## For authors\n\nx\n"
    assert for_students(text) == "# T\n\nIntro.\n\n## Begin\n\nDo. Go.\n\n"


def test_it_replaces_a_release_and_nothing_else(project, tmp_path):
    release(project, tmp_path)
    release(project, tmp_path)
    other = tmp_path / "other" / NAME
    other.mkdir(parents=True)
    with pytest.raises(CourseError, match="is in the way"):
        release(project, other.parent)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda cell: cell.update(source="def dot_product(a, b):\n    return a @ b"), "an answer"),
        (lambda cell: cell.update(source="### BEGIN SOLUTION"), "an answer"),
        (
            lambda cell: cell.update(
                outputs=[nbformat.v4.new_output("stream", text="1")], execution_count=1
            ),
            "outputs",
        ),
    ],
)
def test_a_notebook_with_an_answer_is_not_released(project, tmp_path, change, why):
    copy = Project(tmp_path / "copy")
    shutil.copytree(project.root, copy.root)
    path = copy.notebooks / "00_start_here.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(next(c for c in notebook.cells if "exercise" in c.metadata))
    nbformat.write(notebook, path)
    with pytest.raises(CourseError, match=why):
        release(copy, tmp_path / "out")
    assert not (tmp_path / "out" / NAME).exists()
