"""Every number in a lesson's prose is in one of its cells or outputs, or is explained here."""

import re
from decimal import Decimal

import nbformat
import pytest

from course.authoring.colab import CELL
from course.project import find_project

PROJECT = find_project()
LARGE = 20
"""Whole numbers up to this one are counted at a glance: axes, steps, lessons."""
NUMBER = re.compile(
    r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![A-Za-z_\d.])\d+(?:\.\d+)?(?:e[-+]?\d+)?"
)
NOT_A_CLAIM = re.compile(
    r"\b(?:1[89]|20)\d\d\b(?= *[),.;:]|\b)|"  # a year
    r"\b\d+ minutes\b|"  # how long something takes a reader
    r"\b\d+ ?°|\bby \d+ degrees\b|"  # a turn of the kernel
    r"\bsections? \d+\.\d+(?:[^.;]*? and \d+\.\d+)?|"
    r"https?://\S+|\bdoi:\S+|\barXiv:\S+|\bpp?\. \d+(?:[-–]\d+)?|\b\d+\.\d+/\S+"  # a reference
)
"""What is no number of the lesson's own."""
WITHOUT_A_CELL = {
    "06_checking_gradients": {"1e-12": "the end of np.logspace(0, -12, 49)"},
    "13_what_the_network_sees": {"60e6": "how many weights the paper gives AlexNet"},
    "14_making_it_fast": {"144": "4×4 outputs, each of 3×3 products"},
    "16_from_numpy_to_pytorch": {"80": "the steps from 20 on, of 100"},
}
"""By lesson, numbers that no cell can give, each with the reason."""


def cells_of(name):
    path = PROJECT.solutions / f"{name}.ipynb"
    return [c for c in nbformat.read(path, as_version=4).cells if c.id != CELL]


def prose_of(name):
    """What a lesson says, without its code, and without what is no claim."""
    texts = [cell.source for cell in cells_of(name) if cell.cell_type == "markdown"]
    without_code = re.sub(r"```.*?```|`[^`]*`|<[^>]*>", " ", "\n\n".join(texts), flags=re.DOTALL)
    readme = (PROJECT.root / "README.md").read_text("utf-8")  # test_benchmarks holds its tables
    own = [line for line in without_code.splitlines() if line[:1] != "|" or line not in readme]
    claimed = NOT_A_CLAIM.sub(" ", "\n".join(own).replace("{,}", ","))
    return re.sub(r"(\d) million\b", r"\1e6", claimed)


def numbers_in(text):
    """The numbers of a text as they are written, without commas."""
    return [found.replace(",", "") for found in NUMBER.findall(text)]


def claims(text):
    """The decimals, and the whole numbers that one does not see at a glance."""
    return {n for n in numbers_in(text) if Decimal(n) > LARGE or Decimal(n) % 1}


def backing(name):
    """All numbers in the cells of a lesson and in what they give."""
    texts = []
    for cell in (cell for cell in cells_of(name) if cell.cell_type == "code"):
        texts.append(cell.source.replace("_", ""))
        for output in cell.outputs:
            texts.append(output.get("text", ""))
            texts += [v for v in output.get("data", {}).values() if isinstance(v, str)]
    shown = [re.sub(r"(?<=base64,)[\w+/=]+|\x1b\[[\d;]*m", " ", text) for text in texts]
    return {Decimal(n) for text in shown for n in numbers_in(text)}


def is_backed(number, given):
    """Whether a number, or one that is rounded to it, is given; of a percentage, its share."""
    exact = Decimal(number)
    last = exact.as_tuple().exponent
    room = Decimal((0, (5,), last - 1)) if last else 0
    return any(abs(one - exact) <= room for one in given)


def unbacked(name, text, explained):
    """The numbers of a text that are neither in a cell of the lesson nor explained."""
    given = backing(name)
    shares = {one * 100 for one in given}
    in_percent = {n.replace(",", "") for n in re.findall(r"(\d[\d,.]*)\s?%", text)}
    return sorted(
        n
        for n in claims(text) - {*explained}
        if not is_backed(n, given)
        and not (n in in_percent and any(abs(s - Decimal(n)) <= Decimal("0.5") for s in shares))
    )


@pytest.mark.parametrize("name", PROJECT.lesson_names())
def test_every_number_in_the_prose_is_in_a_cell_or_an_output(name):
    assert unbacked(name, prose_of(name), WITHOUT_A_CELL.get(name, {})) == []


@pytest.mark.parametrize("name", WITHOUT_A_CELL)
def test_what_is_explained_is_said_and_in_no_cell(name):
    assert unbacked(name, prose_of(name), {}) == sorted(WITHOUT_A_CELL[name])


def test_a_number_that_no_cell_gives_is_found():
    name = "05_one_big_sparse_matrix"
    made_up = "Of 4,711 weights 98.76 % are zero, 1.5e-3 more than in 1998 (21 of 20 readers)."
    assert unbacked(name, NOT_A_CLAIM.sub(" ", made_up), {}) == ["1.5e-3", "21", "4711", "98.76"]


@pytest.mark.parametrize(
    ("number", "given", "is_there"),
    [
        ("0.95", "0.9512", True),
        ("0.95", "0.9561", False),
        ("27", "27.0", True),
        ("27", "27.2", False),
        ("138e6", "138357544", True),
        ("60000", "60001", False),
    ],
)
def test_a_number_is_backed_by_one_that_is_rounded_to_it(number, given, is_there):
    assert is_backed(number, {Decimal(given)}) == is_there
