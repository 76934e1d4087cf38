"""Print what each page weighs and when it can be read: python tests/site/weigh.py [dist/site].

Weight is what a browser with an empty cache fetches for a page and all its figures, each file
compressed as GitHub Pages compresses it. "Readable" is the first paint of the text in Chromium,
served on this machine, the middle of three visits.
"""

import gzip
import sys
from pathlib import Path

from browsing import ROOT, browser, pages, served

PACKED = (".png", ".webp", ".woff2")
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
FIGURES = "() => [...document.images].map(image => image.src)"
VISITS = 3
MOST = 250
"""Kilobytes that a page may weigh while nobody enters an editor."""


def heavy(chromium, address, folder):
    """The pages that weigh more than they may, with their kilobytes."""
    weights = [(name, weigh(chromium, address, folder, name, 1)[0]) for name in pages(folder)]
    return [(name, weight) for name, weight in weights if weight > MOST]


def weigh(chromium, address, folder, name, visits=VISITS):
    """(kilobytes, milliseconds until readable) of a page."""
    times = []
    for _ in range(visits):
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        page, fetched = context.new_page(), set()
        page.on("request", lambda request, fetched=fetched: fetched.add(request.url))
        page.goto(address + name, wait_until="networkidle")
        page.wait_for_function(PAINTED)
        times.append(page.evaluate(PAINT))
        figures = set(page.evaluate(FIGURES))
        context.close()
    prefix_length = len(address)
    sizes = {url: size(folder / url[prefix_length:].partition("?")[0]) for url in fetched | figures}
    return sum(sizes.values()) / 1000, sorted(times)[visits // 2]


def size(path: Path) -> int:
    """Bytes that travel for a file."""
    content = path.read_bytes()
    return len(content if path.suffix in PACKED else gzip.compress(content))


def main(folder: Path) -> None:
    """Print one line for each page, the heaviest last."""
    with served(folder) as address, browser() as chromium:
        rows = [(name, *weigh(chromium, address, folder, name)) for name in pages(folder)]
    print(f"{'page':<50} {'KB':>7} {'readable after ms':>19}")
    for name, weight, time in sorted(rows, key=lambda row: row[1]):
        print(f"{name:<50} {weight:7.0f} {time:19.0f}")


if __name__ == "__main__":
    main(Path(*sys.argv[1:]) if sys.argv[1:] else ROOT / "dist" / "site")
