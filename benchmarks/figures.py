"""Figures: bars for each shape, how the time grows, and the one that the README shows."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.report import mean_ratio, reference, select
from benchmarks.rivals import BOTH, RIVALS
from benchmarks.shapes import TINY

Run = dict[str, Any]


def draw(report: dict[str, Any], folder: Path) -> None:
    """bars.png, readme.png, and growth.png where growth was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    bars(report["runs"]).savefig(folder / "bars.png", dpi=120)
    readme(report["runs"][0]).savefig(folder / "readme.png", dpi=120)
    if any(run["growth"] for run in report["runs"]):
        growth(report["runs"]).savefig(folder / "growth.png", dpi=120)


def bars(runs: list[Run]) -> Figure:
    """Forward and backward of every rival, relative to the reference, a panel per thread count."""
    figure = Figure(figsize=(9, 3.2 * len(runs)), layout="constrained")
    for axes, run in zip(figure.subplots(len(runs), 1, squeeze=False)[:, 0], runs, strict=True):
        results = [r for r in run["results"] if r["pass"] == BOTH and r["shape"] != TINY.name]
        shapes = list(dict.fromkeys(r["shape"] for r in results))
        present = [name for name in RIVALS if any(r["rival"] == name for r in results)]
        width = 0.8 / max(1, len(present))
        for k, name in enumerate(present):
            found = [r for r in results if r["rival"] == name]
            places = [shapes.index(r["shape"]) + (k + 0.5) * width - 0.4 for r in found]
            axes.bar(places, [r["ratio"] for r in found], width, label=name)
        axes.axhline(1, color="black", linewidth=0.8)
        axes.set(yscale="log", xticks=range(len(shapes)), xticklabels=shapes)
        axes.set_ylabel(f"time relative to {reference(run)}")
        axes.set_title(f"{BOTH}, threads: {run['threads']}", loc="left")
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


SHOWN = ("published", "lesson", "blocked", "fast")  # from slow to fast, a panel for each


def readme(run: Run) -> Figure:
    """Forward and backward of four rivals, each with its name above its bars."""
    figure = Figure(figsize=(8, 2.6), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(SHOWN), sharey=True)
    for axes, name in zip(panels, SHOWN, strict=True):
        found = [r for r in select(run, rival=name, **{"pass": BOTH}) if r["shape"] != TINY.name]
        mean = mean_ratio(run, name, BOTH)
        colour = "tab:blue" if name == "fast" else "tab:gray"
        axes.bar([r["shape"] for r in found], [r["ratio"] for r in found], color=colour)
        axes.axhline(1, color="black", linewidth=0.8)
        axes.set_title(name if mean is None else f"{name}: {mean:.2f}", loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel(f"times as long\nas {reference(run)}")
    figure.supxlabel("layer", fontsize=10)
    return figure


def growth(runs: list[Run]) -> Figure:
    """Time for an image as the batch grows, and for a pixel as the image grows."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = [
        ("images in a batch", "images", "N=", "milliseconds_per_image", "ms per image"),
        ("height and width", "height", "H=", "nanoseconds_per_pixel", "ns per pixel"),
    ]
    for axes, (title, key, prefix, value, unit) in zip(figure.subplots(1, 2), panels, strict=True):
        for run in runs:
            found = [r for r in run["growth"] if r["shape"].startswith(prefix)]
            for name in dict.fromkeys(r["rival"] for r in found):
                line = [r for r in found if r["rival"] == name]
                label = f"{name}, threads: {run['threads']}"
                axes.plot([r[key] for r in line], [r[value] for r in line], "o-", label=label)
        axes.set_xscale("log", base=2)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(title)
        axes.set_ylabel(unit)
        axes.legend(frameon=False)
    return figure
