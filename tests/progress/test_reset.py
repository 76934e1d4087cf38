"""A student begins again, and loses nothing."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from course.progress.reset import reset
from course.project import CourseError, Project, find_project

ROOT = find_project(Path(__file__).parent).root
NOW = datetime(2027, 3, 1, 9, 30, 5)
NAME = "00_start_here"


@pytest.fixture(params=["installed", "checkout"])
def project(request, tmp_path):
    """A student's folder; the package holds fresh notebooks, or has solutions/ beside it."""
    work, package = tmp_path / "work", tmp_path / "package" / "course"
    shutil.copytree(ROOT / "notebooks", work / "notebooks")
    if request.param == "installed":
        shutil.copytree(ROOT / "notebooks", package / "fresh")
    else:
        shutil.copytree(ROOT / "solutions", package.parent / "solutions")
    return Project(work, package)


def test_the_old_notebook_is_kept_and_the_new_one_is_as_committed(project):
    path = project.notebooks / f"{NAME}.ipynb"
    fresh = path.read_bytes()
    path.write_text("my work", encoding="utf-8")
    kept = reset(project, NAME, NOW)
    assert kept.name == f"old.{NAME}.2027-03-01-093005.ipynb"
    assert kept.read_text(encoding="utf-8") == "my work"
    assert path.read_bytes() == fresh
    assert NAME in project.lesson_names()
    assert kept.stem not in project.lesson_names()


def test_the_old_notebook_comes_last_and_the_grader_knows_what_it_is(project):
    from course.grading.submissions.found import _OLD, lesson_in, owner_of

    kept = reset(project, NAME, NOW).name
    assert sorted(path.name for path in project.notebooks.iterdir())[-1] == kept
    assert lesson_in(kept) == NAME
    assert _OLD.search(kept)
    assert owner_of(kept).name not in ("", "old")


def test_a_notebook_that_is_gone_comes_back(project):
    path = project.notebooks / f"{NAME}.ipynb"
    path.unlink()
    assert reset(project, NAME, NOW) is None
    assert path.exists()


def test_without_a_fresh_copy_nothing_is_touched(project, tmp_path):
    shutil.rmtree(tmp_path / "package")
    before = (project.notebooks / f"{NAME}.ipynb").read_bytes()
    with pytest.raises(CourseError, match="no fresh notebook of 00_start_here"):
        reset(project, NAME, NOW)
    assert (project.notebooks / f"{NAME}.ipynb").read_bytes() == before
