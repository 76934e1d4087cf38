"""Takes out of the theme what no page uses (a font of icons, scripts, styles); joins the styles."""

import hashlib
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx

SCRIPT = "pydata-sphinx-theme.js"
"""The only script of the theme that pages load."""
STYLES = "styles.css"
"""All that pages load, in one file: a phone waits for each of them before it shows anything."""
NOT_LOADED = ("searchtools.js", "language_data.js", "webpack-macros.html")
NOT_USED = ("doctools.js", "sphinx_highlight.js")
"""Of the scripts that Sphinx puts into each page: they serve its own search."""
_WORD = re.compile(r"[\w-]+")
_ICON = re.compile(r"fa[brs]?(-|$)")
"""Classes of the theme's font of icons; site/static/icons.css draws those that pages show."""
_SHEET = re.compile(
    r'<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]*_static/)([^"?]+)[^"]*"[^>]*>\s*'
)
_IMPORT = re.compile(r'@import "([^"]+)";')
_ADDRESS = re.compile(r"url\((?![\"']?data:)[\"']?([^)\"']+)[\"']?\)")
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
    if error is not None or not (out / "_static/scripts").exists():
        return
    shutil.rmtree(out / "_static/vendor", ignore_errors=True)
    for file in [*(out / "_static/scripts").iterdir(), *(out / "_static").rglob("*.map")]:
        if file.name != SCRIPT:
            file.unlink(missing_ok=True)
    for name in NOT_LOADED + NOT_USED:
        (out / "_static" / name).unlink(missing_ok=True)
    pages, words = [*out.rglob("*.html")], set[str]()
    for file in [*pages, *out.rglob("*.js")]:
        words.update(_WORD.findall(file.read_text(encoding="utf-8")))
    _style(pages, out / "_static", words, {name for name, _ in app.config.html_css_files})


def _style(pages: list[Path], static: Path, words: set[str], own: set[str]) -> None:
    """Let the pages load one stylesheet in place of several, with what they use of all of them."""
    sheets = max((_SHEET.findall(page.read_text("utf-8")) for page in pages), key=len)
    no_icons = {word for word in words if not _ICON.match(word)}
    css = "\n".join(
        used_styles(_sheet(static, name), words if name in own else no_icons) for _, name in sheets
    )
    (static / STYLES).write_text(css, encoding="utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for page in pages:
        html = page.read_text(encoding="utf-8")
        if first := _SHEET.search(html):
            link = f'<link rel="stylesheet" href="{first[1]}{STYLES}?v={version}">\n'
            rest = _SHEET.sub("", html[first.start() :])
            page.write_text(html[: first.start()] + link + rest, encoding="utf-8")
    for file in static.rglob("*.css"):
        if file.name != STYLES:
            file.unlink()


def _sheet(static: Path, name: str) -> str:
    """A stylesheet with those that it imports, and with addresses that start from the folder."""

    def place(found: re.Match[str]) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1]))

    text = (static / name).read_text(encoding="utf-8")
    text = _ADDRESS.sub(lambda found: f"url({place(found)})", text)
    return _IMPORT.sub(lambda found: _sheet(static, place(found)), text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Take out what no page uses when all pages are there."""
    app.connect("html-page-context", _leave_out, priority=900)
    app.connect("build-finished", _lighten, priority=900)  # after the theme, which writes styles
    return {"parallel_read_safe": True, "parallel_write_safe": True}
