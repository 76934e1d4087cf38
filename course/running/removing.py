"""Remove what strangers' code has left behind, whatever it is."""

import shutil
import subprocess
from pathlib import Path


def remove(folder: Path) -> None:
    """Remove a folder and all in it; never raises, not even for folders thousands deep."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False, capture_output=True)
