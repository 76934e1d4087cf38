"""Parts of the arguments of a case, and arguments whose axes are misread; the words for them."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from course.checks.diagnosis.changed_arguments import SIZES, Change, Given, changed
from course.checks.diagnosis.measures import WORDS, orders
from course.checks.diagnosis.sizes import axes_of


def parts(exercise: str, given: Given, for_dx: bool) -> Iterator[tuple[Change, str]]:
    """Only some images, channels or windows; another frame.

    dx hangs on the shape of x alone: another frame around x would only give it another shape.
    """
    yield from _of_windows(exercise, given)
    yield from _alone(exercise, given)
    if not for_dx:
        yield from _frames(given)


def misread(exercise: str, given: Given) -> Iterator[tuple[Change, str]]:
    """Arrays whose axes are taken for others."""
    for name, value in given.items():
        if isinstance(value, np.ndarray) and value.ndim in (2, 3, 4):
            yield from _axes_misread(name, axes_of(exercise, name, value.ndim), value.ndim)


def _axes_misread(name: str, axes: list[str], count: int) -> Iterator[tuple[Change, str]]:
    """An array whose axes are put in another order and then merged, or the other way round."""
    for order in orders(count):
        read_as = [axes[axis] if axes else f"axis {axis}" for axis in order]
        yield (
            changed(name, partial(_merged_in_order, order)),
            f"{name}.transpose{order} laid out in the shape of {name}",
        )
        yield (
            changed(name, partial(_read_in_order, order)),
            f"{name} read as if its axes were ({', '.join(read_as)})",
        )


def _merged_in_order(order: tuple[int, ...], values: np.ndarray) -> np.ndarray:
    return values.transpose(order).reshape(values.shape)


def _read_in_order(order: tuple[int, ...], values: np.ndarray) -> np.ndarray:
    as_read = values.reshape([values.shape[axis] for axis in order])
    return as_read.transpose(np.argsort(order))


def _frames(given: Given) -> Iterator[tuple[Change, str]]:
    """Another frame around x than one of zeros on all sides."""
    if not (isinstance(given.get("x"), np.ndarray) and given["x"].ndim in (2, 4)):
        return
    if type(given.get("padding")) is not int:
        return
    for sides, words in _SIDES:
        yield _framed(sides), f"{words}"
    for mode, words in (("edge", "copies of its edge"), ("reflect", "its mirror image")):
        yield _framed(((1, 1), (1, 1)), mode=mode), f"a frame of {words}, not of zeros"
    yield _framed(((1, 1), (1, 1)), constant_values=1), "a frame of ones, not of zeros"


_SIDES: tuple[tuple[Any, str], ...] = (
    (((2, 0), (2, 0)), "all padding at the top and on the left"),
    (((0, 2), (0, 2)), "all padding at the bottom and on the right"),
    (((1, 0), (1, 0)), "padding at the top and on the left only"),
    (((0, 1), (0, 1)), "padding at the bottom and on the right only"),
    (((1, 1), (0, 0)), "padding above and below only"),
    (((0, 0), (1, 1)), "padding on the left and right only"),
)


def _framed(sides: Any, **how: Any) -> Change:
    def change(given: Given) -> Given:
        x, padding = given["x"], given["padding"]
        widths = [(0, 0)] * (x.ndim - 2) + [(padding * a, padding * b) for a, b in sides]
        return given | {"x": np.pad(x, widths, **how), "padding": 0}

    return change


def _alone(exercise: str, given: Given) -> Iterator[tuple[Change, str]]:
    """Only the first image, only the last channel, only one window."""
    arrays = [name for name, value in given.items() if isinstance(value, np.ndarray)]
    axes = {name: axes_of(exercise, name, given[name].ndim) for name in arrays}
    axes |= {name: ["n"] for name in arrays if given[name].ndim == 1 and axes[name] in ([], ["_"])}
    for axis in ("N", "C", "F", "n", "in_features"):
        if not any(axis in names for names in axes.values()):
            continue
        one, many = WORDS.get(axis, ("entry", "entries"))
        for part, words in (
            (slice(1), f"the first {one} alone"),
            (slice(-1, None), f"the last {one} alone"),
            (slice(1, None), f"all {many} but the first"),
            (slice(-1), f"all {many} but the last"),
        ):
            yield _cut(axes, axis, part), words


_WINDOWS: tuple[tuple[Callable[[Any, Any, int, int], Any], str], ...] = (
    (lambda i, j, oh, ow: (i == 0) & (j == 0), "the first window alone"),
    (lambda i, j, oh, ow: (i == oh - 1) & (j == ow - 1), "the last window alone"),
    (lambda i, j, oh, ow: i == 0, "the first row of windows alone"),
    (lambda i, j, oh, ow: j == 0, "the first column of windows alone"),
    (lambda i, j, oh, ow: i == oh - 1, "the last row of windows alone"),
    (lambda i, j, oh, ow: j == ow - 1, "the last column of windows alone"),
    (lambda i, j, oh, ow: (i < oh - 1) & (j < ow - 1), "all windows but the last row and column"),
    (lambda i, j, oh, ow: i < oh - 1, "all windows but the last row"),
    (lambda i, j, oh, ow: j < ow - 1, "all windows but the last column"),
    (lambda i, j, oh, ow: (i > 0) & (j > 0), "all windows but the first row and column"),
    (lambda i, j, oh, ow: j < oh, "the first oh columns of windows alone"),
    (lambda i, j, oh, ow: i < ow, "the first ow rows of windows alone"),
    (lambda i, j, oh, ow: i == j, "the windows (i, i) alone"),
)


def _of_windows(exercise: str, given: Given) -> Iterator[tuple[Change, str]]:
    """Only some of the windows, in what comes from the outputs."""
    for name in ("dy", "cols"):
        if name == "cols" and name in given:
            for order, words in _ORDERS_OF_COLUMNS:
                yield partial(_columns_in_order, order), f"cols with {words}"
        elif "oh" not in axes_of(exercise, name, np.ndim(given.get(name, 0))):
            continue
        for which, words in _WINDOWS:
            yield partial(_some_windows, name, which), words


def _some_windows(name: str, which: Callable[..., Any], given: Given) -> Given:
    sizes = given[SIZES]
    oh, ow = int(sizes["oh"]), int(sizes["ow"])
    kept = which(*np.indices((oh, ow)), oh, ow)
    if name == "dy":
        return given | {name: given[name] * kept}
    by_window = given[name].reshape(-1, oh, ow, given[name].shape[1])
    return given | {name: (by_window * kept[..., np.newaxis]).reshape(given[name].shape)}


_ORDERS_OF_COLUMNS = (
    ("N oh ow kh kw C", "the channels last in each row"),
    ("N oh ow C kw kh", "each window column by column"),
    ("N ow oh C kh kw", "the windows of each column one after the other"),
    ("oh ow N C kh kw", "the images interleaved"),
    ("N C oh ow kh kw", "the channels before the windows"),
    ("C N oh ow kh kw", "the channels before the images"),
)


def _columns_in_order(order: str, given: Given) -> Given:
    """The columns of im2col read as if their axes stood in this order."""
    names, usual = order.split(), ["N", "oh", "ow", "C", "kh", "kw"]
    as_read = given["cols"].reshape([int(given[SIZES][name]) for name in names])
    moved = as_read.transpose([names.index(name) for name in usual])
    return given | {"cols": moved.reshape(given["cols"].shape)}


def _cut(axes: dict[str, list[str]], axis: str, part: slice) -> Change:
    def change(given: Given) -> Given:
        cut = {
            name: given[name][(slice(None),) * names.index(axis) + (part,)]
            for name, names in axes.items()
            if axis in names
        }
        return given | cut

    return change
