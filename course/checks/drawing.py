"""A small case drawn with characters: its arrays, what came out, and what should have."""

import re
from itertools import zip_longest
from typing import Any

import numpy as np

from course.checks.exercise import Judged
from course.checks.message import LABEL_WIDTH, WIDTH
from course.checks.outcome import wrong_numbers
from course.show.arrays import cell, texts
from course.show.colour import mark

MOST_NUMBERS, MOST_ROWS = 48, 8
GAP = "   "


def drawn(example: Judged) -> list[str]:
    """The lines of the drawing; none where the arrays are too large to be read, or there are none.

    Wrong numbers stand in [brackets].
    """
    inputs = {k: v for k, v in example.case.arguments.items() if _is_drawable(v)}
    got, right = example.outcome.value, example.expected
    if not inputs or not _is_drawable(right):
        return []
    panels = [_panel(name, value) for name, value in inputs.items()]
    if _is_drawable(got):
        same = got.shape == right.shape and got.dtype.kind in "fiu"
        wrong = wrong_numbers(got, right, example.tolerance) if same else None
        panels.append(_panel("got", got, wrong))
    panels.append(_panel("right", right))
    lines = [line for row in _rows(panels) for line in _side_by_side(row)]
    fits = len(lines) <= 2 * MOST_ROWS and max(map(_width, panels)) <= WIDTH - LABEL_WIDTH
    return lines if fits else []


def coloured(line: str) -> str:
    """A line of the drawing with its wrong numbers on a colour; indices behind a name stay."""
    return re.sub(r"(?<!\w)\[( *[-\w.]+)\]", lambda found: mark(f" {found[1]} ", "input"), line)


def _is_drawable(value: Any) -> bool:
    if type(value) is not np.ndarray or value.dtype.kind not in "fiub":
        return False
    return 0 < value.size <= MOST_NUMBERS and value.ndim > 0


def _panel(name: str, array: np.ndarray, wrong: np.ndarray | None = None) -> list[str]:
    """A title, and below it the blocks of the last two axes."""
    blocks = array.reshape(-1, *((1, 1, *array.shape)[-2:]))
    marks = np.zeros(blocks.shape, bool) if wrong is None else wrong.reshape(blocks.shape)
    written, width = texts(blocks.astype(float), 3)
    panel = []
    for k, index in enumerate(np.ndindex(array.shape[:-2])):
        panel.append(f" {name}[{', '.join(map(str, index))}]" if len(blocks) > 1 else f" {name}")
        for row in zip(written[k], marks[k], strict=True):
            panel.append(
                "".join(cell(text, int(m), width, False) for text, m in zip(*row, strict=True))
            )
    return panel


def _width(panel: list[str]) -> int:
    return max(map(len, panel))


def _rows(panels: list[list[str]]) -> list[list[list[str]]]:
    """The panels in as many rows as they need."""
    rows: list[list[list[str]]] = [[]]
    for panel in panels:
        if rows[-1] and sum(_width(p) + len(GAP) for p in [*rows[-1], panel]) > WIDTH - LABEL_WIDTH:
            rows.append([])
        rows[-1].append(panel)
    return rows


def _side_by_side(panels: list[list[str]]) -> list[str]:
    widths = list(map(_width, panels))
    beside = (zip(parts, widths, strict=True) for parts in zip_longest(*panels, fillvalue=""))
    return [GAP.join(part.ljust(width) for part, width in parts).rstrip() for parts in beside]
