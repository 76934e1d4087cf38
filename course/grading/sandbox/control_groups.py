"""Control groups, where this user may make them: limits for all processes of a sandbox together.

Elsewhere the limits of each process and of each user namespace have to do. Root needs these,
because the limit on processes does not hold for root.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

from course.running.limits import Limits

ROOT = Path("/sys/fs/cgroup")


class ControlGroup:
    """The processes of one sandbox, counted together; does nothing where that is not possible."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.folders = [f for f in (_make(parent, name) for parent in _parents()) if f]
        for folder in self.folders:
            for file, most in (
                ("pids.max", limits.processes),
                ("memory.max", limits.memory),
                ("memory.swap.max", 0),
                ("memory.limit_in_bytes", limits.memory),
            ):
                if (folder / file).exists():
                    with contextlib.suppress(OSError):
                        (folder / file).write_text(str(most))

    def enter(self) -> None:
        """Put this process, and all that it will start, into the group."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                (folder / "cgroup.procs").write_text(str(os.getpid()))

    def close(self) -> None:
        """End what is left in the group, and the group."""
        for folder in self.folders:
            _close(folder)


def are_there() -> bool:
    """Whether this user may make control groups."""
    made = ControlGroup(f"course-{os.getpid()}-tried", Limits())
    made.close()
    return bool(made.folders)


def close_groups(name: str) -> None:
    """Close the groups that a process has left behind whose groups were called so."""
    for parent in _parents():
        for folder in parent.glob(f"course-{name}-*"):
            _close(folder)


def _close(folder: Path) -> None:
    _empty(folder)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _parents() -> list[Path]:
    """Where a group can be made: below one's own in version 2, for each controller in version 1."""
    if (ROOT / "cgroup.controllers").exists():
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        place = next((line[3:] for line in own if line.startswith("0::")), "/")
        return [ROOT / place.lstrip("/")]
    return [ROOT / "pids", ROOT / "memory"]


def _make(parent: Path, name: str) -> Path | None:
    folder = parent / name
    try:
        folder.mkdir()
    except OSError:
        return None
    limiting = ("pids.max", "memory.max", "memory.limit_in_bytes")
    if not any((folder / file).exists() for file in limiting):
        folder.rmdir()
        return None
    return folder


def _empty(folder: Path) -> None:
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            left = [int(line) for line in (folder / "cgroup.procs").read_text().split()]
        except OSError:
            return
        if not left:
            return
        for process in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.01)
