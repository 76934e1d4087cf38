"""Look for barriers on every page, light and dark, at four widths: axe.py [dist/site].

axe-core finds them. The exit code is 1 when a violation is serious or critical; the others are
printed as well. Each width is looked at in one of the two schemes: all eight took twice as long.
"""

import sys
from pathlib import Path

from browsing import ROOT, browser, pages, served
from npm import npm_file

AXE_VERSION = "4"
GRAVE = ("serious", "critical")
WIDTHS = {"light": (390, 1024), "dark": (768, 1440)}
OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true; })"
ONE_OF_EACH = """() => {
  const seen = new Set();
  const path = e => e ? `${path(e.parentElement)} ${e.tagName}.${e.className}` : "";
  for (const piece of document.querySelectorAll("pre span[class]")) {
    const place = path(piece);
    if (piece.attributes.length > 1) continue;
    if (seen.has(place)) piece.replaceWith(...piece.childNodes);
    else seen.add(place);
  }
}"""
"""Of coloured pieces of code that are alike one is left: a page has up to two thousand of them,
and axe would spend half of its time on the contrast of each.
"""
NO_FADING = "* { transition: none !important }"
THEME = "scheme => document.documentElement.dataset.theme === scheme"
RUN = "async () => (await axe.run({resultTypes: ['violations']})).violations"


def axe_script() -> str:
    """The text of axe-core, from npm."""
    return npm_file(f"axe-core@{AXE_VERSION}", "axe.min.js").read_text(encoding="utf-8")


def violations(page):
    """(impact, rule, where) of everything that axe finds on a page."""
    for violation in page.evaluate(RUN):
        for node in violation["nodes"]:
            yield violation["impact"], violation["id"], node["html"][:160]


def main(folder: Path) -> int:
    """Print the violations on all pages; return 1 when one is grave."""
    script, grave, looked_at = axe_script(), 0, pages(folder)
    with served(folder) as address, browser() as chromium:
        page = chromium.new_page()
        for name in looked_at:
            page.goto(address + name)
            page.evaluate(OPEN)
            page.evaluate(ONE_OF_EACH)
            page.add_style_tag(content=NO_FADING)
            page.add_script_tag(content=script)
            for scheme, widths in WIDTHS.items():
                page.emulate_media(color_scheme=scheme)
                page.wait_for_function(THEME, arg=scheme)
                for width in widths:
                    page.set_viewport_size({"width": width, "height": 900})
                    for impact, rule, where in violations(page):
                        grave += impact in GRAVE
                        print(f"{name} ({scheme}, {width}): {impact}: {rule}: {where}")
    print(f"{len(looked_at)} pages at {WIDTHS}: {grave} serious or critical violations")
    return int(grave > 0)


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:]) if sys.argv[1:] else ROOT / "dist" / "site"))
