"""The same work on a Dask cluster, for when one machine is not enough.

Each Dask worker must have the same version of this course, with bubblewrap and the `instructor`
extra. A job that was on a worker that is lost goes to another one.
"""

import atexit
import threading
from collections.abc import Callable, Iterator
from typing import Any

from course.grading.marking.marker import Settings
from course.grading.results import FAILED, SubmissionResult
from course.grading.workers.local import Job, Worker
from course.project import CourseError

CONNECT_SECONDS = 30
AHEAD = 4
"""Jobs that wait in the cluster, for each of its threads: the notebooks themselves are not few."""

_mine = threading.local()


def mark_on_cluster(
    jobs: list[Callable[[], Job]], settings: Settings, address: str
) -> Iterator[SubmissionResult]:
    """Mark on a cluster; results come as they are ready. Raises CourseError without one."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise CourseError(
            'Marking on a cluster needs Dask: pip install "convolution-course[instructor]"'
        ) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise CourseError(f"There is no Dask scheduler at {address}: {error}") from error
    waiting = iter(jobs)
    places = max(1, sum(client.nthreads().values())) * AHEAD
    running: Any = as_completed(loop=client.loop)
    keys: dict[str, Job] = {}
    try:
        for _ in range(min(places, len(jobs))):
            _submit(client, running, keys, next(waiting), settings)
        for future in running:
            job = keys.pop(future.key)
            yield _result(future, job)
            following = next(waiting, None)
            if following is not None:
                _submit(client, running, keys, following, settings)
    finally:
        client.close()


def _submit(
    client: Any, running: Any, keys: dict[str, Job], read: Callable[[], Job], settings: Settings
) -> None:
    job = read()
    words = (job.student, job.lesson, job.data, job.beside, settings.as_dict())
    future = client.submit(_mark, *words, pure=False, retries=2)
    keys[future.key] = job
    running.add(future)


def _result(future: Any, job: Job) -> SubmissionResult:
    try:
        return SubmissionResult.from_dict(future.result())
    except Exception as error:  # whatever a cluster may fail at costs one submission, not the batch
        return SubmissionResult(job.student, job.lesson, FAILED, f"the cluster failed: {error}")


def _mark(student: str, lesson: str, data: bytes, beside: dict[str, str], settings: dict) -> dict:
    """On a Dask worker: mark in a process of its own, one for each of the worker's threads."""
    worker = getattr(_mine, "worker", None)
    if worker is None or worker.settings.as_dict() != settings:
        if worker is not None:
            worker.close()
        worker = _mine.worker = Worker(Settings.from_dict(settings))
        atexit.register(worker.close)
    return worker.mark(Job(student, lesson, data, beside)).as_dict()
