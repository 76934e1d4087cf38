"""What the checks remember from one kernel to the next."""

import json
from datetime import datetime

import pytest

from course.checks import EXERCISES
from course.checks.self_check import Check
from course.log import Log, Reached, append, log_of, own_log, reached
from course.project import Project

MORNING, EVENING = datetime(2027, 1, 2, 9, 4), datetime(2027, 1, 2, 20, 15)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A student's folder, as a kernel outside pytest sees it."""
    for folder in ("notebooks", "solutions", "course"):
        (tmp_path / folder).mkdir()
    Project(tmp_path).mark()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.delenv("PYTEST_VERSION", raising=False)
    monkeypatch.delenv("COURSE_LOG", raising=False)
    return Project(tmp_path)


def check_correlate2d(without: str = "") -> None:
    """Checks the lesson's answer, perhaps without a part of it, in a kernel of its own."""
    solution = EXERCISES["correlate2d"].solutions[0]
    answer = solution.answer(solution.text.replace(without, ""), "correlate2d")
    answer.__module__ = "__main__"
    Check().correlate2d(answer)


def test_the_last_verdict_counts_and_an_earlier_right_one_is_not_forgotten(project):
    path = log_of(project)
    append(path, {"im2col": "right", "col2im": "wrong"}, MORNING)
    append(path, {"im2col": "wrong", "col2im": "right"}, EVENING)
    assert reached(path) == {
        "im2col": Reached("wrong", "2027-01-02 20:15", right_before=True),
        "col2im": Reached("right", "2027-01-02 20:15", right_before=False),
    }
    append(path, {"im2col": "wrong"}, EVENING)
    assert reached(path)["im2col"].in_words() == "wrong, but right before"
    append(path, {"im2col": "right"}, EVENING)
    assert reached(path)["im2col"].is_right()
    assert not reached(path)["im2col"].right_before


def test_the_log_is_only_added_to_and_damaged_lines_are_passed_over(project):
    path = log_of(project)
    append(path, {"pad2d": "right"}, MORNING)
    before = path.read_text(encoding="utf-8")
    path.write_text(before + '{"exercise": "im2c\n[]\n{"other": 1}\n', encoding="utf-8")
    append(path, {"col2im": "wrong"}, EVENING)
    assert path.read_text(encoding="utf-8").startswith(before)
    assert set(reached(path)) == {"pad2d", "col2im"}


def test_a_check_in_a_students_notebook_is_remembered_by_the_next_kernel(project, capsys):
    check_correlate2d()
    Check().progress("01")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["correlate2d  4 of 4  right", "together     4 of 4"]
    [line] = log_of(project).read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["exercise"] == "correlate2d"
    with pytest.raises(AssertionError):
        check_correlate2d("+ b")
    Check().progress("01")
    assert "correlate2d  0 of 4  wrong, but right before\n" in capsys.readouterr().out


def test_what_a_lesson_shows_off_is_not_logged(project):
    with pytest.raises(AssertionError):
        Check().correlate2d(lambda x, w, b=0.0: x)
    assert not log_of(project).exists()


@pytest.mark.parametrize(
    ("variable", "value"), [("COURSE_LOG", "off"), ("PYTEST_VERSION", "9.1"), (None, None)]
)
def test_builds_tests_and_solved_notebooks_log_nothing(project, monkeypatch, variable, value):
    assert own_log() == log_of(project)
    if variable:
        monkeypatch.setenv(variable, value)
    else:
        monkeypatch.chdir(project.solutions)
    assert own_log() is None
    check_correlate2d()
    assert not project.records.exists()


def test_without_a_file_a_kernel_remembers_its_own_verdicts(project, monkeypatch):
    monkeypatch.setenv("COURSE_LOG", "off")
    log = Log()
    log.add("pad2d", "right", MORNING)
    log.add("pad2d", "wrong", EVENING)
    assert log.reached() == {"pad2d": Reached("wrong", "2027-01-02 20:15", right_before=True)}
    assert Log().reached() == {}


def test_a_folder_that_cannot_be_written_to_stops_no_check(project):
    project.records.write_text("a file where the folder would be", encoding="utf-8")
    check_correlate2d()
