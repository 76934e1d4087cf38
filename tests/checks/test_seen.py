"""The last step of the diagnosis: which cases are right, and what is seen of the others."""

import textwrap

import numpy as np
import pytest

from course import convolution, nn
from course.checks.diagnosis import known, seen, variations
from course.checks.message import labelled
from course.checks.mistakes import Mistake
from tests.checks import trials


def said(name, answer):
    finding = seen.find(trials.tried(name, answer))
    assert finding.step == ("let through" if name == "probe" else "seen")
    assert 0 < len(finding.text) <= seen.LONGEST
    assert "shape is ()" not in finding.text
    return finding.text


WHERE = [
    (lambda x, w, s, p: s > 1, "where the stride is above 1; all"),
    (lambda x, w, s, p: p > 0, "where there is padding; all"),
    (lambda x, w, s, p: s > 1 and p > 0, "the stride is above 1 and there is padding"),
    (lambda x, w, s, p: s > 1 or p > 0, "the stride is above 1 or there is padding"),
    (lambda x, w, s, p: len(x) > 3, "there are more than three images"),
    (lambda x, w, s, p: x.shape[1] > 1, "there are several channels"),
    (lambda x, w, s, p: w.shape[2] != w.shape[3], "the kernel is not square"),
    (lambda x, w, s, p: x.dtype == np.float32, "the dtype is float32"),
    (lambda x, w, s, p: not x.flags.c_contiguous, "the arrays do not lie in memory row by row"),
    (lambda x, w, s, p: x.shape != (1, 3, 4, 4), "in every case but the lesson's example"),
    (lambda *_: True, "in every case. In the first wrong case, none of 8 numbers are right."),
]


@pytest.mark.parametrize("change", [np.cos, lambda y: 1 // 0])
@pytest.mark.parametrize(("condition", "words"), WHERE)
def test_what_the_wrong_cases_have_in_common_is_said(condition, words, change):
    def answer(x, w, b, stride=1, padding=0):
        y = convolution.conv_forward(x, w, b, stride, padding)
        return change(y) if condition(x, w, stride, padding) else y

    text, is_raised = said("conv_forward", answer), change is not np.cos
    assert words.split(". ")[0] in text if is_raised else words in text
    assert text.startswith("ZeroDivisionError is raised" if is_raised else "y has wrong numbers")


wrong_dx = trials.changed("linear", lambda value, _, part: np.cos(value) if part == "dx" else value)


CHANGES_ITSELF = "return dy @ self.w -> dx = dy @ self.w; self.{} += 1; return dx"
transposed = "zeros(out_features) -> zeros(out_features); self.w = self.w.T"
OLD_W = "dy @ self.w -> dy @ vars(self).setdefault('first', self.w)"
ALL_COVERED = "covered = image.copy() -> covered, whole = image, predict(image[None])[0, label]"
NOT_WITHOUT = "IndexError is raised in the one case where n is 0; all 22 others are right."


def no_optimizer(model, loss, x, labels, optimizer):
    before = loss.forward(model.forward(x), labels)
    model.backward(loss.backward())
    model.w, model.b = model.w - 0.1 * model.dw, model.b - 0.1 * model.db
    return before


too_much = trials.solved("occlusion_map", "return -> return (size > 1) +")
in_place = (
    "(x[i : i + kh, j : j + kw] * w) -> (np.multiply(v := x[i : i + kh, j : j + kw], w, out=v))"
)
window_changed = trials.solved("correlate2d", in_place)
WORDS = [
    ("linear", wrong_dx, "Right: y, dw, db."),
    ("linear", trials.solved("linear", CHANGES_ITSELF.format("w")), "hold: w stays."),
    ("linear", trials.solved("linear", CHANGES_ITSELF.format("b")), "hold: b stays."),
    ("linear", trials.solved("linear", OLD_W), "A round by itself is right."),
    ("train_step", no_optimizer, "A 0 in what is got is a call that never came."),
    ("suppress", trials.solved("suppress", "kept = [] -> scores[0]; kept = []"), NOT_WITHOUT),
    (
        "occlusion_map",
        trials.solved("occlusion_map", ALL_COVERED),
        "image is changed on the way, too.",
    ),
    ("linear", trials.solved("linear", transposed), "(out_features, in_features, out_features)"),
    ("sgd_momentum", lambda w, *_: w, "return new_w, new_velocity. The result"),  # a full stop
    ("correlate2d", window_changed, "x is changed on the way, too. Work on a copy: x = x.copy()"),
    (
        "output_size",
        lambda n, k, s=2, p=0, d=1: convolution.output_size(n, k, s, p, d),
        "is the `def` as it",
    ),
    ("occlusion_map", too_much, "in all 20 cases where size is above 1; all 2 others"),
]


@pytest.mark.parametrize(("name", "answer", "words"), WORDS)
def test_a_result_is_put_into_the_words_of_its_exercise(name, answer, words):
    assert words in said(name, answer)


def test_no_answer_is_compared_with_one_that_appends_a_list_to_itself_and_never_ends():
    def capped(boxes, scores, limit):
        return nn.boxes.suppress(boxes, scores, min(limit, 0.45))

    assert variations.find(trials.tried("suppress", capped)) is None


def test_a_forgotten_return_is_no_call_that_was_left_out():
    answer = trials.solved("Conv2d", "return conv_forward -> self.y = conv_forward")
    assert variations.find(trials.tried("Conv2d", answer)) is None


@pytest.mark.parametrize("name", trials.ONE_OF_A_KIND)
def test_something_is_seen_of_every_wrong_answer(name):
    for value in (0, None, np.zeros((2, 2)), "text"):
        said(name, trials.doing(name, lambda *arguments, value=value: value))


@pytest.mark.parametrize("lengths", [(40, 40), (40, 250), (250, 40), (250, 250)])
@pytest.mark.parametrize("first", [30, 170])
def test_what_is_said_of_two_mistakes_ends_with_a_sentence(lengths, first):
    begin, words = f"A{'n ' * (first // 2)}end.", " Then more of it."
    one, other = (Mistake(f"m{n}", begin + words * ((n - first) // len(words))) for n in lengths)
    text = known.both(one, other)
    shown = " ".join(map(str.strip, labelled({"likely": text}))).removeprefix("likely").strip()
    assert shown == " ".join(textwrap.wrap(text)), "it is shown whole"
    assert text.endswith(".")
    assert begin in text or one.name in text
