"""Lesson 05: the layer as one matrix."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.examples import TOY_W


def _case(group, rng, w_shape, x_shape, stride=1, padding=0, dtype=np.float64) -> Case:
    w = normal(rng, *w_shape, dtype=dtype)
    return Case(group, {"w": w, "x_shape": x_shape, "stride": stride, "padding": padding})


def _cases(rng: np.random.Generator) -> list[Case]:
    toy = {"w": TOY_W.astype(float).reshape(1, 1, 3, 3), "x_shape": (1, 4, 4)}
    return [
        Case("the example", toy | {"stride": 1, "padding": 0}),
        _case("not square", rng, (1, 1, 2, 3), (1, 5, 4)),
        _case("filters", rng, (3, 1, 3, 2), (1, 5, 4)),
        _case("channels", rng, (1, 3, 2, 3), (3, 3, 5)),
        _case("channels", rng, (4, 2, 3, 2), (2, 4, 5)),
        _case("padding", rng, (2, 3, 3, 2), (3, 4, 3), padding=1),
        _case("padding", rng, (3, 2, 2, 4), (2, 3, 4), padding=2),
        _case("stride", rng, (2, 3, 3, 2), (3, 7, 5), stride=2),
        _case("stride", rng, (4, 2, 2, 3), (2, 8, 6), stride=3),
        _case("stride and padding", rng, (2, 3, 3, 4), (3, 6, 7), stride=2, padding=1),
        _case("float32", rng, (2, 3, 3, 2), (3, 5, 4), 2, 1, dtype=np.float32),
    ]


conv_as_matrix = Exercise(
    name="conv_as_matrix",
    lesson="05_one_big_sparse_matrix",
    points=4,
    reference=convolution.conv_as_matrix,
    returns=an_array(keeps_dtype=True),
    cases=_cases,
)


def _split(w, x_shape, stride, padding):
    """The right matrix with every axis of its own: (F, oh, ow, C, H, W)."""
    axes = (len(w), *common.sizes(x_shape, w.shape, stride, padding), *x_shape)
    return convolution.conv_as_matrix(w, x_shape, stride, padding).reshape(axes)


def _merge(A):
    return A.reshape(np.prod(A.shape[:3]), -1)


@conv_as_matrix.mistake(
    "matrix transposed",
    "Your matrix is the right one, transposed: one row for each output, one column for each pixel.",
)
def _transposed(w, x_shape, stride=1, padding=0):
    return convolution.conv_as_matrix(w, x_shape, stride, padding).T


@conv_as_matrix.mistake(
    "kernel turned",
    "The kernels are turned by 180°. A row holds the filter as it is.",
)
def _turned(w, x_shape, stride=1, padding=0):
    return convolution.conv_as_matrix(w[..., ::-1, ::-1], x_shape, stride, padding)


@conv_as_matrix.mistake(
    "channel last in a row",
    "The columns are ordered (H, W, C). x.ravel() runs channel by channel: (C, H, W).",
)
def _channel_last(w, x_shape, stride=1, padding=0):
    return _merge(_split(w, x_shape, stride, padding).transpose(0, 1, 2, 4, 5, 3))


@conv_as_matrix.mistake(
    "filter last in a column",
    "The rows are ordered (oh, ow, F). y.ravel() runs filter by filter: (F, oh, ow).",
)
def _filter_last(w, x_shape, stride=1, padding=0):
    return _merge(_split(w, x_shape, stride, padding).transpose(1, 2, 0, 3, 4, 5))


@conv_as_matrix.mistake(
    "windows still one pixel apart",
    "The size is right, but the filters are placed one pixel apart: window (i, j) begins at row "
    "i * stride and column j * stride.",
)
def _one_apart(w, x_shape, stride=1, padding=0):
    oh, ow = _split(w, x_shape, stride, padding).shape[1:3]
    return _merge(_split(w, x_shape, 1, padding)[:, :oh, :ow])


@conv_as_matrix.mistake(
    "padding ignored",
    "This is the matrix of padding 0: with padding, windows hang over the border and there are "
    "more rows.",
)
def _padding_ignored(w, x_shape, stride=1, padding=0):
    return convolution.conv_as_matrix(w, x_shape, stride, 0)


@conv_as_matrix.mistake(
    "columns for the frame of zeros",
    "There are columns for the frame of zeros too. The matrix is applied to x.ravel(), which has "
    "no frame: cut it off each row.",
)
def _frame_kept(w, x_shape, stride=1, padding=0):
    C, H, W = x_shape
    padded = (C, H + 2 * padding, W + 2 * padding)
    return convolution.conv_as_matrix(w, padded, stride, 0)


@conv_as_matrix.mistake(
    "first channel only",
    "Only the columns of channel 0 are filled: a filter has a kernel for every channel.",
)
def _first_channel(w, x_shape, stride=1, padding=0):
    first = np.zeros_like(w)
    first[:, 0] = w[:, 0]
    return convolution.conv_as_matrix(first, x_shape, stride, padding)


@conv_as_matrix.mistake(
    "float64 from float32",
    "The numbers are right, but float32 became float64: np.zeros needs dtype=w.dtype.",
)
def _float64(w, x_shape, stride=1, padding=0):
    return convolution.conv_as_matrix(w.astype(np.float64), x_shape, stride, padding)


def _fill(w, x_shape, stride, output, frame, cut, window=None, clear=True):
    """The loops of the lesson; `frame` and `cut` say how an image is padded and cut out again."""
    C, H, W = x_shape
    kh, kw = window or w.shape[2:]
    A = np.zeros((len(w), *output, C, H, W), dtype=w.dtype)
    image = np.zeros((C, H + 2 * frame, W + 2 * frame), dtype=w.dtype)
    for f, i, j in np.ndindex(A.shape[:3]):
        if clear:
            image[...] = 0
        top, left = i * stride, j * stride
        image[:, top : top + kh, left : left + kw] = w[f]
        A[f, i, j] = image[:, *cut]
    return _merge(A)


def _middle(x_shape, padding):
    return tuple(slice(padding, padding + size) for size in x_shape[1:])


@conv_as_matrix.mistake(
    "image made once for all rows",
    "Every row still holds the filters of the rows before it: make a new image of zeros for each "
    "row, inside the loops.",
)
def _leftovers(w, x_shape, stride=1, padding=0):
    output, cut = common.sizes(x_shape, w.shape, stride, padding), _middle(x_shape, padding)
    return _fill(w, x_shape, stride, output, padding, cut, clear=False)


@conv_as_matrix.mistake(*common.CUT_FROM_THE_CORNER)
def _cut_from_the_corner(w, x_shape, stride=1, padding=0):
    output, cut = common.sizes(x_shape, w.shape, stride, padding), _middle(x_shape, 0)
    return _fill(w, x_shape, stride, output, padding, cut)


@conv_as_matrix.mistake(*common.EMPTY_SLICE)
def _empty_slice(w, x_shape, stride=1, padding=0):
    output, cut = common.sizes(x_shape, w.shape, stride, padding), [slice(padding, -padding)] * 2
    return _fill(w, x_shape, stride, output, padding, cut)


@conv_as_matrix.mistake(
    "image without its frame",
    "The image that the filter is laid on has no frame, so that some windows hang over its edge. "
    "Make it (C, H + 2 * padding, W + 2 * padding) and cut the frame off.",
)
def _no_frame(w, x_shape, stride=1, padding=0):
    output = common.sizes(x_shape, w.shape, stride, padding)
    return _fill(w, x_shape, stride, output, 0, _middle(x_shape, 0))


@conv_as_matrix.mistake(*common.SIZES_ALONE)
def _sizes_alone(w, x_shape, stride=1, padding=0):
    output, cut = common.sizes(x_shape, w.shape), _middle(x_shape, padding)
    return _fill(w, x_shape, stride, output, padding, cut)


@conv_as_matrix.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(w, x_shape, stride=1, padding=0):
    kw, kh = w.shape[2:]
    output, cut = common.sizes(x_shape, (kh, kw), stride, padding), _middle(x_shape, padding)
    return _fill(w, x_shape, stride, output, padding, cut, window=(kh, kw))


@conv_as_matrix.mistake(*common.IMAGE_EXCHANGED)
def _image_exchanged(w, x_shape, stride=1, padding=0):
    C, W, H = x_shape
    return convolution.conv_as_matrix(w, (C, H, W), stride, padding)


@conv_as_matrix.mistake(*common.six_axes("F * oh * ow, C * H * W"))
def _six_axes(w, x_shape, stride=1, padding=0):
    return _split(w, x_shape, stride, padding)


@conv_as_matrix.mistake(*common.written_exchanged("A[f, i, j]", "A[f, j, i]"))
def _written_exchanged(w, x_shape, stride=1, padding=0):
    return _merge(common.write_exchanged(_split(w, x_shape, stride, padding), 1))


@conv_as_matrix.mistake(*common.returned_in_the_loop("j", "the first row of the matrix"))
def _first_row(w, x_shape, stride=1, padding=0):
    return _merge(common.only(_split(w, x_shape, stride, padding), (0, 0, 0)))


@conv_as_matrix.mistake(*common.returned_in_the_loop("i", "the first row of windows"))
def _first_windows(w, x_shape, stride=1, padding=0):
    return _merge(common.only(_split(w, x_shape, stride, padding), (0, 0)))


@conv_as_matrix.mistake(*common.returned_in_the_loop("f", "the first filter"))
def _first_filter(w, x_shape, stride=1, padding=0):
    return _merge(common.only(_split(w, x_shape, stride, padding), 0))
