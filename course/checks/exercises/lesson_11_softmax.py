"""Lesson 11: softmax and cross-entropy."""

from typing import Any

import numpy as np

from course import nn
from course.checks import uses
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import lesson_11
from course.checks.verdict import Kind, Returns, Verdict, a_number, an_array


def a_number_or_an_array(described: str, which_number: str) -> Returns:
    """One number where one is expected, and elsewhere an array with its dtype."""
    array, number = an_array(keeps_dtype=True), a_number("one number", "fiu", which_number)

    def refuse(value: Any, expected: Any) -> Verdict | None:
        return (array if np.ndim(expected) else number).refuse(value, expected)

    return Returns(described, refuse)


def random_labels(rng: np.random.Generator, N: int, K: int) -> tuple[int, ...]:
    """N labels from 0 to K - 1."""
    return tuple(int(label) for label in rng.integers(K, size=N))


def _batch(rng, N: int, K: int, dtype: Any = np.float64) -> dict[str, Any]:
    return {
        "settings": (),
        "scores": normal(rng, N, K, dtype=dtype),
        "labels": random_labels(rng, N, K),
    }


def _moved(batch: dict[str, Any], by: Any) -> dict[str, Any]:
    return batch | {"scores": batch["scores"] + np.array(by)}


def _large(rng) -> list[dict[str, Any]]:
    """Rows of scores around 1e4, around -1e4, and of both; the right class is the least likely."""
    apart = {"labels": (1, 2, 0)}
    return [
        _moved(_batch(rng, 3, 4), 1e4),
        _moved(_batch(rng, 3, 4), [[1e4], [-1e4], [0]]),
        _moved(_batch(rng, 3, 3), 1e4 * np.array([[1, -1, 0], [1, 1, -1], [-1, 0, 1]])) | apart,
    ]


def _two_batches(rng) -> dict[str, Any]:
    one, other = _batch(rng, 4, 3), _batch(rng, 4, 3)
    return one | {"other_scores": other["scores"], "other_labels": other["labels"]}


def _loss_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "settings": (),
        "scores": np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]),
        "labels": (0, 2),
    }
    sizes = [(1, 4), (5, 3), (4, 4)]
    missed = [
        _batch(rng, 3, 5) | {"labels": (2, 0, 2)},
        _batch(rng, 4, 3) | {"labels": (1, 1, 0, 1)},
    ]
    large, float32 = _large(rng), _batch(rng, 5, 3, np.float32)
    return [
        Case("the example", example, uses.loss),
        *(Case("loss", _batch(rng, *size), uses.loss) for size in sizes),
        *(Case("gradient", _batch(rng, *size), uses.dscores) for size in sizes),
        *(Case("class never seen", b, use) for use in (uses.loss, uses.dscores) for b in missed),
        *(Case("large scores", b, use) for use in (uses.loss, uses.dscores) for b in large),
        *(Case("float32", float32, use) for use in (uses.loss, uses.dscores)),
        Case("memory", _two_batches(rng), uses.dscores_of_the_second_round),
        Case("memory", _two_batches(rng), uses.dscores_beside_another_loss),
        Case("memory", _batch(rng, 4, 3), uses.dscores_of_a_second_backward),
    ]


softmax_cross_entropy = Exercise(
    name="softmax_cross_entropy",
    lesson=lesson_11.LESSON,
    points=4,
    reference=nn.SoftmaxCrossEntropy,
    returns=a_number_or_an_array(
        "the loss as one number, or dscores as an array",
        "Return one number, the mean over the images.",
    ),
    cases=_loss_cases,
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


class _Loss:
    """Right, and without the course's error messages; each mistake changes one thing."""

    p: Any = None

    def softmax(self, scores):
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def forward(self, scores, labels):
        self.p, self.labels = self.softmax(scores), labels
        shifted = scores - scores.max(axis=1, keepdims=True)
        right = shifted[np.arange(len(labels)), labels]
        return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - right))

    def backward(self):
        return (self.p - self.one_hot()) / len(self.labels)

    def one_hot(self):
        return np.eye(self.p.shape[1], dtype=self.p.dtype)[self.labels]


class _FromProbabilities(_Loss):
    """The loss from the probabilities themselves, which may be 0."""

    def forward(self, scores, labels):
        with np.errstate(all="ignore"):
            self.p, self.labels = self.softmax(scores), labels
            return float(self.loss(self.p, labels))

    def loss(self, p, labels):
        return -np.mean(np.log(p[np.arange(len(labels)), labels]))


@softmax_cross_entropy.mistake(
    "sum over the images instead of the mean",
    "Loss and gradient are summed over the images. The loss is a mean: divide both by the number "
    "of images, N.",
)
class _SumOverImages(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores, labels) * len(labels)

    def backward(self):
        return super().backward() * len(self.labels)


@softmax_cross_entropy.mistake(
    "loss summed, gradient of the mean",
    "The loss is summed over the images, but it is to be their mean: divide it by N, as the "
    "gradient is already.",
)
class _LossSummed(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores, labels) * len(labels)


@softmax_cross_entropy.mistake(
    "gradient not divided by N",
    "The loss is a mean over the images, so the gradient of each image is divided by N too.",
)
class _GradientSummed(_Loss):
    def backward(self):
        return super().backward() * len(self.labels)


@softmax_cross_entropy.mistake(
    "mean over images and classes",
    "The loss is divided by N * K: the mean of one-hot times log counts all its zeros. Sum over "
    "the classes, then take the mean over the images.",
)
class _MeanOfAll(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores, labels) / scores.shape[1]


@softmax_cross_entropy.mistake(
    "sign of the loss",
    "The loss has the wrong sign: the logarithm of a probability is negative, so it is -log.",
)
class _SignOfTheLoss(_Loss):
    def forward(self, scores, labels):
        return -super().forward(scores, labels)


@softmax_cross_entropy.mistake(
    "log left out",
    "This is 1 minus the probability of the right class. The loss is -log of that probability.",
)
class _LogLeftOut(_FromProbabilities):
    def loss(self, p, labels):
        return np.mean(1 - p[np.arange(len(labels)), labels])


@softmax_cross_entropy.mistake(
    "logarithm to the base 2",
    "The logarithm has the base 2. np.log, the natural one, undoes np.exp.",
)
class _Log2(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores, labels) / np.log(2)


@softmax_cross_entropy.mistake(
    "logarithm to the base 10",
    "The logarithm has the base 10. np.log, the natural one, undoes np.exp.",
)
class _Log10(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores, labels) / np.log(10)


@softmax_cross_entropy.mistake(
    "all pairs of images and labels in the loss",
    "p[:, labels] takes every label for every image. One for each image: p[np.arange(N), labels].",
)
class _AllPairs(_Loss):
    def forward(self, scores, labels):
        losses = [super(_AllPairs, self).forward(scores, np.full_like(labels, k)) for k in labels]
        super().forward(scores, labels)
        return float(np.mean(losses))


@softmax_cross_entropy.mistake(
    "softmax over the images",
    "The probabilities add up to 1 over the images. They do so over the classes of each image: "
    "axis=1, with keepdims=True.",
)
class _OverImages(_FromProbabilities):
    def softmax(self, scores):
        return super().softmax(scores.T).T


@softmax_cross_entropy.mistake(
    "softmax over the whole batch",
    "The probabilities of all images together add up to 1. They do so for each image: sum along "
    "axis=1, with keepdims=True.",
)
class _OverAll(_FromProbabilities):
    def softmax(self, scores):
        return super().softmax(scores.reshape(1, -1)).reshape(scores.shape)


class _SumOverAll(_Loss):
    """The largest score of each row is taken away, but the sum goes over all rows."""

    def softmax(self, scores):
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum()

    def forward(self, scores, labels):
        self.p, self.labels = self.softmax(scores), labels
        with np.errstate(divide="ignore"):
            return float(-np.mean(np.log(self.p[np.arange(len(labels)), labels])))


softmax_cross_entropy.mistake(
    "sum over the whole array",
    "The sum of the exponentials goes over all images. Each image has a sum of its own: axis=1, "
    "with keepdims=True.",
)(_SumOverAll)


@softmax_cross_entropy.mistake(
    "sum over the whole array, log of it",
    "np.sum without axis adds up the exponentials of all images. Each image has a sum of its own, "
    "in the loss and in p: axis=1.",
)
class _LogOfTheSumOverAll(_SumOverAll):
    def forward(self, scores, labels):
        self.p, self.labels = self.softmax(scores), labels
        shifted = scores - scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(shifted).sum())
        return float(total - np.mean(shifted[np.arange(len(labels)), labels]))


@softmax_cross_entropy.mistake(
    "keepdims left out of the sum",
    "The exponentials are divided by a sum of the shape (N,). That does not fit (N, K), or fits "
    "the wrong way round when N = K: keepdims=True makes (N, 1) of it.",
)
class _SumWithoutKeepdims(_FromProbabilities):
    def softmax(self, scores):
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1)


@softmax_cross_entropy.mistake(
    "largest score of each class",
    "The largest score of each column is taken away, which changes the probabilities. It is the "
    "largest of each row: axis=1, with keepdims=True.",
)
class _ColumnMax(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores - scores.max(axis=0), labels)


@softmax_cross_entropy.mistake(
    "shift forgotten at the label",
    "The logarithm of the sum belongs to the shifted scores, and the label's score is not "
    "shifted: take it from shifted, too.",
)
class _LabelNotShifted(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores, labels) - float(np.mean(scores.max(axis=1)))


@softmax_cross_entropy.mistake(
    "keepdims left out",
    "Row by row is meant, but (N, K) and (N,) do not fit, or fit the wrong way round when N = K: "
    "keepdims=True makes (N, 1) of the largest scores.",
)
class _WithoutKeepdims(_Loss):
    def forward(self, scores, labels):
        return super().forward(scores - scores.max(axis=1), labels)


@softmax_cross_entropy.mistake(
    "largest score not taken away",
    "np.exp overflows for large scores. Take the largest score of each row away first: no "
    "probability changes, and no exponential exceeds 1.",
)
class _Overflows(_FromProbabilities):
    def softmax(self, scores):
        exponentials = np.exp(scores)
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def backward(self):
        with np.errstate(all="ignore"):
            return super().backward()


@softmax_cross_entropy.mistake(
    "largest score of the whole batch",
    "The largest score of the batch is taken away, and rows far below it become 0 / 0. Take that "
    "of each row: scores.max(axis=1, keepdims=True).",
)
class _BatchMax(_FromProbabilities):
    def softmax(self, scores):
        exponentials = np.exp(scores - scores.max())
        return exponentials / exponentials.sum(axis=1, keepdims=True)


@softmax_cross_entropy.mistake(
    "log of a probability of 0",
    "A probability can be too small for a float and become 0, and log(0) is -inf. Do not go by "
    "the probability: the loss is log(sum of exp(shifted)) - shifted[label].",
)
class _LogOfZero(_FromProbabilities):
    pass


for _tiny in (1e-12, 1e-15, 1e-10, 1e-8):

    class _Cushioned(_FromProbabilities):
        tiny = _tiny

        def loss(self, p, labels):
            return -np.mean(np.log(p[np.arange(len(labels)), labels] + self.tiny))

    softmax_cross_entropy.mistake(
        f"{_tiny:g} added to the probability",
        f"Where a probability becomes 0, adding {_tiny:g} hides how wrong the score is. Do not go "
        "by the probability: the loss is log(sum of exp(shifted)) - shifted[label].",
    )(_Cushioned)


@softmax_cross_entropy.mistake(
    "one-hot of the labels seen",
    "The one-hot rows are as long as the largest label of this batch, plus one. There may be "
    "classes that no image has: take K = scores.shape[1].",
)
class _LabelsSeen(_Loss):
    def backward(self):
        return (self.p - np.eye(self.labels.max() + 1)[self.labels]) / len(self.labels)


@softmax_cross_entropy.mistake(
    "1 not taken away at the right class",
    "The gradient is p / N everywhere. At the right class it is (p - 1) / N.",
)
class _NothingTakenAway(_Loss):
    def backward(self):
        return self.p / len(self.labels)


@softmax_cross_entropy.mistake(
    "1 added at the right class",
    "1 is added at the right class. It is taken away there: (p - 1) / N.",
)
class _Added(_Loss):
    def backward(self):
        return (self.p + self.one_hot()) / len(self.labels)


@softmax_cross_entropy.mistake(
    "gradient divided by N * K",
    "The gradient is divided by the size of the array, N * K. The mean goes over the images: "
    "divide by N.",
)
class _GradientOfAll(_Loss):
    def backward(self):
        return super().backward() / self.p.shape[1]


@softmax_cross_entropy.mistake(
    "loss and gradient divided by N * K",
    "Loss and gradient are both divided by N * K. The mean goes over the N images, not over their "
    "classes.",
)
class _BothOfAll(_MeanOfAll, _GradientOfAll):
    pass


@softmax_cross_entropy.mistake(
    "probabilities changed by backward",
    "backward changes what forward has remembered, so that a second backward gives another answer. "
    "Take a copy: dscores = self.p.copy().",
)
class _Remembers(_Loss):
    def backward(self):
        self.p[np.arange(len(self.labels)), self.labels] -= 1
        return self.p / len(self.labels)


@softmax_cross_entropy.mistake(
    "probabilities changed and divided by backward",
    "backward changes what forward has remembered (-= and /=), so that a second backward gives "
    "another answer. Take a copy: dscores = self.p.copy().",
)
class _RemembersAndDivides(_Loss):
    def backward(self):
        self.p[np.arange(len(self.labels)), self.labels] -= 1
        self.p /= len(self.labels)
        return self.p


@softmax_cross_entropy.mistake(
    "1 taken away after dividing",
    "1 is taken away at the right class after the division by N. It is (p - 1) / N: take it away "
    "first.",
)
class _AfterDividing(_Loss):
    def backward(self):
        return self.p / len(self.labels) - self.one_hot()


@softmax_cross_entropy.mistake(
    "sign of the gradient",
    "The gradient has the wrong sign: it is p - 1 at the right class, and p elsewhere.",
)
class _SignOfTheGradient(_Loss):
    def backward(self):
        return -super().backward()


@softmax_cross_entropy.mistake(
    "1 taken away in whole columns",
    "dscores[:, labels] -= 1 takes 1 away from every image, in all columns that are a label. One "
    "for each image: dscores[np.arange(N), labels] -= 1.",
)
class _WholeColumns(_Loss):
    def backward(self):
        dscores = self.p.copy()
        dscores[:, self.labels] -= 1
        return dscores / len(self.labels)


@softmax_cross_entropy.mistake(
    "probabilities from the gradient left out",
    "Only the right class gets a gradient, -1 / p. The other scores change the loss too: with the "
    "softmax it is p - 1 at the right class, and p elsewhere.",
)
class _OnlyTheLog(_Loss):
    def backward(self):
        with np.errstate(all="ignore"):
            return np.where(self.one_hot() == 1, -1 / self.p, 0) / len(self.labels)


@softmax_cross_entropy.mistake(
    "float64 from float32",
    "The numbers are right, but float32 became float64 in the gradient: np.zeros and np.eye need "
    "the dtype of scores.",
)
class _LossFloat64(_Loss):
    def backward(self):
        return super().backward().astype(np.float64)


@softmax_cross_entropy.mistake(
    "scores overwritten",
    "The numbers are right, but scores are changed: -= writes into the caller's array. Make a new "
    "one: shifted = scores - scores.max(axis=1, keepdims=True).",
)
class _ScoresOverwritten(_Loss):
    def forward(self, scores, labels):
        scores -= scores.max(axis=1, keepdims=True)
        return super().forward(scores, labels)


@softmax_cross_entropy.mistake(
    "first batch kept",
    "backward still uses the scores and labels of the first forward: every forward must remember "
    "its own.",
)
class _FirstBatch(_Loss):
    def forward(self, scores, labels):
        kept = self.p is not None and (self.p, self.labels)
        loss = super().forward(scores, labels)
        if kept:
            self.p, self.labels = kept
        return loss


@softmax_cross_entropy.mistake(
    "one memory for all losses",
    "Two losses share one memory: write self. before what forward remembers, so that each has its "
    "own, and not a variable of the class or of the notebook.",
)
class _OneMemory(_Loss):
    seen: list = []  # noqa: RUF012 - the very mistake

    def forward(self, scores, labels):
        loss = super().forward(scores, labels)
        self.seen[:] = [self.p, labels]
        return loss

    def backward(self):
        self.p, self.labels = self.seen
        return super().backward()
