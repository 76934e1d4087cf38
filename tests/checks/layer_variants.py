"""Known mistakes of lessons 00 to 10, as a student would make them in another style."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .right_answers import scatter_in_four_loops
from .right_layers import LayerOfFunctions, LayerWithGradientsFromTheStart, padded
from .variants import variant

SLICE_AT_0 = "the slice [p:-p] at padding 0"


@variant("dot_product", "return inside the loop")
def _(a, b):
    total = 0
    for p, q in zip(a, b, strict=True):
        total += p * q
        return total


@variant("dot_product", "= instead of +=")
def _(a, b):
    total = 0
    for k in range(len(a)):
        total = a[k] * b[k]
    return total


@variant("dot_product", "last pair left out")
def _(a, b):
    return sum(a[k] * b[k] for k in range(len(a) - 1))


@variant("correlate2d", "kernel turned")
def _(x, w, b=0.0):
    windows = sliding_window_view(x, w.shape)
    return np.tensordot(windows, np.flip(w), axes=2) + b


@variant("correlate2d", "bias added to every product")
def _(x, w, b=0.0):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i, j in np.ndindex(y.shape):
        for u, v in np.ndindex(w.shape):
            y[i, j] += x[i + u, j + v] * w[u, v] + b
    return y


@variant("correlate2d", "= instead of +=")
def _(x, w, b=0.0):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for u, v in np.ndindex(w.shape):
        y = x[u : u + y.shape[0], v : v + y.shape[1]] * w[u, v]
    return y + b


@variant("correlate2d", "truncated to integers")
def _(x, w, b=0.0):
    windows = sliding_window_view(x, w.shape)
    return np.array([[int(np.vdot(window, w) + b) for window in row] for row in windows])


@variant("output_size", "rounded up")
def _(size, kernel, stride, padding, dilation):
    span = dilation * (kernel - 1) + 1
    return len(range(0, size + 2 * padding - span + stride, stride))


@variant("output_size", "a float instead of an integer")
def _(size, kernel, stride=1, padding=0, dilation=1):
    return np.true_divide(size + 2 * padding - dilation * (kernel - 1) - 1 + stride, stride)


@variant("pad2d", "the slice [p:-p] at padding 0")
def _(x, padding):
    *front, H, W = x.shape
    padded = np.zeros((*front, H + 2 * padding, W + 2 * padding), dtype=x.dtype)
    padded[..., padding:-padding, padding:-padding] += x
    return padded


@variant("pad2d", "every axis padded")
def _(x, padding):
    padded = np.zeros([size + 2 * padding for size in x.shape])
    padded[tuple(slice(padding, padding + size) for size in x.shape)] = x
    return padded


@variant("correlate2d_strided", "windows still one pixel apart")
def _(x, w, b=0.0, stride=1, padding=0):
    windows = sliding_window_view(np.pad(x, padding), w.shape)
    oh, ow = ((size - 1) // stride + 1 for size in windows.shape[:2])
    return np.einsum("ijuv,uv->ij", windows[:oh, :ow], w) + b


@variant("correlate2d_strided", "padding ignored")
def _(x, w, b=0.0, stride=1, padding=0):
    np.pad(x, padding)
    windows = sliding_window_view(x, w.shape)[::stride, ::stride]
    return np.einsum("ijuv,uv->ij", windows, w) + b


def _entries(x, kernel_size, stride, padding, dtype):
    """The windows of the padded x, gathered one entry of the window at a time."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    kh, kw = kernel_size
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    entries = np.zeros((*x.shape[:2], kh, kw, oh, ow), dtype=dtype)
    for u in range(kh):
        for v in range(kw):
            place = x[:, :, u : u + stride * oh : stride, v : v + stride * ow : stride]
            entries[:, :, u, v] = place
    return entries


@variant("im2col", "reshape where transpose is meant")
def _(x, kernel_size, stride=1, padding=0):
    N, C, kh, kw, oh, ow = (entries := _entries(x, kernel_size, stride, padding, x.dtype)).shape
    return entries.reshape(N * oh * ow, C * kh * kw)


@variant("im2col", "float64 from float32")
def _(x, kernel_size, stride=1, padding=0):
    N, C, kh, kw, oh, ow = (entries := _entries(x, kernel_size, stride, padding, None)).shape
    return entries.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, C * kh * kw)


@variant("im2col", "channels before the windows")
def _(x, kernel_size, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, kernel_size, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = windows.shape
    return windows.reshape(N * oh * ow, C * kh * kw)


@variant("im2col", "windows down the columns first")
def _(x, kernel_size, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    kh, kw = kernel_size
    rows = []
    for image in x:
        for left in range(0, x.shape[3] - kw + 1, stride):
            for top in range(0, x.shape[2] - kh + 1, stride):
                rows.append(image[:, top : top + kh, left : left + kw].ravel())
    return np.array(rows)


def _col2im_by_entries(cols, x_shape, kernel_size, stride, padding, put):
    """Work on the padded x with put(place, numbers), one entry of the windows at a time."""
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    x = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    windows = cols.reshape(N, oh, ow, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    for u in range(kh):
        for v in range(kw):
            place = x[:, :, u : u + stride * oh : stride, v : v + stride * ow : stride]
            put(place, windows[:, :, u, v])
    return x


def _add(place, numbers):
    place += numbers


def _overwrite(place, numbers):
    place[:] = numbers


@variant("col2im", "= instead of +=, entry by entry")
def _(cols, x_shape, kernel_size, stride=1, padding=0):
    x = _col2im_by_entries(cols, x_shape, kernel_size, stride, padding, _overwrite)
    return x[:, :, padding : padding + x_shape[2], padding : padding + x_shape[3]]


@variant("col2im", "= instead of +=, entry by entry")
def _(cols, x_shape, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    x = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    u, v = np.indices((kh, kw))[..., None, None]
    i, j = np.indices((oh, ow)) * stride
    windows = cols.reshape(N, oh, ow, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
    x[:, :, u + i, v + j] += windows
    return x[:, :, padding : padding + H, padding : padding + W]


@variant("col2im", "= instead of +=")
def _(cols, x_shape, kernel_size, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    x = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=cols.dtype)
    rows = iter(cols.reshape(-1, C, kh, kw))
    for n in range(N):
        for top in range(0, x.shape[2] - kh + 1, stride):
            for left in range(0, x.shape[3] - kw + 1, stride):
                x[n, :, top : top + kh, left : left + kw] = next(rows)
    return x[:, :, padding : padding + H, padding : padding + W]


@variant("col2im", "the slice [p:-p] at padding 0")
def _(cols, x_shape, kernel_size, stride=1, padding=0):
    x = _col2im_by_entries(cols, x_shape, kernel_size, stride, padding, _add)
    return x[..., padding:-padding, padding:-padding].copy()


@variant("col2im", "frame of zeros left on")
def _(cols, x_shape, kernel_size, stride=1, padding=0):
    return _col2im_by_entries(cols, x_shape, kernel_size, stride, padding, _add)


def _layer(x, w, b, stride, padding, dtype=None):
    """The feature maps as one array (N, oh, ow, F)."""
    entries = _entries(x, w.shape[2:], stride, padding, dtype or x.dtype)
    return np.einsum("ncuvij,fcuv->nijf", entries, w) + b


@variant("conv_forward_loops", "windows of all images times all filters")
def _(x, w, b, stride=1, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    kh, kw = w.shape[2:]
    oh, ow = (x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1
    y = np.zeros((len(x), len(w), oh, ow), dtype=x.dtype)
    for i, top in enumerate(range(0, x.shape[2] - kh + 1, stride)):
        for j, left in enumerate(range(0, x.shape[3] - kw + 1, stride)):
            products = x[:, :, top : top + kh, left : left + kw] * w
            y[:, :, i, j] = products.sum((1, 2, 3)) + b
    return y


@variant("conv_forward_loops", "padding ignored")
def _(x, w, b, stride=1, padding=0):
    (N, _, H, W), (F, _, kh, kw) = x.shape, w.shape
    y = np.zeros((N, F, (H - kh) // stride + 1, (W - kw) // stride + 1), dtype=x.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        top, left = i * stride, j * stride
        y[n, f, i, j] = np.vdot(x[n, :, top : top + kh, left : left + kw], w[f]) + b[f]
    return y


@variant("conv_forward_loops", "bias added for every channel")
def _(x, w, b, stride=1, padding=0):
    parts = [
        _layer(x[:, c : c + 1], w[:, c : c + 1], b, stride, padding) for c in range(x.shape[1])
    ]
    return sum(parts).transpose(0, 3, 1, 2)


@variant("conv_forward_loops", "float64 from float32")
def _(x, w, b, stride=1, padding=0):
    return np.array(_layer(x, w, b, stride, padding).transpose(0, 3, 1, 2).tolist())


@variant("conv_forward", "kernel turned")
def _(x, w, b, stride=1, padding=0):
    return _layer(x, np.flip(w, (2, 3)), b, stride, padding).transpose(0, 3, 1, 2)


@variant("conv_forward", "reshape where transpose is meant")
def _(x, w, b, stride=1, padding=0):
    y = _layer(x, w, b, stride, padding)
    N, oh, ow, F = y.shape
    return np.ascontiguousarray(y).reshape(-1, F).reshape(N, F, oh, ow)


@variant("conv_forward", "images and filters exchanged by a reshape")
def _(x, w, b, stride=1, padding=0):
    y = _layer(x, w, b, stride, padding)
    N, oh, ow, F = y.shape
    return np.stack([y[..., f].ravel() for f in range(F)]).reshape(N, F, oh, ow)


@variant("conv_forward", "float64 from float32")
def _(x, w, b, stride=1, padding=0):
    return _layer(x, w, b, stride, padding, np.float64).transpose(0, 3, 1, 2)


def _one_hot_outputs(w, x_shape, stride, padding):
    """The layer's outputs for the images that are 1 at one pixel each: (C * H * W, F * oh * ow)."""
    images = np.eye(math.prod(x_shape), dtype=w.dtype).reshape(-1, *x_shape)
    y = _layer(images, w, np.zeros(len(w), w.dtype), stride, padding)
    return y.transpose(0, 3, 1, 2).reshape(len(images), -1)


@variant("conv_as_matrix", "matrix transposed")
def _(w, x_shape, stride=1, padding=0):
    return _one_hot_outputs(w, x_shape, stride, padding)


@variant("conv_as_matrix", "columns for the frame of zeros")
def _(w, x_shape, stride=1, padding=0):
    C, H, W = x_shape
    return _one_hot_outputs(w, (C, H + 2 * padding, W + 2 * padding), stride, 0).T


@variant("conv_as_matrix", "float64 from float32")
def _(w, x_shape, stride=1, padding=0):
    A = np.zeros(_one_hot_outputs(w, x_shape, stride, padding).T.shape)
    A[:] = _one_hot_outputs(w, x_shape, stride, padding).T
    return A


@variant("numerical_gradient", "forward difference")
def _(f, x, step=1e-5):
    steps = step * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + d) - f(x)) / step for d in steps]).reshape(x.shape)


@variant("numerical_gradient", "all entries moved at once")
def _(f, x, step=1e-5):
    return np.full(x.shape, (f(x + step) - f(x - step)) / (2 * step))


@variant("numerical_gradient", "entry not put back")
def _(f, x, step=1e-5):
    gradient = np.zeros(x.size)
    for k, index in enumerate(np.ndindex(x.shape)):
        old = x[index]
        x[index] = old + step
        gradient[k] = f(x)
        x[index] = old - step
        gradient[k] -= f(x)
    return gradient.reshape(x.shape) / (2 * step)


@variant("numerical_gradient", "gradient along one axis")
def _(f, x, step=1e-5):
    steps = step * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([(f(x + d) - f(x - d)) / (2 * step) for d in steps])


@variant("numerical_gradient", "no copy")
def _(f, x, step=1e-5):
    return np.zeros_like(x)


@variant("relative_error", "lengths instead of largest entries")
def _(a, b):
    scale = max(np.sqrt(np.sum(a**2)), np.sqrt(np.sum(b**2)))
    return np.sqrt(np.sum((a - b) ** 2)) / scale if scale else 0.0


@variant("relative_error", "zero over zero")
def _(a, b):
    with np.errstate(invalid="ignore"):
        return abs(a - b).max() / np.maximum(abs(a), abs(b)).max()


@variant("relative_error", "difference without its absolute value")
def _(a, b):
    scale = np.maximum(abs(a), abs(b)).max()
    return (a - b).max() / (scale or 1)


@variant("relative_error", "largest ratio of two entries")
def _(a, b):
    ratios = [0.0]
    for p, q in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True):
        if p or q:
            ratios.append(abs(p - q) / max(abs(p), abs(q)))
    return max(ratios)


@variant("conv_backward_bias", "mean over the images")
def _(dy):
    return np.einsum("nfij->f", dy) / len(dy)


@variant("conv_backward_bias", "the filters summed, the images left")
def _(dy):
    return np.array([image.sum() for image in dy])


@variant("conv_backward_bias", "float64 from float32")
def _(dy):
    db = np.zeros(dy.shape[1])
    for image in dy:
        db += image.sum(axis=(1, 2))
    return db


def _weights(dy, x, kernel_size, stride, padding):
    """The right dw of float64 entries."""
    entries = _entries(x, kernel_size, stride, padding, None)
    return np.einsum("ncuvij,nfij->fcuv", entries, dy)


@variant("conv_backward_weights_loops", "= instead of +=")
def _(dy, x, kernel_size, stride=1, padding=0):
    entries = _entries(x, kernel_size, stride, padding, x.dtype)
    dw = np.zeros((dy.shape[1], *entries.shape[1:4]), dtype=dy.dtype)
    for i, j in np.ndindex(dy.shape[2:]):
        for n, f in np.ndindex(dy.shape[:2]):
            dw[f] = dy[n, f, i, j] * entries[n, ..., i, j]
    return dw


@variant("conv_backward_weights_loops", "kernel turned")
def _(dy, x, kernel_size, stride=1, padding=0):
    return np.flip(_weights(dy, x, kernel_size, stride, padding), (2, 3)).astype(dy.dtype)


@variant("conv_backward_weights_loops", "mean over the images")
def _(dy, x, kernel_size, stride=1, padding=0):
    return _weights(dy / len(dy), x, kernel_size, stride, padding).astype(dy.dtype)


@variant("conv_backward_weights", "upstream read backward")
def _(dy, x, kernel_size, stride=1, padding=0):
    dY = np.moveaxis(dy[:, :, ::-1, ::-1], 1, 0).reshape(dy.shape[1], -1)
    entries = _entries(x, kernel_size, stride, padding, x.dtype).transpose(0, 4, 5, 1, 2, 3)
    cols = entries.reshape(dY.shape[1], -1)
    return (dY @ cols).reshape(-1, x.shape[1], *kernel_size)


@variant("conv_backward_weights", "images and filters mixed by a reshape")
def _(dy, x, kernel_size, stride=1, padding=0):
    dY = np.array(np.split(dy.ravel(), dy.shape[1]))
    entries = _entries(x, kernel_size, stride, padding, x.dtype).transpose(0, 4, 5, 1, 2, 3)
    cols = entries.reshape(dY.shape[1], -1)
    return (dY @ cols).reshape(-1, x.shape[1], *kernel_size)


@variant("conv_backward_weights", "float64 from float32")
def _(dy, x, kernel_size, stride=1, padding=0):
    return _weights(dy, x, kernel_size, stride, padding)


def _scattered(dy, w, x_shape, stride, padding):
    """dx in its frame, scattered by one kernel entry at a time."""
    (N, C, H, W), (oh, ow) = x_shape, dy.shape[2:]
    dxpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=dy.dtype)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + oh * stride, stride)
        columns = slice(v, v + ow * stride, stride)
        dxpad[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dy, w[:, :, u, v])
    return dxpad


@variant("conv_backward_input_scatter", "the slice [p:-p] at padding 0")
def _(dy, w, x_shape, stride=1, padding=0):
    dxpad = _scattered(dy, w, x_shape, stride, padding)
    return dxpad[:, :, padding:-padding, padding:-padding]


@variant("conv_backward_input_scatter", "kernel turned the wrong way")
def _(dy, w, x_shape, stride=1, padding=0):
    dxpad = _scattered(dy, np.flip(w, (2, 3)), x_shape, stride, padding)
    return dxpad[:, :, padding : padding + x_shape[2], padding : padding + x_shape[3]]


@variant("conv_backward_input_col2im", "frame of zeros left on")
def _(dy, w, x_shape, stride=1, padding=0):
    return _scattered(dy, w, x_shape, stride, padding)


@variant("conv_backward_input_col2im", "first filter only")
def _(dy, w, x_shape, stride=1, padding=0):
    dxpad = _scattered(dy[:, :1], w[:1], x_shape, stride, padding)
    return dxpad[:, :, padding : padding + x_shape[2], padding : padding + x_shape[3]]


@variant("conv_backward_input_full", "image cut from the corner")
def _(dy, w, x_shape, stride=1, padding=0):
    return _scattered(dy, w, x_shape, stride, padding)[:, :, : x_shape[2], : x_shape[3]]


class _OtherLayer(LayerOfFunctions):
    pass


@variant("Conv2d", "one memory for all layers")
class _Global(_OtherLayer):
    def forward(self, x):
        y = super().forward(x)
        _OtherLayer.last = x
        return y

    def backward(self, dy):
        if self.x is not None:
            self.x = _OtherLayer.last
        return super().backward(dy)


@variant("Conv2d", "weights updated in backward")
class _InPlace(_OtherLayer):
    def backward(self, dy):
        dx = super().backward(dy)
        self.w -= 1e-3 * self.dw
        return dx


@variant("Conv2d", "gradients added up")
class _FromZeros(LayerWithGradientsFromTheStart):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.dw, self.db = 0.0, 0.0

    def backward(self, dy):
        dw, db = self.dw, self.db
        dx = super().backward(dy)
        self.dw, self.db = self.dw + dw, self.db + db
        return dx


@variant("Conv2d", "no clear error before forward")
class _NoAttribute(LayerOfFunctions):
    def __init__(self, *settings):
        super().__init__(*settings)
        del self.x

    def backward(self, dy):
        return super().backward(dy * self.x.dtype.type(1))


@variant("Conv2d", "mean over the batch")
class _Averaged(LayerOfFunctions):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw /= len(self.x)
        self.db /= len(self.x)
        return dx


@variant("Mended1", "Layer1 as it was")
class _Paired(LayerOfFunctions):
    def forward(self, x):
        self.x = x
        (kh, kw), xpad = self.w.shape[2:], padded(x, self.p)
        rows = range(0, xpad.shape[2] - kh + 1, self.s)
        columns = range(0, xpad.shape[3] - kw + 1, self.s)
        y = np.empty((len(x), len(self.w), len(rows), len(columns)), dtype=x.dtype)
        for i, top in enumerate(rows):
            for j, left in enumerate(columns):
                products = self.w * xpad[:, :, top : top + kh, left : left + kw]
                y[..., i, j] = products.reshape(len(products), -1).sum(1) + self.b
        return y


@variant("Mended2", "Layer2 as it was")
class _Torn(LayerOfFunctions):
    def backward(self, dy):
        N, F, oh, ow = dy.shape
        torn = np.reshape(dy, (N, oh, ow, F)).transpose(0, 3, 1, 2)
        return super().backward(torn)


@variant("Mended3", "Layer3 as it was")
class _Hurried(LayerOfFunctions):
    def backward(self, dy):
        dx = super().backward(dy)
        self.w = self.w - 0.01 * self.dw
        return dx


@variant("Mended4", "Layer4 as it was")
class _Nothing(LayerOfFunctions):
    def backward(self, dy):
        dx = super().backward(dy)
        return dx if self.p else dx[:, :, :0, :0]


@variant("Mended5", "Layer5 as it was")
class _Unturned(LayerOfFunctions):
    def backward(self, dy):
        super().backward(dy)
        w = np.rot90(self.w, 2, (2, 3))
        return scatter_in_four_loops(dy, w, self.x.shape, self.s, self.p)


@variant("Mended6", "Layer6 as it was")
class _Short(LayerOfFunctions):
    def backward(self, dy):
        dx = super().backward(dy)
        rows, columns = (
            (dy.shape[axis] - 1) * self.s + self.w.shape[axis] - 2 * self.p for axis in (2, 3)
        )
        return dx[:, :, :rows, :columns]
