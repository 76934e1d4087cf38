"""Processes in which strangers' code may run: how they begin, and what they leave behind."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def begin(
    words: Sequence[str], place: Path, environment: Mapping[str, str], files: Sequence[int] = ()
) -> subprocess.Popen:
    """Start a command that hears and says nothing, but through the open files it is handed."""
    return subprocess.Popen(
        words,
        cwd=place,
        env=environment,
        pass_fds=files,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def remove(folder: Path) -> None:
    """Remove a folder and all in it; never raises, not even for folders thousands deep."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False, capture_output=True)
