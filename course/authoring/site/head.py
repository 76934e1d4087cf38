"""What every page says to machines, what follows it, whether it has a bench, and the sitemap."""

from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

CARD = "card.png"
NOT_IN_SITEMAP = {"404"}


def _add_metadata(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    site, name = app.config.html_baseurl, app.config.html_title
    given = app.env.metadata.get(page, {}).get("description")
    described = app.config.course_descriptions.get(page) or given or app.config.course_tagline
    properties = {
        "og:title": name if page == "index" else context.get("title") or name,
        "og:description": described,
        "og:type": "website" if page == "index" else "article",
        "og:site_name": name,
    }
    if site:  # these must be whole addresses
        properties |= {
            "og:url": f"{site}{page}.html",
            "og:image": f"{site}{CARD}",
            "og:image:alt": app.config.course_card_alt,
        }
    tags = [f'<meta name="description" content="{escape(described)}">']
    tags += ['<meta name="twitter:card" content="summary_large_image">']
    tags += [f'<meta property="{k}" content="{escape(v)}">' for k, v in properties.items()]
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags)


def _bring_the_bench(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """A page with benches loads their component, once, and late: see course.js."""
    if "<convolution-bench" in context.get("body", ""):
        app.add_js_file("bench.js", type="late")


def _lead_through_lessons_only(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Lessons follow each other; no reference follows the last one, and no guide the reference."""
    for way in ("prev", "next"):
        there = context.get(way)
        if there and not (page.startswith("lessons/") and "/" not in there["link"]):
            context[way] = None
    context["theme_show_prev_next"] = bool(context.get("prev") or context.get("next"))


def _write_sitemap(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html" or not app.config.html_baseurl:
        return
    pages = sorted(app.env.found_docs - NOT_IN_SITEMAP)
    places = "\n".join(
        f"<url><loc>{app.config.html_baseurl}{page}.html</loc></url>" for page in pages
    )
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}\n</urlset>\n',
        encoding="utf-8",
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Add metadata and the bench to pages, lead from lesson to lesson, and write sitemap.xml."""
    app.add_config_value("course_made_by", "", "env")
    app.add_config_value("course_descriptions", {}, "html")
    app.add_config_value("course_tagline", "", "html")
    app.add_config_value("course_card_alt", "", "html")
    app.connect("html-page-context", _add_metadata)
    app.connect("html-page-context", _bring_the_bench)
    app.connect("html-page-context", _lead_through_lessons_only)
    app.connect("build-finished", _write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
