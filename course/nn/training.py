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

    model      a layer or a `Sequential`
    loss       such as `SoftmaxCrossEntropy`
    x, labels  one batch, the labels (N,) integers
    optimizer  of this model: SGD or Adam
    returns    the loss of the batch before the step

    Raises what model, loss and optimizer raise.
    """
    before: float = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())
    optimizer.step()
    return before


@dataclass
class History:
    """What `train` has seen.

    losses                 of every step, before the step
    epoch_losses           their mean over each epoch
    validation_losses      after each epoch, empty without validation images
    validation_accuracies  after each epoch, empty without validation images
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
    """Take every image once in each epoch, in a new random order, batch by batch.

    model, loss, optimizer   as for `train_step`
    images      (N, ...)     floats keep their dtype, integers count as float64
    labels      (N,)         integers
    epochs      how often each image is used, at least 1
    batch_size  images in a step, at least 1; the last batch of an epoch may be smaller
    rng         draws the order: a generator or a seed; a new generator when None
    validation  images and labels to evaluate the model on after each epoch
    progress    is given the list of all steps and returns them one by one, as a progress bar does

    A NaN among the images does not stop it: the losses are NaN from then on. Raises ValueError
    when images are empty or hold no real numbers, when labels are not as many integers, when
    epochs or batch_size is no integer of at least 1, and what `train_step` raises.
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
    """The numbers 0 to count - 1, each once, in arrays of batch_size; the last may be shorter.

    rng  draws their order: a generator or a seed; from 0 upwards when None

    Raises ValueError when count or batch_size is no integer of at least 1.
    """
    count = arguments.integer("count", count, least=1)
    batch_size = arguments.integer("batch_size", batch_size, least=1)
    order = np.arange(count) if rng is None else np.random.default_rng(rng).permutation(count)
    return [order[k : k + batch_size] for k in range(0, count, batch_size)]


def predict_scores(model: Layer, images: ArrayLike, batch_size: int = 256) -> np.ndarray:
    """The scores (N, K) of the model for images (N, ...), batch by batch to save memory.

    Raises ValueError when images are empty or hold no real numbers, when batch_size is no integer
    of at least 1, and what the model raises.
    """
    images = arguments.floats("images", images, "(N, ...)")
    chunks = [model.forward(images[chosen]) for chosen in batches(len(images), batch_size)]
    return np.concatenate(chunks)


def predict(model: Layer, images: ArrayLike, batch_size: int = 256) -> np.ndarray:
    """The class with the largest score for each image, (N,) integers; of equal ones the first.

    Where a score is NaN, it is the first class with a NaN. Raises as `predict_scores` does.
    """
    predicted: np.ndarray = predict_scores(model, images, batch_size).argmax(axis=1)
    return predicted


def accuracy(model: Layer, images: ArrayLike, labels: ArrayLike, batch_size: int = 256) -> float:
    """The share of images whose class `predict` gets right, from 0 to 1.

    Raises ValueError when labels are not one integer for each image, from 0 to one less than the
    model has scores, and as `predict_scores` does.
    """
    return _share_right(predict_scores(model, images, batch_size), labels)


def evaluate(
    model: Layer, loss: Any, images: ArrayLike, labels: ArrayLike, batch_size: int = 256
) -> tuple[float, float]:
    """The loss and the accuracy over all images, from one forward pass.

    Raises as `accuracy` does.
    """
    scores = predict_scores(model, images, batch_size)
    return loss.forward(scores, labels), _share_right(scores, labels)


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike, classes: int) -> np.ndarray:
    """How many images of class i were taken for class j: entry (i, j) of (classes, classes).

    labels     (N,) integers, the right classes
    predicted  (N,) integers, as `predict` returns them
    classes    how many there are

    Raises ValueError when labels or predicted are not N integers from 0 to classes - 1, and when
    classes is no integer of at least 1.
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
