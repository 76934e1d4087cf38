"""Known mistakes of lessons 11 to 13, as a student would make them in another style."""

import numpy as np

from . import right_network as right
from .variants import variant


@variant("relu", "sign of dy instead of x")
class _Relu1(right.ReluByWhere):
    def backward(self, dy):
        return np.where(dy > 0, dy, 0).astype(dy.dtype)


@variant("relu", "gradient 1 at 0")
class _Relu2(right.ReluNumberByNumber):
    def forward(self, x):
        y = super().forward(x)
        self.places = np.nonzero(~(x < 0))
        return y


@variant("relu", "x overwritten")
class _Relu3(right.ReluFromItsOutput):
    def forward(self, x):
        self.y = np.maximum(x, 0, out=x)
        return self.y


@variant("relu", "dy overwritten")
class _Relu4(right.ReluByWhere):
    def backward(self, dy):
        dy *= ~self.off
        return dy


@variant("relu", "one memory for all layers")
class _Relu5(right.ReluByMaximum):
    def forward(self, x):
        type(self).x = x
        return np.maximum(x, 0)


@variant("relu", "float64 from float32")
class _Relu6(right.ReluNumberByNumber):
    def forward(self, x):
        return np.array(super().forward(x).tolist())

    def backward(self, dy):
        dx = np.zeros(dy.shape)
        dx[self.places] = dy[self.places]
        return dx


@variant("max_pool", "every equal pixel gets the gradient")
class _MaxPool1(right.MaxPoolWithFourLoops):
    def backward(self, dy):
        k, s = self.size, self.stride
        dx = np.zeros(self.x.shape, dtype=dy.dtype)
        for n, c, i, j in np.ndindex(dy.shape):
            window = self.x[n, c, i * s : i * s + k, j * s : j * s + k]
            mask = window == np.max(window)
            dx[n, c, i * s : i * s + k, j * s : j * s + k] += mask * dy[n, c, i, j]
        return dx


@variant("max_pool", "= instead of +=")
class _MaxPool2(right.MaxPoolWithAView):
    def backward(self, dy):
        dx = np.zeros(self.x_shape, dy.dtype)
        for n, c, i, j in np.ndindex(dy.shape):
            u, v = divmod(self.largest[n, c, i, j], self.size)
            dx[n, c, i * self.stride + u, j * self.stride + v] = dy[n, c, i, j]
        return dx


@variant("max_pool", "= instead of +=")
class _MaxPool3(right.MaxPoolWithAView):
    def backward(self, dy):
        dx = np.zeros(self.x_shape, dy.dtype)
        n, c, i, j = np.indices(dy.shape)
        u, v = np.divmod(self.largest, self.size)
        dx[n, c, i * self.stride + u, j * self.stride + v] += dy
        return dx


@variant("max_pool", "rows and columns of the largest exchanged")
class _MaxPool4(right.MaxPoolWithFourLoops):
    def backward(self, dy):
        k, s = self.size, self.stride
        dx = np.zeros(self.x.shape, dtype=dy.dtype)
        for n, c, i, j in np.ndindex(dy.shape):
            largest = self.x[n, c, i * s : i * s + k, j * s : j * s + k].argmax()
            u, v = largest % k, largest // k
            dx[n, c, i * s + u, j * s + v] += dy[n, c, i, j]
        return dx


@variant("max_pool", "every gradient in the first window")
class _MaxPool5(right.MaxPoolWithAView):
    def backward(self, dy):
        dx = np.zeros(self.x_shape, dy.dtype)
        n, c, _, _ = np.indices(dy.shape)
        np.add.at(dx, (n, c, *np.divmod(self.largest, self.size)), dy)
        return dx


@variant("max_pool", "last of equal pixels")
class _MaxPool6(right.MaxPoolPlaceByPlace):
    def forward(self, x):
        y = super().forward(x)
        for place in range(self.k**2):
            self.place[x[self.of_place(x, place)] == y] = place
        return y


class _AsInTheLesson(right.MaxPoolWithFourLoops):
    def backward(self, dy):
        k, s = self.size, self.stride
        dx = np.zeros_like(self.x)
        for n, c, i, j in np.ndindex(dy.shape):
            part = self.x[n, c, i * s : i * s + k, j * s : j * s + k]
            u, v = np.unravel_index(part.argmax(), part.shape)
            dx[n, c, i * s + u, j * s + v] += dy[n, c, i, j]
        return dx


@variant("max_pool", "stride 1 when none is given")
class _MaxPool7(_AsInTheLesson):
    def __init__(self, size, stride=None):
        super().__init__(size, stride or 1)


@variant("max_pool", "stride not used")
class _MaxPool8(_AsInTheLesson):
    def __init__(self, size, stride=None):
        self.size = self.stride = size


@variant("max_pool", "sizes without stride")
class _MaxPool9(_AsInTheLesson):
    def forward(self, x):
        self.x, k, s = x, self.size, self.stride
        y = np.zeros((*x.shape[:2], x.shape[2] - k + 1, x.shape[3] - k + 1), dtype=x.dtype)
        for n, c, i, j in np.ndindex(y.shape):
            y[n, c, i, j] = np.max(x[n, c, i * s : i * s + k, j * s : j * s + k])
        return y


@variant("max_pool", "height and width exchanged")
class _MaxPool15(_AsInTheLesson):
    def forward(self, x):
        self.x, k, s = x, self.size, self.stride
        N, C, W, H = x.shape
        y = np.zeros((N, C, (H - k) // s + 1, (W - k) // s + 1), dtype=x.dtype)
        for n, c, i, j in np.ndindex(y.shape):
            y[n, c, i, j] = np.max(x[n, c, i * s : i * s + k, j * s : j * s + k])
        return y


@variant("max_pool", "windows one pixel apart")
class _MaxPool10(_AsInTheLesson):
    def forward(self, x):
        self.x, k = x, self.size
        y = super().forward(x)
        for i, j in np.ndindex(y.shape[2:]):
            y[:, :, i, j] = np.max(x[:, :, i : i + k, j : j + k], axis=(2, 3))
        return y

    def backward(self, dy):
        dx, k = np.zeros_like(self.x), self.size
        for n, c, i, j in np.ndindex(dy.shape):
            u, v = divmod(self.x[n, c, i : i + k, j : j + k].argmax(), k)
            dx[n, c, i + u, j + v] += dy[n, c, i, j]
        return dx


@variant("max_pool", "windows one pixel apart in forward")
class _MaxPool11(_AsInTheLesson):
    def forward(self, x):
        y = super().forward(x)
        for n, c, i, j in np.ndindex(y.shape):
            y[n, c, i, j] = x[n, c, i : i + self.size, j : j + self.size].max()
        return y


@variant("max_pool", "windows one pixel apart in backward")
class _MaxPool12(_AsInTheLesson):
    def backward(self, dy):
        dx, k = np.zeros_like(self.x), self.size
        for n, c, i, j in np.ndindex(dy.shape):
            part = self.x[n, c, i : i + k, j : j + k]
            u, v = np.unravel_index(part.argmax(), part.shape)
            dx[n, c, i + u, j + v] += dy[n, c, i, j]
        return dx


@variant("max_pool", "one number for all images and channels")
class _MaxPool13(_AsInTheLesson):
    def forward(self, x):
        y, k, s = super().forward(x), self.size, self.stride
        for i, j in np.ndindex(y.shape[2:]):
            y[:, :, i, j] = np.max(x[:, :, i * s : i * s + k, j * s : j * s + k])
        return y


@variant("max_pool", "largest pixel of the whole map")
class _MaxPool14(_AsInTheLesson):
    def backward(self, dy):
        dx = np.zeros_like(self.x)
        for n, c, i, j in np.ndindex(dy.shape):
            u, v = np.unravel_index(np.argmax(self.x[n, c]), self.x.shape[2:])
            dx[n, c, u, v] += dy[n, c, i, j]
        return dx


@variant("avg_pool", "size instead of stride in backward")
class _AvgPool5(right.AvgPoolWithLoops):
    def backward(self, dy):
        dx, k = np.zeros(self.shape, dy.dtype), self.size
        for i, j in np.ndindex(dy.shape[2:]):
            part = dx[:, :, i * k : (i + 1) * k, j * k : (j + 1) * k]
            part += dy[:, :, i, j][..., None, None] / k**2
        return dx


@variant("avg_pool", "gradient divided by stride squared")
class _AvgPool6(right.AvgPoolAsTwoMatrices):
    def backward(self, dy):
        return super().backward(dy) * (self.size / self.stride) ** 2


@variant("avg_pool", "all divided by stride squared")
class _AvgPool7(right.AvgPoolAsTwoMatrices):
    def matrix(self, length, dtype):
        return super().matrix(length, dtype) * dtype.type(self.size / self.stride)


@variant("avg_pool", "divided by stride squared")
class _AvgPool8(right.AvgPoolWithAView):
    def forward(self, x):
        y = super().forward(x)
        return y * self.k**2 / self.s**2


@variant("avg_pool", "gradient not divided")
class _AvgPool1(right.AvgPoolWithAView):
    def backward(self, dy):
        return super().backward(dy * self.k**2)


@variant("avg_pool", "= instead of +=")
class _AvgPool2(right.AvgPoolWithLoops):
    def backward(self, dy):
        dx, k, s = np.zeros(self.shape, dy.dtype), self.size, self.stride
        for n, c, i, j in np.ndindex(dy.shape):
            dx[n, c, i * s : i * s + k, j * s : j * s + k] = dy[n, c, i, j] / (k * k)
        return dx


@variant("avg_pool", "windows counted by stride alone")
class _AvgPool3(right.AvgPoolWithLoops):
    def forward(self, x):
        y, k, s = super().forward(x), self.size, self.stride
        oh, ow = x.shape[2] // s, x.shape[3] // s
        y = np.zeros((*x.shape[:2], oh, ow), dtype=x.dtype)
        for n, c, i, j in np.ndindex(y.shape):
            y[n, c, i, j] = x[n, c, i * s : i * s + k, j * s : j * s + k].mean()
        return y


@variant("avg_pool", "remainder forgotten in dx")
class _AvgPool4(right.AvgPoolAsTwoMatrices):
    def backward(self, dy):
        dx = super().backward(dy)
        oh, ow = dy.shape[2:]
        k, s = self.size, self.stride
        return dx[:, :, : s * oh + k - s, : s * ow + k - s]


@variant("linear", "w not transposed in forward")
class _Linear1(right.LinearAsProducts):
    def forward(self, x):
        self.x = x
        return np.matmul(x, self.w) + self.b


@variant("linear", "dw transposed")
class _Linear2(right.LinearAsEinsum):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw = np.einsum("nf,nc->cf", dy, self.seen)
        return dx


@variant("linear", "mean over the batch")
class _Linear3(right.LinearImageByImage):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw /= len(dy)
        self.db /= len(dy)
        return dx


@variant("linear", "db summed over the outputs")
class _Linear4(right.LinearAsProducts):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy @ np.ones(dy.shape[1], dy.dtype)
        return dx


@variant("linear", "gradients added up")
class _Linear5(right.LinearImageByImage):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.sums = 0, 0

    def backward(self, dy):
        dx = super().backward(dy)
        self.dw, self.db = self.sums = self.dw + self.sums[0], self.db + self.sums[1]
        return dx


@variant("linear", "root of the scale left out")
class _Linear6(right.LinearAsEinsum):
    def __init__(self, columns, rows, seed=None):
        super().__init__(columns, rows)
        self.w = np.random.default_rng(seed).normal(0, 2 / columns, (rows, columns))


@variant("linear", "root of the features alone")
class _Linear7(right.LinearAsProducts):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features)
        w = np.random.default_rng(rng).standard_normal((out_features, in_features))
        self.w = w * 2 / np.sqrt(in_features)


@variant("linear", "1 instead of 2 in the scale")
class _Linear8(right.LinearAsProducts):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features)
        w = np.random.default_rng(rng).standard_normal((out_features, in_features))
        self.w = w / in_features**0.5


@variant("linear", "db one sum of all")
class _Linear9(right.LinearAsEinsum):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = np.sum(dy)
        return dx


@variant("linear", "mean in dw alone")
class _Linear10(right.LinearAsProducts):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw = (dy / len(dy)).T @ self.x
        return dx


@variant("linear", "weights updated before dx")
class _Linear11(right.LinearAsProducts):
    def backward(self, dy):
        self.dw, self.db = dy.T @ self.x, dy.sum(0)
        self.w -= 0.01 * self.dw
        self.b -= 0.01 * self.db
        return np.dot(dy, self.w)


@variant("softmax_cross_entropy", "sum over the whole array")
class _SoftmaxCrossEntropy11(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        e = np.exp(scores - np.max(scores, axis=1)[:, None])
        self.p, self.labels = e / np.sum(e), labels
        with np.errstate(all="ignore"):
            return np.mean([-np.log(p[label]) for p, label in zip(self.p, labels, strict=True)])


@variant("softmax_cross_entropy", "sum over the whole array, log of it")
class _SoftmaxCrossEntropy12(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        shifted = scores - scores.max(axis=1, keepdims=True)
        self.p, self.labels = np.exp(shifted) / np.exp(shifted).sum(), labels
        return np.log(np.exp(shifted).sum()) - shifted[np.arange(len(labels)), labels].mean()


@variant("softmax_cross_entropy", "keepdims left out of the sum")
class _SoftmaxCrossEntropy13(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.p, self.labels = e / np.sum(e, axis=1), labels
        with np.errstate(all="ignore"):
            return -np.log(self.p[np.arange(len(labels)), labels]).mean()


@variant("softmax_cross_entropy", "1 added at the right class")
class _SoftmaxCrossEntropy14(right.LossFromLogProbabilities):
    def backward(self):
        return (np.exp(self.log_p) + self.one_hot) / len(self.log_p)


@variant("softmax_cross_entropy", "gradient divided by N * K")
class _SoftmaxCrossEntropy15(right.LossImageByImage):
    def backward(self):
        return self.dscores * len(self.dscores) / self.dscores.size


@variant("softmax_cross_entropy", "loss and gradient divided by N * K")
class _SoftmaxCrossEntropy16(right.LossFromLogProbabilities):
    def forward(self, scores, labels):
        super().forward(scores, labels)
        return -np.mean(self.log_p * self.one_hot)

    def backward(self):
        return (np.exp(self.log_p) - self.one_hot) / self.log_p.size


@variant("softmax_cross_entropy", "probabilities changed by backward")
class _SoftmaxCrossEntropy17(right.LossWithShiftedScores):
    def backward(self):
        dscores = self.p
        dscores[np.arange(len(dscores)), self.labels] -= 1
        return dscores / len(dscores)


@variant("softmax_cross_entropy", "probabilities changed and divided by backward")
class _SoftmaxCrossEntropy18(right.LossWithShiftedScores):
    def backward(self):
        dscores = self.p
        for row, label in zip(dscores, self.labels, strict=True):
            row[label] -= 1
        dscores /= len(dscores)
        return dscores


@variant("softmax_cross_entropy", "largest score not taken away")
class _SoftmaxCrossEntropy1(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        self.labels = labels
        with np.errstate(all="ignore"):
            self.p = np.exp(scores) / np.exp(scores).sum(axis=1)[:, None]
            return np.mean([-np.log(p[label]) for p, label in zip(self.p, labels, strict=True)])


@variant("softmax_cross_entropy", "log of a probability of 0")
class _SoftmaxCrossEntropy2(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        super().forward(scores, labels)
        with np.errstate(all="ignore"):
            return -np.log(self.p[np.arange(len(labels)), labels]).sum() / len(labels)


@variant("softmax_cross_entropy", "gradient not divided by N")
class _SoftmaxCrossEntropy3(right.LossImageByImage):
    def backward(self):
        return self.dscores * len(self.dscores)


@variant("softmax_cross_entropy", "1 taken away in whole columns")
class _SoftmaxCrossEntropy4(right.LossFromLogProbabilities):
    def backward(self):
        seen = self.one_hot.max(axis=0)
        return (np.exp(self.log_p) - seen) / len(self.log_p)


@variant("softmax_cross_entropy", "one-hot of the labels seen")
class _SoftmaxCrossEntropy5(right.LossByLogAddExp):
    def backward(self):
        one_hot = np.zeros((len(self.labels), max(self.labels) + 1))
        one_hot[self.rows, self.labels] = 1
        return (np.exp(self.scores - self.log_sums[:, None]) - one_hot) / len(one_hot)


@variant("softmax_cross_entropy", "mean over images and classes")
class _SoftmaxCrossEntropy6(right.LossFromLogProbabilities):
    def forward(self, scores, labels):
        super().forward(scores, labels)
        return -np.mean(self.log_p * self.one_hot)


@variant("softmax_cross_entropy", "all pairs of images and labels in the loss")
class _SoftmaxCrossEntropy7(right.LossFromLogProbabilities):
    def forward(self, scores, labels):
        super().forward(scores, labels)
        return -np.mean(self.log_p[:, labels])


@variant("softmax_cross_entropy", "shift forgotten at the label")
class _SoftmaxCrossEntropy8(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        super().forward(scores, labels)
        totals = np.exp(scores - np.max(scores, axis=1, keepdims=True)).sum(axis=1)
        return np.mean(np.log(totals) - scores[np.arange(len(labels)), labels])


@variant("softmax_cross_entropy", "keepdims left out")
class _SoftmaxCrossEntropy9(right.LossWithShiftedScores):
    def forward(self, scores, labels):
        shifted = scores - np.max(scores, axis=1)
        self.p, self.labels = np.exp(shifted) / np.sum(np.exp(shifted), 1)[:, None], labels
        rows = np.arange(len(labels))
        return np.mean(np.log(np.exp(shifted).sum(1)) - shifted[rows, labels])


@variant("softmax_cross_entropy", "scores overwritten")
class _SoftmaxCrossEntropy10(right.LossByLogAddExp):
    def forward(self, scores, labels):
        scores[:] = scores - scores.max(axis=1, keepdims=True)
        return super().forward(scores, labels)


@variant("sgd_momentum", "velocity added to w")
def _(w, dw, velocity, learning_rate, momentum=0.9):
    velocity = -learning_rate * dw + velocity * momentum
    return velocity + w, velocity


@variant("sgd_momentum", "changed in place")
def _(w, dw, velocity, learning_rate, momentum=0.9):
    velocity[:] = momentum * velocity + dw
    return w - learning_rate * velocity, velocity


@variant("sgd_momentum", "changed in place")
def _(w, dw, velocity, learning_rate, momentum=0.9):
    velocity = momentum * velocity + dw
    w -= learning_rate * velocity
    return w, velocity


@variant("sgd_momentum", "momentum always 0.9")
def _(w, dw, velocity, learning_rate, _=None):
    return right.momentum_on_copies(w, dw, velocity, learning_rate, 0.9)


@variant("train_step", "called in another order")
def _(model, loss, x, labels, optimizer):
    optimizer.step()
    return right.step_line_by_line(model, loss, x, labels, optimizer)


@variant("train_step", "called in another order")
def _(model, loss, x, labels, optimizer):
    model.backward(loss.backward())
    value = loss.forward(model.forward(x), labels)
    optimizer.step()
    return value


@variant("train_step", "loss after the step")
def _(model, loss, x, labels, optimizer):
    right.step_line_by_line(model, loss, x, labels, optimizer)
    scores = model.forward(x)
    return loss.forward(scores, labels)


@variant("train_step", "called like a function")
def _(model, loss, x, labels, optimizer):
    scores = model.forward(x)
    value = loss(scores, labels)
    value.backward()
    optimizer.step()
    return value


@variant("train_step", "loss handed back")
def _(model, loss, x, labels, optimizer):
    scores = model.forward(x)
    value = loss.forward(scores, labels)
    loss.backward()
    model.backward(value)


@variant("train_step", "an argument where none is taken")
def _(model, loss, x, labels, optimizer):
    scores = model.forward(x)
    value = loss.forward(scores, labels)
    model.backward(loss.backward())
    optimizer.step(model)
    return value


@variant("receptive_field", "layers from the wrong end")
def _(layers):
    field = 1
    for kernel, stride, dilation in layers:
        field = field * stride + dilation * (kernel - 1) + 1 - stride
    return field


@variant("receptive_field", "own stride counted")
def _(layers):
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        step *= stride
        field += (kernel - 1) * dilation * step
    return field


@variant("receptive_field", "strides not used")
def _(layers):
    return sum((kernel - 1) * dilation for kernel, _, dilation in layers) + 1


@variant("receptive_field", "begun at 0")
def _(layers):
    return right.field_by_first_and_last_pixel(layers) - 1


@variant("receptive_field", "return inside the loop")
def _(layers):
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
        return field


@variant("occlusion_map", "start below 0")
def _(predict, image, label, size):
    _, H, W = image.shape
    images = np.repeat(image[None], H * W, axis=0).reshape(H, W, *image.shape)
    r = size // 2
    for i, j in np.ndindex(H, W):
        images[i, j][:, i - r : i + r + 1, j - r : j + r + 1] = 0
    scores = predict(images.reshape(H * W, *image.shape))
    return predict(image[None])[0, label] - scores[:, label].reshape(H, W)


@variant("occlusion_map", "squares stay covered")
def _(predict, image, label, size):
    _, H, W = image.shape
    r = size // 2
    whole = predict(image[None])[0, label]
    drop = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            covered = image
            covered[:, max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1] = 0
            drop[i, j] = whole - predict(covered[None])[0, label]
    return drop


@variant("occlusion_map", "one image without its axis")
def _(predict, image, label, size):
    drop = np.zeros(image.shape[1:])
    whole = predict(image)[0, label]
    return drop + whole


@variant("occlusion_map", "squares inside the image only")
def _(predict, image, label, size):
    _, H, W = image.shape
    drop = np.zeros((H - size + 1, W - size + 1))
    for top, left in np.ndindex(drop.shape):
        covered = image.copy()
        covered[:, top : top + size, left : left + size] = 0
        drop[top, left] = (predict(image[None]) - predict(covered[None]))[0, label]
    return drop


@variant("occlusion_map", "border left at 0")
def _(predict, image, label, size):
    _, H, W = image.shape
    drop, r = np.zeros((H, W)), size // 2
    for i in range(r, H - r):
        for j in range(r, W - r):
            covered = image.copy()
            covered[:, i - r : i + r + 1, j - r : j + r + 1] = 0
            drop[i, j] = (predict(image[None]) - predict(covered[None]))[0, label]
    return drop


@variant("occlusion_map", "drop of a probability")
def _(predict, image, label, size):
    def probabilities(images):
        scores = predict(images)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return right.map_pixel_by_pixel(probabilities, image, label, size)


@variant("occlusion_map", "largest score of the whole image")
def _(predict, image, label, size):
    scores = predict(image[None])
    return right.map_of_one_batch(predict, image, label, size) + scores.max() - scores[0, label]


@variant("occlusion_map", "squares side by side")
def _(predict, image, label, size):
    _, H, W = image.shape
    drop, r, whole = np.zeros((H, W)), size // 2, predict(image[None])[0, label]
    for i in range(0, H, size):
        for j in range(0, W, size):
            covered = image.copy()
            covered[:, max(0, i - r) : i + r + 1, max(0, j - r) : j + r + 1] = 0
            drop[i, j] = whole - predict(covered[None])[0, label]
    return drop
