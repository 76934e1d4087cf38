"""Slips that happen in several exercises: their names and explanations, and how they are made."""

from typing import Any

import numpy as np

from course.checks.exercise import Exercise
from course.convolution import output_size

FLOAT64 = (
    "float64 from float32",
    "The numbers are right, but float32 became float64: somewhere on the way an array is made "
    "without the dtype of x, or of dy.",
)
UNPADDED = (
    "windows cut out of x without its frame",
    "The size is right, but the windows are cut out of x, which has no frame, so that some hang "
    "over its edge. Cut them out of the padded x.",
)
PADDED_TWICE = (
    "padding counted twice",
    "The padding counts twice: the sizes are those of the padded x, and padding is handed over "
    "once more. Take H and W before you pad.",
)
SIZES_ALONE = (
    "sizes without stride and padding",
    "output_size gets neither stride nor padding here, so it counts other windows than you cut "
    "out: output_size(H, kh, stride, padding).",
)
SIZES_UNPADDED = (
    "sizes without padding",
    "output_size does not get the padding here, so the last windows are missing: "
    "output_size(H, kh, stride, padding).",
)
KERNEL_EXCHANGED = (
    "kh and kw exchanged",
    "kh and kw are exchanged. The height kh comes first: it is the number of rows.",
)
IMAGE_EXCHANGED = (
    "H and W exchanged",
    "H and W are exchanged. The height H comes first: it is the number of rows.",
)
OUTPUT_EXCHANGED = (
    "rows and columns exchanged in the output",
    "Your output is the right one with rows and columns exchanged: row i of y is the window's row.",
)
BIAS_IN_THE_SUM = (
    "bias added to every product",
    "The bias is added to every product: add b after the sum over the window, not inside np.sum.",
)
FORWARD_TRANSPOSE = (
    "the forward pass's transpose",
    "transpose(0, 3, 1, 2) is what the forward pass does at its end, from (N, oh, ow, F). dy is "
    "(N, F, oh, ow), and F must become the last axis: transpose(0, 2, 3, 1).",
)

FRAME_LEFT_ON = (
    "frame of zeros left on",
    "The result still has the frame of padding around it: cut it off at the end.",
)
EMPTY_SLICE = (
    "the slice [p:-p] at padding 0",
    "With padding 0 the slice [padding:-padding] is [0:0], and nothing is left. Write the end as "
    "padding + H and padding + W.",
)
CUT_FROM_THE_CORNER = (
    "image cut from the corner",
    "The frame is cut off at the wrong end: the image begins at row and column `padding` of the "
    "padded one.",
)


def six_axes(shape: str) -> tuple[str, str]:
    """The last reshape, to that shape, forgotten."""
    return (
        "six axes returned",
        "Your array still has its six axes. Merge the first three into rows and the last three "
        f"into columns: reshape({shape}).",
    )


def returned_in_the_loop(over: str, filled: str) -> tuple[str, str]:
    """`return` one or more levels too deep: only `filled` is there."""
    return (
        f"return inside the loop over {over}",
        f"Only {filled} is there: the `return` stands inside the loop over {over}, and ends it in "
        "its first round. Move it to the left, behind all loops.",
    )


def written_exchanged(place: str, wrong: str) -> tuple[str, str]:
    """Rows and columns exchanged where the result is written."""
    return (
        f"{wrong} instead of {place}",
        f"i counts the rows of windows and j the columns, so the place to write to is {place}, "
        f"not {wrong}.",
    )


def sizes(x_shape, kernel_shape, stride=1, padding=0) -> tuple[int, int]:
    """The number of windows down and across; both shapes end with height and width."""
    (H, W), (kh, kw) = x_shape[-2:], kernel_shape[-2:]
    return output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)


def only(y: np.ndarray, place: Any) -> np.ndarray:
    """Zeros, but for one place of y: what is filled when `return` ends the loops too early."""
    filled = np.zeros_like(y)
    filled[place] = y[place]
    return filled


def write_exchanged(y: np.ndarray, axes_before: int) -> np.ndarray:
    """Y written with i and j exchanged; like the student's own line, it may raise IndexError."""
    written, before = np.zeros_like(y), (slice(None),) * axes_before
    for i, j in np.ndindex(y.shape[axes_before : axes_before + 2]):
        written[(*before, j, i)] = y[(*before, i, j)]
    return written


def slips_of_parameters(exercise: Exercise, layer: Any) -> None:
    """Add the mistakes of a layer, given as a class, that minds its w, b, dw and db wrongly."""

    @exercise.mistake(*FLOAT64)
    class _Float64(layer):
        dw: Any
        db: Any

        def forward(self, x: Any) -> Any:
            return super().forward(x).astype(np.float64)

        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy).astype(np.float64)
            self.dw, self.db = self.dw.astype(np.float64), self.db.astype(np.float64)
            return dx

    @exercise.mistake(
        "weights updated in backward",
        "backward changes the weights. It computes gradients and nothing else; a step along them "
        "is for the optimiser to take.",
    )
    class _Updates(layer):
        w: Any
        b: Any

        def backward(self, dy: Any) -> Any:
            dx = super().backward(dy)
            self.w = self.w - 0.01 * self.dw
            self.b = self.b - 0.01 * self.db
            return dx

    @exercise.mistake(
        "gradients added up",
        "The second backward adds to the gradients of the first (+=). Each backward makes new "
        "ones: =.",
    )
    class _AddsUp(layer):
        dw: Any
        db: Any

        def backward(self, dy: Any) -> Any:
            before = self.dw, self.db
            dx = super().backward(dy)
            if before[0] is not None:
                self.dw, self.db = before[0] + self.dw, before[1] + self.db
            return dx
