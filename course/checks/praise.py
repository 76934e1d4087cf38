"""What is said of a right answer: what it was tried on."""

import textwrap
from collections.abc import Iterable

import numpy as np

from course.checks.case import Case
from course.checks.exercise import Marks, dtype_of
from course.checks.message import WIDTH
from course.show.colour import label

KEPT = "\N{NO-BREAK SPACE}"
"""Stands for a space at which no line is to end."""


def praise(marks: Marks) -> str:
    """A line or two: that the answer is right, what was tried, and the points."""
    exercise = marks.exercise
    points = f"{exercise.points} of {exercise.points} points.".replace(" ", KEPT)
    text = f"right: {exercise.name}: {tried(marks)}. {points}"
    wrapped = textwrap.wrap(text, WIDTH, initial_indent=" ")  # a label in colour begins with one
    return label("right", "cyan") + "\n".join(wrapped).replace(KEPT, " ").removeprefix(" right:")


def tried(marks: Marks) -> str:
    """What the cases were, in words: how many, and how they differ."""
    cases = marks.cases
    if marks.exercise.only_with:
        return f"{len(cases)} cases, {marks.told_apart()}"
    with_sizes = [case for case in cases if {"kh", "stride"} <= set(case.sizes)]
    if not with_sizes:
        groups = ", ".join(marks.groups())
        return f"{len(cases)} cases ({groups})"
    varied = {name: {case.sizes[name] for case in with_sizes} for name in with_sizes[0].sizes}
    images = sum(case.sizes.get("N", 1) for case in cases)
    counted = f"{images} images" if images > len(cases) else f"{len(cases)} cases"
    parts = [counted, _kernels(with_sizes)]
    parts += [_range(f"{name}s", varied[name]) for name in ("stride", "dilation")]
    parts += [_range("groups", varied["groups"])]
    if len(varied["padding"]) > 1:
        parts.append("with and without padding")
    if any(dtype_of(case) == "float32" for case in cases):
        parts.append("float64 and float32")
    return ", ".join(filter(None, parts))


def _kernels(cases: Iterable[Case]) -> str:
    sizes = sorted({(case.sizes["kh"], case.sizes["kw"]) for case in cases}, key=np.prod)
    (kh, kw), (most_h, most_w) = sizes[0], sizes[-1]
    return f"kernels from {kh}×{kw} to {most_h}×{most_w}"


def _range(word: str, values: set[int]) -> str:
    return f"{word} {min(values)} to {max(values)}" if len(values) > 1 else ""
