"""Work that is shared out among threads, and where none can be started."""

import multiprocessing
import os
import threading
import time

import pytest

from course.convolution import threads


@pytest.fixture
def without_threads(monkeypatch):
    """A Python that cannot start threads, as in a browser."""

    def refuse(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    threads._can_start.cache_clear()
    yield
    threads._can_start.cache_clear()


def test_images_are_shared_out():
    assert threads.in_threads(lambda part: (part.start, part.stop), 5, 2, True) == [(0, 2), (2, 5)]


def test_where_no_thread_starts_one_does_all(without_threads):
    assert threads.in_threads(lambda part: (part.start, part.stop), 5, 2, True) == [(0, 5)]


@pytest.mark.parametrize(("images", "count", "worth"), [(5, 1, True), (1, 2, True), (5, 2, False)])
def test_where_it_is_not_worth_it_one_does_all(images, count, worth):
    def work(part):
        return part.start, part.stop, threading.get_ident()

    assert threads.in_threads(work, images, count, worth) == [(0, images, threading.get_ident())]


def test_where_one_fails_the_others_are_waited_for():
    done = []

    def work(part):
        if part.start == 0:
            raise MemoryError
        time.sleep(0.1)
        done.append(part.start)

    with pytest.raises(MemoryError):
        threads.in_threads(work, 4, 2, True)
    assert done == [2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of a process with threads
def test_a_child_process_starts_threads_of_its_own():
    assert threads.in_threads(start_of, 2, 2, True) == [0, 1]  # the parent has some now
    with multiprocessing.get_context("fork").Pool(1) as pool:
        there = pool.apply_async(threads.in_threads, (start_of, 2, 2, True))
        assert there.get(timeout=30) == [0, 1]


def start_of(part):
    return part.start
