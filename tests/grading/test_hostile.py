"""Hostile and broken answers, each run for real in the sandbox.

A table of what became of them is printed at the end by `pytest -s tests/grading/test_hostile.py`.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course.checks import EXERCISES
from course.grading.marking.marker import Marker, Settings
from course.running.limits import Limits

from .conftest import PROJECT
from .hostile import ATTACKS, CLINIC, CLINIC_BEGINS, RIGHT
from .notebooks import LESSON, by_exercise, notebook

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sandbox")]


SEEN = {
    "/proc of the grader": "LookupError: []",
    "a socket": "unreachable",
    "files without names": "few",
    "filling the disk": "No space left on device",
    "mounting and namespaces": "LookupError: [-1, -1]",
    "reading another submission": "LookupError: []",
    "reading solutions": "LookupError: []",
    "the reference through gc and inspect": "no reference in here",
    "writing beside the sockets": "LookupError: []",
    "writing outside": "LookupError: []",
}
"""What an attack has found out: it raises it as words."""


def attacked_by(source):
    """The lesson's notebook, solved, but for pad2d; the course's versions follow as they do there.

    So what is right is right, whatever the attack has made of the name.
    """
    cells = []
    for exercise, answer in RIGHT.items():
        cells.append((exercise, source if exercise == "pad2d" else answer))
        cells.append(("", f"from course.convolution import {exercise}"))
    return notebook(*cells)


def words_of(result):
    """What it has raised, which is for the instructor alone."""
    return result.failing.get("got", "")


def processes(marker):
    """How many processes there are in the marker's sandboxes, or around them."""
    count, mine = 0, str(marker.folder).encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes()
        except OSError:
            continue
        count += b"course_inside" in command and mine in command
    return count


def processes_left(marker):
    """How many there still are after the moment that the system takes to end a whole namespace."""
    until = time.monotonic() + 10
    while processes(marker) and time.monotonic() < until:
        time.sleep(0.1)
    return processes(marker)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_its_own_exercise_and_nothing_else(name, marker, record_property):
    source, states = ATTACKS[name]
    begun = time.monotonic()
    found = by_exercise(marker.mark("eve", LESSON, attacked_by(source)))
    seconds = time.monotonic() - begun
    attacked = found["pad2d"]
    record_property("attack", (name, round(seconds, 1), attacked.state, attacked.what))
    assert attacked.state in states
    assert not attacked.points
    assert not attacked.would_be
    assert found["output_size"].points == 2
    if name != "%reset":  # after that, the notebook has no np for its author either
        assert found["correlate2d_strided"].points == 3
    assert seconds < 60
    assert attacked.what or attacked.hint
    if attacked.state != "timed out":  # a busy machine may let it find out nothing at all
        assert SEEN.get(name, "") in words_of(attacked)


@pytest.mark.parametrize("name", CLINIC)
def test_a_layer_of_the_clinic_is_not_mended_by_going_back(name, marker, record_property):
    body = CLINIC[name].strip("\n").replace("\n", "\n    ")
    is_whole = not CLINIC[name].startswith((" ", "\n"))
    layer = body if is_whole else f"class Mended2(Conv2d):\n    def backward(self, dy):\n    {body}"
    honest = EXERCISES["Mended3"].solutions[0]
    cells = [("", honest.context + CLINIC_BEGINS), ("Mended2", layer), ("Mended3", honest.text)]
    found = by_exercise(marker.mark("eve", "10_bug_clinic", notebook(*cells)))
    result = found["Mended2"]
    record_property("attack", (f"clinic: {name}", 0.0, result.state, result.what))
    assert result.state in ("wrong", "held", "timed out"), result
    assert not result.points
    assert found["Mended3"].points == 2


@pytest.mark.parametrize(
    "cell", ["while True: pass", "import os; os._exit(0)", "import time; time.sleep(3)"]
)
def test_cells_without_end_or_that_end_the_kernel_cost_nobody_a_right_answer(make_marker, cell):
    cells = [part for e, answer in RIGHT.items() for part in [("", cell), (e, answer)]]
    few = Limits(cell_seconds=2, notebook_seconds=10, again_seconds=1)
    begun = time.monotonic()
    result = make_marker(limits=few).mark("eve", LESSON, notebook(*cells, *[("", cell)] * 30))
    assert time.monotonic() - begun < 60
    assert [e.points for e in result.exercises] == [2, 2, 3]


def test_all_looks_together_end(make_marker):
    """Where every answer is wrong and every cell takes its time, as the notebook's time says."""
    wrong = [(e, f"{e} = lambda *a: 0\nwhile True: pass") for e in RIGHT]
    few = Limits(cell_seconds=2, notebook_seconds=8, again_seconds=1)
    begun = time.monotonic()
    result = make_marker(limits=few).mark("eve", LESSON, notebook(*wrong * 20))
    assert time.monotonic() - begun < 3 * 8
    assert not result.points


def test_a_message_of_many_frames_does_not_fill_the_marker(marker):
    marker.mark("ann", LESSON, notebook(*RIGHT.items()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    marker.mark("eve", LESSON, attacked_by(ATTACKS["one message of 100 frames"][0]))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000


def test_an_attack_leaves_nothing_behind(marker):
    marker.mark("ann", LESSON, notebook(*RIGHT.items()))
    assert not processes_left(marker)
    for name in (
        "daemon that stays",
        "fork bomb",
        "writing outside",
        "a malicious pickle in the reply",
    ):
        marker.mark("eve", LESSON, attacked_by(ATTACKS[name][0]))
    assert not list(marker.folder.glob("*/k*"))
    assert not processes_left(marker)
    places = ("/etc", "/usr", "/root", "/var/tmp", "/", "/tmp", "/dev")
    assert not [p for p in places if os.path.exists(os.path.join(p, "course-was-here"))]
    assert not os.path.exists("/evil-was-here")


def test_a_dead_kernel_is_noticed_within_two_seconds(marker):
    taken = {"crashed": [], "wrong": []}
    for state in ("wrong", "crashed") * 4:
        end = "import os; os._exit(0)" if state == "crashed" else "return x"
        cells = [("pad2d", f"def pad2d(x, padding):\n    {end}")]
        begun = time.monotonic()
        found = by_exercise(marker.mark("eve", LESSON, notebook(*cells)))
        taken[state].append(time.monotonic() - begun)
        assert found["pad2d"].state == state
        assert found["pad2d"].points == (None if state == "crashed" else 0)
    assert min(taken["crashed"]) - min(taken["wrong"]) < 2


def test_what_crashes_can_be_made_to_count_zero(make_marker):
    harsh = make_marker(crash_is_zero=True)
    cells = [("pad2d", "def pad2d(x, padding):\n    np.ctypeslib.ctypes.string_at(0)")]
    found = by_exercise(harsh.mark("eve", LESSON, notebook(*cells)))
    assert found["pad2d"].state == "crashed"
    assert found["pad2d"].points == 0


def test_the_sandbox_shows_nothing_of_the_machine(marker):
    """What a curious answer can see: it raises it as words."""
    look = """
import os
def pad2d(x, padding):
    seen = [sorted(os.listdir(p)) for p in ("/", "/home", "/tmp", "/sandbox/course")]
    raise LookupError(str(seen) + str(os.environ.get("USER")) + str(os.getuid()))
"""
    found = by_exercise(marker.mark("eve", LESSON, notebook(("pad2d", look))))
    assert "raised an exception: LookupError" in found["pad2d"].what
    words = words_of(found["pad2d"])
    assert words.startswith("LookupError")
    for secret in ("work", "solutions", "submissions", "sqlite", "grades"):
        assert secret not in words
    assert "student" in words


@pytest.mark.skipif(not os.access("/usr/local/share", os.W_OK), reason="only who may write there")
def test_a_checkout_below_usr_is_not_seen(sandbox, tmp_path):
    """Nor anything of it: solutions would be read from there."""
    place = Path("/usr/local/share", f"course-{os.getpid()}")
    for name in ("course", "notebooks", "solutions"):
        shutil.copytree(PROJECT.root / name, place / name)
    look = f"""
import os
def pad2d(x, padding):
    raise KeyError(str([os.listdir(p) for p in ("/usr/local/share", {str(place)!r})]))
"""
    (tmp_path / "sent").write_bytes(notebook(("pad2d", look)))
    mark = f"""
from pathlib import Path
from course.grading.marking.marker import Marker, Settings
from course.running.limits import Limits
marker = Marker(Settings("a seed"), Path({str(tmp_path)!r}))
result = marker.mark("eve", {LESSON!r}, Path("sent").read_bytes())
print(next(e.failing["got"] for e in result.exercises if e.exercise == "pad2d"))
"""
    try:
        ran = subprocess.run(
            [sys.executable, "-c", mark],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(place)},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        shutil.rmtree(place)
    assert place.name in ran.stdout, "the folder that covers it"
    assert "solutions" not in ran.stdout


def test_the_folder_may_be_anywhere_and_its_name_long(sandbox, tmp_path):
    """A socket's address has at most 107 characters, and TMPDIR may be no /tmp."""
    folder = tmp_path / ("a" * 60) / ("b" * 60)
    folder.mkdir(parents=True)
    marker = Marker(Settings("a seed"), folder)
    found = by_exercise(marker.mark("ann", LESSON, notebook(*RIGHT.items())))
    marker.close()
    assert {e.state for e in found.values()} == {"right"}


MANY = {
    "memory": "for k in range(8):\n        if os.fork() == 0:\n            held = np.ones(2**24)\n"
    "            time.sleep(60)",
    "processes": "for k in range(200):\n        if os.fork() == 0:\n            time.sleep(60)",
}


@pytest.mark.parametrize("what", MANY)
def test_what_all_processes_take_together_is_bounded(make_marker, what):
    take = f"import os, time\ndef pad2d(x, padding):\n    {MANY[what]}\n    time.sleep(60)"
    marker = make_marker(limits=Limits(cell_seconds=30, memory=2**30))
    found = by_exercise(marker.mark("eve", LESSON, notebook(("pad2d", take))))
    assert found["pad2d"].state in ("crashed", "held")
    assert "killed" in found["pad2d"].what


def test_one_kernel_does_not_see_another(marker):
    """Neither its processes nor its files."""
    leave = "for p in ('/tmp', '/home/student'):\n    print('x', file=open(p + '/note', 'w'))\n"
    look = """
import os
def pad2d(x, padding):
    raise LookupError(str(os.listdir("/tmp")) + str(os.listdir("/home/student"))
                      + str([p for p in os.listdir("/proc") if p.isdigit() and int(p) > 3]))
"""
    marker.mark("eve", LESSON, notebook(("output_size", leave + RIGHT["output_size"])))
    again = by_exercise(marker.mark("mallory", LESSON, notebook(("pad2d", look))))
    assert words_of(again["pad2d"]).startswith("LookupError")
    assert "note" not in words_of(again["pad2d"])
