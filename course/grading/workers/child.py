"""A child process of the course's own: asked in JSON, it answers in JSON. Both of its ends."""

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

from course.running.inside import process_limits
from course.running.removing import remove

LONGEST_ANSWER = 32_000_000
GRACE_SECONDS = 5
"""For what it has to put away, once nothing is asked any more."""


class Child:
    """Python at work in a process and a folder of its own, which go when nobody needs them."""

    def __init__(self, words: Sequence[str], start: Any = None, **environment: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cg-"))
        self._connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, *words, str(theirs.fileno()), str(self.folder)],
                env=os.environ | {"TMPDIR": str(self.folder)} | environment,
                cwd=Path(__file__).parents[3],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.close = weakref.finalize(self, _end, self.process, self._connection, self.folder)
        self._tell(start)

    def ask(self, question: Any, seconds: float) -> Any:
        """Its answer. Raises OSError where none comes, and has ended the process then."""
        try:
            self._tell(question)
            if not self._connection.poll(seconds):
                raise TimeoutError(f"it took over {seconds:.0f} seconds")
            reply = json.loads(self._connection.recv_bytes(LONGEST_ANSWER))
        except (OSError, EOFError) as error:
            self.process.kill()
            code = self.process.wait()
            if isinstance(error, TimeoutError):
                raise
            raise OSError(f"the process ended with exit code {code}") from error
        if "failed" in reply:
            raise OSError(reply["failed"])
        return reply["answer"]

    def _tell(self, what: Any) -> None:
        self._connection.send_bytes(json.dumps(what).encode())


def _end(process: subprocess.Popen, connection: Connection, folder: Path) -> None:
    connection.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    process.kill()
    process.wait()
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
