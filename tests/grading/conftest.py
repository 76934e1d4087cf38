"""A marker with the real sandbox, and notebooks to mark."""

import os
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Column, Table

from course.grading.marking.marker import Marker, Settings
from course.project import CourseError, find_project
from course.running.limits import Limits

PROJECT = find_project(Path(__file__).parent)


@pytest.fixture(scope="session")
def sandbox():
    """Skips where bubblewrap cannot run, and fails there when COURSE_REQUIRE_SANDBOX is set."""
    from course.grading.sandbox.bubblewrap import require_sandbox

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
        few = {"notebook_seconds": 8 * seconds, "again_seconds": seconds / 2}
        limits = Limits(cell_seconds=seconds, **few)
        folder = Path("/tmp") / f"cg-test-{os.getpid()}-{len(made)}"
        folder.mkdir()
        given = {"seed": "a seed", "limits": limits} | settings
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


def pytest_terminal_summary(terminalreporter, config):
    """With -s: what became of each attack, whichever process has tried it."""
    reports = [r for found in terminalreporter.stats.values() for r in found]
    properties = [p for r in reports for p in getattr(r, "user_properties", ())]
    attacks = {told[0]: told for kind, told in properties if kind == "attack"}
    if not attacks or config.getoption("capture") != "no":
        return
    table = Table(
        "attack", Column("seconds", justify="right"), Column("state", no_wrap=True), "message"
    )
    for name, seconds, state, message in sorted(attacks.values()):
        words = " ".join(message.split())
        table.add_row(
            name, f"{seconds:.1f}", state, words if len(words) < 160 else words[:159] + "…"
        )
    Console(width=120, soft_wrap=False).print(table)
