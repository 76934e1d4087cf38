"""A whole class, marked by `course grade`: stopped, killed and begun again."""

import csv
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from filelock import FileLock

from course import cli
from course.checks import EXERCISES
from course.grading import batch, command
from course.grading.batch import Batch, Options
from course.grading.results import FAILED, SubmissionResult
from course.grading.sandbox.bubblewrap import require_sandbox
from course.grading.store import Store
from course.grading.submissions.roster import Student
from course.grading.workers import local
from course.project import CourseError
from course.running.judging import cases_of

from .conftest import PROJECT
from .hostile import ATTACKS, RIGHT
from .notebooks import LESSON, notebook

slow = pytest.mark.slow
pytestmark = pytest.mark.xdist_group("sandbox")


def hand_in(root, student, **changed):
    path = root / student / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook(*(RIGHT | changed).items()))


@pytest.fixture
def class_of_six(tmp_path):
    root = tmp_path / "in"
    hand_in(root, "ann")
    hand_in(root, "Zoë Åström", pad2d="def pad2d(x, padding):\n    return x")
    hand_in(root, "李明", pad2d=ATTACKS["os._exit"][0])
    hand_in(root, "mallory", pad2d=ATTACKS["daemon that stays"][0])
    (root / "bob").mkdir()
    (root / "bob" / f"{LESSON}.ipynb").write_bytes(b"{")
    (root / "dan").mkdir()
    (root / "dan" / f"{LESSON}.ipynb").touch()
    os.truncate(root / "dan" / f"{LESSON}.ipynb", 200_000_000)
    (tmp_path / "roster.csv").write_text("name\nann\nbob\ndan\nEve\nmallory\n李明\nZoe Astrom\n")
    return tmp_path


def table(out):
    with (out / "grades.csv").open(encoding="utf-8-sig") as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


def grade(place, *words):
    roster = ["--roster", str(place / "roster.csv")]
    arguments = ["grade", str(place / "in"), "-o", str(place / "out"), *roster, *words]
    return CliRunner().invoke(cli.main, arguments)


@slow
def test_a_class_is_marked_and_every_state_is_told_apart(sandbox, class_of_six):
    answered = grade(class_of_six)
    assert answered.exit_code == 0, answered.output
    rows = table(class_of_six / "out")
    states = {student: row["state"] for (student, e), row in rows.items() if e == "pad2d"}
    assert states == {
        "ann": "right",
        "Zoe Astrom": "wrong",
        "李明": "crashed",
        "mallory": "held",
        "bob": "unreadable",
        "dan": "unreadable",
        "Eve": "not submitted",
    }
    points = {student: row["points"] for (student, e), row in rows.items() if e == "pad2d"}
    assert points["ann"] == "2"
    assert points["Zoe Astrom"] == "0"
    assert {points[s] for s in ("李明", "mallory", "bob", "dan", "Eve")} == {""}
    others = {s: row["points"] for (s, e), row in rows.items() if e == "output_size"}
    assert {others[s] for s in ("ann", "Zoe Astrom", "李明", "mallory")} == {"2"}
    assert "200 MB" in rows["dan", "pad2d"]["notes"]
    assert {row["sandbox"] for row in rows.values()} == {"yes"}


@slow
def test_a_second_run_marks_only_what_has_changed(sandbox, class_of_six):
    grade(class_of_six)
    before = table(class_of_six / "out")
    again = grade(class_of_six)
    assert "0 marked now" in again.output
    assert "6 had been marked before" in again.output
    assert table(class_of_six / "out") == before
    hand_in(class_of_six / "in", "Zoë Åström")
    shutil.rmtree(class_of_six / "in" / "ann")
    changed = grade(class_of_six)
    assert "1 marked now" in changed.output
    rows = table(class_of_six / "out")
    assert rows["Zoe Astrom", "pad2d"]["state"] == "right"
    assert rows["ann", "pad2d"]["state"] == "not submitted"
    allowed = grade(class_of_six, "--allow", "os")
    assert "4 marked now" in allowed.output
    assert table(class_of_six / "out")["mallory", "pad2d"]["state"] != "held"


@slow
def test_no_report_shows_a_hidden_input_or_the_reference(sandbox, tmp_path):
    """Not even where an answer puts its argument into the words of an exception."""
    wrong = {
        "pad2d": "def pad2d(x, padding):\n    return x",
        "correlate2d_strided": "def correlate2d_strided(x, *a, **k):\n    return np.zeros((1, 1))",
    }
    tell = "\n    if (x != x.round()).any():\n        raise ValueError(f'{x.tolist()} or {x}')\n"
    hand_in(tmp_path / "in", "ann", **wrong)
    peeping = RIGHT["pad2d"].replace("):", f"):{tell}", 1)
    hand_in(tmp_path / "in", "peeper", **wrong | {"pad2d": peeping})
    (tmp_path / "roster.csv").write_text("name\nann\npeeper\n")
    assert grade(tmp_path).exit_code == 0
    rows = table(tmp_path / "out")
    assert "ValueError: [" in rows["peeper", "pad2d"]["what"]
    reports = [p for p in (tmp_path / "out").rglob("*") if p.suffix in (".html", ".csv", ".json")]
    text = "".join(
        path.read_text(encoding="utf-8") for path in [*reports, tmp_path / "out/junit.xml"]
    )
    seed = Store(tmp_path / "out" / batch.STORE).get("seed")
    for case in (case for name in wrong for case in cases_of(name, seed)[0]):
        numbers = np.concatenate([np.ravel(v) for v in case.arguments.values()]).tolist()
        assert not [n for n in numbers if n != int(n) and f"{abs(n):.8f}"[:6] in text]
    reference = inspect.getsource(EXERCISES["correlate2d_strided"].reference).splitlines()[1:]
    assert not [line for line in reference if len(line) > 40 and line.strip() in text]
    assert seed not in text


@slow
def test_a_daemon_that_writes_to_the_results_writes_to_nothing(sandbox, class_of_six):
    out = class_of_six / "out"
    forged = [str(out / name) for name in (batch.STORE, "grades.csv", "canvas.csv")]
    daemon = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        until = time.time() + 60
        while time.time() < until:
            for path in {forged!r}:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                open(path, "w").write("mallory gets everything")
            time.sleep(0.05)
    os._exit(0)
time.sleep(0.5)
"""
    hand_in(class_of_six / "in", "mallory", pad2d=daemon + RIGHT["pad2d"])
    assert grade(class_of_six).exit_code == 0
    rows = table(out)
    assert (rows["mallory", "pad2d"]["state"], rows["mallory", "pad2d"]["points"]) == ("held", "")
    assert {rows["ann", name]["points"] for name in ("output_size", "pad2d")} == {"2"}
    assert Store(out / batch.STORE).fingerprints().keys() >= {("ann", LESSON)}
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    time.sleep(0.5)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    assert not [p for p in before if b"mallory gets" in before[p] and p.suffix == ".csv"]
    assert daemons() == []


def daemons():
    """Processes of kernels whose grader has gone."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        found += [place.name] if b"course_inside" in words and parent == 1 else []
    return found


def start(place, count):
    for k in range(count):
        hand_in(place / "in", f"student{k}", pad2d=RIGHT["pad2d"] + f"# {k}")
    words = ["grade", str(place / "in"), "-o", str(place / "out"), "--workers", "2"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT.root)}
    return subprocess.Popen(
        [sys.executable, "-m", "course", *words],
        cwd=PROJECT.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # what was started in the background would not hear Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for_results(running, out, least):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if (out / batch.STORE).exists():
            with closing(Store(out / batch.STORE)) as store:
                if len(found := store.results()) >= least:
                    return len(found)
        assert running.poll() is None, running.stdout.read()
        time.sleep(0.05)
    raise TimeoutError


def ours(place):
    """Processes that belong to a run: workers and sandboxes whose parent was in this place."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"course.grading.workers.process" in words and str(place).encode() in environment:
            found.append(folder.name)
    return found


@slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda s: s.name)
def test_stopped_in_the_middle_it_goes_on_and_gives_the_same_grades(sandbox, tmp_path, how):
    running = start(tmp_path, 12)
    done = wait_for_results(running, tmp_path / "out", 3)
    running.send_signal(how)
    said, _ = running.communicate(timeout=60)
    assert done < 12
    if how is signal.SIGINT:
        assert running.returncode == 1
        assert "goes on from here" in said
        assert "Traceback" not in said
    kept = len(Store(tmp_path / "out" / batch.STORE).results())
    assert kept >= done
    again = CliRunner().invoke(
        cli.main, ["grade", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    )
    assert f"{12 - kept} marked now" in again.output
    store = Store(tmp_path / "out" / batch.STORE)
    assert {r.points for r in store.results()} == {7}
    times = store.database.execute("SELECT max(times_marked) FROM submissions").fetchone()
    assert times == (1,), "nothing is graded twice"


@slow
def test_nothing_is_left_of_a_run_that_was_killed(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    running = start(tmp_path, 8)
    wait_for_results(running, tmp_path / "out", 1)
    running.kill()
    running.communicate()
    until = time.monotonic() + 60
    while (ours(tmp_path) or list((tmp_path / "t").glob("cg-*"))) and time.monotonic() < until:
        time.sleep(0.2)
    assert not ours(tmp_path)
    assert not list((tmp_path / "t").glob("cg-*"))


@slow
def test_a_worker_that_is_lost_costs_nothing(sandbox, tmp_path):
    for k in range(4):
        hand_in(tmp_path / "in", f"student{k}")
    killed = []
    whole = local.Worker._line

    def line(self, process, seconds):
        if not killed:
            killed.append(process.pid)
            process.kill()
        return whole(self, process, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local.Worker, "_line", line)
        run = Batch(PROJECT, tmp_path / "in", tmp_path / "out", Options(workers=1))
        run.run(lambda total: None, lambda result: None)
    assert killed
    assert {r.points for r in Store(tmp_path / "out" / batch.STORE).results()} == {7}


def test_a_failure_of_the_grader_is_no_result_and_is_tried_again(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ann")
    monkeypatch.setattr(batch, "require_sandbox", lambda: None)

    def fails(jobs, settings, count):
        for job in jobs:
            yield SubmissionResult(job().student, job().lesson, FAILED, "lightning")

    monkeypatch.setattr(batch, "mark_here", fails)
    for _ in range(2):
        run = Batch(PROJECT, tmp_path / "in", tmp_path / "out", Options())
        run.run(lambda total: None, lambda result: None)
        assert run.total == 1
    [result] = Store(tmp_path / "out" / batch.STORE).results()
    assert (result.state, result.is_final) == (FAILED, False)


@slow
def test_without_a_sandbox_every_report_says_so(tmp_path):
    hand_in(tmp_path / "in", "ann")
    words = ["grade", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--no-sandbox"]
    answered = CliRunner().invoke(cli.main, words)
    assert answered.exit_code == 0, answered.output
    assert command.NO_SANDBOX in answered.output
    out = tmp_path / "out"
    for page in (out / "class.html", out / "feedback" / "ann.html"):
        assert "Marked without a sandbox" in page.read_text(encoding="utf-8")
    assert "NO SANDBOX" in (out / "grades.csv").read_text(encoding="utf-8-sig")
    [report] = (out / "gradescope").rglob("results.json")
    assert "without a sandbox" in json.loads(report.read_text(encoding="utf-8"))["output"]
    assert "without a sandbox" in (out / "junit.xml").read_text(encoding="utf-8")
    assert {p.name for p in out.glob("*.csv")} == {
        *("grades.csv", "canvas-NO-SANDBOX.csv", "moodle-NO-SANDBOX.csv"),
        "blackboard-NO-SANDBOX.csv",
    }


def test_without_bubblewrap_grading_refuses_and_says_what_to_do(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ann")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="apt install bubblewrap") as refused:
        require_sandbox()
    assert "--no-sandbox" in str(refused.value)
    words = ["grade", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    answered = CliRunner().invoke(cli.main, words)
    assert answered.exit_code == 1
    assert "Grading needs bubblewrap" in answered.output
    assert not (tmp_path / "out").exists()


def test_a_bubblewrap_that_cannot_run_is_explained(tmp_path, monkeypatch):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho setting up uid map: Permission denied >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(CourseError, match="uid map: Permission denied"):
        require_sandbox()


def test_nothing_to_grade_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "require_sandbox", lambda: None)
    for words in ([str(tmp_path / "none")], [str(tmp_path)]):
        answered = CliRunner().invoke(cli.main, ["grade", *words, "-o", str(tmp_path / "out")])
        assert answered.exit_code == 1
        assert "nothing at" in answered.output or "holds no notebook" in answered.output


def test_a_new_store_may_be_opened_by_several_at_once(tmp_path):
    together = threading.Barrier(4)

    def open_and_write(folder):
        together.wait()
        with closing(Store(folder / batch.STORE)) as store:
            store.put("seed", "1")

    with ThreadPoolExecutor(4) as pool:
        for k in range(10):
            (folder := tmp_path / str(k)).mkdir()
            list(pool.map(open_and_write, [folder] * 4))


def test_two_runs_with_the_same_results_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "require_sandbox", lambda: None)
    hand_in(tmp_path / "in", "ann")
    words = ["grade", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / batch.LOCK):
        answered = CliRunner().invoke(cli.main, words)
    assert answered.exit_code == 1
    assert "Another course grade is at work" in answered.output
    assert not (tmp_path / "out" / batch.STORE).exists()


def test_students_who_are_gone_are_forgotten(tmp_path):
    with closing(Store(tmp_path / batch.STORE)) as store:
        store.put_students([Student("typo"), Student("ann")])
        store.put_students([Student("ann")])
        assert [s.key for s in store.students()] == ["ann"]


@pytest.mark.parametrize("words", [("--workers", "0"), ("--workers", "-1"), ("--seconds", "0")])
def test_no_worker_and_no_time_are_refused(tmp_path, words):
    answered = CliRunner().invoke(cli.main, ["grade", str(tmp_path), "-o", "out", *words])
    assert answered.exit_code == 2
    assert "is not in the range" in answered.output


def test_a_file_that_is_no_store_is_explained(tmp_path):
    (tmp_path / "results.sqlite").write_bytes(b"no database at all, but rather long" * 100)
    with pytest.raises(CourseError, match="holds no results"):
        Store(tmp_path / "results.sqlite")
