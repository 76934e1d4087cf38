import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.nn import overlap, suppress

SIDE = 12


@st.composite
def boxes(draw, most=8):
    """Boxes between whole pixels, so that their areas can be counted."""
    ends = st.lists(st.integers(0, SIDE), min_size=2, max_size=2, unique=True).map(sorted)
    found = draw(st.lists(st.tuples(ends, ends), max_size=most))
    return np.array([(x[0], y[0], x[1], y[1]) for x, y in found], float).reshape(-1, 4)


def pixels(box):
    """The pixels in a box."""
    left, top, right, bottom = box.astype(int)
    return {(i, j) for i in range(top, bottom) for j in range(left, right)}


def counted(one, other):
    return len(pixels(one) & pixels(other)) / len(pixels(one) | pixels(other))


@given(boxes().filter(len))
def test_an_overlap_is_the_pixels_that_both_hold_among_those_that_one_holds(found):
    expected = [counted(found[0], other) for other in found]
    np.testing.assert_allclose(overlap(found[0], found), expected)


@given(boxes().filter(len), st.floats(0.1, 10), st.floats(-50, 50))
def test_an_overlap_does_not_depend_on_the_unit_or_the_origin(found, unit, origin):
    moved = unit * found + origin
    np.testing.assert_allclose(overlap(moved[0], moved), overlap(found[0], found), atol=1e-9)


@given(boxes(), st.data(), st.floats(0, 1))
def test_of_boxes_that_overlap_the_best_are_kept(found, data, limit):
    scores = np.array(data.draw(st.permutations(range(len(found)))), float)
    kept = suppress(found, scores, limit).tolist()
    assert [scores[k] for k in kept] == sorted((scores[k] for k in kept), reverse=True)
    for k in range(len(found)):
        better = [m for m in kept if scores[m] > scores[k]]
        suppressed = any(counted(found[k], found[m]) > limit for m in better)
        assert (k in kept) != suppressed


def test_a_box_that_is_dropped_drops_no_other():
    row = np.array([[0.0, 0, 4, 4], [2, 0, 6, 4], [4, 0, 8, 4]])
    assert suppress(row, np.array([3, 2, 1]), 0.1).tolist() == [0, 2]


def test_of_equal_scores_the_first_goes_first():
    same = np.array([[0.0, 0, 4, 4]] * 3)
    assert suppress(same, np.array([1, 2, 2]), 0.5).tolist() == [1]


def test_an_overlap_equal_to_the_limit_is_allowed():
    half = np.array([[0.0, 0, 4, 4], [0, 0, 4, 2]])
    assert suppress(half, np.array([1, 2]), 0.5).tolist() == [1, 0]


def test_no_boxes_are_boxes_too():
    none = np.zeros((0, 4))
    assert overlap(np.array([0, 0, 1, 1]), none).shape == (0,)
    assert suppress(none, np.zeros(0), 0.5).shape == (0,)


BOX, WRONG = np.array([0, 0, 1, 1]), "must be (left, top, right, bottom), each end beyond its start"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: overlap(BOX[:3], BOX[None]), "the numbers of box must equal those of a box = 4"),
        (lambda: overlap(BOX, BOX), "boxes must have the axes (n, 4)"),
        (lambda: overlap(BOX[::-1], BOX[None]), f"box {WRONG}"),
        (lambda: overlap(BOX, np.zeros((1, 4))), f"boxes {WRONG}"),
        (lambda: suppress(BOX[None], np.ones(2), 0.5), "scores must have the shape (1,)"),
        (lambda: suppress(BOX[None], np.ones(1), 1.5), "limit must be from 0 to 1, got 1.5"),
    ],
)
def test_what_is_no_box_is_refused(call, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        call()
