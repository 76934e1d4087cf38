"""Every number in the prose of a lesson is one that a cell prints, asserts or works with."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
NAMES = PROJECT.lesson_names()
NUMBER = re.compile(r"(?<![\w.^])\d(?:[\d,]*\d)?(?:\.\d+)?(?:e-?\d+)?")
SMALL = 20
"""Whole numbers up to here count windows and channels, or stand in a formula."""
OF_ALL_LESSONS = {180: "degrees by which a kernel is turned"}
WITH_REASONS = {
    "06_checking_gradients": {0.001: "an error, for example"},
    "12_train_on_digits": {1998: "the year of a paper"},
    "13_what_the_network_sees": {
        60: "of papers: parameters of LeNet-5 and AlexNet",
        138: "of a paper: parameters of VGG-16, in millions",
        48: "of a paper: channels that a filter of AlexNet sees",
        192: "of a paper: channels that a filter of AlexNet sees",
        384: "of a paper: channels of AlexNet",
    },
    "14_making_it_fast": {144: "9 products for each of 16 outputs"},
    "17_a_network_from_the_outside": {
        0.4: "an overlap, for example",
        34.7: "of a paper: the largest error for women with darker skin, in percent",
        0.8: "of a paper: the largest error for men with lighter skin, in percent",
        24: "of a paper: pixels that the second network of MTCNN sees",
        48: "of a paper: pixels that the third network of MTCNN sees",
        2016: "the year of a paper",
        2018: "the year of a paper",
        2022: "the year of a paper",
    },
    "16_from_numpy_to_pytorch": {80: "steps of 100, all but those of a slice that begins at 20"},
}
QUOTED = {"14_making_it_fast": r"^\|.*\|$"}
"""Lines whose numbers are held elsewhere: the table that `python -m benchmarks` prints."""


def cells(name, kind):
    notebook = nbformat.read(PROJECT.root / "solutions" / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def prose(name):
    return "\n\n".join(cell.source for cell in cells(name, "markdown"))


def numbers(text):
    found = {float(digits.replace(",", "")) for digits in NUMBER.findall(text)}
    return {n for n in found if n > SMALL or n != int(n)}


def printed(cell):
    """What stands under a cell, without the codes that colour it."""
    texts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
    return re.sub(r"\x1b\[\d+m", " ", " ".join(texts)).replace("\N{MINUS SIGN}", "-")


def worked_with(cell):
    constants = (n.value for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Constant))
    return {float(value) for value in constants if type(value) in (int, float)}


def claimed(text, quoted="(?!)"):
    """The numbers in a lesson's prose; code in it, minutes and titles of books are left out."""
    text = text.partition("Further reading:")[0]
    minutes = r"^\d+ minutes\. Builds on:.*|about \d+ minutes"
    text = re.sub(rf"`[^`]*`|{minutes}|{quoted}", " ", text, flags=re.MULTILINE)
    return numbers(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_number_in_the_prose_is_one_of_a_cell(name):
    known = set().union(
        *(numbers(printed(cell)) | worked_with(cell) for cell in cells(name, "code"))
    )
    excused = OF_ALL_LESSONS | WITH_REASONS.get(name, {})
    assert claimed(prose(name), QUOTED.get(name, "(?!)")) <= known | excused.keys()


@pytest.mark.parametrize("name", WITH_REASONS)
def test_a_number_with_a_reason_is_still_in_the_prose(name):
    assert WITH_REASONS[name].keys() <= claimed(prose(name))


def test_what_counts_as_a_number():
    text = "`41` pixels, 1,024 rows, 0.25 of them, $x^{22}$ in 3 lessons; 1e-7. Further reading: 99"
    assert claimed(text) == {1024, 0.25, 1e-7, 22}
