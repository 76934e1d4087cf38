"""Printed arrays: aligned, marked, and readable without colour."""

import re

import numpy as np
import pytest

from course.examples import COLOUR_X, TOY_X
from course.show import show


@pytest.fixture
def plain(monkeypatch, capsys):
    """What show prints for a reader who wants no colour."""
    monkeypatch.setenv("NO_COLOR", "1")

    def printed(*args, **kwargs):
        show(*args, **kwargs)
        return capsys.readouterr().out

    return printed


def test_name_and_shape_stand_above_the_numbers(plain):
    assert plain(TOY_X, "x").splitlines() == [
        "x (4, 4)",
        "  0   1   2   3",
        "  4   5   6   7",
        "  8   9  10  11",
        " 12  13  14  15",
    ]


def test_a_window_stands_in_brackets_without_colour(plain):
    lines = plain(TOY_X, "x", window=(1, 2, 2, 2)).splitlines()
    assert lines[1] == "  0   1   2   3"
    assert lines[2] == "  4   5 [ 6][ 7]"
    assert lines[3] == "  8   9 [10][11]"


def test_a_window_is_coloured_with_its_own_background(monkeypatch, capsys):
    monkeypatch.delenv("NO_COLOR", raising=False)
    show(TOY_X, "x", window=(0, 0, 1, 2))
    out = capsys.readouterr().out
    marked = re.findall(r"\x1b\[43m\x1b\[30m +(\d+) +\x1b\[0m", out)
    assert marked == ["0", "1"]
    assert re.sub(r"\x1b\[\d+m", "", out).splitlines()[1] == "  0   1   2   3"


def test_marks_are_told_apart_with_and_without_colour(plain, monkeypatch, capsys):
    marks = [[0, 1, 2, 3]]
    assert plain(TOY_X, "x", marks=marks).splitlines()[1] == "  0 [ 1]( 2){ 3}"
    monkeypatch.delenv("NO_COLOR")
    show(TOY_X, "x", marks=marks)
    first = capsys.readouterr().out.splitlines()[1]
    styles = [set(re.findall(r"\x1b\[(\d+)m", part)) for part in first.split("\x1b[0m")[:3]]
    assert [style & {"43", "4"} for style in styles] == [{"43"}, {"43", "4"}, {"4"}]


@pytest.mark.parametrize(
    ("name", "means", "code"),
    [
        ("x", None, 43),
        ("w", None, 46),
        ("y", None, 42),
        ("dy spread out", None, 45),
        ("row", "kernel", 46),
        ("x", "padding", 47),
    ],
)
def test_the_colour_says_what_the_array_means(monkeypatch, capsys, name, means, code):
    monkeypatch.delenv("NO_COLOR", raising=False)
    show([[1, 2]], name, marks=[[0, 1]], means=means)
    assert f"\x1b[{code}m" in capsys.readouterr().out


def test_colour_is_decided_by_the_reader_and_not_by_the_kind_of_output(monkeypatch, capsys):
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    show([[1]], marks=[[1]])
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    show([[1]], marks=[[1]])
    assert "\x1b[" not in capsys.readouterr().out


def test_every_block_of_a_batch_is_headed_by_its_index(plain):
    lines = plain(COLOUR_X, "x").splitlines()
    assert [line for line in lines if "[" in line] == ["x[0, 0]", "x[0, 1]", "x[0, 2]"]
    assert len(lines) == 1 + 3 * (1 + 4)


@pytest.mark.parametrize(
    ("array", "lines"),
    [
        ([[-0.001, 2.5]], [" 0.00  2.50"]),
        ([[1.0, -2.0]], ["  1  -2"]),
        ([1, 22], ["  1  22"]),
        (7, [" 7"]),
        ([[True, False]], [" 1  0"]),
        ([[np.nan, 1.0]], ["  nan  1.00"]),
    ],
)
def test_numbers_are_short_and_aligned(plain, array, lines):
    assert plain(array).splitlines()[1:] == lines


def test_decimals_can_be_chosen(plain):
    assert plain([[1 / 3]], decimals=4).splitlines()[1] == " 0.3333"


def test_rows_can_be_named(plain):
    lines = plain([[1], [2]], rows=["first", "second"]).splitlines()
    assert lines[1:] == ["first   1", "second  2"]


def test_large_arrays_are_cut_short_and_say_so(plain):
    lines = plain(np.zeros((40, 40))).splitlines()
    assert lines[-1] == "... and 8 more rows"
    assert lines[1].endswith(" ...")
    assert "... and 84 more blocks" in plain(np.zeros((100, 1, 1)))


def test_marks_may_be_one_for_each_row(plain):
    lines = plain([[1, 2], [3, 4]], marks=[[0], [1]]).splitlines()
    assert lines[1:] == [" 1  2", "[3][4]"]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"window must lie inside \(4, 4\), got \(2, 2, 3, 1\)"):
        show(TOY_X, window=(2, 2, 3, 1))
    with pytest.raises(ValueError, match="rows must be 4 words"):
        show(TOY_X, rows=["one"])
