"""One axis of a convolution drawn: where the windows lie, and what no window reaches."""

from matplotlib.axes import Axes

from course.convolution import output_size
from course.show.cells import draw_cell
from course.show.figure import LARGE_TEXT, TEXT, Picture, figure, finish_axes, picture, words
from course.show.meanings import INK, ON_FILL


def draw_axis(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Picture:
    """Draw the pixels of one axis and, below them, every window that fits.

    Padding is hatched; so are, the other way, pixels that no window covers. Takes and raises the
    same as `course.convolution.output_size`.

    Returns:
        A `Picture`.

    Example:
        >>> picture = draw_axis(5, 2, stride=2)
    """
    count = output_size(size, kernel, stride, padding, dilation)
    padded = size + 2 * padding
    touched = {k * stride + u * dilation for k in range(count) for u in range(kernel)}
    missed = [p for p in range(padding, padding + size) if p not in touched]

    fig = figure(0.42 * padded + 1.5, 0.42 * (count + 1.4))
    axes = fig.add_subplot(xlim=(-3.2, padded + 0.2), ylim=(count + 1.3, -0.2), aspect="equal")
    axes.set_axis_off()
    for p in range(padded):
        inside = padding <= p < padding + size
        meaning = "remainder" if p in missed else None if inside else "padding"
        draw_cell(axes, p, 0, str(p - padding) if inside else "0", meaning, LARGE_TEXT)
    for k in range(count):
        axes.text(-0.3, k + 1.75, f"output {k}", **words(LARGE_TEXT, ha="right", va="center"))
        for u in range(kernel):
            draw_cell(axes, k * stride + u * dilation, k + 1.25, meaning="input")
    return picture(fig, _alt(size, kernel, stride, padding, dilation, count, len(missed)))


def _alt(
    size: int, kernel: int, stride: int, padding: int, dilation: int, count: int, missed: int
) -> str:
    return (
        f"An axis of {size} pixels with {padding} zeros at each end. A kernel of {kernel} with "
        f"dilation {dilation} and stride {stride} fits {count} times; pixels in no window: "
        f"{missed}."
    )


def draw_output_sizes(sizes: range, kernels: range, strides: range, paddings: range) -> Picture:
    """Tables of output sizes for every stride (down) and padding (across).

    Each table has a row for every size and a column for every kernel. A cell stays empty where the
    kernel does not fit.

    Args:
        sizes: Sizes of the axis in pixels.
        kernels: Lengths of the kernel.
        strides: One row of tables for each.
        paddings: One column of tables for each.

    Returns:
        A `Picture`.

    Example:
        >>> picture = draw_output_sizes(range(4, 9), range(1, 4), range(1, 3), range(2))
    """
    fig = figure(2.2 * len(paddings), (0.25 * len(sizes) + 0.6) * len(strides))
    grid = fig.subplots(len(strides), len(paddings), squeeze=False)
    for row, stride in zip(grid, strides, strict=True):
        for axes, padding in zip(row, paddings, strict=True):
            axes.set_title(f"stride {stride}, padding {padding}", **words())
            _draw_size_table(axes, sizes, kernels, stride, padding)
    alt = (
        f"Tables of output sizes for sizes {sizes[0]} to {sizes[-1]}, kernels {kernels[0]} to "
        f"{kernels[-1]}, strides {strides[0]} to {strides[-1]} and paddings {paddings[0]} to "
        f"{paddings[-1]}. Sizes shrink by one for every pixel of the kernel, grow by two for every "
        "pixel of padding, and are divided by the stride; the output that keeps the input's size "
        "is marked."
    )
    return picture(fig, alt)


def _draw_size_table(axes: Axes, sizes: range, kernels: range, stride: int, padding: int) -> None:
    axes.set(xlim=(-0.5, len(kernels) - 0.5), ylim=(len(sizes) - 0.5, -0.5))
    axes.set_xticks(range(len(kernels)), map(str, kernels))
    axes.set_yticks(range(len(sizes)), map(str, sizes))
    finish_axes(axes, "kernel", "size")
    axes.tick_params(length=0)
    for i, size in enumerate(sizes):
        for j, kernel in enumerate(kernels):
            if kernel <= size + 2 * padding:
                count = output_size(size, kernel, stride, padding)
                if count == size:
                    draw_cell(axes, j - 0.5, i - 0.5, meaning="output")
                ink = ON_FILL if count == size else INK
                axes.text(j, i, str(count), ha="center", va="center", color=ink, fontsize=TEXT)
