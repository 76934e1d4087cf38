"""The colours of stored outputs: each code is understood, each pair of colours can be read."""

import re
from itertools import product

import pytest
from browsing import ROOT
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("sphinx", reason="needs the site's own packages: pip install -e '.[site]'")

from pygments import highlight
from pygments.formatters import HtmlFormatter

from course.authoring.site.terminal import NAMES, TerminalLexer

CSS = (ROOT / "site" / "static" / "terminal.css").read_text(encoding="utf-8")
LEXER = TerminalLexer(stripnl=False, ensurenl=False)


def styles(text):
    """(text, style) of every piece, the style as the last of its HTML classes says it."""
    return [
        (piece, ".".join(token[1:]) if token[:1] == ("Terminal",) else "")
        for token, piece in LEXER.get_tokens(text)
    ]


@pytest.mark.parametrize("number", range(16))
def test_each_named_colour_is_known_as_text_and_as_background(number):
    first = 30 + number if number < 8 else 90 + number - 8
    name = NAMES[number]
    assert styles(f"\x1b[{first}ma\x1b[0mb") == [("a", f"Text{name}"), ("b", "")]
    assert styles(f"\x1b[{first + 10}ma\x1b[49mb") == [("a", f"On{name}"), ("b", "")]
    assert styles(f"\x1b[38;5;{number}ma") == [("a", f"Text{name}")]
    assert styles(f"\x1b[48;5;{number}ma") == [("a", f"On{name}")]


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("1", "Bold"),
        ("4", "Underline"),
        ("3", "Italic"),
        ("2", "Faint"),
        ("30;43;1", "TextBlack.OnYellow.Bold"),
        ("1;22", ""),
        ("4;24", ""),
        ("31;39", ""),
        ("31;0;1", "Bold"),
        ("", ""),
        ("7", "TextPage.OnPage"),
        ("31;7", "TextPage.OnRed"),
        ("43;7", "TextYellow.OnPage"),
        ("31;43;7", "TextYellow.OnRed"),
        ("7;27", ""),
        ("38;5;200;1", "Bold"),
        ("38;2;1;2;3;4", "Underline"),
        ("48;5;250", ""),
        ("38", ""),
        ("38;5", ""),
        ("99", ""),
    ],
)
def test_codes_are_put_together(codes, style):
    assert styles(f"\x1b[{codes}mx") == [("x", style)]


def test_codes_that_move_the_cursor_are_left_out():
    assert styles("a\x1b[2Kb\x1b[1Ac") == [("abc", "")]


@given(st.lists(st.tuples(st.integers(0, 110), st.text(alphabet="ab 1[;m\n", max_size=5))))
def test_no_text_is_lost(pieces):
    coloured = "".join(f"\x1b[{code}m{text}" for code, text in pieces)
    assert "".join(piece for piece, _ in styles(coloured)) == "".join(text for _, text in pieces)


def test_every_part_of_a_style_is_in_the_html_class():
    html = highlight("\x1b[30;46;1mx", LEXER, HtmlFormatter())
    assert 'class=" -Terminal -Terminal-TextBlack' in html
    assert "-Terminal-TextBlack-OnCyan-Bold" in html


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def colours(kind):
    found = dict(re.findall(rf"--{kind}-([\w-]+): (#[0-9a-f]{{6}});", CSS))
    assert len(found) == 16
    return found


def test_every_ink_can_be_read_on_every_ground_it_can_meet():
    grounds, dark_grounds = colours("ground"), {"black", "bright-black"}
    dark, light = colours("dark-ink"), colours("light-ink")
    pairs = [(dark[i], grounds[g]) for i, g in product(dark, grounds) if g not in dark_grounds]
    pairs += [(light[i], grounds[g]) for i, g in product(light, dark_grounds)]
    assert min(contrast(*pair) for pair in pairs) >= 4.5


def test_every_colour_has_its_rules():
    for name in NAMES:
        assert f'[class*="-Text{name}"]' in CSS
        assert f'[class*="-On{name}"] {{ background' in CSS
