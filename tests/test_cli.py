"""The `course` command: what it prints, and what it answers to wrong words."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from course import cli, lab
from course.authoring import solved
from course.checks import EXERCISES
from course.log import log_of, reached
from course.progress import own_check
from course.progress.own_check import LessonResult, Result
from course.project import Project, find_project

ROOT = find_project(Path(__file__).parent).root


@pytest.fixture
def project(tmp_path, monkeypatch):
    for folder in ("course", "lessons", "notebooks", "site", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    copied = Project(tmp_path)
    copied.mark()
    monkeypatch.chdir(tmp_path)
    return copied


def course(*words):
    return CliRunner().invoke(cli.main, words)


@pytest.mark.parametrize("word", ["3", "03", "im2col", "03_im2col", "notebooks/03_im2col.ipynb"])
def test_a_lesson_has_many_names(project, word):
    assert project.choose([word]) == ["03_im2col"]


def test_no_name_means_every_lesson_in_order(project):
    assert project.choose([]) == project.lesson_names() == sorted(project.lesson_names())
    assert project.choose(["4", "1", "04"]) == project.choose(["1", "4"])


@pytest.mark.parametrize("command", ["check", "build", "reset", "lab"])
@pytest.mark.parametrize(("word", "meant"), [("99", ""), ("im2cool", "Did you mean im2col?")])
def test_an_unknown_lesson_is_answered_with_the_known_ones(project, command, word, meant):
    result = course(command, word)
    assert result.exit_code == 1
    assert f"There is no lesson '{word}'" in result.output
    assert meant in result.output
    assert "03_im2col" in result.output
    assert "Traceback" not in result.output


def test_the_command_works_from_a_folder_inside(project, monkeypatch):
    monkeypatch.chdir(project.root / "notebooks")
    assert find_project() == project
    assert course("progress").exit_code == 0


def test_progress_counts_the_points_of_right_exercises(project, monkeypatch):
    results = {
        "02_stride_padding_size": {"output_size": Result("right"), "pad2d": Result("wrong", "why")},
        "01_convolution_by_hand": {"correlate2d": Result("right")},
    }

    def checked(project, name, cell_seconds):
        return LessonResult(results[name])

    monkeypatch.setattr(own_check, "check_lesson", checked)
    before = course("progress")
    assert "Nothing has been checked yet" in before.output
    result = course("check", "1", "2")
    assert result.exit_code == 1
    assert "pad2d                        wrong          why" in result.output
    after = course("progress").output
    rows = {line.split()[0]: " ".join(line.split()) for line in after.splitlines() if line}
    assert "1 of 1 4 of 4" in rows["01_convolution_by_hand"]
    assert "1 of 3 2 of 7" in rows["02_stride_padding_size"]
    assert "0 of 2 0 of 10 not yet" in rows["03_im2col"]
    assert rows["together"] == f"together 6 of {sum(e.points for e in EXERCISES.values())}"


def test_progress_says_what_is_no_longer_right(project, monkeypatch):
    for state in ("right", "wrong"):
        result = LessonResult({"correlate2d": Result(state)})
        monkeypatch.setattr(own_check, "check_lesson", lambda *arguments, r=result: r)
        course("check", "1")
    shown = course("progress").output
    row = next(line for line in shown.splitlines() if line.startswith("01_"))
    assert "0 of 1" in row
    assert "0 of 4" in row
    assert "Right before, and not at the last check: correlate2d" in shown


@pytest.mark.parametrize(
    ("result", "exit_code"),
    [
        (LessonResult({"correlate2d": Result("right")}), 0),
        (LessonResult({"correlate2d": Result("not attempted")}), 1),
        (LessonResult({"correlate2d": Result("right")}, ["cell 5 (y = conv(x)): NameError"]), 1),
        (LessonResult({"correlate2d": Result("not run")}, broken="no notebook"), 1),
    ],
)
def test_the_exit_code_is_0_only_when_all_is_right(project, monkeypatch, result, exit_code):
    monkeypatch.setattr(own_check, "check_lesson", lambda *arguments: result)
    answered = course("check", "1")
    assert answered.exit_code == exit_code
    for word in (*result.failures, result.broken):
        assert word in answered.output


def test_solutions_do_not_count_as_the_students_progress(project, monkeypatch):
    right = LessonResult({"correlate2d": Result("right")})
    monkeypatch.setattr(solved, "check_solution", lambda *arguments: right)
    assert course("check", "1", "--solutions").exit_code == 0
    assert reached(log_of(project)) == {}


def test_reset_says_where_the_old_notebook_is(project):
    result = course("reset", "3")
    assert result.exit_code == 0
    assert "notebooks/03_im2col.ipynb is fresh." in result.output
    [kept] = project.notebooks.glob("old.03_im2col.*.ipynb")
    assert kept.name in result.output


@pytest.mark.slow
def test_build_check_fails_and_names_the_cell(project):
    assert course("build", "--check").exit_code == 0
    path = project.notebooks / "01_convolution_by_hand.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("One window", "One w1ndow"), "utf-8")
    result = course("build", "--check")
    assert result.exit_code == 1
    said = r"notebooks/01_convolution_by_hand\.ipynb: cell \d+ \(markdown-\w+\) differs in source"
    assert re.search(said, result.output)


@pytest.mark.parametrize(
    ("words", "lesson", "options"),
    [
        ([], "00_start_here", ()),
        (["--no-browser"], "00_start_here", ("--no-browser",)),
        (["3", "--no-browser", "--port=9999"], "03_im2col", ("--no-browser", "--port=9999")),
    ],
)
def test_lab_opens_a_lesson_and_passes_options_on(project, monkeypatch, words, lesson, options):
    calls = []

    def started(project, name, options, announce):
        calls.append((name, options))
        announce("http://localhost:1/lab")
        return 0

    monkeypatch.setattr(lab, "start_lab", started)
    result = course("lab", *words)
    assert calls == [(lesson, options)]
    assert "http://localhost:1/lab" in result.output


def test_help_names_every_command():
    text = course("--help").output
    for name in ("build", "check", "lab", "progress", "reset"):
        assert f"  {name} " in text
