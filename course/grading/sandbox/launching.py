"""Kernels in the sandbox, each in a bubblewrap of its own.

The sockets of a kernel are opened out here and handed in, so that it needs no folder to write to.
"""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import time
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

from course.grading.sandbox.bubblewrap import Sandbox
from course.running.limits import Limits
from course.running.removing import remove
from course.running.room import KernelProcess

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_PORTS = range(1, len(_CHANNELS) + 1)
SECONDS_TO_COUNT = 0.5


class SandboxRoom:
    """Starts kernels in the sandbox of a lesson."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder, self.limits = sandbox, folder, sandbox.limits

    def start(self) -> KernelProcess:
        """Start a kernel."""
        return SandboxedKernel(self.sandbox, self.folder / f"k{secrets.token_hex(4)}")

    def close(self) -> None:
        """Nothing: a kernel's files go with the kernel."""


class SandboxedKernel:
    """A kernel, and all that it has started."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.place = os.open(folder, os.O_PATH)
        self.connection = self._write_connection()
        with contextlib.ExitStack() as stack:
            channels = [stack.enter_context(self._listening(k)) for k in _PORTS]
            sockets = [str(channel.fileno()) for channel in channels]
            calls = stack.enter_context(sandbox.refusals())
            words = ["-m", "course_inside.serving", str(folder / "connection.json"), *sockets]
            self.process = subprocess.Popen(
                sandbox.command(folder, words, calls.fileno()),
                env=sandbox.environment(),
                cwd=folder,
                start_new_session=True,
                pass_fds=[calls.fileno(), *map(int, sockets)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        Thread(target=self._count, args=[sandbox.limits], daemon=True).start()

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

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def end(self) -> None:
        """End it, with all that it has started, and remove what is left of it."""
        self.process.kill()
        self.process.wait()
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
