"""Lesson 05: the layer as one matrix."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.verdict import an_array
from course.convolution import output_size
from course.examples import TOY_W


def _case(group, rng, w_shape, x_shape, stride=1, padding=0, dtype=np.float64) -> Case:
    w = normal(rng, *w_shape, dtype=dtype)
    return Case(group, {"w": w, "x_shape": x_shape, "stride": stride, "padding": padding})


def _cases(rng: np.random.Generator) -> list[Case]:
    toy = {"w": TOY_W.astype(float).reshape(1, 1, 3, 3), "x_shape": (1, 4, 4)}
    return [
        Case("the example", toy | {"stride": 1, "padding": 0}),
        _case("one channel", rng, (1, 1, 2, 3), (1, 4, 5)),
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
    _, H, W = x_shape
    F, _, kh, kw = w.shape
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    return convolution.conv_as_matrix(w, x_shape, stride, padding).reshape(F, oh, ow, *x_shape)


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
