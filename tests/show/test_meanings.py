"""One meaning for each colour, told apart by everybody, in figures, arrays and the bench."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from seeing import DEUTERANOPIA, PROTANOPIA, contrast, lab, linear

from course.project import find_project
from course.show import draw_meanings, interactive, meanings
from course.show.colour import BACKGROUNDS
from course.show.meanings import CURVES, EDGES, FILLS, INK, LINE, MEANINGS, ON_FILL, PAPER, SOFT

ROOT = find_project(Path(__file__).parent).root
GROUNDS = ("#ffffff", "#111111", "#14181e", "#1e1e1e")
"""Of JupyterLab, light and dark, of the site when it is dark, and of VS Code."""


def test_meanings_are_told_apart_without_red_or_green():
    for seen in (np.eye(3), np.array(PROTANOPIA), np.array(DEUTERANOPIA)):
        labs = [lab(seen @ linear(colour)) for colour in FILLS.values()]
        assert min(np.linalg.norm(p - q) for p, q in combinations(labs, 2)) >= 20


def test_every_meaning_has_an_outline_of_its_own_that_is_seen_on_its_colour():
    assert len(set(EDGES.values())) == len(EDGES) == len(FILLS) == 4
    for name, edge in EDGES.items():
        assert contrast(edge, FILLS[name]) >= 3


def test_the_bench_hatches_padding_and_remainders_in_two_ways():
    source = meanings.component()
    assert re.search(r"\.frame \{ --stripes: repeating-linear-gradient\(45deg", source)
    assert re.search(r"\.remainder \{ --stripes: repeating-linear-gradient\(135deg", source)
    assert set(meanings.PADDING_HATCH).isdisjoint(meanings.REMAINDER_HATCH)


def test_numbers_have_contrast_on_every_colour():
    assert min(contrast(ON_FILL, fill) for fill in FILLS.values()) >= 4.5
    assert min(contrast(INK, ground) for ground in (PAPER, SOFT)) >= 4.5


def test_lines_and_marks_are_seen_on_every_ground():
    """A graph needs 3; nothing has 4.5 on white and on #111111, which lie too close for that."""
    assert min(contrast(colour, ground) for colour in CURVES for ground in GROUNDS) >= 3.4
    assert min(contrast(colour, "#ffffff") for colour in CURVES) >= 4.5
    assert min(contrast(LINE, ground) for ground in GROUNDS) >= 3


def test_a_dark_page_exchanges_colours_that_are_there_for_others_with_contrast():
    css = (ROOT / "site/static/course.css").read_text(encoding="utf-8")
    rules = css.partition('html[data-theme="dark"] svg.drawing {')[2].partition("\n}")[0]
    swaps = re.findall(r'\[(?:fill|stroke)="(#\w+)"\] \{ (?:fill|stroke): (#\w+)', rules)
    assert {old for old, _ in swaps} == {INK, SOFT, *CURVES}
    for old, new in swaps:
        assert contrast(new, "#14181e") >= 4.5 or old == SOFT
    dark_soft = dict(swaps)[SOFT]
    assert contrast(dict(swaps)[INK], dark_soft) >= 4.5


def test_every_array_that_a_bench_shows_has_a_meaning():
    shown = {name for names in interactive.SHOWN.values() for name in names}
    assert shown <= set(MEANINGS)
    source = meanings.component()
    for name in shown:
        assert f'{name}: {{ meaning: "{MEANINGS[name]}"' in source


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("x", "input"),
        ("dy spread out for stride 2", "gradient"),
        ("w[0, 1]", "kernel"),
        ("the kernel spread out", "kernel"),
        ("y", "output"),
        ("counts", "input"),
        ("", "input"),
    ],
)
def test_the_name_of_an_array_says_what_it_means(name, meaning):
    assert meanings.meaning_of(name) == meaning


def test_printed_arrays_have_a_colour_for_each_meaning():
    assert set(FILLS) | {"padding"} <= set(BACKGROUNDS)
    assert len({BACKGROUNDS[name] for name in (*FILLS, "padding")}) == 5


def test_the_legend_shows_every_meaning_in_its_colour():
    legend = draw_meanings()
    for name, fill in FILLS.items():
        assert name in legend.svg
        assert f"fill='{fill}'" in legend.svg
        assert f"stroke='{EDGES[name]}'" in legend.svg
    assert legend.svg.count("<pattern") == 2
