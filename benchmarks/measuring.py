"""Times in alternation, memory apart from them, and what they were measured on."""

import importlib
import os
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from benchmarks.rivals import BACKWARD, BOTH, FAST, FORWARD, PASSES, PYTORCH, RIVALS, Calls
from benchmarks.shapes import Arrays, Shape, arrays_of
from course.convolution import workspace


class Effort(NamedTuple):
    """How long to go on measuring one pass of one shape."""

    rounds: int  # of all rivals, each called once a round
    seconds: float  # after so many no round begins
    slow: float  # a rival that takes so many seconds is called only once


FULL = Effort(rounds=25, seconds=6.0, slow=1.0)
QUICK = Effort(rounds=3, seconds=0.3, slow=0.1)


def seconds(call: Callable[[], Any]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


SPIN = 0.12  # seconds; OpenBLAS's threads look for work in a loop for 0.1 s before they sleep


def spin() -> None:
    """Wait, and keep the processor at work: after a rest it is slow."""
    end = time.perf_counter() + SPIN
    while time.perf_counter() < end:
        pass


def alternate(calls: Calls, effort: Effort, threads: int = 1) -> dict[str, list[float]]:
    """The times of each call, in rounds in which each has its turn.

    With several threads each turn begins when those of the call before have stopped looking for
    work, and with a call that does not count: it wakes its own.

    What else the machine does falls on all of them alike, so that the ratios within a round can be
    trusted where the times cannot. The first call of each warms up and counts only for slow ones.
    """
    first = {name: seconds(call) for name, call in calls.items()}
    times = {name: [took] if took > effort.slow else [] for name, took in first.items()}
    quick = [name for name, took in first.items() if took <= effort.slow]
    end = time.perf_counter() + effort.seconds
    for done in range(effort.rounds):
        if done >= 2 and time.perf_counter() > end:
            break
        for name in quick[done % len(quick) :] + quick[: done % len(quick)] if quick else []:
            if threads > 1:
                spin()
                calls[name]()
            times[name].append(seconds(calls[name]))
    return times


def ratio(times: list[float], reference: list[float]) -> float:
    """The median of the ratios within each round; of the medians where the rounds differ."""
    if len(times) == len(reference):
        return statistics.median(a / b for a, b in zip(times, reference, strict=True))
    return statistics.median(times) / statistics.median(reference)


def traced(name: str, kind: str) -> bool:
    """Whether to measure memory: Python does not see PyTorch's, and two passes tell it all."""
    return name != PYTORCH and kind in (FORWARD, BACKWARD)


def extra_bytes(call: Callable[[], Any]) -> int:
    """The most memory a call holds beyond what it returns, as NumPy reports it to Python.

    What the fast layer keeps from call to call counts: it begins without.
    """
    workspace.forget()
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return int(peak - sum(array.nbytes for array in arrays_in(result)))


def arrays_in(result: Any) -> Iterable[np.ndarray]:
    """The arrays that a call returns, in tuples of tuples."""
    if isinstance(result, tuple):
        for part in result:
            yield from arrays_in(part)
    elif isinstance(result, np.ndarray):
        yield result


def product_speed(rounds: int = 7, size: int = 1024) -> float:
    """Billions of operations a second in a float32 matrix product, the limit for this method."""
    a = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    out = np.empty_like(a)
    times = [seconds(lambda: np.matmul(a, a, out=out)) for _ in range(rounds)]
    return 2 * size**3 / statistics.median(times) / 1e9


def compare(
    shape: Shape, threads: int, effort: Effort, names: Iterable[str] = RIVALS
) -> list[dict[str, Any]]:
    """One record for each rival and pass of a shape."""
    arrays = arrays_of(shape)
    calls = {name: RIVALS[name](shape, arrays, threads) for name in names}
    speed, records = product_speed(), []
    for kind in PASSES:
        these = {name: call[kind] for name, call in calls.items() if kind in call}
        times = alternate(these, effort, threads)
        reference = times.get(PYTORCH, times.get(FAST))
        operations = shape.operations * {BOTH: 3, BACKWARD: 2}.get(kind, 1)
        for name, taken in times.items():
            middle = statistics.median(taken)
            records.append(
                {
                    "shape": shape.name,
                    "rival": name,
                    "pass": kind,
                    "milliseconds": 1e3 * middle,
                    "rounds": len(taken),
                    "ratio": ratio(taken, reference) if reference else None,
                    "share": operations / middle / 1e9 / speed,
                    "extra_bytes": extra_bytes(these[name]) if traced(name, kind) else None,
                }
            )
    return records


def growth(shapes: Iterable[Shape], threads: int, effort: Effort) -> list[dict[str, Any]]:
    """Forward and backward of one layer as its batch or its images grow."""
    records = []
    for shape in shapes:
        arrays: Arrays = arrays_of(shape)
        calls = {name: RIVALS[name](shape, arrays, threads) for name in (FAST, PYTORCH)}
        these = {name: call[BOTH] for name, call in calls.items() if call}
        times = alternate(these, effort, threads)
        N, _, H, W = shape.x
        for name, taken in times.items():
            middle = statistics.median(taken)
            records.append(
                {
                    "shape": shape.name,
                    "rival": name,
                    "images": N,
                    "height": H,
                    "milliseconds_per_image": 1e3 * middle / N,
                    "nanoseconds_per_pixel": 1e9 * middle / (N * H * W),
                }
            )
    return records


def surroundings(threads: int, removed: list[str]) -> dict[str, Any]:
    """What a time means nothing without: the machine, the versions, BLAS and its settings."""
    settings = ("OMP_", "OPENBLAS_", "MKL_")
    return {
        "threads": threads,
        "machine": platform.node(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "scipy", "torch")},
        "blas": [
            {key: lib.get(key) for key in ("internal_api", "version", "architecture")}
            | {"threads": lib["num_threads"]}
            for lib in threadpool_info()
            if lib["user_api"] == "blas"
        ],
        "environment": {k: v for k, v in sorted(os.environ.items()) if k.startswith(settings)},
        "removed": removed,
    }


def processor() -> str:
    """The processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def version(name: str) -> str | None:
    """The version of an installed package."""
    try:
        return str(importlib.import_module(name).__version__)
    except ImportError:
        return None
