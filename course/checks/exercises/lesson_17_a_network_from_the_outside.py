"""Lesson 17: what a face detector needs besides convolution and pooling."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from course.checks.case import Case, Sizes, altered, in_other_layouts, tried, with_two_calls
from course.checks.exercise import Exercise
from course.checks.geometry import Numbers
from course.checks.uses import call
from course.checks.verdict import AN_ARRAY, OF_INDICES, OF_ITS_DTYPE, Kind
from course.nn import boxes as references
from course.nn import prelu as prelu_of_the_course

LESSON = "17_a_network_from_the_outside"


# The parametric rectified linear unit ------------------------------------------------------------


def _prelu_work(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    return {"x": numbers.signed(*sizes.values()), "slope": numbers.array(sizes["C"])}


def _prelu_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "x": np.array([[[[6.0, 3.0], [-6.0, -9.0]], [[-2.0, 4.0], [0.0, -1.0]]]]),
        "slope": np.array([0.5, -1.0]),
    }
    steep = altered(_prelu_work, "slope", lambda slope: 2 + abs(slope))
    falling = altered(_prelu_work, "slope", lambda slope: -abs(slope))
    gentle = altered(_prelu_work, "slope", lambda slope: abs(slope) / 100)

    def of(*shapes: Sequence[int]) -> list[Sizes]:
        return [dict(zip("NCHW", shape, strict=True)) for shape in shapes]

    plain, work, square = Numbers(rng), _prelu_work, of((1, 3, 2, 3), (2, 4, 4, 3), (1, 3, 3, 3))
    return [
        Case("the example", example),
        *tried("one channel", work, plain, of((1, 1, 3, 4))),
        *tried("channels", work, plain, of((1, 3, 2, 4), (1, 4, 3, 2), (1, 2, 5, 1))),
        *tried("as many channels as rows or columns", work, plain, square),
        *tried("batches", work, plain, of((3, 2, 4, 5), (2, 5, 3, 4), (3, 3, 2, 4))),
        *tried("slopes above 1", steep, plain, of((2, 3, 4, 5), (1, 2, 3, 4))),
        *tried("slopes below 0", falling, plain, of((2, 3, 4, 5), (1, 4, 2, 3))),
        *tried("slopes near 0", gentle, plain, of((2, 3, 4, 5))),
        *in_other_layouts(work, rng, of((2, 3, 4, 5))),
        *tried("float32", work, Numbers(rng, np.float32), of((2, 3, 4, 5), (1, 4, 2, 4))),
    ]


prelu = Exercise(
    "prelu", LESSON, 2, prelu_of_the_course, OF_ITS_DTYPE, with_two_calls(_prelu_cases)
)


# Intersection over union -------------------------------------------------------------------------

Stretch = Callable[[float, float, float, float], tuple[float, float]]
"""Of a box's stretch, from low to high, and two steps that are shorter: one that lies to it so."""
SHARING: list[Stretch] = [  # over one of its ends
    lambda low, high, one, two: (low - one, low + two),
    lambda low, high, one, two: (high - one, high + two),
]
NESTED: list[Stretch] = [  # in it, or around it
    lambda low, high, one, two: (low + one, high - two),
    lambda low, high, one, two: (low - one, high + two),
]
APART: list[Stretch] = [  # beside it
    lambda low, high, one, two: (low - one - two, low - one),
    lambda low, high, one, two: (high + one, high + one + two),
]
SHIFTED: list[Stretch] = [  # a step further
    lambda low, high, one, two: (low - one, high - one),
    lambda low, high, one, two: (low + one, high + one),
]


def _up_to(most: float, numbers: Numbers, *shape: int) -> np.ndarray:
    """Numbers from 0 up to so much, whole ones where all are to be whole."""
    drawn = most * numbers.rng.random(shape)
    return np.floor(drawn) if numbers.whole else drawn


def _box(numbers: Numbers) -> np.ndarray:
    """A box with sides of 7 to 9, to the right of and below the origin or not."""
    start = numbers.rng.integers(1, 10, 2) if numbers.whole else 20 * numbers.rng.normal(size=2)
    return np.concatenate([start, start + 7 + _up_to(2, numbers, 2)])


def _around(
    pairs: Sequence[tuple[Stretch, ...]], sizes: Sizes, numbers: Numbers
) -> dict[str, np.ndarray]:
    """A box, and boxes each of which lies to it as one of the pairs says, across and down."""
    box, found = _box(numbers), []
    for steps in 1 + _up_to(2, numbers, sizes["boxes"], 2, 2):
        across, down = pairs[int(numbers.rng.integers(len(pairs)))]
        left, right = across(box[0], box[2], *steps[0])
        top, bottom = down(box[1], box[3], *steps[1])
        found.append([left, top, right, bottom])
    return {"box": numbers.finished(box), "boxes": numbers.finished(np.array(found))}


def _overlap_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "box": np.array([0.0, 0.0, 4.0, 2.0]),
        "boxes": np.array([[2.0, 0.0, 6.0, 2.0], [0.0, 0.0, 4.0, 2.0], [5.0, 3.0, 7.0, 4.0]]),
    }
    same = {"box": np.array([1.0, 2.0, 4.0, 6.0]), "boxes": np.array([[1.0, 2.0, 4.0, 6.0]] * 2)}
    touching = np.array([[4.0, 2.0, 6.0, 6.0], [-1.0, 6.0, 4.0, 8.0], [4.0, 6.0, 5.0, 7.0]])

    def lying(group: str, pairs: Iterable[tuple[Stretch, ...]], *counts: int) -> list[Case]:
        return tried(group, partial(_around, [*pairs]), plain, [{"boxes": n} for n in counts])

    plain, float32 = Numbers(rng), Numbers(rng, np.float32)
    anyhow = SHARING + NESTED + APART
    everything = partial(_around, [*product(anyhow, anyhow)])
    return [
        Case("the example", example),
        *lying("overlapping", product(SHARING, SHARING), 1, 3, 4),  # 4 boxes are a square array
        *lying("one in the other", [(w, w) for w in NESTED], 1, 2, 5),
        *lying("crossing", [tuple(NESTED), tuple(NESTED[::-1])], 2),
        *lying("nearly the same", product(SHIFTED, SHIFTED), 1, 3),
        *lying("apart", product(APART, SHARING + NESTED), 1, 4),
        *lying("apart", product(SHARING + NESTED, APART), 1, 4),
        *lying("apart", product(APART, APART), 1, 3),
        *lying("all together", product(anyhow, anyhow), 6, 9),
        Case("the same box", same),
        Case("touching", {"box": same["box"], "boxes": touching}),
        Case("no boxes", {"box": same["box"], "boxes": np.zeros((0, 4))}),
        *in_other_layouts(everything, rng, [{"boxes": 5}]),
        *tried("float32", everything, float32, [{"boxes": 4}, {"boxes": 7}]),
    ]


overlap = Exercise(
    "overlap", LESSON, 2, references.overlap, AN_ARRAY, with_two_calls(_overlap_cases)
)


# Suppression -------------------------------------------------------------------------------------

CLOSE = 0.02
"""So near to the limit no overlap of a case is, or rounding would decide which boxes are kept."""


def _heaps(limits: Sequence[float], sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Boxes in heaps, in which each box overlaps its neighbours by less and less."""
    for _ in range(200):
        boxes = np.array([_in_a_heap(k % sizes["heaps"], numbers) for k in range(sizes["boxes"])])
        scores = 1 + numbers.rng.permutation(len(boxes)) + _up_to(0.5, numbers, len(boxes))
        limit = limits[int(numbers.rng.integers(len(limits)))]
        if _is_clear(boxes, limit):
            return _with_a_limit(boxes, scores, limit, numbers)
    raise ValueError("no boxes were found whose overlaps are all clear of the limit")


def _in_a_heap(number: int, numbers: Numbers) -> np.ndarray:
    start = np.array([20.0 * number, 0.0]) + _up_to(5, numbers, 2)
    return np.concatenate([start, start + 4 + _up_to(3, numbers, 2)])


def _is_clear(boxes: np.ndarray, limit: float) -> bool:
    shared = [references.overlap(box, boxes) for box in boxes]
    return bool(np.all(np.abs(np.array(shared) - limit) > CLOSE))


def _chain(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Boxes in a row, each of which overlaps its neighbours and none else; scores that fall.

    The second is suppressed by the first, and must not suppress the third.
    """
    count = sizes["boxes"]
    starts = 3.0 * np.arange(count) + _up_to(0.3, numbers, count)
    ends = starts + 5 - _up_to(0.2, numbers, count)
    tops = _up_to(0.2, numbers, count)
    boxes = np.stack([starts, tops, ends, tops + 5], axis=1)
    scores = np.arange(count, 0, -1.0) + _up_to(0.5, numbers, count)
    order = numbers.rng.permutation(count)
    return _with_a_limit(boxes[order], scores[order], 0.15, numbers)


def _with_a_limit(
    boxes: np.ndarray, scores: np.ndarray, limit: float, numbers: Numbers
) -> dict[str, Any]:
    arrays = {"boxes": numbers.finished(boxes), "scores": numbers.finished(scores)}
    return arrays | {"limit": limit}


def _suppress_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "boxes": np.array([[0.0, 0, 4, 4], [1, 0, 5, 4], [8, 0, 12, 4], [2, 0, 6, 4]]),
        "scores": np.array([0.7, 0.9, 0.8, 0.6]),
        "limit": 0.5,
    }
    half = {"boxes": np.array([[0.0, 0, 4, 4], [0, 0, 4, 2]]), "scores": np.array([0.5, 0.75])}
    none = {"boxes": np.zeros((0, 4)), "scores": np.zeros(0), "limit": 0.5}
    usual = partial(_heaps, (0.3, 0.4, 0.5))

    def of(*counts: tuple[int, int]) -> list[Sizes]:
        return [{"boxes": boxes, "heaps": heaps} for boxes, heaps in counts]

    plain, low, high = Numbers(rng), partial(_heaps, (0.1, 0.15)), partial(_heaps, (0.6, 0.7))
    below_zero = altered(usual, "scores", lambda scores: scores - 20)
    return [
        Case("the example", example),
        *tried("one heap", usual, plain, of((4, 1), (7, 1))),
        *tried("heaps", usual, plain, of((6, 3), (9, 2), (12, 4))),
        *tried("heaps", below_zero, plain, of((7, 2))),
        *tried("far apart", usual, plain, of((5, 5))),
        *tried("one box", usual, plain, of((1, 1))),
        *tried("low limits", low, plain, of((7, 2), (8, 1))),
        *tried("high limits", high, plain, of((8, 1), (10, 2))),
        *tried("what is suppressed suppresses nothing", _chain, plain, of((3, 1), (4, 1), (6, 1))),
        Case("at the limit", half | {"limit": 0.5}),
        Case("no boxes", none),
        *in_other_layouts(usual, rng, of((8, 2))),
        *tried("float32", usual, Numbers(rng, np.float32), of((6, 2), (9, 2))),
    ]


suppress = Exercise(
    *("suppress", LESSON, 3, references.suppress, OF_INDICES, _suppress_cases),
    hints={
        (call, Kind.WRONG_DTYPE): "Indices are integers, also where there are none: "
        "np.array(kept, dtype=int)."
    },
)
