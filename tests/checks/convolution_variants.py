"""Known mistakes of lessons 14 and 15, as a student would make them in another style."""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from course.convolution import (
    conv_backward_input_col2im,
    conv_backward_input_scatter,
    conv_forward,
    output_size,
)

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


def _cut_out(xpad, kernel_size, stride):
    """Every window (N, C, kh, kw, oh, ow), as many as there are."""
    (N, C, H, W), (kh, kw), (n, c, i, j) = xpad.shape, kernel_size, xpad.strides
    shape = N, C, kh, kw, (H - kh) // stride + 1, (W - kw) // stride + 1
    return as_strided(xpad, shape, (n, c, i, j, i * stride, j * stride))


def _multiplied(windows, w, b, size):
    """All images in one array of columns, which is as large as the output says."""
    (F, C, kh, kw), (oh, ow) = w.shape, size
    y = np.zeros((len(windows), F, oh, ow), dtype=windows.dtype)
    cols = np.zeros((C, kh, kw, oh, ow), dtype=windows.dtype)
    for n in range(len(windows)):
        cols[...] = windows[n]
        y[n] = (w.reshape(F, -1) @ cols.reshape(-1, oh * ow)).reshape(F, oh, ow)
    return y + b.reshape(1, F, 1, 1)


@variant("conv_forward_fast", "windows and sizes differ by the padding")
def _(x, w, b, stride=1, padding=0):
    size = sizes(x, w, stride, padding)
    return _multiplied(_cut_out(x, w.shape[2:], stride), w, b, size)


@variant("conv_forward_fast", "windows and sizes differ by the padding")
def _(x, w, b, stride=1, padding=0):
    size = sizes(x, w, stride, 0)
    return _multiplied(_cut_out(framed(x, padding), w.shape[2:], stride), w, b, size)


@variant("conv_forward_fast", "windows and sizes differ by the stride")
def _(x, w, b, stride=1, padding=0):
    size = sizes(x, w, stride, padding)
    return _multiplied(_cut_out(framed(x, padding), w.shape[2:], 1), w, b, size)


@variant("conv_forward_fast", "windows and sizes differ by the stride")
def _(x, w, b, stride=1, padding=0):
    size = sizes(x, w, 1, padding)
    return _multiplied(_cut_out(framed(x, padding), w.shape[2:], stride), w, b, size)


@variant("conv_forward_fast", "sizes without stride and padding")
def _(x, w, b, stride=1, padding=0):
    windows = _cut_out(framed(x, padding), w.shape[2:], stride)
    return _multiplied(windows, w, b, sizes(x, w, 1, 0))


@variant("conv_forward_fast", "H and W exchanged")
def _(x, w, b, stride=1, padding=0):
    windows = _cut_out(framed(x, padding), w.shape[2:], stride)
    return _multiplied(windows, w, b, sizes(x.swapaxes(2, 3), w, stride, padding))


@variant("conv_forward_fast", "windows reshaped instead of transposed")
def _(x, w, b, stride=1, padding=0):
    windows = _cut_out(framed(x, padding), w.shape[2:], stride)
    torn = windows.transpose(0, 1, 4, 5, 2, 3).reshape(windows.shape)
    return np.einsum("nculij,fcul->nfij", torn, w) + b[:, None, None]


@variant("conv_forward_fast", "columns reshaped instead of transposed")
def _(x, w, b, stride=1, padding=0):
    (F, C, kh, kw), (oh, ow) = w.shape, sizes(x, w, stride, padding)
    windows = _cut_out(framed(x, padding), (kh, kw), stride)
    rows = windows.reshape(len(x), oh * ow, C * kh * kw)
    y = rows @ w.reshape(F, -1).T + b
    return y.swapaxes(1, 2).reshape(len(x), F, oh, ow)


@variant("conv_forward_fast", "kh and kw exchanged by the transpose")
def _(x, w, b, stride=1, padding=0):
    windows = _cut_out(framed(x, padding), w.shape[2:], stride)
    size = sizes(x, w, stride, padding)
    return _multiplied(windows.swapaxes(2, 3), w, b, size)


@variant("conv_forward_fast", "rows and columns of each kernel exchanged")
def _(x, w, b, stride=1, padding=0):
    (F, *_), (oh, ow) = w.shape, sizes(x, w, stride, padding)
    windows = _cut_out(framed(x, padding), w.shape[2:], stride)
    cols = windows.swapaxes(2, 3).reshape(len(x), -1, oh * ow)
    y = np.matmul(w.reshape(F, -1), cols) + b[:, None]
    return y.reshape(len(x), F, oh, ow)


@variant("conv_forward_fast", "filters transposed")
def _(x, w, b, stride=1, padding=0):
    (F, C, kh, kw), (oh, ow) = w.shape, sizes(x, w, stride, padding)
    flat, y = w.reshape(F, -1).T, np.empty((len(x), F, oh * ow), dtype=x.dtype)
    windows = _cut_out(framed(x, padding), (kh, kw), stride)
    for n in range(len(x)):
        np.matmul(flat, windows[n].reshape(C * kh * kw, oh * ow), out=y[n])
    return (y + b[:, None]).reshape(len(x), F, oh, ow)


@variant("conv_forward_fast", "bias not a column")
def _(x, w, b, stride=1, padding=0):
    y = layer(x, w, np.zeros_like(b), stride, padding)
    return (y.reshape(len(x), len(w), -1) + b).reshape(y.shape)


@variant("conv_forward_fast", "product returned as it is")
def _(x, w, b, stride=1, padding=0):
    y = layer(x, w, b, stride, padding)
    return np.concatenate(list(y.transpose(2, 0, 1, 3)), axis=2)


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


@variant("dilated_conv", "pixels left out before padding")
def _(x, w, b, stride=1, padding=0, dilation=1):
    rows, columns = (np.arange(0, length, dilation) for length in x.shape[2:])
    return layer(x[:, :, rows][..., columns], w, b, stride, padding)


@variant("dilated_conv", "kernel turned the wrong way")
def _(x, w, b, stride=1, padding=0, dilation=1):
    size = sizes(x, w, stride, padding, dilation)
    return _dilated(x, np.rot90(w, 2, (2, 3)), b, stride, padding, (dilation, dilation), size)


@variant("dilated_conv", "float64 from float32")
def _(x, w, b, stride=1, padding=0, dilation=1):
    size = sizes(x, w, stride, padding, dilation)
    y = np.zeros((len(x), len(w), *size))
    return y + _dilated(x, w, b, stride, padding, (dilation, dilation), size)


@variant("dilated_conv", "stride and padding left out")
def _(x, w, b, stride=1, padding=0, dilation=1):
    return _dilated(x, w, b, 1, 0, (dilation, dilation), sizes(x, w, 1, 0, dilation))


@variant("grouped_conv", "all filters for every group")
def _(x, w, b, stride=1, padding=0, groups=1):
    C = w.shape[1]
    maps = [layer(x[:, g * C :][:, :C], w, b, stride, padding) for g in range(groups)]
    return np.hstack(maps)


@variant("grouped_conv", "only one of w and b cut")
def _(x, w, b, stride=1, padding=0, groups=1):
    C, F = w.shape[1], len(w) // groups
    maps = []
    for g in range(groups):
        b_g = b[g * F : g * F + F]
        maps.append(conv_forward(x[:, g * C : g * C + C], w, b_g, stride, padding))
    return np.hstack(maps)


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


def _grouped(x, w, b, stride=1, padding=0, groups=1):
    """A right answer to grouped_conv, by slices and the course's layer."""
    C, F, maps = x.shape[1] // groups, len(w) // groups, []
    for g in range(groups):
        c, f = g * C, g * F
        part = x[:, c : c + C], w[f : f + F], b[f : f + F]
        maps.append(conv_forward(*part, stride, padding))
    return np.concatenate(maps, axis=1)


@variant("depthwise_separable", "layers in the wrong order, cut by slices")
def _(x, w_depth, w_point, b, padding=0):
    z, C = layer(x, w_point, b), len(w_depth)
    return _grouped(z, w_depth, np.zeros(C), padding=padding, groups=C)


@variant("depthwise_separable", "bias cut for the first layer")
def _(x, w_depth, w_point, b, padding=0):
    z = _grouped(x, w_depth, b, padding=padding, groups=x.shape[1])
    return conv_forward(z, w_point, np.zeros(len(w_point)))


@variant("depthwise_separable", "bias cut for the first layer and used in the second")
def _(x, w_depth, w_point, b, padding=0):
    z = _grouped(x, w_depth, b, padding=padding, groups=x.shape[1])
    return conv_forward(z, w_point, b)


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


@variant("transposed_conv", "size with its frame")
def _(x, w, b, stride=1, padding=0):
    (N, _, H, W), (_, F, kh, kw) = x.shape, w.shape
    oh, ow = (H - 1) * stride + kh, (W - 1) * stride + kw
    return conv_backward_input_col2im(x, w, (N, F, oh, ow), stride, padding) + b.reshape(F, 1, 1)


@variant("transposed_conv", "size by output_size")
def _(x, w, b, stride=1, padding=0):
    (N, _, H, W), (_, F, kh, kw) = x.shape, w.shape
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    y = np.zeros((N, F, oh, ow), dtype=x.dtype) + b[:, None, None]
    return y + conv_backward_input_scatter(x, w, y.shape, stride, padding)


@variant("transposed_conv", "size by the plain layer's formula")
def _(x, w, b, stride=1, padding=0):
    (oh, ow), F = sizes(x, w, stride, padding), w.shape[1]
    return (
        conv_backward_input_scatter(x, w, (len(x), F, oh, ow), stride, padding) + b[:, None, None]
    )


@variant("transposed_conv", "size of x")
def _(x, w, b, stride=1, padding=0):
    y = conv_backward_input_scatter(x, w, x.shape, stride, padding)
    return np.moveaxis(np.moveaxis(y, 1, -1) + b, -1, 1)


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
