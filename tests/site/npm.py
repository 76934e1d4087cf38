"""Files of npm packages that the tests use and the course does not ship, kept in .course/npm."""

import shutil
import subprocess
import sys
from pathlib import Path

from browsing import ROOT
from filelock import FileLock

INSTALLED = bool(shutil.which("npm"))


def npm_file(package: str, path: str) -> Path:
    """A file of a package such as axe-core@4; npm fetches the package where it is not there yet.

    Each package has a folder of its own: npm would remove one when it installs the next.
    """
    folder = ROOT / ".course" / "npm" / package
    found = folder / "node_modules" / package.rpartition("@")[0] / path
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not found.exists():
            options = ["--no-save", "--no-audit", "--no-fund", "--prefix", str(folder)]
            subprocess.run(["npm", "install", *options, package], check=True, stdout=sys.stderr)
    return found
