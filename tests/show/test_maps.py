"""Filters, feature maps, receptive fields: the colours that are drawn, and what the text says."""

import re

import numpy as np
import pytest
from seeing import boxes

from course.show import draw_maps, draw_reach, maps
from course.show.figure import picture
from course.show.meanings import FILLS

GREEN, YELLOW = FILLS["output"], FILLS["input"]


def height(picture):
    return int(re.search(r"height='(\d+)'", picture.svg)[1])


@pytest.fixture
def figures(monkeypatch):
    """The Matplotlib figures behind all pictures drawn so far."""
    kept = []

    def keep(fig, *arguments, **settings):
        kept.append(fig)
        return picture(fig, *arguments, **settings)

    monkeypatch.setattr(maps, "picture", keep)
    return kept


@pytest.fixture
def colours_of_maps(figures):
    """A function that draws rows of maps of one number each, and returns their colours."""

    def colours(rows):
        draw_maps(rows, "maps")
        grid = np.array(figures[-1].axes).reshape(len(rows), -1)
        images = [[axes.images[0] for axes in row if axes.images] for row in grid]
        return [[255 * image.to_rgba(image.get_array())[0, 0, :3] for image in r] for r in images]

    return colours


def constant(*entries):
    return [np.full((4, 4), entry) for entry in entries]


def test_numbers_below_0_are_blue_and_those_above_red(colours_of_maps):
    [[low, zero, high]] = colours_of_maps({"w": constant(-2.0, 0.0, 2.0)})
    assert low[2] > low[0] + 50
    assert high[0] > high[2] + 50
    assert np.all(zero > 240)


def test_a_row_without_numbers_below_0_is_grey_from_black_to_white(colours_of_maps):
    [[zero, half, most]] = colours_of_maps({"x": constant(0.0, 2.0, 4.0)})
    assert np.all(zero < 10)
    assert np.all(most > 245)
    assert np.ptp(half) < 5
    assert np.all(abs(half - 128) < 15)


def test_rows_have_scales_of_their_own_and_maps_of_a_row_have_not(colours_of_maps):
    dim, bright = colours_of_maps({"a": constant(1.0, 0.5), "b": constant(100.0, 50.0)})
    assert np.allclose(dim, bright, atol=3)
    assert np.all(dim[0] > dim[1] + 80)


def test_rows_on_one_scale_can_be_compared_and_others_keep_their_own(figures):
    rows = {"a": constant(-1.0, 0.5), "b": constant(0.0, 4.0), "c": constant(2.0, 1.0)}
    draw_maps(rows, "maps", one_scale=("a", "b"))
    drawn = [axes.images[0] for axes in figures[-1].axes]
    assert [image.get_clim() for image in drawn] == [(-4, 4)] * 4 + [(0, 2)] * 2
    assert [image.get_cmap().name for image in drawn] == ["RdBu_r"] * 4 + ["gray"] * 2


def test_one_scale_for_a_row_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="one_scale must name rows of a, b, got \\('c',\\)"):
        draw_maps({"a": constant(1.0), "b": constant(2.0)}, "maps", one_scale=("c",))


def test_a_scale_is_as_long_below_0_as_above(colours_of_maps):
    [[little, much]] = colours_of_maps({"w": constant(-1.0, 4.0)})
    assert little[0] > 150, "a quarter of the scale is a light blue"
    assert much[0] > much[2] + 50


def test_a_row_of_zeros_is_black(colours_of_maps):
    [[zero]] = colours_of_maps({"x": constant(0.0)})
    assert np.all(zero < 10)


def test_the_text_says_how_many_maps_of_which_size_and_range():
    rows = {
        "image": [np.eye(5)],
        "w": [np.full((3, 2), -1.25), np.full((3, 2), 0.5), np.full((1, 2), -0.01)],
    }
    assert draw_maps(rows, "What a layer sees").alt == (
        "What a layer sees. image: 1 map of 5 by 5, 0.0 to 1.0. "
        "w: 3 maps of 3 by 2 and 1 by 2, \N{MINUS SIGN}1.2 to 0.5."
    )
    assert draw_maps({"x": [[[-0.01]]]}, "Little.").alt == "Little. x: 1 map of 1 by 1, 0.0 to 0.0."


def test_one_map_and_two_maps_are_told_apart():
    assert "x: 2 maps of 2 by 2" in draw_maps({"x": [np.eye(2)] * 2}, "maps").alt


def test_titles_stand_above_the_first_row(figures):
    rows = {"x": constant(1.0, 2.0), "y": constant(1.0, 2.0)}
    heights = [height(draw_maps(rows, "maps", titles)) for titles in ((), ("cat", "dog"))]
    assert heights[0] < heights[1]
    assert [axes.get_title() for axes in figures[-1].axes] == ["cat", "dog", "", ""]


@pytest.mark.parametrize("rows", [{}, {"x": []}, {"x": [np.eye(2)], "y": []}])
def test_nothing_to_draw_is_refused(rows):
    with pytest.raises(ValueError, match="rows must hold at least one row, and each row a map"):
        draw_maps(rows, "maps")


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (np.zeros(3), r"\(3,\) with 0 numbers"),
        (np.zeros((1, 2, 2)), r"\(1, 2, 2\) with 0 numbers"),
        (np.zeros((0, 2)), r"\(0, 2\) with 0 numbers"),
        ([[np.nan, 1.0, np.inf]], r"\(1, 3\) with 2 numbers that are not finite"),
    ],
)
def test_what_is_no_map_is_refused(entry, found):
    with pytest.raises(ValueError, match=r"layer 1 must hold maps \(H, W\) of finite.*" + found):
        draw_maps({"layer 1": [np.eye(2), entry]}, "maps")


def test_more_titles_than_columns_are_refused():
    with pytest.raises(ValueError, match="titles must be at most 1, one for each column"):
        draw_maps({"x": [np.eye(2)]}, "maps", ["one", "two"])


def reach_by_hand(layers):
    """Every number that output 0 is made of, found by following each link by itself."""

    def followed(depth, place):
        if depth == 0:
            return {(0, place)}
        kernel, stride, dilation = layers[depth - 1]
        found = {(depth, place)}
        for u in range(kernel):
            found |= followed(depth - 1, place * stride + u * dilation)
        return found

    return followed(len(layers), 0)


LAYERS = [
    [(3, 1, 1)],
    [(3, 1, 1), (3, 1, 1), (2, 2, 1)],
    [(3, 2, 1), (3, 1, 2)],
    [(2, 3, 1), (2, 1, 3), (3, 2, 2)],
]


@pytest.mark.parametrize("layers", LAYERS)
def test_the_text_of_a_reach_counts_what_each_layer_hands_on(layers):
    found = reach_by_hand(layers)
    counts = [sum(depth == k for depth, _ in found) for k in range(len(layers))]
    alt = draw_reach(layers).alt
    said = [int(count) for count in re.findall(r"(\d+) (?:of layer|pixels)", alt)]
    assert said == counts[::-1]
    reach = 1 + max(place for depth, place in found if depth == 0)
    assert ("which reach over" in alt) == (reach > counts[0])
    assert alt.startswith(f"One output of layer {len(layers)} depends on")
    assert reach == counts[0] or f"reach over {reach}." in alt


@pytest.mark.parametrize("layers", LAYERS)
def test_one_output_is_green_and_what_it_depends_on_yellow(layers):
    green, yellow = (boxes(draw_reach(layers).svg, colour) for colour in (GREEN, YELLOW))
    assert len(green) == 1
    assert len(yellow) == len(reach_by_hand(layers)) - 1


def test_layers_may_have_names():
    named = draw_reach([(3, 1, 1), (2, 2, 1), (2, 2, 1)], ["first", "pooling"]).alt
    assert named == (
        "One output of layer 3 depends on 2 of pooling, 4 of first, and through them on 6 pixels."
    )


def test_a_layer_stands_above_the_middle_of_its_inputs():
    svg = draw_reach([(3, 1, 1), (2, 2, 1)]).svg
    middles = [
        np.mean([(left + right) / 2 for left, _, right, _ in boxes(svg, colour)])
        for colour in (GREEN, YELLOW)
    ]
    assert middles[0] == pytest.approx(middles[1], abs=1)


def test_lines_lead_to_the_numbers_that_an_output_is_made_of(figures):
    draw_reach([(3, 2, 1), (3, 1, 2)])
    lines = {tuple(map(float, line.get_xdata())) for line in figures[-1].axes[0].lines}
    from_pixels = {(5.0 + 4 * k, 5.0 + 4 * k + u) for k in (-1, 0, 1) for u in (-1, 0, 1)}
    assert lines == from_pixels | {(5.0, 1.0), (5.0, 5.0), (5.0, 9.0)}


@pytest.mark.parametrize(("layers", "names"), [([], ()), ([(3, 1, 1)], ("one", "two"))])
def test_a_reach_without_layers_or_with_too_many_names_is_refused(layers, names):
    with pytest.raises(ValueError, match=r"layers must be one at least for each of the names, got"):
        draw_reach(layers, names)


@pytest.mark.slow
def test_figures_are_the_same_every_time_and_small():
    rng = np.random.default_rng(0)
    rows = {"filters": rng.standard_normal((8, 3, 3)), "maps": rng.random((8, 8, 8))}
    for one, other in (
        [draw_maps(rows, "maps", "abcdefgh") for _ in range(2)],
        [draw_reach(LAYERS[1]) for _ in range(2)],
    ):
        assert one == other
        assert len(one.svg) < 20_000
