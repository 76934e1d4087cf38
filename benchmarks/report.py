"""What was measured, as tables for the eye, for a document and for a program."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.rivals import BOTH, FAST, FORWARD, PASSES, PYTORCH, RIVALS, WEIGHTS
from benchmarks.shapes import SHAPES, TINY

Run = dict[str, Any]
MEANS = (FORWARD, WEIGHTS, BOTH)


def select(run: Run, **wanted: str) -> list[dict[str, Any]]:
    """The results that have these values, such as shape="b" and rival="fast"."""
    return [r for r in run["results"] if all(r[key] == value for key, value in wanted.items())]


def reference(run: Run) -> str:
    """Whose time is 1: PyTorch's where it was there."""
    return PYTORCH if run["versions"]["torch"] else FAST


def mean_ratio(run: Run, rival: str, kind: str) -> float | None:
    """The geometric mean over the shapes, without the tiny one; None where one is missing."""
    chosen = select(run, rival=rival, **{"pass": kind})
    found = {r["shape"]: r["ratio"] for r in chosen if r["ratio"] is not None}
    shapes = {r["shape"] for r in run["results"]} - {TINY.name}
    if not shapes or not shapes <= set(found):
        return None
    return math.exp(sum(math.log(found[shape]) for shape in shapes) / len(shapes))


def number(value: float | None, digits: int = 2) -> str:
    """A number for a table, or a dash."""
    return "–" if value is None else f"{value:.{digits}f}"


def tables(run: Run) -> Iterable[Table]:
    """For the terminal: one table for each shape, and the means."""
    for shape in (TINY, *SHAPES):
        if select(run, shape=shape.name):
            yield shape_table(run, shape.name, str(shape))
    yield mean_table(run)
    if run["growth"]:
        yield growth_table(run)


def shape_table(run: Run, shape: str, title: str) -> Table:
    """Milliseconds of each pass, and what else there is to say of both passes together."""
    table = Table(title=f"{title}, threads: {run['threads']}", title_justify="left")
    table.add_column("", no_wrap=True)
    for kind in PASSES:
        table.add_column(f"{kind}\nms", justify="right")
    for heading in (f"ratio to\n{reference(run)}", "share of\nproduct speed", "extra\nMB"):
        table.add_column(heading, justify="right")
    for rival in RIVALS:
        found = {r["pass"]: r for r in select(run, shape=shape, rival=rival)}
        if found:
            table.add_row(rival, *shape_row(found))
    return table


def shape_row(found: dict[str, dict[str, Any]]) -> list[str]:
    """A rival's cells; what is said of both passes is said of forward where there is no more."""
    times = [found[kind]["milliseconds"] if kind in found else None for kind in PASSES]
    whole = found.get(BOTH, found.get(FORWARD, {}))
    sizes = [r["extra_bytes"] for r in found.values() if r["extra_bytes"] is not None]
    return [
        *(number(time) for time in times),
        number(whole["ratio"]),
        f"{whole['share']:.0%}",
        number(max(sizes) / 1e6 if sizes else None, 1),
    ]


def mean_table(run: Run) -> Table:
    """How many times as long as the reference, over all shapes."""
    title = f"Geometric mean of ratios to {reference(run)}, threads: {run['threads']}"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for kind in MEANS:
        table.add_column(kind, justify="right")
    for rival in RIVALS:
        means = [mean_ratio(run, rival, kind) for kind in MEANS]
        if any(means):
            table.add_row(rival, *map(number, means))
    return table


GROWTH = {  # the unit in which each growth is shown, and the size that grows
    "N=": ("milliseconds_per_image", "images"),
    "H=": ("nanoseconds_per_pixel", "height"),
}
LINEAR = 0.15  # from power 1; a small size pays for its calls, so that a power is a little less


def power(sizes: list[float], costs: list[float]) -> float:
    """The p for which time grows as size ** p, from what one unit of size costs at each size.

    The slope of a straight line through the logarithms, by least squares.
    """
    x, y = np.log(sizes), np.log(np.multiply(sizes, costs))
    return float(np.polyfit(x, y, 1)[0])


def judged(run: Run, prefix: str, rival: str) -> dict[str, Any]:
    """How the time of a rival grows: its costs, the power, and what is said of it."""
    unit, size = GROWTH[prefix]
    line = [r for r in run["growth"] if r["shape"].startswith(prefix) and r["rival"] == rival]
    costs = [r[unit] for r in line]
    sizes = [r[size] ** (2 if size == "height" else 1) for r in line]  # pixels, or images
    found = power(sizes, costs) if len(set(sizes)) > 1 else 1.0
    verdict = "linear" if abs(found - 1) <= LINEAR else "faster" if found > 1 else "slower"
    name = f"{line[0]['shape']} to {line[-1]['shape'].removeprefix(prefix)}"
    return {"sizes": name, "costs": costs, "power": found, "verdict": verdict}


def growth_table(run: Run) -> Table:
    """What an image costs as the batch grows, and a pixel as the image grows; and the verdict."""
    table = Table(title=f"Growth, threads: {run['threads']}", title_justify="left")
    table.add_column("")
    for heading in ("of layer c with", "least", "most", "most / least", "power", "grows"):
        table.add_column(heading, justify="right")
    for prefix, (unit, _) in GROWTH.items():
        found = [r for r in run["growth"] if r["shape"].startswith(prefix)]
        for rival in dict.fromkeys(r["rival"] for r in found):
            line = judged(run, prefix, rival)
            least, most = min(line["costs"]), max(line["costs"])
            numbers = map(number, (least, most, most / least, line["power"]))
            name = f"{rival}, {unit.replace('_', ' ')}"
            table.add_row(name, line["sizes"], *numbers, line["verdict"])
    return table


def heading(run: Run) -> str:
    """What the figures below were measured on."""
    versions = ", ".join(f"{name} {v or 'missing'}" for name, v in run["versions"].items())
    kernels = ", ".join(
        f"{lib['internal_api']} {lib['version']} with its kernel for {lib['architecture']}"
        for lib in run["blas"]
    )
    settings = ", ".join(f"{k}={v}" for k, v in run["environment"].items())
    removed = ", ".join(run["removed"])
    return (
        f"{run['machine']}: {run['processor']}, {run['cores']} cores, Python {run['python']}, "
        f"{versions}; {kernels or 'BLAS unknown'}; threads: {run['threads']} ({settings}); "
        + (f"set on this machine and removed: {removed}; " if removed else "")
        + f"float32 matrix product: {run['product_speed']:.0f} GFLOP/s; load before: "
        f"{run['load'] if run['load'] is None else round(run['load'], 1)}"
    )


def markdown(run: Run) -> str:
    """For a document: the ratios of forward + backward, a row for each rival."""
    shapes = [shape.name for shape in SHAPES if select(run, shape=shape.name)]
    lines = [
        f"| forward + backward, threads: {run['threads']} | "
        + " | ".join((*shapes, "geometric mean"))
        + " |",
        "|---|" + "---:|" * (len(shapes) + 1),
    ]
    for rival in RIVALS:
        found = {r["shape"]: r["ratio"] for r in select(run, rival=rival, **{"pass": BOTH})}
        if set(shapes) & set(found):
            cells = [number(found.get(shape)) for shape in shapes]
            lines.append(" | ".join((f"| {rival}", *cells, number(mean_ratio(run, rival, BOTH)))))
            lines[-1] += " |"
    return "\n".join(lines)


def write(report: dict[str, Any], folder: Path) -> None:
    """results.json, and table.md with the heading and table of each thread setting."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    parts = [f"{heading(run)}\n\n{markdown(run)}" for run in report["runs"]]
    document = "\n\n".join((report["date"], *parts))
    (folder / "table.md").write_text(document + "\n", encoding="utf-8")
