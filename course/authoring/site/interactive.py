"""What a lesson's page says to the scripts in site/static/exercises: where answers are written.

Without scripts the elements made here are as good as not there, but for the folds.
"""

import ast
import html
import json
import re
import textwrap
from typing import Any

from nbformat import NotebookNode
from sphinx.application import Sphinx

from course.checks.predictions import foreseen, plain
from course.handed_out import BEGIN, END

SCRIPTS = "exercises"
"""The folder of _static that holds them."""
_JUDGED = re.compile(r'^check\.predicted\("([^"]+)"', re.MULTILINE)
_CHOSEN = re.compile(r'^check\.diagnosis\("([^"]+)", (\w+)\)', re.MULTILINE)
_VERDICT = re.compile(
    r"(?:\x1b\[\d+m)* right \x1b\[0m You guessed right: .*?\.(?:\n|\Z)", re.DOTALL
)


def box(cell: NotebookNode, lesson: str, blank: str) -> str:
    """An exercise, with the element around it in which its editor comes to stand."""
    return f"{opened(cell, lesson)}{blank}</div>\n"


def opened(cell: NotebookNode, lesson: str) -> str:
    """The element around an exercise or a prediction; its attributes say which it is."""
    attributes = {"lesson": lesson, "cell": cell.id}
    if "exercise" in cell.metadata:
        attributes["exercise"] = cell.metadata["exercise"]
    else:
        attributes["prediction"] = cell.metadata["predict"]
        attributes["fields"] = json.dumps(fields(cell), ensure_ascii=False)
    said = " ".join(f'data-{key}="{html.escape(text)}"' for key, text in attributes.items())
    return f'<div class="answered" {said}>\n\n'


def fields(cell: NotebookNode) -> list[dict[str, Any]]:
    """The guesses that a cell asks for: each with its right answer, and what is said to others."""
    solution = textwrap.dedent(cell.source.partition(BEGIN + "\n")[2].partition(END)[0])
    chosen = {variable: layer for layer, variable in _CHOSEN.findall(cell.source)}
    found: list[dict[str, Any]] = []
    for line in ast.parse(solution).body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            name = line.targets[0].id
            label = chosen.get(name, "")
            known = foreseen(label or cell.metadata["predict"])
            replies = {plain(guess): reason for guess, reason in known if guess != "right"}
            answer = plain(ast.literal_eval(line.value))
            found.append({"name": name, "label": label, "answer": answer, "replies": replies})
    return found


def guessed_in(cell: NotebookNode) -> list[str]:
    """The predictions that a cell judges."""
    return _JUDGED.findall(cell.source) if cell.cell_type == "code" else []


def fold(predictions: list[str]) -> str:
    """The beginning of what stays folded until there has been a guess."""
    of = html.escape(" ".join(predictions))
    words = "Guess first; then see what comes out"
    return f'<details class="after-guess" data-of="{of}"><summary>{words}</summary>\n\n'


def without_verdicts(cell: NotebookNode) -> NotebookNode:
    """A cell without the line that says to the solved notebook that it has guessed right."""
    for output in cell.outputs:
        if output.output_type == "stream":
            output.text = _VERDICT.sub("", output.text)
    cell.outputs = [o for o in cell.outputs if o.output_type != "stream" or o.text]
    return cell


def _bring_the_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Pages of lessons load what brings them to life; the list of lessons, what shows progress."""
    if page.startswith("lessons/"):
        app.add_js_file(f"{SCRIPTS}/page.js", type="late")
        app.add_css_file(f"{SCRIPTS}/page.css")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add scripts and styles to the pages of lessons."""
    app.connect("html-page-context", _bring_the_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
