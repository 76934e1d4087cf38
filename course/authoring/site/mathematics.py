"""Formulas typeset by KaTeX while the site is built, so that a reader's browser runs no script."""

import html
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from course.authoring.katex import FormulaError, typeset

logger = logging.getLogger(__name__)


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
