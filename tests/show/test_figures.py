"""Figures: what their alternative text says, that they are small, and the same every time."""

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from course.convolution import conv_as_matrix
from course.examples import TOY_B, TOY_W, TOY_X
from course.show import (
    draw_axis,
    draw_images,
    draw_matrix,
    draw_output_sizes,
    draw_shapes,
    draw_step,
    picture,
    sample_photo,
    with_boxes,
)

FIGURES = {
    "step": lambda: draw_step(TOY_X, TOY_W, TOY_B, i=1, j=0),
    "padded step": lambda: draw_step(TOY_X, TOY_W, TOY_B, i=3, j=3, padding=1),
    "axis": lambda: draw_axis(8, 3, stride=2, padding=1, dilation=2),
    "sizes": lambda: draw_output_sizes(range(3, 6), range(1, 4), range(1, 3), range(2)),
    "matrix": lambda: draw_matrix(conv_as_matrix(TOY_W[None, None], (1, 4, 4)), "A", "the matrix"),
    "images": lambda: draw_images([sample_photo(50, 40)] * 4, ["a"] * 4, "four times a photo"),
    "shapes": lambda: draw_shapes([("", "x", (2, 3)), ("turn", "y", (3, 2))]),
}


@pytest.mark.slow
@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_the_same_every_time_and_comes_with_its_text(draw):
    one, other = draw(), draw()
    assert one == other
    bundle = one._repr_mimebundle_()
    assert bundle["text/plain"] == one.alt
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"].startswith("<img alt=")
    image = Image.open(io.BytesIO(one.png))
    assert image.width >= one.width * 0.99, "sharp at its size on the page"
    assert len(image.convert("RGB").getcolors(10**6)) > 2, "something is drawn"
    assert len(one.png) < 60_000


def test_the_step_says_its_numbers():
    alt = FIGURES["step"]().alt
    assert "output [1, 0] of 2 by 2" in alt
    assert "4 5 6 / 8 9 10 / 12 13 14" in alt
    assert alt.endswith("plus 5: \N{MINUS SIGN}6. The output so far: 6, 3, \N{MINUS SIGN}6.")


def test_a_step_without_a_bias_does_not_speak_of_one():
    assert "plus" not in draw_step(TOY_X, TOY_W).alt


def test_the_axis_counts_windows_and_missed_pixels():
    assert "fits 3 times; pixels in no window: 1." in draw_axis(8, 3, stride=2).alt
    assert "fits 5 times; pixels in no window: 0." in draw_axis(7, 3).alt


def test_only_the_sizes_that_are_kept_are_marked():
    image = Image.open(io.BytesIO(FIGURES["sizes"]().png)).convert("RGB")
    yellow = sum(n for n, (r, g, b) in image.getcolors(10**6) if r > 240 and g > 200 and b < 160)
    # Six tables of 3 by 3: at stride 1 one column of each is marked, at stride 2 no more than that.
    assert 0.03 < yellow / (image.width * image.height) < 0.25


def test_quotes_in_an_alternative_text_do_not_break_the_page():
    quoted = picture(Figure(figsize=(1, 1)), 'a "quoted" <text>')
    assert 'alt="a &quot;quoted&quot; &lt;text&gt;"' in quoted.html()


def test_a_figure_without_text_is_refused():
    with pytest.raises(ValueError, match="alt must say what the figure shows"):
        picture(Figure(figsize=(1, 1)), "  ")


def test_a_step_outside_the_output_is_refused():
    with pytest.raises(ValueError, match=r"inside the output \(2, 2\), got \(2, 0\)"):
        draw_step(TOY_X, TOY_W, i=2)


def test_the_photo_is_colour_from_0_to_1():
    photo = sample_photo()
    assert photo.shape == (3, 200, 170)
    assert photo.min() >= 0
    assert photo.max() <= 1
    assert np.ptp(photo) > 0.9
    with pytest.raises(ValueError, match="height and width must be at most"):
        sample_photo(height=1000)


def test_boxes_are_painted_on_a_copy_as_outlines_and_cut_off_at_the_border():
    image = np.zeros((3, 10, 12))
    painted = with_boxes(image, [[2, 3, 8, 9], [9, -4, 20, 4]], width=1)
    expected = np.zeros((10, 12), bool)
    expected[3:9, 2:8] = True
    expected[4:8, 3:7] = False
    expected[0:4, 9] = expected[3, 9:] = True
    np.testing.assert_array_equal(painted[0] > 0, expected)
    assert not image.any()
