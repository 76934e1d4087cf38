"""How well, how fast and in how much memory lesson 12's networks learn the digits.

python -m benchmarks.digits [--seeds N]
"""

import resource
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from course.data import load_digits
from course.data.dataset import Dataset
from course.nn import (
    SGD,
    Sequential,
    SoftmaxCrossEntropy,
    accuracy,
    small_cnn,
    small_dense,
    train,
)

SCHEDULE = ((0.02, 12), (0.002, 4))
"""Learning rate and epochs, one part after the other, as in the lesson."""


class Run(NamedTuple):
    """One network trained once; shares of right answers from 0 to 1."""

    network: str
    seed: int
    test: float
    shifted: float
    seconds: float


def run(make: Callable[..., Sequential], seed: int, digits: Dataset) -> Run:
    """Train a network as lesson 12 does, and judge it on the test digits and on shifted ones."""
    rng = np.random.default_rng(seed)
    model = make(rng)
    optimizer, start = SGD(model, learning_rate=0.02, momentum=0.9), time.perf_counter()
    for optimizer.learning_rate, epochs in SCHEDULE:
        train(model, SoftmaxCrossEntropy(), optimizer, *digits.train, epochs, 8, rng)
    seconds = time.perf_counter() - start
    images, labels = digits.test
    shifted = np.zeros_like(images)
    shifted[..., 1:] = images[..., :-1]
    shares = accuracy(model, images, labels), accuracy(model, shifted, labels)
    return Run(make.__name__, seed, *shares, seconds)


def peak_megabytes() -> float:
    """The most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def mean(name: str, runs: list[Run]) -> list[str]:
    """The row of the table with the means of several runs."""
    columns = np.array([[r.test, r.shifted, r.seconds] for r in runs]).mean(axis=0)
    return [name, "mean", f"{columns[0]:.2%}", f"{columns[1]:.2%}", f"{columns[2]:.1f}"]


@click.command()
@click.option("--seeds", default=5, show_default=True, help="How many runs of each network.")
def main(seeds: int) -> None:
    """Train lesson 12's networks, the lesson's own run with seed 0 among them."""
    digits, console = load_digits(np.float32), Console()
    table = Table("network", "seed", "test", "shifted", "seconds")
    for make in (small_cnn, small_dense):
        runs = [run(make, seed, digits) for seed in range(seeds)]
        for r in runs:
            table.add_row(
                r.network, str(r.seed), f"{r.test:.2%}", f"{r.shifted:.2%}", f"{r.seconds:.1f}"
            )
        table.add_row(*mean(make.__name__, runs), end_section=True)
    console.print(table)
    console.print(f"peak memory {peak_megabytes():.0f} MB, NumPy {np.__version__}")


if __name__ == "__main__":
    main()
