"""Lesson 11: softmax and cross-entropy."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Build, Case, Sizes, Use, altered, in_other_layouts, sized, tried
from course.checks.exercise import Exercise, Hints
from course.checks.exercises import lesson_09_the_convolution_layer as lesson_09
from course.checks.geometry import Numbers
from course.checks.verdict import OF_ITS_DTYPE, Kind, Returns, Verdict, a_number

LESSON = "11_relu_pooling_softmax"


def a_number_or_an_array(described: str, which_number: str) -> Returns:
    """One number where one is expected, and elsewhere an array with its dtype."""
    number = a_number("one number", "fiu", which_number)

    def refuse(value: Any, expected: Any) -> Verdict | None:
        return (OF_ITS_DTYPE if np.ndim(expected) else number).refuse(value, expected)

    return Returns(described, refuse)


def random_labels(rng: np.random.Generator, N: int, K: int) -> tuple[int, ...]:
    """N labels from 0 to K - 1."""
    return tuple(int(label) for label in rng.integers(K, size=N))


def _batch(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    N, K = sizes.values()
    labels = random_labels(numbers.rng, N, K)
    return {"settings": (), "scores": numbers.array(N, K), "labels": labels}


def _last_class_missed(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """No image is of the last class, so that the labels do not tell how many there are."""
    N, K = sizes.values()
    if K < 2:
        raise ValueError("there is only one class, and it cannot be missed")
    return _batch(sizes, numbers) | {"labels": random_labels(numbers.rng, N, K - 1)}


def _class_apart(after: int) -> Build:
    """So many after the right class is one with a score that is 10000 lower: probability 0."""

    def build(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
        batch = _batch(sizes, numbers)
        rows, classes = np.arange(sizes["N"]), np.add(batch["labels"], after) % sizes["K"]
        batch["scores"][rows, classes] -= 1e4
        return batch

    return build


def _scores(change: Callable[[np.ndarray], np.ndarray]) -> Build:
    return altered(_batch, "scores", change)


def _two_batches(more: int, sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """A batch, and another one with so many images more."""
    other = _batch(sizes | {"N": sizes["N"] + more}, numbers)
    others = {"other_scores": other["scores"], "other_labels": other["labels"]}
    return _batch(sizes, numbers) | others


_SIZES: list[Sizes] = [
    {"N": N, "K": K} for N, K in [(1, 4), (5, 3), (4, 4), (2, 6), (3, 2), (5, 10)]
]
_BOTH = (uses.loss, uses.dscores)
_LARGE = (
    _scores(lambda scores: scores + 10_000),
    # rows around 10000, -10000 and 0, in turn
    _scores(lambda scores: scores + np.resize([1e4, -1e4, 0.0], (len(scores), 1))),
    _class_apart(0),
    _class_apart(1),
    # from -1000 to 1000
    _scores(lambda scores: scores * (1000 / np.max(np.abs(scores)))),
)


def _loss_cases(rng: np.random.Generator) -> list[Case]:
    plain, float32 = Numbers(rng), Numbers(rng, np.float32)
    scores = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]])
    example = {"settings": (), "scores": scores, "labels": (0, 2)}
    missed, large = [{"N": 3, "K": 5}, {"N": 4, "K": 3}], {"N": 4, "K": 3}
    return [
        Case("the example", example, uses.loss),
        *tried("loss", _batch, plain, _SIZES, [uses.loss]),
        *tried("gradient", _batch, plain, _SIZES, [uses.dscores]),
        *tried("class never seen", _last_class_missed, plain, missed, _BOTH),
        *(sized("large scores", large, plain, build, use) for use in _BOTH for build in _LARGE),
        *in_other_layouts(_batch, rng, _SIZES[1:2], _BOTH),
        *tried("float32", _batch, float32, [_SIZES[1]], _BOTH),
        *_memory(plain, large),
    ]


def _memory(numbers: Numbers, sizes: Sizes) -> list[Case]:
    looks: tuple[Use, ...] = (uses.loss_of_the_second_batch, uses.dscores_of_the_second_batch)
    looks += (uses.dscores_beside_another_loss,)
    return [
        *tried("memory", partial(_two_batches, 0), numbers, [sizes], looks),
        sized("memory", sizes, numbers, _batch, uses.dscores_of_a_second_backward),
        *tried("memory", partial(_two_batches, 2), numbers, [sizes], looks),
    ]


_RETURNS = a_number_or_an_array(
    "the loss as one number, or dscores as an array",
    "Return one number, the mean over the images.",
)
_HINTS: Hints = {
    (uses.loss, Kind.NOT_FINITE): "np.exp of a large score is inf, and the log of a probability "
    "of 0 is -inf. Take the largest score of its row away, from every score, and then log(sum of "
    "exp(shifted)) - shifted[label].",
    (uses.dscores, Kind.NOT_FINITE): "np.exp of a large score is inf, and a probability can be 0. "
    "Take the largest score of each row away, scores.max(axis=1, keepdims=True), and divide by no "
    "probability.",
}
softmax_cross_entropy = Exercise(
    *("softmax_cross_entropy", LESSON, 4, nn.SoftmaxCrossEntropy, _RETURNS, _loss_cases),
    hints=lesson_09.HINTS | _HINTS,
)
