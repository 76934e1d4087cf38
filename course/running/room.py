"""Where a notebook is run: a place without walls, on which the one with walls is built."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import write_connection_file

from course.running.contents import write_course
from course.running.lesson import Lesson
from course.running.limits import Limits
from course.running.processes import begin, remove


class Kernel:
    """A kernel's process, and those that it has started."""

    connection: dict[str, Any]
    """How to talk to it, as in Jupyter's connection files."""
    process: subprocess.Popen

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def end(self) -> None:
        """End it, with all that it has started, and remove what its room does not remove."""
        self.process.kill()
        self.process.wait()


_SEPARATE = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTEST_VERSION", "PYTEST_CURRENT_TEST")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Room:
    """Starts kernels that find the course of one lesson, and nothing else of it.

    They are of this environment, and without walls: for work of one's own.
    """

    def __init__(self, lesson: Lesson, limits: Limits, within: Path | None = None) -> None:
        self.limits = limits
        self.folder = Path(tempfile.mkdtemp(prefix="course-", dir=within))
        self.course = self.folder / "course"
        write_course(lesson, self.course)

    def start(self) -> Kernel:
        """Start a kernel, in a folder of its own."""
        return OpenKernel(self.new_place(), self.course, self.limits)

    def new_place(self) -> Path:
        """Make a folder for a kernel."""
        place = self.folder / f"k{secrets.token_hex(4)}"
        place.mkdir(mode=0o700)
        return place

    def close(self) -> None:
        """Remove everything, and what the kernels have left."""
        remove(self.folder)


class OpenKernel(Kernel):
    """A kernel without walls."""

    def __init__(self, place: Path, course: Path, limits: Limits) -> None:
        file, key = str(place / "connection.json"), secrets.token_hex(16)
        self.connection = {**write_connection_file(file, key=key.encode())[1], "key": key}
        kept = {name: value for name, value in os.environ.items() if name not in _SEPARATE}
        own = {"PYTHONPATH": str(course), "PYTHONUTF8": "1", "MPLBACKEND": "agg"}
        own |= {"JPY_PARENT_PID": str(os.getpid())}  # a kernel ends with the one who started it
        own |= {"COURSE_LIMITS": json.dumps(limits.of_an_open_process())}
        words = [sys.executable, "-s", "-m", "course_inside.serving", file]
        self.process = begin(words, place, kept | ONE_THREAD | own)

    def end(self) -> None:
        """End its whole group, where the system has such. Its files go with the room."""
        with contextlib.suppress(OSError, AttributeError):
            os.killpg(self.process.pid, 9)
        super().end()


def python_files_beside(notebook: Path, most: int = 1_000_000) -> dict[str, str]:
    """The Python files beside a notebook, by name: it may import them."""
    files = [p for p in sorted(notebook.parent.glob("*.py")) if p.is_file() and not p.is_symlink()]
    texts = {p.name: p.read_text(encoding="utf-8", errors="replace") for p in files}
    return {name: text for name, text in texts.items() if len(text) <= most}
