"""`python -m benchmarks`: measure, one process for each number of threads, and report."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from benchmarks import figures, measuring, report
from benchmarks.rivals import RIVALS
from benchmarks.shapes import HEIGHTS, IMAGES, SHAPES, TINY, Shape, with_height, with_images

console = Console(highlight=False, width=max(110, Console().width))
LETTERS = {shape.name: shape for shape in (TINY, *SHAPES)}
SLOW = ("loops", "lesson", "SciPy")  # left out of large shapes where time is short


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Fewer rounds and rivals: ends within a minute.")
@click.option("--threads", multiple=True, type=click.IntRange(1), help="1 and 2; 1 if quick.")
@click.option("--shape", "shapes", multiple=True, type=click.Choice(list(LETTERS)), help="Repeat.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Folder of files.")
@click.option("--growth/--no-growth", default=True, help="Measure how time grows with N and H.")
@click.option("--inside", type=click.Path(path_type=Path), hidden=True)
@click.option("--removed", multiple=True, hidden=True)
def main(
    quick: bool,
    threads: tuple[int, ...],
    shapes: tuple[str, ...],
    output: Path | None,
    growth: bool,
    inside: Path | None,
    removed: tuple[str, ...],
) -> None:
    """Compare the layer of the course with other implementations."""
    chosen = [LETTERS[name] for name in shapes or LETTERS]
    if inside:
        run = measure(threads[0], chosen, quick, growth, list(removed))
        inside.write_text(json.dumps(run), encoding="utf-8")
        return
    counts = threads or ((1,) if quick else (1, 2))
    runs = [in_own_process(count, chosen, quick, growth) for count in counts]
    whole = {"date": f"{datetime.now():%Y-%m-%d}", "quick": quick, "runs": runs}
    for run in runs:
        console.print(report.heading(run), *report.tables(run), sep="\n\n")
    if output:
        report.write(whole, output)
        figures.draw(whole, output)
        console.print(f"results.json, table.md and the figures are in {output}")


def clean_environment(threads: int) -> tuple[dict[str, str], list[str]]:
    """This environment without settings of BLAS, with the threads set; and what was removed.

    OPENBLAS_CORETYPE among them may be set to an old processor, at half the speed.
    """
    removed = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("OPENBLAS_", "MKL_", "OMP_", "GOTO_", "BLIS_"))
    }
    kept = {name: value for name, value in os.environ.items() if name not in removed}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        kept[name] = str(threads)
    return kept, [f"{name}={value}" for name, value in sorted(removed.items())]


def in_own_process(threads: int, shapes: list[Shape], quick: bool, growth: bool) -> dict[str, Any]:
    """Measure with so many threads; libraries read such settings only when they start."""
    environment, removed = clean_environment(threads)
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "run.json"
        words = [sys.executable, "-m", "benchmarks", "--inside", str(result)]
        words += ["--threads", str(threads), "--growth" if growth else "--no-growth"]
        words += ["--quick"] if quick else []
        words += [word for shape in shapes for word in ("--shape", shape.name)]
        words += [word for setting in removed for word in ("--removed", setting)]
        with console.status(f"measuring, threads: {threads}"):
            subprocess.run(words, env=environment, check=True)
        run: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return run


def measure(
    threads: int, shapes: list[Shape], quick: bool, growth: bool, removed: list[str]
) -> dict[str, Any]:
    """All records of one number of threads."""
    effort = measuring.QUICK if quick else measuring.FULL
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    results = []
    for shape in shapes:
        slow = SLOW if quick and shape != TINY else ()
        names = [name for name in RIVALS if name not in slow]
        results += measuring.compare(shape, threads, effort, names)
    return {
        **measuring.surroundings(threads, removed),
        "load": load,
        "product_speed": measuring.product_speed(),
        "results": results,
        "growth": measuring.growth(growing(quick), threads, effort) if growth else [],
    }


def growing(quick: bool) -> list[Shape]:
    """The layers that grow, fewer of them where time is short."""
    step = 3 if quick else 1
    return [
        *map(with_images, IMAGES[::step]),
        *map(with_height, HEIGHTS[:: 2 if quick else 1]),
    ]


if __name__ == "__main__":
    main()
