"""Everything that Sphinx reads: from templates, lessons, guides and the package itself."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course.authoring.site import figures, reference
from course.authoring.site.address import read_address
from course.authoring.site.lessons import Lesson, in_parts, read_lessons
from course.authoring.site.notebook import FIGURES, anchor, figures_on_page, page_notebook
from course.project import SHEET, Project

GUIDES = {"CONTRIBUTING.md": "authors.md", "CHANGELOG.md": "changelog.md"}
"""Documents of the repository that are pages of the site as well, where they exist."""


TITLE = "The convolution layer, from scratch"


def write_pages(project: Project, folder: Path) -> None:
    """Write the pages into folder/pages, and what is served as it is into folder/extra.

    A page that has not changed is not written again, so that Sphinx builds only what has; the page
    of a lesson that is gone goes too.
    """
    pages, extra = folder / "pages", folder / "extra"
    lessons = read_lessons(project)
    shutil.rmtree(extra, ignore_errors=True)
    (extra / "notebooks").mkdir(parents=True)
    wanted = dict(_texts(project, lessons, extra / FIGURES))
    for path, text in wanted.items():
        _write(pages / path, text)
    for written in [path for path in pages.rglob("*") if path.is_file()]:
        if written.relative_to(pages).as_posix() not in wanted:
            written.unlink()
    shutil.copy(project.root / "site" / "service-worker.js", extra)
    (extra / "card.png").write_bytes(figures.social_card(TITLE))
    for lesson in lessons:
        shutil.copy(project.notebooks / f"{lesson.name}.ipynb", extra / "notebooks")
    for beside in ("notebooks", "lessons"):
        (extra / beside).mkdir(exist_ok=True)
        shutil.copy(project.notebooks / SHEET, extra / beside)


def descriptions(lessons: list[Lesson]) -> dict[str, str]:
    """What search engines and social media say of each lesson's page."""
    return {
        f"lessons/{lesson.name}": f"Lesson {lesson.number} of a course on the convolution layer "
        f"in NumPy: {lesson.question} {lesson.minutes} minutes."
        for lesson in lessons
    }


def made_by() -> str:
    """Changes with the code that makes the site: Sphinx then forgets what it remembers."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _texts(
    project: Project, lessons: list[Lesson], figure_folder: Path
) -> Iterator[tuple[str, str]]:
    """The path and the text of every page."""
    templates, shown = _templates(project, lessons), reference.parts(lessons)
    templates.globals |= {
        "toy": figures_on_page(figures.toy(), figure_folder, ""),
        "bench": figures_on_page(figures.whole_bench(), figure_folder, ""),
        "reference": shown,
        "in_order_of_lessons": reference.in_order_of_lessons(shown),
        "photo": figures_on_page(figures.photo_and_edges().html(), figure_folder, ""),
    }
    for name in templates.list_templates(extensions=["md"]):
        yield name, templates.get_template(name).render()
    for name, page in _guides(project).items():
        yield page, (project.root / name).read_text(encoding="utf-8")
    for part in shown:
        text = templates.get_template("reference.rst").render(part=part)
        yield f"reference/{part.name.removeprefix('course.')}.rst", text
    for lesson in lessons:
        solved = nbformat.read(project.solutions / f"{lesson.name}.ipynb", as_version=4)
        bar = templates.get_template("lesson_bar.html").render(lesson=lesson).strip()
        notebook = page_notebook(solved, lesson, lessons, bar, figure_folder)
        yield f"lessons/{lesson.name}.ipynb", nbformat.writes(notebook)


def _templates(project: Project, lessons: list[Lesson]) -> Environment:
    """The pages and templates of site/, and what all of them may speak of."""
    site = project.root / "site"
    loader = FileSystemLoader([site / "pages", site / "templates"])
    templates = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)
    templates.globals |= {
        "lessons": lessons,
        "known": {lesson.name: lesson for lesson in lessons},
        "in_parts": list(in_parts(lessons)),
        "anchor": anchor,
        "address": read_address(site / "address.toml"),
        "guides": [page.removesuffix(".md") for page in _guides(project).values()],
    }
    return templates


def _guides(project: Project) -> dict[str, str]:
    return {name: page for name, page in GUIDES.items() if (project.root / name).exists()}


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
