"""What lets the pages of the site run Python: Pyodide and the course's own wheel, beside them."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

from course.authoring.release import build_wheel
from course.authoring.site.pyodide import LOCK, Pyodide, closure, wheel_name
from course.project import Project

FOLDER = "pyodide"
"""Where all of it lies in the site."""
LISTED = "course.json"
"""What the worker of a page reads first: which version, and which files to load."""
FOR_EXERCISES = ("numpy", "threadpoolctl")
"""Packages of Pyodide that the checks need; the first of them is loaded together with Python."""
_CORE = ("pyodide.asm.wasm", "python_stdlib.zip", LOCK)
"""What is fetched of the core; its scripts come in another way, and are not counted."""


def add_python(project: Project, site: Path, pyodide: Pyodide, files: Path) -> list[str]:
    """Put Pyodide and the wheels into a built site; return where below FOLDER the wheels lie.

    files  the folder with Pyodide's files, as `obtain` gives it

    What never changes under its name lies in a folder named after its version or contents, so that
    a browser can keep it for good.
    """
    folder = site / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    (folder / pyodide.version).mkdir(parents=True)
    wheels = [wheel_name(name, version) for name, (version, _) in pyodide.wheels.items()]
    for path in files.iterdir():
        if path.name not in wheels:
            _link(path, folder / pyodide.version / path.name)
    brought = [_in_its_folder(files / name, folder) for name in wheels]
    brought.append(_in_its_folder(build_wheel(project.root, folder), folder, move=True))
    lock = json.loads((files / LOCK).read_text(encoding="utf-8"))["packages"]
    packages = [lock[name]["file_name"] for name in closure(FOR_EXERCISES, lock)]
    loaded = [folder / pyodide.version / name for name in [*_CORE, *packages]]
    loaded += [folder / name for name in brought]
    listed = {
        "version": pyodide.version,
        "packages": [name for name in FOR_EXERCISES if name != "numpy"],
        "wheels": brought,
        "bytes": sum(path.stat().st_size for path in loaded),
    }
    (folder / LISTED).write_text(json.dumps(listed), encoding="utf-8")
    return brought


def _in_its_folder(wheel: Path, folder: Path, move: bool = False) -> str:
    """The wheel's address below the folder: its own folder is named after what it holds."""
    place = folder / "wheels" / sha256(wheel.read_bytes()).hexdigest()[:12]
    place.mkdir(parents=True, exist_ok=True)
    if move:
        shutil.move(wheel, place / wheel.name)
    else:
        _link(wheel, place / wheel.name)
    return (place / wheel.name).relative_to(folder).as_posix()


def _link(path: Path, target: Path) -> None:
    """The same file once more, without its bytes where the system can do so."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)
