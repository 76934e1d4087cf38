"""From scores to one number that says how wrong they are."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.labels import class_labels
from course.nn.layer import remembered


class SoftmaxCrossEntropy:
    """Softmax turns scores into probabilities; the loss is -log of the right class's.

    probabilities[n, k] = exp(scores[n, k]) / sum over j of exp(scores[n, j])
    loss = the mean over n of -log(probabilities[n, labels[n]])

    probabilities  (N, K), and
    labels         (N,), those of the last `forward`, None before: all that backward needs

    The largest score of a row is taken away from the row first. That changes no probability, and
    so scores of 1e4 overflow nowhere. A NaN or inf among the scores makes the loss NaN, and the
    gradient of its row; a score of -inf is a probability of 0.
    """

    def __init__(self) -> None:
        self.probabilities: np.ndarray | None = None
        self.labels: np.ndarray | None = None

    def __repr__(self) -> str:
        return "SoftmaxCrossEntropy()"

    def forward(self, scores: ArrayLike, labels: ArrayLike) -> float:
        """The loss of a batch.

        scores  (N, K)   float16, float32 or float64; integers count as float64
        labels  (N,)     integers from 0 to K - 1: which class is the right one

        Raises ValueError when scores have another number of axes, are empty or do not hold real
        numbers, and when labels hold anything but N integers from 0 to K - 1.
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
        """The gradient of the loss by the last scores, (N, K), with their dtype.

        That is (probabilities - 1 at the right class) / N. Raises RuntimeError before the first
        `forward`.
        """
        probabilities, labels = remembered(self.probabilities), remembered(self.labels)
        N = len(labels)
        dscores = probabilities.copy()
        dscores[np.arange(N), labels] -= 1
        return dscores / N
