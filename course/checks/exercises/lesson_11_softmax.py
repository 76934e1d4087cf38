"""Lesson 11: softmax and cross-entropy."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, Sizes, sized
from course.checks.exercise import Exercise
from course.checks.exercises.lesson_11 import LESSON
from course.checks.geometry import Numbers
from course.checks.layouts import LAYOUTS
from course.checks.verdict import OF_ITS_DTYPE, Kind, Returns, Verdict, a_number


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


def _above(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """All scores around 10000."""
    batch = _batch(sizes, numbers)
    return batch | {"scores": batch["scores"] + 10_000}


def _up_to_1000(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Scores from -1000 to 1000."""
    batch = _batch(sizes, numbers)
    return batch | {"scores": batch["scores"] * (1000 / np.max(np.abs(batch["scores"])))}


def _rows_apart(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Rows around 10000, -10000 and 0, in turn."""
    batch = _batch(sizes, numbers)
    about = np.resize([1e4, -1e4, 0.0], len(batch["scores"]))
    return batch | {"scores": batch["scores"] + about[:, np.newaxis]}


def _classes_apart(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """The right class has a score that is 10000 lower than the others: its probability is 0."""
    batch = _batch(sizes, numbers)
    rows = np.arange(len(batch["labels"]))
    batch["scores"][rows, batch["labels"]] -= 1e4
    return batch


def _another_class_apart(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """The class after the right one has a score that is 10000 lower: its probability is 0."""
    batch = _batch(sizes, numbers)
    rows, after = np.arange(len(batch["labels"])), np.add(batch["labels"], 1)
    batch["scores"][rows, after % sizes["K"]] -= 1e4
    return batch


def _two_batches(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    other = _batch(sizes, numbers)
    others = {"other_scores": other["scores"], "other_labels": other["labels"]}
    return _batch(sizes, numbers) | others


def _and_a_larger_batch(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
    """Of the other batch there are two images more."""
    larger = _two_batches(sizes | {"N": sizes["N"] + 2}, numbers)
    return larger | _batch(sizes, numbers)


_SIZES: list[Sizes] = [
    {"N": N, "K": K} for N, K in [(1, 4), (5, 3), (4, 4), (2, 6), (3, 2), (5, 10)]
]
_BOTH = (uses.loss, uses.dscores)
_LARGE = (_above, _rows_apart, _classes_apart, _another_class_apart, _up_to_1000)


def _loss_cases(rng: np.random.Generator) -> list[Case]:
    plain, float32 = Numbers(rng), Numbers(rng, np.float32)
    example = {
        "settings": (),
        "scores": np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]),
        "labels": (0, 2),
    }
    missed, large = [{"N": 3, "K": 5}, {"N": 4, "K": 3}], {"N": 4, "K": 3}
    cases = [
        Case("the example", example, uses.loss),
        *(sized("loss", sizes, plain, _batch, uses.loss) for sizes in _SIZES),
        *(sized("gradient", sizes, plain, _batch, uses.dscores) for sizes in _SIZES),
    ]
    for use in _BOTH:
        cases += [sized("class never seen", s, plain, _last_class_missed, use) for s in missed]
    for use in _BOTH:
        cases += [sized("large scores", large, plain, build, use) for build in _LARGE]
    for layout in LAYOUTS[1:]:
        numbers = Numbers(rng, layout=layout)
        cases += [sized("memory layouts", _SIZES[1], numbers, _batch, use) for use in _BOTH]
    cases += [sized("float32", _SIZES[1], float32, _batch, use) for use in _BOTH]
    return cases + _memory(plain)


def _memory(numbers: Numbers) -> list[Case]:
    looks = (
        uses.loss_of_the_second_batch,
        uses.dscores_of_the_second_batch,
        uses.dscores_beside_another_loss,
    )
    sizes = {"N": 4, "K": 3}
    return [
        *(sized("memory", sizes, numbers, _two_batches, look) for look in looks),
        sized("memory", sizes, numbers, _batch, uses.dscores_of_a_second_backward),
        *(sized("memory", sizes, numbers, _and_a_larger_batch, look) for look in looks),
    ]


softmax_cross_entropy = Exercise(
    "softmax_cross_entropy",
    LESSON,
    4,
    nn.SoftmaxCrossEntropy,
    a_number_or_an_array(
        "the loss as one number, or dscores as an array",
        "Return one number, the mean over the images.",
    ),
    _loss_cases,
    made_with=(),
    defines="SoftmaxCrossEntropy",
    hints={
        (uses.loss, Kind.NOT_FINITE): "np.exp of a large score is inf, and the log of a "
        "probability of 0 is -inf. Take the largest score of its row away, from every score, and "
        "then log(sum of exp(shifted)) - shifted[label].",
        (uses.dscores, Kind.NOT_FINITE): "np.exp of a large score is inf, and a row that is far "
        "below what is taken away becomes 0 / 0. Take the largest score of each row away: "
        "scores.max(axis=1, keepdims=True).",
    },
)
