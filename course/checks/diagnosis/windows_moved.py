"""Windows cut out in other places: one pixel apart, all the first one, rows and columns exchanged.

What is right for a window is taken from the right result for stride 1, which holds all windows.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from course.checks.diagnosis.changed_arguments import changed
from course.checks.diagnosis.compared import Compared, Fits, Pair
from course.checks.diagnosis.measures import Sizes
from course.checks.diagnosis.other_arguments import right_for

Indices = np.ndarray
Place = Callable[[Indices, Indices, Sizes], tuple[Indices, Indices]]
"""Of window (i, j), the row and column at which it is cut out; s holds the sizes of the case."""

ENOUGH = 0.3
"""So many of the windows must lie inside the image for something to be said of all."""
PLACES: tuple[tuple[Place, str], ...] = (
    (
        lambda i, j, s: (i, j),
        "the windows of {y} are one pixel apart, not `stride`: window (i, j) begins at (i, j).",
    ),
    (
        lambda i, j, s: (i * s["stride"], j),
        "the stride moves the windows of {y} down, but not to the right.",
    ),
    (
        lambda i, j, s: (i, j * s["stride"]),
        "the stride moves the windows of {y} to the right, but not down.",
    ),
    (
        lambda i, j, s: (j * s["stride"], i * s["stride"]),
        "window (i, j) of {y} is cut out where window (j, i) belongs: rows and columns exchanged.",
    ),
    (lambda i, j, s: (0 * i, 0 * j), "every number of {y} is that of the first window."),
    (
        lambda i, j, s: (i * s["stride"], 0 * j),
        "in each row of {y}, all numbers are those of the row's first window.",
    ),
    (
        lambda i, j, s: (0 * i, j * s["stride"]),
        "in each column of {y}, all numbers are those of the column's first window.",
    ),
    (
        lambda i, j, s: (i * s["stride"], i * s["stride"]),
        "window (i, j) of {y} is cut out where window (i, i) belongs.",
    ),
    (
        lambda i, j, s: (j * s["stride"], j * s["stride"]),
        "window (i, j) of {y} is cut out where window (j, j) belongs.",
    ),
    (
        lambda i, j, s: (i * s["kh"], j * s["kw"]),
        "the windows of {y} are moved by the size of the kernel, not by the stride.",
    ),
    (
        lambda i, j, s: (i * s["size"], j * s["size"]),
        "the windows of {y} are moved by their size, not by the stride.",
    ),
)


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """Where each window of the result may have been cut out."""
    names = [name for axis in found.axes for name in axis.split(" * ")]
    if not {"oh", "ow"} <= set(names) or "dy" in found.wrong[0].case.arguments:
        return
    every: dict[int, np.ndarray | None] = {}
    for place, sentence in PLACES:
        yield _cut_out_at(found, names, place, every), sentence


def _cut_out_at(
    found: Compared, names: list[str], place: Place, every: dict[int, np.ndarray | None]
) -> Fits:
    def fits(pair: Pair) -> bool:
        if id(pair) not in every:
            every[id(pair)] = _every_window(found, names, pair)
        windows = every[id(pair)]
        if windows is None:
            return False
        i, j = np.indices(_output(names, pair))
        down, right = place(i, j, pair.sizes)
        inside = (down < windows.shape[0]) & (right < windows.shape[1])
        if not inside.size or inside.mean() < ENOUGH:
            return False
        got = _windows_first(pair.got.reshape(_apart(names, pair, i.shape)), names)
        moved = got.copy()  # of windows beyond the image nothing is known
        moved[inside] = windows[down[inside], right[inside]]
        return replace(pair, got=got).shows(moved)

    return fits


def _output(names: list[str], pair: Pair) -> tuple[int, int]:
    """The height and width of what came out, or of the right result where they are merged."""
    if pair.got.ndim == len(names):
        return pair.got.shape[names.index("oh")], pair.got.shape[names.index("ow")]
    return int(pair.sizes["oh"]), int(pair.sizes["ow"])


def _every_window(found: Compared, names: list[str], pair: Pair) -> np.ndarray | None:
    """What is right for stride 1, its rows and columns of windows as the first two axes."""
    if "stride" in pair.case.arguments or "settings" in pair.case.arguments:
        value = right_for(found, pair, changed("stride", lambda stride: 1))
    else:
        value = pair.expected
    if value is None:
        return None
    s = pair.sizes
    around, span = 2 * s.get("padding", 0) + 1, s.get("dilation", 1)
    down, right = s.get("kh", s.get("size", 1)), s.get("kw", s.get("size", 1))
    every = s["H"] + around - span * (down - 1) - 1, s["W"] + around - span * (right - 1) - 1
    return _windows_first(value.reshape(_apart(names, pair, every)), names)


def _apart(names: list[str], pair: Pair, output: tuple[float, ...]) -> list[int]:
    """The shape with an axis for each size, for so many windows down and across."""
    sizes = pair.sizes | {"oh": output[0], "ow": output[1]}
    return [int(sizes[name]) for name in names]


def _windows_first(values: np.ndarray, names: list[str]) -> np.ndarray:
    """With the rows and columns of windows as the first two axes."""
    return np.moveaxis(values, (names.index("oh"), names.index("ow")), (0, 1))
