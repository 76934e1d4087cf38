"""How long a check takes, by exercise, and how long the course takes to start.

`python -m benchmarks.checks` prints seconds for a right answer and for a wrong one (the median of
the known mistakes, diagnosis and smallest example included), and the start as a multiple of
`python -c "import numpy"`.
"""

import contextlib
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from course.checks import EXERCISES
from course.checks.exercise import Exercise
from course.checks.failure import failure

STARTS = {
    "import numpy": [sys.executable, "-c", "import numpy"],
    "from course.checks import check": [sys.executable, "-c", "from course.checks import check"],
    "course --help": [sys.executable, "-m", "course", "--help"],
}
ROUNDS, WRONG = 9, 7


def seconds(act: Callable[[], Any]) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def start_ratios(rounds: int = ROUNDS) -> dict[str, float]:
    """For each command, the median over the rounds of its time against NumPy's in that round."""
    times: dict[str, list[float]] = {name: [] for name in STARTS}
    for _ in range(rounds + 1):  # the first round fills the caches
        for name, command in STARTS.items():
            run = lambda c=command: subprocess.run(c, capture_output=True, check=True)  # noqa: E731
            times[name].append(seconds(run))
    numpy = times["import numpy"][1:]
    return {
        name: statistics.median(a / b for a, b in zip(taken[1:], numpy, strict=True))
        for name, taken in times.items()
    }


def right(exercise: Exercise) -> float:
    """Seconds for a right answer."""
    return seconds(lambda: exercise.mark(exercise.reference))


def wrong(exercise: Exercise) -> float:
    """Seconds for a wrong answer and its message, the median of some known mistakes."""
    step = max(len(exercise.mistakes) // WRONG, 1)
    chosen = [mistake.function for mistake in exercise.mistakes[::step]]
    return statistics.median(seconds(lambda f=f: _message(exercise, f)) for f in chosen)


def _message(exercise: Exercise, function: Callable[..., Any]) -> None:
    with contextlib.suppress(AssertionError):
        failure(exercise.mark(function), function)


def main() -> None:
    """Print both tables."""
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    console = Console()
    starts = Table("start", "times import numpy")
    for name, ratio in start_ratios().items():
        starts.add_row(name, f"{ratio:.2f}")
    console.print(starts)
    table = Table("exercise", "cases", "right answer, s", "wrong answer, s")
    for name, exercise in EXERCISES.items():
        cases = len(exercise.cases(np.random.default_rng(0)))
        table.add_row(name, str(cases), f"{right(exercise):.2f}", f"{wrong(exercise):.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
