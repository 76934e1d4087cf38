"""Submissions in every form in which they are handed in, and what must not be believed."""

import errno
import gc
import io
import json
import os
import shutil
import socket
import stat
import tempfile
import time
import tracemalloc
import zipfile

import pytest

from course.grading.marking.marker import Settings
from course.grading.results import FAILED
from course.grading.submissions import walking
from course.grading.submissions.collecting import collect
from course.grading.submissions.roster import Roster, Student, plain, read_roster
from course.grading.workers.child import Child
from course.grading.workers.local import Job, Worker, mark_here
from course.project import CourseError
from course.running.reading import MOST_BYTES, Unreadable, parse_notebook

from .conftest import PROJECT
from .hostile import RIGHT
from .notebooks import LESSON, by_exercise, notebook

pytestmark = pytest.mark.slow  # every collection starts a process

LESSONS = ["01_convolution_by_hand", LESSON, "03_im2col"]
DATA = notebook(("", "x = 1"))


def put(root, *names, data=DATA):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def pack(path, files, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def found(folder):
    return sorted(collect(folder, LESSONS).submissions)


def test_a_folder_for_each_student(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", "ann/03_im2col.ipynb", f"bob/work/{LESSON}.ipynb")
    assert found(tmp_path) == [("ann", LESSON), ("ann", "03_im2col"), ("bob", LESSON)]


def test_nbgraders_folders(tmp_path):
    put(tmp_path, f"submitted/ann/{LESSON}/{LESSON}.ipynb", f"submitted/bob/{LESSON}/work.ipynb")
    assert found(tmp_path) == [("ann", LESSON), ("bob", LESSON)]
    assert found(tmp_path / "submitted") == [("ann", LESSON), ("bob", LESSON)]


def test_loose_files(tmp_path):
    put(
        tmp_path,
        f"ann_{LESSON}.ipynb",
        f"Bob Smith-{LESSON} (1).ipynb",
        "李明_03_im2col-Copy1.ipynb",
    )
    assert found(tmp_path) == [("Bob Smith", LESSON), ("ann", LESSON), ("李明", "03_im2col")]


def test_the_zip_that_canvas_makes(tmp_path):
    names = (f"smithann_123_9001_{LESSON}.ipynb", f"jonesbob_LATE_124_9002_{LESSON}-2.ipynb")
    pack(tmp_path / "submissions.zip", dict.fromkeys(names, DATA))
    collection = collect(tmp_path / "submissions.zip", LESSONS)
    assert sorted(collection.submissions) == [("jonesbob", LESSON), ("smithann", LESSON)]
    assert collection.submissions["jonesbob", LESSON].owner.number == "124"


def test_the_zip_that_moodle_makes(tmp_path):
    names = (
        f"Ann Smith_2001_assignsubmission_file_/{LESSON}.ipynb",
        f"Zoë Åström_2002_assignsubmission_file_{LESSON}.ipynb",
    )
    pack(tmp_path / "moodle.zip", dict.fromkeys(names, DATA))
    assert found(tmp_path / "moodle.zip") == [("Ann Smith", LESSON), ("Zoë Åström", LESSON)]


def test_zips_of_students_are_looked_into(tmp_path):
    (tmp_path / "ann").mkdir()
    files = {f"work/{LESSON}.ipynb": DATA, f"__MACOSX/work/._{LESSON}.ipynb": b"x"}
    pack(tmp_path / "ann" / "all.zip", files)
    assert found(tmp_path) == [("ann", LESSON)]


def test_names_in_a_zip_that_does_not_say_it_is_utf8(tmp_path):
    pack(tmp_path / "a.zip", {f"XXXX/{LESSON}.ipynb": DATA})
    raw = (tmp_path / "a.zip").read_bytes().replace(b"XXXX", "Zoé".encode())
    (tmp_path / "a.zip").write_bytes(raw)
    assert found(tmp_path / "a.zip") == [("Zoé", LESSON)]


def test_the_lesson_is_also_found_in_the_notebook(tmp_path):
    put(tmp_path, "ann/my work.ipynb", data=notebook(("", ""), course={"lesson": "03_im2col"}))
    put(tmp_path, "bob/notes.ipynb")
    collection = collect(tmp_path, LESSONS)
    assert sorted(collection.submissions) == [("ann", "03_im2col")]
    assert collection.left_out == ["bob/notes.ipynb: it does not say which lesson it is"]


def test_of_two_the_newer_counts(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", f"ann/{LESSON} (1).ipynb")
    os.utime(tmp_path / f"ann/{LESSON}.ipynb", (2e9, 2e9))
    collection = collect(tmp_path, LESSONS)
    assert collection.submissions["ann", LESSON].where == f"ann/{LESSON}.ipynb"
    assert "handed in more than once" in collection.submissions["ann", LESSON].notes[0]


def refused(folder, student="ann"):
    collection = collect(folder, LESSONS)
    return collection.submissions[student, LESSON].refused


def test_a_link_to_a_folder_outside_is_not_followed(tmp_path):
    put(tmp_path, f"out/ann/{LESSON}.ipynb", f"in/bob/{LESSON}.ipynb")
    (tmp_path / "in" / "mallory").symlink_to(tmp_path / "out")
    assert found(tmp_path / "in") == [("bob", LESSON)]


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "ann").mkdir()
    os.mkfifo(tmp_path / f"ann/{LESSON}.ipynb")
    assert "no regular file" in refused(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb")
    os.truncate(tmp_path / f"ann/{LESSON}.ipynb", 200_000_000)
    assert "200 MB" in refused(tmp_path)


def test_a_bomb_in_a_zip_is_refused(tmp_path):
    files = {f"ann/{LESSON}.ipynb": b"\0" * (MOST_BYTES + 1)}
    pack(tmp_path / "bomb.zip", files)
    assert "at most 20 MB" in refused(tmp_path / "bomb.zip")


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path):
    pack(tmp_path / "bomb.zip", {f"ann/{LESSON}.ipynb": b"\0" * (MOST_BYTES + 1)})
    raw = bytearray((tmp_path / "bomb.zip").read_bytes())
    size = (MOST_BYTES + 1).to_bytes(4, "little")
    (tmp_path / "bomb.zip").write_bytes(raw.replace(size, (100).to_bytes(4, "little")))
    assert refused(tmp_path / "bomb.zip")


def test_a_zip_that_unpacks_outside_unpacks_nothing(tmp_path):
    inner = tmp_path / "in"
    inner.mkdir()
    pack(inner / "evil.zip", {f"../../ann/{LESSON}.ipynb": DATA, f"/etc/{LESSON}.ipynb": DATA})
    before = sorted(tmp_path.rglob("*"))
    assert collect(inner, LESSONS).submissions
    assert sorted(tmp_path.rglob("*")) == before
    assert all(".." not in student for student, _ in found(inner))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" + b"x" * 100], ids=range(3))
def test_a_zip_that_is_none_is_its_students_note(tmp_path, data):
    put(tmp_path, f"ann/{LESSON}.zip", data=data)
    put(tmp_path, f"bob/{LESSON}.ipynb")
    assert "cannot be opened" in refused(tmp_path)
    assert ("bob", LESSON) in found(tmp_path)


def test_a_zip_with_a_password_is_refused(tmp_path):
    pack(tmp_path / "a.zip", {f"ann/{LESSON}.ipynb": DATA})
    raw = bytearray((tmp_path / "a.zip").read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    assert "password" in refused(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "no cells"),
        (b"3", "no cells"),
        (b'{"cells": 3}', "no cells"),
        (b"\xff\xfe\x00", "no text"),
        (b"[" * 100_000, "no JSON"),
        (b"<html>", "no JSON"),
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(data, why):
    with pytest.raises(Unreadable, match=why):
        parse_notebook(data)


def test_cells_of_any_shape_are_read_or_left_out():
    odd = b"""{"cells": [3, null, {"cell_type": "code"}, {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": ["a = ", 3, "1"], "metadata": []},
        {"cell_type": "code", "source": "b = 2", "metadata": {"nbgrader": {"solution": true,
         "grade_id": "pad2d"}}}, {"cell_type": "markdown", "source": "c"}], "metadata": 3}"""
    cells = parse_notebook(odd).cells
    assert [c.source for c in cells] == ["", "a = 1", "b = 2"]


def test_a_notebook_of_version_3_is_read():
    old = b'{"worksheets": [{"cells": [{"cell_type": "code", "input": "a = 1"}]}]}'
    assert [c.source for c in parse_notebook(old).cells] == ["a = 1"]


@pytest.mark.parametrize(
    "text",
    [
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        "    Points Possible,,,,\n"
        '"Smith, Ann",123,S1,asmith,A\n',
        "First name;Last name;ID number;Email address;Username\nAnn;Smith;S1;a@b.c;asmith\n",
        "\ufeffLast Name\tFirst Name\tUsername\tStudent ID\nSmith\tAnn\tasmith\tS1\n",
    ],
)
def test_rosters_of_canvas_moodle_and_blackboard(tmp_path, text):
    (tmp_path / "roster.csv").write_text(text, encoding="utf-8")
    roster = read_roster(tmp_path / "roster.csv")
    assert list(roster.students) == ["asmith"]
    for called in ("Ann Smith", "smithann", "SMITH ann", "asmith", "S1"):
        assert roster.find(called).key == "asmith"
    assert roster.find("somebody").key == "somebody"


def test_a_student_is_found_by_the_number_that_canvas_gives():
    roster = Roster([Student("asmith", {"canvas_id": "123"})])
    assert roster.find("whoever", "123", "canvas_id").key == "asmith"
    assert roster.find("whoever", "123", "identifier").key == "whoever"


MOODLE = "Ann Smith_{}_assignsubmission_file_/" + f"{LESSON}.ipynb"


@pytest.mark.parametrize("form", [MOODLE, f"smithann_{{}}_9001_{LESSON}.ipynb"])
def test_two_students_of_one_name_are_two_students(tmp_path, form):
    put(tmp_path, form.format(2001), form.format(2002))
    name = form.partition("_")[0]
    assert found(tmp_path) == [(f"{name} (2001)", LESSON), (f"{name} (2002)", LESSON)]
    numbers = {"identifier": "Participant 2001", "canvas_id": "2001"}
    roster = Roster([Student("ann1", {"name": "Ann Smith"} | numbers)])
    keys = {key for key, _ in collect(tmp_path, LESSONS, roster).submissions}
    assert keys == {f"{name} (2002)", "ann1"}


def test_a_name_that_two_on_the_roster_share_says_neither():
    one, other = (Student("Bea Lee", {"name": "Bea Lee", "sis_id": k}) for k in ("S1", "S2"))
    roster = Roster([one, other])
    assert sorted(roster.students) == ["Bea Lee", "Bea Lee (S2)"]
    assert roster.find("S2").key == "Bea Lee (S2)"
    logins = Roster([Student(k, {"name": "Bea Lee", "login": k}) for k in ("bl1", "bl2")])
    assert logins.find("Bea Lee").key == "Bea Lee"
    assert logins.find("bl2").key == "bl2"


def test_one_student_under_two_names_has_handed_in_twice(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", f"Ann Smith/{LESSON}.ipynb")
    os.utime(tmp_path / "ann" / f"{LESSON}.ipynb", (10**9, 10**9))
    roster = Roster([Student("ann", {"name": "Ann Smith", "login": "ann"})])
    collection = collect(tmp_path, LESSONS, roster)
    assert list(collection.submissions) == [("ann", LESSON)]
    assert collection.submissions["ann", LESSON].where == f"Ann Smith/{LESSON}.ipynb"
    [note] = collection.submissions["ann", LESSON].notes
    assert f"Ann Smith/{LESSON}.ipynb counts" in note


def test_the_newer_one_counts_in_a_zip_as_well(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb")
    for year, counts in ((2020, "ann/new/"), (2022, "ann/")):
        seconds = time.mktime((year, 1, 1, 0, 0, 0, 0, 0, -1))
        os.utime(tmp_path / "ann" / f"{LESSON}.ipynb", (seconds, seconds))
        with zipfile.ZipFile(tmp_path / "ann" / "new.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"{LESSON}.ipynb", (2021, 1, 1, 0, 0, 0)), DATA)
        chosen = collect(tmp_path, LESSONS).submissions["ann", LESSON]
        assert chosen.where == f"{counts}{LESSON}.ipynb"


@pytest.mark.parametrize(
    "name",
    [
        f"bob_1_99999_{LESSON}.ipynb",
        f"x/bob_2_assignsubmission_file_{LESSON}.ipynb",
        f"bob_2_assignsubmission_file_/{LESSON}.ipynb",
        f"notebook_2024_11_{LESSON}.ipynb",
    ],
)
def test_no_name_inside_a_students_folder_makes_a_file_anothers(tmp_path, name):
    put(tmp_path, f"bob/{LESSON}.ipynb", f"eve/{name}")
    pack(tmp_path / "eve" / "more.zip", {name: DATA})
    collection = collect(tmp_path, LESSONS)
    assert sorted(collection.submissions) == [("bob", LESSON), ("eve", LESSON)]
    assert collection.submissions["bob", LESSON].where == f"bob/{LESSON}.ipynb"
    assert not collection.submissions["bob", LESSON].notes


def test_a_number_of_one_system_is_no_number_of_another(tmp_path):
    ann = Student("ann", {"name": "Ann Smith", "sis_id": "2002"})
    bob = Student("bob", {"name": "Bob Jones", "sis_id": "2001", "canvas_id": "2001"})
    put(tmp_path, MOODLE.format(2001))
    assert list(collect(tmp_path, LESSONS, Roster([ann, bob])).submissions) == [("ann", LESSON)]


def test_a_zip_of_a_class_among_other_files_is_left_out_and_named(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb")
    names = (f"smithann_123_9001_{LESSON}.ipynb", f"jonesbob_124_9002_{LESSON}.ipynb")
    pack(tmp_path / "class.zip", dict.fromkeys(names, DATA))
    collection = collect(tmp_path, LESSONS)
    assert list(collection.submissions) == [("ann", LESSON)]
    assert collection.left_out == [
        "class.zip: it holds what a class has handed in: grade it by itself"
    ]


def test_a_date_in_the_future_is_no_newer_than_today(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"ann/{LESSON}.ipynb", (2100, 1, 1, 0, 0, 0)), DATA)
    [one] = collect(tmp_path / "a.zip", LESSONS).submissions.values()
    assert one.changed <= time.time()


def test_a_name_that_is_no_text_and_files_that_a_system_hides(tmp_path):
    odd = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(odd)
    with open(odd + f"/{LESSON}.ipynb".encode(), "wb") as file:
        file.write(DATA)
    put(tmp_path, f"ann/{LESSON}.ipynb", f"ann/._{LESSON}.ipynb", f"ann/.vscode/{LESSON}.ipynb")
    collection = collect(tmp_path, LESSONS)
    assert sorted(collection.submissions) == [("?", LESSON), ("ann", LESSON)]
    assert not any(found.notes for found in collection.submissions.values())


def test_a_zip_that_lists_a_file_twice_is_refused(tmp_path):
    path = tmp_path / "ann" / f"{LESSON}.zip"
    path.parent.mkdir()
    pack(path, {f"{LESSON}.ipynb": DATA})
    raw = path.read_bytes()
    start, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    entry, tail = raw[start:end], bytearray(raw[end:])
    tail[8:12] = (2).to_bytes(2, "little") * 2
    tail[12:16] = (2 * len(entry)).to_bytes(4, "little")
    path.write_bytes(raw[:start] + 2 * entry + bytes(tail))
    assert "several times" in refused(tmp_path)


def test_a_file_that_says_its_lesson_comes_before_one_that_does_not(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", "ann/scratch.ipynb", "ann/settings.json", "bob/work.ipynb")
    os.utime(tmp_path / "ann" / f"{LESSON}.ipynb", (10**9, 10**9))
    collection = collect(tmp_path, [LESSON])
    assert collection.submissions["ann", LESSON].where == f"ann/{LESSON}.ipynb"
    assert collection.submissions["bob", LESSON].where == "bob/work.ipynb"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_is_read_in_any_code_of_a_spreadsheet(tmp_path, encoding):
    (tmp_path / "roster.csv").write_text("Name\tUsername\nZoë\tzoe\n", encoding=encoding)
    roster = read_roster(tmp_path / "roster.csv")
    assert [student.get("name") for student in roster.students.values()] == ["Zoë"]


def test_names_are_compared_without_accents_and_spaces():
    assert plain("Zoë  Åström") == plain("zoe astrom")
    assert plain("李明") == "李明"


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe"])
def test_a_roster_without_students_is_explained(tmp_path, data):
    (tmp_path / "r.csv").write_bytes(data)
    with pytest.raises(CourseError, match=r"r\.csv"):
        read_roster(tmp_path / "r.csv")


def fates(collection):
    return {where: fate for where, _, fate in collection.incoming}


CLASS = Roster([Student(k, {"name": k}) for k in ("ann", "bob", "eve", "dan", "fay")])


@pytest.mark.parametrize("name", ["hw.zip", "ann/hw.zip", f"ann/{LESSON}.ipynb", "ann/helpers.py"])
def test_a_pipe_hangs_nobody_whatever_it_is_called(tmp_path, name):
    put(tmp_path, f"bob/{LESSON}.ipynb", f"ann/{LESSON} (1).ipynb")
    os.mkfifo(tmp_path / name)
    collection = collect(tmp_path, [LESSON])
    assert collection.submissions["bob", LESSON].read()
    assert collection.submissions["ann", LESSON].where == f"ann/{LESSON} (1).ipynb"
    assert "no regular file" in fates(collection)[name]


def test_sockets_and_devices_are_named_and_never_opened(tmp_path, monkeypatch):
    put(tmp_path, f"bob/{LESSON}.ipynb", "ann/work.txt")
    monkeypatch.chdir(tmp_path / "ann")  # the path of a socket has to be short
    names = [f"{LESSON}.ipynb", "hw.zip"]
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(names[0])
    if os.geteuid() == 0:
        os.mknod(names[1], 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # zeros without end
    else:
        os.mkfifo(names[1])
    asked = []
    ask = Child.ask
    monkeypatch.setattr(Child, "ask", lambda *a: asked.append(a[1][1][0]) or ask(*a))
    told = fates(collect(tmp_path, [LESSON], CLASS))
    assert all(told[f"ann/{name}"] == "no regular file" for name in names)
    assert not {str(tmp_path / "ann" / name) for name in names} & set(asked)
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for kind, name in zip((stat.S_IFIFO, stat.S_IFBLK), names, strict=True):
            member = zipfile.ZipInfo(f"ann/{name}")
            member.external_attr = (kind | 0o666) << 16
            archive.writestr(member, DATA)
    told = fates(collect(tmp_path / "class.zip", [LESSON]))
    assert told == dict.fromkeys((f"ann/{name}" for name in names), "no regular file")


@pytest.mark.parametrize("times", [1, 9])
def test_a_reading_process_that_is_killed_is_begun_again_or_named(tmp_path, monkeypatch, times):
    put(tmp_path, f"ann/{LESSON}.ipynb", f"bob/{LESSON}.ipynb")
    killed = []
    ask = Child._ask

    def kill_and_ask(self, question, seconds):
        if question[1][0].endswith(f"ann/{LESSON}.ipynb") and len(killed) < times:
            if not self._running:
                self._begin()
            killed.append(self._running[0][0].kill())
        return ask(self, question, seconds)

    monkeypatch.setattr(Child, "_ask", kill_and_ask)
    collection = collect(tmp_path, [LESSON])
    told = fates(collection)
    assert told[f"bob/{LESSON}.ipynb"] == "marked"
    if times == 1:
        assert told[f"ann/{LESSON}.ipynb"] == "marked"
    else:
        assert "exit code -9" in collection.submissions["ann", LESSON].refused


def test_a_worker_without_a_place_for_its_files_removes_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    put(tmp_path, "precious")
    jobs = [lambda: Job("ann", LESSON, DATA)]
    [result] = mark_here(jobs, Settings("a seed", confined=False), 1)
    assert (result.state, "No space left" in result.note) == (FAILED, True)
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize("whole", [False, True], ids=["in a folder", "the class's own"])
def test_a_zip_of_20000_files_takes_seconds(tmp_path, whole):
    (tmp_path / "ann").mkdir()
    files = {f"ann/data/{k}.txt": b"x" for k in range(19_000)}
    files |= {f"ann/more/{k}.ipynb": DATA for k in range(900)} | {f"ann/{LESSON}.ipynb": DATA}
    pack(tmp_path / "ann" / "all.zip", files)
    begun = time.monotonic()
    collection = collect(tmp_path / "ann/all.zip" if whole else tmp_path, LESSONS)
    assert time.monotonic() - begun < 15
    assert list(collection.submissions) == [("ann", LESSON)]
    assert len(collection.left_out) < 1100
    assert "18900 more" in str(collection.left_out)


def test_what_has_20_mb_costs_the_main_process_little(tmp_path):
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 18_000_000}}
    with_picture = json.loads(DATA)
    with_picture["cells"][1]["outputs"] = [picture]
    (tmp_path / "ann").mkdir()
    pack(tmp_path / "ann/hw.zip", {f"{LESSON}.ipynb": json.dumps(with_picture).encode()})
    put(tmp_path, f"bob/{LESSON}.ipynb", data=b"[" + b"{}," * 6_000_000 + b"{}]")
    put(tmp_path, f"eve/{LESSON}.ipynb", data=b'{"cells": [' + b"{}," * 6_000_000 + b"{}]}")
    tracemalloc.start()
    submissions = collect(tmp_path, [LESSON]).submissions
    taken = submissions["ann", LESSON].read()
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()
    assert parse_notebook(taken) == parse_notebook(json.dumps(with_picture).encode())
    assert submissions["bob", LESSON].refused


def test_what_the_reading_process_dies_of_or_takes_too_long_at_is_left_out(tmp_path, monkeypatch):
    put(tmp_path, *(f"{name}/{LESSON}.ipynb" for name in ("ann", "bob", "dan", "eve", "fay")))
    dies = "import os\nif b'dies' in data: os._exit(3)\n"
    hangs = "if b'hangs' in data: import time; time.sleep(60)\n"
    eats = "if b'eats' in data: bytearray(1 << 40)\n"
    for name, word in (("bob", b"dies"), ("dan", b"hangs"), ("eve", b"eats")):
        (tmp_path / name / f"{LESSON}.ipynb").write_bytes(DATA + b" " + word)
    program = (
        "from course.grading.submissions import opening\n"
        "real = opening.parse_notebook\n"
        f"def parse(data):\n    {(dies + hangs + eats).replace(chr(10), chr(10) + '    ')}\n"
        "    return real(data)\n"
        "opening.parse_notebook = parse\nopening.answer_with(lambda *_: opening.answer)"
    )
    monkeypatch.setattr(walking, "PROGRAM", ["-c", program])
    monkeypatch.setattr(walking, "SECONDS_EACH", 3.0)
    submissions = collect(tmp_path, [LESSON]).submissions
    whys = {student: found.refused for (student, _), found in submissions.items() if found.refused}
    assert sorted(submissions) == [(k, LESSON) for k in ("ann", "bob", "dan", "eve", "fay")]
    assert sorted(whys) == ["bob", "dan", "eve"]
    assert "exit code 3" in whys["bob"]
    assert "seconds" in whys["dan"]
    assert "memory" in whys["eve"]


@pytest.mark.parametrize("target", [f"../bob/{LESSON}.ipynb", "/etc/hostname", f"{LESSON}.ipynb"])
def test_links_are_followed_nowhere(tmp_path, target):
    put(tmp_path, f"bob/{LESSON}.ipynb", f"bob/more/{LESSON}.ipynb")
    (tmp_path / "eve").mkdir()
    (tmp_path / f"eve/{LESSON}.ipynb").symlink_to(target)
    (tmp_path / "eve/more").symlink_to("../bob/more")
    collection = collect(tmp_path, [LESSON], CLASS)
    assert "link" in refused(tmp_path, "eve")
    assert all("link" in fates(collection)[f"eve/{n}"] for n in (f"{LESSON}.ipynb", "more"))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        link = zipfile.ZipInfo(f"eve/{LESSON}.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, target)
    assert "link" in fates(collect(tmp_path / "class.zip", [LESSON]))[f"eve/{LESSON}.ipynb"]


def zipped(files):
    memory = io.BytesIO()
    pack(memory, files)
    return memory.getvalue()


def test_zips_inside_the_zip_of_a_class_are_opened(tmp_path):
    inner = zipped({f"work/{LESSON}.ipynb": DATA, "eve/03_im2col.ipynb": DATA})
    files = {
        "Ann Lee_2001_assignsubmission_file_/hw.zip": inner,
        "Bob Day_2002_assignsubmission_file_HW.ZIP": zipped({"deep.zip": inner}),
        "Eve Fox_2003_assignsubmission_file_/hw.zip": b"PK",
    }
    pack(tmp_path / "class.zip", files)
    collection = collect(tmp_path / "class.zip", LESSONS)
    assert sorted(collection.submissions) == [
        (student, lesson) for student in ("Ann Lee", "Bob Day") for lesson in (LESSON, LESSONS[2])
    ]
    assert all(found.read() for found in collection.submissions.values())
    assert "cannot be opened" in fates(collection)["Eve Fox_2003_assignsubmission_file_/hw.zip"]


def test_a_zip_of_zips_without_end_ends(tmp_path):
    bomb = b"\0"
    for _ in range(8):
        bomb = zipped({f"{k}.zip": bomb for k in range(8)})
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve/hw.zip").write_bytes(bomb)
    put(tmp_path, f"bob/{LESSON}.ipynb")
    begun = time.monotonic()
    assert ("bob", LESSON) in collect(tmp_path, [LESSON]).submissions
    assert time.monotonic() - begun < 20


OTHERS = ("hw.py", "hw.rar", "hw.html", "hw.pdf", "settings.json", "noname", "notes.ipynb")


@pytest.mark.parametrize("lessons", [[LESSON], LESSONS], ids=["one lesson", "several"])
@pytest.mark.parametrize("name", OTHERS)
def test_whoever_hands_in_something_else_has_not_handed_in_nothing(tmp_path, name, lessons):
    put(tmp_path, f"bob/{LESSON}.ipynb", f"bob/{name}")
    put(tmp_path, f"ann/{name}", data=b"{}")
    collection = collect(tmp_path, lessons, CLASS)
    assert fates(collection)[f"bob/{LESSON}.ipynb"] == "marked"
    assert any(line.startswith(f"ann/{name}: ") for line in collection.left_out)
    assert collection.submissions["ann", LESSON].refused


def test_what_nobody_handed_in_makes_no_student(tmp_path):
    put(tmp_path, f"bob/{LESSON}.ipynb", "README.md", "grades.csv", "notes/index.html")
    roster = Roster([Student("bob")])
    assert list(collect(tmp_path, [LESSON], roster).submissions) == [("bob", LESSON)]
    assert list(collect(tmp_path, [LESSON]).submissions) == [("bob", LESSON)]
    assert list(roster.students) == ["bob"]


def test_who_has_handed_in_one_lesson_has_not_handed_in_the_others_with_it(tmp_path):
    names = ("a.png", "helpers.py", "more/x.py", ".ipynb_checkpoints/hw.ipynb", "data.csv")
    put(tmp_path, f"ann/{LESSON}.ipynb", *(f"ann/{name}" for name in names))
    put(tmp_path, "bob/03_im2col.ipynb", f"eve/{LESSON}.ipynb", "eve/rest.rar")
    collection = collect(tmp_path, LESSONS, CLASS)
    others = [("ann", LESSON), ("bob", LESSONS[2]), ("eve", LESSON), ("eve", LESSONS[2])]
    assert sorted(collection.submissions) == others
    assert "rar: packed" in str(collection.left_out)


def test_a_loose_file_of_another_kind_is_its_students(tmp_path):
    put(tmp_path, f"bob_{LESSON}.ipynb", "ann_hw.rar", f"eve_{LESSON}.ipynb.html", "dan hw.py")
    students = {student for student, _ in collect(tmp_path, [LESSON], CLASS).submissions}
    assert students == {"ann", "bob", "eve"}


def test_a_notebook_of_another_lesson_is_not_handed_in_for_this_one(tmp_path):
    put(tmp_path, "ann/03_im2col.ipynb", f"bob/{LESSON}.ipynb")
    put(tmp_path, "dan/hw.ipynb", data=notebook(("", ""), course={"lesson": "03_im2col"}))
    collection = collect(tmp_path, [LESSON], CLASS)
    assert list(collection.submissions) == [("bob", LESSON)]
    assert all("another lesson" in line for line in collection.left_out)


def test_folders_without_end_and_names_that_are_commands_of_a_terminal(tmp_path):
    put(tmp_path, f"bob/{LESSON}.ipynb", f"ann/{LESSON}\x1b[2J\n\u202e.ipynb")
    deep = tmp_path / "eve"
    for _ in range(60):
        deep /= "x"
    deep.mkdir(parents=True)
    (tmp_path / "ann/endless").symlink_to(tmp_path)
    collection = collect(tmp_path, LESSONS)
    assert sorted(collection.submissions) == [("ann", LESSON), ("bob", LESSON)]
    assert "deep" in str(collection.left_out)
    assert "\x1b" not in collection.submissions["ann", LESSON].where
    assert "\n" not in "".join(fates(collection))


def test_every_file_is_accounted_for(tmp_path):
    names = [f"ann/{LESSON}.ipynb", f"ann/{LESSON}_old.ipynb", "ann/help.py", "ann/a.png"]
    put(tmp_path, *names, "ann/.ipynb_checkpoints/x.ipynb", f"bob/{LESSON}.ipynb", "stray.py")
    (tmp_path / f"bob/{LESSON}.ipynb").write_bytes(b"{")
    told = fates(collect(tmp_path, LESSONS))
    assert told.pop(names[0]) == "marked"
    assert told.pop(names[1]) == f"superseded by {names[0]}"
    assert told.pop("ann/help.py") == f"beside {names[0]}"
    assert "no JSON" in told.pop(f"bob/{LESSON}.ipynb")
    assert sorted(told) == ["ann/.ipynb_checkpoints", "ann/a.png", "stray.py"]


@pytest.mark.parametrize("name", [f"{LESSON}.ipynb.txt", f"{LESSON}.ipynb.json", f"{LESSON}.json"])
def test_a_notebook_that_a_browser_has_renamed_is_one(tmp_path, name):
    put(tmp_path, f"ann/{name}")
    assert collect(tmp_path, LESSONS).submissions["ann", LESSON].read()


EVIL = "X_1001_assignsubmission_file_ Y"
SAYS = "_assignsubmission_file_"


@pytest.mark.parametrize(
    "name",
    [
        f"{EVIL}_2002{SAYS}/{LESSON}.ipynb",
        f"{EVIL}_2002{SAYS[:-1]}/{LESSON}.ipynb",
        f"{EVIL}_2002{SAYS}{LESSON}.ipynb",
        f"{EVIL}/{LESSON}.ipynb",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_name_in_which_anothers_number_stands_first_is_not_his(tmp_path, name, packed):
    honest = f"Xaver Ort_1001{SAYS}/{LESSON}.ipynb"
    put(tmp_path / "in", name, honest)
    if packed:
        pack(tmp_path / "in.zip", {name: DATA, honest: DATA})
    roster = Roster([Student("xo", {"name": "Xaver Ort", "identifier": "1001"})])
    where = tmp_path / ("in.zip" if packed else "in")
    for given in (roster, None):
        collection = collect(where, LESSONS, given)
        [his] = [f for (s, _), f in collection.submissions.items() if s in ("xo", "Xaver Ort")]
        assert his.where == honest
        assert not any(found.notes for found in collection.submissions.values())
        assert name in fates(collection)


def test_a_file_that_moodle_named_twice_is_still_its_students(tmp_path):
    put(tmp_path, f"Ann Lee_2001{SAYS}Ann Lee_2001{SAYS}{LESSON}.ipynb")
    assert found(tmp_path) == [("Ann Lee", LESSON)]


@pytest.mark.parametrize("name", ["submitted.zip", f"{SAYS}.zip", f"eve_1_2_{SAYS}.zip"])
def test_a_zip_is_its_students_own_whatever_it_is_called(tmp_path, name):
    put(tmp_path, f"bob/{LESSON}.ipynb")
    pack(tmp_path / name, {f"bob/{LESSON}.ipynb": DATA, f"bob/x/{LESSON}.ipynb": DATA})
    collection = collect(tmp_path, LESSONS)
    assert collection.submissions["bob", LESSON].where == f"bob/{LESSON}.ipynb"
    assert not collection.submissions["bob", LESSON].notes
    assert len(collection.submissions) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_notebooks_in_other_encodings_are_read(tmp_path, encoding):
    said = json.dumps(json.loads(notebook(("", "x = 'Zoë'"))), ensure_ascii=False)
    put(tmp_path, f"ann/{LESSON}.ipynb", data=said.encode(encoding))
    data = collect(tmp_path, LESSONS).submissions["ann", LESSON].read()
    assert parse_notebook(data).cells[-1].source == "x = 'Zoë'"


@pytest.mark.parametrize(
    "copy",
    [
        *(f"{LESSON}{word}.ipynb" for word in ("_old", "_backup", " (backup)", "-bak", ".OLD")),
        f"old/{LESSON}.ipynb",
    ],
)
def test_what_calls_itself_old_does_not_beat_the_handed_out_name(tmp_path, copy):
    put(tmp_path, f"Old Joe/{LESSON}.ipynb", f"Old Joe/{copy}")
    os.utime(tmp_path / f"Old Joe/{LESSON}.ipynb", (10**9, 10**9))
    chosen = collect(tmp_path, LESSONS).submissions["Old Joe", LESSON]
    assert chosen.where == f"Old Joe/{LESSON}.ipynb"


def test_what_is_untouched_does_not_beat_what_was_written_in(tmp_path):
    blank = (PROJECT.notebooks / f"{LESSON}.ipynb").read_bytes()
    put(tmp_path, f"ann/{LESSON}-Copy1.ipynb", f"ann/{LESSON}_old.ipynb")
    put(tmp_path, f"ann/{LESSON}.ipynb", data=blank)
    put(tmp_path, f"bob/{LESSON}.ipynb", f"bob/{LESSON} (1).ipynb", data=blank)
    os.utime(tmp_path / f"ann/{LESSON}-Copy1.ipynb", (10**9, 10**9))
    collection = collect(tmp_path, LESSONS)
    chosen = collection.submissions["ann", LESSON]
    assert chosen.where == f"ann/{LESSON}-Copy1.ipynb"
    said = f"counts, not ann/{LESSON}.ipynb, in which nothing is written"
    assert any(note.endswith(said) for note in chosen.notes), chosen.notes
    assert not collection.submissions["bob", LESSON].refused


def test_who_has_handed_in_the_code_alone_is_not_left_out(tmp_path):
    put(tmp_path, f"bob/{LESSON}.ipynb", f"ann/{LESSON}.py", "eve/work.py")
    collection = collect(tmp_path, LESSONS)
    assert collection.submissions["ann", LESSON].refused.endswith(
        "beside no notebook that is marked"
    )
    assert sorted(collection.submissions) == [("ann", LESSON), ("bob", LESSON)]


def test_what_can_be_read_comes_before_what_cannot(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", "bob/work.ipynb", f"bob/{LESSON}.rar")
    os.utime(tmp_path / f"ann/{LESSON}.ipynb", (10**9, 10**9))
    put(tmp_path, f"ann/{LESSON} (1).ipynb", data=DATA[:-9])
    submissions = collect(tmp_path, [LESSON]).submissions
    assert submissions["ann", LESSON].where == f"ann/{LESSON}.ipynb"
    assert submissions["bob", LESSON].where == "bob/work.ipynb"


def test_the_graders_own_output_is_not_collected(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", f"grades/ann/{LESSON}.ipynb", "grades/grades.csv")
    collection = collect(tmp_path, LESSONS, out=tmp_path / "grades")
    assert list(fates(collection)) == [f"ann/{LESSON}.ipynb"]


@pytest.mark.parametrize("form", ["folder", "zip", "canvas"])
def test_python_files_beside_a_notebook_come_along_and_nobody_elses(tmp_path, form):
    own = {f"{LESSON}.ipynb": DATA, "helpers.py": b"def f():\n    return 'Zo\xc3\xab'\n"}
    own |= {"big.py": b"#" * 1_000_001}
    put(tmp_path, f"bob_12_13_{LESSON}.ipynb")
    put(tmp_path, "bob_12_14_bobs.py", data=b"b = 1")
    for k, (name, data) in enumerate(own.items()):
        put(tmp_path, f"ann_7_{k}_{name}" if form == "canvas" else f"ann/{name}", data=data)
    if form == "zip":
        shutil.rmtree(tmp_path / "ann")
        put(tmp_path, "ann/hw.zip", data=zipped({f"work/{name}": own[name] for name in own}))
    collection = collect(tmp_path, LESSONS)
    ann, bob = (collection.submissions[name, LESSON] for name in ("ann", "bob"))
    assert ann.beside == {"helpers.py": "def f():\n    return 'Zoë'\n"}
    assert bob.beside == {"bobs.py": "b = 1"}
    assert "1 MB" in str([line for line in collection.left_out if "big.py" in line])


def test_at_most_20_files_come_along_and_no_links(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", *(f"ann/f{k:02}.py" for k in range(25)), data=DATA)
    (tmp_path / "ann/f00.py").unlink()
    (tmp_path / "ann/f00.py").symlink_to("f01.py")
    beside = collect(tmp_path, LESSONS).submissions["ann", LESSON].beside
    assert list(beside) == [f"f{k:02}.py" for k in range(1, 21)]


def test_a_notebooks_bounds_are_said(tmp_path):
    long = [("", "x = 1"), ("", "#" * 300_000)]
    put(tmp_path, f"ann/{LESSON}.ipynb", data=notebook(*long, *[("", "")] * 2100))
    put(tmp_path, f"bob/{LESSON}.ipynb", data=notebook(*[("", "#" * 150_000)] * 40))
    collection = collect(tmp_path, LESSONS)
    notes = str(collection.submissions["ann", LESSON].notes)
    assert "cell 3 " in notes
    assert "first 2000 cells" in notes
    numbers = [c.number for c in parse_notebook(collection.submissions["ann", LESSON].read()).cells]
    assert numbers[:3] == [1, 2, 4]
    assert "code" in refused(tmp_path, "bob")


def test_of_one_students_code_there_is_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(walking, "BYTES_EACH", 3 * len(DATA))
    names = [f"ann/{k}/{LESSON}.ipynb" for k in range(8)]
    put(tmp_path, *names, f"bob/{LESSON}.ipynb")
    put(tmp_path, names[-1], data=b"{")
    told = fates(collect(tmp_path, LESSONS))
    assert told[f"bob/{LESSON}.ipynb"] == "marked"
    assert all("there is code of more than" in told[name] for name in names[5:])


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    put(tmp_path / "in", f"ann/{LESSON}.ipynb")
    collection = collect(tmp_path / "in", LESSONS)
    assert collection.submissions["ann", LESSON].read()
    assert list((tmp_path / "tmp").iterdir())
    del collection
    gc.collect()
    assert not list((tmp_path / "tmp").iterdir())


def test_what_came_along_is_there_when_the_notebook_runs(tmp_path):
    put(tmp_path, f"ann/{LESSON}.ipynb", data=notebook(("pad2d", "from helpers import pad2d")))
    put(tmp_path, "ann/helpers.py", data=f"import numpy as np\n{RIGHT['pad2d']}".encode())
    ann = collect(tmp_path, LESSONS).submissions["ann", LESSON]
    worker = Worker(Settings("a seed", confined=False))
    try:
        result = worker.mark(Job("ann", LESSON, ann.read(), ann.beside))
    finally:
        worker.close()
    assert by_exercise(result)["pad2d"].state == "right"
