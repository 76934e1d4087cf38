"""What a network holds and sees: filters, feature maps, heat maps, receptive fields."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from course.show.cells import draw_cell
from course.show.figure import Picture, figure, picture, words
from course.show.meanings import LINE


def draw_maps(
    rows: Mapping[str, Sequence[ArrayLike]],
    alt: str,
    titles: Sequence[str] = (),
    inches: float = 0.95,
    one_scale: Sequence[str] = (),
) -> Picture:
    """Draw rows of maps, such as filters or feature maps, all of a row on one scale.

    A row that contains a number below 0 is drawn in blue below 0, white at 0 and red above. Any
    other row is drawn in grey, from black at 0 to white at its largest. Its name and its range are
    written at the left.

    Args:
        rows: The maps (H, W) of each row by its name.
        alt: Says in words what there is to see. The range of each row is added.
        titles: One for each column, above the first row.
        inches: How wide and high a map is drawn.
        one_scale: Names of rows that share one scale, so that they can be compared.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If there is nothing to draw; if a map has the wrong number of axes or numbers
            that are not finite; if there are more titles than columns; or if one_scale names a row
            that does not exist.

    Example:
        >>> picture = draw_maps({"filters": [[[-1, 0], [0, 1]]]}, "One filter.")
    """
    arrays = {name: [_checked_map(name, entry) for entry in maps] for name, maps in rows.items()}
    columns = max(map(len, arrays.values()), default=0)
    if not columns or not all(arrays.values()):
        raise ValueError("rows must hold at least one row, and each row a map")
    if len(titles) > columns:
        raise ValueError(f"titles must be at most {columns}, one for each column, got {titles!r}")
    if not set(one_scale) <= set(arrays):
        raise ValueError(f"one_scale must name rows of {', '.join(arrays)}, got {one_scale!r}")
    compared = [array for name in one_scale for array in arrays[name]]
    fig = figure(inches * columns + 1.7, inches * len(arrays) + (0.3 if titles else 0.1))
    grid = fig.subplots(len(arrays), columns, squeeze=False)
    for axes, title in zip(grid[0], titles, strict=False):
        axes.set_title(title, **words())
    for row, (name, maps) in zip(grid, arrays.items(), strict=True):
        scale = _low_and_high(compared if name in one_scale else maps)
        _draw_row(row, f"{name}\n{_range(maps)}", maps, scale)
    sentences = [_in_words(name, maps) for name, maps in arrays.items()]
    return picture(fig, " ".join([alt.rstrip(".") + ".", *sentences]))


def _checked_map(name: str, entry: ArrayLike) -> np.ndarray:
    array = np.asarray(entry, dtype=float)
    if array.ndim != 2 or array.size == 0 or not np.all(np.isfinite(array)):
        raise ValueError(
            f"{name} must hold maps (H, W) of finite numbers, got the shape {array.shape} with "
            f"{np.count_nonzero(~np.isfinite(array))} numbers that are not finite"
        )
    return array


def _draw_row(
    row: Sequence[Axes], label: str, maps: Sequence[np.ndarray], scale: tuple[float, float]
) -> None:
    low, high = scale
    most = max(high, -low)
    colours, least = ("RdBu_r", -most) if low < 0 else ("gray", 0.0)
    for axes in row:
        axes.set_axis_off()
    for axes, array in zip(row, maps, strict=False):
        axes.imshow(array, cmap=colours, vmin=least, vmax=most, interpolation="none")
        size = array.shape[1], array.shape[0]
        frame = Rectangle((-0.5, -0.5), *size, fill=False, edgecolor=LINE, clip_on=False)
        axes.add_patch(frame)
    left = row[0].transAxes
    row[0].text(-0.1, 0.5, label, transform=left, **words(ha="right", va="center"))


def _low_and_high(maps: Sequence[np.ndarray]) -> tuple[float, float]:
    return min(array.min() for array in maps), max(array.max() for array in maps)


def _range(maps: Sequence[np.ndarray]) -> str:
    return " to ".join(_rounded(entry) for entry in _low_and_high(maps))


def _rounded(entry: float) -> str:
    """One decimal and a true minus sign; adding 0.0 turns -0.0 into 0.0."""
    return f"{round(float(entry), 1) + 0.0:.1f}".replace("-", "\N{MINUS SIGN}")


def _in_words(name: str, maps: Sequence[np.ndarray]) -> str:
    sizes = list(dict.fromkeys(f"{array.shape[0]} by {array.shape[1]}" for array in maps))
    count = f"{len(maps)} map{'s' if len(maps) > 1 else ''}"
    return f"{name}: {count} of {' and '.join(sizes)}, {_range(maps)}."


def draw_reach(layers: Sequence[tuple[int, int, int]], names: Sequence[str] = ()) -> Picture:
    """Draw, along one axis, what an output of the last layer depends on, down to the pixels.

    The output is green, and everything it depends on is yellow. Numbers in between that a dilated
    kernel leaves out are not filled.

    Args:
        layers: (kernel, stride, dilation) of each layer, from the image on, integers of at least 1.
        names: Of the layers; "layer 1", "layer 2" and so on for those without a name.

    Returns:
        A `Picture`.

    Raises:
        ValueError: If there is no layer, or if there are more names than layers.

    Example:
        >>> picture = draw_reach([(3, 1, 1), (2, 2, 1)], ["convolution", "pooling"])
    """
    if not layers or len(names) > len(layers):
        raise ValueError(f"layers must be one at least for each of the names, got {layers!r}")
    names = [*names, *(f"layer {k + 1}" for k in range(len(names), len(layers)))]
    levels = _needed(layers)
    centres = _centres(layers, [level[-1] + 1 for level in levels])
    width = len(centres[0])
    fig = figure(0.42 * width + 1.6, 0.62 * len(levels) + 0.2)
    axes = fig.add_subplot(xlim=(-3.2, width - 0.3), ylim=(-0.5, 1.5 * len(layers) + 0.5))
    axes.set_axis_off()
    for k, (level, name) in enumerate(zip(levels, ["pixels", *names], strict=True)):
        height = 1.5 * k
        axes.text(-0.9, height, name, **words(ha="right", va="center"))
        for place, centre in enumerate(centres[k]):
            if k and place in level:
                _draw_links(axes, layers[k - 1], place, (centre, height), centres[k - 1])
            needed = "output" if k == len(layers) else "input"
            corner, size = (centre - 0.36, height - 0.32), (0.72, 0.64)
            draw_cell(axes, *corner, meaning=needed if place in level else None, corner=size)
    return picture(fig, _reach_in_words(levels, names))


def _needed(layers: Sequence[tuple[int, int, int]]) -> list[list[int]]:
    """For the image and each layer, the places that output 0 of the last layer depends on."""
    levels = [[0]]
    for kernel, stride, dilation in reversed(layers):
        inputs = {place * stride + u * dilation for place in levels[0] for u in range(kernel)}
        levels.insert(0, sorted(inputs))
    return levels


def _centres(layers: Sequence[tuple[int, int, int]], counts: Sequence[int]) -> list[np.ndarray]:
    """Where each number stands, above the middle of the numbers that it is made from."""
    first, step = 0.0, 1.0
    centres = [np.arange(counts[0], dtype=float)]
    for (kernel, stride, dilation), count in zip(layers, counts[1:], strict=True):
        first += step * (kernel - 1) * dilation / 2
        step *= stride
        centres.append(first + step * np.arange(count))
    return centres


def _draw_links(
    axes: Axes,
    layer: tuple[int, int, int],
    place: int,
    at: tuple[float, float],
    below: np.ndarray,
) -> None:
    kernel, stride, dilation = layer
    for u in range(kernel):
        ends = (at[0], below[place * stride + u * dilation]), (at[1] - 0.32, at[1] - 1.18)
        axes.plot(*ends, color=LINE, linewidth=0.8, zorder=0)


def _reach_in_words(levels: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    counts = [f"{len(level)} of {name}" for level, name in zip(levels[1:-1], names, strict=False)]
    through = f"{', '.join(reversed(counts))}, and through them on " if counts else ""
    reach = levels[0][-1] + 1
    apart = "" if reach == len(levels[0]) else f", which reach over {reach}"
    return f"One output of {names[-1]} depends on {through}{len(levels[0])} pixels{apart}."
