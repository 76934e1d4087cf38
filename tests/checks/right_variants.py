"""Right answers to lesson 15, as different students would write them.

None of them uses the course's code. Some name their parameters as they like.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from .right_answers import answers


def framed(x, p):
    return np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])


def layer(x, w, b, stride=1, padding=0):
    windows = sliding_window_view(framed(x, padding), w.shape[2:], (2, 3))
    y = np.einsum("ncijuv,fcuv->nfij", windows[:, :, ::stride, ::stride], w)
    return y + b[:, None, None]


def sizes(x, w, stride, padding, dilation=1):
    (H, W), (kh, kw) = x.shape[2:], w.shape[2:]
    return (
        (H + 2 * padding - dilation * (kh - 1) - 1) // stride + 1,
        (W + 2 * padding - dilation * (kw - 1) - 1) // stride + 1,
    )


# Dilated ----------------------------------------------------------------------------------------


@answers("dilated_conv")
def dilated_with_a_kernel_of_zeros(x, w, b, stride=1, padding=0, dilation=1):
    F, C, kh, kw = w.shape
    large = np.zeros((F, C, dilation * (kh - 1) + 1, dilation * (kw - 1) + 1))
    for u in range(kh):
        for v in range(kw):
            large[:, :, u * dilation, v * dilation] = w[:, :, u, v]
    return layer(x, large.astype(w.dtype), b, stride, padding)


@answers("dilated_conv")
def dilated_kernel_entry_by_kernel_entry(x, w, b, s=1, p=0, d=1):
    (oh, ow), xpad = sizes(x, w, s, p, d), framed(x, p)
    y = np.zeros((len(x), len(w), oh, ow), dtype=x.dtype)
    for u, v in np.ndindex(w.shape[2:]):
        pixels = xpad[:, :, u * d : u * d + s * oh : s, v * d : v * d + s * ow : s]
        y += np.einsum("ncij,fc->nfij", pixels, w[:, :, u, v])
    return y + b.reshape(1, -1, 1, 1)


@answers("dilated_conv")
def dilated_window_by_window(x, w, b, stride, padding, dilation):
    xpad, (kh, kw) = framed(x, padding), w.shape[2:]
    high, wide = dilation * (kh - 1) + 1, dilation * (kw - 1) + 1
    rows = []
    for top in range(0, xpad.shape[2] - high + 1, stride):
        row = []
        for left in range(0, xpad.shape[3] - wide + 1, stride):
            window = xpad[:, :, top : top + high : dilation, left : left + wide : dilation]
            row.append(window.reshape(len(x), -1) @ w.reshape(len(w), -1).T + b)
        rows.append(row)
    return np.array(rows).transpose(2, 3, 0, 1)


@answers("dilated_conv")
def dilated_with_strides(x, w, b, stride=1, padding=0, dilation=1):
    (oh, ow), xpad = sizes(x, w, stride, padding, dilation), framed(x, padding)
    n, c, i, j = xpad.strides
    steps = n, c, i * stride, j * stride, i * dilation, j * dilation
    windows = as_strided(xpad, (*x.shape[:2], oh, ow, *w.shape[2:]), steps)
    y = np.tensordot(windows, w, axes=([1, 4, 5], [1, 2, 3])) + b
    return np.moveaxis(y, -1, 1)


# Grouped ----------------------------------------------------------------------------------------


@answers("grouped_conv")
def grouped_by_slices(x, w, b, stride=1, padding=0, groups=1):
    C, F = x.shape[1] // groups, w.shape[0] // groups
    maps = []
    for g in range(groups):
        filters = slice(g * F, (g + 1) * F)
        maps.append(layer(x[:, g * C : (g + 1) * C], w[filters], b[filters], stride, padding))
    return np.hstack(maps)


@answers("grouped_conv")
def grouped_filter_by_filter(x, w, b, stride=1, padding=0, groups=1):
    (F, size), y = w.shape[:2], np.zeros((len(x), len(w), *sizes(x, w, stride, padding)), x.dtype)
    for f in range(F):
        first = f * groups // F * size
        channels = x[:, first : first + size]
        y[:, f] = layer(channels, w[f : f + 1], b[f : f + 1], stride, padding)[:, 0]
    return y


@answers("grouped_conv")
def grouped_by_splitting(images, filters, biases, step, frame, g):
    parts = zip(np.split(images, g, 1), np.split(filters, g), np.split(biases, g), strict=True)
    return np.concatenate([layer(*part, step, frame) for part in parts], axis=1)


@answers("grouped_conv")
def grouped_with_zeros_in_the_filters(x, w, b, stride=1, padding=0, groups=1):
    F, size = w.shape[:2]
    whole = np.zeros((F, x.shape[1], *w.shape[2:]), dtype=w.dtype)
    for f in range(F):
        g = f // (F // groups)
        whole[f, g * size : (g + 1) * size] = w[f]
    return layer(x, whole, b, stride, padding)


@answers("grouped_conv")
def grouped_as_one_einsum(x, w, b, stride=1, padding=0, groups=1):
    windows = sliding_window_view(framed(x, padding), w.shape[2:], (2, 3))
    windows = windows[:, :, ::stride, ::stride]
    windows = windows.reshape(len(x), groups, -1, *windows.shape[2:])
    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, w.reshape(groups, -1, *w.shape[1:]))
    return y.reshape(len(x), len(w), *y.shape[3:]) + b[:, None, None]


# Depthwise-separable ----------------------------------------------------------------------------


@answers("depthwise_separable")
def separable_channel_by_channel(x, w_depth, w_point, b, padding=0):
    C, none = x.shape[1], np.zeros(1, dtype=x.dtype)
    maps = [layer(x[:, c : c + 1], w_depth[c : c + 1], none, 1, padding) for c in range(C)]
    return layer(np.concatenate(maps, axis=1), w_point, b)


@answers("depthwise_separable")
def separable_as_two_einsums(x, depth, point, b, p):
    windows = sliding_window_view(framed(x, p), depth.shape[2:], (2, 3))
    z = np.einsum("ncijuv,cuv->ncij", windows, depth[:, 0])
    return np.einsum("ncij,fc->nfij", z, point[:, :, 0, 0]) + b[:, None, None]


@answers("depthwise_separable")
def separable_as_one_layer(x, w_depth, w_point, b, padding=0):
    return layer(x, w_point * w_depth[:, 0], b, 1, padding)


@answers("depthwise_separable")
def separable_with_a_matrix_product(x, w_depth, w_point, b, padding=0):
    xpad, (oh, ow) = framed(x, padding), sizes(x, w_depth, 1, padding)
    z = np.zeros((*x.shape[:2], oh, ow), dtype=x.dtype)
    for u, v in np.ndindex(w_depth.shape[2:]):
        z += xpad[:, :, u : u + oh, v : v + ow] * w_depth[:, 0, u, v].reshape(-1, 1, 1)
    y = z.transpose(0, 2, 3, 1) @ w_point.reshape(len(w_point), -1).T + b
    return y.transpose(0, 3, 1, 2)


# Transposed -------------------------------------------------------------------------------------


@answers("transposed_conv")
def transposed_entry_by_entry(x, w, b, stride=1, padding=0):
    (N, C, H, W), (_, F, kh, kw) = x.shape, w.shape
    y = np.zeros((N, F, (H - 1) * stride + kh, (W - 1) * stride + kw), dtype=x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    window = y[n, :, i * stride :, j * stride :][:, :kh, :kw]
                    window += x[n, c, i, j] * w[c]
    y = y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]
    return y + b.reshape(F, 1, 1)


@answers("transposed_conv")
def transposed_kernel_entry_by_kernel_entry(x, w, b, s=1, p=0):
    (N, _, H, W), (F, kh, kw) = x.shape, w.shape[1:]
    y = np.zeros((N, F, (H - 1) * s + kh, (W - 1) * s + kw), dtype=x.dtype)
    y += b[:, None, None]
    for u, v in np.ndindex(kh, kw):
        share = np.einsum("ncij,cf->nfij", x, w[:, :, u, v])
        y[:, :, u : u + s * H : s, v : v + s * W : s] += share
    return y if p == 0 else y[:, :, p:-p, p:-p].copy()


@answers("transposed_conv")
def transposed_as_a_full_correlation(x, w, b, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x.shape, w.shape[2:]
    spread = np.zeros((N, C, (H - 1) * stride + 1, (W - 1) * stride + 1), dtype=x.dtype)
    spread[:, :, ::stride, ::stride] = x
    spread = np.pad(spread, [(0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)])
    y = layer(spread, np.flip(w, (2, 3)).swapaxes(0, 1), b)
    return y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]


@answers("transposed_conv")
def transposed_output_by_output(x, w, b, stride=1, padding=0):
    (N, _, H, W), (_, F, kh, kw) = x.shape, w.shape
    oh, ow = (H - 1) * stride + kh - 2 * padding, (W - 1) * stride + kw - 2 * padding
    y = np.empty((N, F, oh, ow), dtype=x.dtype)
    for p, q in np.ndindex(oh, ow):
        total = np.broadcast_to(b, (N, F))
        for i, j in np.ndindex(H, W):
            u, v = p + padding - i * stride, q + padding - j * stride
            if 0 <= u < kh and 0 <= v < kw:
                total = total + x[:, :, i, j] @ w[:, :, u, v]
        y[:, :, p, q] = total
    return y
