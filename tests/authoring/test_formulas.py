"""The formulas on one page: each is computed, linked from every lesson, and printed on one side."""

import io
import re

import pytest
from markdown_it import MarkdownIt
from pypdf import PdfReader

from course.authoring.formulas import sheet
from course.project import SHEET, find_project

PROJECT = find_project()
SOURCE = (PROJECT.lessons / "formulas.md").read_text(encoding="utf-8")
CODE = [t.content for t in MarkdownIt().parse(SOURCE) if t.type == "fence"]


def run(*cells):
    variables = {}
    for cell in cells:
        exec(cell, variables)


def test_the_code_of_all_formulas_runs_and_what_it_asserts_holds():
    run(*CODE)


def test_behind_every_formula_stands_code_that_asserts_something():
    formulas = re.findall(
        r"^\$\$(.+?)\$\$\n\n(.*?)(?=^\$\$|^## |\Z)", SOURCE, re.DOTALL | re.MULTILINE
    )
    assert len(formulas) == SOURCE.count("$$") / 2 >= 15
    for formula, rest in formulas:
        assert re.match(r"```python\n(?:.*\n)*?.*\bassert .*\n(?:.*\n)*?```", rest), formula
    mistakes = SOURCE.partition("## Five classic mistakes")[2]
    assert len(re.findall(r"^\d\. ", mistakes, re.MULTILINE)) == 5
    assert len(re.findall(r"^assert ", mistakes, re.MULTILINE)) >= 5


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(H + 2 * p - d * (kh - 1) - 1) // s + 1", "(H + 2 * p - d * kh - 1) // s + 1"),
        ("(oh - 1) * s - 2 * p + kh", "(oh - 1) * s + 2 * p + kh"),
        ("r + d * (k - 1) * j", "r + (k - 1) * j"),
        ("total += xpad[n, c, i * s + u", "total += xpad[n, c, i + u"),
        ("j * s + v] += dy[n, f, i, j]", "j * s + v] = dy[n, f, i, j]"),
        ("(dY.T @ X)", "(dy.reshape(-1, F).T @ X)"),
        ("A.T @ dy[n]", "-A.T @ dy[n]"),
        ("divmod(q - u, s)", "divmod(q + u, s)"),
    ],
)
def test_a_wrong_formula_fails(right, wrong):
    assert "".join(CODE).count(right) == 1
    with pytest.raises((AssertionError, IndexError)):
        run(*(cell.replace(right, wrong) for cell in CODE))


def test_the_page_holds_every_formula_as_mathml_and_no_code_script_or_request():
    page = sheet(PROJECT)
    assert page == (PROJECT.notebooks / SHEET).read_text(encoding="utf-8")
    assert page.count("<math") == SOURCE.count("$$") / 2 + len(
        re.findall(r"(?<!\$)\$[^$\n]+\$(?!\$)", SOURCE)
    )
    assert "assert" not in page
    assert not re.search(r"<script|src=|https?://(?!www\.w3\.org)", page)


@pytest.mark.slow
def test_it_prints_on_one_side_of_a4(chromium):
    page = chromium.new_page()
    page.goto((PROJECT.notebooks / SHEET).as_uri())
    page.set_viewport_size({"width": 718, "height": 1055})  # A4 without its margins
    page.emulate_media(media="print")
    too_wide = "[...document.querySelectorAll('.block')].filter(e => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{too_wide}.map(e => e.textContent)") == []
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == 1
    width, height = printed.pages[0].mediabox[2:]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
    text = printed.pages[0].extract_text()
    assert "Five classic mistakes" in text
    assert "Take it from x" in text.replace("\n", " ")


@pytest.mark.parametrize("name", PROJECT.lesson_names())
def test_every_lesson_links_it(name):
    for folder in (PROJECT.notebooks, PROJECT.solutions):
        assert (folder / f"{name}.ipynb").read_text("utf-8").count(f'href=\\"{SHEET}\\"') == 1
