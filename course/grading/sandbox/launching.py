"""Kernels in the sandbox, each in a bubblewrap of its own.

The sockets of a kernel are opened out here and handed in, so that it needs no folder to write to.
"""

import contextlib
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

from course.grading.sandbox.bubblewrap import environment, walls_around
from course.grading.sandbox.system_calls import refusals
from course.running.lesson import Lesson
from course.running.limits import Limits
from course.running.processes import begin, remove
from course.running.room import Kernel, Room

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_PORTS = range(1, len(_CHANNELS) + 1)
SECONDS_TO_COUNT = 0.5


class Sandbox(Room):
    """A room with walls around every kernel."""

    def __init__(
        self, lesson: Lesson, limits: Limits, within: Path, allowed: Iterable[str] = ()
    ) -> None:
        super().__init__(lesson, limits, within)
        self.allowed = (*allowed, *sorted(lesson.packages()))

    def start(self) -> Kernel:
        """Start a kernel."""
        return SandboxedKernel(self.new_place(), self)


class SandboxedKernel(Kernel):
    """A kernel behind walls."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.place = os.open(folder, os.O_PATH)
        self.connection = self._write_connection()
        limits = sandbox.limits
        with contextlib.ExitStack() as stack:
            channels = [stack.enter_context(self._listening(k)) for k in _PORTS]
            sockets = [str(channel.fileno()) for channel in channels]
            calls = stack.enter_context(tempfile.TemporaryFile())
            calls.write(refusals())
            calls.seek(0)
            refused = ["--seccomp", str(calls.fileno())] if refusals() else []
            walls = walls_around(sandbox.course, folder, limits.file_size, sandbox.allowed)
            python = [os.path.realpath(sys.executable), "-S", "-s", "-m", "course_inside.serving"]
            words = ["bwrap", *refused, *walls, *python, str(folder / "connection.json"), *sockets]
            files = [calls.fileno(), *map(int, sockets)]
            self.process = begin(words, folder, environment(limits), files)
        Thread(target=self._count, args=[limits], daemon=True).start()

    def _write_connection(self) -> dict[str, Any]:
        """The address is short wherever the folder is: a socket's may have 107 characters."""
        connection: dict[str, Any] = {"transport": "ipc", "ip": f"/proc/self/fd/{self.place}/s"}
        connection |= {f"{_CHANNELS[k - 1]}_port": k for k in _PORTS}
        connection |= {"key": secrets.token_hex(16), "signature_scheme": "hmac-sha256"}
        text = json.dumps(connection | {"kernel_name": ""})
        (self.folder / "connection.json").write_text(text, encoding="utf-8")
        return connection

    def _listening(self, port: int) -> socket.socket:
        opened = socket.socket(socket.AF_UNIX)
        opened.bind(f"{self.connection['ip']}-{port}")
        opened.listen()
        return opened

    def _count(self, limits: Limits) -> None:
        """End it when its processes together take too much: the system limits each for itself."""
        while self.process.poll() is None:
            memory, processes = _taken_by(self.process.pid)
            if memory > limits.memory or processes > limits.processes:
                self.process.kill()
            time.sleep(SECONDS_TO_COUNT)

    def end(self) -> None:
        """End it, with all that it has started, and remove what is left of it."""
        super().end()
        os.close(self.place)
        remove(self.folder)


def _taken_by(process: int) -> tuple[int, int]:
    """How many bytes the descendants of a process hold, and how many there are."""
    memory, family = 0, []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process).children(recursive=True)
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            memory += one.memory_info().rss
    return memory, len(family)
