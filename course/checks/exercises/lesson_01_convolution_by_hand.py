"""Lesson 01: the sliding window."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.examples import TOY_B, TOY_W, TOY_X


def _case(group: str, rng: np.random.Generator, x_shape, w_shape, dtype=np.float64) -> Case:
    x, w = normal(rng, *x_shape, dtype=dtype), normal(rng, *w_shape, dtype=dtype)
    return Case(group, {"x": x, "w": w, "b": float(rng.standard_normal())})


def _cases(rng: np.random.Generator) -> list[Case]:
    toy = {"x": TOY_X.astype(float), "w": TOY_W.astype(float), "b": float(TOY_B)}
    return [
        Case("the example", toy),
        _case("square", rng, (5, 5), (3, 3)),
        _case("square", rng, (6, 6), (2, 2)),
        _case("not square", rng, (5, 7), (2, 4)),
        _case("not square", rng, (7, 4), (3, 1)),
        _case("not square", rng, (4, 6), (1, 2)),
        _case("as large as the image", rng, (3, 5), (3, 5)),
        _case("a 1×1 kernel", rng, (3, 4), (1, 1)),
        _case("float32", rng, (5, 6), (3, 2), dtype=np.float32),
    ]


correlate2d = Exercise(
    name="correlate2d",
    lesson="01_convolution_by_hand",
    points=4,
    reference=convolution.correlate2d,
    returns=an_array(keeps_dtype=False),
    cases=_cases,
)


def _windows(x, w, number, dtype=None, height=None, width=None):
    """Fill the output with number(top, left) for every window."""
    H, W = x.shape
    kh, kw = w.shape
    height = H - kh + 1 if height is None else height
    width = W - kw + 1 if width is None else width
    y = np.zeros((height, width), dtype=dtype)
    for i in range(height):
        for j in range(width):
            y[i, j] = number(i, j)
    return y


@correlate2d.mistake(
    "kernel turned",
    "The kernel is turned by 180°. A convolution layer does not turn it: no [::-1] on w.",
)
def _turned(x, w, b=0.0):
    return convolution.convolve2d(x, w, b)


@correlate2d.mistake(
    "bias forgotten",
    "Every number is too small by b: the bias is added to each output, once.",
)
def _no_bias(x, w, b=0.0):
    return convolution.correlate2d(x, w)


@correlate2d.mistake(*common.BIAS_IN_THE_SUM)
def _bias_in_the_sum(x, w, b=0.0):
    return convolution.correlate2d(x, w, b * w.size)


@correlate2d.mistake(
    "= instead of +=",
    "Only the last product of each window is there: each overwrites the one before (= where += is "
    "meant).",
)
def _overwritten(x, w, b=0.0):
    last = np.zeros_like(w)
    last[-1, -1] = w[-1, -1]
    return convolution.correlate2d(x, last, b)


@correlate2d.mistake(
    "one row and one column too few",
    "The last row and column are missing: a kernel of kh rows fits H - kh + 1 times, not H - kh.",
)
def _one_too_few(x, w, b=0.0):
    return convolution.correlate2d(x, w, b)[:-1, :-1]


@correlate2d.mistake(
    "output as large as the image",
    "Your output is as large as the image. Only H - kh + 1 by W - kw + 1 windows fit inside it.",
)
def _as_large_as_the_image(x, w, b=0.0):
    y = np.zeros(x.shape)
    valid = convolution.correlate2d(x, w, b)
    y[: valid.shape[0], : valid.shape[1]] = valid
    return y


@correlate2d.mistake(
    "height of the kernel used for its width",
    "The window takes kh columns where it must take kw: x[i:i + kh, j:j + kw].",
)
def _square_windows(x, w, b=0.0):
    kh = w.shape[0]
    return _windows(x, w, lambda i, j: np.sum(x[i : i + kh, j : j + kh] * w) + b)


@correlate2d.mistake(
    "window moved by its own size",
    "The windows do not overlap. Window (i, j) begins at row i and column j, not at i * kh and "
    "j * kw.",
)
def _own_size(x, w, b=0.0):
    kh, kw = w.shape
    H, W = x.shape
    return _windows(
        x,
        w,
        lambda i, j: np.sum(x[i * kh : i * kh + kh, j * kw : j * kw + kw] * w) + b,
        height=H // kh,
        width=W // kw,
    )


@correlate2d.mistake(
    "matrix product of window and kernel",
    "The window is multiplied with the kernel as a matrix (@ or np.dot). Multiply entry by "
    "entry: *.",
)
def _matrix_product(x, w, b=0.0):
    kh, kw = w.shape
    return _windows(x, w, lambda i, j: np.sum(x[i : i + kh, j : j + kw] @ w) + b)


@correlate2d.mistake(
    "truncated to integers",
    "The fractions are cut off: the output array holds integers. Make it with np.zeros(shape).",
)
def _truncated(x, w, b=0.0):
    kh, kw = w.shape
    return _windows(x, w, lambda i, j: np.sum(x[i : i + kh, j : j + kw] * w) + b, dtype=int)


@correlate2d.mistake(*common.OUTPUT_EXCHANGED)
def _exchanged(x, w, b=0.0):
    return convolution.correlate2d(x, w, b).T


@correlate2d.mistake(
    "mean instead of sum",
    "The products are averaged. They are added up: np.sum, not np.mean.",
)
def _mean(x, w, b=0.0):
    return convolution.correlate2d(x, w / w.size, b)


@correlate2d.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(x, w, b=0.0):
    H, W = x.shape
    kw, kh = w.shape
    return _windows(
        x,
        w,
        lambda i, j: np.sum(x[i : i + kh, j : j + kw] * w) + b,
        height=H - kh + 1,
        width=W - kw + 1,
    )


@correlate2d.mistake(*common.written_exchanged("y[i, j]", "y[j, i]"))
def _written_exchanged(x, w, b=0.0):
    return common.write_exchanged(convolution.correlate2d(x, w, b), 0)


@correlate2d.mistake(*common.returned_in_the_loop("j", "the first number"))
def _first_number(x, w, b=0.0):
    return common.only(convolution.correlate2d(x, w, b), (0, 0))


@correlate2d.mistake(*common.returned_in_the_loop("i", "the first row"))
def _first_row(x, w, b=0.0):
    return common.only(convolution.correlate2d(x, w, b), 0)
