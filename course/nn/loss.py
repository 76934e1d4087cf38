"""From scores to one number that says how wrong they are."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.labels import class_labels
from course.nn.layer import remembered


class SoftmaxCrossEntropy:
    r"""Softmax turns scores into probabilities; the loss is -log of the right class's probability.

    .. math:: p_{n,k} = \frac{e^{s_{n,k}}}{\sum_j e^{s_{n,j}}}

    .. math:: L = -\frac{1}{N} \sum_n \log p_{n,\,label_n}

    The largest score of a row is subtracted from the row first. That changes no probability, so
    scores of 1e4 do not overflow. A NaN or inf among the scores makes the loss NaN, and the
    gradient of its row; a score of -inf is a probability of 0.

    Attributes:
        probabilities: (N, K), of the last `forward`; None before.
        labels: (N,), of the last `forward`; None before.

    Example:
        >>> loss = SoftmaxCrossEntropy()
        >>> round(loss.forward(np.zeros((1, 4)), [2]), 4)
        1.3863
        >>> loss.backward()
        array([[ 0.25,  0.25, -0.75,  0.25]])
    """

    def __init__(self) -> None:
        self.probabilities: np.ndarray | None = None
        self.labels: np.ndarray | None = None

    def __repr__(self) -> str:
        return "SoftmaxCrossEntropy()"

    def forward(self, scores: ArrayLike, labels: ArrayLike) -> float:
        """The loss of a batch.

        Args:
            scores: (N, K), float16, float32 or float64; integers count as float64.
            labels: (N,), integers from 0 to K - 1: the right class of each row.

        Returns:
            The loss, one number.

        Raises:
            ValueError: If scores has the wrong number of axes, is empty or does not hold real
                numbers; or if labels is anything but N integers from 0 to K - 1.
        """
        scores = arguments.floats("scores", scores, "(N, K)")
        N, K = scores.shape
        labels = class_labels("labels", labels, N, K)
        shifted = scores - scores.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        totals = exponentials.sum(axis=1)
        self.probabilities, self.labels = exponentials / totals[:, np.newaxis], labels
        return float(np.mean(np.log(totals) - shifted[np.arange(N), labels]))

    def backward(self) -> np.ndarray:
        """The gradient of the loss with respect to the last scores.

        It is (p - 1) / N for the right class, and p / N for all others.

        Returns:
            (N, K), with the dtype of the scores.

        Raises:
            RuntimeError: Before the first `forward`.
        """
        probabilities, labels = remembered(self.probabilities), remembered(self.labels)
        N = len(labels)
        dscores = probabilities.copy()
        dscores[np.arange(N), labels] -= 1
        return dscores / N
