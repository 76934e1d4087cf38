"""What the search page looks through: the sections of every page, and readers' other words."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.search import IndexBuilder

INDEX = "search-index.js"
STEMMER = "_static/stemmer.js"
NOT_SEARCHED = {"404", "search", "genindex", "lessons/index"}
NOT_TEXT = (
    ".headerlink, .katex-html, annotation, .lesson-bar, .lead + p, .cell_output, .solution, "
    "script, style, button"
)
"""What is no text of its section. A formula is on a page three times: its MathML is kept."""
BLOCKS = "p, li, td, th, pre, div, summary, dt, dd, h1, h2, h3, h4, br"
LONGEST = 400
"""Letters of a docstring that are looked through: what it is about stands at its beginning."""
_SPACE = re.compile(r"\s+")


def sections(html: str) -> Iterator[dict[str, str]]:
    """The sections of a page, and the functions and classes of the reference, in order.

    Each has its anchor, its title, its text, and as its terms what it introduces: the names of its
    exercises, and what stands in bold.
    """
    article = BeautifulSoup(html, "html.parser").select_one("article.bd-article")
    if article is None:
        return
    for part in article.select(NOT_TEXT):
        part.decompose()
    for fraction in article.select("mfrac"):
        fraction.insert(1, " / ")
    for block in article.select(BLOCKS):
        block.append(" ")
    whole = article.select("section[id], dt.sig[id]")
    for part in reversed(whole):  # inner ones first: what they hold is not their parents' text
        found = _signature(part) if part.name == "dt" else _section(part)
        part["data-found"] = json.dumps(found)
        if part.name == "dt" and (body := part.find_next_sibling("dd")):
            body.extract()
        part.extract()
    yield from (json.loads(str(part["data-found"])) for part in whole)


def _section(part: Tag) -> dict[str, str]:
    heading = part.find(re.compile("^h[1-6]$"))
    title = _text(heading) if heading else ""
    if heading:
        heading.extract()
    introduced = part.select(".code-block-caption code, strong")
    terms = " ".join(map(_text, introduced))
    return {"anchor": str(part["id"]), "title": title, "terms": terms, "text": _text(part)}


def _signature(part: Tag) -> dict[str, str]:
    """A function or a class: its name is the title, its docstring the text."""
    body = part.find_next_sibling("dd")
    name = part.select_one(".descname")
    title = _text(name) if name else str(part["id"])
    text = f"{_text(part)} {_text(body)[:LONGEST] if body else ''}"
    return {"anchor": str(part["id"]), "title": title, "terms": "", "text": text}


def _text(part: Any) -> str:
    return _SPACE.sub(" ", part.get_text()).strip()


def read_synonyms(file: Path) -> list[list[list[str]]]:
    """Readers' words and the course's, in pairs, from lines such as "flip, rotate: turn"."""
    lines = (line.partition("#")[0] for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (line.split(":") for line in lines if line.strip())
    return [[[word.strip() for word in side.split(",")] for side in pair] for pair in pairs]


def _write_index(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    out, found = Path(app.outdir), []
    for page in sorted(app.env.found_docs - NOT_SEARCHED):
        for section in sections((out / f"{page}.html").read_text(encoding="utf-8")):
            found.append({"page": page, **section})
    synonyms = read_synonyms(Path(app.confdir) / "synonyms.txt")
    about = json.dumps({"sections": found, "synonyms": synonyms}, ensure_ascii=False)
    (out / INDEX).write_text(f"globalThis.courseSearchIndex = {about};\n", encoding="utf-8")
    scripts = IndexBuilder(app.env, "en", {}, "").get_js_stemmer_rawcodes()
    text = "\n".join(Path(script).read_text(encoding="utf-8") for script in scripts)
    (out / STEMMER).write_text(text, encoding="utf-8")


def _without_sphinxs_own(app: Sphinx) -> None:
    app.builder.search = False  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the search's index when all pages are there, in place of Sphinx's own."""
    app.connect("builder-inited", _without_sphinxs_own)
    app.connect("build-finished", _write_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
