"""Marking on this machine: threads, each with a process that it ends when it takes too long."""

import atexit
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from course.checks.exercises import LESSONS
from course.grading.marking.marker import Marker, Settings
from course.grading.results import FAILED, SubmissionResult
from course.grading.workers.child import Child, answer_with
from course.running.limits import Limits


@dataclass(frozen=True)
class Job:
    """One notebook to mark."""

    student: str
    lesson: str
    data: bytes
    beside: dict[str, str] = field(default_factory=dict)
    """Python files that the notebook may import, by name."""


class Worker(Child):
    """A process that marks."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(["-m", "course.grading.workers.local"], asdict(settings))
        self.settings = settings

    def mark(self, job: Job) -> SubmissionResult:
        """The result of a job. Raises OSError when the grader itself has failed twice."""
        # more than any can take: each exercise may cost its limit a few times over
        exercises, limits = len(LESSONS.get(job.lesson, ())), self.settings.limits
        once = limits.notebook_seconds + exercises * limits.cell_seconds
        told = asdict(job) | {"data": job.data.decode("latin-1")}
        return SubmissionResult.from_dict(self.ask(told, 60 + (1 + exercises) * once))


def _begin(settings: dict[str, Any], folder: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """In the process: what marks one job after another."""
    marker = Marker(Settings(**settings | {"limits": Limits(**settings["limits"])}), folder)
    atexit.register(marker.close)

    def mark(job: dict[str, Any]) -> dict[str, Any]:
        data = job["data"].encode("latin-1")
        return asdict(marker.mark(job["student"], job["lesson"], data, job["beside"]))

    return mark


def mark_here(
    jobs: Iterable[Callable[[], Job]], settings: Settings, count: int
) -> Iterator[SubmissionResult]:
    """Mark on this machine with so many workers; results come as they are ready."""
    idle: SimpleQueue[Worker] = SimpleQueue()

    def mark(job: Job) -> SubmissionResult:
        worker = idle.get()
        try:
            return worker.mark(job)
        finally:
            idle.put(worker)

    workers = [Worker(settings) for _ in range(count)]
    with ExitStack() as stack:  # at the end all are stopped, waited for, and closed
        for worker in workers:
            idle.put(worker)
            stack.callback(worker.close)
        pool = stack.enter_context(ThreadPoolExecutor(count))
        for worker in workers:
            stack.callback(worker.stop)
        yield from as_they_come(jobs, lambda job: pool.submit(mark, job), 2 * count)


def as_they_come(
    jobs: Iterable[Callable[[], Job]], submit: Callable[[Job], Future], ahead: int
) -> Iterator[SubmissionResult]:
    """The results of all jobs; only so many are read at a time, for notebooks are not few."""
    waiting = iter(jobs)
    running: dict[Future, Job] = {}
    while True:
        for read in islice(waiting, ahead - len(running)):
            job = read()
            running[submit(job)] = job
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job = running.pop(future)
            try:
                yield future.result()
            except Exception as error:  # whatever may fail costs one submission, not the batch
                why = f"the grader failed: {error}"
                yield SubmissionResult(job.student, job.lesson, FAILED, why)


if __name__ == "__main__":
    answer_with(_begin)
