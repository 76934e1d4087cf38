"""Known mistakes of lesson 15, as a student would make them in another style."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .right_variants import (
    framed,
    grouped_by_splitting,
    layer,
    separable_as_two_einsums,
    sizes,
    transposed_entry_by_entry,
    transposed_kernel_entry_by_kernel_entry,
)
from .variants import variant


def _dilated(x, w, b, stride, padding, dilations, size=None, pixel=1):
    """The right answer with two dilations; pixels begin so far apart."""
    (oh, ow), xpad = size, framed(x, padding)
    y = np.zeros((len(x), len(w), oh, ow), dtype=x.dtype)
    for u, v in np.ndindex(w.shape[2:]):
        top, left = u * dilations[0], v * dilations[1]
        step = stride * pixel
        pixels = xpad[:, :, top : top + step * oh : step, left : left + step * ow : step]
        y += np.einsum("ncij,fc->nfij", pixels, w[:, :, u, v])
    return y + b[:, None, None]


@variant("dilated_conv", "dilation ignored")
def _(x, w, b, stride=1, padding=0, dilation=1):
    return layer(x, w, b, stride, padding)


@variant("dilated_conv", "dilation zeros between the entries")
def _(x, w, b, stride=1, padding=0, dilation=1):
    more = dilation + 1
    size = sizes(x, w, stride, padding, more)
    return _dilated(x, w, b, stride, padding, (more, more), size)


@variant("dilated_conv", "zeros behind the last entry")
def _(x, w, b, stride=1, padding=0, dilation=1):
    last = np.zeros((dilation, dilation), dtype=w.dtype)
    last[0, 0] = 1
    return layer(x, np.kron(w, last), b, stride, padding)


@variant("dilated_conv", "entries repeated instead of spread out")
def _(x, w, b, stride=1, padding=0, dilation=1):
    return layer(x, np.kron(w, np.ones((dilation, dilation), w.dtype)), b, stride, padding)


@variant("dilated_conv", "rows spread out, columns not")
def _(x, w, b, stride=1, padding=0, dilation=1):
    (oh, _), (_, ow) = (sizes(x, w, stride, padding, d) for d in (dilation, 1))
    return _dilated(x, w, b, stride, padding, (dilation, 1), (oh, ow))


@variant("dilated_conv", "pixels left out of the image")
def _(x, w, b, stride=1, padding=0, dilation=1):
    size = sizes(framed(x, padding)[:, :, ::dilation, ::dilation], w, stride, 0)
    return _dilated(x, w, b, stride, padding, (dilation, dilation), size, pixel=dilation)


@variant("dilated_conv", "kernel turned the wrong way")
def _(x, w, b, stride=1, padding=0, dilation=1):
    size = sizes(x, w, stride, padding, dilation)
    return _dilated(x, np.rot90(w, 2, (2, 3)), b, stride, padding, (dilation, dilation), size)


@variant("dilated_conv", "float64 from float32")
def _(x, w, b, stride=1, padding=0, dilation=1):
    size = sizes(x, w, stride, padding, dilation)
    y = np.zeros((len(x), len(w), *size))
    return y + _dilated(x, w, b, stride, padding, (dilation, dilation), size)


@variant("grouped_conv", "every groups-th channel")
def _(x, w, b, stride=1, padding=0, groups=1):
    C = x.shape[1]
    dealt = x.reshape(len(x), C // groups, groups, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape)
    return grouped_by_splitting(dealt, w, b, stride, padding, groups)


@variant("grouped_conv", "every groups-th filter")
def _(x, w, b, stride=1, padding=0, groups=1):
    parts = np.split(x, groups, axis=1)
    maps = [layer(parts[g], w[g::groups], b[g::groups], stride, padding) for g in range(groups)]
    return np.concatenate(maps, axis=1)


@variant("grouped_conv", "maps of the groups in turns")
def _(x, w, b, stride=1, padding=0, groups=1):
    right = grouped_by_splitting(x, w, b, stride, padding, groups)
    y = np.empty_like(right)
    for g, maps in enumerate(np.split(right, groups, axis=1)):
        y[:, g::groups] = maps
    return y


@variant("grouped_conv", "groups added up")
def _(x, w, b, stride=1, padding=0, groups=1):
    return sum(np.split(grouped_by_splitting(x, w, b, stride, padding, groups), groups, axis=1))


@variant("grouped_conv", "last group only")
def _(x, w, b, stride=1, padding=0, groups=1):
    C, F = x.shape[1] // groups, len(w) // groups
    for g in range(groups):
        filters = slice(g * F, (g + 1) * F)
        y = layer(x[:, g * C : (g + 1) * C], w[filters], b[filters], stride, padding)
    return y


@variant("grouped_conv", "channels of group 0 for all")
def _(x, w, b, stride=1, padding=0, groups=1):
    return layer(x[:, : w.shape[1]], w, b, stride, padding)


@variant("grouped_conv", "filters repeated for all channels")
def _(x, w, b, stride=1, padding=0, groups=1):
    return layer(sum(np.split(x, groups, axis=1)), w, b, stride, padding)


@variant("depthwise_separable", "first kernel for all channels")
def _(x, w_depth, w_point, b, padding=0):
    windows = sliding_window_view(framed(x, padding), w_depth.shape[2:], (2, 3))
    return layer(np.einsum("ncijuv,uv->ncij", windows, w_depth[0, 0]), w_point, b)


@variant("depthwise_separable", "padding in the second layer")
def _(x, w_depth, w_point, b, padding=0):
    none = np.zeros(len(b), dtype=x.dtype)
    return (
        framed(separable_as_two_einsums(x, w_depth, w_point, none, 0), padding) + b[:, None, None]
    )


@variant("depthwise_separable", "depthwise layer left out")
def _(x, w_depth, w_point, b, padding=0):
    return np.einsum("ncij,fc->nfij", x, w_point[:, :, 0, 0]) + b[:, None, None]


@variant("depthwise_separable", "all channels through every kernel")
def _(x, w_depth, w_point, b, padding=0):
    together = np.repeat(x.sum(axis=1, keepdims=True), x.shape[1], axis=1)
    return separable_as_two_einsums(together, w_depth, w_point, b, padding)


@variant("depthwise_separable", "w_point reshaped instead of transposed")
def _(x, w_depth, w_point, b, padding=0):
    F, C = w_point.shape[:2]
    windows = sliding_window_view(framed(x, padding), w_depth.shape[2:], (2, 3))
    z = np.einsum("ncijuv,cuv->nijc", windows, w_depth[:, 0])
    return (z @ w_point.reshape(C, F) + b).transpose(0, 3, 1, 2)


@variant("transposed_conv", "frame of zeros left on")
def _(x, w, b, stride=1, padding=0):
    return transposed_kernel_entry_by_kernel_entry(x, w, b, stride)


@variant("transposed_conv", "the slice [p:-p] at padding 0")
def _(x, w, b, stride=1, padding=0):
    y = transposed_entry_by_entry(x, w, b, stride)
    return y[:, :, padding:-padding, padding:-padding]


@variant("transposed_conv", "kernel turned the wrong way")
def _(x, w, b, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x.shape, w.shape[2:]
    spread = np.zeros((N, C, (H - 1) * stride + 1, (W - 1) * stride + 1), dtype=x.dtype)
    spread[:, :, ::stride, ::stride] = x
    spread = np.pad(spread, [(0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)])
    y = layer(spread, w.swapaxes(0, 1), b)
    return y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]


@variant("transposed_conv", "= instead of +=")
def _(x, w, b, stride=1, padding=0):
    (N, C, H, W), (_, F, kh, kw) = x.shape, w.shape
    y = np.zeros((N, F, (H - 1) * stride + kh, (W - 1) * stride + kw), dtype=x.dtype)
    for c in range(C):
        for i in range(H):
            for j in range(W):
                share = x[:, c, i, j].reshape(N, 1, 1, 1) * w[c]
                y[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw] = share
    y = y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]
    return y + b.reshape(F, 1, 1)


@variant("transposed_conv", "bias added by every entry of x")
def _(x, w, b, stride=1, padding=0):
    channels = range(x.shape[1])
    y = np.zeros((), dtype=x.dtype)
    for c in channels:
        for i, j in np.ndindex(x.shape[2:]):
            alone = np.zeros_like(x[:, c : c + 1])
            alone[:, 0, i, j] = x[:, c, i, j]
            none, marks = np.zeros_like(b), np.zeros_like(alone)
            marks[:, 0, i, j] = 1
            sent = transposed_entry_by_entry(alone, w[c : c + 1], none, stride, padding)
            seen = transposed_entry_by_entry(marks, 0 * w[:1] + 1, none, stride, padding)
            y = y + sent + seen * b[:, None, None]
    return y


@variant("transposed_conv", "windows one pixel apart")
def _(x, w, b, stride=1, padding=0):
    return transposed_kernel_entry_by_kernel_entry(x, w, b, 1, padding)
