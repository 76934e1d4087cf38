"""Lesson 10: six broken layers, to be mended. All are tried with the cases of lesson 09."""

from collections.abc import Callable

import numpy as np

from course import nn
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.exercises.lesson_09_the_convolution_layer import (
    HINTS,
    MADE_WITH,
    WORKING_MISTAKES,
    working_cases,
)
from course.checks.verdict import an_array
from course.convolution import col2im, conv_backward_input_col2im, conv_forward, im2col, pad2d


def _mended(number: int, patient: type, symptom: str, twin: str = "") -> Exercise:
    """An exercise whose first mistake is the layer as it was brought in.

    The mistakes of lesson 09 follow; its twin among them, if it has one, would never be named.
    """
    exercise = Exercise(
        name=f"Mended{number}",
        lesson="10_bug_clinic",
        points=2,
        reference=nn.Conv2d,
        returns=an_array(keeps_dtype=True),
        cases=working_cases,
        made_with=MADE_WITH,
        mends=patient,
        hints=HINTS,
    )
    explanation = f"It behaves as Layer{number} did; here super() is Layer{number}. {symptom}"
    exercise.mistake(f"Layer{number} as it was", explanation)(patient)
    exercise.mistakes.extend(m for m in WORKING_MISTAKES if m.name != twin)
    return exercise


class _Paired(nn.Conv2d):
    """Window n meets filter n: right for one image, a crash or wrong numbers for more."""

    def forward(self, x):
        self.x = x
        N, F, (kh, kw) = len(x), len(self.w), self.w.shape[2:]
        oh, ow = conv_forward(x, self.w, self.b, self.stride, self.padding).shape[2:]
        xpad, s = pad2d(x, self.padding), self.stride
        y = np.zeros((N, F, oh, ow), dtype=x.dtype)
        for i, j in np.ndindex(oh, ow):
            window = xpad[:, :, i * s : i * s + kh, j * s : j * s + kw]
            y[:, :, i, j] = np.sum(window * self.w, axis=(1, 2, 3)) + self.b
        return y


class _Torn(nn.Conv2d):
    """The upstream reshaped where it must be transposed first."""

    def backward(self, dy):
        F, kernel_size = len(self.w), self.w.shape[2:]
        dY = dy.reshape(-1, F)
        cols = im2col(self.x, kernel_size, self.stride, self.padding)
        self.dw, self.db = (dY.T @ cols).reshape(self.w.shape), dY.sum(axis=0)
        dcols = dY @ self.w.reshape(F, -1)
        return col2im(dcols, self.x.shape, kernel_size, self.stride, self.padding)


class _Restless(nn.Conv2d):
    """Learns while it goes backward."""

    def backward(self, dy):
        dx = super().backward(dy)
        self.w -= 0.01 * self.dw
        self.b -= 0.01 * self.db
        return dx


class _Cut(nn.Conv2d):
    """Takes from the gradient of the padded image what `part` says of a side."""

    part: Callable[[int, int], slice]

    def backward(self, dy):
        super().backward(dy)
        (N, C, H, W), p = self.x.shape, self.padding
        framed = (N, C, H + 2 * p, W + 2 * p)
        dx = conv_backward_input_col2im(dy, self.w, framed, self.stride)
        return dx[:, :, self.part(p, H), self.part(p, W)]


class _CutToNothing(_Cut):
    """The slice [p:-p], empty at padding 0."""

    part = staticmethod(lambda p, size: slice(p, -p))


class _CutFromTheCorner(_Cut):
    part = staticmethod(lambda p, size: slice(0, size))


class _CutTooEarly(_Cut):
    part = staticmethod(lambda p, size: slice(p, size))


class _NotTurned(nn.Conv2d):
    """Collects with the kernel as it is."""

    def backward(self, dy):
        super().backward(dy)
        turned = self.w[:, :, ::-1, ::-1]
        return conv_backward_input_col2im(dy, turned, self.x.shape, self.stride, self.padding)


class _RemainderForgotten(nn.Conv2d):
    """Takes the size of dx from the output, which does not know of pixels left over."""

    def backward(self, dy):
        super().backward(dy)
        (N, C), (kh, kw), (oh, ow) = self.x.shape[:2], self.w.shape[2:], dy.shape[2:]
        p, height, width = self.padding, (oh - 1) * self.stride + kh, (ow - 1) * self.stride + kw
        dx = conv_backward_input_col2im(dy, self.w, (N, C, height, width), self.stride)
        return dx[:, :, p : height - p, p : width - p]


Mended1 = _mended(
    1,
    _Paired,
    "What is the shape of window * w when N images meet F filters? Every window must meet every "
    "filter.",
)
Mended2 = _mended(
    2,
    _Torn,
    "Write out which entries of dy end up in row 0 of dY, and which belong there: axis 1 has to "
    "move to the end first.",
)
Mended3 = _mended(
    3,
    _Restless,
    "Compare w and b before and after backward: computing a gradient must leave both as they are.",
    twin="weights updated in backward",
)
Mended4 = _mended(
    4,
    _CutToNothing,
    "Which pixels does the last slice leave when the padding is 0?",
)
Mended5 = _mended(
    5,
    _NotTurned,
    "A pixel further down in the image stands further up in the windows: what has to happen to "
    "the kernel?",
    twin="kernel turned the wrong way",
)
Mended6 = _mended(
    6,
    _RemainderForgotten,
    "With stride 2, how many rows does the output account for, and how many has x?",
)

for _exercise in (Mended4, Mended5, Mended6):
    _exercise.mistake(*common.CUT_FROM_THE_CORNER)(_CutFromTheCorner)
    _exercise.mistake(
        "end of the slice without the frame",
        "The slice ends too early: p : H leaves out the last p rows. The image begins at p and has "
        "H rows, so it ends at p + H; columns in the same way.",
    )(_CutTooEarly)
for _exercise in (Mended5, Mended6):
    _exercise.mistake(*common.EMPTY_SLICE)(_CutToNothing)
