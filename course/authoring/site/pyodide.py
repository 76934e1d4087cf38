"""Pyodide, the Python that runs in the pages: fetched once, and every file of it checked.

site/pyodide.toml says which version it is and where it comes from; the release's own lock file,
whose hash stands there too, holds the hashes of all packages. The files are kept in .course.
"""

import json
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from course.project import CourseError, Project

LOCK = "pyodide-lock.json"
CACHE = "pyodide"
"""The folder of .course that keeps what was fetched."""


class PyodideUnavailableError(CourseError):
    """Pyodide cannot be fetched from here; the site is built without it then."""


@dataclass(frozen=True)
class Pyodide:
    """A release of Pyodide, of which only some packages are wanted.

    version   such as "0.27.7"
    address   where its files lie, with a slash at the end
    packages  the names of those that are wanted, without what they depend on
    core      by file that the lock file does not list, and of that itself: its sha256
    wheels    by package of PyPI: its version and its sha256
    """

    version: str
    address: str
    packages: tuple[str, ...]
    core: Mapping[str, str]
    wheels: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, project: Project) -> "Pyodide":
        """The release that site/pyodide.toml names."""
        given = tomllib.loads((project.root / "site" / "pyodide.toml").read_text(encoding="utf-8"))
        version = given["version"]
        wheels = {name: tuple(said) for name, said in given["wheels"].items()}
        address = given["address"].format(version=version)
        return cls(version, address, tuple(given["packages"]), given["core"], wheels)

    def hashes(self, lock: Mapping[str, Any]) -> dict[str, str]:
        """The sha256 of every file of the release that is wanted, by name."""
        listed = lock["packages"]
        wanted = closure(self.packages, listed)
        found = {listed[name]["file_name"]: listed[name]["sha256"] for name in wanted}
        return {**self.core, **found}


def closure(names: tuple[str, ...], listed: Mapping[str, Any]) -> list[str]:
    """All packages of a lock file that some of them need, themselves among them, sorted."""
    found: set[str] = set()
    open_ones = list(names)
    while open_ones:
        name = open_ones.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            open_ones += listed[name]["depends"]
    return sorted(found)


def obtain(pyodide: Pyodide, cache: Path, given: Path | None = None) -> Path:
    """The folder with all files of the release, each one checked.

    cache  what was fetched before lies in a folder of it, named as the version
    given  a folder to copy from; without it the files come from the release's address

    Raises PyodideUnavailableError when a file cannot be fetched, and CourseError when one is not
    what its hash says.
    """
    folder = cache / pyodide.version
    folder.mkdir(parents=True, exist_ok=True)
    _bring(LOCK, pyodide.core[LOCK], pyodide, folder, given)
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    for name, digest in pyodide.hashes(lock).items():
        _bring(name, digest, pyodide, folder, given)
    for name, (version, digest) in pyodide.wheels.items():
        _bring_wheel(name, version, digest, folder)
    return folder


def _bring(name: str, digest: str, pyodide: Pyodide, folder: Path, given: Path | None) -> None:
    """Put a file into the folder unless it is there already, and is what it should be."""
    target = folder / name
    if target.exists() and _digest(target) == digest:
        return
    fetched = target.with_suffix(".part")
    try:
        if given is not None:
            shutil.copyfile(given / name, fetched)
        else:
            with urllib.request.urlopen(pyodide.address + name, timeout=60) as answer:
                fetched.write_bytes(answer.read())
    except OSError as error:
        place = given or pyodide.address
        raise PyodideUnavailableError(
            f"{name} of Pyodide cannot be had from {place}: {error}"
        ) from error
    _require(fetched, name, digest)
    fetched.replace(target)


def _bring_wheel(name: str, version: str, digest: str, folder: Path) -> None:
    """Let pip fetch a wheel of plain Python from PyPI; pip checks it, too."""
    target = folder / wheel_name(name, version)
    if target.exists() and _digest(target) == digest:
        return
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--quiet", f"--dest={folder}", f"{name}=={version}"]
    fetched = subprocess.run(command, capture_output=True, text=True, check=False)
    if fetched.returncode:
        raise PyodideUnavailableError(
            f"{name} {version} cannot be had from PyPI:\n{fetched.stderr}"
        )
    _require(target, target.name, digest)


def wheel_name(name: str, version: str) -> str:
    """What PyPI calls the wheel of a package of plain Python."""
    return f"{name}-{version}-py3-none-any.whl"


def _require(path: Path, name: str, digest: str) -> None:
    found = _digest(path)
    if found != digest:
        path.unlink()
        raise CourseError(f"{name} is not what it should be: sha256 {found}, expected {digest}")


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
