"""Worker processes, each supervised by a thread that ends it when it takes too long."""

import base64
import contextlib
import json
import os
import queue
import selectors
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course.checks import EXERCISES
from course.grading.marking.marker import Settings
from course.grading.results import FAILED, SubmissionResult
from course.grading.sandbox.control_groups import close_groups
from course.running.removing import remove

TRIES = 2


@dataclass(frozen=True)
class Job:
    """One notebook to mark."""

    student: str
    lesson: str
    data: bytes
    beside: dict[str, str] = field(default_factory=dict)
    """Python files that the notebook may import, by name."""


def seconds_for(job: Job, settings: Settings) -> float:
    """More than any submission can take: each exercise may cost its limit a few times over."""
    exercises = sum(e.lesson == job.lesson for e in EXERCISES.values())
    limits = settings.limits
    once = limits["notebook_seconds"] + exercises * limits["cell_seconds"]
    return 60 + (1 + exercises) * once


class Worker:
    """One process that marks; started when needed, and again when it is lost."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process: subprocess.Popen | None = None
        self.folder = Path()
        self.stopping = threading.Event()

    def mark(self, job: Job) -> SubmissionResult:
        """The result of a job; after two failures of the grader itself, one that says so."""
        why = ""
        for _ in range(TRIES):
            try:
                return SubmissionResult.from_dict(json.loads(self._ask(job)))
            except (OSError, ValueError, TimeoutError) as error:
                why = str(error)
                self.close()
                if self.stopping.is_set():
                    break
        return SubmissionResult(job.student, job.lesson, FAILED, f"the grader failed: {why}")

    def _ask(self, job: Job) -> str:
        process = self.process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        data = base64.b64encode(job.data).decode()
        sent = {"student": job.student, "lesson": job.lesson, "data": data, "beside": job.beside}
        process.stdin.write((json.dumps(sent) + "\n").encode())
        process.stdin.flush()
        return self._line(process, seconds_for(job, self.settings))

    def _line(self, process: subprocess.Popen, seconds: float) -> str:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            deadline, received = time.monotonic() + seconds, b""
            while not received.endswith(b"\n"):
                if time.monotonic() > deadline or self.stopping.is_set():
                    raise TimeoutError(f"no result after {seconds:.0f} seconds")
                if not selector.select(0.5):
                    continue
                more = os.read(process.stdout.fileno(), 65536)
                if not more:
                    raise OSError(f"the worker ended with exit code {process.wait()}")
                received += more
        return received.decode("utf-8")

    def _start(self) -> subprocess.Popen:
        self.process = process = subprocess.Popen(
            [sys.executable, "-m", "course.grading.workers.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[3],
            start_new_session=True,
        )
        assert process.stdin is not None
        self.folder = Path(tempfile.mkdtemp(prefix="cg-"))
        start = {"settings": self.settings.as_dict(), "folder": str(self.folder)}
        process.stdin.write((json.dumps(start) + "\n").encode())
        return process

    def close(self) -> None:
        """End the process and, with it, its sandbox."""
        process, self.process = self.process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(timeout=0.2 if self.stopping.is_set() else 5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        close_groups(self.folder.name)
        remove(self.folder)


def mark_here(
    jobs: Iterable[Callable[[], Job]], settings: Settings, count: int
) -> Iterator[SubmissionResult]:
    """Mark on this machine with so many workers; results come as they are ready."""
    waiting: queue.Queue = queue.Queue()
    for job in jobs:
        waiting.put(job)
    done: queue.Queue = queue.Queue()
    workers = [Worker(settings) for _ in range(min(count, max(waiting.qsize(), 1)))]
    total = waiting.qsize()
    threads = [
        threading.Thread(target=_work, args=(w, waiting, done), daemon=True) for w in workers
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(total):
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        for worker in workers:
            worker.stopping.set()
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.get_nowait()
        for thread in threads:
            thread.join()


def _work(worker: Worker, waiting: queue.Queue, done: queue.Queue) -> None:
    try:
        while not worker.stopping.is_set():
            job = waiting.get_nowait()()
            result = worker.mark(job)
            if not worker.stopping.is_set():
                done.put(result)
    except queue.Empty:
        pass
    except BaseException as error:
        done.put(error)
    finally:
        worker.close()
