"""Lesson 11: max and average pooling."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common, lesson_11
from course.checks.verdict import an_array
from course.convolution import output_size
from course.examples import TOY_X


def _pool_work(rng, settings: tuple, x_shape: tuple, dtype: Any = np.float64) -> dict[str, Any]:
    """An input and an upstream for windows of settings[0] pixels, settings[-1] apart."""
    oh, ow = (output_size(length, settings[0], settings[-1]) for length in x_shape[2:])
    return {
        "settings": settings,
        "x": normal(rng, *x_shape, dtype=dtype),
        "dy": normal(rng, *x_shape[:2], oh, ow, dtype=dtype),
    }


def _there_and_back(group: str, *works: dict[str, Any]) -> list[Case]:
    forward = [Case(group, lesson_11.only_x(work), uses.y) for work in works]
    return forward + [Case(group, work, uses.dx) for work in works]


def _pool_cases(rng: np.random.Generator) -> list[Case]:
    toy = {"settings": (2,), "x": TOY_X[None, None].astype(float)}
    below = _pool_work(rng, (2,), (2, 3, 6, 4))
    below["x"] = -np.abs(below["x"])
    groups = {
        "tiles": [_pool_work(rng, (2,), (1, 1, 4, 6)), _pool_work(rng, (3,), (2, 3, 6, 9)), below],
        "strides": [_pool_work(rng, (2, 3), (2, 3, 8, 5)), _pool_work(rng, (1, 2), (3, 1, 3, 7))],
        "overlaps": [_pool_work(rng, (3, 1), (2, 3, 4, 6)), _pool_work(rng, (3, 2), (3, 2, 7, 5))],
        "remainders": [
            _pool_work(rng, (2,), (2, 3, 5, 7)),
            _pool_work(rng, (3, 2), (1, 2, 6, 8)),
            _pool_work(rng, (2, 4), (2, 1, 9, 7)),
        ],
    }
    return [
        Case("the example", toy, uses.y),
        *(case for group, works in groups.items() for case in _there_and_back(group, *works)),
        *_there_and_back("float32", _pool_work(rng, (3, 2), (2, 3, 7, 6), np.float32)),
    ]


def _with_equals(rng, work: dict[str, Any]) -> dict[str, Any]:
    """Pixels of 0 and 1 alone, so that nearly every window has several that are the largest."""
    return work | {"x": rng.integers(0, 2, work["x"].shape).astype(float)}


def _max_pool_cases(rng: np.random.Generator) -> list[Case]:
    equals = [
        _with_equals(rng, _pool_work(rng, (2,), (2, 3, 6, 8))),
        _with_equals(rng, _pool_work(rng, (3, 2), (3, 2, 7, 9))),
    ]
    shape = (2, 3, 6, 4)
    other = [_pool_work(rng, (2,), shape) | {"other_x": normal(rng, *shape)} for _ in range(2)]
    cases = _pool_cases(rng)
    return cases + [Case("first of equals", w, uses.dx) for w in equals] + lesson_11.memory(*other)


def _avg_pool_cases(rng: np.random.Generator) -> list[Case]:
    """What counts of the other input is its shape, and so that is another."""
    other = [
        _pool_work(rng, (2,), (2, 3, 6, 4)) | {"other_x": normal(rng, 3, 3, 8, 10)}
        for _ in range(2)
    ]
    return _pool_cases(rng) + lesson_11.memory(*other)


def _pooling(name: str, points: int, layer: type, cases) -> Exercise:
    return Exercise(
        name=name,
        lesson=lesson_11.LESSON,
        points=points,
        reference=layer,
        returns=an_array(keeps_dtype=True),
        cases=cases,
        made_with=("size", "stride"),
        defines=layer.__name__,
    )


max_pool = _pooling("max_pool", 4, nn.MaxPool2d, _max_pool_cases)
avg_pool = _pooling("avg_pool", 3, nn.AvgPool2d, _avg_pool_cases)


class _Pool:
    """Window by window, like the lesson; each mistake changes one thing."""

    x: Any = None

    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride or size

    def windows_along(self, length):
        return (length - self.size) // self.stride + 1

    def place(self, i, j):
        top, left = i * self.stride, j * self.stride
        return np.s_[:, :, top : top + self.size, left : left + self.size]

    def forward(self, x):
        self.x = x
        oh, ow = self.windows_along(x.shape[2]), self.windows_along(x.shape[3])
        y = np.zeros((*x.shape[:2], oh, ow), dtype=x.dtype)
        for i, j in np.ndindex(oh, ow):
            y[:, :, i, j] = self.number(x[self.place(i, j)])
        return y

    def backward(self, dy):
        dx = np.zeros(self.x.shape, dtype=dy.dtype)
        for i, j in np.ndindex(dy.shape[2:]):
            share = self.share(self.x[self.place(i, j)])
            self.hand_on(dx, self.place(i, j), share * dy[:, :, i, j, None, None])
        return dx

    def number(self, window):
        """What becomes of a window."""
        raise AssertionError("each kind of pooling has its own")

    def share(self, window):
        """The derivative of that by every pixel of the window."""
        raise AssertionError("each kind of pooling has its own")

    def hand_on(self, dx, place, gradient):
        dx[place] += gradient


class _MaxPool(_Pool):
    def number(self, window):
        return window.max(axis=(2, 3))

    def share(self, window):
        flat = window.reshape(*window.shape[:2], -1)
        first = np.arange(flat.shape[2]) == flat.argmax(axis=2)[..., None]
        return first.reshape(window.shape)


class _AvgPool(_Pool):
    def number(self, window):
        with np.errstate(invalid="ignore"):  # a mistake may look where no pixels are
            return window.sum(axis=(2, 3)) / window[0, 0].size

    def share(self, window):
        return np.full(window.shape, 1 / self.size**2, dtype=window.dtype)


def _mistakes_of_both(exercise: Exercise, pool: Any) -> None:
    """What can go wrong in the same way with the largest number and with the mean."""

    @exercise.mistake(
        "stride not used",
        "The stride is not used: the windows always stand side by side. Window (i, j) begins at "
        "row i * stride and column j * stride.",
    )
    class _StrideNotUsed(pool):
        def __init__(self, size, stride=None):
            super().__init__(size)

    @exercise.mistake(
        "stride 1 when none is given",
        "Without a stride the windows stand one pixel apart here. They are to tile the image: "
        "stride is then size.",
    )
    class _StrideOne(pool):
        def __init__(self, size, stride=1):
            super().__init__(size, stride)

    @exercise.mistake(
        "sizes without stride",
        "output_size does not get the stride here, so it counts windows one pixel apart: "
        "output_size(H, size, stride), and the same for W.",
    )
    class _SizesAlone(pool):
        def windows_along(self, length):
            return length - self.size + 1

    @exercise.mistake(
        "windows counted by stride alone",
        "H // stride counts windows that hang over the edge, or leaves one out. "
        "(H - size) // stride + 1 fit, and the same along W.",
    )
    class _CountedByStride(pool):
        def windows_along(self, length):
            return length // self.stride

    @exercise.mistake(
        "windows counted by size alone",
        "H // size windows are right for stride = size only. (H - size) // stride + 1 fit, and "
        "the same along W.",
    )
    class _CountedBySize(pool):
        def windows_along(self, length):
            return length // self.size

    @exercise.mistake(
        "window in the remainder counted too",
        "A window that hangs over the edge is counted too. What no whole window reaches is left "
        "out: (H - size) // stride + 1, rounded down.",
    )
    class _RoundedUp(pool):
        def windows_along(self, length):
            return -((self.size - length) // self.stride) + 1

    @exercise.mistake(
        "height and width exchanged",
        "The number of windows down comes from W, and that across from H. x is (N, C, H, W): "
        "x.shape[2] is the height, x.shape[3] the width.",
    )
    class _SizesExchanged(pool):
        def forward(self, x):
            self.x = x
            oh, ow = self.windows_along(x.shape[3]), self.windows_along(x.shape[2])
            y = np.zeros((*x.shape[:2], oh, ow), dtype=x.dtype)
            for i, j in np.ndindex(oh, ow):
                y[:, :, i, j] = self.number(x[self.place(i, j)])
            return y

    @exercise.mistake(
        "windows one pixel apart",
        "The windows are as many as they should be, but one pixel apart: window (i, j) begins at "
        "row i * stride and column j * stride, not at i and j.",
    )
    class _OnePixelApart(pool):
        def place(self, i, j):
            return np.s_[:, :, i : i + self.size, j : j + self.size]

    @exercise.mistake(
        "windows one pixel apart in forward",
        "backward is right, but in forward the windows lie one pixel apart: window (i, j) begins "
        "at row i * stride and column j * stride.",
    )
    class _ForwardOnePixelApart(_OnePixelApart):
        def backward(self, dy):
            self.place = lambda i, j: pool.place(self, i, j)
            return super().backward(dy)

    @exercise.mistake(
        "windows one pixel apart in backward",
        "forward is right, but in backward the windows lie one pixel apart: window (i, j) begins "
        "at row i * stride and column j * stride.",
    )
    class _BackwardOnePixelApart(pool):
        def backward(self, dy):
            self.place = lambda i, j: _OnePixelApart.place(self, i, j)
            return super().backward(dy)

    @exercise.mistake(
        "size instead of stride in backward",
        "forward is right, but backward lets window (i, j) begin at i * size and j * size. It is "
        "i * stride and j * stride there, too.",
    )
    class _BackwardBySize(pool):
        def backward(self, dy):
            dx, k = np.zeros(self.x.shape, dtype=dy.dtype), self.size
            for i, j in np.ndindex(dy.shape[2:]):
                place = np.s_[:, :, i * k : i * k + k, j * k : j * k + k]
                share = self.share(self.x[place])
                self.hand_on(dx, place, share * dy[:, :, i, j, None, None])
            return dx

    @exercise.mistake(
        "one number for all images and channels",
        "Every window gives one number for all images and channels together. Each has its own: "
        "axis=(2, 3) leaves the other two axes.",
    )
    class _WithoutAxis(pool):
        def number(self, window):
            one = super().number(window)
            return np.broadcast_to(one.max() if pool is _MaxPool else one.mean(), one.shape)

    @exercise.mistake(
        "channels pooled too",
        "Every channel gets the result of all channels together. Pooling treats each channel by "
        "itself: only the last two axes are pooled.",
    )
    class _ChannelsToo(pool):
        def forward(self, x):
            y = super().forward(x)
            pooled = y.max if pool is _MaxPool else y.mean
            return np.repeat(pooled(axis=1, keepdims=True), y.shape[1], axis=1)

    @exercise.mistake(
        "= instead of +=",
        "Where windows overlap, a pixel keeps the share of its last window alone. The shares of "
        "all its windows add up: +=.",
    )
    class _Overwritten(pool):
        def hand_on(self, dx, place, gradient):
            # A pixel is written to wherever the derivative is not 0, as by an index.
            dx[place] = np.where(gradient != 0, gradient, dx[place])

    @exercise.mistake(*lesson_11.UPSTREAM_NOT_USED)
    class _WithoutDy(pool):
        def backward(self, dy):
            return super().backward(np.ones_like(dy))

    @exercise.mistake(
        "remainder forgotten in dx",
        "dx ends where the last window ends. It has the shape of x: the pixels that no window "
        "reaches are there too, with the gradient 0.",
    )
    class _WithoutRemainder(pool):
        def backward(self, dy):
            rows, columns = ((n - 1) * self.stride + self.size for n in dy.shape[2:])
            return super().backward(dy)[:, :, :rows, :columns]

    @exercise.mistake(*common.FLOAT64)
    class _Float64(pool):
        def forward(self, x):
            return super().forward(x).astype(np.float64)

        def backward(self, dy):
            return super().backward(dy).astype(np.float64)

    lesson_11.slips_of_memory(exercise, pool)


_mistakes_of_both(max_pool, _MaxPool)
_mistakes_of_both(avg_pool, _AvgPool)


@max_pool.mistake(
    "whole windows overwritten",
    "Each window is written over what earlier ones have left there, zeros and all. Where windows "
    "overlap, their shares add up: +=.",
)
class _WindowsOverwritten(_MaxPool):
    def hand_on(self, dx, place, gradient):
        dx[place] = gradient


@max_pool.mistake(
    "mean instead of the largest",
    "forward takes the mean of each window. Here it is the largest number that is asked for.",
)
class _Mean(_MaxPool):
    def number(self, window):
        return window.mean(axis=(2, 3))


@max_pool.mistake(
    "largest counted from 0",
    "Where all numbers of a window are negative you get 0: the search begins at zeros. Begin with "
    "the first pixel of the window, or with -np.inf.",
)
class _FromZero(_MaxPool):
    def number(self, window):
        return np.maximum(window.max(axis=(2, 3)), 0)


@max_pool.mistake(
    "every equal pixel gets the gradient",
    "When several pixels are the largest, each of them gets all of dy. It goes to the first in "
    "row-major order alone, the one that argmax finds.",
)
class _EveryEqual(_MaxPool):
    def share(self, window):
        return window == window.max(axis=(2, 3), keepdims=True)


@max_pool.mistake(
    "gradient divided among equals",
    "When several pixels are the largest, dy is divided among them. It goes whole to the first in "
    "row-major order, the one that argmax finds.",
)
class _Divided(_MaxPool):
    def share(self, window):
        equal = window == window.max(axis=(2, 3), keepdims=True)
        return equal / equal.sum(axis=(2, 3), keepdims=True).astype(window.dtype)


@max_pool.mistake(
    "last of equal pixels",
    "When several pixels are the largest, the last of them gets the gradient. It is the first in "
    "row-major order: compare with >, not >=.",
)
class _LastOfEquals(_MaxPool):
    def share(self, window):
        return super().share(window[:, :, ::-1, ::-1])[:, :, ::-1, ::-1]


@max_pool.mistake(
    "first of equals down the columns",
    "When several pixels are the largest, you take the first going down the columns. Row-major "
    "order goes along the rows first.",
)
class _ColumnMajor(_MaxPool):
    def share(self, window):
        return super().share(window.swapaxes(2, 3)).swapaxes(2, 3)


@max_pool.mistake(
    "gradient to every pixel",
    "Every pixel of the window gets dy. Only the largest moves the output, so only its gradient "
    "is not 0.",
)
class _ToEveryPixel(_MaxPool):
    def share(self, window):
        return np.ones_like(window)


@max_pool.mistake(
    "rows and columns of the largest exchanged",
    "Row and column of the largest pixel are exchanged: of its number k in the window, "
    "k // size is the row and k % size the column.",
)
class _Exchanged(_MaxPool):
    def share(self, window):
        return super().share(window).swapaxes(2, 3)


@max_pool.mistake(
    "every gradient in the first window",
    "All gradients land in the top left corner of dx: argmax counts from the corner of its "
    "window. Add i * stride to the row and j * stride to the column.",
)
class _FirstWindow(_MaxPool):
    def hand_on(self, dx, place, gradient):
        super().hand_on(dx, self.place(0, 0), gradient)


@max_pool.mistake(
    "one largest pixel for all images and channels",
    "argmax looks for one pixel in all images and channels together. Every image and every "
    "channel has a largest pixel of its own.",
)
class _OneForAll(_MaxPool):
    def share(self, window):
        one = np.zeros(window.size, dtype=window.dtype)
        one[window.argmax()] = 1
        return one.reshape(window.shape)


@max_pool.mistake(
    "largest pixel of the whole map",
    "dy of every window goes to the largest pixel of the whole map. Look for the largest inside "
    "the window, from its own corner.",
)
class _OfTheWholeMap(_MaxPool):
    def backward(self, dy):
        dx = np.zeros(self.x.shape, dtype=dy.dtype)
        for n, c in np.ndindex(dy.shape[:2]):
            dx[n, c].flat[self.x[n, c].argmax()] = dy[n, c].sum()
        return dx


@avg_pool.mistake(
    "largest instead of the mean",
    "forward takes the largest number of each window. Here it is the mean that is asked for.",
)
class _Largest(_AvgPool):
    def number(self, window):
        return window.max(axis=(2, 3))


@avg_pool.mistake(
    "sum instead of the mean",
    "forward adds up the window. Divide by the number of its pixels, size * size.",
)
class _Sum(_AvgPool):
    def number(self, window):
        return window.sum(axis=(2, 3))


@avg_pool.mistake(
    "divided by the side of the window",
    "The sum is divided by size. A window has size * size pixels.",
)
class _BySide(_AvgPool):
    def number(self, window):
        return window.sum(axis=(2, 3)) / self.size


@avg_pool.mistake(
    "divided by stride squared",
    "The sum is divided by stride**2. A window has size * size pixels, however far apart the "
    "windows lie.",
)
class _ByStrides(_AvgPool):
    def number(self, window):
        return window.sum(axis=(2, 3)) / self.stride**2


@avg_pool.mistake(
    "gradient divided by stride squared",
    "dy is divided by stride**2. A window has size * size pixels, however far apart the windows "
    "lie, and each gets its share.",
)
class _GradientByStrides(_AvgPool):
    def share(self, window):
        return np.full(window.shape, 1 / self.stride**2, dtype=window.dtype)


@avg_pool.mistake(
    "all divided by stride squared",
    "Both the sum and dy are divided by stride**2. A window has size * size pixels, however far "
    "apart the windows lie.",
)
class _AllByStrides(_ByStrides, _GradientByStrides):
    pass


@avg_pool.mistake(
    "gradient not divided",
    "Every pixel gets all of dy. It counts for one part in size * size of the mean, and so does "
    "its gradient.",
)
class _NotDivided(_AvgPool):
    def share(self, window):
        return np.ones_like(window)


@avg_pool.mistake(
    "gradient divided by the side of the window",
    "Every pixel gets dy / size. A window has size * size pixels, and each counts for one of them.",
)
class _GradientBySide(_AvgPool):
    def share(self, window):
        return np.full(window.shape, 1 / self.size, dtype=window.dtype)


@avg_pool.mistake(
    "gradient divided by the windows",
    "dy is divided by the number of windows. What counts is how many pixels share one window: "
    "size * size.",
)
class _ByWindows(_AvgPool):
    def backward(self, dy):
        return super().backward(dy) * (self.size**2 / dy[0, 0].size)


@avg_pool.mistake(
    "gradient to the largest pixel",
    "The largest pixel of the window gets dy, as in max pooling. Every pixel has a part in the "
    "mean: each gets dy / (size * size).",
)
class _ToTheLargest(_AvgPool):
    def share(self, window):
        return _MaxPool.share(self, window)


@avg_pool.mistake(
    "gradient to the first pixel",
    "Only the first pixel of each window gets a gradient. Every pixel has a part in the mean: each "
    "gets dy / (size * size).",
)
class _ToTheFirst(_AvgPool):
    def share(self, window):
        share = np.zeros(window.shape, dtype=window.dtype)
        share[:, :, 0, 0] = 1 / self.size**2
        return share
