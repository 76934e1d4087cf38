"""Ask the process that opens strangers' files, and end it when one file is too much for it."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from course.running.removing import remove

PROGRAM = ["-m", "course.grading.submissions.opening"]
LIMITS = {"RLIMIT_AS": 2**30, "RLIMIT_FSIZE": 300_000_000, "RLIMIT_NOFILE": 64}
_LONGEST_LINE = 32_000_000


class Opener:
    """Has files opened by a process of their own; what was read lies in a folder of ours."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="course-in-"))
        weakref.finalize(self, remove, self.folder)
        self._process: subprocess.Popen | None = None

    def look(self, place: tuple, seconds: float) -> dict[str, Any]:
        """What is there: `entries`, or the file with what was `spooled`, or why it is `refused`."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        # the clock runs in a thread, since to wait for a line cannot be given a limit
        clock, ends = threading.Timer(seconds, process.kill), time.monotonic() + seconds
        clock.start()
        try:
            process.stdin.write(json.dumps([place, int(seconds) + 5]).encode() + b"\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline(_LONGEST_LINE))
        except (OSError, ValueError):
            late = time.monotonic() >= ends
            self.close()
            why = f"the process that read it ended with exit code {process.returncode}"
            return {"refused": f"to read it took over {seconds:.0f} seconds" if late else why}
        finally:
            clock.cancel()

    def _start(self) -> subprocess.Popen:
        self._process = subprocess.Popen(
            [sys.executable, *PROGRAM, str(self.folder)],
            env=os.environ | {"COURSE_LIMITS": json.dumps(LIMITS)},
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self._process

    def close(self) -> None:
        """End the process; what was read stays, for as long as this is needed."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
