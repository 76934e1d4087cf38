"""Print how long an exercise's check takes in a page, and what is transferred for it.

python tests/site/time_exercises.py [dist/site]: the site needs Python for its pages, which
`course browser` adds. The answers are known mistakes. Each figure is the middle of three visits
with an empty cache.
"""

import sys
from pathlib import Path
from statistics import median

from browsing import ROOT, browser, served
from weigh import size

from course.checks import EXERCISES

LESSON, NAME = "01_convolution_by_hand", "correlate2d"
VISITS, LATER = 3, 5
MARKS = """() => performance.getEntriesByType("mark").map((mark) => [mark.name, mark.startTime])"""


def visit(chromium, address: str) -> tuple[float, float, float, set[str]]:
    """(NumPy imported, first verdict, later verdicts, what was asked for); times in seconds."""
    context, asked = chromium.new_context(), set()
    context.on("request", lambda request: asked.add(request.url))
    page = context.new_page()
    page.goto(f"{address}lessons/{LESSON}.html", wait_until="networkidle")
    box = page.locator(f"[data-exercise={NAME}]")
    box.locator("textarea").click()
    box.locator(".cm-content").wait_for()
    for mistake in EXERCISES[NAME].mistakes[: 1 + LATER]:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(mistake.forms[0].text)
        box.locator(".exercise-check").click()
        box.locator(".exercise-check:enabled").wait_for(timeout=120_000)
        box.locator(".cm-content").click()
    marks = page.evaluate(MARKS)
    context.close()
    first = dict(reversed(marks))
    done = [time for name, time in marks if name == "python:done"]
    began = [time for name, time in marks if name == "python:attempt"]
    start, later = first["python:start"], [b - a for a, b in zip(began, done, strict=True)][1:]
    seconds = (first["python:numpy"] - start, done[0] - start, median(later))
    return *(time / 1000 for time in seconds), asked


def main(folder: Path) -> None:
    """Print the figures."""
    with served(folder) as address, browser() as chromium:
        visits = [visit(chromium, address) for _ in range(VISITS)]
        files = [folder / url[len(address) :].partition("?")[0] for url in visits[0][-1]]
    numpy, first, later = (median(times) for times in list(zip(*visits, strict=True))[:3])
    sizes = {path: size(path) for path in files if path.is_file()}
    python = sum(count for path, count in sizes.items() if "pyodide" in path.parts)
    print(f"NumPy imported after {numpy:6.2f} s")
    print(f"first verdict after  {first:6.2f} s, {first / numpy:.2f} times as long")
    print(f"later verdicts after {later:6.2f} s")
    print(
        f"transferred          {sum(sizes.values()) / 1e6:6.2f} MB, for Python {python / 1e6:.2f}"
    )


if __name__ == "__main__":
    main(Path(*sys.argv[1:]) if sys.argv[1:] else ROOT / "dist" / "site")
