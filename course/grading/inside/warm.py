"""A warmed process in the sandbox: it has imported what kernels need, and forks them.

It never runs anything of a student's. It is told on its standard input what to do, a line at a
time, and says on its standard output what became of it.
"""

import importlib
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from . import isolation, kernel

NOT_ISOLATED = 77
"""The exit code of a kernel for which the system gives no namespaces of its own."""

_MODULES = (
    *("numpy", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell"),
    *("ipykernel.datapub", "ipykernel.embed", "ipykernel.subshell_manager", "ipykernel.comm"),
    *("IPython.core.completerlib", "IPython.core.magics", "IPython.extensions.storemagic"),
    *("matplotlib_inline.backend_inline", "jedi", "comm", "debugpy", "sqlite3", "tornado.platform"),
    *("zmq.eventloop.zmqstream", "zmq.asyncio", "jupyter_client.session", "psutil", "uuid"),
    *("course_inside.trial", "course_inside.wire", "course.checks.uses", "course.convolution"),
)


def main() -> None:
    """Fork kernels until the standard input ends."""
    for name in _MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    shared, size = Path(sys.argv[1]), int(sys.argv[2])
    running: dict[int, str] = {}
    _say("ready")
    while True:
        if select.select([0], [], [], 0.02 if running else None)[0]:
            words = _line().split()
            if not words:
                break
            if words[0] == "start":
                running[_fork(shared / words[1], size)] = words[1]
            for process in [p for p, name in running.items() if words == ["kill", name]]:
                os.kill(process, signal.SIGKILL)
        _report(running)


def _report(running: dict[int, str]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        name = running.pop(process, "")
        _say(f"ended {name} {os.waitstatus_to_exitcode(status)}")


def _line() -> str:
    text = b""
    while not text.endswith(b"\n"):
        more = os.read(0, 1)
        if not more:
            return ""
        text += more
    return text.decode()


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def _fork(shared: Path, size: int) -> int:
    process = os.fork()
    if process:
        return process
    code = NOT_ISOLATED
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.closerange(3, 256)
        isolation.die_with_parent()
        isolation.leave()
        code = _in_a_fork(lambda: _first_process(shared, size))
    finally:
        os._exit(code)


def _first_process(shared: Path, size: int) -> int:
    """The first process of the new namespace: when it ends, everything in there does."""
    isolation.die_with_parent()
    try:
        isolation.furnish(shared, size)
        isolation.forgo()
        isolation.hide()
    except OSError:
        return NOT_ISOLATED
    return _in_a_fork(lambda: _kernel(shared))


def _kernel(shared: Path) -> int:
    os.setsid()
    kernel.start(str(shared / "connection.json"))
    return 0


def _in_a_fork(work: Callable[[], int]) -> int:
    """Fork, do the work there, and wait for its end."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            code = work()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        finally:
            os._exit(code)
    while True:
        ended, status = os.wait()
        if ended == process:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    main()
