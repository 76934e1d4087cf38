"""Lesson 09: the layer as a class."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import Kind, an_array
from course.convolution import (
    conv_backward_input_col2im,
    conv_backward_input_full,
    conv_backward_weights,
    conv_forward,
    pad2d,
)
from course.examples import TOY_W, TOY_X

MADE_WITH = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "rng")


def _work(rng, x_shape, w_shape, stride=1, padding=0, dtype: Any = np.float64) -> dict[str, Any]:
    """A layer's settings and numbers, and an input and an upstream for it."""
    F, C, kh, kw = w_shape
    oh, ow = common.sizes(x_shape, w_shape, stride, padding)
    return {
        "settings": (C, F, (kh, kw), stride, padding),
        "w": normal(rng, *w_shape, dtype=dtype),
        "b": normal(rng, F, dtype=dtype),
        "x": normal(rng, *x_shape, dtype=dtype),
        "dy": normal(rng, x_shape[0], F, oh, ow, dtype=dtype),
    }


def _for_every_array(rng, use) -> list[Case]:
    shapes: list[tuple] = [
        ((1, 1, 4, 6), (1, 1, 2, 3)),
        ((2, 3, 6, 5), (2, 3, 3, 2)),
        ((3, 2, 5, 7), (4, 2, 3, 2), 1, 1),
        ((2, 3, 8, 7), (4, 3, 3, 2), 2, 0),
        ((2, 3, 7, 6), (4, 3, 2, 3), 2, 1),
        ((3, 2, 5, 9), (2, 2, 2, 3), 3, 2),
    ]
    return [Case(use.__name__, _work(rng, *shape), use) for shape in shapes]


def _memory(rng) -> list[Case]:
    """What a layer keeps from one call to the next, and what it leaves alone."""
    work = _work(rng, (2, 3, 6, 5), (4, 3, 3, 2), 2, 1)
    again = _work(rng, (2, 3, 6, 5), (4, 3, 3, 2), 2, 1) | {"other_x": normal(rng, 2, 3, 6, 5)}
    beside = _work(rng, (2, 3, 6, 5), (4, 3, 3, 2)) | {"other_x": normal(rng, 2, 3, 6, 5)}
    return [
        Case("memory", work, uses.keeps_its_parameters),
        Case("memory", again, uses.dw_of_the_second_round),
        Case("memory", beside, uses.dw_beside_another_layer),
    ]


def _beginning(rng) -> list[Case]:
    seed = int(rng.integers(1000))
    first = _work(rng, (2, 3, 6, 5), (4, 3, 3, 2))
    del first["x"]
    large = {"settings": (32, 16, (3, 5), 1, 0), "seed": seed}
    return [
        Case("beginning", first, uses.refuses_backward_first),
        Case("beginning", {"settings": (3, 4, (5, 2))}, uses.initial_shapes),
        Case("beginning", {"settings": (3, 4, (5, 2))}, uses.initial_bias),
        Case("beginning", large, uses.initial_spread),
        Case("beginning", large, uses.draws_from_rng),
    ]


def working_cases(rng: np.random.Generator) -> list[Case]:
    """Forward and backward of a layer that has its weights; the clinic uses these cases too."""
    toy = {"settings": (1, 1, (3, 3)), "w": TOY_W[None, None].astype(float)}
    toy |= {"b": np.array([5.0]), "x": TOY_X[None, None].astype(float)}
    cases = [Case("the example", toy, uses.y)]
    for use in (uses.y, uses.dx, uses.dw, uses.db):
        cases += _for_every_array(rng, use)
    cases += _memory(rng)
    for use in (uses.y, uses.dx, uses.dw, uses.db):
        work = _work(rng, (2, 3, 6, 5), (4, 3, 3, 2), 2, 1, dtype=np.float32)
        cases.append(Case("float32", work, use))
    return cases


def _cases(rng: np.random.Generator) -> list[Case]:
    return working_cases(rng) + _beginning(rng)


HINTS = {
    (uses.dx, Kind.WRONG_TYPE): "backward returns one array, dx. dw and db stay in the layer, as "
    "self.dw and self.db.",
    (uses.dw, Kind.RETURNED_NOTHING): "dw is still None: backward has to set self.dw and self.db.",
    (uses.db, Kind.RETURNED_NOTHING): "db is still None: backward has to set self.dw and self.db.",
}
"""For this layer, and for those in the clinic."""

Conv2d = Exercise(
    name="Conv2d",
    lesson="09_the_convolution_layer",
    points=8,
    reference=nn.Conv2d,
    returns=an_array(keeps_dtype=True),
    cases=_cases,
    made_with=MADE_WITH,
    hints=HINTS
    | {
        (uses.initial_spread, Kind.WRONG_NUMBERS): "The initial weights are spread too far or too "
        "little: their standard deviation is to be sqrt(2 / n), with n = C * kh * kw. What is got "
        "is theirs, divided by that.",
    },
)


@Conv2d.mistake(
    "forward with stride 1 and no padding",
    "forward uses neither stride nor padding: remember both in __init__ and hand them over.",
)
class _ForwardUnset(nn.Conv2d):
    def forward(self, x):
        self.x = x
        return conv_forward(x, self.w, self.b)


@Conv2d.mistake(
    "bias left out",
    "The bias is missing in forward: conv_forward takes x, w and b.",
)
class _NoBias(nn.Conv2d):
    def forward(self, x):
        return super().forward(x) - self.b.reshape(-1, 1, 1)


@Conv2d.mistake(
    "backward without padding",
    "backward does not get the padding, so dx has another size than x: hand stride and padding "
    "over as in forward.",
)
class _BackwardUnpadded(nn.Conv2d):
    def backward(self, dy):
        super().backward(dy)
        F, C, kh, kw = self.w.shape
        unpadded = nn.Conv2d(C, F, (kh, kw), self.stride)
        unpadded.w = self.w
        unpadded.forward(self.x)
        dx = unpadded.backward(dy)
        self.dw, self.db = unpadded.dw, unpadded.db
        return dx


class _DxOf(nn.Conv2d):
    """The right dw and db, and the dx that `dx` computes."""

    def backward(self, dy):
        super().backward(dy)
        return self.dx(dy)


@Conv2d.mistake(*common.FRAME_LEFT_ON)
class _FrameLeftOn(_DxOf):
    def dx(self, dy):
        (N, C, H, W), p = self.x.shape, self.padding
        framed = (N, C, H + 2 * p, W + 2 * p)
        return conv_backward_input_col2im(dy, self.w, framed, self.stride)


@Conv2d.mistake(
    "stride and padding missing in backward",
    "A function that backward calls gets neither stride nor padding: look at the line above, and "
    "hand both over, as in forward.",
)
class _WeightsUnset(nn.Conv2d):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw = conv_backward_weights(dy, self.x, self.w.shape[2:])
        return dx


@Conv2d.mistake(
    "db as one number",
    "db is one number for all filters. Each filter has a bias of its own: conv_backward_bias(dy).",
)
class _OneBias(nn.Conv2d):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.sum()
        return dx


@Conv2d.mistake(
    "padding missing in forward",
    "forward uses the stride but not the padding: conv_forward(x, w, b, stride, padding).",
)
class _ForwardUnpadded(nn.Conv2d):
    def forward(self, x):
        self.x = x
        return conv_forward(x, self.w, self.b, self.stride)


@Conv2d.mistake(
    "padded x remembered, and padded again",
    "The x that is remembered has its frame already, and the functions of backward put another "
    "one around it. Remember x as it came in.",
)
class _PaddedMemory(nn.Conv2d):
    def forward(self, x):
        y = super().forward(x)
        self.x = pad2d(x, self.padding)
        return y


@Conv2d.mistake(
    "kernel turned the wrong way",
    "dx comes from kernels turned by 180° once too often: conv_backward_input_col2im takes w as "
    "it is.",
)
class _Turned(_DxOf):
    def dx(self, dy):
        turned = self.w[:, :, ::-1, ::-1]
        return conv_backward_input_full(dy, turned, self.x.shape, self.stride, self.padding)


@Conv2d.mistake(
    "dw returned instead of dx",
    "backward returns dw. That stays in the layer; what is handed on to the layer before is dx.",
)
class _ReturnsDw(nn.Conv2d):
    def backward(self, dy):
        super().backward(dy)
        return self.dw


@Conv2d.mistake(
    "mean over the batch",
    "The gradients of the weights are divided by the number of images. The loss has done that, if "
    "it is a mean: the layer only adds up.",
)
class _BatchMean(nn.Conv2d):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw, self.db = self.dw / len(dy), self.db / len(dy)
        return dx


@Conv2d.mistake(
    "sum over the batch left out of db",
    "db has one number for each image and filter: sum over the images too, axes 0, 2 and 3.",
)
class _BiasPerImage(nn.Conv2d):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.sum(axis=(2, 3))
        return dx


common.slips_of_parameters(Conv2d, nn.Conv2d)


@Conv2d.mistake(
    "first input kept",
    "backward still uses the x of the first forward: every forward must remember its own.",
)
class _FirstInput(nn.Conv2d):
    def forward(self, x):
        kept = x if self.x is None else self.x
        y = super().forward(x)
        self.x = kept
        return y


@Conv2d.mistake(
    "one memory for all layers",
    "Two layers share one memory: write self.x = x, so that each remembers its own, and not a "
    "variable of the class or of the notebook.",
)
class _SharedMemory(nn.Conv2d):
    seen: list = []  # noqa: RUF012 - the very mistake

    def forward(self, x):
        self.seen[:] = [x]
        return super().forward(x)

    def backward(self, dy):
        self.x = self.seen[0] if self.x is not None else None
        return super().backward(dy)


WORKING_MISTAKES = list(Conv2d.mistakes)
"""Those that `working_cases` show; the others spoil the beginning."""


@Conv2d.mistake(
    "no clear error before forward",
    "backward before any forward must raise RuntimeError, and no other exception. Set self.x = "
    "None in __init__, and let backward look whether it is still None.",
)
class _NoError(nn.Conv2d):
    def backward(self, dy):
        if self.x is None:
            raise AttributeError("x")
        return super().backward(dy)


@Conv2d.mistake(
    "channels exchanged in w",
    "The axes of w are (F, C, kh, kw): out_channels comes first, then in_channels.",
)
class _ChannelsExchanged(nn.Conv2d):
    def __init__(self, in_channels, out_channels, *settings):
        super().__init__(out_channels, in_channels, *settings)
        self.b = np.zeros(out_channels)


@Conv2d.mistake(
    "one bias for each input channel",
    "There is a bias for each filter, so b has the length out_channels.",
)
class _BiasPerChannel(nn.Conv2d):
    def __init__(self, in_channels, *settings):
        super().__init__(in_channels, *settings)
        self.b = np.zeros(in_channels)


@Conv2d.mistake(
    "random bias at the beginning",
    "Only the weights begin at random. The bias begins with zeros: np.zeros(out_channels).",
)
class _RandomBias(nn.Conv2d):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.b = self.b + 0.1


@Conv2d.mistake(
    "weights of zeros at the beginning",
    "All weights begin as zeros. Then dx is zero, and the layers before this one learn nothing: "
    "draw them at random.",
)
class _Zeros(nn.Conv2d):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.w = np.zeros(self.w.shape)


def _rescaled(name: str, explanation: str, factor) -> None:
    """Weights that are too large or too small by a factor of their shape (F, C, kh, kw)."""

    class Rescaled(nn.Conv2d):
        def __init__(self, *settings):
            super().__init__(*settings)
            self.w = self.w * factor(*self.w.shape)

    Conv2d.mistake(name, explanation)(Rescaled)


_rescaled(
    "square root forgotten",
    "The weights are multiplied with 2 / n. What is wanted is its square root, np.sqrt(2 / n).",
    lambda F, C, kh, kw: np.sqrt(2 / (C * kh * kw)),
)
_rescaled(
    "channels not counted",
    "The scale of the initial weights counts only kh * kw. An output sums over the channels, too: "
    "n = in_channels * kh * kw.",
    lambda F, C, kh, kw: np.sqrt(C),
)
_rescaled(
    "the 2 forgotten",
    "The weights are scaled by sqrt(1 / n). Here it is sqrt(2 / n): the 2 makes up for what the "
    "ReLU of lesson 11 sets to zero.",
    lambda F, C, kh, kw: np.sqrt(0.5),
)


_rescaled(
    "weights not scaled",
    "The initial weights have a standard deviation of 1. Multiply them with "
    "sqrt(2 / (C * kh * kw)).",
    lambda F, C, kh, kw: np.sqrt(C * kh * kw / 2),
)
_rescaled(
    "scaled by the number of filters",
    "The scale of the initial weights counts filters. What an output sums over is C * kh * kw "
    "products.",
    lambda F, C, kh, kw: np.sqrt(C / F),
)


@Conv2d.mistake(
    "rng not used",
    "The initial weights do not come from rng: two layers made with the same seed must be equal, "
    "and with another seed differ. np.random.default_rng(rng) takes both a seed and a generator.",
)
class _RngIgnored(nn.Conv2d):
    def __init__(self, *settings):
        super().__init__(*settings[:5])
