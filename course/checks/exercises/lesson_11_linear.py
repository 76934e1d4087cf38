"""Lesson 11: the fully connected layer."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common, lesson_11
from course.checks.verdict import Kind, an_array


def _linear_work(rng, N: int, features: tuple[int, int], dtype: Any = np.float64) -> dict[str, Any]:
    columns, rows = features
    return {
        "settings": features,
        "w": normal(rng, rows, columns, dtype=dtype),
        "b": normal(rng, rows, dtype=dtype),
        "x": normal(rng, N, columns, dtype=dtype),
        "dy": normal(rng, N, rows, dtype=dtype),
    }


def _linear_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "settings": (3, 2),
        "w": np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]]),
        "b": np.array([10.0, 20.0]),
        "x": np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]),
    }
    sizes = [(4, (3, 5)), (1, (5, 2)), (3, (6, 3)), (4, (4, 4))]
    looks = (uses.y, uses.dx, uses.dw, uses.db)
    cases = [Case("the example", example, uses.y)]
    cases += [Case(use.__name__, _linear_work(rng, *size), use) for use in looks for size in sizes]
    cases += [Case("float32", _linear_work(rng, 4, (3, 5), np.float32), use) for use in looks]
    other = [_linear_work(rng, 4, (3, 5)) | {"other_x": normal(rng, 4, 3)} for _ in range(2)]
    seed = int(rng.integers(1000))
    return [
        *cases,
        Case("memory", _linear_work(rng, 4, (3, 5)), uses.keeps_its_parameters),
        Case("memory", other[0], uses.dw_of_the_second_round),
        Case("memory", other[1], uses.dw_beside_another_layer),
        Case("beginning", {"settings": (3, 5)}, uses.initial_shapes),
        Case("beginning", {"settings": (3, 5)}, uses.initial_bias),
        Case("beginning", {"settings": (200, 50), "seed": seed}, uses.initial_spread_of_rows),
        Case("beginning", {"settings": (200, 50), "seed": seed}, uses.draws_from_rng),
    ]


linear = Exercise(
    name="linear",
    lesson=lesson_11.LESSON,
    points=3,
    reference=nn.Linear,
    returns=an_array(keeps_dtype=True),
    cases=_linear_cases,
    made_with=("in_features", "out_features", "rng"),
    defines="Linear",
    hints={
        (uses.initial_spread_of_rows, Kind.WRONG_NUMBERS): "The initial weights are spread too far "
        "or too little: their standard deviation is to be sqrt(2 / in_features). What is got is "
        "theirs, divided by that.",
        (uses.initial_bias, Kind.WRONG_NUMBERS): "Only the weights begin at random. The bias "
        "begins with zeros: np.zeros(out_features).",
    },
)


class _Linear:
    """Right, and without the course's error messages; each mistake changes one thing."""

    x: Any = None
    dw: Any = None
    db: Any = None

    def __init__(self, in_features, out_features, rng=None):
        normal = np.random.default_rng(rng).standard_normal((out_features, in_features))
        self.w = normal * np.sqrt(2 / in_features)
        self.b = np.zeros(out_features)

    def forward(self, x):
        self.x = x
        return x @ self.w.T + self.b

    def backward(self, dy):
        self.dw = dy.T @ self.x
        self.db = dy.sum(axis=0)
        return dy @ self.w


@linear.mistake(
    "w not transposed in forward",
    "The product does not fit: w has a row for each output, and x has a row for each image. "
    "Transpose w: x @ w.T.",
)
class _NotTransposed(_Linear):
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b


@linear.mistake(
    "factors exchanged in forward",
    "The product w @ x does not fit: w has a row for each output, and x has a row for each image. "
    "It is x @ w.T.",
)
class _FactorsExchanged(_Linear):
    def forward(self, x):
        self.x = x
        return self.w @ x + self.b


@linear.mistake(
    "images as columns",
    "The output is transposed: w @ x.T has a column for each image. One row for each image comes "
    "of x @ w.T.",
)
class _ImagesAsColumns(_Linear):
    def forward(self, x):
        self.x = x
        return self.w @ x.T + self.b[:, None]


@linear.mistake(
    "bias left out",
    "The bias is missing in forward: x @ w.T + b.",
)
class _NoBias(_Linear):
    def forward(self, x):
        self.x = x
        return x @ self.w.T


@linear.mistake(
    "w transposed in backward",
    "The product for dx does not fit. forward goes from features to outputs with w.T; backward "
    "goes the other way, with w itself: dy @ w.",
)
class _TransposedBack(_Linear):
    def backward(self, dy):
        super().backward(dy)
        return dy @ self.w.T


@linear.mistake(
    "dw transposed",
    "dw is transposed. It has the shape of w, (out_features, in_features): dy.T @ x.",
)
class _DwTransposed(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw = self.x.T @ dy
        return dx


@linear.mistake(
    "dw returned instead of dx",
    "backward returns dw. That stays in the layer; what is handed on to the layer before is dx.",
)
class _ReturnsDw(_Linear):
    def backward(self, dy):
        super().backward(dy)
        return self.dw


@linear.mistake(
    "mean over the batch",
    "The gradients of w and b are divided by the number of images. The loss has done that, if it "
    "is a mean: the layer only adds up.",
)
class _BatchMean(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw, self.db = self.dw / len(dy), self.db / len(dy)
        return dx


@linear.mistake(
    "mean in db alone",
    "db is divided by the number of images. The shares of all images add up: dy.sum(axis=0).",
)
class _BiasMean(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.mean(axis=0)
        return dx


@linear.mistake(
    "db not summed",
    "db has a row for each image. Every image adds its share to one and the same bias: "
    "dy.sum(axis=0).",
)
class _BiasPerImage(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.copy()
        return dx


@linear.mistake(
    "db summed over the outputs",
    "db is summed over the outputs, so there is one number for each image. There is a bias for "
    "each output: sum over the images, axis 0.",
)
class _BiasOverOutputs(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.sum(axis=1)
        return dx


@linear.mistake(
    "db one sum of all",
    "db is one number, the sum of all of dy. It is one number per output: dy.sum(axis=0).",
)
class _BiasOneSum(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.sum()
        return dx


@linear.mistake(
    "axis of length 1 kept in db",
    "keepdims leaves an axis of length 1. db has the shape of b, (out_features,): leave keepdims "
    "out.",
)
class _BiasAxisKept(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.db = dy.sum(axis=0, keepdims=True)
        return dx


common.slips_of_parameters(linear, _Linear)


@linear.mistake(
    "weights updated before dx",
    "backward changes w, and even before dx is computed with it. It computes gradients and nothing "
    "else; a step along them is for the optimiser to take.",
)
class _UpdatesFirst(_Linear):
    def backward(self, dy):
        super().backward(dy)
        self.w = self.w - 0.01 * self.dw
        self.b = self.b - 0.01 * self.db
        return dy @ self.w


@linear.mistake(
    "mean in dw alone",
    "dw is divided by the number of images. The loss has done that, if it is a mean: dy.T @ x.",
)
class _WeightsMean(_Linear):
    def backward(self, dy):
        dx = super().backward(dy)
        self.dw = self.dw / len(dy)
        return dx


lesson_11.slips_of_memory(linear, _Linear)


@linear.mistake(
    "axes of w exchanged",
    "The initial w is (in_features, out_features). It has a row for each output: "
    "(out_features, in_features).",
)
class _AxesExchanged(_Linear):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features, rng)
        self.w = self.w.T


@linear.mistake(
    "one bias for each feature",
    "There is a bias for each output, so b has the length out_features.",
)
class _BiasPerFeature(_Linear):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features, rng)
        self.b = np.zeros(in_features)


@linear.mistake(
    "weights of zeros at the beginning",
    "All weights begin as zeros. Then dx is zero, and the layers before this one learn nothing: "
    "draw them at random.",
)
class _Zeros(_Linear):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.w = np.zeros(self.w.shape)


@linear.mistake(
    "weights not scaled",
    "The initial weights have a standard deviation of 1. Multiply them with sqrt(2 / in_features).",
)
class _NotScaled(_Linear):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.w = self.w / np.sqrt(2 / self.w.shape[1])


def _spread(name: str, explanation: str, too_far):
    """Register initial weights that are too_far(in_features) times as far spread as they should."""

    class Spread(_Linear):
        def __init__(self, in_features, out_features, rng=None):
            super().__init__(in_features, out_features, rng)
            self.w = self.w * too_far(in_features)

    linear.mistake(name, explanation)(Spread)


_spread(
    "root of the scale left out",
    "The initial weights are multiplied with 2 / in_features. It is the root of that: "
    "np.sqrt(2 / in_features).",
    lambda features: np.sqrt(2 / features),
)
_spread(
    "root of the features alone",
    "The initial weights are multiplied with 2 / sqrt(in_features). The 2 stands under the root, "
    "too: np.sqrt(2 / in_features).",
    lambda features: np.sqrt(2),
)
_spread(
    "1 instead of 2 in the scale",
    "The initial weights are multiplied with sqrt(1 / in_features). It is sqrt(2 / in_features): a "
    "ReLU lets only half of the numbers through.",
    lambda features: np.sqrt(1 / 2),
)


@linear.mistake(
    "bias of random numbers",
    "The initial bias is random. Only the weights are: the bias begins with zeros.",
)
class _RandomBias(_Linear):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features, rng)
        self.b = np.random.default_rng(0).standard_normal(out_features)


@linear.mistake(
    "scaled by the number of outputs",
    "The scale of the initial weights counts outputs. What an output sums over is in_features "
    "products.",
)
class _FanOut(_Linear):
    def __init__(self, *settings):
        super().__init__(*settings)
        rows, columns = self.w.shape
        self.w = self.w * np.sqrt(columns / rows)


@linear.mistake(
    "rng not used",
    "The initial weights do not come from rng: two layers made with the same seed must be equal, "
    "and with another seed differ. np.random.default_rng(rng) takes both a seed and a generator.",
)
class _RngIgnored(_Linear):
    def __init__(self, in_features, out_features, rng=None):
        super().__init__(in_features, out_features)
