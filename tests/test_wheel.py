"""The wheels, built and installed where there is nothing but Python, and used as students do."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from course.authoring.release import build_wheel, release
from course.checks import EXERCISES
from course.project import MARKER, SHEET, Project, find_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
PROJECT = find_project(Path(__file__).parent)
NOT_FOR_STUDENTS = {
    *("authoring", "commands_for_authors.py"),
    *("grading", "commands_for_instructors.py"),
}
HOLD_ANSWERS = {"checks", "convolution", "nn", "gradcheck.py"}
"""The parts of the package that the lessons are about, and what the checks compare with."""
NAME = "02_stride_padding_size"
RIGHT = "    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheel that is published, and the one of a release for students."""
    out = tmp_path_factory.mktemp("wheels")
    folder, _ = release(PROJECT, out / "release")
    return {"published": build_wheel(PROJECT.root, out), "students": build_wheel(folder, folder)}


@pytest.fixture(scope="module", params=["students", "published"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An environment with nothing but pip; to fill it takes long, so both wheels use this one."""
    place = tmp_path_factory.mktemp("wheel") / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    return place


@pytest.fixture(scope="module")
def place(kind, wheels, empty):
    """The environment in which pip has installed the wheel with what it depends on.

    The students' wheel comes first: it must not find what an instructor's extra adds.
    """
    pip = [empty / SCRIPTS / "python", "-m", "pip", "-q"]
    course = "convolution-course"
    subprocess.run([*pip, "uninstall", "-y", course], check=True, env=environment(empty))
    subprocess.run([*pip, "install", wheels[kind]], check=True, env=environment(empty))
    return empty


def environment(place):
    """Variables as in a terminal of a newcomer, with this environment active."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_VERSION")}
    path = os.pathsep.join([str(place / SCRIPTS), os.environ.get("PATH", "")])
    return kept | {"PATH": path, "VIRTUAL_ENV": str(place), "PYTHONUTF8": "1"}


@pytest.fixture
def course(place, tmp_path):
    """Runs the installed command, in a folder that is no checkout."""

    def run(*words, folder=tmp_path, code=0):
        command = [place / SCRIPTS / "course", *words]
        ended = subprocess.run(
            command, cwd=folder, env=environment(place), capture_output=True, encoding="utf-8"
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    return run


def files_of(wheel):
    """By name the text of every file of the package; of data that is no text, nothing."""
    with zipfile.ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if ".dist-info/" not in name]
        return {name: packed.read(name).decode("utf-8", errors="ignore") for name in names}


def committed():
    """What git holds of the package."""
    listed = subprocess.run(
        ["git", "ls-files", "course"], cwd=PROJECT.root, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.splitlines() if (PROJECT.root / name).exists()}


def test_a_wheel_holds_what_is_committed_of_the_package_and_the_notebooks(kind, wheels):
    fresh = {f"course/fresh/{name}.ipynb" for name in PROJECT.lesson_names()}
    fresh.add(f"course/fresh/{SHEET}")
    left_out = NOT_FOR_STUDENTS if kind == "students" else set()
    parts = {name for name in committed() if name.split("/")[1] not in left_out}
    files = files_of(wheels[kind])
    assert set(files) == parts | fresh
    for name in fresh:
        assert files[name] == (PROJECT.notebooks / Path(name).name).read_text(encoding="utf-8")


def dependencies(wheel):
    """What pip installs with a wheel, without its extras."""
    with zipfile.ZipFile(wheel) as packed:
        [name] = [n for n in packed.namelist() if n.endswith(".dist-info/METADATA")]
        lines = packed.read(name).decode("utf-8").splitlines()
    return [line for line in lines if line.startswith("Requires-Dist:") and "extra ==" not in line]


def test_both_wheels_depend_on_the_same(wheels):
    """So that what is installed with one is all that the other asks for."""
    assert dependencies(wheels["published"]) == dependencies(wheels["students"])
    assert any("jupyterlab" in line for line in dependencies(wheels["published"]))


def squeezed(text):
    return re.sub(r"\s+", "", text)


def test_nothing_in_the_students_wheel_answers_an_exercise_beyond_what_the_checks_need(wheels):
    files = files_of(wheels["students"])
    others = {name: text for name, text in files.items() if name.split("/")[1] not in HOLD_ANSWERS}
    notebooks = [json.loads(text) for name, text in others.items() if name.endswith(".ipynb")]
    cells = [squeezed("".join(cell["source"])) for n in notebooks for cell in n["cells"]]
    code = [squeezed(text) for name, text in others.items() if name.endswith(".py")]
    text = "\0".join(cells + code)
    long = 0
    for exercise in EXERCISES.values():
        lines = exercise.solutions[0].text.splitlines()
        body = squeezed("\n".join(line for line in lines[1:] if not line.strip().startswith("#")))
        if len(body) > 40:  # a line such as `return -x` may well stand in the prose
            long += 1
            assert body not in text, exercise.name
    assert long > 30


def test_only_commands_that_can_work_are_offered(kind, course):
    text = course("--help")
    offered = set(re.findall(r"^  (\w+) ", text.partition("Commands:")[2], re.MULTILINE))
    students = {"start", "lab", "check", "progress", "report", "reset"}
    others = {"build", "release", "site", "browser", "grade"} if kind == "published" else set()
    assert offered == students | others


def test_what_an_extra_adds_is_named(kind, course):
    if kind == "published":
        said = course("grade", "in", "-o", "out", code=1)
        assert 'pip install "convolution-course[instructor]"' in said
    else:
        assert "No such command" in course("grade", "in", "-o", "out", code=2)


def test_outside_a_folder_of_the_course_every_command_says_how_to_make_one(course):
    for words in (["lab"], ["check"], ["progress"], ["reset", "2"]):
        assert "course start" in course(*words, code=1)


def fill_in(notebook, exercise, body):
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = next(c for c in content["cells"] if c["metadata"].get("exercise") == exercise)
    cell["source"] = "".join(cell["source"]).partition("    # YOUR CODE HERE")[0] + body
    notebook.write_text(json.dumps(content), encoding="utf-8")


def test_a_student_starts_solves_checks_and_begins_again(course, tmp_path):
    said = course("start", "--lay-out-only")
    mine = tmp_path / "convolution-course"
    assert f"{len(PROJECT.lesson_names())} notebooks added" in said
    assert {path.name for path in mine.iterdir()} == {"notebooks", MARKER}
    notebook = Project(mine).notebooks / f"{NAME}.ipynb"
    handed_out = notebook.read_bytes()
    fill_in(notebook, "output_size", RIGHT)
    fill_in(notebook, "pad2d", "    return x")
    said = course("check", "2", folder=mine, code=1)
    assert re.search(r"output_size +right", said)
    assert re.search(r"pad2d +wrong +\w+", said)
    assert re.search(r"correlate2d_strided +not attempted", said)
    row = next(x for x in course("progress", folder=mine).splitlines() if x.startswith(NAME))
    assert "1 of 3" in row
    assert "2 of 7" in row
    assert "is fresh" in course("reset", "2", folder=mine)
    assert notebook.read_bytes() == handed_out
    assert "0 notebooks added" in course("start", "convolution-course", "--lay-out-only")


def test_a_check_in_a_notebook_is_remembered(place, course, tmp_path):
    course("start", "mine", "--lay-out-only")
    program = (
        "from course.checks import check\n"
        "def dot_product(a, b): return (a * b).sum()\n"
        "check.dot_product(dot_product)\n"
    )
    where = tmp_path / "mine" / "notebooks"
    command = [place / SCRIPTS / "python", "-c", program]
    ran = subprocess.run(command, cwd=where, env=environment(place), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "1 of 1" in course("progress", folder=where)


def test_jupyterlab_opens_on_the_first_notebook(place, tmp_path):
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [place / SCRIPTS / "course", "start", "mine", "--no-browser", f"--port={port}"]
    server = subprocess.Popen(
        command, cwd=tmp_path, env=environment(place), stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        lines = (re.search(r"http://\S+", line) for line in server.stdout)
        address = next(found.group() for found in lines if found)
        assert "/lab/tree/notebooks/00_start_here.ipynb?token=" in address
        with urllib.request.urlopen(address, timeout=30) as page:
            assert page.status == 200
            assert "JupyterLab" in page.read().decode("utf-8")
        contents = address.replace("/lab/tree/", "/api/contents/")
        with urllib.request.urlopen(contents, timeout=30) as page:
            assert json.load(page)["type"] == "notebook"
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_a_wheel_is_not_built_from_a_notebook_with_an_answer(tmp_path):
    for name in ("course", "notebooks"):
        shutil.copytree(PROJECT.root / name, tmp_path / name)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(PROJECT.root / name, tmp_path)
    fill_in(tmp_path / "notebooks" / f"{NAME}.ipynb", "output_size", RIGHT)
    with pytest.raises(Exception, match="has an answer to output_size"):
        build_wheel(tmp_path, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="grading is for Linux")
def test_an_instructor_grades_without_a_checkout(kind, place, course, tmp_path):
    if kind == "students":
        pytest.skip("students get no grading")
    installs = [place / SCRIPTS / "python", "-m", "pip", "install", "-q"]
    extra = [*installs, "convolution-course[instructor]"]  # pip finds the course installed
    subprocess.run(extra, check=True, env=environment(place))
    notebook = tmp_path / "in" / "ann" / f"{NAME}.ipynb"
    notebook.parent.mkdir(parents=True)
    shutil.copy(PROJECT.notebooks / notebook.name, notebook)
    fill_in(notebook, "output_size", RIGHT)
    course("grade", "in", "-o", "out", "--no-sandbox")
    rows = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()
    states = {row.split(",")[3]: row.split(",")[4] for row in rows[1:]}
    assert states["output_size"] == "right"
    assert states["pad2d"] == "not attempted"
