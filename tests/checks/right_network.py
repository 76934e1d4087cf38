"""Right answers to lessons 11 to 13, as different students would write them.

None of them uses the course's code. Some name their parameters as they like.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .right_answers import answers

# ReLU -------------------------------------------------------------------------------------------


@answers("relu")
class ReluByMaximum:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, dy):
        return dy * (self.x > 0)


@answers("relu")
class ReluByWhere:
    def __init__(self):
        self.off = None

    def forward(self, x):
        self.off = x <= 0
        return np.where(self.off, 0, x).astype(x.dtype)

    def backward(self, upstream):
        dx = upstream.copy()
        dx[self.off] = 0
        return dx


@answers("relu")
class ReluFromItsOutput:
    def __init__(self, *unused):
        pass

    def forward(self, x):
        self.y = (x + abs(x)) / 2
        return self.y

    def backward(self, dy):
        return np.sign(self.y) * dy


@answers("relu")
class ReluNumberByNumber:
    def forward(self, x):
        y = np.zeros(x.shape, dtype=x.dtype)
        for index, value in np.ndenumerate(x):
            if value > 0:
                y[index] = value
        self.places = np.nonzero(y)
        return y

    def backward(self, dy):
        dx = np.zeros_like(dy)
        dx[self.places] = dy[self.places]
        return dx


# Pooling ----------------------------------------------------------------------------------------


@answers("max_pool")
class MaxPoolWithFourLoops:
    def __init__(self, size, stride=None):
        self.size = size
        self.stride = size if stride is None else stride

    def forward(self, x):
        self.x, k, s = x, self.size, self.stride
        N, C, H, W = x.shape
        y = np.zeros((N, C, (H - k) // s + 1, (W - k) // s + 1), dtype=x.dtype)
        for n, c, i, j in np.ndindex(y.shape):
            y[n, c, i, j] = np.max(x[n, c, i * s : i * s + k, j * s : j * s + k])
        return y

    def backward(self, dy):
        k, s = self.size, self.stride
        dx = np.zeros(self.x.shape, dtype=dy.dtype)
        for n, c, i, j in np.ndindex(dy.shape):
            window = self.x[n, c, i * s : i * s + k, j * s : j * s + k]
            u, v = divmod(int(np.argmax(window)), k)
            dx[n, c, i * s + u, j * s + v] += dy[n, c, i, j]
        return dx


@answers("max_pool")
class MaxPoolWithAView:
    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride or size

    def forward(self, x):
        k, s = self.size, self.stride
        windows = sliding_window_view(x, (k, k), (2, 3))[:, :, ::s, ::s]
        flat = windows.reshape(*windows.shape[:4], k * k)
        self.largest, self.x_shape = flat.argmax(-1), x.shape
        return np.take_along_axis(flat, self.largest[..., None], -1)[..., 0]

    def backward(self, dy):
        dx = np.zeros(self.x_shape, dy.dtype)
        n, c, i, j = np.indices(dy.shape)
        u, v = np.divmod(self.largest, self.size)
        np.add.at(dx, (n, c, i * self.stride + u, j * self.stride + v), dy)
        return dx


@answers("max_pool")
class MaxPoolPlaceByPlace:
    """Remembers for each window which of its places was the largest so far."""

    def __init__(self, k, step=None):
        self.k, self.step = k, step if step else k

    def of_place(self, x, place):
        u, v = divmod(place, self.k)
        oh, ow = ((length - self.k) // self.step + 1 for length in x.shape[2:])
        rows = np.arange(oh)[:, None] * self.step + u
        return np.s_[:, :, rows, np.arange(ow) * self.step + v]

    def forward(self, x):
        y = x[self.of_place(x, 0)].copy()
        self.place, self.like = np.zeros(y.shape, int), x
        for place in range(1, self.k**2):
            pixels = x[self.of_place(x, place)]
            self.place[pixels > y] = place
            y = np.where(pixels > y, pixels, y)
        return y

    def backward(self, dy):
        dx = np.zeros_like(self.like, dtype=dy.dtype)
        for place in range(self.k**2):
            dx[self.of_place(dx, place)] += np.where(self.place == place, dy, 0)
        return dx


@answers("avg_pool")
class AvgPoolWithLoops:
    def __init__(self, size, stride=None):
        self.size = size
        self.stride = stride if stride is not None else size

    def forward(self, x):
        self.shape = x.shape
        N, C, H, W = x.shape
        oh, ow = (H - self.size) // self.stride + 1, (W - self.size) // self.stride + 1
        y = np.zeros((N, C, oh, ow), x.dtype)
        for i in range(oh):
            for j in range(ow):
                top, left = i * self.stride, j * self.stride
                window = x[:, :, top : top + self.size, left : left + self.size]
                y[:, :, i, j] = window.sum((2, 3)) / self.size**2
        return y

    def backward(self, dy):
        dx = np.zeros(self.shape, dy.dtype)
        for i, j in np.ndindex(dy.shape[2:]):
            top, left = i * self.stride, j * self.stride
            share = dy[:, :, i : i + 1, j : j + 1] / self.size**2
            dx[:, :, top : top + self.size, left : left + self.size] += share
        return dx


@answers("avg_pool")
class AvgPoolAsTwoMatrices:
    """A @ x @ B: rows of windows, then columns; the gradient goes through the transposes."""

    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride or size

    def matrix(self, length, dtype):
        count = (length - self.size) // self.stride + 1
        A = np.zeros((count, length), dtype)
        for i in range(count):
            A[i, i * self.stride : i * self.stride + self.size] = 1 / self.size
        return A

    def forward(self, x):
        self.A, self.B = (self.matrix(length, x.dtype) for length in x.shape[2:])
        return self.A @ x @ self.B.T

    def backward(self, dy):
        return self.A.T @ dy @ self.B


@answers("avg_pool")
class AvgPoolWithAView:
    def __init__(self, size, stride=None):
        self.k, self.s = size, stride or size

    def forward(self, x):
        self.x = x
        return sliding_window_view(x, (self.k, self.k), (2, 3))[:, :, :: self.s, :: self.s].mean(
            (4, 5)
        )

    def backward(self, dy):
        dx = np.zeros_like(self.x)
        for u in range(self.k):
            for v in range(self.k):
                rows = slice(u, u + dy.shape[2] * self.s, self.s)
                columns = slice(v, v + dy.shape[3] * self.s, self.s)
                # The last window's place may lie in what no window of that place reaches.
                part = dx[:, :, rows, columns]
                part[:, :, : dy.shape[2], : dy.shape[3]] += dy / (self.k * self.k)
        return dx


# Linear -----------------------------------------------------------------------------------------


@answers("linear")
class LinearAsProducts:
    parameters = ("w", "b")

    def __init__(self, in_features, out_features, rng=None):
        rng = np.random.default_rng(rng)
        scale = np.sqrt(2 / in_features)
        self.w = rng.standard_normal((out_features, in_features)) * scale
        self.b = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.w.T + self.b

    def backward(self, dy):
        self.dw = dy.T @ self.x
        self.db = dy.sum(axis=0)
        return dy @ self.w


@answers("linear")
class LinearAsEinsum:
    def __init__(self, columns, rows, seed=None):
        self.w = np.random.default_rng(seed).normal(0, (2 / columns) ** 0.5, (rows, columns))
        self.b = np.zeros((rows,))
        self.dw = self.db = self.seen = None

    def forward(self, x):
        self.seen = x.copy()
        return np.einsum("nc,fc->nf", x, self.w) + self.b[None, :]

    def backward(self, dy):
        self.dw = np.einsum("nf,nc->fc", dy, self.seen)
        self.db = np.einsum("nf->f", dy)
        return np.einsum("nf,fc->nc", dy, self.w)


@answers("linear")
class LinearImageByImage:
    def __init__(self, n_in, n_out, rng=None):
        if not isinstance(rng, np.random.Generator):
            rng = np.random.default_rng(rng)
        self.w = np.array([rng.standard_normal(n_in) for _ in range(n_out)]) * math.sqrt(2 / n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.images = list(x)
        return np.array([self.w @ image + self.b for image in x])

    def backward(self, dy):
        self.dw, self.db = np.zeros_like(self.w), np.zeros_like(self.b)
        dx = []
        for upstream, image in zip(dy, self.images, strict=True):
            self.dw += np.outer(upstream, image)
            self.db += upstream
            dx.append(self.w.T @ upstream)
        return np.stack(dx)


# Softmax and cross-entropy ----------------------------------------------------------------------


@answers("softmax_cross_entropy")
class LossWithShiftedScores:
    def forward(self, scores, labels):
        self.labels = labels
        N = len(labels)
        shifted = scores - scores.max(axis=1, keepdims=True)
        sums = np.exp(shifted).sum(axis=1, keepdims=True)
        self.p = np.exp(shifted) / sums
        return np.mean(np.log(sums)[:, 0] - shifted[np.arange(N), labels])

    def backward(self):
        N = len(self.labels)
        dscores = self.p.copy()
        dscores[np.arange(N), self.labels] -= 1
        return dscores / N


@answers("softmax_cross_entropy")
class LossFromLogProbabilities:
    def __init__(self):
        self.log_p = self.one_hot = None

    def forward(self, scores, labels):
        largest = np.max(scores, axis=1)[:, None]
        self.log_p = scores - largest - np.log(np.sum(np.exp(scores - largest), 1))[:, None]
        self.one_hot = (labels[:, None] == np.arange(scores.shape[1])).astype(scores.dtype)
        return float(-np.sum(self.log_p * self.one_hot)) / len(scores)

    def backward(self):
        return (np.exp(self.log_p) - self.one_hot) / len(self.log_p)


@answers("softmax_cross_entropy")
class LossImageByImage:
    def forward(self, scores, labels):
        total = 0.0
        self.dscores = np.zeros_like(scores)
        for n, (row, label) in enumerate(zip(scores, labels, strict=True)):
            row = row - max(row)
            e = np.exp(row)
            total += np.log(sum(e)) - row[label]
            self.dscores[n] = e / sum(e)
            self.dscores[n, label] -= 1
        self.dscores /= len(scores)
        return total / len(scores)

    def backward(self):
        return self.dscores


@answers("softmax_cross_entropy")
class LossByLogAddExp:
    def forward(self, scores, labels):
        self.scores, self.rows, self.labels = scores, np.arange(len(scores)), labels
        self.log_sums = np.logaddexp.reduce(scores, axis=1)
        return (self.log_sums - scores[self.rows, labels]).mean()

    def backward(self):
        gradient = np.exp(self.scores - self.log_sums[:, None])
        gradient[self.rows, self.labels] = gradient[self.rows, self.labels] - 1
        return gradient / self.scores.shape[0]


# Momentum and a step of training ------------------------------------------------------------------


@answers("sgd_momentum")
def momentum_as_written(w, dw, velocity, learning_rate, momentum=0.9):
    new_velocity = momentum * velocity + dw
    return w - learning_rate * new_velocity, new_velocity


@answers("sgd_momentum")
def momentum_on_copies(w, g, v, rate, mu):
    w, v = w.copy(), v.copy()
    v *= mu
    v += g
    w -= rate * v
    return w, v


@answers("sgd_momentum")
def momentum_number_by_number(w, dw, velocity, learning_rate, momentum=0.9):
    new_w, new_velocity = np.empty_like(w), np.empty_like(w)
    for k in np.ndindex(w.shape):
        new_velocity[k] = momentum * velocity[k] + dw[k]
        new_w[k] = w[k] - learning_rate * new_velocity[k]
    return [new_w, new_velocity]


@answers("train_step")
def step_line_by_line(model, loss, x, labels, optimizer):
    scores = model.forward(x)
    value = loss.forward(scores, labels)
    dscores = loss.backward()
    model.backward(dscores)
    optimizer.step()
    return value


@answers("train_step")
def step_in_three_lines(net, criterion, images, classes, opt):
    before = criterion.forward(net.forward(images), classes)
    net.backward(criterion.backward()), opt.step()
    return float(before)


@answers("train_step")
def step_that_looks_again(model, loss, x, labels, optimizer):
    """Wasteful, and right."""
    losses = [loss.forward(model.forward(x), labels) for _ in range(2)]
    model.backward(loss.backward())
    optimizer.step()
    model.forward(x)
    return np.float64(losses[0])


# What the network sees ----------------------------------------------------------------------------


@answers("receptive_field")
def field_with_a_growing_step(layers):
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
    return field


@answers("receptive_field")
def field_from_the_last_layer_back(layers):
    field = 1
    for kernel, stride, dilation in reversed(layers):
        field = (field - 1) * stride + dilation * (kernel - 1) + 1
    return field


@answers("receptive_field")
def field_by_recursion(layers):
    if not layers:
        return 1
    (kernel, stride, dilation), *rest = layers
    return dilation * (kernel - 1) + 1 + stride * (field_by_recursion(rest) - 1)


@answers("receptive_field")
def field_as_a_sum(layers):
    strides = [stride for _, stride, _ in layers]
    parts = [(k - 1) * d * math.prod(strides[:n]) for n, (k, _, d) in enumerate(layers)]
    return 1 + sum(parts)


@answers("receptive_field")
def field_by_first_and_last_pixel(layers):
    first = last = np.int64(0)
    for k, s, d in layers[::-1]:
        first, last = first * s, last * s + (k - 1) * d
    return last - first + 1


@answers("occlusion_map")
def map_pixel_by_pixel(predict, image, label, size):
    _, H, W = image.shape
    r = size // 2
    whole = predict(image[np.newaxis])[0, label]
    drop = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            covered = image.copy()
            covered[:, max(0, i - r) : i + r + 1, max(0, j - r) : j + r + 1] = 0
            drop[i, j] = whole - predict(covered[np.newaxis])[0, label]
    return drop


@answers("occlusion_map")
def map_of_one_batch(predict, image, label, size):
    _, H, W = image.shape
    rows, columns = np.arange(H), np.arange(W)
    high = abs(rows[:, None] - rows) <= size // 2
    wide = abs(columns[:, None] - columns) <= size // 2
    squares = high[:, None, :, None] & wide[None, :, None, :]
    images = np.where(squares.reshape(H * W, 1, H, W), 0, image)
    scores = predict(images)[:, label].reshape(H, W)
    return predict(image[None])[0][label] - scores


@answers("occlusion_map")
def map_in_a_frame(predict, image, label, size):
    """The image in a frame of zeros, so that no square hangs over the edge."""
    _, H, W = image.shape
    r = (size - 1) // 2
    scores = []
    for i, j in np.ndindex(H, W):
        framed = np.pad(image, ((0, 0), (r, r), (r, r)))
        framed[:, i : i + size, j : j + size] = 0
        scores.append(predict(framed[None, :, r : r + H, r : r + W])[0, label])
    return np.reshape(predict(np.array([image]))[0, label] - np.array(scores), (H, W))
