"""The same work on a Dask cluster: a real scheduler and two workers, one of them killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from course.grading.batch import STORE, Batch, Options
from course.grading.store import Store
from course.project import CourseError

from .conftest import PROJECT
from .test_batch import hand_in

distributed = pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sandbox")]


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler, and its two workers."""
    file = tmp_path / "scheduler.json"
    started = []

    def start(*words):
        environment = os.environ | {"PYTHONPATH": str(PROJECT.root)}
        command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
        output = (tmp_path / f"{len(started)}.log").open("w")
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=output, stderr=output
        )
        started.append(process)
        return process

    start(
        "dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--scheduler-file",
        str(file),
    )
    until = time.monotonic() + 60
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.1)
    options = ["--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard"]
    workers = [start("dask_worker", "--no-nanny", *options) for _ in range(2)]
    with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        address = client.scheduler.address
    yield address, workers
    for process in started:
        process.kill()
        process.wait()


def test_a_worker_killed_in_the_middle_costs_nothing(sandbox, cluster, tmp_path):
    address, workers = cluster
    for k in range(10):
        hand_in(tmp_path / "in", f"student{k}")
    run = Batch(tmp_path / "in", tmp_path / "out", Options(scheduler=address))
    seen = []

    def step(result):
        seen.append(result.student)
        if len(seen) == 3:
            workers[0].send_signal(signal.SIGKILL)

    run.run(lambda total: None, step)
    results = Store(tmp_path / "out" / STORE).results()
    assert {r.points for r in results} == {7}
    assert len(seen) == len(set(seen)) == 10


def test_no_scheduler_is_explained(sandbox, tmp_path, monkeypatch):
    from course.grading.workers import cluster as dask_workers

    monkeypatch.setattr(dask_workers, "CONNECT_SECONDS", 1)
    hand_in(tmp_path / "in", "ann")
    options = Options(scheduler="tcp://127.0.0.1:1")
    run = Batch(tmp_path / "in", tmp_path / "out", options)
    with pytest.raises(CourseError, match="no Dask scheduler at"):
        run.run(lambda total: None, lambda result: None)
