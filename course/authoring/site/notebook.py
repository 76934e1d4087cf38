"""A solved notebook as a page: blanks to be seen, solutions folded away, figures as files."""

import base64
import copy
import hashlib
import io
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from PIL import Image

from course.authoring.site import interactive
from course.authoring.site.lessons import Lesson
from course.handed_out import BEGIN, END, with_blanks

FIGURES = "figures"
"""The folder of the site that holds the figures."""
SENTENCES = "sentences"
"""The tag of cells whose output is prose: its lines are broken, as those of arrays never are."""
NARROWEST = 280
"""Pixels that every screen has for a figure; a wider one can be scrolled."""
_IMAGE = re.compile(
    r'(?P<before><img alt="(?P<alt>[^"]*)" width="\d+" style="max-width: 100%; '
    r'(?:min-width: (?P<least>\d+)px; )?height: auto" )src="data:image/svg\+xml,(?P<svg>[^"]*)"'
    r"(?(least)>)"
)
_EMBEDDED = re.compile(r"href='data:image/png;base64,([A-Za-z0-9+/=]{4000,})'")
"""An image that is large enough to be a file."""
_ID = re.compile(r"( id='|href='#|url\(#)")
_COMPONENT = re.compile(r'\n<script type="module">.*?</script>', re.DOTALL)
"""What a notebook stores behind its first bench; a page loads it as a file."""


def page_notebook(
    solved: NotebookNode, lesson: Lesson, lessons: list[Lesson], bar: str, figures: Path
) -> NotebookNode:
    """The notebook that Sphinx makes a lesson's page from.

    lessons  all lessons, to link those that this one builds on
    bar      HTML that stands below the lesson's opening
    figures  the folder that the figures are written to
    """
    page = copy.deepcopy(solved)
    page.cells = list(_cells(copy.deepcopy(solved), with_blanks(solved), lesson))
    page.cells[0].source = _opening(page.cells[0].source, lesson, lessons, bar)
    for number, cell in enumerate(page.cells):
        cell.id = f"cell-{number}"  # the ids of new cells are random
        if "check" in cell.metadata:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), SENTENCES]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                html = _COMPONENT.sub("", data["text/html"])
                data["text/html"] = figures_on_page(html, figures, "../")
    return page


def _cells(solved: NotebookNode, student: NotebookNode, lesson: Lesson) -> Iterator[NotebookNode]:
    """The cells of the page; the solution of an exercise stands behind its hints."""
    folded: list[NotebookNode] = []
    for cell, blank in zip(solved.cells, student.cells, strict=True):
        if cell.cell_type == "code":
            yield from folded
            folded = []
        if guessed := interactive.guessed_in(cell):
            yield new_markdown_cell(interactive.fold(guessed))
            yield interactive.without_verdicts(cell)
            yield new_markdown_cell("</details>\n")
        elif BEGIN not in cell.source:
            yield cell
        elif "exercise" in cell.metadata:
            yield new_markdown_cell(
                interactive.box(cell, lesson.name, _blank(cell, blank.source, lesson))
            )
            folded = _folded(cell)
        elif "predict" in cell.metadata:
            yield new_markdown_cell(interactive.opened(cell, lesson.name) + _code(blank.source))
            yield from _folded(cell)
            yield new_markdown_cell("</div>\n")
        else:  # a blank without points
            yield new_markdown_cell(_code(blank.source))
            folded = _folded(cell)
    yield from folded


def _folded(cell: NotebookNode) -> list[NotebookNode]:
    """The solution, and what it prints, to be opened with a click."""
    opened = '<details class="solution"><summary>Solution</summary>\n\n' + _code(_solution(cell))
    if not cell.outputs:
        return [new_markdown_cell(f"{opened}</details>\n")]
    cell.source, cell.metadata["tags"] = "", ["remove-input"]
    return [new_markdown_cell(opened), cell, new_markdown_cell("</details>\n")]


def _blank(cell: NotebookNode, blank: str, lesson: Lesson) -> str:
    """What the student gets, with an anchor, its name and its points above it."""
    name = cell.metadata["exercise"]
    points = next(e.points for e in lesson.exercises if e.name == name)
    caption = f"Exercise `{name}`, {points} {'point' if points == 1 else 'points'}"
    return _code(blank, caption, anchor(name, lesson))


def anchor(exercise: str, lesson: Lesson) -> str:
    """Where the exercise stands on its lesson's page; it differs from every other on the site."""
    return f"exercise-{lesson.number}-{exercise.lower().replace('_', '-')}"


def _solution(cell: NotebookNode) -> str:
    """All of an exercise; of a prediction only what stands in place of the dots."""
    if "predict" in cell.metadata:
        return textwrap.dedent(cell.source.partition(BEGIN + "\n")[2].partition(END)[0]).rstrip()
    lines = cell.source.splitlines()
    return "\n".join(line for line in lines if line.strip() not in (BEGIN, END))


def _code(source: str, caption: str = "", name: str = "") -> str:
    options = f":caption: {caption}\n:class: exercise\n:name: {name}\n" if caption else ""
    return f"```{{code-block}} python\n{options}\n{source}\n```\n\n"


def _opening(text: str, lesson: Lesson, lessons: list[Lesson], bar: str) -> str:
    """The first cell with the lesson's number in its title, links to lessons, and the bar."""
    _title, _question, minutes, *rest = text.split("\n\n")
    for earlier in lessons:
        if earlier.name in lesson.builds_on:
            link = f"[{earlier.heading}]({earlier.name}.ipynb)"
            minutes = minutes.replace(earlier.heading, link)
    lead = f'<p class="lead">{lesson.question}</p>'
    return "\n\n".join([f"# {lesson.heading}", lead, minutes, bar, *rest])


def figures_on_page(html: str, folder: Path, up: str) -> str:
    """Figures as parts of the page, whose colours they take; other images as files, linked.

    A page is readable before its images are there. up leads from the page to the folder above
    `folder`, into which images are written.
    """

    def link(data: bytes, kind: str) -> str:
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        return f"{up}{FIGURES}/{name}"

    def as_file(found: re.Match) -> str:
        return f"href='{link(*_packed(base64.b64decode(found[1])))}'"

    def on_page(found: re.Match) -> str:
        svg, least = unquote(found["svg"]), found["least"]
        if least is None:  # the still picture of a bench, which nobody sees where scripts run
            return f'{found["before"]}loading="lazy" src="{link(svg.encode(), "svg")}"'
        own = hashlib.sha256(svg.encode()).hexdigest()[:8]  # figures of a page share no ids
        svg = _ID.sub(rf"\g<1>{own}-", _EMBEDDED.sub(as_file, svg))
        look = f'<svg class="drawing" role="img" aria-label="{found["alt"]}"'
        look += f' style="min-width: {least}px"'
        focus = ' tabindex="0" role="group" aria-label="Figure"' * (int(least) > NARROWEST)
        return f'<div class="drawing"{focus}>{svg.replace("<svg", look, 1)}</div>'

    return _IMAGE.sub(on_page, html)


def _packed(png: bytes) -> tuple[bytes, str]:
    """A photograph takes less than half as much as WebP; a drawing is best left as it is."""
    webp = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(webp, format="webp", quality=80)
    return (webp.getvalue(), "webp") if webp.tell() < len(png) / 2 else (png, "png")
