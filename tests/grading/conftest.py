"""A marker with the real sandbox, and notebooks to mark."""

import os
import shutil
from pathlib import Path

import pytest

from course.grading.limits import Limits
from course.grading.marking import Marker, Settings
from course.project import CourseError, find_project

PROJECT = find_project(Path(__file__).parent)


@pytest.fixture(scope="session")
def sandbox():
    """Skips where bubblewrap cannot run, and fails there when COURSE_REQUIRE_SANDBOX is set."""
    from course.grading.sandbox import require_sandbox

    try:
        require_sandbox()
    except CourseError as error:
        if os.environ.get("COURSE_REQUIRE_SANDBOX"):
            pytest.fail(f"COURSE_REQUIRE_SANDBOX is set, but: {error}")
        pytest.skip("bubblewrap cannot run here")


@pytest.fixture(scope="session")
def make_marker(sandbox, tmp_path_factory):
    """Makes markers, and ends them."""
    made = []

    def make(seconds=4.0, **settings):
        limits = Limits(exercise_seconds=seconds).as_dict()
        folder = Path("/tmp") / f"cg-test-{os.getpid()}-{len(made)}"
        folder.mkdir()
        given = {"root": str(PROJECT.root), "seed": "a seed", "limits": limits} | settings
        marker = Marker(Settings(**given), folder)
        made.append((marker, folder))
        return marker

    yield make
    for marker, folder in made:
        marker.close()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def marker(make_marker):
    return make_marker()
