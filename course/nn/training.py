"""Training: batches, steps, epochs, and how good the network is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.nn.labels import class_labels
from course.nn.layer import Layer


def train_step(model: Layer, loss: Any, x: np.ndarray, labels: ArrayLike, optimizer: Any) -> float:
    """Forward, backward, and one step of the optimiser.

    Raises what model, loss and optimizer raise.

    Args:
        model: A layer or a `Sequential`.
        loss: Such as `SoftmaxCrossEntropy`.
        x: One batch of images.
        labels: (N,), integers, their classes.
        optimizer: An `SGD` or `Adam` of this model.

    Returns:
        The loss of the batch before the step.

    Example:
        >>> from course.nn import SGD, SoftmaxCrossEntropy, small_dense
        >>> model, loss = small_dense(rng=0), SoftmaxCrossEntropy()
        >>> optimizer, x = SGD(model, learning_rate=0.1), np.ones((1, 1, 8, 8))
        >>> first, second = (train_step(model, loss, x, [3], optimizer) for _ in range(2))
        >>> second < first
        True
    """
    before: float = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())
    optimizer.step()
    return before


@dataclass
class History:
    """The losses and accuracies that `train` has recorded.

    Attributes:
        losses: Of every step, before the step.
        epoch_losses: Their mean over each epoch.
        validation_losses: After each epoch; empty without validation images.
        validation_accuracies: After each epoch; empty without validation images.
    """

    losses: list[float] = field(default_factory=list)
    epoch_losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    validation_accuracies: list[float] = field(default_factory=list)


def train(
    model: Layer,
    loss: Any,
    optimizer: Any,
    images: ArrayLike,
    labels: ArrayLike,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator | int | None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    progress: Callable[[list[np.ndarray]], Iterable[np.ndarray]] = iter,
) -> History:
    """Use every image once in each epoch, in a new random order, batch by batch.

    A NaN among the images does not stop training: the losses are NaN from then on.

    Args:
        model: As for `train_step`.
        loss: As for `train_step`.
        optimizer: As for `train_step`.
        images: (N, ...). Floats keep their dtype; integers count as float64.
        labels: (N,), integers.
        epochs: How often each image is used, at least 1.
        batch_size: Images in a step, at least 1. The last batch of an epoch may be smaller.
        rng: Draws the order: a generator or a seed. A new generator when None.
        validation: Images and labels on which to evaluate the model after each epoch.
        progress: Is given the list of all steps and returns them one by one, as
            `course.show.progress_bar` does.

    Returns:
        A `History` of the losses and accuracies.

    Raises:
        ValueError: If images is empty or does not hold real numbers; if labels is not one integer
            for each image; if epochs or batch_size is not an integer of at least 1; or if
            `train_step` raises it.

    Example:
        >>> from course.nn import SGD, SoftmaxCrossEntropy, small_dense
        >>> model, images = small_dense(rng=0), np.random.default_rng(0).random((6, 1, 8, 8))
        >>> loss, optimizer = SoftmaxCrossEntropy(), SGD(model, learning_rate=0.1)
        >>> labels = np.arange(6)
        >>> history = train(model, loss, optimizer, images, labels, epochs=3, batch_size=4, rng=0)
        >>> len(history.losses), len(history.epoch_losses)
        (6, 3)
    """
    images = arguments.floats("images", images, "(N, ...)")
    labels = class_labels("labels", labels, len(images))
    epochs = arguments.integer("epochs", epochs, least=1)
    rng, history = np.random.default_rng(rng), History()
    steps = [chosen for _ in range(epochs) for chosen in batches(len(images), batch_size, rng)]
    per_epoch = len(steps) // epochs
    for step, chosen in enumerate(progress(steps), start=1):
        history.losses.append(train_step(model, loss, images[chosen], labels[chosen], optimizer))
        if step % per_epoch == 0:
            history.epoch_losses.append(float(np.mean(history.losses[-per_epoch:])))
            if validation is not None:
                value, share = evaluate(model, loss, *validation)
                history.validation_losses.append(value)
                history.validation_accuracies.append(share)
    return history


def batches(
    count: int, batch_size: int, rng: np.random.Generator | int | None = None
) -> list[np.ndarray]:
    """The numbers 0 to count - 1, each once, in arrays of batch_size. The last may be shorter.

    Args:
        count: How many numbers, at least 1.
        batch_size: How many in one array, at least 1.
        rng: Draws their order: a generator or a seed. In ascending order when None.

    Returns:
        A list of arrays of integers.

    Raises:
        ValueError: If count or batch_size is not an integer of at least 1.

    Example:
        >>> batches(5, 2)
        [array([0, 1]), array([2, 3]), array([4])]
    """
    count = arguments.integer("count", count, least=1)
    batch_size = arguments.integer("batch_size", batch_size, least=1)
    order = np.arange(count) if rng is None else np.random.default_rng(rng).permutation(count)
    return [order[k : k + batch_size] for k in range(0, count, batch_size)]


def predict_scores(model: Layer, images: ArrayLike, batch_size: int = 256) -> np.ndarray:
    """The scores of the model for many images, batch by batch to save memory.

    Args:
        model: A layer or a `Sequential`.
        images: (N, ...).
        batch_size: Images in a batch, at least 1.

    Returns:
        (N, K).

    Raises:
        ValueError: If images is empty or does not hold real numbers; if batch_size is not an
            integer of at least 1; or if the model raises it.

    Example:
        >>> from course.nn import small_dense
        >>> predict_scores(small_dense(rng=0), np.zeros((300, 1, 8, 8))).shape
        (300, 10)
    """
    images = arguments.floats("images", images, "(N, ...)")
    chunks = [model.forward(images[chosen]) for chosen in batches(len(images), batch_size)]
    return np.concatenate(chunks)


def predict(model: Layer, images: ArrayLike, batch_size: int = 256) -> np.ndarray:
    """The class with the largest score for each image.

    Among equal scores the first counts, and among NaNs the first NaN. Takes and raises the
    same as `predict_scores`.

    Returns:
        (N,), integers.

    Example:
        >>> from course.nn import Flatten
        >>> predict(Flatten(), [[0.1, 0.9], [0.8, 0.2]])
        array([1, 0])
    """
    predicted: np.ndarray = predict_scores(model, images, batch_size).argmax(axis=1)
    return predicted


def accuracy(model: Layer, images: ArrayLike, labels: ArrayLike, batch_size: int = 256) -> float:
    """The share of images whose class `predict` gets right.

    Takes labels (N,), integers from 0 to K - 1, and otherwise the same as `predict_scores`.

    Returns:
        A float from 0 to 1.

    Raises:
        ValueError: If labels is not one integer for each image, from 0 to K - 1 for K scores; or if
            `predict_scores` raises it.

    Example:
        >>> from course.nn import Flatten
        >>> accuracy(Flatten(), [[0.1, 0.9], [0.8, 0.2]], labels=[1, 1])
        0.5
    """
    return _share_right(predict_scores(model, images, batch_size), labels)


def evaluate(
    model: Layer, loss: Any, images: ArrayLike, labels: ArrayLike, batch_size: int = 256
) -> tuple[float, float]:
    """The loss and the accuracy over all images, from one forward pass.

    Takes a loss, such as `SoftmaxCrossEntropy`, and otherwise the same as `accuracy`, and raises
    the same.

    Returns:
        Two floats.

    Example:
        >>> from course.nn import Flatten, SoftmaxCrossEntropy
        >>> evaluate(Flatten(), SoftmaxCrossEntropy(), [[0.0, 0.0], [9.0, 0.0]], [0, 0])[1]
        1.0
    """
    scores = predict_scores(model, images, batch_size)
    return loss.forward(scores, labels), _share_right(scores, labels)


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike, classes: int) -> np.ndarray:
    """How many images of class i were taken for class j.

    Args:
        labels: (N,), integers, the right classes.
        predicted: (N,), integers, as `predict` returns them.
        classes: How many classes there are.

    Returns:
        (classes, classes), integers: entry (i, j) counts the images of class i that were taken for
        class j.

    Raises:
        ValueError: If labels or predicted is not N integers from 0 to classes - 1; or if classes is
            not an integer of at least 1.

    Example:
        >>> confusion_matrix([0, 0, 1], [0, 1, 1], classes=2)
        array([[1, 1],
               [0, 1]])
    """
    classes = arguments.integer("classes", classes, least=1)
    labels = class_labels("labels", labels, np.size(labels), classes)
    predicted = class_labels("predicted", predicted, len(labels), classes)
    pairs = np.bincount(labels * classes + predicted, minlength=classes**2)
    return pairs.reshape(classes, classes)


def _share_right(scores: np.ndarray, labels: ArrayLike) -> float:
    scores = arguments.floats("scores", scores, "(N, K)")
    labels = class_labels("labels", labels, *scores.shape)
    return float(np.mean(scores.argmax(axis=1) == labels))
