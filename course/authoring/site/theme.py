"""Takes out of the theme what no page uses: a font of icons, scripts, and styles."""

import re
import shutil
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx

SCRIPT = "pydata-sphinx-theme.js"
"""The only script of the theme that pages load."""
BASIC, IMPORTING = "basic.css", "styles/theme.css"
"""The second holds nothing but an import of the first, for which a browser would have to wait."""
STYLES = (IMPORTING, "styles/pydata-sphinx-theme.css", "mystnb.*.css", "pygments.css")
NOT_LOADED = ("searchtools.js", "language_data.js", "webpack-macros.html", BASIC)
NOT_USED = ("doctools.js", "sphinx_highlight.js")
"""Of the scripts that Sphinx puts into each page: they serve its own search."""
_WORD = re.compile(r"[\w-]+")
_ICON = re.compile(r"fa[brs]?(-|$)")
"""Classes of the font of icons; site/static/icons.css draws those that pages show."""
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")


def used_styles(css: str, words: set[str]) -> str:
    """The rules that can apply to a page: those whose classes all are among its words.

    A font of icons has no such rule. What stands in parentheses, as in :not(.a), is not looked at.
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_used(rule, words) for rule in rules)


def _used(rule: Any, words: set[str]) -> str:
    if rule.type == "qualified-rule":
        selectors = _selectors(rule.prelude)
        kept = [s for s in selectors if words.issuperset(_CLASS.findall(_outside(s)))]
        return f"{','.join(kept)}{{{tinycss2.serialize(rule.content)}}}" if kept else ""
    if rule.type == "at-rule" and rule.lower_at_keyword == "media":
        inner = used_styles(tinycss2.serialize(rule.content), words)
        return f"@media{tinycss2.serialize(rule.prelude)}{{{inner}}}" if inner else ""
    is_icons = rule.type == "at-rule" and "Font Awesome" in rule.serialize().replace("\\", "")
    return "" if is_icons else str(rule.serialize())


def _selectors(prelude: list[Any]) -> list[str]:
    """What stands between the commas, those in parentheses aside."""
    pieces: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [tinycss2.serialize(piece).strip() for piece in pieces]


def _outside(selector: str) -> str:
    return re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", selector)


def _leave_out(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    context["script_files"] = [
        script for script in context["script_files"] if Path(script.filename).name not in NOT_USED
    ]


def _lighten(app: Sphinx, error: Exception | None) -> None:
    out = Path(app.outdir)
    styles = [file for pattern in STYLES for file in (out / "_static").glob(pattern)]
    if error is not None or not styles:
        return
    shutil.copyfile(out / "_static" / BASIC, out / "_static" / IMPORTING)
    shutil.rmtree(out / "_static/vendor", ignore_errors=True)
    for file in [*(out / "_static/scripts").iterdir(), *(out / "_static").rglob("*.map")]:
        if file.name != SCRIPT:
            file.unlink(missing_ok=True)
    for name in NOT_LOADED + NOT_USED:
        (out / "_static" / name).unlink(missing_ok=True)
    words: set[str] = set()
    for file in [*out.rglob("*.html"), *out.rglob("*.js")]:
        words.update(_WORD.findall(file.read_text(encoding="utf-8")))
    words = {word for word in words if not _ICON.match(word)}
    for file in styles:
        file.write_text(used_styles(file.read_text(encoding="utf-8"), words), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Take out what no page uses when all pages are there."""
    app.connect("html-page-context", _leave_out, priority=900)
    app.connect("build-finished", _lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
