"""Figures: what is drawn, in words that are read on any ground; small, and the same every time."""

import base64
import io
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from seeing import boxes, contrast, words

from course.examples import TOY_B, TOY_W, TOY_X
from course.show import (
    draw_axis,
    draw_counts,
    draw_curves,
    draw_fan,
    draw_images,
    draw_matrix,
    draw_meanings,
    draw_roofline,
    draw_shapes,
    draw_step,
    picture,
    sample_photo,
    with_boxes,
)
from course.show.figure import LEAST_TEXT
from course.show.meanings import FILLS, INK, ON_FILL, PAPER, SOFT

FIGURES = {
    "step": lambda: draw_step(TOY_X, TOY_W, TOY_B, i=1, j=0),
    "padded step": lambda: draw_step(TOY_X, TOY_W, TOY_B, i=3, j=3, padding=1),
    "axis": lambda: draw_axis(8, 3, stride=2, padding=1, dilation=2),
    "fan": lambda: draw_fan("w[1, 1]", [[4, 0], [1, 2]], [[1, -2], [3, 0.5]]),
    "matrix": lambda: draw_matrix(TOY_W[None, None], (1, 4, 4), title="the toy"),
    "images": lambda: draw_images([sample_photo(50, 40)] * 4, ["a"] * 4, "four times a photo"),
    "shapes": lambda: draw_shapes([("", "x", (2, 3)), ("turn", "y", (3, 2))]),
    "meanings": draw_meanings,
    "counts": lambda: draw_counts([[30, 2], [0, 9]], "written", "read as", "a table"),
    "curves": lambda: draw_curves(
        [1, 2, 3], {"a": [1, 1e-3, 1e-6], "b": [3, 2, 1]}, "x & y", "z", "two curves"
    ),
    "roofline": lambda: draw_roofline(1e9, 1e8, {"a": {"b": (1, 1e8)}}, "x", "y", "a roof"),
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
    source = re.search(r'src="data:image/svg\+xml,([^"]*)">$', bundle["text/html"])[1]
    assert unquote(source) == one.svg
    assert "#" not in source
    assert len(one.svg) < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_text_is_text_large_enough_and_read_on_any_ground(draw):
    figure = draw()
    root = ElementTree.fromstring(figure.svg)
    scale = figure.width / float(root.get("viewBox").split()[2])
    least = int(re.search(r"min-width: (\d+)px", figure.html())[1])
    for text, given in words(figure.svg):
        assert given["font-family"] == "sans-serif", text
        narrow = float(given["font-size"]) * scale * least / figure.width
        assert narrow >= LEAST_TEXT - 0.1, text
        if given["fill"] == INK:  # an outline goes with it wherever it stands
            assert given["stroke"] == PAPER
            assert given["paint-order"] == "stroke"
            assert float(given["stroke-width"]) >= 3
        else:
            assert given["fill"] == ON_FILL, text


@pytest.mark.parametrize("name", ["step", "padded step", "axis", "matrix", "shapes", "counts"])
def test_text_without_an_outline_stands_on_a_colour_that_it_is_read_on(name):
    svg = FIGURES[name]().svg
    fills = set(re.findall(r"fill='(#\w+)'", svg)) - {INK, ON_FILL}
    grounds = {fill: boxes(svg, fill) for fill in fills if boxes(svg, fill)}
    for text, given in words(svg):
        if given["fill"] != ON_FILL:
            continue
        x, y = float(given["x"]), float(given["y"]) - 0.35 * float(given["font-size"])
        behind = [
            fill
            for fill, places in grounds.items()
            if any(left < x < right and top < y < bottom for left, top, right, bottom in places)
        ]
        assert behind, (text, x, y)
        assert min(contrast(ON_FILL, fill) for fill in behind) >= 4.5


def test_nothing_is_drawn_behind_a_figure():
    svg = FIGURES["step"]().svg
    wide, high = map(float, re.search(r"viewBox='0 0 (\S+) ([\d.]+)'", svg).groups())
    for fill in (PAPER, SOFT):
        for left, top, right, bottom in boxes(svg, fill):
            assert (right - left) * (bottom - top) < 0.1 * wide * high


def test_the_step_says_its_numbers():
    alt = FIGURES["step"]().alt
    assert "output [1, 0] of 2 by 2" in alt
    assert "4 5 6 / 8 9 10 / 12 13 14" in alt
    assert alt.endswith("plus 5: \N{MINUS SIGN}6. The output so far: 6, 3, \N{MINUS SIGN}6.")


def test_a_step_without_a_bias_does_not_speak_of_one():
    assert "plus" not in draw_step(TOY_X, TOY_W).alt


def test_the_fan_says_what_goes_through_each_output_and_the_sum():
    alt = FIGURES["fan"]().alt.replace("\N{MINUS SIGN}", "-")
    assert "through 4 outputs. y[0, 0]: slope 4, dy 1; y[0, 1]: slope 0, dy -2; " in alt
    assert alt.endswith("dw[1, 1] = 4·1 + 0·(-2) + 1·3 + 2·0.5 = 8.")
    with pytest.raises(ValueError, match=r"shape of dy, \(2, 1\), got \(1, 2\)"):
        draw_fan("b", [[1, 1]], [[1], [2]])


def test_the_axis_counts_windows_and_missed_pixels():
    assert "fits 3 times; pixels in no window: 1." in draw_axis(8, 3, stride=2).alt
    assert "fits 5 times; pixels in no window: 0." in draw_axis(7, 3).alt


def test_a_step_marks_its_window_kernel_output_and_padding():
    svg = FIGURES["padded step"]().svg
    counts = {name: len(boxes(svg, fill)) for name, fill in FILLS.items()}
    assert counts == {"input": 9, "kernel": 9, "output": 1, "gradient": 0}
    assert svg.count("<pattern") == 1
    assert len(boxes(svg, PAPER)) == 36 - 9 - 15 + 15


def test_pixels_in_no_window_are_hatched_in_another_way_than_padding():
    assert draw_axis(8, 3).svg.count("<pattern") == 0
    assert draw_axis(8, 3, padding=1).svg.count("<pattern") == 1
    both = draw_axis(8, 3, stride=4, padding=1).svg
    assert both.count("<pattern") == 2
    assert len(set(re.findall(r"url\((#\w+)\)", both))) == 2


def test_a_matrix_tells_weights_from_what_is_outside_and_equal_ones_from_others():
    svg = FIGURES["matrix"]().svg
    letters = [text for text, given in words(svg) if given["fill"] == ON_FILL]
    assert sorted(letters) == sorted("abcdefghi" * 4), "zeros of the kernel have letters too"
    assert len(boxes(svg, FILLS["kernel"])) == 36
    legend = ", ".join(text for text, _ in words(svg) if " = " in text)
    assert "a = −1, b = −2, c = 0, d = 1, e = 0" in legend
    assert "36 entries are weights, 9 different ones" in FIGURES["matrix"]().alt


@pytest.mark.slow
def test_a_matrix_has_letters_for_many_weights_and_leaves_out_what_lies_in_the_frame():
    many = draw_matrix(np.arange(54.0).reshape(1, 6, 3, 3), (6, 5, 5))
    letters = [text for text, given in words(many.svg) if given["fill"] == ON_FILL]
    assert len(set(letters)) == 54
    assert {"a", "Z", "53"} <= set(letters)
    padded = draw_matrix(np.ones((1, 1, 3, 3)), (1, 2, 2), padding=1)
    letters = [text for text, given in words(padded.svg) if given["fill"] == ON_FILL]
    assert len(letters) == 16


def test_a_photograph_stays_a_bitmap_of_its_own_pixels():
    svg = draw_images([sample_photo(), sample_photo()[0]], ["a", "b"], "two photos").svg
    found = re.findall(r"href='data:image/png;base64,([\w+/=]+)'", svg)
    sizes = [Image.open(io.BytesIO(base64.b64decode(data))).size for data in found]
    assert sizes == [(170, 200)] * 2
    assert "pixelated" not in svg
    small = draw_images([np.eye(8)], ["a"], "eight pixels").svg
    assert "image-rendering='pixelated'" in small
    data = re.search(r"base64,([\w+/=]+)", small)[1]
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("L")
    assert np.array_equal(np.asarray(image), 255 * np.eye(8))


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
