"""The steps of CONTRIBUTING.md for a lesson, an exercise and a mistake, with one thrown away."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from browsing import ROOT

from course.authoring.site.address import PLACEHOLDER, REPOSITORY_VARIABLE, read_address
from course.authoring.site.lessons import read_lessons
from course.project import Project

NAME = "99_throwing_away"
STEPS = {
    "Adding a lesson": (
        ("Write `lessons/NN_name.md`", "`minutes`", "`builds_on`"),
        ("Add its exercises",),
        ("Run `make build`", "README.md"),
        ("Run `make site-serve`",),
    ),
    "Adding an exercise": (
        ("Write the reference",),
        ("Make the `Exercise`", "`course/checks/exercises/__init__.py`"),
        ("Write the exercise", "its check into the lesson"),
        ("Write at least five mistakes", "`make build`"),
        ("`make mutants",),
    ),
}
COPIED = ("course", "site", "lessons", "notebooks", "solutions")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", ".convolution-course")
LESSON = '''\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
course:
  minutes: 31
  builds_on: [00_start_here]
---

# Throwing away

What is left of a lesson that nobody keeps?

31 minutes. Builds on: 00 Start here.

```{code-cell} ipython3
from course.checks import check
```

**Exercise** (difficulty 1 of 3, about 5 minutes). Write `throw_away`.

```{code-cell} ipython3
:exercise: throw_away
:points: 7
def throw_away(a, b):
    """Keep what the two have in common, as one number."""
    ### BEGIN SOLUTION
    return float(a @ b)
    ### END SOLUTION
```

```{code-cell} ipython3
:check: throw_away
check.throw_away(throw_away)
```
'''
EXERCISE = f'''\
"""Lesson 99: one exercise, to be thrown away."""

import dataclasses

from course.checks.exercises.lesson_00_start_here import dot_product

throw_away = dataclasses.replace(dot_product, name="throw_away", lesson="{NAME}", points=7)
'''
MISTAKES = """\
# throw_away

## added in place of multiplied

    a @ b -> sum(a) + sum(b)

The two are multiplied entry by entry, and then added up.
"""
MISTAKEN = """\
from course.checks import check
check.throw_away(lambda a, b: float(sum(a) + sum(b)))
"""


def section(title):
    """What CONTRIBUTING.md says below a heading."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return guide.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("title", STEPS)
def test_the_steps_are_those_that_are_taken_here(title):
    steps = re.split(r"^\d\. ", section(title), flags=re.MULTILINE)[1:]
    assert len(steps) == len(STEPS[title])
    for step, parts in zip(steps, STEPS[title], strict=True):
        assert step.startswith(parts[0])
        assert all(part in step for part in parts)
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\nbuild: $(VENV)/ready-for-authors\n\t$(BIN)/course build $(ARGS)\n" in recipes
    assert "\n\t$(BIN)/course site --serve $(ARGS)\n" in recipes


def test_a_mistake_takes_three_lines_and_a_build():
    assert section("Adding a mistake").strip().startswith("Three lines in")
    assert len([line for line in MISTAKES.splitlines()[1:] if line]) == 3


def python(root, *words):
    """Run Python with the copy's own course."""
    environment = {k: v for k, v in os.environ.items() if k != REPOSITORY_VARIABLE}
    return subprocess.run(
        [sys.executable, *words],
        cwd=root,
        env={**environment, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def course(root, *words):
    ran = python(root, "-m", "course", *words)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def add_exercise(exercises):
    (exercises / f"lesson_{NAME}.py").write_text(EXERCISE, encoding="utf-8")
    listing = exercises / "__init__.py"
    text = listing.read_text(encoding="utf-8")
    last = "\n}\n"
    assert text.count(last) == 1
    text = text.replace(last, f'\n    "{NAME}": ("throw_away",),{last}')
    listing.write_text(text, encoding="utf-8")


def add_row(readme):
    lines = readme.read_text(encoding="utf-8").splitlines(keepends=True)
    last = max(k for k, line in enumerate(lines) if re.match(r"\| \d\d \|", line))
    row = "| 99 | Throwing away | What is left of a lesson that nobody keeps? | 31 | 7 |\n"
    readme.write_text("".join([*lines[: last + 1], row, *lines[last + 1 :]]), encoding="utf-8")


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """A copy of the course in which every step was taken."""
    pytest.importorskip("sphinx", reason="needs the site's own packages: pip install -e '.[site]'")
    root = tmp_path_factory.mktemp("added")
    for folder in COPIED:
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, root / folder, ignore=left_out)
    for document in DOCUMENTS:
        shutil.copyfile(ROOT / document, root / document)
    (root / "lessons" / f"{NAME}.md").write_text(LESSON, encoding="utf-8")
    (root / "lessons" / f"{NAME}.mistakes.md").write_text(MISTAKES, encoding="utf-8")
    add_exercise(root / "course" / "checks" / "exercises")
    course(root, "build", "99")  # make build would find nothing else to do
    add_row(root / "README.md")
    course(root, "site")
    return root


def page(root, name):
    return (root / "dist" / "site" / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_added_lesson_has_notebooks_that_match_it(added):
    course(added, "build", "--check", "99")
    solved = nbformat.read(added / "solutions" / f"{NAME}.ipynb", as_version=4)
    assert "7 of 7 points" in solved.cells[-1].outputs[0].text
    student = nbformat.read(added / "notebooks" / f"{NAME}.ipynb", as_version=4)
    assert any("NotImplementedError" in cell.source for cell in student.cells)


@pytest.mark.slow
def test_an_added_lesson_appears_everywhere(added):
    before = read_lessons(Project(ROOT))
    address = read_address(ROOT / "site" / "address.toml", {})
    front = page(added, "index.html")
    assert f'href="lessons/{NAME}.html"' in front
    assert "What is left of a lesson that nobody keeps?" in front
    assert "31 minutes, 7 points" in front
    assert f"{len(before) + 1} lessons" in front
    assert f"{NAME}.html#exercise-99-throw-away" in page(added, "lessons/index.html")
    assert "throw_away" in page(added, "instructors.html")
    lesson = page(added, f"lessons/{NAME}.html")
    assert 'href="00_start_here.html"' in lesson
    assert (address.binder(NAME) in lesson.replace("&amp;", "&")) == address.published
    assert (address.colab(NAME) in lesson) == address.published
    assert f'href="{before[-1].name}.html"\n       title="previous page"' in lesson
    assert f'href="{NAME}.html"\n       title="next page"' in page(
        added, f"lessons/{before[-1].name}.html"
    )
    assert (added / "dist" / "site" / "notebooks" / f"{NAME}.ipynb").is_file()
    assert "throw_away" in page(added, "search-index.js")


@pytest.mark.slow
def test_a_site_without_a_published_address_names_none(added):
    if read_address(ROOT / "site" / "address.toml", {}).repository != PLACEHOLDER:
        pytest.skip("the course is published")
    owner = PLACEHOLDER.partition("/")[0]
    addresses = (
        f"github.com/{PLACEHOLDER}",
        f"{owner}.github.io",
        "mybinder.org",
        "colab.research",
    )
    site = added / "dist" / "site"
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not any(address in text for address in addresses), page
    assert not (site / "sitemap.xml").exists()


@pytest.mark.slow
def test_an_added_mistake_is_named(added):
    ran = python(added, "-c", MISTAKEN)
    assert ran.returncode != 0
    assert "The two are multiplied entry by entry" in ran.stdout + ran.stderr
