"""The figure of what an output touches: it finds out by itself, whatever the layer."""

import numpy as np
import pytest
from scipy.signal import correlate
from seeing import boxes, words

from course.show.meanings import FILLS
from course.show.touched import draw_touched

KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]])


def plain(images):
    return np.stack([[correlate(image[0], KERNEL, mode="valid")] for image in images])


def every_second_pixel(images):
    return 5 * images[:, :, ::2, ::2]


def nothing(images):
    return 0 * images


def yellow(panels, x_shape):
    return len(boxes(draw_touched(x_shape, panels).svg, FILLS["input"]))


def test_the_text_says_which_pixels_are_touched_and_with_which_weights():
    panels = [
        ("plain", plain, (1, 0)),
        ("second", every_second_pixel, (1, 0)),
        ("none", nothing, (0, 0)),
    ]
    assert draw_touched((3, 4), panels).alt == (
        "plain: output [1, 0] touches 4 of 12 pixels; rows 1 2, columns 0 1: 1 2 / 3 4. "
        "second: output [1, 0] touches 1 of 12 pixels; rows 2, columns 0: 5. "
        "none: output [0, 0] touches 0 of 12 pixels."
    )


def test_what_is_touched_is_yellow_and_nothing_else():
    assert yellow([("a", nothing, (0, 0))], (3, 4)) == 0
    assert yellow([("a", every_second_pixel, (0, 0))], (3, 4)) == 1
    assert yellow([("a", plain, (0, 0))], (3, 4)) == 4
    assert yellow([("a", plain, (0, 0)), ("b", plain, (0, 0))], (3, 4)) == 8


def test_a_pixel_that_is_not_touched_stays_empty():
    assert [text for text, _ in words(draw_touched((3, 4), [("a", nothing, (0, 0))]).svg)] == ["a"]
    weights = [text for text, _ in words(draw_touched((3, 4), [("a", plain, (0, 0))]).svg)]
    assert sorted(weights) == ["1", "2", "3", "4", "a"]


def test_panels_stand_side_by_side():
    panel = ("a", nothing, (0, 0))
    one, two = (draw_touched((3, 4), [panel] * count) for count in (1, 2))
    assert two.width == 2 * one.width


@pytest.mark.parametrize("output", [(2, 0), (0, 3), (0, -1)])
def test_an_output_that_is_not_there_is_refused(output):
    with pytest.raises(ValueError, match=r"inside the output's shape \(2, 3\), got \("):
        draw_touched((3, 4), [("plain", plain, output)])


def test_a_figure_is_the_same_every_time_and_small():
    one, other = (draw_touched((3, 4), [("plain", plain, (0, 0))]) for _ in range(2))
    assert one == other
    assert len(one.svg) < 5_000
