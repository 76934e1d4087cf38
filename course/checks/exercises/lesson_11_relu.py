"""Lesson 11: the rectified linear unit."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common, lesson_11
from course.checks.verdict import an_array

TOY_Y = np.array([[6.0, 3.0], [-6.0, -9.0]])


def _relu_work(rng, *shape, dtype: Any = np.float64) -> dict[str, Any]:
    return {
        "settings": (),
        "x": normal(rng, *shape, dtype=dtype),
        "dy": normal(rng, *shape, dtype=dtype),
    }


def _with_zeros(work: dict[str, Any]) -> dict[str, Any]:
    """Every third pixel is 0."""
    x = work["x"].copy()
    x.flat[::3] = 0
    return work | {"x": x}


def _relu_cases(rng: np.random.Generator) -> list[Case]:
    float32 = _relu_work(rng, 2, 3, 5, dtype=np.float32)
    shapes = [(7,), (3, 4), (2, 3, 5, 4)]
    other = [_relu_work(rng, 2, 3, 4) | {"other_x": normal(rng, 2, 3, 4)} for _ in range(2)]
    return [
        Case("the example", {"settings": (), "x": TOY_Y}, uses.y),
        *(Case("forward", lesson_11.only_x(_relu_work(rng, *shape)), uses.y) for shape in shapes),
        *(Case("backward", _relu_work(rng, *shape), uses.dx) for shape in shapes),
        Case("gradient 0 at 0", _with_zeros(_relu_work(rng, 3, 5)), uses.dx),
        Case("gradient 0 at 0", _with_zeros(_relu_work(rng, 2, 3, 4, 3)), uses.dx),
        Case("float32", lesson_11.only_x(float32), uses.y),
        Case("float32", float32, uses.dx),
        *lesson_11.memory(*other),
    ]


relu = Exercise(
    name="relu",
    lesson=lesson_11.LESSON,
    points=2,
    reference=nn.ReLU,
    returns=an_array(keeps_dtype=True),
    cases=_relu_cases,
    made_with=(),
    defines="ReLU",
)


class _ReLU:
    """Right, and without the course's error messages; each mistake changes one thing."""

    x: Any = None

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * (self.x > 0)


@relu.mistake(
    "absolute value",
    "What is negative changes its sign. It is to become 0: np.maximum(x, 0).",
)
class _Absolute(_ReLU):
    def forward(self, x):
        super().forward(x)
        return np.abs(x)


@relu.mistake(
    "minimum instead of maximum",
    "The negative numbers are kept and the positive ones are 0. It is the larger of x and 0: "
    "np.maximum(x, 0).",
)
class _Minimum(_ReLU):
    def forward(self, x):
        super().forward(x)
        return np.minimum(x, 0)


@relu.mistake(
    "np.max instead of np.maximum",
    "np.max(x, 0) is the largest number along axis 0. To compare every number with 0, write "
    "np.maximum(x, 0).",
)
class _MaxOfAnAxis(_ReLU):
    def forward(self, x):
        super().forward(x)
        return np.max(x, 0)


@relu.mistake(
    "negative numbers left out",
    "x[x > 0] is one long row of the positive numbers. Keep the shape of x, with 0 in place of "
    "the others: np.maximum(x, 0).",
)
class _LeftOut(_ReLU):
    def forward(self, x):
        super().forward(x)
        return x[x > 0]


@relu.mistake(
    "a step instead of a ramp",
    "forward returns 1 where x is positive. That is the derivative; y is x itself there.",
)
class _Step(_ReLU):
    def forward(self, x):
        super().forward(x)
        return (x > 0).astype(x.dtype)


@relu.mistake(
    "sign of dy instead of x",
    "backward looks at which dy are positive. It depends on x: where x was positive, dy goes "
    "through, whatever its sign.",
)
class _SignOfDy(_ReLU):
    def backward(self, dy):
        return np.maximum(dy, 0)


@relu.mistake(
    "dy passed on as it is",
    "backward returns dy unchanged. Where x was not positive the output does not move, so the "
    "gradient there is 0.",
)
class _PassedOn(_ReLU):
    def backward(self, dy):
        return dy.copy()


@relu.mistake(*lesson_11.UPSTREAM_NOT_USED)
class _WithoutDy(_ReLU):
    def backward(self, dy):
        return (self.x > 0).astype(dy.dtype)


@relu.mistake(
    "y instead of its derivative",
    "dy is multiplied with y. It belongs with the derivative, which is 1 where x is positive: "
    "dy * (x > 0).",
)
class _TimesY(_ReLU):
    def backward(self, dy):
        return dy * np.maximum(self.x, 0)


@relu.mistake(
    "comparison the wrong way round",
    "dy goes through where x is negative, and is 0 where x is positive: turn the comparison round.",
)
class _Reversed(_ReLU):
    def backward(self, dy):
        return dy * (self.x < 0)


@relu.mistake(
    "gradient 1 at 0",
    "All is right but where x is exactly 0. The kink has no derivative; here, as in PyTorch, it "
    "counts as 0: x > 0, not x >= 0.",
)
class _OneAtZero(_ReLU):
    def backward(self, dy):
        return dy * (self.x >= 0)


@relu.mistake(
    "gradient 1/2 at 0",
    "All is right but where x is exactly 0. Half is the middle of the two sides; here, as in "
    "PyTorch, the gradient at the kink is 0.",
)
class _HalfAtZero(_ReLU):
    def backward(self, dy):
        return dy * np.heaviside(self.x, dy.dtype.type(0.5))


@relu.mistake(*common.FLOAT64)
class _ReLUFloat64(_ReLU):
    def forward(self, x):
        return super().forward(x).astype(np.float64)

    def backward(self, dy):
        return super().backward(dy).astype(np.float64)


@relu.mistake(
    "dy overwritten",
    "The numbers are right, but backward writes into dy, which belongs to the layer behind: "
    "multiply instead, or write into a copy.",
)
class _DyOverwritten(_ReLU):
    def backward(self, dy):
        dy[self.x <= 0] = 0
        return dy


@relu.mistake(
    "x overwritten",
    "The numbers are right, but forward writes into x, which belongs to the layer before: take "
    "np.maximum(x, 0), or write into a copy.",
)
class _XOverwritten(_ReLU):
    def forward(self, x):
        x[x < 0] = 0
        return super().forward(x)


lesson_11.slips_of_memory(relu, _ReLU)
