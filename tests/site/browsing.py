"""The built site served on this machine, and Chromium to look at it: for tests and scripts."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course.authoring.site.address import Address, read_address
from course.authoring.site.serve import server
from course.project import SHEET, find_project

ROOT = find_project(Path(__file__).parent).root
PREFIX = read_address(ROOT / "site" / "address.toml").prefix
PUBLISHED = Address("someone/course", "main")
"""Where the site is published that the tests build."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REQUIRED = bool(os.environ.get("COURSE_REQUIRE_BROWSER"))


@contextmanager
def served(folder: Path, prefix: str = PREFIX) -> Iterator[str]:
    """The address of the site's front page, while it is served."""
    running = server(folder, prefix)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://localhost:{running.server_address[1]}{prefix}"
    running.shutdown()
    running.server_close()


@contextmanager
def browser() -> Iterator:
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@contextmanager
def watched_page(chromium: Any, **options: Any) -> Iterator:
    """An empty page that notes what it asks for and what goes wrong."""
    page = chromium.new_page(**options)
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda m: page.wrong.append(m.text) if m.type == "error" else None)
    yield page
    page.close()


def pages(folder: Path) -> list[str]:
    """Every page that Sphinx makes: not those of JupyterLite, and not the sheet of formulas."""
    paths = [path for path in folder.rglob("*.html") if path.name != SHEET]
    found = sorted(path.relative_to(folder).as_posix() for path in paths)
    return [page for page in found if not page.startswith(("_static/", "lite/"))]
