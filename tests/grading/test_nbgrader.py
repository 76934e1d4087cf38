"""solutions/ is a source folder for the real nbgrader, as it stands.

nbgrader gets an environment of its own, made once for each clone in .course/nbgrader: it sees the
packages of this one, and pip adds what it lacks. Without a network the tests are skipped, or fail
where COURSE_REQUIRE_NBGRADER is set.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv

import nbformat
import pytest
from filelock import FileLock

from course.checks import EXERCISES

from .conftest import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nbgrader")]

NBGRADER = "nbgrader>=0.9.5,<1"
LESSONS = PROJECT.lesson_names()
GRADED = ("00_start_here", "02_stride_padding_size")
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)\s*### END SOLUTION", re.DOTALL)

RELEASE_ALL = """
import sys
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
api = NbGraderAPI(CourseDirectory(root=sys.argv[1]))
for name in sys.argv[2:]:
    answered = api.generate_assignment(name)
    assert answered["success"], answered["error"] or answered["log"]
"""
READ_GRADEBOOK = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook(f"sqlite:///{sys.argv[1]}/gradebook.db") as book:
    cells = {
        a.name: {cell.name: cell.max_score for n in a.notebooks for cell in n.grade_cells}
        for a in book.assignments
    }
    scores = {
        f"{s.student.id} {s.assignment.name}":
            {grade.name: grade.auto_score for n in s.notebooks for grade in n.grades}
        for a in book.assignments for s in a.submissions
    }
print(json.dumps({"cells": cells, "scores": scores}))
"""


def make_environment(folder):
    """A venv with nbgrader; the packages around it are those of this environment."""
    around = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(PROJECT.root))
    wanted = json.dumps([NBGRADER, sys.version, *around])
    made = folder / "made-for.json"
    if made.exists() and made.read_text(encoding="utf-8") == wanted:
        return
    venv.create(folder, clear=True, with_pip=False)
    place = next((folder / "lib").glob("python*")) / "site-packages"
    (place / "around.pth").write_text("\n".join(dict.fromkeys(around)), encoding="utf-8")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries=1"]
    subprocess.run(
        [folder / "bin" / "python", *pip, NBGRADER], check=True, capture_output=True, text=True
    )
    made.write_text(wanted, encoding="utf-8")


@pytest.fixture(scope="session")
def nbgrader(tmp_path_factory):
    """Runs a program of nbgrader's environment; returns what it prints."""
    folder = PROJECT.root / ".course" / "nbgrader"
    folder.parent.mkdir(exist_ok=True)
    try:
        with FileLock(folder.with_suffix(".lock")):
            make_environment(folder)
    except subprocess.CalledProcessError as error:
        reason = f"nbgrader cannot be installed: {error.stderr[-300:]}"
        if os.environ.get("COURSE_REQUIRE_NBGRADER"):
            pytest.fail(f"COURSE_REQUIRE_NBGRADER is set, but {reason}")
        pytest.skip(reason)
    settings = str(tmp_path_factory.mktemp("settings"))
    own = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "JUPYTER_CONFIG_DIR": settings}

    def run(*words):
        command = [folder / "bin" / words[0], *words[1:]]
        done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def course_dir(nbgrader, tmp_path_factory):
    """nbgrader's folder for a course: solutions/ in it as they are, and all of it released."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    for name in LESSONS:
        (folder / "source" / name).mkdir(parents=True)
        shutil.copy(PROJECT.solutions / f"{name}.ipynb", folder / "source" / name)
    for name in GRADED:
        nbgrader("nbgrader", "generate_assignment", f"--course-dir={folder}", name)
    others = [name for name in LESSONS if name not in GRADED]
    nbgrader("python", "-c", RELEASE_ALL, str(folder), *others)
    return folder


@pytest.fixture(scope="session")
def gradebook(nbgrader, course_dir):
    """What nbgrader's gradebook says once a solved and a blank copy have been graded."""
    for name in GRADED:
        released = course_dir / "release" / name / f"{name}.ipynb"
        hand_in(course_dir, "blank", name, nbformat.read(released, as_version=4))
        hand_in(course_dir, "solved", name, with_answers(released, name))
        nbgrader("nbgrader", "autograde", f"--course-dir={course_dir}", name)
    return json.loads(nbgrader("python", "-c", READ_GRADEBOOK, str(course_dir)))


def hand_in(course_dir, student, name, notebook):
    place = course_dir / "submitted" / student / name
    place.mkdir(parents=True)
    nbformat.write(notebook, place / f"{name}.ipynb")


def with_answers(released, name):
    """The released notebook with the answers written into its blanks, and no guess."""
    notebook = nbformat.read(released, as_version=4)
    solved = nbformat.read(PROJECT.solutions / f"{name}.ipynb", as_version=4)
    for cell, right in zip(notebook.cells, solved.cells, strict=True):
        if "exercise" in cell.metadata:
            cell.source = right.source
    return notebook


def without_stub(source):
    """A blank without the lines that say that it is one."""
    return re.sub(r"\n *(# YOUR CODE HERE|raise NotImplementedError\(.*\))(?=\n|\Z)", "", source)


@pytest.mark.parametrize("name", LESSONS)
def test_nbgrader_releases_blanks_and_no_solution(name, course_dir):
    files = (course_dir / "release" / name, PROJECT.notebooks, PROJECT.solutions)
    three = [nbformat.read(f / f"{name}.ipynb", as_version=4).cells for f in files]
    everything = "\n".join(cell.source for cell in three[0])
    assert "SOLUTION" not in everything
    for released, handed_out, solved in zip(*three, strict=True):
        assert not released.get("outputs")
        assert without_stub(released.source) == without_stub(handed_out.source)
        solutions = SOLUTION.findall(solved.source)
        is_blank = bool({"exercise", "predict", "blank"} & set(solved.metadata))
        assert ("raise NotImplementedError()" in released.source) == bool(solutions) == is_blank
        assert not [solution for solution in solutions if solution in everything]


@pytest.mark.parametrize("name", LESSONS)
def test_nbgraders_gradebook_has_the_points_of_every_check(name, gradebook):
    expected = {f"check_{e.name}": e.points for e in EXERCISES.values() if e.lesson == name}
    assert gradebook["cells"][name] == expected


@pytest.mark.parametrize("name", GRADED)
def test_nbgrader_gives_right_answers_all_points_and_blanks_none(name, gradebook):
    assert gradebook["scores"][f"solved {name}"] == gradebook["cells"][name]
    assert set(gradebook["scores"][f"blank {name}"].values()) == {0}
