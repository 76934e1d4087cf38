"""lessons/formulas.md -> notebooks/formulas.html: the formulas of the course on one page.

In the source, the code below a formula computes it; the page leaves the code out, and the tests
run it. The page is one file without scripts or fonts, which JupyterLab opens too, and prints on
one side of A4.
"""

from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from course.authoring.katex import typeset
from course.project import SHEET, Project

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 9mm 10mm }}
:root {{ color-scheme: light dark }}
body {{ font: 14px/1.4 system-ui, sans-serif; max-width: 60em; margin: 1em auto; padding: 0 16px }}
main {{ columns: 24em 2; column-gap: 2.5em }}
h1 {{ font-size: 1.4em; margin: 0 0 .2em; column-span: all }}
h2 {{ font-size: 1.05em; margin: .7em 0 .2em; border-bottom: 1px solid; break-after: avoid }}
p, table, ol {{ margin: .3em 0 }}
ol {{ padding-left: 1.4em }}
td, th {{ padding: 0 .8em 0 0; text-align: left }}
.math.block {{ padding: .3em 0; overflow-x: auto; break-inside: avoid }}
math {{ font-size: 1.1em }}
@media print {{
  body {{ font-size: 10pt; line-height: 1.4; margin: 0; padding: 0; max-width: none }}
  main {{ columns: 2; column-gap: 8mm }}
  math {{ font-size: 1em }}
}}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""

_BLOCK = '<div class="math block"'


def sheet(project: Project) -> str:
    """The page as HTML."""
    script = project.root / "site" / "katex" / "katex.min.js"

    def mathml(formula: str, options: dict[str, Any]) -> str:
        return typeset(formula, options["display_mode"], script, "mathml")

    markdown = MarkdownIt().enable("table").use(dollarmath_plugin, renderer=mathml)
    markdown.add_render_rule("fence", lambda *_: "")  # the code is for the tests
    text = (project.lessons / "formulas.md").read_text(encoding="utf-8")
    title = text.splitlines()[0].removeprefix("# ")
    body = markdown.render(text)  # on a narrow page, formulas scroll: with the keyboard, too
    return _PAGE.format(title=title, body=body.replace(_BLOCK, f'{_BLOCK} tabindex="0"'))


def with_sheet_link(notebook: NotebookNode) -> NotebookNode:
    """The notebook with a link to the sheet in the line below its question."""
    opening = notebook.cells[0].source.split("\n\n")
    opening[min(2, len(opening) - 1)] += f' <a href="{SHEET}">All formulas on one page.</a>'
    notebook.cells[0].source = "\n\n".join(opening)
    return notebook
