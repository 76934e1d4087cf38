"""A small case drawn with characters: its arrays, what came out, and what should have."""

from itertools import zip_longest
from typing import Any

import numpy as np

from course.checks.counterexample import Counterexample
from course.checks.message import LABEL_WIDTH, WIDTH
from course.checks.outcome import wrong_numbers
from course.show.arrays import cell, texts

MOST_NUMBERS, MOST_ROWS = 48, 8
GAP = "   "


def drawn(example: Counterexample, tolerance: float, coloured: bool = False) -> list[str]:
    """The lines of the drawing; none where the arrays are too large to be read, or there are none.

    Wrong numbers stand in [brackets], or on a colour.
    """
    inputs = {k: v for k, v in example.case.arguments.items() if _is_drawable(v)}
    got, right = example.outcome.value, example.expected
    if not inputs or not _is_drawable(right):
        return []
    panels = [_panel(name, value, None, coloured) for name, value in inputs.items()]
    if _is_drawable(got):
        same = got.shape == right.shape and got.dtype.kind in "fiu"
        wrong = wrong_numbers(got, right, tolerance) if same else None
        panels.append(_panel("got", got, wrong, coloured))
    panels.append(_panel("right", right, None, coloured))
    lines = [line for row in _rows(panels) for line in _side_by_side(row)]
    fits = len(lines) <= 2 * MOST_ROWS and max(p.width for p in panels) <= WIDTH - LABEL_WIDTH
    return lines if fits else []


def _is_drawable(value: Any) -> bool:
    if type(value) is not np.ndarray or value.dtype.kind not in "fiub":
        return False
    return 0 < value.size <= MOST_NUMBERS and value.ndim > 0


class Panel(list[tuple[str, int]]):
    """Lines with the width that each takes on the screen, where colours take none."""

    @property
    def width(self) -> int:
        """As wide as its longest line."""
        return max(width for _, width in self)


def _panel(name: str, array: np.ndarray, wrong: np.ndarray | None, coloured: bool) -> Panel:
    """A title, and below it the blocks of the last two axes."""
    blocks = array.reshape(-1, *((1, 1, *array.shape)[-2:]))
    marks = np.zeros(blocks.shape, bool) if wrong is None else wrong.reshape(blocks.shape)
    written, width = texts(blocks.astype(float), 3)
    panel = Panel()
    for k, index in enumerate(np.ndindex(array.shape[:-2])):
        title = f"{name}[{', '.join(map(str, index))}]" if len(blocks) > 1 else name
        panel.append((f" {title}", len(title) + 1))
        for row, row_marks in zip(written[k], marks[k], strict=True):
            marked = zip(row, row_marks, strict=True)
            cells = [cell(text, 1 if mark else 0, width, coloured) for text, mark in marked]
            panel.append(("".join(cells), (width + 2) * len(row)))
    return panel


def _rows(panels: list[Panel]) -> list[list[Panel]]:
    """The panels in as many rows as they need."""
    rows: list[list[Panel]] = [[]]
    for panel in panels:
        if rows[-1] and sum(p.width + len(GAP) for p in [*rows[-1], panel]) > WIDTH - LABEL_WIDTH:
            rows.append([])
        rows[-1].append(panel)
    return rows


def _side_by_side(panels: list[Panel]) -> list[str]:
    lines = []
    for parts in zip_longest(*panels, fillvalue=("", 0)):
        beside = zip(panels, parts, strict=True)
        padded = [text + " " * (panel.width - width) for panel, (text, width) in beside]
        lines.append(GAP.join(padded).rstrip())
    return lines
