"""Right layers, as different students would write them. None of them uses the course's code."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .right_answers import (
    RIGHT_ANSWERS,
    answers,
    bias_axis_after_axis,
    full_as_the_lesson_has_it,
    scatter_in_four_loops,
    weights_as_an_einsum,
    weights_by_adding_windows,
)


def padded(x, p):
    return np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])


@answers("Conv2d")
class LayerOfFunctions:
    parameters = ("w", "b")

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, rng=None):
        self.s, self.p, self.x = stride, padding, None
        n = in_channels * kernel_size[0] * kernel_size[1]
        generator = np.random.default_rng(rng)
        self.w = generator.normal(0, np.sqrt(2 / n), (out_channels, in_channels, *kernel_size))
        self.b = np.zeros(out_channels)

    def forward(self, x):
        self.x = x
        windows = sliding_window_view(padded(x, self.p), self.w.shape[2:], (2, 3))
        windows = windows[:, :, :: self.s, :: self.s]
        return np.einsum("ncijuv,fcuv->nfij", windows, self.w) + self.b[:, None, None]

    def backward(self, dy):
        if self.x is None:
            raise RuntimeError("forward first")
        self.db = bias_axis_after_axis(dy)
        self.dw = weights_as_an_einsum(dy, self.x, self.w.shape[2:], self.s, self.p)
        return scatter_in_four_loops(dy, self.w, self.x.shape, self.s, self.p)


@answers("Conv2d")
class LayerWithGradientsFromTheStart:
    def __init__(self, c, f, size, step=1, frame=0, seed=None):
        kh, kw = size
        self.settings = step, frame
        self.w = np.random.default_rng(seed).standard_normal((f, c, kh, kw))
        self.w *= (2 / (c * kh * kw)) ** 0.5
        self.b = np.zeros(f)
        self.dw, self.db = np.zeros_like(self.w), np.zeros_like(self.b)
        self.seen = []

    def forward(self, x):
        self.seen = [x]
        step, frame = self.settings
        rows = []
        for image in padded(x, frame):
            windows = sliding_window_view(image, self.w.shape[2:], (1, 2))[:, ::step, ::step]
            rows.append(np.tensordot(self.w, windows, ([1, 2, 3], [0, 3, 4])))
        return np.stack(rows) + self.b.reshape(-1, 1, 1)

    def backward(self, dy):
        if not self.seen:
            raise RuntimeError
        x = self.seen[-1]
        self.db = np.einsum("nfij->f", dy)
        self.dw = weights_by_adding_windows(dy, x, self.w.shape[2:], *self.settings)
        return full_as_the_lesson_has_it(dy, self.w, x.shape, *self.settings)


class Settings:
    def __init__(self, in_channels, out_channels, kernel_size, stride, padding):
        self.shape = (out_channels, in_channels, *kernel_size)
        self.stride, self.padding = stride, padding


@answers("Conv2d")
class LayerThatKeepsItsWindows:
    """Wasteful, and right."""

    def __init__(self, *settings):
        self._begin(*settings)

    def _begin(self, in_channels, out_channels, kernel_size, stride=1, padding=0, rng=None):
        self.setting = Settings(in_channels, out_channels, kernel_size, stride, padding)
        normal = np.random.default_rng(rng).normal(size=self.setting.shape)
        self.w = normal / np.sqrt(normal[0].size / 2)
        self.b = np.zeros(out_channels)

    def forward(self, x):
        s, kh, kw = self.setting.stride, *self.w.shape[2:]
        xpad = padded(x, self.setting.padding)
        oh, ow = (xpad.shape[2] - kh) // s + 1, (xpad.shape[3] - kw) // s + 1
        self.windows = {}
        y = np.zeros((len(x), len(self.w), oh, ow), dtype=x.dtype)
        for i, j in np.ndindex(oh, ow):
            window = xpad[:, :, i * s : i * s + kh, j * s : j * s + kw]
            self.windows[i, j] = window
            y[:, :, i, j] = window.reshape(len(x), -1) @ self.w.reshape(len(self.w), -1).T + self.b
        self.padded_shape, self.dtype = xpad.shape, x.dtype
        return y

    def backward(self, dy):
        try:
            windows = self.windows
        except AttributeError:
            raise RuntimeError("nothing to go back through") from None
        s, p, kh, kw = self.setting.stride, self.setting.padding, *self.w.shape[2:]
        dxpad = np.zeros(self.padded_shape, dtype=self.dtype)
        self.dw = np.zeros_like(self.w)
        self.db = dy.swapaxes(0, 1).reshape(len(self.b), -1).sum(1)
        for (i, j), window in windows.items():
            self.dw += np.einsum("nf,ncuv->fcuv", dy[:, :, i, j], window)
            share = np.einsum("nf,fcuv->ncuv", dy[:, :, i, j], self.w)
            dxpad[:, :, i * s : i * s + kh, j * s : j * s + kw] += share
        return dxpad[:, :, p : dxpad.shape[2] - p, p : dxpad.shape[3] - p]


for number in range(1, 7):
    RIGHT_ANSWERS[f"Mended{number}"] = list(RIGHT_ANSWERS["Conv2d"])

RIGHT_ANSWERS["conv_forward_fast"] = list(RIGHT_ANSWERS["conv_forward"])
