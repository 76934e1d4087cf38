"""An exercise in a page: what runs before it, and what is said about it."""

import json
import sys

import pytest

from course import show
from course.checks import EXERCISES
from course.running.page import MOST_PRINTED, Page

EXERCISE = "dot_product"
RIGHT = EXERCISES[EXERCISE].solutions[0].text
IMPORTS = "import numpy as np\nfrom course.checks import check\nfrom course.show import draw_step"


@pytest.fixture
def page():
    """A page's kernel, which leaves nothing of itself behind in this process."""
    main, shown = sys.modules["__main__"], dict(vars(show))
    yield Page()
    sys.modules["__main__"] = main
    vars(show).clear()
    vars(show).update(shown)


def cell(source, **metadata):
    return {"cell_type": "code", "source": source, "metadata": metadata, "id": source[:12]}


def notebook(answer, *above):
    text = {"cell_type": "markdown", "source": "text", "metadata": {}}
    asked = [cell(answer, exercise=EXERCISE), cell(f"check.{EXERCISE}({EXERCISE})", check=EXERCISE)]
    return json.dumps({"cells": [text, cell(IMPORTS), *above, *asked]})


def attempt(page, answer, *above):
    began = []
    told = json.loads(page.attempt(notebook(answer, *above), EXERCISE, began.append))
    return told | {"began": began}


def test_an_answer_is_right_wrong_or_blank(page):
    told = attempt(page, RIGHT)
    assert told["state"] == "right"
    assert "1 of 1 points" in told["said"]
    told = attempt(page, "def dot_product(a, b):\n    return a + b")
    assert told["state"] == "wrong"
    assert "\x1b[" in told["said"]
    told = attempt(page, "def dot_product(a, b):\n    raise NotImplementedError('not written')")
    assert told["state"] == "blank"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("def dot_product(a, b)\n    pass", "SyntaxError"),
        ("1 / 0\ndef dot_product(a, b): pass", "line 1: 1 / 0"),
        ("import sys\nsys.exit()", "SystemExit"),
        ("dot = 1", "NameError"),
    ],
)
def test_a_cell_that_fails_says_how_and_ends_nothing(page, answer, words):
    told = attempt(page, answer)
    assert told["state"] == "error"
    assert words in told["said"]
    assert attempt(page, RIGHT)["state"] == "right"


def test_an_answer_uses_what_stands_above_it(page):
    above = cell("def both(a, b):\n    return np.sum(a * b)")
    assert attempt(page, "def dot_product(a, b):\n    return both(a, b)", above)["state"] == "right"
    changed = cell("def both(a, b):\n    return np.sum(a + b)")
    assert (
        attempt(page, "def dot_product(a, b):\n    return both(a, b)", changed)["state"] == "wrong"
    )
    assert attempt(page, "def dot_product(a, b):\n    return both(a, b)")["state"] == "wrong"


def test_an_array_that_is_changed_in_place_is_the_changed_one(page):
    above = [cell("factor = np.zeros(1)"), cell("factor[0] = 1"), cell("factor.sort()")]
    answer = "def dot_product(a, b):\n    return np.sum(a * b) * factor[0]"
    assert attempt(page, "assert factor[0] == 1\n" + answer, *above)["state"] != "error"


def test_cells_are_run_when_they_are_needed_and_once(page):
    above = [
        cell("runs = globals().get('runs', 0) + 1"),
        cell("1 / 0"),
        cell("x = 5\nraise ValueError"),
    ]
    count = "print(runs, x)\n"
    assert attempt(page, count + RIGHT, *above)["printed"] == "1 5"
    assert attempt(page, count + "pass\n" + RIGHT, *above)["printed"] == "1 5"
    skipped = cell("x = 6", shows=True)
    assert attempt(page, "print(x)\n" + RIGHT, cell("x = 5"), skipped)["printed"] == "5"


def test_the_page_hears_what_began(page):
    assert attempt(page, RIGHT)["began"] == ["given", "answer"]
    earlier = cell("def helper(a, b): pass", exercise="correlate2d")
    answer = RIGHT + "\nhelper"
    assert attempt(page, answer, earlier)["began"] == ["given", "answer", "answer"]


def test_what_is_printed_without_end_is_cut(page):
    told = attempt(page, "for k in range(100_000): print(k)\n" + RIGHT)
    assert told["state"] == "right"
    assert told["printed"].endswith("and more")
    assert len(told["printed"]) < MOST_PRINTED + 100


def test_nothing_is_drawn_and_arrays_are_written(page):
    told = attempt(page, "draw_step(1, 2, 3, 4, 5)\n" + RIGHT)
    assert told["state"] == "right"
    told = attempt(page, "from course.show import show\nshow(np.ones((2, 2)))\n" + RIGHT)
    assert "1" in told["printed"]


def test_a_case_that_failed_is_drawn_on_the_bench(page):
    name = "correlate2d"
    mistake = EXERCISES[name].mistakes[0].forms[0].text
    asked = [cell(mistake, exercise=name), cell(f"check.{name}({name})", check=name)]
    cells = json.dumps({"cells": [cell(IMPORTS), *asked]})
    assert json.loads(page.attempt(cells, name, lambda _: None))["state"] == "wrong"
    assert page.drawn().startswith("<convolution-bench")
    assert attempt(page, "def dot_product(a, b):\n    return a + b")["state"] == "wrong"
    assert page.drawn() == ""
