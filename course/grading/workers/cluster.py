"""The same work on a Dask cluster, for when one machine is not enough.

Each Dask worker must have the same version of this course, with bubblewrap and the `instructor`
extra. A job that was on a worker that is lost goes to another one.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

from course.grading.marking.marker import Settings
from course.grading.results import SubmissionResult
from course.grading.workers.local import Job, Worker, as_they_come
from course.project import CourseError

CONNECT_SECONDS = 30
AHEAD = 4
"""Jobs that wait in the cluster, for each of its threads."""

_mine = threading.local()


def mark_on_cluster(
    jobs: list[Callable[[], Job]], settings: Settings, address: str
) -> Iterator[SubmissionResult]:
    """Mark on a cluster; results come as they are ready. Raises CourseError without one."""
    try:
        from distributed import Client
    except ImportError as error:
        needs = 'Marking on a cluster needs Dask: pip install "convolution-course[instructor]"'
        raise CourseError(needs) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise CourseError(f"There is no Dask scheduler at {address}: {error}") from error
    with closing(client):
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        cluster = client.get_executor(pure=False, retries=2)
        yield from as_they_come(jobs, lambda job: cluster.submit(_mark, job, settings), ahead)


def _mark(job: Job, settings: Settings) -> SubmissionResult:
    """On a Dask worker: mark in a process of its own, one for each of the worker's threads."""
    worker = getattr(_mine, "worker", None)
    if worker is None or worker.settings != settings:
        worker = _mine.worker = Worker(settings)
    return worker.mark(job)
