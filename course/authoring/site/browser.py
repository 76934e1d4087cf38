"""What runs in a browser: Pyodide and the course's own wheel for the pages, and JupyterLite."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from course.authoring.release import build_wheel
from course.authoring.site.pyodide import CACHE, LOCK, Pyodide, closure, obtain, wheel_name
from course.project import CourseError, Project

FOLDER = "pyodide"
"""Where all of it lies in the site."""
LISTED = "course.json"
"""What the worker of a page reads first: which version, and which files to load."""
FOR_EXERCISES = ("numpy", "threadpoolctl")
"""Packages of Pyodide that the checks need; the first of them is loaded together with Python."""
FOR_NOTEBOOKS = ("numpy", "ipython", "matplotlib", "pillow", "threadpoolctl")
"""Packages of Pyodide that the notebooks import."""
ONLY_FOR_NOTEBOOKS = "comm"
"""Of the wheels: what JupyterLite's kernel needs, and no check."""
LITE = "lite"
"""Where JupyterLite lies in the site."""
_FROM_THE_LAB, _FROM_THE_KERNEL = "../../", "../../../../../"
"""The ways from JupyterLab's page, and from its kernel's script, to the front page of the site."""
_CORE = ("pyodide.asm.wasm", "python_stdlib.zip", LOCK)
"""What is fetched of the core; its scripts come in another way, and are not counted."""


def add_browser_edition(project: Project, site: Path, given: Path | None = None) -> None:
    """Add to a built site what its pages need to run Python, and JupyterLite with all notebooks.

    given  a folder with Pyodide's files, in place of its usual address

    Raises PyodideUnavailableError where it cannot be had.
    """
    pyodide = Pyodide.of(project)
    files = obtain(pyodide, project.records / CACHE, given)
    wheels = add_python(project, site, pyodide, files)
    add_jupyterlite(project, site, pyodide, wheels)


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
    for_pages = [name for name in brought if not Path(name).name.startswith(ONLY_FOR_NOTEBOOKS)]
    loaded += [folder / name for name in for_pages]
    listed = {
        "version": pyodide.version,
        "packages": [name for name in FOR_EXERCISES if name != "numpy"],
        "wheels": for_pages,
        "bytes": sum(path.stat().st_size for path in loaded),
    }
    (folder / LISTED).write_text(json.dumps(listed), encoding="utf-8")
    return brought


def add_jupyterlite(
    project: Project,
    site: Path,
    pyodide: Pyodide,
    wheels: list[str],
    notebooks: Path | None = None,
) -> None:
    """Build JupyterLite into the site's folder `lite`, on the same Pyodide and the same wheels.

    notebooks  the folder of those that it shows, the student's unless given
    """
    out = site / LITE
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        settings = json.dumps(_settings(pyodide, wheels), indent=1)
        (work / "jupyter-lite.json").write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "jupyterlite_core", "build", f"--lite-dir={work}"]
        command += [f"--output-dir={out}", f"--contents={notebooks or project.notebooks}"]
        command += ["--apps=lab", "--no-sourcemaps", "--no-unused-shared-packages"]
        built = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if built.returncode:
        raise CourseError(f"JupyterLite was not built:\n{built.stdout}{built.stderr}")


def _settings(pyodide: Pyodide, wheels: list[str]) -> dict[str, Any]:
    """What JupyterLite is told. Its kernel brings the course along, so that no cell installs it."""
    options = {"packages": [*FOR_NOTEBOOKS, *(f"{_FROM_THE_KERNEL}{FOLDER}/{w}" for w in wheels)]}
    kernel = {
        "pyodideUrl": f"{_FROM_THE_LAB}{FOLDER}/{pyodide.version}/pyodide.js",
        "loadPyodideOptions": options,
        "disablePyPIFallback": True,
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "The convolution layer",
            "enableMemoryStorage": True,
            "enableServiceWorkerCache": True,
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


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
