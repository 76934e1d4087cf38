import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_cases import random
from scipy.special import log_softmax, softmax

from course.gradcheck import numerical_gradient, relative_error
from course.nn import SoftmaxCrossEntropy


@st.composite
def batches(draw, limit=5.0):
    """Scores (N, K) up to limit and labels for them."""
    N, K = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.uniform(-limit, limit, (N, K)), rng.integers(0, K, N)


def loss_and_gradient(scores, labels):
    loss = SoftmaxCrossEntropy()
    return loss.forward(scores, labels), loss.backward()


@settings(max_examples=30)
@given(batch=batches())
def test_the_loss_is_the_mean_of_scipys_log_softmax_at_the_labels(batch):
    scores, labels = batch
    loss, _ = loss_and_gradient(*batch)
    expected = [-log_softmax(row)[label] for row, label in zip(scores, labels, strict=True)]
    assert type(loss) is float
    assert loss == pytest.approx(np.mean(expected), rel=1e-12, abs=1e-12)


@settings(max_examples=30)
@given(batch=batches())
def test_the_gradient_agrees_with_central_differences(batch):
    scores, labels = batch
    _, dscores = loss_and_gradient(*batch)
    numerical = numerical_gradient(lambda s: SoftmaxCrossEntropy().forward(s, labels), scores)
    np.testing.assert_allclose(dscores, numerical, rtol=0, atol=1e-9, strict=True)


@settings(max_examples=30)
@given(batch=st.one_of(batches(), batches(limit=1e4)))
def test_pytorch_gives_the_same_loss_and_gradient(torch, batch):
    scores, labels = batch
    loss, dscores = loss_and_gradient(*batch)
    other = torch.tensor(scores, requires_grad=True)
    other_loss = torch.nn.CrossEntropyLoss()(other, torch.tensor(labels))
    other_loss.backward()
    assert loss == pytest.approx(other_loss.item(), rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(dscores, other.grad, rtol=0, atol=1e-12)


def test_scores_that_are_all_equal_give_the_logarithm_of_the_number_of_classes():
    loss, dscores = loss_and_gradient(np.full((2, 4), 7.0), [0, 3])
    assert loss == pytest.approx(np.log(4), rel=1e-15)
    np.testing.assert_allclose(dscores * 8, [[-3, 1, 1, 1], [1, 1, 1, -3]], rtol=1e-14)


def test_the_probabilities_are_kept_and_those_of_scipy():
    loss, scores = SoftmaxCrossEntropy(), random(3, 5)
    loss.forward(scores, [0, 1, 2])
    np.testing.assert_allclose(loss.probabilities, softmax(scores, axis=1), rtol=1e-12)
    assert set(vars(loss)) == {"probabilities", "labels"}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("label", "expected"), [(0, 0), (1, 1e4), (2, 2e4)])
@pytest.mark.filterwarnings("error")
def test_scores_of_plus_and_minus_1e4_overflow_nowhere(dtype, label, expected):
    scores = np.array([[1e4, 0, -1e4]], dtype)
    loss, dscores = loss_and_gradient(scores, [label])
    assert loss == pytest.approx(expected, rel=1e-3 if dtype == np.float16 else 1e-6)
    assert np.copysign(1, loss) == 1  # no -0.0
    assert dscores.dtype == dtype
    right = np.array([[1, 0, 0]]) - np.eye(3)[[label]]
    np.testing.assert_array_equal(dscores, right)


def test_a_constant_added_to_a_row_changes_nothing():
    scores, labels = random(3, 5), [4, 0, 2]
    moved = scores + np.array([[1000.0], [-1000.0], [0.0]])
    loss, dscores = loss_and_gradient(scores, labels)
    moved_loss, moved_dscores = loss_and_gradient(moved, labels)
    assert moved_loss == pytest.approx(loss, rel=1e-12)
    assert relative_error(moved_dscores, dscores) < 1e-12


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
def test_scores_of_integers_count_as_float64(dtype):
    scores = np.array([[0, 1], [1, 0]], dtype)
    loss, dscores = loss_and_gradient(scores, [1, 0])
    assert dscores.dtype == np.float64
    assert loss == loss_and_gradient(scores.astype(float), [1, 0])[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64])
def test_labels_may_be_integers_of_any_kind_and_lists(dtype):
    scores = random(3, 5)
    loss, _ = loss_and_gradient(scores, [4, 0, 2])
    assert loss_and_gradient(scores, np.array([4, 0, 2], dtype))[0] == loss


def test_what_is_given_stays_as_it_was_and_can_change_before_backward():
    loss, scores, labels = SoftmaxCrossEntropy(), random(3, 5), np.array([4, 0, 2])
    loss.forward(scores, labels)
    before = loss.backward()
    np.testing.assert_array_equal(scores, random(3, 5))
    scores[...], labels[...] = 0, 1
    again = loss.backward()
    assert again is not before
    np.testing.assert_array_equal(again, before)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_score_that_is_nan_or_infinite_makes_the_loss_nan_and_the_gradient_of_its_row(wrong):
    scores = random(3, 5)
    scores[1, 2] = wrong
    loss, dscores = loss_and_gradient(scores, [0, 1, 2])
    assert np.isnan(loss)
    assert np.isnan(dscores).any(axis=1).tolist() == [False, True, False]


def test_a_score_of_minus_infinity_is_a_probability_of_0():
    scores = np.array([[1.0, -np.inf, 1.0]])
    loss, dscores = loss_and_gradient(scores, [0])
    assert loss == pytest.approx(np.log(2))
    np.testing.assert_allclose(dscores, [[-0.5, 0, 0.5]])
    assert loss_and_gradient(scores, [1])[0] == np.inf


def test_backward_before_forward_says_what_to_do():
    with pytest.raises(RuntimeError, match="call forward first"):
        SoftmaxCrossEntropy().backward()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 5, 1], "labels must be integers from 0 to 4, got 5 at index 1"),
        ([0, 1, -1], "labels must be integers from 0 to 4, got -1 at index 2"),
        ([0.0, 1.0, 2.0], "labels must hold integers, got dtype float64"),
        ([True, False, True], "labels must hold integers, got dtype bool"),
        (["0", "1", "2"], "labels must hold integers, got dtype <U1"),
        (None, "labels must hold integers, got dtype object"),
        ([0, 1], "labels must have the shape (3,), got (2,)"),
        ([0, 1, 2, 3], "labels must have the shape (3,), got (4,)"),
        ([[0], [1], [2]], "labels must have the shape (3,), got (3, 1)"),
        (2, "labels must have the shape (3,), got ()"),
        ([[0, 1], [2]], "labels must hold integers, got rows of unequal length"),
    ],
)
def test_labels_that_do_not_fit_are_refused_and_the_loss_stays_as_it_was(labels, message):
    loss, scores = SoftmaxCrossEntropy(), random(3, 5)
    loss.forward(scores, [0, 1, 2])
    before = loss.backward()
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        loss.forward(2 * scores, labels)
    np.testing.assert_array_equal(loss.backward(), before)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((5,), "scores must have the axes (N, K), got 1 axes: shape (5,)"),
        ((3, 5, 1, 1), "scores must have the axes (N, K), got 4 axes: shape (3, 5, 1, 1)"),
        ((0, 5), "scores must not be empty, got shape (0, 5)"),
        ((3, 0), "scores must not be empty, got shape (3, 0)"),
    ],
)
def test_scores_that_do_not_fit_are_refused(shape, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        SoftmaxCrossEntropy().forward(np.ones(shape), [0, 1, 2])
