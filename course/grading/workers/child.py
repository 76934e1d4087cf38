"""Child processes of the course's own: asked in JSON, they answer in JSON. Both of the ends."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from course.project import PACKAGE
from course.running.inside import process_limits
from course.running.processes import begin, remove

LONGEST_ANSWER = 32_000_000
GRACE_SECONDS = 5
"""For what it has to put away, once nothing is asked any more."""


class Child:
    """Python at work in a process of its own: begun when needed, and again when it is lost."""

    def __init__(self, words: Sequence[str], start: Any = None, **environment: str) -> None:
        self.words, self.start, self.environment = words, start, environment
        self.is_stopped = False
        self.folders: list[Path] = []
        """One for each process; what was written there stays for as long as this is needed."""
        self._running: list[tuple[subprocess.Popen, Connection]] = []
        self.close = weakref.finalize(self, _close, self._running, self.folders)

    def ask(self, question: Any, seconds: float) -> Any:
        """Its answer. Raises OSError where a second process, too, gives none."""
        try:
            return self._ask(question, seconds)
        except OSError:  # the system may have ended it, for want of memory
            return self._ask(question, seconds)

    def stop(self) -> None:
        """End it at once, whatever it is at, and for good. Another thread may call this."""
        self.is_stopped = True
        for process, _ in [*self._running]:
            process.kill()

    def _ask(self, question: Any, seconds: float) -> Any:
        if not self._running and not self.is_stopped:
            self._begin()
        if self.is_stopped:  # this may have come meanwhile
            raise OSError("it was stopped")
        process, connection = self._running[0]
        why = f"it took over {seconds:.0f} seconds"
        try:
            connection.send_bytes(json.dumps(question).encode())
            if connection.poll(seconds):
                reply = json.loads(connection.recv_bytes(LONGEST_ANSWER))
                if "answer" in reply:
                    return reply["answer"]
                why = reply["failed"]
        except (OSError, EOFError):
            why = ""
        process.kill()
        code = process.wait()
        self._running.clear()
        raise OSError(why or f"the process ended with exit code {code}")

    def _begin(self) -> None:
        self.folders.append(Path(tempfile.mkdtemp(prefix="cg-")))
        folder = str(self.folders[-1])
        connection, theirs = Pipe()
        with theirs:
            words = [sys.executable, *self.words, str(theirs.fileno()), folder]
            environment = os.environ | {"TMPDIR": folder} | self.environment
            process = begin(words, PACKAGE.parent, environment, [theirs.fileno()])
        self._running.append((process, connection))
        connection.send_bytes(json.dumps(self.start).encode())


def _close(running: list[tuple[subprocess.Popen, Connection]], folders: list[Path]) -> None:
    for process, connection in running:
        connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        process.kill()
        process.wait()
    for folder in folders:
        remove(folder)


def answer_with(begin: Callable[[Any, Path], Callable[[Any], Any]]) -> None:
    """In the child: answer until nobody is there any more to ask.

    What answers is made, by `begin`, from what the child was started with and from its folder.
    """
    number, folder = sys.argv[1:]
    process_limits.apply()
    atexit.register(remove, Path(folder))
    with Connection(int(number)) as connection, contextlib.suppress(EOFError, BrokenPipeError):
        answer = begin(json.loads(connection.recv_bytes()), Path(folder))
        while True:
            question = json.loads(connection.recv_bytes())
            try:
                reply = {"answer": answer(question)}
            except Exception as error:
                connection.send_bytes(json.dumps({"failed": repr(error)}).encode())
                raise
            connection.send_bytes(json.dumps(reply).encode())
