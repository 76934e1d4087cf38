import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import random

from course.nn import (
    SGD,
    Adam,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    accuracy,
    batches,
    confusion_matrix,
    evaluate,
    predict,
    predict_scores,
    train,
    train_step,
)


def network(classes=10):
    rng = np.random.default_rng(6)
    return Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, rng=rng),
        ReLU(),
        Flatten(),
        Linear(64, classes, rng=rng),
    )


def random_images(count=20, classes=10):
    rng = np.random.default_rng(7)
    return rng.standard_normal((count, 1, 8, 8)), rng.integers(0, classes, count)


def trained(epochs=3, rng=8, model=None, **options):
    """The model and its history after training on 20 random images in batches of 8."""
    model = model or network()
    optimizer = SGD(model, 0.02, momentum=0.9)
    images, labels = random_images()
    loss = SoftmaxCrossEntropy()
    return model, train(model, loss, optimizer, images, labels, epochs, 8, rng, **options)


class Fixed:
    """A model whose scores are the numbers it is given."""

    parameters = ()

    def forward(self, x):
        assert 0 < len(x) <= 3
        return x.reshape(len(x), -1)


# steps and epochs


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_hundred_steps_in_pytorch_have_the_same_losses(torch, kind):
    images, labels = random_images(200)
    model, nn = network(), torch.nn
    twin = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, 10),
    ).double()
    with torch.no_grad():
        for layer, other in zip(model.layers, twin, strict=True):
            if layer.parameters:
                other.weight[...], other.bias[...] = torch.tensor(layer.w), torch.tensor(layer.b)
    if kind == "SGD":
        optimiser = SGD(model, 0.02, momentum=0.9)
        other_optimiser = torch.optim.SGD(twin.parameters(), 0.02, momentum=0.9)
    else:
        optimiser, other_optimiser = Adam(model), torch.optim.Adam(twin.parameters())
    history = train(
        model, SoftmaxCrossEntropy(), optimiser, images, labels, epochs=10, batch_size=20, rng=8
    )
    rng, other_losses = np.random.default_rng(8), []
    for chosen in [chosen for _ in range(10) for chosen in batches(200, 20, rng)]:
        loss = nn.CrossEntropyLoss()(
            twin(torch.tensor(images[chosen])), torch.tensor(labels[chosen])
        )
        other_optimiser.zero_grad()
        loss.backward()
        other_optimiser.step()
        other_losses.append(loss.item())
    assert len(history.losses) == 100
    assert history.losses[-1] < 0.6 * history.losses[0]
    np.testing.assert_allclose(history.losses, other_losses, rtol=0, atol=1e-8)


def test_a_step_returns_the_loss_before_it_and_lowers_it():
    model, loss, (images, labels) = network(), SoftmaxCrossEntropy(), random_images()
    expected = SoftmaxCrossEntropy().forward(network().forward(images), labels)
    optimizer = SGD(model, 0.01)
    assert train_step(model, loss, images, labels, optimizer) == expected
    assert loss.forward(model.forward(images), labels) < expected


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_20_random_images_are_learned_by_heart(kind):
    model, (images, labels) = network(), random_images()
    optimiser = SGD(model, 0.02, momentum=0.9) if kind == "SGD" else Adam(model, 3e-3)
    history = train(model, SoftmaxCrossEntropy(), optimiser, images, labels, 60, 5, rng=8)
    assert accuracy(model, images, labels) == 1
    assert history.epoch_losses[-1] < 0.02


def test_the_same_rng_gives_the_same_training_and_another_gives_another():
    model, history = trained()
    for rng in (8, np.random.default_rng(8)):
        again, same = trained(rng=rng)
        assert same == history
        np.testing.assert_array_equal(again.layers[0].w, model.layers[0].w)
    assert trained(rng=9)[1] != history


def test_training_is_train_step_on_every_batch_of_every_epoch():
    _, history = trained()
    model, loss, (images, labels) = network(), SoftmaxCrossEntropy(), random_images()
    optimizer, rng, losses = SGD(model, 0.02, momentum=0.9), np.random.default_rng(8), []
    for _ in range(3):
        for chosen in batches(20, 8, rng):
            losses.append(train_step(model, loss, images[chosen], labels[chosen], optimizer))
    assert history.losses == losses
    means = [np.mean(losses[k : k + 3]) for k in (0, 3, 6)]
    np.testing.assert_allclose(history.epoch_losses, means, rtol=1e-15)
    assert history.validation_losses == history.validation_accuracies == []


def test_loss_and_accuracy_on_the_validation_images_are_recorded_after_each_epoch():
    rng = np.random.default_rng(1)
    validation = rng.standard_normal((30, 1, 8, 8)), rng.integers(0, 10, 30)
    _, history = trained(epochs=3, validation=validation)
    for epochs in (1, 2, 3):
        model, shorter = trained(epochs)
        assert shorter.losses == history.losses[: 3 * epochs]  # looking changes nothing
        loss = SoftmaxCrossEntropy().forward(model.forward(validation[0]), validation[1])
        right = np.argmax(model.forward(validation[0]), axis=1) == validation[1]
        assert history.validation_losses[epochs - 1] == pytest.approx(loss, rel=1e-12)
        assert history.validation_accuracies[epochs - 1] == np.mean(right)
    assert len(history.validation_losses) == len(history.validation_accuracies) == 3


def test_progress_wraps_the_list_of_all_steps():
    seen, wrapped = [], []

    def progress(steps):
        wrapped.append(len(steps))
        for step in steps:
            seen.append(step)
            yield step

    _, history = trained(progress=progress)
    assert wrapped == [9]
    assert history == trained()[1]
    assert [len(step) for step in seen] == [8, 8, 4] * 3
    for epoch in (seen[:3], seen[3:6], seen[6:]):
        assert sorted(np.concatenate(epoch)) == list(range(20))
    assert not np.array_equal(np.concatenate(seen[:3]), np.concatenate(seen[3:6]))


def test_images_and_labels_stay_as_they_were_and_may_be_lists_of_integers():
    images, labels = (np.abs(array).astype(int) for array in random_images())
    histories = []
    for x, y in ((images, labels), (images.tolist(), labels.tolist())):
        model = network()
        loss, optimizer = SoftmaxCrossEntropy(), SGD(model, 0.02)
        histories.append(train(model, loss, optimizer, x, y, 2, 8, rng=8))
    assert histories[0] == histories[1]
    np.testing.assert_array_equal(images, np.abs(random_images()[0]).astype(int))


def test_float32_images_give_float32_gradients_and_nearly_the_same_losses():
    images, labels = random_images()
    model = network()
    loss, optimizer = SoftmaxCrossEntropy(), SGD(model, 0.02, momentum=0.9)
    history = train(model, loss, optimizer, images.astype(np.float32), labels, 3, 8, rng=8)
    assert model.layers[0].dw.dtype == np.float32
    np.testing.assert_allclose(history.losses, trained()[1].losses, rtol=1e-4)


def test_a_nan_among_the_images_makes_the_losses_nan_and_does_not_stop_the_training():
    images, labels = random_images()
    images[3, 0, 2, 2] = np.nan
    model = network()
    loss, optimizer = SoftmaxCrossEntropy(), SGD(model, 0.02)
    history = train(
        model, loss, optimizer, images, labels, 2, 8, rng=8, validation=(images, labels)
    )
    assert len(history.losses) == 6
    assert np.isnan(history.losses[3:]).all()
    assert np.isnan(history.validation_losses).all()


GOOD = {"epochs": 1, "batch_size": 8, "rng": 0}


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True, None])
def test_bad_numbers_are_named_before_the_first_step(name, value):
    model, (images, labels) = network(), random_images()
    words = re.escape(f"{name} must be an integer of at least 1, got {value!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        train(model, SoftmaxCrossEntropy(), SGD(model, 1), images, labels, **GOOD | {name: value})
    assert model.layers[0].dw is None


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.ones((3, 1, 8, 8)), [0, 1], "labels must have the shape (3,), got (2,)"),
        (np.ones((3, 1, 8, 8)), [[0], [1], [2]], "labels must have the shape (3,), got (3, 1)"),
        (np.ones((3, 1, 8, 8)), [0, 1, 10], "labels must be integers from 0 to 9, got 10 at"),
        (np.ones((3, 1, 8, 8)), [0.0, 1, 2], "labels must hold integers, got dtype float64"),
        (np.ones((3, 1, 8, 8)), [[0], [1, 2]], "labels must hold integers, got rows of unequal"),
        (np.ones((0, 1, 8, 8)), [], "images must not be empty, got shape (0, 1, 8, 8)"),
        (1j * np.ones((3, 1, 8, 8)), [0, 1, 2], "images must hold real numbers"),
    ],
)
def test_images_and_labels_that_do_not_fit_are_refused(images, labels, message):
    model = network()
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        train(model, SoftmaxCrossEntropy(), SGD(model, 0.1), images, labels, **GOOD)


# batches


@settings(max_examples=30)
@given(count=st.integers(1, 20), size=st.integers(1, 25), rng=st.sampled_from([None, 3]))
def test_every_number_is_in_one_batch_and_only_the_last_may_be_shorter(count, size, rng):
    chosen = batches(count, size, rng)
    assert sorted(np.concatenate(chosen)) == list(range(count))
    lengths = [len(batch) for batch in chosen]
    assert lengths[:-1] == [size] * (len(chosen) - 1)
    assert 0 < lengths[-1] <= size


def test_the_order_is_that_of_the_rng_or_from_0_upwards():
    assert np.concatenate(batches(50, 8)).tolist() == list(range(50))
    drawn = np.concatenate(batches(50, 8, 3))
    assert drawn.tolist() != list(range(50))
    np.testing.assert_array_equal(drawn, np.concatenate(batches(50, 7, np.random.default_rng(3))))
    assert not np.array_equal(drawn, np.concatenate(batches(50, 8, 4)))


@pytest.mark.parametrize("name", ["count", "batch_size"])
@pytest.mark.parametrize("value", [0, -1, 2.0, True, None])
def test_no_batch_is_ever_empty(name, value):
    words = re.escape(f"{name} must be an integer of at least 1, got {value!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        batches(**{"count": 5, "batch_size": 2, name: value})


# how good the network is


def test_scores_are_found_batch_by_batch():
    scores = random(7, 4)
    np.testing.assert_array_equal(predict_scores(Fixed(), scores, batch_size=3), scores)
    model, (images, _) = network(), random_images()
    expected = model.forward(images)
    for size in (1, 7, 20, 256):
        got = predict_scores(model, images, size)
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12, strict=True)


def test_the_largest_score_is_the_prediction_and_of_equal_ones_the_first():
    scores = [[0.0, 3.0, 1.0], [2.0, 1.0, 2.0], [1.0, np.nan, 5.0], [-3.0, -2.0, -1.0]]
    assert predict(Fixed(), scores, batch_size=3).tolist() == [1, 0, 1, 2]


def test_the_accuracy_is_the_share_of_right_predictions():
    scores = np.eye(5)[[0, 1, 2, 3, 4, 0, 1]]
    labels = [0, 1, 2, 0, 0, 0, 2]
    assert accuracy(Fixed(), scores, labels, batch_size=3) == 4 / 7
    assert accuracy(Fixed(), scores, scores.argmax(axis=1), batch_size=2) == 1
    assert type(accuracy(Fixed(), scores, labels, batch_size=3)) is float


def test_scores_of_a_network_without_flatten_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^scores must have the axes \(N, K\)"):
        accuracy(ReLU(), np.ones((2, 1, 3, 3)), [0, 1])


def test_evaluate_gives_the_loss_over_all_images_and_the_accuracy():
    scores, labels = random(7, 4), np.array([0, 1, 2, 3, 0, 1, 2])
    loss = SoftmaxCrossEntropy()
    expected = SoftmaxCrossEntropy().forward(scores, labels), np.mean(scores.argmax(1) == labels)
    assert evaluate(Fixed(), loss, scores, labels, batch_size=3) == expected


@pytest.mark.parametrize(
    "function", [accuracy, lambda *a: evaluate(a[0], SoftmaxCrossEntropy(), *a[1:])]
)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "labels must have the shape (3,), got (2,)"),
        ([0, 1, 4], "labels must be integers from 0 to 3, got 4 at index 2"),
    ],
)
def test_labels_that_do_not_fit_the_images_are_refused(function, labels, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function(Fixed(), np.ones((3, 4)), labels)


@pytest.mark.parametrize("function", [predict_scores, predict])
def test_no_images_are_no_batch(function):
    with pytest.raises(ValueError, match=r"^images must not be empty, got shape \(0, 4\)"):
        function(Fixed(), np.ones((0, 4)))
    with pytest.raises(ValueError, match=r"^batch_size must be an integer of at least 1, got 0$"):
        function(Fixed(), np.ones((3, 4)), batch_size=0)


def test_the_confusion_matrix_has_a_row_for_the_class_and_a_column_for_the_prediction():
    matrix = confusion_matrix([0, 0, 1, 3, 3, 3], [0, 1, 1, 0, 3, 3], classes=4)
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 2]]


@settings(max_examples=30)
@given(data=st.data(), classes=st.integers(1, 20), count=st.integers(1, 40))
def test_the_confusion_matrix_counts_every_image_once(data, classes, count):
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    labels, predicted = rng.integers(0, classes, (2, count)).astype(np.uint8)
    matrix = confusion_matrix(labels, predicted, classes)
    expected = np.zeros((classes, classes), int)
    for i, j in zip(labels, predicted, strict=True):
        expected[i, j] += 1
    np.testing.assert_array_equal(matrix, expected)


@pytest.mark.parametrize(
    ("labels", "predicted", "classes", "message"),
    [
        ([0, 2], [0, 1], 2, "labels must be integers from 0 to 1, got 2 at index 1"),
        ([0, 1], [-1, 1], 2, "predicted must be integers from 0 to 1, got -1 at index 0"),
        ([0, 1], [1], 2, "predicted must have the shape (2,), got (1,)"),
        ([[0, 1]], [0, 1], 2, "labels must have the shape (2,), got (1, 2)"),
        ([0, 1], [0.0, 1.0], 2, "predicted must hold integers, got dtype float64"),
        ([0, 1], [0, 1], 0, "classes must be an integer of at least 1, got 0"),
        ([], [], 2, "labels must hold integers, got dtype float64"),
    ],
)
def test_what_cannot_be_counted_is_refused(labels, predicted, classes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        confusion_matrix(labels, predicted, classes)
