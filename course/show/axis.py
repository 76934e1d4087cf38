"""One axis of a convolution drawn: where the windows lie, and what no window reaches."""

from course.convolution import output_size
from course.show.cells import draw_cell
from course.show.figure import LARGE_TEXT, Picture, figure, picture, words


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
