"""Hostile and broken answers, each run for real in the sandbox.

A table of what became of them is printed at the end by `pytest -s tests/grading/test_hostile.py`.
"""

import os
import time
from pathlib import Path

import pytest

from .hostile import ATTACKS, RIGHT
from .notebooks import LESSON, by_exercise, notebook

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sandbox")]


SEEN = {
    "/proc of the grader": "LookupError: []",
    "a socket": "unreachable",
    "filling the disk": "No space left on device",
    "mounting and namespaces": "LookupError: [-1, -1]",
    "reading another submission": "LookupError: []",
    "reading solutions": "LookupError: []",
    "the reference through gc and inspect": "no reference in here",
    "writing outside": "LookupError: []",
}
"""What an attack has found out: it raises it as words."""


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


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_its_own_exercise_and_nothing_else(name, marker, record_property):
    source, states = ATTACKS[name]
    cells = [(e, source if e == "pad2d" else answer) for e, answer in RIGHT.items()]
    begun = time.monotonic()
    found = by_exercise(marker.mark("eve", LESSON, notebook(*cells)))
    seconds = time.monotonic() - begun
    attacked = found["pad2d"]
    record_property("attack", (name, round(seconds, 1), attacked.state, attacked.what))
    assert attacked.state in states
    assert not attacked.points
    assert not attacked.would_be
    assert found["output_size"].points == 2
    assert found["correlate2d_strided"].points == 3
    assert seconds < 60
    assert attacked.what or attacked.hint
    if attacked.state != "timed out":  # a busy machine may let it find out nothing at all
        assert SEEN.get(name, "") in attacked.what


def test_an_attack_leaves_nothing_behind(marker):
    marker.mark("ann", LESSON, notebook(*RIGHT.items()))
    before = processes(marker)
    assert before
    for name in (
        "daemon that stays",
        "fork bomb",
        "writing outside",
        "a malicious pickle in the reply",
    ):
        cells = [(e, ATTACKS[name][0] if e == "pad2d" else a) for e, a in RIGHT.items()]
        marker.mark("eve", LESSON, notebook(*cells))
    launcher = marker._launchers[LESSON]
    left = [p for p in launcher.folder.rglob("k*") if p.parent.name.startswith("n")]
    assert not left
    assert processes(marker) == before
    places = ("/etc", "/usr", "/root", "/var/tmp", "/", "/tmp", "/dev")
    assert not [p for p in places if os.path.exists(os.path.join(p, "course-was-here"))]
    assert not os.path.exists("/evil-was-here")


def test_a_dead_kernel_is_noticed_within_two_seconds(marker):
    cells = [("pad2d", "def pad2d(x, padding):\n    import os; os._exit(0)")]
    taken = []
    for _ in range(4):  # the first starts the process that is warm from here on
        begun = time.monotonic()
        found = by_exercise(marker.mark("eve", LESSON, notebook(*cells)))
        taken.append(time.monotonic() - begun)
        assert found["pad2d"].state == "crashed"
        assert found["pad2d"].points is None
    assert min(taken) < 2, "other work on the machine may delay one, but not all"


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
    words = found["pad2d"].what
    assert "raised an exception: LookupError" in words
    for secret in ("work", "solutions", "submissions", "sqlite", "grades"):
        assert secret not in words
    assert "student" in words


def test_one_kernel_does_not_see_another(marker):
    """Neither its processes nor its files, though both come from one warmed process."""
    leave = "for p in ('/tmp', '/home/student'):\n    print('x', file=open(p + '/note', 'w'))\n"
    first = leave + RIGHT["output_size"]
    look = """
import os
def pad2d(x, padding):
    raise LookupError(str(os.listdir("/tmp")) + str(os.listdir("/home/student"))
                      + str([p for p in os.listdir("/proc") if p.isdigit() and int(p) > 3]))
"""
    found = by_exercise(
        marker.mark("eve", LESSON, notebook(("output_size", first), ("pad2d", look)))
    )
    assert "note" not in found["pad2d"].what
    again = by_exercise(marker.mark("mallory", LESSON, notebook(("pad2d", look))))
    assert "note" not in again["pad2d"].what
    assert marker._launchers[LESSON].warm, "both came from one warmed process"


def test_kernels_of_their_own_do_as_well(make_marker):
    """Where the system gives no nested namespaces, each kernel gets a sandbox of its own."""
    cold = make_marker()
    cold._launcher(LESSON).warm = False
    for name in ("zeros", "os._exit at the top", "loop that swallows every exception"):
        cells = [(e, ATTACKS[name][0] if e == "pad2d" else a) for e, a in RIGHT.items()]
        found = by_exercise(cold.mark("eve", LESSON, notebook(*cells)))
        assert found["pad2d"].state in ATTACKS[name][1]
        assert not found["pad2d"].points
        assert found["output_size"].points == 2
        assert found["correlate2d_strided"].points == 3
    assert cold._launcher(LESSON).nursery is None
