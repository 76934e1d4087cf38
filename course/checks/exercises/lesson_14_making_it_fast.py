"""Lesson 14: the forward pass once more, with each window copied once.

What it computes is what `conv_forward` of lesson 04 does, so the cases are the same, and so are the
mistakes that do not hang on how it is computed; some need other words here. That it is fast the
lesson shows itself; no point hangs on a measurement.
"""

from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course import convolution
from course.checks.exercise import Mistake
from course.checks.exercises import common
from course.checks.exercises import lesson_04_channels_filters_batches as lesson_04
from course.convolution import pad2d

_OTHER_WORDS = {
    "reshape where transpose is meant": "The right numbers in the wrong places: your product has a "
    "row for every window. With flat @ cols it has a row for every filter, as y[n] does.",
    "images and filters exchanged by a reshape": "Your product has the windows of all images side "
    "by side, and reshape does not put the images first. Make one product for each image: y[n].",
    "rows and columns exchanged by the transpose": "Height and width of the output are exchanged: "
    "cols has the axes (C, kh, kw, oh, ow), and those of the output follow in this order.",
    "filters left as the last axis": "The filters are the last axis: (N, oh, ow, F). flat @ cols "
    "puts them first, so that y[n] is (F, oh * ow) without a transpose.",
    "filters reshaped instead of transposed": "w.reshape(C * kh * kw, F) tears the filters apart. "
    "Make each filter a row: flat = w.reshape(F, -1).",
    "channel order of filters and columns differs": "The filters and cols hold their numbers in "
    "different orders, (kh, kw, C) and (C, kh, kw). cols has the axes (C, kh, kw, oh, ow).",
    "bias added after the transpose": "The bias is added along the last axis, and that is ow. Add "
    "it to y while that is (N, F, oh * ow), as a column: b[:, np.newaxis].",
    "padding counted twice": "The padding counts twice: x is given its frame once, by pad2d, and "
    "what comes after takes the padded x as it is.",
}
_NOT_HERE = {
    "filters not transposed",
    "product returned as it is",
    "im2col without stride and padding",
    common.SIZES_ALONE[0],
    common.IMAGE_EXCHANGED[0],
}
"""Mistakes in steps that this answer takes in another way, or does not take."""


def _in_other_words(mistake: Mistake) -> Mistake:
    words = _OTHER_WORDS.get(mistake.name)
    return replace(mistake, explanation=words) if words else mistake


conv_forward_fast = replace(
    lesson_04.conv_forward,
    name="conv_forward_fast",
    lesson="14_making_it_fast",
    points=6,
    reference=convolution.conv_forward,
    mistakes=[
        _in_other_words(m) for m in lesson_04.conv_forward.mistakes if m.name not in _NOT_HERE
    ],
)


def _windows(xpad, w, stride) -> np.ndarray:
    """(N, C, oh, ow, kh, kw): those that the stride keeps."""
    return sliding_window_view(xpad, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]


def _copied(windows, size, axes=(0, 3, 4, 1, 2)) -> list[np.ndarray]:
    """The columns of each image (C, kh, kw, oh, ow), for outputs of that size."""
    columns = []
    for image in windows:
        C, _, _, kh, kw = image.shape
        cols = np.empty((C, kh, kw, *size), dtype=windows.dtype)
        cols[:] = image.transpose(axes)
        columns.append(cols)
    return columns


def _products(columns, w, b) -> np.ndarray:
    """(N, F, oh, ow)"""
    flat, size = w.reshape(len(w), -1), columns[0].shape[-2:]
    y = np.stack([flat @ cols.reshape(flat.shape[1], -1) for cols in columns])
    return (y + b[:, np.newaxis]).reshape(*y.shape[:2], *size)


@conv_forward_fast.mistake(
    "windows and sizes differ by the padding",
    "You cut out other windows than you count: one goes by the padding and the other does not. Cut "
    "them out of the padded x, and count by output_size(H, kh, stride, padding).",
)
def _unpadded(x, w, b, stride=1, padding=0):
    size = common.sizes(x.shape, w.shape, stride, padding)
    return _products(_copied(_windows(x, w, stride), size), w, b)


@conv_forward_fast.mistake(
    "windows and sizes differ by the stride",
    "You cut out other windows than you count: one goes by the stride and the other does not. Keep "
    "[:, :, ::stride, ::stride], and count by output_size(H, kh, stride, padding).",
)
def _all_windows(x, w, b, stride=1, padding=0):
    size = common.sizes(x.shape, w.shape, stride, padding)
    return _products(_copied(_windows(pad2d(x, padding), w, 1), size), w, b)


@conv_forward_fast.mistake(*common.SIZES_ALONE)
def _sizes_alone(x, w, b, stride=1, padding=0):
    size = common.sizes(x.shape, w.shape)
    return _products(_copied(_windows(pad2d(x, padding), w, stride), size), w, b)


@conv_forward_fast.mistake(*common.IMAGE_EXCHANGED)
def _image_exchanged(x, w, b, stride=1, padding=0):
    W, H = x.shape[2:]
    size = common.sizes((H, W), w.shape, stride, padding)
    return _products(_copied(_windows(pad2d(x, padding), w, stride), size), w, b)


@conv_forward_fast.mistake(
    "windows reshaped instead of transposed",
    "windows[n] is (C, oh, ow, kh, kw), and a reshape to (C, kh, kw, oh, ow) tears the windows "
    "apart. Move the axes: windows[n].transpose(0, 3, 4, 1, 2).",
)
def _windows_torn(x, w, b, stride=1, padding=0):
    C, kh, kw = w.shape[1:]
    windows = _windows(pad2d(x, padding), w, stride)
    size = windows.shape[2:4]
    return _products([image.reshape(C, kh, kw, *size) for image in windows], w, b)


@conv_forward_fast.mistake(
    "columns reshaped instead of transposed",
    "cols.reshape(oh * ow, C * kh * kw) tears the columns apart. cols is (C, kh, kw, oh, ow): "
    "merge its axes in that order, reshape(C * kh * kw, oh * ow).",
)
def _columns_torn(x, w, b, stride=1, padding=0):
    windows = _windows(pad2d(x, padding), w, stride)
    size = windows.shape[2:4]
    rows = size[0] * size[1]
    torn = [cols.reshape(rows, -1).T for cols in _copied(windows, size)]
    return _products([cols.reshape(-1, *size) for cols in torn], w, b)


@conv_forward_fast.mistake(
    "kh and kw exchanged by the transpose",
    "The transpose exchanges kh and kw: windows[n] is (C, oh, ow, kh, kw), so cols is "
    "windows[n].transpose(0, 3, 4, 1, 2).",
)
def _window_exchanged(x, w, b, stride=1, padding=0):
    windows = _windows(pad2d(x, padding), w, stride)
    return _products(_copied(windows, windows.shape[2:4], axes=(0, 4, 3, 1, 2)), w, b)


@conv_forward_fast.mistake(
    "rows and columns of each kernel exchanged",
    "Each kernel meets its windows with rows and columns exchanged: cols has kh before kw, as w "
    "has. transpose(0, 3, 4, 1, 2) keeps that order.",
)
def _window_exchanged_in_silence(x, w, b, stride=1, padding=0):
    F, C, kh, kw = w.shape
    misread = w.reshape(F, C, kw, kh).transpose(0, 1, 3, 2)
    return convolution.conv_forward(x, misread, b, stride, padding)


@conv_forward_fast.mistake(
    "filters transposed",
    "The product does not fit: cols has C * kh * kw rows, so the filters need as many columns. "
    "Make each filter a row, and leave it so: flat = w.reshape(F, -1).",
)
def _filters_transposed(x, w, b, stride=1, padding=0):
    windows = _windows(pad2d(x, padding), w, stride)
    cols = _copied(windows, windows.shape[2:4])[0]
    return w.reshape(len(w), -1).T @ cols.reshape(w[0].size, -1)


def _flat_outputs(x, w, b, stride, padding) -> np.ndarray:
    y = convolution.conv_forward(x, w, b, stride, padding)
    return y.reshape(*y.shape[:2], -1)


@conv_forward_fast.mistake(
    "bias not a column",
    "The bias is added along the last axis, and that is oh * ow. Make it a column, so that each "
    "filter gets its own: b[:, np.newaxis].",
)
def _bias_along_the_windows(x, w, b, stride=1, padding=0):
    y = _flat_outputs(x, w, np.zeros_like(b), stride, padding)
    y += b
    oh, ow = common.sizes(x.shape, w.shape, stride, padding)
    return y.reshape(*y.shape[:2], oh, ow)


@conv_forward_fast.mistake(
    "product returned as it is",
    "These are the numbers, as (N, F, oh * ow). At the end reshape to (N, F, oh, ow).",
)
def _bare_product(x, w, b, stride=1, padding=0):
    return _flat_outputs(x, w, b, stride, padding)
