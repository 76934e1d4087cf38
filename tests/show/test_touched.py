"""The figure of what an output touches: it finds out by itself, whatever the layer."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate

from course.show.touched import draw_touched

KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]])


def plain(images):
    return np.stack([[correlate(image[0], KERNEL, mode="valid")] for image in images])


def every_second_pixel(images):
    return 5 * images[:, :, ::2, ::2]


def second_channel(images):
    return -images[:, 1:]


def nothing(images):
    return 0 * images


def colours(panels, x_shape):
    png = draw_touched(x_shape, panels).png
    return Image.open(io.BytesIO(png)).convert("RGB").getcolors(10**6)


def yellow(panels, x_shape):
    return sum(n for n, (r, g, b) in colours(panels, x_shape) if r > 240 and g > 200 and b < 160)


def ink(panels, x_shape):
    return sum(n for n, colour in colours(panels, x_shape) if max(colour) < 100)


def test_the_text_says_which_pixels_are_touched_and_with_which_weights():
    panels = [
        ("plain", plain, (0, 1, 0)),
        ("second", every_second_pixel, (0, 1, 0)),
        ("none", nothing, (0, 0, 0)),
    ]
    assert draw_touched((1, 3, 4), panels).alt == (
        "plain: output [0, 1, 0] touches 4 of 12 pixels; channel 0, rows 1 2, columns 0 1: "
        "1 2 / 3 4. second: output [0, 1, 0] touches 1 of 12 pixels; channel 0, rows 2, columns 0: "
        "5. none: output [0, 0, 0] touches 0 of 12 pixels."
    )


def test_channels_are_told_apart():
    alt = draw_touched((3, 2, 2), [("a", second_channel, (0, 0, 1)), ("b", nothing, (0, 1, 1))]).alt
    minus = "\N{MINUS SIGN}1"
    assert f"touches 1 of 12 pixels; channel 1, rows 0, columns 1: {minus}." in alt
    assert alt.count("channel") == 1


def test_what_is_touched_is_yellow_and_nothing_else():
    one, four = (yellow([("a", f, (0, 0, 0))], (1, 3, 4)) for f in (every_second_pixel, plain))
    assert yellow([("a", nothing, (0, 0, 0))], (1, 3, 4)) == 0
    assert 3 * one < four < 5 * one
    both = [("a", plain, (0, 0, 0)), ("b", plain, (0, 0, 0))]
    assert 1.8 * four < yellow(both, (1, 3, 4)) < 2.2 * four


def test_every_channel_has_a_place_of_its_own():
    def sum_of_channels(images):
        return images.sum(axis=1, keepdims=True)

    one = yellow([("a", second_channel, (0, 0, 0))], (2, 2, 3))
    both = yellow([("a", sum_of_channels, (0, 0, 0))], (2, 2, 3))
    assert 1.8 * one < both < 2.2 * one


def test_a_pixel_that_is_not_touched_stays_empty():
    few, many = (ink([("a", nothing, (0, 0, 0))], shape) for shape in ((1, 1, 1), (1, 3, 4)))
    assert 0 < many < 1.5 * few


def size(x_shape, count):
    panels = [("a", nothing, (0, 0, 0))] * count
    return Image.open(io.BytesIO(draw_touched(x_shape, panels).png)).size


def test_panels_stand_side_by_side_unless_there_are_channels_to_show():
    (width, height), (doubled, same) = size((1, 3, 4), 1), size((1, 3, 4), 2)
    assert (doubled, same) == (2 * width, height)
    (width, height), (same, doubled) = size((2, 3, 4), 1), size((2, 3, 4), 2)
    assert same == width
    assert abs(doubled - 2 * height) <= 2


@pytest.mark.parametrize("output", [(0, 2, 0), (1, 0, 0), (0, 0, -1)])
def test_an_output_that_is_not_there_is_refused(output):
    with pytest.raises(ValueError, match=r"inside the output's shape \(1, 2, 3\), got \("):
        draw_touched((1, 3, 4), [("plain", plain, output)])


def test_a_figure_is_the_same_every_time_and_small():
    one, other = (draw_touched((1, 3, 4), [("plain", plain, (0, 0, 0))]) for _ in range(2))
    assert one == other
    assert len(one.png) < 60_000
