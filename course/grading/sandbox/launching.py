"""How kernels come into being: each by itself, or forked from a warmed process in the sandbox.

The sockets of a kernel are opened out here and handed in, so that it needs no folder to write to.
"""

import contextlib
import json
import os
import secrets
import selectors
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from course.grading.sandbox.bubblewrap import Sandbox
from course.grading.sandbox.control_groups import ControlGroup
from course.grading.sandbox.inside.isolation import NOT_ISOLATED
from course.running.removing import remove
from course.running.room import KernelProcess

READY_SECONDS = 60


class ColdProcess:
    """A sandbox for one kernel alone."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        group = f"course-{folder.parent.name}-{folder.name}"
        self.group = ControlGroup(group, sandbox.limits)
        words = ["-m", "course_inside.forking", "alone", str(folder / "connection.json")]
        with _listening(folder) as sockets:
            words += map(str, sockets)
            self.process = _popen(sandbox, folder, words, self.group, pass_fds=sockets)

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def end(self) -> None:
        """End it, with all that it has started."""
        self.process.kill()
        self.process.wait()
        self.group.close()


class WarmProcess:
    """A kernel forked from a warmed process."""

    def __init__(self, nursery: "Nursery", name: str) -> None:
        self.nursery, self.name = nursery, name
        with _listening(nursery.folder / name) as sockets:
            nursery.tell(f"start {name}", sockets)

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        self.nursery.listen(0)
        return self.nursery.ended.get(self.name)

    def end(self) -> None:
        """End it, with all that it has started."""
        if self.poll() is None:
            self.nursery.tell(f"kill {self.name}")
        until = time.monotonic() + 5
        while self.poll() is None and time.monotonic() < until:
            self.nursery.listen(0.05)
        if self.poll() is None:
            self.nursery.close()


class Nursery:
    """A warmed process in the sandbox of a lesson, and the kernels that it has forked."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder = folder / f"n{secrets.token_hex(4)}"
        self.folder.mkdir(mode=0o700)
        self.ended: dict[str, int] = {}
        self.group = ControlGroup(f"course-{folder.name}-{self.folder.name}", sandbox.limits)
        words = ["-m", "course_inside.forking", str(self.folder), str(sandbox.limits.file_size)]
        self.told, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            streams = {"stdin": theirs, "stdout": subprocess.PIPE}
            self.process = _popen(sandbox, self.folder, words, self.group, **streams)
        self.heard = b""
        self.ready = False
        until = time.monotonic() + READY_SECONDS
        while not self.ready and self.is_alive() and time.monotonic() < until:
            self.listen(0.1)

    def is_alive(self) -> bool:
        """Whether it can fork another kernel."""
        return self.process.poll() is None

    def tell(self, line: str, sockets: Sequence[int] = ()) -> None:
        """Give it a line; if it is gone, that shows in what becomes of its kernels."""
        with contextlib.suppress(OSError):
            socket.send_fds(self.told, [line.encode()], sockets)

    def listen(self, seconds: float) -> None:
        """Take in what it says, for so long at most."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while selector.select(seconds):
                more = os.read(self.process.stdout.fileno(), 4096)
                if not more:
                    self.ended = _Lost(self.ended)
                    return
                self.heard += more
                seconds = 0
        *lines, self.heard = self.heard.split(b"\n")
        for line in lines:
            words = line.decode("ascii", "replace").split()
            self.ready |= words == ["ready"]
            if len(words) == 3 and words[0] == "ended":
                self.ended[words[1]] = int(words[2])

    def close(self) -> None:
        """End it with all its kernels."""
        self.told.close()
        self.process.kill()
        self.process.wait()
        self.group.close()
        remove(self.folder)


class _Lost(dict):
    """Every kernel of a process that is gone is gone, too."""

    def get(self, name: str, default: int | None = None) -> int:  # type: ignore[override]
        return super().get(name, -9)


class SandboxRoom:
    """Kernels in the sandbox of a lesson, warm ones where the system allows it."""

    def __init__(self, sandbox: Sandbox, folder: Path, warm: bool = True) -> None:
        self.sandbox, self.folder, self.warm = sandbox, folder, warm
        self.limits = sandbox.limits
        self.nursery: Nursery | None = None

    def place(self) -> Path:
        """A new folder for a kernel's connection."""
        parent = self.folder
        if self.warm:
            if self.nursery is None or not self.nursery.is_alive():
                self.close()
                self.nursery = Nursery(self.sandbox, self.folder)
            parent = self.nursery.folder
        place = parent / f"k{secrets.token_hex(4)}"
        place.mkdir(mode=0o700)
        return place

    def connection(self, place: Path) -> dict[str, Any]:
        """Sockets in the kernel's folder."""
        connection: dict[str, Any] = {"transport": "ipc", "ip": str(place / "s")}
        connection |= {f"{name}_port": k for k, name in enumerate(_CHANNELS, start=1)}
        connection |= {"key": secrets.token_hex(16), "signature_scheme": "hmac-sha256"}
        text = json.dumps(connection | {"kernel_name": ""})
        (place / "connection.json").write_text(text, encoding="utf-8")
        return connection

    def start(self, place: Path) -> KernelProcess:
        """Start a kernel for the connection in this folder."""
        if self.warm and self.nursery is not None:
            return WarmProcess(self.nursery, place.name)
        return ColdProcess(self.sandbox, place)

    def another_way(self, code: int | None) -> bool:
        """Whether a kernel has ended because the system gives it no namespaces of its own."""
        if self.warm and code == NOT_ISOLATED:
            self.warm = False
            self.close()
            return True
        return False

    def close(self) -> None:
        """End the warmed process."""
        if self.nursery is not None:
            self.nursery.close()
        self.nursery = None


_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


@contextlib.contextmanager
def _listening(folder: Path) -> Iterator[list[int]]:
    """The open sockets of a kernel's connection, in the order of their numbers, to be handed on."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in _CHANNELS]
        for k, one in enumerate(opened, start=1):
            one.bind(str(folder / f"s-{k}"))
            one.listen()
        yield [one.fileno() for one in opened]


def _popen(
    sandbox: Sandbox, folder: Path, words: list[str], group: ControlGroup, **options: Any
) -> subprocess.Popen:
    nothing = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    return subprocess.Popen(
        sandbox.command(folder, words),
        env=sandbox.environment(),
        cwd=folder,
        preexec_fn=group.enter,
        start_new_session=True,
        **nothing | options,
    )
