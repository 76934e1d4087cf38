"""A warmed process in the sandbox: it has imported what kernels need, and forks them.

It never runs anything of a student's. It is told on its standard input what to do, a message at a
time, and says on its standard output what became of it. A kernel's sockets come with the message.
"""

import contextlib
import errno
import importlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from . import isolation, serving  # type: ignore[attr-defined]  # in there, all lie together

NOT_STARTED = 78
"""The exit code of one for which there was no room."""
_SOCKETS = range(201, 206)
"""As what files a kernel has its sockets."""
_FORBIDDEN = (errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOSPC, errno.ENOSYS)

_MODULES = (
    *("numpy", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell"),
    *("ipykernel.datapub", "ipykernel.embed", "ipykernel.subshell_manager", "ipykernel.comm"),
    *("IPython.core.completerlib", "IPython.core.magics", "IPython.extensions.storemagic"),
    *("matplotlib_inline.backend_inline", "jedi", "comm", "debugpy", "sqlite3", "tornado.platform"),
    *("zmq.eventloop.zmqstream", "zmq.asyncio", "jupyter_client.session", "psutil", "uuid"),
    *("course_inside.trial", "course_inside.wire", "course.checks.case", "course.convolution"),
)


def alone(connection: str, sockets: list[int]) -> None:
    """Be a kernel, without forking one."""
    isolation.forbid_memory_that_is_not_counted()
    serving.start(connection, sockets)


def main() -> None:
    """Fork kernels until the standard input ends."""
    for name in _MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    shared, size = Path(sys.argv[1]), int(sys.argv[2])
    told = socket.socket(fileno=0)
    running: dict[int, str] = {}
    first: dict[str, int] = {}
    _say("ready")
    while True:
        if select.select([told], [], [], 0.02 if running else None)[0]:
            message, sockets, _, _ = socket.recv_fds(told, 4096, len(_SOCKETS))
            words = message.decode().split()
            if not words:
                break
            if words[0] == "start":
                process, first[words[1]] = _fork(shared / words[1], size, sockets)
                running[process] = words[1]
                for each in sockets:
                    os.close(each)
            elif words[0] == "kill" and words[1] in running.values():
                _kill(first[words[1]])
        _report(running)


def _kill(process: int) -> None:
    """End the first process of a namespace, and so everything in there."""
    if process:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _report(running: dict[int, str]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        name = running.pop(process, "")
        _say(f"ended {name} {os.waitstatus_to_exitcode(status)}")


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def _fork(shared: Path, size: int, sockets: list[int]) -> tuple[int, int]:
    """Fork a kernel; return the process that waits for it, and the first of its namespace.

    The first one is the one to kill: it has not ended before all others in there have.
    """
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        with os.fdopen(reading) as told:
            return process, int(told.read() or 0)
    code = NOT_STARTED
    try:
        code = _wait_for_kernel(shared, size, writing, sockets)
    except OSError as error:
        code = isolation.NOT_ISOLATED if error.errno in _FORBIDDEN else NOT_STARTED
    finally:
        os._exit(code)


def _wait_for_kernel(shared: Path, size: int, writing: int, sockets: list[int]) -> int:
    connection = (shared / "connection.json").read_text()
    told = os.dup2(writing, _SOCKETS.start - 1)
    for one, place in zip(sockets, _SOCKETS, strict=True):
        os.dup2(one, place)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.closerange(3, told)
    isolation.die_with_parent()
    isolation.leave()
    isolation.die_with_parent()  # once more: with other privileges it is forgotten
    process = os.fork()
    if process == 0:
        os.close(told)
        _run_and_exit(lambda: _first_process(connection, size))
    os.write(told, str(process).encode())
    os.close(told)
    return _code_of(process)


def _first_process(connection: str, size: int) -> int:
    """The first process of the new namespace: when it ends, everything in there does."""
    isolation.die_with_parent()
    isolation.make_private_folders(size)
    isolation.drop_capabilities()
    isolation.forbid_inspection()
    process = os.fork()
    if process == 0:
        _run_and_exit(lambda: _kernel(connection))
    return _code_of(process)


def _kernel(connection: str) -> int:
    os.setsid()
    isolation.forbid_memory_that_is_not_counted()
    file = Path("/tmp", "connection.json")
    file.write_text(connection)
    serving.start(str(file), _SOCKETS)
    return 0


def _run_and_exit(work: Callable[[], int]) -> NoReturn:
    code = 1
    try:
        code = work()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except OSError as error:
        code = isolation.NOT_ISOLATED if error.errno in _FORBIDDEN else NOT_STARTED
    finally:
        os._exit(code)


def _code_of(process: int) -> int:
    """Wait for a process, and for all orphans before it; a signal gives 128 and its number."""
    while True:
        ended, status = os.wait()
        if ended == process:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


if __name__ == "__main__" and sys.argv[1] == "alone":
    alone(sys.argv[2], [int(word) for word in sys.argv[3:]])
elif __name__ == "__main__":
    main()
