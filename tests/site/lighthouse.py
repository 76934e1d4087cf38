"""Print what Lighthouse thinks of pages on a phone: python tests/site/lighthouse.py [dist/site].

The median of five visits. The exit code is 1 when accessibility is below 100 or performance
below 95. npm fetches Lighthouse; it needs a machine with nothing else to do.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from browsing import CHROMIUM, CHROMIUM_OPTIONS, ROOT, served
from npm import npm_file

PACKAGE = "lighthouse@12"  # the last one for Node 20
LEAST = {"performance": 95, "accessibility": 100}
PAGES = ("index.html", "lessons/03_im2col.html")
VISITS = 5


def visit(url: str) -> dict[str, float]:
    """The scores of one visit, in percent."""
    script = npm_file(PACKAGE, "cli/index.js")
    command = ["node", str(script), url, "--output=json", "--quiet"]
    command += [f"--only-categories={','.join(LEAST)}"]
    command += [f"--chrome-flags=--headless=new {' '.join(CHROMIUM_OPTIONS)}"]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM or ""}
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    categories = json.loads(ran.stdout)["categories"]
    return {name: 100 * categories[name]["score"] for name in LEAST}


def main(folder: Path) -> int:
    """Print a line for each page; return 1 when one is below what is wanted."""
    below = False
    with served(folder) as address:
        for page in PAGES:
            visits = [visit(address + page) for _ in range(VISITS)]
            scores = {name: statistics.median(v[name] for v in visits) for name in LEAST}
            below |= any(scores[name] < least for name, least in LEAST.items())
            print(page, *(f"{name} {score:.0f}" for name, score in scores.items()))
    return int(below)


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:]) if sys.argv[1:] else ROOT / "dist" / "site"))
