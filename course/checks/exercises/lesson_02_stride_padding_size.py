"""Lesson 02: how big the output is, the frame of zeros, and windows with a stride."""

import math

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import AN_INTEGER, an_array
from course.examples import TOY_B, TOY_W, TOY_X


def _size_case(group: str, size, kernel, stride=1, padding=0, dilation=1) -> Case:
    arguments = {"size": size, "kernel": kernel, "stride": stride}
    return Case(group, arguments | {"padding": padding, "dilation": dilation})


def _size_cases(rng: np.random.Generator) -> list[Case]:
    def draw(low, high):
        return int(rng.integers(low, high))

    return [
        _size_case("the example", 4, 3),
        _size_case("plain", draw(9, 40), draw(1, 9)),
        _size_case("plain", 7, 7),
        _size_case("padding", draw(9, 40), 3, padding=1),
        _size_case("padding", 6, 5, padding=2),
        _size_case("stride", 9, 3, stride=2),
        _size_case("stride", 13, 4, stride=3),
        _size_case("remainder", 8, 3, stride=2),
        _size_case("remainder", 12, 3, stride=5),
        _size_case("remainder", 10, 3, stride=4),
        _size_case("stride and padding", 224, 7, stride=2, padding=3),
        _size_case("stride and padding", draw(20, 40), 4, stride=3, padding=2),
        _size_case("dilation", 9, 3, dilation=2),
        _size_case("dilation", 20, 4, stride=2, padding=1, dilation=3),
    ]


output_size = Exercise(
    name="output_size",
    lesson="02_stride_padding_size",
    points=2,
    reference=convolution.output_size,
    returns=AN_INTEGER,
    cases=_size_cases,
)


def _steps(size, kernel, padding, dilation):
    """The pixels that are left for the window to move over."""
    return size + 2 * padding - dilation * (kernel - 1) - 1


@output_size.mistake(
    "first window not counted",
    "One is missing: the division counts the steps between windows, and there is one window more.",
)
def _no_plus_one(size, kernel, stride=1, padding=0, dilation=1):
    return _steps(size, kernel, padding, dilation) // stride


@output_size.mistake(
    "padding at one end only",
    "padding is added at both ends of the axis: 2 * padding.",
)
def _padding_once(size, kernel, stride=1, padding=0, dilation=1):
    return (_steps(size, kernel, 0, dilation) + padding) // stride + 1


@output_size.mistake(
    "rounded up",
    "A window that does not fit whole does not count: round down (//), not up.",
)
def _rounded_up(size, kernel, stride=1, padding=0, dilation=1):
    return math.ceil(_steps(size, kernel, padding, dilation) / stride) + 1


@output_size.mistake(
    "rounded to the nearest",
    "A window that does not fit whole does not count: // rounds down, round() to the nearest.",
)
def _rounded(size, kernel, stride=1, padding=0, dilation=1):
    return round(_steps(size, kernel, padding, dilation) / stride) + 1


@output_size.mistake(
    "a float instead of an integer",
    "A size is an integer, and / gives a float. The operator // divides and drops the remainder.",
)
def _float(size, kernel, stride=1, padding=0, dilation=1):
    return _steps(size, kernel, padding, dilation) / stride + 1


@output_size.mistake(
    "dilation left out",
    "dilation does not count yet: the kernel spans dilation * (kernel - 1) + 1 pixels.",
)
def _no_dilation(size, kernel, stride=1, padding=0, dilation=1):
    return _steps(size, kernel, padding, 1) // stride + 1


@output_size.mistake(
    "dilation stretches the kernel's last entry too",
    "A kernel spans dilation * (kernel - 1) + 1 pixels, not dilation * kernel: behind its last "
    "entry there is no gap.",
)
def _dilation_of_all(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * kernel) // stride + 1


@output_size.mistake(
    "stride left out",
    "stride does not count yet: the window moves stride pixels at a time.",
)
def _no_stride(size, kernel, stride=1, padding=0, dilation=1):
    return _steps(size, kernel, padding, dilation) + 1


@output_size.mistake(
    "one added before the division",
    "The 1 stands inside the division: divide first, then add 1 for the first window.",
)
def _one_inside(size, kernel, stride=1, padding=0, dilation=1):
    return (_steps(size, kernel, padding, dilation) + 1) // stride


def _pad_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("the example", {"x": TOY_X.astype(float), "padding": 1}),
        Case("images", {"x": normal(rng, 3, 5), "padding": 2}),
        Case("images", {"x": normal(rng, 5, 2), "padding": 1}),
        Case("padding 0", {"x": normal(rng, 4, 3), "padding": 0}),
        Case("more axes", {"x": normal(rng, 2, 3, 4), "padding": 1}),
        Case("more axes", {"x": normal(rng, 2, 3, 4, 5), "padding": 3}),
        Case("float32", {"x": normal(rng, 2, 4, 3, dtype=np.float32), "padding": 2}),
    ]


pad2d = Exercise(
    name="pad2d",
    lesson="02_stride_padding_size",
    points=2,
    reference=convolution.pad2d,
    returns=an_array(keeps_dtype=False),
    cases=_pad_cases,
)


def _pad(x, rows: tuple[int, int], columns: tuple[int, int], **mode):
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [rows, columns], **mode)


@pad2d.mistake(
    "every axis padded",
    "All axes are padded. Only the last two, height and width, get a frame; x may have more axes.",
)
def _all_axes(x, padding):
    return np.pad(x, padding)


@pad2d.mistake(
    "first two axes padded",
    "The first two axes are padded. Height and width are the last two: index with [..., a:b, c:d].",
)
def _first_axes(x, padding):
    return np.pad(x, [(padding, padding)] * 2 + [(0, 0)] * (x.ndim - 2))


@pad2d.mistake(
    "zeros on the top left only",
    "The zeros stand above and to the left only. The frame goes all around.",
)
def _before_only(x, padding):
    return _pad(x, (padding, 0), (padding, 0))


@pad2d.mistake(
    "zeros on the bottom right only",
    "The zeros stand below and to the right only. The frame goes all around.",
)
def _after_only(x, padding):
    return _pad(x, (0, padding), (0, padding))


@pad2d.mistake(
    "image in the corner",
    "The size is right, but the image sits in the top left corner: it begins at row and column "
    "`padding`.",
)
def _in_the_corner(x, padding):
    return _pad(x, (0, 2 * padding), (0, 2 * padding))


@pad2d.mistake(
    "border repeated",
    "The frame repeats the pixels of the border. It holds zeros.",
)
def _edge(x, padding):
    return _pad(x, (padding, padding), (padding, padding), mode="edge")


@pad2d.mistake(
    "frame of ones",
    "The frame holds ones. It holds zeros: np.zeros, not np.ones.",
)
def _ones(x, padding):
    return _pad(x, (padding, padding), (padding, padding), constant_values=1.0)


@pad2d.mistake(
    "rows only",
    "Only rows are added. The frame has columns on the left and right as well.",
)
def _rows_only(x, padding):
    return _pad(x, (padding, padding), (0, 0))


@pad2d.mistake(
    "the slice [p:-p] at padding 0",
    "With padding 0 the slice [padding:-padding] is [0:0], which is empty. Write the end as "
    "padding + H.",
)
def _empty_slice(x, padding):
    padded = _pad(np.zeros_like(x), (padding, padding), (padding, padding))
    padded[..., padding:-padding, padding:-padding] = x
    return padded


def _strided_case(group, rng, x_shape, w_shape, stride=1, padding=0, dtype=np.float64) -> Case:
    x, w = normal(rng, *x_shape, dtype=dtype), normal(rng, *w_shape, dtype=dtype)
    arguments = {"x": x, "w": w, "b": float(rng.standard_normal())}
    return Case(group, arguments | {"stride": stride, "padding": padding})


def _strided_cases(rng: np.random.Generator) -> list[Case]:
    toy = {"x": TOY_X.astype(float), "w": TOY_W.astype(float), "b": float(TOY_B)}
    return [
        Case("the example", toy | {"stride": 1, "padding": 0}),
        _strided_case("plain", rng, (5, 7), (3, 2)),
        _strided_case("padding", rng, (4, 5), (3, 3), padding=1),
        _strided_case("padding", rng, (3, 6), (2, 4), padding=2),
        _strided_case("stride", rng, (7, 9), (3, 3), stride=2),
        _strided_case("stride", rng, (7, 8), (4, 2), stride=3),
        _strided_case("remainder", rng, (8, 6), (3, 3), stride=2),
        _strided_case("remainder", rng, (9, 7), (2, 3), stride=3),
        _strided_case("stride and padding", rng, (7, 6), (3, 4), stride=2, padding=1),
        _strided_case("stride and padding", rng, (5, 8), (2, 3), stride=3, padding=2),
        _strided_case("float32", rng, (6, 7), (3, 2), 2, 1, dtype=np.float32),
    ]


correlate2d_strided = Exercise(
    name="correlate2d_strided",
    lesson="02_stride_padding_size",
    points=3,
    reference=convolution.correlate2d_strided,
    returns=an_array(keeps_dtype=False),
    cases=_strided_cases,
)


def _strided(x, w, b, output, down, right, window=None):
    """Fill an output of that shape with windows so many pixels apart."""
    kh, kw = window or w.shape
    y = np.zeros(output)
    for i, j in np.ndindex(y.shape):
        top, left = i * down, j * right
        y[i, j] = np.sum(x[top : top + kh, left : left + kw] * w) + b
    return y


@correlate2d_strided.mistake(
    "stride ignored",
    "Your output is that of stride 1: stride shrinks the output and moves the windows apart.",
)
def _stride_ignored(x, w, b=0.0, stride=1, padding=0):
    return convolution.correlate2d_strided(x, w, b, 1, padding)


@correlate2d_strided.mistake(
    "padding ignored",
    "Your output is that of padding 0: pad x before the first window is cut out.",
)
def _padding_ignored(x, w, b=0.0, stride=1, padding=0):
    return convolution.correlate2d_strided(x, w, b, stride, 0)


@correlate2d_strided.mistake(
    "windows still one pixel apart",
    "The size is right, but the windows are one pixel apart: window (i, j) begins at row "
    "i * stride and column j * stride.",
)
def _windows_one_apart(x, w, b=0.0, stride=1, padding=0):
    oh, ow = convolution.correlate2d_strided(x, w, b, stride, padding).shape
    return convolution.correlate2d_strided(x, w, b, 1, padding)[:oh, :ow]


@correlate2d_strided.mistake(
    "stride along the rows only",
    "The stride moves the window down but not to the right: the column is j * stride too.",
)
def _stride_down_only(x, w, b=0.0, stride=1, padding=0):
    output = common.sizes(x.shape, w.shape, stride, padding)
    return _strided(convolution.pad2d(x, padding), w, b, output, stride, 1)


@correlate2d_strided.mistake(
    "kernel turned",
    "The kernel is turned by 180°. A convolution layer does not turn it: no [::-1] on w.",
)
def _turned(x, w, b=0.0, stride=1, padding=0):
    return convolution.correlate2d_strided(x, w[::-1, ::-1], b, stride, padding)


@correlate2d_strided.mistake(
    "bias forgotten",
    "Every number is too small by b: the bias is added to each output, once.",
)
def _no_bias(x, w, b=0.0, stride=1, padding=0):
    return convolution.correlate2d_strided(x, w, 0.0, stride, padding)


@correlate2d_strided.mistake(
    "half a window at the end counted",
    "The last window does not fit whole and must not count: the size of the output is rounded "
    "down.",
)
def _half_a_window_counted(x, w, b=0.0, stride=1, padding=0):
    padded = convolution.pad2d(x, padding)
    output = [
        math.ceil((size - kernel) / stride) + 1
        for size, kernel in zip(padded.shape, w.shape, strict=True)
    ]
    return _strided(padded, w, b, output, stride, stride)


@correlate2d_strided.mistake(
    "padded after, not before",
    "The output is padded. The frame of zeros goes around x, before any window is cut out.",
)
def _output_padded(x, w, b=0.0, stride=1, padding=0):
    return convolution.pad2d(convolution.correlate2d_strided(x, w, b, stride, 0), padding)


@correlate2d_strided.mistake(*common.UNPADDED)
def _unpadded(x, w, b=0.0, stride=1, padding=0):
    return _strided(x, w, b, common.sizes(x.shape, w.shape, stride, padding), stride, stride)


@correlate2d_strided.mistake(*common.PADDED_TWICE)
def _padded_twice(x, w, b=0.0, stride=1, padding=0):
    x = convolution.pad2d(x, padding)
    return _strided(x, w, b, common.sizes(x.shape, w.shape, stride, padding), stride, stride)


@correlate2d_strided.mistake(*common.SIZES_ALONE)
def _sizes_alone(x, w, b=0.0, stride=1, padding=0):
    xpad = convolution.pad2d(x, padding)
    return _strided(xpad, w, b, common.sizes(x.shape, w.shape), stride, stride)


@correlate2d_strided.mistake(*common.SIZES_UNPADDED)
def _sizes_unpadded(x, w, b=0.0, stride=1, padding=0):
    xpad = convolution.pad2d(x, padding)
    return _strided(xpad, w, b, common.sizes(x.shape, w.shape, stride), stride, stride)


@correlate2d_strided.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(x, w, b=0.0, stride=1, padding=0):
    kw, kh = w.shape
    xpad, output = convolution.pad2d(x, padding), common.sizes(x.shape, (kh, kw), stride, padding)
    return _strided(xpad, w, b, output, stride, stride, window=(kh, kw))


@correlate2d_strided.mistake(*common.IMAGE_EXCHANGED)
def _image_exchanged(x, w, b=0.0, stride=1, padding=0):
    W, H = x.shape
    xpad, output = convolution.pad2d(x, padding), common.sizes((H, W), w.shape, stride, padding)
    return _strided(xpad, w, b, output, stride, stride)


@correlate2d_strided.mistake(*common.OUTPUT_EXCHANGED)
def _exchanged(x, w, b=0.0, stride=1, padding=0):
    return convolution.correlate2d_strided(x, w, b, stride, padding).T


@correlate2d_strided.mistake(*common.written_exchanged("y[i, j]", "y[j, i]"))
def _written_exchanged(x, w, b=0.0, stride=1, padding=0):
    return common.write_exchanged(convolution.correlate2d_strided(x, w, b, stride, padding), 0)


@correlate2d_strided.mistake(*common.BIAS_IN_THE_SUM)
def _bias_in_the_sum(x, w, b=0.0, stride=1, padding=0):
    return convolution.correlate2d_strided(x, w, b * w.size, stride, padding)


@correlate2d_strided.mistake(*common.returned_in_the_loop("j", "the first number"))
def _first_number(x, w, b=0.0, stride=1, padding=0):
    return common.only(convolution.correlate2d_strided(x, w, b, stride, padding), (0, 0))


@correlate2d_strided.mistake(*common.returned_in_the_loop("i", "the first row"))
def _first_row(x, w, b=0.0, stride=1, padding=0):
    return common.only(convolution.correlate2d_strided(x, w, b, stride, padding), 0)
