"""A whole class, marked by `course grade`: stopped, killed and begun again."""

import csv
import errno
import inspect
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from filelock import FileLock

from course import cli
from course.checks import EXERCISES
from course.grading import batch, command
from course.grading.batch import Batch, Options
from course.grading.marking import fingerprint
from course.grading.marking.fingerprint import digest_of_the_course
from course.grading.marking.marker import unmarked
from course.grading.results import FAILED, MARKED, SubmissionResult
from course.grading.sandbox.bubblewrap import require_sandbox
from course.grading.store import Store
from course.grading.submissions.roster import Student
from course.grading.workers import local
from course.project import CourseError
from course.running.judging import cases_of

from .conftest import PROJECT
from .hostile import ATTACKS, RIGHT
from .notebooks import LESSON, notebook

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sandbox")]
"""Every batch starts a process that opens what was handed in."""


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


def typed(place, *words, folder="in"):
    arguments = ["grade", str(place / folder), "-o", str(place / "out"), *words]
    return CliRunner().invoke(cli.main, arguments)


def grade(place, *words):
    return typed(place, "--roster", str(place / "roster.csv"), *words)


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
    assert rows["ann", "pad2d"]["state"] == "right", "what was graded is kept"
    assert "Zoe Astrom" in changed.output
    forgotten = grade(class_of_six, "--forget")
    assert "1 result forgotten" in forgotten.output
    assert table(class_of_six / "out")["ann", "pad2d"]["state"] == "not submitted"
    allowed = grade(class_of_six, "--allow", "os")
    assert "3 marked now" in allowed.output
    assert table(class_of_six / "out")["mallory", "pad2d"]["state"] != "held"


def test_no_report_shows_a_hidden_input_or_the_reference(sandbox, tmp_path):
    """Not even where an answer puts its argument into the words of an exception."""
    wrong = {
        "pad2d": "def pad2d(x, padding):\n    return x",
        "correlate2d_strided": "def correlate2d_strided(x, *a, **k):\n    return np.zeros((1, 1))",
    }
    words = "f'{x.tolist()} or {x} or {x.tobytes().hex()}'"
    tell = f"\n    if (x != x.round()).any():\n        raise ValueError({words})\n"
    hand_in(tmp_path / "in", "ann", **wrong)
    peeping = RIGHT["pad2d"].replace("):", f"):{tell}", 1)
    hand_in(tmp_path / "in", "peeper", **wrong | {"pad2d": peeping})
    (tmp_path / "roster.csv").write_text("name\nann\npeeper\n")
    assert grade(tmp_path).exit_code == 0
    rows = table(tmp_path / "out")
    assert "ValueError" in rows["peeper", "pad2d"]["what"]
    assert "[" not in rows["peeper", "pad2d"]["what"]
    reports = [p for p in (tmp_path / "out").rglob("*") if p.suffix in (".html", ".csv", ".json")]
    text = "".join(
        path.read_text(encoding="utf-8") for path in [*reports, tmp_path / "out/junit.xml"]
    )
    seed = Store(tmp_path / "out" / batch.STORE).get("seed")
    for case in (case for name in wrong for case in cases_of(name, seed)[0]):
        numbers = np.concatenate([np.ravel(v) for v in case.arguments.values()]).tolist()
        assert not [n for n in numbers if n != int(n) and f"{abs(n):.8f}"[:6] in text]
        arrays = [v for v in case.arguments.values() if isinstance(v, np.ndarray) and v.size > 1]
        assert not [a for a in arrays if a.any() and a.tobytes().hex()[:24] in text]
    reference = inspect.getsource(EXERCISES["correlate2d_strided"].reference).splitlines()[1:]
    assert not [line for line in reference if len(line) > 40 and line.strip() in text]
    assert seed not in text


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
        if b"course.grading.workers.local" in words and str(place).encode() in environment:
            found.append(folder.name)
    return found


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
    assert f"{12 - kept} marked now" in typed(tmp_path).output
    store = Store(tmp_path / "out" / batch.STORE)
    assert {r.points for r in store.results()} == {7}
    times = store.database.execute("SELECT count(*) FROM results").fetchone()
    assert times == (12,), "nothing is graded twice"


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


def test_a_worker_that_is_lost_costs_nothing(sandbox, tmp_path):
    for k in range(4):
        hand_in(tmp_path / "in", f"student{k}")
    killed = []
    begin = local.Worker._begin

    def begin_and_kill(self):
        begin(self)
        if not killed:
            killed.append(self._running[0][0].kill())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local.Worker, "_begin", begin_and_kill)
        run = Batch(tmp_path / "in", tmp_path / "out", Options(workers=1))
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
        run = Batch(tmp_path / "in", tmp_path / "out", Options())
        run.run(lambda total: None, lambda result: None)
        assert run.total == 1
    [result] = Store(tmp_path / "out" / batch.STORE).results()
    assert (result.state, result.is_final) == (FAILED, False)


def test_without_a_sandbox_every_report_says_so(tmp_path):
    hand_in(tmp_path / "in", "ann")
    answered = typed(tmp_path, "--no-sandbox")
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
        *("blackboard-NO-SANDBOX.csv", "decisions.csv", "incoming.csv"),
    }


def test_without_bubblewrap_grading_refuses_and_says_what_to_do(tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ann")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match="apt install bubblewrap") as refused:
        require_sandbox()
    assert "--no-sandbox" in str(refused.value)
    answered = typed(tmp_path)
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


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def raising(error):
    def raises(*_, **__):
        raise error

    return raises


def no_room(results):
    """What SQLite raises when it is to grow and cannot."""
    [pages] = results.database.execute("PRAGMA page_count").fetchone()
    results.database.execute(f"PRAGMA max_page_count = {pages}")


def test_a_disk_that_fills_up_ends_with_one_message_and_the_next_run_goes_on(quick, monkeypatch):
    for k in range(9):
        quick.hand_in(f"student{k}")
    whole = Store.save

    def save(self, result, *rest):
        if len(self.results()) == 3:
            no_room(self)
        whole(self, result, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save", save)
        stopped = typed(quick.place)
    assert stopped.exit_code == 1
    [line] = [line for line in stopped.output.splitlines() if "Error" in line]
    assert "The disk is full" in line
    assert "goes on from here" in line
    kept = len(Store(quick.place / "out" / batch.STORE).results())
    assert 3 <= kept < 9
    assert f"{9 - kept} marked now" in quick.grade()
    assert len({student for student, _ in quick.rows}) == 9


@pytest.mark.parametrize("name", ["pages", "tables"])
def test_a_disk_that_is_full_when_the_reports_are_written_costs_no_result(quick, monkeypatch, name):
    quick.hand_in("ann", "wrong pad2d")
    with monkeypatch.context() as patch:
        write = "write" if name == "pages" else "write_table"
        patch.setattr(f"course.grading.reports.{name}.{write}", raising(FULL))
        stopped = typed(quick.place)
    assert stopped.exit_code == 1
    assert "The disk is full" in stopped.output
    assert "0 marked now" in quick.grade()
    assert quick.rows["ann", "pad2d"]["points"] == "0"


def test_decisions_are_begun_wholly_or_not_at_all(quick, monkeypatch):
    """A file that a full disk has left empty would be complained about for ever."""
    quick.hand_in("ann")
    whole = Path.write_text

    def write_text(self, text, **how):
        if text == HEAD:
            self.touch()
            raise FULL
        return whole(self, text, **how)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", write_text)
        assert "No space left" in quick.grade()
    assert "not applied" not in quick.grade()
    assert (quick.place / "out" / "decisions.csv").read_text(encoding="utf-8-sig") == HEAD


def test_a_store_on_a_full_disk_is_not_taken_for_another_file(tmp_path, monkeypatch):
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    monkeypatch.setattr(Store, "_prepare", raising(full))
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        Store(tmp_path / batch.STORE)


def test_the_last_line_names_all_that_there_is_to_read(quick):
    quick.hand_in("ann")
    out = quick.place / "out"
    for words, place in (((), out), (("--anonymous",), out / "anonymous")):
        said = quick.grade(*words).replace("\n", " ")
        told = re.search(rf"In {re.escape(str(place))}: (.*)", said)[1].split(", ")
        assert "incoming.csv" in told[-1]
        for path in place.iterdir():
            if path.name not in (batch.STORE, batch.LOCK, "decisions.csv", "anonymous"):
                assert path.name in " ".join(told), path


def test_two_runs_with_the_same_results_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "require_sandbox", lambda: None)
    hand_in(tmp_path / "in", "ann")
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / batch.LOCK):
        answered = typed(tmp_path)
    assert answered.exit_code == 1
    assert "Another course grade is at work" in answered.output
    assert not (tmp_path / "out" / batch.STORE).exists()


def test_students_who_are_gone_are_forgotten(tmp_path):
    """But for those who have results."""
    with closing(Store(tmp_path / batch.STORE)) as store:
        store.put_students([Student("typo"), Student("ann"), Student("bob", {"email": "b@c.d"})])
        store.save(SubmissionResult("bob", LESSON, MARKED), "x", "1")
        store.put_students([Student("ann")])
        assert [s.key for s in store.students()] == ["ann", "bob"]
        store.put_students([Student("bob", {"login": "b"})])
        assert store.students() == [Student("bob", {"email": "b@c.d", "login": "b"})]


@pytest.mark.parametrize("words", [("--workers", "0"), ("--workers", "-1"), ("--seconds", "0")])
def test_no_worker_and_no_time_are_refused(tmp_path, words):
    answered = CliRunner().invoke(cli.main, ["grade", str(tmp_path), "-o", "out", *words])
    assert answered.exit_code == 2
    assert "is not in the range" in answered.output


def test_a_file_that_is_no_store_is_explained(tmp_path):
    (tmp_path / "results.sqlite").write_bytes(b"no database at all, but rather long" * 100)
    with pytest.raises(CourseError, match="holds no results"):
        Store(tmp_path / "results.sqlite")


# The ledger ------------------------------------------------------------------------------------

NINE = "09_the_convolution_layer"
HEAD = "student,lesson,exercise,points,excused,allow,comment\n"


def quick_marks(jobs, settings, count):
    """Right is what the notebook does not call wrong; no kernel is asked."""
    for job in (read() for read in jobs):
        result = unmarked(job.student, job.lesson, MARKED)
        for e in result.exercises:
            e.state, e.points = "right", float(e.most)
            e.answer = "# by Ann SMITH, with Bob and S4711\nx.max()"
            if f"wrong {e.exercise}".encode() in job.data:
                e.state, e.points = "wrong", 0.0
            if f"held {e.exercise}".encode() in job.data:
                e.state, e.points, e.would_be, e.suspicions = "held", None, float(e.most), ["os"]
        yield result


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Hands in what a student answers, and grades it without kernels."""
    monkeypatch.setattr(batch, "require_sandbox", lambda: None)
    monkeypatch.setattr(batch, "mark_here", quick_marks)

    class Quick:
        place = tmp_path

        def hand_in(self, student, words="", lesson=LESSON, folder="in"):
            path = tmp_path / folder / student / f"{lesson}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(notebook(("", f"# {words}")))

        def grade(self, *words, folder="in"):
            answered = typed(tmp_path, *words, folder=folder)
            assert answered.exit_code == 0, answered.output
            return answered.output

        def decide(self, *rows):
            (tmp_path / "out").mkdir(exist_ok=True)
            text = HEAD + "".join(f"{row}\n" for row in rows)
            (tmp_path / "out" / "decisions.csv").write_text(text, encoding="utf-8")

        @property
        def rows(self):
            return table(tmp_path / "out")

    return Quick()


def test_another_week_in_the_same_folder_keeps_the_week_before(quick):
    quick.hand_in("ann", "wrong pad2d")
    quick.grade()
    quick.hand_in("bob", lesson=NINE, folder="week9")
    quick.grade(folder="week9")
    assert quick.rows["ann", "pad2d"]["state"] == "wrong"
    assert quick.rows["bob", "Conv2d"]["state"] == "right"
    assert quick.rows["ann", "Conv2d"]["state"] == "not submitted"
    quick.hand_in("ann", lesson=NINE)
    quick.grade("--lesson", "9")
    assert quick.rows["ann", "pad2d"]["state"] == "wrong"
    assert quick.rows["ann", "Conv2d"]["state"] == "right"


def test_forget_drops_what_is_no_longer_there_of_the_lessons_that_are_graded(quick):
    for student in ("ann", "bob"):
        for lesson in (LESSON, NINE):
            quick.hand_in(student, lesson=lesson)
    quick.grade()
    shutil.rmtree(quick.place / "in" / "bob")
    assert "forgotten" not in quick.grade()
    assert "1 result forgotten" in quick.grade("--lesson", "9", "--forget")
    states = {e: quick.rows["bob", e]["state"] for e in ("pad2d", "Conv2d")}
    assert states == {"pad2d": "right", "Conv2d": "not submitted"}


def test_one_student_is_marked_anew_or_all_with_new_inputs(quick):
    for student in ("ann", "bob"):
        quick.hand_in(student)
    quick.grade()
    seed = Store(quick.place / "out" / batch.STORE).get("seed")
    assert "1 marked now" in quick.grade("--again", "ann")
    store = Store(quick.place / "out" / batch.STORE)
    assert store.get("seed") == seed, "with the inputs that the others have had"
    runs = store.database.execute("SELECT student, run FROM results ORDER BY 1, 2").fetchall()
    assert runs == [("ann", 1), ("ann", 2), ("bob", 1)], "the ledger has both"
    assert "2 marked now" in quick.grade("--again", "all")
    assert store.get("seed") != seed
    answered = typed(quick.place, "--again", "anm")
    assert answered.exit_code == 1
    assert "'ann'" in answered.output


def test_a_run_says_what_has_changed_since_the_last(quick):
    quick.hand_in("ann", "wrong pad2d")
    quick.hand_in("bob\x1b[31m")
    assert "->" not in quick.grade()
    quick.hand_in("ann", "held output_size")
    said = quick.grade()
    assert f"ann, {LESSON}, pad2d: 0 -> 2" in said
    assert f"ann, {LESSON}, output_size: 2 -> not decided" in said
    assert quick.rows["ann", "pad2d"]["before"] == "0"
    quick.decide(f"ann,{LESSON},output_size,1,,,half")
    assert f"ann, {LESSON}, output_size: not decided -> 1" in quick.grade()
    [bob] = {student for student, _ in quick.rows} - {"ann"}
    quick.decide(f"{bob},2,all,0,,,copied", f"ann,{LESSON},output_size,1,,,half")
    said = quick.grade()
    assert "pad2d: 2 -> 0" in said
    assert "\x1b" not in said
    assert "->" not in quick.grade()
    assert quick.rows["ann", "pad2d"]["before"] == ""


def test_an_older_store_is_taken_over(quick):
    quick.hand_in("ann")
    quick.grade()
    path = quick.place / "out" / batch.STORE
    with closing(Store(path)) as store:
        [result] = store.results()
        seed = store.get("seed")
    path.unlink()
    old = asdict(result)
    for name in ("seed", "handed_in"):
        old.pop(name)
    for e in old["exercises"]:
        e.pop("failing")
    with closing(sqlite3.connect(path)) as older:
        older.executescript(
            """
            CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
            CREATE TABLE students (student TEXT PRIMARY KEY, fields TEXT NOT NULL);
            CREATE TABLE submissions (student TEXT, lesson TEXT, file TEXT, fingerprint TEXT,
                state TEXT, points REAL, most REAL, result TEXT, times_marked INTEGER,
                PRIMARY KEY (student, lesson));
            CREATE TABLE exercises (student TEXT, lesson TEXT, exercise TEXT);
            PRAGMA user_version = 1;
            """
        )
        older.execute("INSERT INTO run VALUES ('seed', ?)", (seed,))
        older.execute("INSERT INTO students VALUES ('ann', '{}')")
        rows = [("ann", "marked"), ("eve", "not submitted")]
        for student, state in rows:
            kept = json.dumps(old | {"student": student, "state": state})
            values = (student, LESSON, "f", "d", state, 7.0, 7.0, kept, 1)
            older.execute("INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        older.commit()
    with closing(Store(path)) as store:
        [taken] = store.results()
    assert (taken.student, taken.points, taken.seed) == ("ann", 7, seed)
    quick.hand_in("bob", lesson=NINE, folder="week9")
    quick.grade(folder="week9")
    assert quick.rows["ann", "pad2d"]["state"] == "right"


def test_a_store_of_a_newer_course_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / batch.STORE)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(CourseError, match="newer"):
        Store(tmp_path / batch.STORE)


@pytest.fixture
def digest(tmp_path):
    """Digests of a copy of the course in which a place has been changed."""
    shutil.copytree(PROJECT.root / "course", tmp_path / "course")
    for folder in ("notebooks", "solutions"):
        shutil.copytree(PROJECT.root / folder, tmp_path / folder)

    def changed(file, old, new, lesson=LESSON):
        path = tmp_path / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        digest_of_the_course.cache_clear()
        found = digest_of_the_course(lesson, tmp_path)
        path.write_text(text, encoding="utf-8")
        return found

    yield changed
    digest_of_the_course.cache_clear()


def test_a_fingerprint_changes_with_all_that_can_change_a_verdict_and_with_nothing_else(
    digest, monkeypatch
):
    same = digest("course/examples.py", "TOY_B = 5", "TOY_B = 5")
    for file, old, new in [
        ("course/examples.py", "TOY_B = 5", "TOY_B = 6"),
        ("course/running/judging.py", "int(100 *", "int(10 *"),
        ("course/running/inside/trial.py", "20_000", "10_000"),
        ("course/checks/verdict.py", "1e-9", "1e-8"),
        ("course/checks/exercises/lesson_02_stride_padding_size.py", "draw(9, 40)", "draw(9, 41)"),
        ("course/convolution/definition.py", "import numpy", "import math\nimport numpy"),
        ("course/grading/sandbox/bubblewrap.py", "--unshare-all", "--unshare-net"),
        ("course/grading/marking/telling.txt", "division by zero", "division by none"),
        (f"solutions/{LESSON}.ipynb", "def pad2d(x, padding)", "def pad2d(x, p)"),
    ]:
        assert digest(file, old, new) != same, file
    nine = f"course/checks/exercises/lesson_{NINE}.py"
    for file, old, new in [
        (nine, "import", "# !\nimport"),
        (nine, "from data", "import math\nfrom data"),
        ("course/checks/exercises/lesson_02_stride_padding_size.py", "Lesson 02", "Lesson two"),
        ("course/running/judging.py", "\n\n\ndef", "\n\n\n# a comment\ndef"),
        ("course/grading/reports/pages.py", "import", "import this\nimport"),
        ("course/convolution/transposed.py", "import numpy", "import math\nimport numpy"),
    ]:
        assert digest(file, old, new) == same, file
    assert digest("course/nn/relu.py", "import numpy", "import math\nimport numpy") == same
    twelve = "12_train_on_digits"
    before = digest("course/nn/relu.py", "import numpy", "import numpy", twelve)
    after = digest("course/nn/relu.py", "import numpy", "import math\nimport numpy", twelve)
    assert before != after, "a lesson after it may build on it"
    for module, name in ((fingerprint.np, "__version__"), (fingerprint.platform, "python_version")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, "9.9" if name[0] == "_" else lambda: "9.9")
            assert digest("course/examples.py", "TOY_B", "TOY_B") != same


# Decisions -------------------------------------------------------------------------------------


def test_decisions_are_begun_once_and_never_overwritten(quick):
    quick.hand_in("ann")
    quick.grade()
    path = quick.place / "out" / "decisions.csv"
    assert path.read_text(encoding="utf-8-sig") == HEAD
    path.write_text(HEAD + f"ann,{LESSON},pad2d,1,,,spelling\n", encoding="utf-8")
    kept = path.read_bytes()
    quick.grade("--again", "ann")
    assert path.read_bytes() == kept
    row = quick.rows["ann", "pad2d"]
    assert (row["state"], row["points"]) == ("decided", "1")
    assert "spelling" in row["notes"]
    out = quick.place / "out"
    assert "spelling" in (out / "feedback" / "ann.html").read_text(encoding="utf-8")
    assert ",6\n" in (out / "canvas.csv").read_text(encoding="utf-8-sig").replace("\r", "")
    assert ',"6"' in (out / "blackboard.csv").read_text(encoding="utf-8-sig")
    assert ",6" in (out / "moodle.csv").read_text(encoding="utf-8-sig")
    assert "spelling" in (out / "moodle-worksheets" / f"{LESSON}.csv").read_text(encoding="utf-8")
    report = json.loads((out / "gradescope" / LESSON / "ann" / "results.json").read_text("utf-8"))
    assert report["score"] == 6
    assert "decided" in (out / "junit.xml").read_text(encoding="utf-8")


def test_what_is_allowed_counts_and_what_is_excused_does_not(quick):
    quick.hand_in("ann", "held pad2d held output_size")
    quick.hand_in("bob", "wrong pad2d")
    quick.hand_in("eve", "wrong pad2d")
    quick.decide(
        "ann,2,all,,,os,",
        f"bob,{LESSON},pad2d,,yes,,ill",
        "eve,02,all,,yes,,",
    )
    quick.grade()
    assert (quick.rows["ann", "pad2d"]["state"], quick.rows["ann", "pad2d"]["points"]) == (
        *("right", "2"),
    )
    assert (quick.rows["bob", "pad2d"]["state"], quick.rows["bob", "pad2d"]["most"]) == (
        *("excused", "0"),
    )
    text = (quick.place / "out" / "canvas.csv").read_text(encoding="utf-8-sig")
    points = {line.split(",")[0]: line.split(",")[-1] for line in text.splitlines()[2:]}
    assert points == {"ann": "7", "bob": "7", "eve": "EX"}, "5 of 5 are 7 of 7"
    quick.decide()
    quick.grade()
    assert quick.rows["ann", "pad2d"]["state"] == "held", "what is taken back is taken back"


def test_who_handed_in_nothing_can_be_given_points(quick):
    quick.hand_in("ann")
    (quick.place / "roster.csv").write_text("name\nann\neve\n")
    quick.decide("eve,2,all,3.5,,,oral exam")
    quick.grade("--roster", str(quick.place / "roster.csv"))
    text = (quick.place / "out" / "canvas.csv").read_text(encoding="utf-8-sig")
    assert "eve,,,,,3.5" in text
    assert "oral exam" in quick.rows["eve", "pad2d"]["notes"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("anm,2,pad2d,1,,,", "Did you mean 'ann'"),
        ("ann,7,pad2d,1,,,", LESSON),
        ("ann,2,pad,1,,,", "output_size, pad2d, correlate2d_strided or all"),
        ("ann,2,pad2d,3,,,", "from 0 to 2"),
        ("ann,2,pad2d,nan,,,", "from 0 to 2"),
        ("ann,2,pad2d,one,,,", "from 0 to 2"),
        ("ann,2,pad2d,,perhaps,,", "yes or no"),
        ("ann,2,pad2d,1,yes,,", "points or excused"),
        ("ann,2,pad2d,,,,", "says nothing"),
        ("ann,2,output_size,,,so,", "held for os"),
        ("ann,2,pad2d,1,,,a,b", "7 columns"),
    ],
)
def test_a_bad_row_is_named_and_stops_nothing_else(quick, row, told):
    quick.hand_in("ann", "held output_size")
    quick.decide(row, '"ann",2,correlate2d_strided,"2,5",,,"in two\nlines"', row)
    said = quick.grade()
    assert quick.rows["ann", "correlate2d_strided"]["points"] == "2.5"
    assert quick.rows["ann", "pad2d"]["points"] == "2"
    complaints = [line for line in said.splitlines() if "decisions.csv" in line and told in line]
    assert ["line 2:" in complaints[0], "line 5:" in complaints[1]] == [True, True]


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + "ann,2,pad2d,1,,,José\n").replace(",", ";").encode("cp1252"),
        (HEAD + "ann,2,pad2d,1,,,José\n").replace(",", "\t").encode("utf-16"),
        ("\ufeff" + HEAD.upper() + "ann,2,pad2d,1,,,José\n").encode(),
        "student,lesson,exercise,points,comment\r\nann,2,pad2d,1,José\r\n".encode(),
    ],
)
def test_decisions_may_come_from_any_spreadsheet(quick, data):
    quick.hand_in("ann")
    quick.grade()
    (quick.place / "out" / "decisions.csv").write_bytes(data)
    quick.grade()
    assert quick.rows["ann", "pad2d"]["points"] == "1"
    assert "José" in quick.rows["ann", "pad2d"]["notes"]


def test_decisions_that_are_no_table_are_named_and_the_run_goes_on(quick):
    quick.hand_in("ann")
    quick.grade()
    for data in (b"", b"\x00\x01\x02" * 50, b"who,what\nann,2\n", b'"' + b"a" * 200_000):
        (quick.place / "out" / "decisions.csv").write_bytes(data)
        said = quick.grade()
        assert "student,lesson,exercise" in said
        assert quick.rows["ann", "pad2d"]["points"] == "2"


# When it was handed in, and by whom -------------------------------------------------------------


def test_when_it_was_handed_in_is_a_column(quick):
    folder = quick.place / "in"
    folder.mkdir()
    (folder / f"smithann_LATE_12_345_{LESSON}.ipynb").write_bytes(notebook(("", "")))
    (folder / f"jonesbob_13_346_{LESSON}.ipynb").write_bytes(notebook(("", "")))
    moodle = folder / "Eve Adams_77_assignsubmission_file_" / f"{LESSON}.ipynb"
    moodle.parent.mkdir()
    moodle.write_bytes(notebook(("", "")))
    when = time.mktime((2026, 3, 4, 23, 59, 0, 0, 0, -1))
    os.utime(moodle, (when, when))
    quick.grade()
    found = {student: row["handed in"] for (student, _), row in quick.rows.items()}
    assert found == {"smithann": "late", "jonesbob": "", "Eve Adams": "2026-03-04 23:59"}
    assert "late" in (quick.place / "out" / "class.html").read_text(encoding="utf-8")


def test_without_names_nobody_is_named(quick):
    for student in ("Ann Smith", "bob"):
        quick.hand_in(student, f"wrong pad2d by {student}")
    (quick.place / "roster.csv").write_text(
        "name,login,student id\nAnn Smith,asmith,S4711\nbob,bjones,S4712\nMax Eve,eve99,S4713\n"
    )
    roster = ("--roster", str(quick.place / "roster.csv"))
    quick.grade(*roster)
    quick.grade(*roster, "--anonymous")
    out = quick.place / "out"
    with (out / "anonymous-key.csv").open(encoding="utf-8-sig") as file:
        key = {row["student"]: row["called"] for row in csv.DictReader(file)}
    assert key.keys() == {"asmith", "bjones", "eve99"}
    assert len(set(key.values())) == 3
    written = [p for p in (out / "anonymous").rglob("*") if p.is_file()]
    assert {p.name for p in written} >= {"class.html", "grades.csv", "junit.xml", "canvas.csv"}
    for path in written:
        text = f"{path.relative_to(out)} {path.read_text(encoding='utf-8')}".casefold()
        for name in ("ann", "smith", "asmith", "bob", "bjones", "eve", "eve99", "s4711"):
            assert not re.search(rf"\b{name}\b", text), (path, name)
    [page, *_] = sorted((out / "anonymous" / "feedback").glob("*.html"))
    assert any("x.max()" in p.read_text(encoding="utf-8") for p in page.parent.iterdir())
    called = [row[0] for row in csv.reader((out / "anonymous" / "grades.csv").open())][1:]
    assert called == sorted(called), "the order of names would tell them"
    quick.hand_in("Aaron")
    quick.grade("--anonymous")
    with (out / "anonymous-key.csv").open(encoding="utf-8-sig") as file:
        later = {row["student"]: row["called"] for row in csv.DictReader(file)}
    assert later.items() > key.items(), "nobody is called otherwise later"


# The failing case ------------------------------------------------------------------------------


def test_a_failing_case_is_shown_and_runs_as_a_notebook(sandbox, tmp_path):
    hand_in(tmp_path / "in", "ann", pad2d="def pad2d(x, padding):\n    return x * 1.0")
    (tmp_path / "roster.csv").write_text("name\nann\n")
    assert grade(tmp_path).exit_code == 0
    words = ["grade", "-o", str(tmp_path / "out"), "--show", "ann", "pad2d"]
    said = CliRunner().invoke(cli.main, words)
    assert said.exit_code == 0, said.output
    for label in ("case", "got", "expected"):
        assert f"\n  {label} " in said.output
    [path] = (tmp_path / "out" / "cases").glob("*.ipynb")
    place = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), place)
    assert place["got"].value.shape != place["expected"].shape
    for student, exercise, told in (
        ("anm", "pad2d", "'ann'"),
        ("ann", "pad3d", "'pad2d'"),
        ("ann", "Conv2d", "nothing"),
    ):
        answered = CliRunner().invoke(cli.main, [*words[:-2], student, exercise])
        assert answered.exit_code == 1
        assert told in answered.output
    right = CliRunner().invoke(cli.main, [*words[:-1], "output_size"])
    assert "right" in right.output
