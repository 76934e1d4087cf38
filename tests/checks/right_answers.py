"""Right answers to every exercise, as different students would write them.

None of them calls course.convolution. Some name their parameters as they like.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

RIGHT_ANSWERS: dict[str, list[Callable]] = defaultdict(list)


def answers(exercise: str) -> Callable[[Callable], Callable]:
    def register(function: Callable) -> Callable:
        RIGHT_ANSWERS[exercise].append(function)
        return function

    return register


# Lesson 00 -----------------------------------------------------------------------------------


@answers("dot_product")
def dot_by_index(a, b):
    total = 0
    for k in range(len(a)):
        total += a[k] * b[k]
    return total


@answers("dot_product")
def dot_by_zip(first, second):
    return sum(p * q for p, q in zip(first, second, strict=True))


@answers("dot_product")
def dot_by_array(a, b):
    return np.sum(a * b)


@answers("dot_product")
def dot_as_a_float(a, b):
    return float(a @ b)


@answers("dot_product")
def dot_as_an_array_without_axes(a, b):
    return np.tensordot(a, b, axes=1)


@answers("dot_product")
def dot_by_recursion(a, b):
    if len(a) == 0:
        return 0.0
    return a[0] * b[0] + dot_by_recursion(a[1:], b[1:])


# Lesson 01 -----------------------------------------------------------------------------------


@answers("correlate2d")
def correlate_with_four_loops(x, w, b=0.0):
    H, W = x.shape
    kh, kw = w.shape
    y = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            total = b
            for u in range(kh):
                for v in range(kw):
                    total += x[i + u, j + v] * w[u, v]
            y[i, j] = total
    return y


@answers("correlate2d")
def correlate_in_a_comprehension(image, kernel, bias):
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    return np.array(
        [
            [(image[i : i + kh, j : j + kw] * kernel).sum() + bias for j in range(columns)]
            for i in range(rows)
        ]
    )


@answers("correlate2d")
def correlate_kernel_entry_by_kernel_entry(x, w, b=0.0):
    kh, kw = w.shape
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = np.full((oh, ow), b, dtype=x.dtype)
    for (u, v), weight in np.ndenumerate(w):
        y += weight * x[u : u + oh, v : v + ow]
    return y


@answers("correlate2d")
def correlate_with_a_view(x, w, b=0):
    return np.einsum("ijuv,uv->ij", sliding_window_view(x, w.shape), w) + b


@answers("correlate2d")
def correlate_with_strides(x, w, b=0):
    oh, ow = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    windows = as_strided(x, (oh, ow, *w.shape), x.strides * 2)
    return np.tensordot(windows, w, axes=2) + b


@answers("correlate2d")
def correlate_by_fourier(x, w, b=0.0):
    product = np.fft.rfft2(x) * np.conj(np.fft.rfft2(w, x.shape))
    y = np.fft.irfft2(product, x.shape)
    return y[: x.shape[0] - w.shape[0] + 1, : x.shape[1] - w.shape[1] + 1] + b


# Lesson 02 -----------------------------------------------------------------------------------


@answers("output_size")
def size_by_formula(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


@answers("output_size")
def size_by_counting(size, kernel, stride=1, padding=0, dilation=1):
    windows, start, span = 0, -padding, dilation * (kernel - 1) + 1
    while start + span <= size + padding:
        windows += 1
        start += stride
    return windows


@answers("output_size")
def size_of_a_range(n, k, s, p, d):
    span = k + (k - 1) * (d - 1)
    return len(range(0, n + 2 * p - span + 1, s))


@answers("output_size")
def size_rounded_down(size, kernel, stride=1, padding=0, dilation=1):
    return math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)


@answers("output_size")
def size_as_a_numpy_integer(size, kernel, stride=1, padding=0, dilation=1):
    starts = np.arange(size + 2 * padding)[::stride]
    return np.sum(starts + dilation * (kernel - 1) < size + 2 * padding)


@answers("output_size")
def size_by_recursion(size, kernel, stride=1, padding=0, dilation=1):
    if size + 2 * padding <= dilation * (kernel - 1):
        return 0
    return 1 + size_by_recursion(size - stride, kernel, stride, padding, dilation)


@answers("pad2d")
def pad_by_numpy(x, padding):
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2)


@answers("pad2d")
def pad_with_a_slice(x, padding=0):
    H, W = x.shape[-2:]
    padded = np.zeros((*x.shape[:-2], H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    padded[..., padding : padding + H, padding : padding + W] = x
    return padded


@answers("pad2d")
def pad_entry_by_entry(image, p):
    padded = np.zeros((*image.shape[:-2], image.shape[-2] + 2 * p, image.shape[-1] + 2 * p))
    for *front, i, j in np.ndindex(image.shape):
        padded[(*front, i + p, j + p)] = image[(*front, i, j)]
    return padded


@answers("pad2d")
def pad_by_recursion(x, padding):
    if x.ndim > 2:
        return np.array([pad_by_recursion(part, padding) for part in x])
    columns = np.zeros((x.shape[0], padding))
    middle = np.hstack([columns, x, columns])
    rows = np.zeros((padding, middle.shape[1]))
    return np.vstack([rows, middle, rows])


@answers("pad2d")
def pad_by_matrix_products(x, padding):
    H, W = x.shape[-2:]
    down, right = np.eye(H + 2 * padding, H, -padding), np.eye(W, W + 2 * padding, padding)
    return down @ x @ right


def _framed(x, p):
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + [(p, p), (p, p)])


@answers("correlate2d_strided")
def strided_with_loops(x, w, b=0.0, stride=1, padding=0):
    x = np.pad(x, padding)
    kh, kw = w.shape
    oh, ow = (x.shape[0] - kh) // stride + 1, (x.shape[1] - kw) // stride + 1
    y = np.zeros((oh, ow))
    for i in range(oh):
        for j in range(ow):
            y[i, j] = np.sum(x[i * stride : i * stride + kh, j * stride : j * stride + kw] * w) + b
    return y


@answers("correlate2d_strided")
def strided_by_range(image, kernel, bias, step, frame):
    image = np.pad(image, ((frame, frame), (frame, frame)))
    kh, kw = kernel.shape
    tops = range(0, image.shape[0] - kh + 1, step)
    lefts = range(0, image.shape[1] - kw + 1, step)
    return np.array(
        [
            [np.vdot(image[top : top + kh, left : left + kw], kernel) + bias for left in lefts]
            for top in tops
        ]
    )


@answers("correlate2d_strided")
def strided_by_leaving_out(x, w, b=0.0, stride=1, padding=0):
    return correlate_kernel_entry_by_kernel_entry(_framed(x, padding), w, b)[::stride, ::stride]


@answers("correlate2d_strided")
def strided_with_a_view(x, w, b=0.0, stride=1, padding=0):
    windows = sliding_window_view(_framed(x, padding), w.shape)[::stride, ::stride]
    return (windows * w).sum(axis=(-2, -1)) + b


@answers("correlate2d_strided")
def strided_without_padding_anything(x, w, b=0.0, stride=1, padding=0):
    (H, W), (kh, kw) = x.shape, w.shape
    y = []
    for top in range(-padding, H + padding - kh + 1, stride):
        row = []
        for left in range(-padding, W + padding - kw + 1, stride):
            total = b
            for u in range(kh):
                for v in range(kw):
                    if 0 <= top + u < H and 0 <= left + v < W:
                        total = total + x[top + u, left + v] * w[u, v]
            row.append(total)
        y.append(row)
    return np.array(y)


# Lesson 03 -----------------------------------------------------------------------------------


def _out(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride + 1


def _places(x_shape, kernel_size, stride, padding):
    """The channel, row and column in the padded image of every entry of every window."""
    (_, C, H, W), (kh, kw) = x_shape, kernel_size
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    channel, u, v = (index.ravel() for index in np.indices((C, kh, kw)))
    i, j = (index.reshape(-1, 1) * stride for index in np.indices((oh, ow)))
    return channel, i + u, j + v


@answers("im2col")
def im2col_row_by_row(x, kernel_size, stride=1, padding=0):
    kh, kw = kernel_size
    x = _framed(x, padding)
    N, _, H, W = x.shape
    rows = []
    for n in range(N):
        for top in range(0, H - kh + 1, stride):
            for left in range(0, W - kw + 1, stride):
                rows.append(x[n, :, top : top + kh, left : left + kw].ravel())
    return np.array(rows)


@answers("im2col")
def im2col_window_by_window(x, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    x = _framed(x, padding)
    cols = np.zeros((N, oh * ow, C * kh * kw), dtype=x.dtype)
    for k in range(oh * ow):
        i, j = divmod(k, ow)
        window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        cols[:, k] = window.reshape(N, -1)
    return cols.reshape(N * oh * ow, -1)


@answers("im2col")
def im2col_kernel_entry_by_kernel_entry(x, size, s, p):
    (N, C, H, W), (kh, kw) = x.shape, size
    oh, ow = _out(H, kh, s, p), _out(W, kw, s, p)
    x = _framed(x, p)
    cols = np.empty((N, C, kh, kw, oh, ow), x.dtype)
    for u in range(kh):
        for v in range(kw):
            cols[:, :, u, v] = x[:, :, u : u + s * oh : s, v : v + s * ow : s]
    return cols.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, C * kh * kw)


@answers("im2col")
def im2col_with_a_view(x, kernel_size, stride=1, padding=0):
    windows = sliding_window_view(_framed(x, padding), kernel_size, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(math.prod(windows.shape[:3]), math.prod(windows.shape[3:]))


@answers("im2col")
def im2col_with_strides(x, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    x = np.ascontiguousarray(_framed(x, padding))
    n, c, h, w = x.strides
    windows = as_strided(x, (N, oh, ow, C, kh, kw), (n, h * stride, w * stride, c, h, w))
    return windows.reshape(N * oh * ow, -1)


@answers("im2col")
def im2col_with_index_arrays(x, kernel_size, stride=1, padding=0):
    channel, row, column = _places(x.shape, kernel_size, stride, padding)
    cols = _framed(x, padding)[:, channel, row, column]
    return np.concatenate(cols)


@answers("col2im")
def col2im_window_by_window(cols, x_shape, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    x = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    row = 0
    for n in range(N):
        for top in range(0, x.shape[2] - kh + 1, stride):
            for left in range(0, x.shape[3] - kw + 1, stride):
                x[n, :, top : top + kh, left : left + kw] += cols[row].reshape(C, kh, kw)
                row += 1
    return x[:, :, padding : padding + H, padding : padding + W]


@answers("col2im")
def col2im_kernel_entry_by_kernel_entry(cols, x_shape, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    windows = cols.reshape(N, oh, ow, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros((N, C, H + 2 * padding, W + 2 * padding), cols.dtype)
    for u in range(kh):
        for v in range(kw):
            place = x[:, :, u : u + oh * stride : stride, v : v + ow * stride : stride]
            place += windows[:, :, u, v]
    return x[:, :, padding : H + padding, padding : W + padding].copy()


@answers("col2im")
def col2im_with_add_at(cols, x_shape, kernel_size, stride=1, padding=0):
    N, C, H, W = x_shape
    x = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    channel, row, column = _places(x_shape, kernel_size, stride, padding)
    np.add.at(x, (slice(None), channel, row, column), cols.reshape(N, *row.shape))
    return x if padding == 0 else x[:, :, padding:-padding, padding:-padding]


@answers("col2im")
def col2im_by_counting_pixels(c, shape, k, s, p):
    pixels = np.arange(1, math.prod(shape) + 1).reshape(shape)  # 0 stands for the frame
    places = im2col_with_a_view(pixels, k, s, p)
    sums = np.bincount(places.ravel(), weights=c.ravel(), minlength=pixels.size + 1)
    return sums[1:].reshape(shape).astype(c.dtype)


@answers("col2im")
def col2im_pixel_by_pixel(cols, x_shape, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    windows = cols.reshape(N, oh, ow, C, kh, kw)
    x = np.zeros_like(cols, shape=x_shape)
    for p in range(H):
        for q in range(W):
            for i in range(oh):
                for j in range(ow):
                    u, v = p + padding - i * stride, q + padding - j * stride
                    if 0 <= u < kh and 0 <= v < kw:
                        x[:, :, p, q] += windows[:, i, j, :, u, v]
    return x


# Lesson 04 -----------------------------------------------------------------------------------


def _windows(x, w, stride, padding) -> Iterator[tuple[int, int, np.ndarray]]:
    kh, kw = w.shape[2:]
    oh, ow = _out(x.shape[2], kh, stride, padding), _out(x.shape[3], kw, stride, padding)
    x = _framed(x, padding)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            yield i, j, x[:, :, top : top + kh, left : left + kw]


def _empty_output(x, w, stride, padding):
    oh = _out(x.shape[2], w.shape[2], stride, padding)
    ow = _out(x.shape[3], w.shape[3], stride, padding)
    return np.empty((x.shape[0], w.shape[0], oh, ow), dtype=x.dtype)


@answers("conv_forward_loops")
def layer_with_seven_loops(x, w, b, stride=1, padding=0):
    (N, C, H, W), (F, _, kh, kw) = x.shape, w.shape
    xpad = _framed(x, padding)
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    y = np.zeros((N, F, oh, ow), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(oh):
                for j in range(ow):
                    for c in range(C):
                        for u in range(kh):
                            for v in range(kw):
                                pixel = xpad[n, c, i * stride + u, j * stride + v]
                                y[n, f, i, j] += pixel * w[f, c, u, v]
                    y[n, f, i, j] += b[f]
    return y


@answers("conv_forward_loops")
def layer_window_by_window(images, filters, biases, step, frame):
    y = _empty_output(images, filters, step, frame)
    for i, j, window in _windows(images, filters, step, frame):
        for n, image in enumerate(window):
            for f, kernels in enumerate(filters):
                y[n, f, i, j] = (image * kernels).sum() + biases[f]
    return y


@answers("conv_forward_loops")
def layer_with_one_more_axis(x, w, b, stride=1, padding=0):
    y = _empty_output(x, w, stride, padding)
    for i, j, window in _windows(x, w, stride, padding):
        y[..., i, j] = np.sum(window[:, None] * w, axis=(2, 3, 4)) + b
    return y


@answers("conv_forward_loops")
def layer_from_one_channel_at_a_time(x, w, b, stride=1, padding=0):
    def feature_map(image, kernels, bias):
        return bias + sum(
            strided_with_a_view(channel, kernel, 0, stride, padding)
            for channel, kernel in zip(image, kernels, strict=True)
        )

    return np.array(
        [[feature_map(image, w[f], b[f]) for f in range(len(w))] for image in x], dtype=x.dtype
    )


@answers("conv_forward_loops")
def layer_with_tensordot(x, w, b, stride=1, padding=0):
    y = np.zeros_like(_empty_output(x, w, stride, padding)) + b[:, None, None]
    for i, j, window in _windows(x, w, stride, padding):
        y[:, :, i, j] += np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3]))
    return y


@answers("conv_forward")
def layer_as_a_product(x, w, b, stride=1, padding=0):
    N, F = len(x), len(w)
    oh, ow = _empty_output(x, w, stride, padding).shape[2:]
    cols = im2col_row_by_row(x, w.shape[2:], stride, padding)
    return (cols @ w.reshape(F, -1).T + b).reshape(N, oh, ow, F).transpose(0, 3, 1, 2)


@answers("conv_forward")
def layer_as_a_product_from_the_left(x, w, b, stride=1, padding=0):
    y = _empty_output(x, w, stride, padding)
    N, F, oh, ow = y.shape
    cols = im2col_with_index_arrays(x, w.shape[2:], stride, padding)
    product = w.reshape(F, -1) @ cols.T + b.reshape(F, 1)
    return product.reshape(F, N, oh, ow).swapaxes(0, 1)


@answers("conv_forward")
def layer_image_by_image(x, w, b, stride=1, padding=0):
    y = _empty_output(x, w, stride, padding)
    for image, feature_maps in zip(x, y, strict=True):
        cols = im2col_with_strides(image[None], w.shape[2:], stride, padding)
        for f in range(len(w)):
            feature_maps[f] = (cols @ w[f].ravel() + b[f]).reshape(y.shape[2:])
    return y


@answers("conv_forward")
def layer_as_an_einsum(x, w, b, stride=1, padding=0):
    windows = sliding_window_view(_framed(x, padding), w.shape[2:], (2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("ncijuv,fcuv->nfij", windows, w, optimize=True) + b[None, :, None, None]


@answers("conv_forward")
def layer_kernel_entry_by_kernel_entry(x, w, b, s, p):
    x, (oh, ow) = _framed(x, p), _empty_output(x, w, s, p).shape[2:]
    y = b.reshape(1, -1, 1, 1)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            pixels = x[:, :, u : u + oh * s : s, v : v + ow * s : s]
            y = y + np.einsum("nchw,fc->nfhw", pixels, w[:, :, u, v])
    return y


# Lesson 05 -----------------------------------------------------------------------------------


@answers("conv_as_matrix")
def matrix_entry_by_entry(w, x_shape, stride=1, padding=0):
    F, C, kh, kw = w.shape
    _, H, W = x_shape
    oh, ow = _out(H, kh, stride, padding), _out(W, kw, stride, padding)
    A = np.zeros((F * oh * ow, C * H * W), dtype=w.dtype)
    for f, i, j, c, u, v in np.ndindex(F, oh, ow, C, kh, kw):
        p, q = i * stride + u - padding, j * stride + v - padding
        if 0 <= p < H and 0 <= q < W:
            A[(f * oh + i) * ow + j, (c * H + p) * W + q] = w[f, c, u, v]
    return A


@answers("conv_as_matrix")
def matrix_row_by_row(filters, shape, step, frame):
    _, H, W = shape
    kh, kw = filters.shape[2:]
    rows = []
    for kernels in filters:
        for top in range(0, H + 2 * frame - kh + 1, step):
            for left in range(0, W + 2 * frame - kw + 1, step):
                image = _framed(np.zeros(shape, filters.dtype), frame)
                image[:, top : top + kh, left : left + kw] = kernels
                rows.append(image[:, frame : frame + H, frame : frame + W].ravel())
    return np.stack(rows)


@answers("conv_as_matrix")
def matrix_column_by_column(w, x_shape, stride=1, padding=0):
    one_hot_images = np.eye(math.prod(x_shape), dtype=w.dtype).reshape(-1, *x_shape)
    no_bias = np.zeros(len(w), dtype=w.dtype)
    outputs = layer_as_an_einsum(one_hot_images, w, no_bias, stride, padding)
    return outputs.reshape(len(one_hot_images), -1).T


@answers("conv_as_matrix")
def matrix_of_shifts(w, x_shape, stride=1, padding=0):
    def shifts(size, kernel):
        count = _out(size, kernel, stride, padding)
        shifted = [np.eye(size + 2 * padding)[u::stride][:count] for u in range(kernel)]
        return np.array(shifted)[:, :, padding : padding + size]

    rows, columns = shifts(x_shape[1], w.shape[2]), shifts(x_shape[2], w.shape[3])
    A = np.einsum("fcuv,uip,vjq->fijcpq", w, rows, columns)
    return A.reshape(-1, math.prod(x_shape)).astype(w.dtype)


@answers("conv_as_matrix")
def matrix_of_numbered_pixels(w, x_shape, stride=1, padding=0):
    F, pixels = len(w), math.prod(x_shape)
    numbers = np.arange(1, pixels + 1).reshape(1, *x_shape)  # 0 stands for the frame
    places = im2col_row_by_row(numbers, w.shape[2:], stride, padding)
    A = np.zeros((F, len(places), pixels + 1), dtype=w.dtype)
    for f in range(F):
        np.put_along_axis(A[f], places, w[f].reshape(1, -1), axis=1)
    return A[:, :, 1:].reshape(-1, pixels)


# Lesson 06 -----------------------------------------------------------------------------------


@answers("numerical_gradient")
def gradient_with_copies(f, x, step=1e-5):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (f(above) - f(below)) / (2 * step)
    return gradient


@answers("numerical_gradient")
def gradient_that_puts_back(function, point, h):
    gradient = np.empty_like(point)
    entries = np.nditer(point, flags=["multi_index"])
    for _ in entries:
        k = entries.multi_index
        old = point[k]
        point[k] = old + h
        gradient[k] = function(point)
        point[k] = old - h
        gradient[k] -= function(point)
        point[k] = old
    return gradient / h / 2


@answers("numerical_gradient")
def gradient_by_unit_arrays(f, x, step=1e-5):
    steps = step * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([f(x + d) - f(x - d) for d in steps]).reshape(x.shape) / (2 * step)


@answers("numerical_gradient")
def gradient_along_one_axis(f, x, step=1e-5):
    flat, gradient = x.flatten(), []
    for k in range(flat.size):
        values = []
        for sign in (1, -1):
            moved = flat.copy()
            moved[k] = moved[k] + sign * step
            values.append(f(moved.reshape(x.shape)))
        gradient.append((values[0] - values[1]) * 0.5 / step)
    return np.array(gradient).reshape(x.shape)


@answers("numerical_gradient")
def gradient_as_the_mean_of_both_sides(f, x, step=1e-5):
    middle, gradient = f(x), np.zeros_like(x)
    for index, entry in np.ndenumerate(x):
        point = x.copy()
        point[index] = entry + step
        forward = (f(point) - middle) / step
        point[index] = entry - step
        backward = (middle - f(point)) / step
        gradient[index] = (forward + backward) / 2
    return gradient


@answers("relative_error")
def error_by_numpy(a, b):
    largest = max(np.max(np.abs(a)), np.max(np.abs(b)))
    if largest == 0:
        return 0.0
    return np.max(np.abs(a - b)) / largest


@answers("relative_error")
def error_entry_by_entry(first, second):
    difference = scale = 0.0
    for p, q in zip(first.ravel(), second.ravel(), strict=True):
        difference = max(difference, abs(float(p) - float(q)))
        scale = max(scale, abs(float(p)), abs(float(q)))
    return difference / scale if scale > 0 else 0


@answers("relative_error")
def error_of_stacked_arrays(a, b):
    scale = np.abs(np.stack([a, b])).max()
    return abs(a - b).max() / (scale or 1)


@answers("relative_error")
def error_by_norms(a, b):
    a, b = np.ravel(a), np.ravel(b)
    if np.array_equal(a, b):
        return 0.0
    norms = [np.linalg.norm(v, np.inf) for v in (a - b, a, b)]
    return float(norms[0] / max(norms[1:]))


@answers("relative_error")
def error_by_largest_and_smallest(a, b):
    difference = max((a - b).max(), (b - a).max())
    scale = max(a.max(), b.max(), -a.min(), -b.min())
    return 0.0 if scale == 0 else np.array(difference / scale)


# Lesson 07 -----------------------------------------------------------------------------------


@answers("conv_backward_bias")
def bias_by_axes(dy):
    return dy.sum(axis=(0, 2, 3))


@answers("conv_backward_bias")
def bias_with_loops(upstream):
    N, F, oh, ow = upstream.shape
    db = np.zeros(F, dtype=upstream.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(oh):
                for j in range(ow):
                    db[f] += upstream[n, f, i, j]
    return db


@answers("conv_backward_bias")
def bias_filter_by_filter(dy):
    return np.array([np.sum(dy[:, f]) for f in range(dy.shape[1])])


@answers("conv_backward_bias")
def bias_as_an_einsum(dy):
    return np.einsum("nfij->f", dy)


@answers("conv_backward_bias")
def bias_as_a_product(dy):
    dY = np.moveaxis(dy, 1, -1).reshape(-1, dy.shape[1])
    return np.ones(len(dY), dtype=dy.dtype) @ dY


@answers("conv_backward_bias")
def bias_axis_after_axis(dy):
    return dy.sum(3).sum(2).sum(0)


@answers("conv_backward_weights_loops")
def weights_by_adding_windows(dy, x, kernel_size, stride=1, padding=0):
    (N, F, oh, ow), (kh, kw), xpad = dy.shape, kernel_size, _framed(x, padding)
    dw = np.zeros((F, x.shape[1], kh, kw), dtype=dy.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    dw[f] += dy[n, f, i, j] * xpad[n, :, top : top + kh, left : left + kw]
    return dw


@answers("conv_backward_weights_loops")
def weights_with_seven_loops(upstream, images, size, step, frame):
    N, F, oh, ow = upstream.shape
    kh, kw = size
    C, images = images.shape[1], np.pad(images, [(0, 0)] * 2 + [(frame, frame)] * 2)
    dw = np.zeros((F, C, kh, kw), upstream.dtype)
    for f in range(F):
        for c in range(C):
            for u in range(kh):
                for v in range(kw):
                    for n in range(N):
                        for i in range(oh):
                            for j in range(ow):
                                pixel = images[n, c, i * step + u, j * step + v]
                                dw[f, c, u, v] += upstream[n, f, i, j] * pixel
    return dw


@answers("conv_backward_weights_loops")
def weights_one_weight_at_a_time(dy, x, kernel_size, stride=1, padding=0):
    (_, F, oh, ow), C = dy.shape, x.shape[1]
    x = _framed(x, padding)
    dw = np.empty((F, C, *kernel_size), dtype=dy.dtype)
    for f, c, u, v in np.ndindex(dw.shape):
        met = x[:, c, u : u + oh * stride : stride, v : v + ow * stride : stride]
        dw[f, c, u, v] = np.sum(dy[:, f] * met)
    return dw


@answers("conv_backward_weights_loops")
def weights_with_tensordot(dy, x, kernel_size, stride=1, padding=0):
    kh, kw = kernel_size
    x, dw = _framed(x, padding), 0
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            window = x[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
            dw = dw + np.tensordot(dy[:, :, i, j], window, axes=(0, 0))
    return dw


@answers("conv_backward_weights_loops")
def weights_by_correlating_with_the_upstream(dy, x, kernel_size, stride=1, padding=0):
    (N, F, oh, ow), C = dy.shape, x.shape[1]
    spread = np.zeros((N, F, (oh - 1) * stride + 1, (ow - 1) * stride + 1), dtype=dy.dtype)
    spread[:, :, ::stride, ::stride] = dy
    dw = np.zeros((F, C, *kernel_size), dtype=dy.dtype)
    for f, c in np.ndindex(F, C):
        for n in range(N):
            full = correlate_with_a_view(_framed(x, padding)[n, c], spread[n, f])
            dw[f, c] += full[: kernel_size[0], : kernel_size[1]]
    return dw


@answers("conv_backward_weights")
def weights_as_a_product(dy, x, kernel_size, stride=1, padding=0):
    F, C = dy.shape[1], x.shape[1]
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, F)
    cols = im2col_row_by_row(x, kernel_size, stride, padding)
    return (dY.T @ cols).reshape(F, C, *kernel_size)


@answers("conv_backward_weights")
def weights_as_a_product_from_the_right(dy, x, kernel_size, stride=1, padding=0):
    dY = np.moveaxis(dy, 1, 0).reshape(dy.shape[1], -1)
    cols = im2col_with_index_arrays(x, kernel_size, stride, padding)
    kh, kw = kernel_size
    return (cols.T @ dY.T).T.reshape(-1, x.shape[1], kh, kw)


@answers("conv_backward_weights")
def weights_as_an_einsum(dy, x, kernel_size, stride=1, padding=0):
    windows = sliding_window_view(_framed(x, padding), kernel_size, (2, 3))
    return np.einsum("ncijuv,nfij->fcuv", windows[:, :, ::stride, ::stride], dy)


@answers("conv_backward_weights")
def weights_image_by_image(dy, x, size, s, p):
    dw = 0
    for upstream, image in zip(dy, x, strict=True):
        cols = im2col_with_strides(image[None], size, s, p)
        dw = dw + upstream.reshape(len(upstream), -1) @ cols
    return dw.reshape(dy.shape[1], x.shape[1], *size)


@answers("conv_backward_weights")
def weights_kernel_entry_by_kernel_entry(dy, x, kernel_size, stride=1, padding=0):
    (_, F, oh, ow), x = dy.shape, _framed(x, padding)
    dw = np.zeros_like(dy, shape=(F, x.shape[1], *kernel_size))
    for u, v in np.ndindex(*kernel_size):
        pixels = x[:, :, u : u + oh * stride : stride, v : v + ow * stride : stride]
        dw[:, :, u, v] = np.tensordot(dy, pixels, axes=([0, 2, 3], [0, 2, 3]))
    return dw


def _unframed(dxpad, x_shape, padding):
    H, W = x_shape[2:]
    return dxpad[:, :, padding : padding + H, padding : padding + W]


def _frame_for(x_shape, padding, dy):
    N, C, H, W = x_shape
    return np.zeros((N, C, H + 2 * padding, W + 2 * padding), dy.dtype)


@answers("conv_backward_input_scatter")
def scatter_in_four_loops(dy, w, x_shape, stride=1, padding=0):
    dxpad, (kh, kw) = _frame_for(x_shape, padding, dy), w.shape[2:]
    for n in range(dy.shape[0]):
        for f in range(dy.shape[1]):
            for i in range(dy.shape[2]):
                for j in range(dy.shape[3]):
                    window = dxpad[n, :, i * stride :, j * stride :][:, :kh, :kw]
                    window += dy[n, f, i, j] * w[f]
    return _unframed(dxpad, x_shape, padding)


@answers("conv_backward_input_scatter")
def scatter_for_all_images_at_once(dy, w, x_shape, stride=1, padding=0):
    dxpad, (kh, kw) = _frame_for(x_shape, padding, dy), w.shape[2:]
    for i, j in np.ndindex(*dy.shape[2:]):
        rows, columns = slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw)
        dxpad[:, :, rows, columns] += np.tensordot(dy[:, :, i, j], w, axes=1)
    return _unframed(dxpad, x_shape, padding)


@answers("conv_backward_input_scatter")
def scatter_kernel_entry_by_kernel_entry(up, filters, shape, s=1, p=0):
    dxpad, (oh, ow) = _frame_for(shape, p, up), up.shape[2:]
    for u, v in np.ndindex(*filters.shape[2:]):
        share = np.einsum("nfij,fc->ncij", up, filters[:, :, u, v])
        dxpad[:, :, u : u + s * oh : s, v : v + s * ow : s] += share
    return _unframed(dxpad, shape, p)


@answers("conv_backward_input_col2im")
def columns_then_back(dy, w, x_shape, stride=1, padding=0):
    dcols = dy.transpose(0, 2, 3, 1).reshape(-1, len(w)) @ w.reshape(len(w), -1)
    return col2im_window_by_window(dcols, x_shape, w.shape[2:], stride, padding)


@answers("conv_backward_input_col2im")
def columns_by_moving_the_axis(dy, w, x_shape, stride=1, padding=0):
    dY = np.moveaxis(dy, 1, -1)
    dcols = np.tensordot(dY, w.reshape(w.shape[0], -1), axes=(3, 0))
    rows = dcols.reshape(-1, dcols.shape[-1])
    return col2im_with_add_at(rows, x_shape, w.shape[2:], stride, padding)


@answers("conv_backward_input_col2im")
def columns_as_an_einsum(dy, w, x_shape, stride=1, padding=0):
    N, F, oh, ow = dy.shape
    dcols = np.einsum("nfij,fm->nijm", dy, w.reshape(F, -1)).reshape(N * oh * ow, -1)
    return col2im_window_by_window(dcols, x_shape, w.shape[2:], stride, padding)


@answers("conv_backward_input_full")
def full_with_a_view(dy, w, x_shape, stride=1, padding=0):
    (N, F, oh, ow), (kh, kw) = dy.shape, w.shape[2:]
    spread = np.zeros((N, F, (oh - 1) * stride + 1, (ow - 1) * stride + 1), dtype=dy.dtype)
    spread[:, :, ::stride, ::stride] = dy
    spread = np.pad(spread, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    windows = sliding_window_view(spread, (kh, kw), (2, 3))
    reached = np.einsum("nfpquv,fcuv->ncpq", windows, w[..., ::-1, ::-1])
    dxpad = _frame_for(x_shape, padding, dy)
    dxpad[:, :, : reached.shape[2], : reached.shape[3]] = reached
    return _unframed(dxpad, x_shape, padding)


@answers("conv_backward_input_full")
def full_pixel_by_pixel(dy, w, x_shape, stride=1, padding=0):
    (_, _, oh, ow), (_, _, kh, kw) = dy.shape, w.shape
    dx = np.zeros(x_shape, dtype=dy.dtype)
    for p, q, u, v in np.ndindex(*x_shape[2:], kh, kw):
        (i, down), (j, right) = divmod(p + padding - u, stride), divmod(q + padding - v, stride)
        if down == right == 0 and 0 <= i < oh and 0 <= j < ow:
            dx[:, :, p, q] += dy[:, :, i, j] @ w[:, :, u, v]
    return dx


@answers("conv_backward_input_full")
def full_as_the_lesson_has_it(dy, w, x_shape, stride=1, padding=0):
    (N, C, H, W), (_, F, oh, ow), (kh, kw) = x_shape, dy.shape, w.shape[2:]
    height, width = H + 2 * padding + kh - 1, W + 2 * padding + kw - 1
    spread = np.zeros((N, F, height, width), dtype=dy.dtype)
    bottom, right = kh - 1 + oh * stride, kw - 1 + ow * stride
    spread[:, :, kh - 1 : bottom : stride, kw - 1 : right : stride] = dy
    turned = np.flip(w, (2, 3)).swapaxes(0, 1)
    dxpad = layer_window_by_window(spread, turned, np.zeros(C, dtype=dy.dtype), 1, 0)
    return _unframed(dxpad, x_shape, padding)
