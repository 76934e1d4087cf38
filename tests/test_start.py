"""`course start` lays out a folder to work in, and touches nothing that is there."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from course import cli, lab
from course.project import MARKED, MARKER, SHEET, CourseError, Project, find_project
from course.start import lay_out

ROOT = find_project(Path(__file__).parent).root
NOTEBOOKS = {path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("*.ipynb")}
COMMITTED = NOTEBOOKS | {SHEET: (ROOT / "notebooks" / SHEET).read_bytes()}


@pytest.fixture
def package(tmp_path):
    """An installed course, with fresh notebooks in it."""
    folder = tmp_path / "installed" / "course"
    shutil.copytree(ROOT / "notebooks", folder / "fresh")
    return folder


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def course(*words):
    return CliRunner().invoke(cli.main, words)


def test_the_marker_is_committed_as_it_is_written():
    assert (ROOT / MARKER).read_text(encoding="utf-8") == MARKED


def test_a_new_folder_gets_the_notebooks_and_the_marker(tmp_path, package):
    project = Project(tmp_path / "deep" / "mine", package)
    assert lay_out(project) == project.lesson_names() == sorted(n[:-6] for n in NOTEBOOKS)
    assert files(project.notebooks) == COMMITTED
    assert {path.name for path in project.root.iterdir()} == {"notebooks", MARKER}
    assert find_project(project.notebooks).root == project.root


def test_a_checkout_lays_out_the_same_notebooks_whatever_was_written_into_its_own(tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "checkout" / "solutions")
    (tmp_path / "checkout" / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / SHEET, tmp_path / "checkout" / "notebooks")
    project = Project(tmp_path / "mine", tmp_path / "checkout" / "course")
    lay_out(project)
    assert files(project.notebooks) == COMMITTED


def test_again_it_adds_what_is_missing_and_touches_nothing(tmp_path, package):
    project = Project(tmp_path / "mine", package)
    lay_out(project)
    mine, gone = (project.notebooks / f"{name}.ipynb" for name in project.lesson_names()[:2])
    mine.write_text("my work", encoding="utf-8")
    gone.unlink()
    (project.root / "notes.txt").write_text("my notes", encoding="utf-8")
    assert lay_out(project) == [gone.stem]
    assert mine.read_text(encoding="utf-8") == "my work"
    assert gone.read_bytes() == COMMITTED[gone.name]
    assert lay_out(project) == []


@pytest.mark.parametrize("kind", ["folder with a file", "file"])
def test_what_is_no_folder_of_the_course_is_left_alone(tmp_path, package, kind):
    place = tmp_path / "other"
    if kind == "file":
        place.write_text("a file", encoding="utf-8")
    else:
        place.mkdir()
        (place / "thesis.txt").touch()
    with pytest.raises(CourseError, match="is not empty, and is no folder of the course"):
        lay_out(Project(place, package))
    assert place.is_file() or [p.name for p in place.iterdir()] == ["thesis.txt"]


def test_an_empty_folder_will_do(tmp_path, package):
    (tmp_path / "empty").mkdir()
    assert lay_out(Project(tmp_path / "empty", package))


def test_a_place_that_cannot_be_written_to_is_named(tmp_path, package):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="cannot be laid out"):
        lay_out(Project(tmp_path / "file" / "below", package))


def test_a_package_without_notebooks_lays_out_nothing(tmp_path):
    with pytest.raises(CourseError, match="has no notebooks"):
        lay_out(Project(tmp_path / "mine", tmp_path / "course"))
    assert not (tmp_path / "mine").exists()


@pytest.fixture
def started(monkeypatch):
    """(folder, lesson, options) of each start of JupyterLab."""
    calls = []

    def start_lab(project, name, options, announce):
        calls.append((project.root, name, options))
        return 0

    monkeypatch.setattr(lab, "start_lab", start_lab)
    return calls


FIRST = "00_start_here"


@pytest.mark.parametrize(
    ("words", "folder", "options"),
    [
        ([], "convolution-course", ()),
        (["--no-browser"], "convolution-course", ("--no-browser",)),
        (["mine", "--no-browser", "--port=9999"], "mine", ("--no-browser", "--port=9999")),
    ],
)
def test_start_opens_jupyterlab_and_passes_options_on(
    tmp_path, monkeypatch, started, words, folder, options
):
    monkeypatch.chdir(tmp_path)
    answered = course("start", *words)
    assert started == [(tmp_path / folder, FIRST, options)]
    assert "Next time, in that folder: course lab" in answered.output


def test_lay_out_only_opens_nothing(tmp_path, monkeypatch, started):
    monkeypatch.chdir(tmp_path)
    answered = course("start", "--lay-out-only")
    assert answered.exit_code == 0
    assert started == []
    assert f"{len(NOTEBOOKS)} notebooks added in {tmp_path / 'convolution-course'}" in (
        answered.output
    )


def test_without_a_name_the_course_we_are_in_is_meant(tmp_path, monkeypatch, started):
    monkeypatch.chdir(tmp_path)
    course("start", "mine", "--lay-out-only")
    monkeypatch.chdir(tmp_path / "mine" / "notebooks")
    course("start")
    assert started == [(tmp_path / "mine", FIRST, ())]


def test_a_folder_that_only_looks_like_the_course_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr("course.project.PACKAGE", tmp_path / "elsewhere" / "course")
    for name in ("notebooks", "course"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    for words in (["lab"], ["check"], ["progress"], ["reset", "3"]):
        answered = course(*words)
        assert answered.exit_code == 1
        assert "course start" in answered.output


@pytest.mark.parametrize("words", [["lab"], ["check"], ["progress"], ["reset", "3"]])
def test_no_command_succeeds_where_there_are_no_lessons(tmp_path, monkeypatch, words):
    monkeypatch.setattr("course.project.PACKAGE", tmp_path / "elsewhere" / "course")
    Project(tmp_path).mark()
    monkeypatch.chdir(tmp_path)
    answered = course(*words)
    assert answered.exit_code == 1
    assert "There are no lessons in" in answered.output


def test_lab_says_how_a_notebook_that_is_gone_comes_back(tmp_path, monkeypatch, started):
    monkeypatch.chdir(tmp_path)
    course("start", "mine", "--lay-out-only")
    monkeypatch.chdir(tmp_path / "mine")
    (tmp_path / "mine" / "notebooks" / "03_im2col.ipynb").unlink()
    answered = course("lab", "im2col")
    assert answered.exit_code == 1
    assert "`course reset 03` brings it back" in answered.output
    assert started == []
    course("reset", "03")
    course("lab", "im2col")
    assert started


def test_a_lesson_without_exercises_is_no_success(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course("start", "--lay-out-only")
    monkeypatch.chdir(tmp_path / "convolution-course")
    answered = course("check", "16")
    assert answered.exit_code == 1
    assert "has no exercises" in answered.output


def test_solutions_are_missed_where_there_are_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course("start", "--lay-out-only")
    monkeypatch.chdir(tmp_path / "convolution-course")
    answered = course("check", "--solutions", "3")
    assert answered.exit_code == 1
    assert "has no solutions/" in answered.output
