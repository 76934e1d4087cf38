"""Formulas typeset by KaTeX while the site is built, so that a reader's browser runs no script."""

import atexit
import functools
import html
import json
import os
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


class FormulaError(ValueError):
    """A formula that KaTeX cannot typeset; the message says why and where."""


@functools.cache
def _katex(script: Path, process: int) -> MiniRacer:
    """The JavaScript engine of a process, with KaTeX; it must be closed before Python ends."""
    engine = MiniRacer()
    engine.eval(script.read_text(encoding="utf-8"))
    atexit.register(engine.close)
    return engine


def typeset(formula: str, display: bool, script: Path) -> str:
    """The HTML of a TeX formula, with MathML beside it for screen readers.

    script is the file katex.min.js. Raises FormulaError for TeX that KaTeX does not understand.
    """
    options = json.dumps({"displayMode": display, "throwOnError": True, "strict": "ignore"})
    call = f"katex.renderToString({json.dumps(formula)}, {options})"
    try:
        return str(_katex(script, os.getpid()).eval(call))
    except JSEvalException as error:
        reason = str(error).partition("ParseError: ")[2].split("\n")[0] or str(error)
        raise FormulaError(reason) from error


def _typeset_node(translator: Any, node: nodes.Element, display: bool) -> str:
    try:
        return typeset(node.astext(), display, Path(translator.config.course_katex))
    except FormulaError as error:
        logger.warning("%s in the formula %r", error, node.astext(), location=node)
        return html.escape(node.astext())


def _visit_inline(translator: Any, node: nodes.Element) -> None:
    translator.body.append(_typeset_node(translator, node, display=False))
    raise nodes.SkipNode


def _visit_block(translator: Any, node: nodes.Element) -> None:
    formula = _typeset_node(translator, node, display=True)
    translator.body.append(f'<div class="formula">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer "katex" and its one setting, the path of katex.min.js."""
    app.add_config_value("course_katex", "", "env")
    app.add_html_math_renderer("katex", (_visit_inline, None), (_visit_block, None))
    app.add_css_file("katex/katex.min.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
