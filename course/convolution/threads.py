"""Images shared out among threads, with BLAS held to one thread for each."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise
from threading import Thread
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")


def in_threads(
    work: Callable[[slice], Result], images: int, threads: int, worth: bool
) -> list[Result]:
    """Call work with parts of the images, side by side where it is worth it; list what it returns.

    Otherwise there is one part, and BLAS has as many threads as it is set to. So it is, too, where
    no thread can be started, as in a browser.
    """
    count = min(threads, images)
    if count == 1 or not worth or not _can_start():
        return [work(slice(0, images))]
    ends = [images * k // count for k in range(count + 1)]
    first, *others = (slice(start, stop) for start, stop in pairwise(ends))
    with _blas().limit(limits=1, user_api="blas"):
        tasks = [_pool(os.getpid()).submit(work, part) for part in others]
        try:
            return [work(first), *(task.result() for task in tasks)]
        finally:
            wait(tasks)


@cache
def _can_start() -> bool:
    """Whether this Python can start threads at all."""
    try:
        thread = Thread(target=int)
        thread.start()
        thread.join()
    except RuntimeError:
        return False
    return True


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """Threads of a process that wait for work: to start one takes as long as a small layer."""
    return ThreadPoolExecutor(os.cpu_count())


@cache
def _blas() -> ThreadpoolController:
    """What sets the threads of BLAS; finding it takes longer than a small layer."""
    return ThreadpoolController()
