"""The sandbox: bubblewrap, with a read-only Python and a course cut down to one lesson."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from course.project import PACKAGE, CourseError
from course.running.limits import Limits
from course.running.room import ONE_THREAD

SITE, COURSE = "/sandbox/site", "/sandbox/course"
_NEEDED = ("ipykernel", "numpy", "matplotlib")
_INSTALL = (
    "  Debian, Ubuntu: apt install bubblewrap\n  Fedora: dnf install bubblewrap\n"
    "  macOS, Windows: use a Linux machine, a virtual one or WSL 2\n"
    "Without a sandbox a submission can read your files and change grades. If you accept that, as "
    "for work of your own: course grade --no-sandbox"
)


def require_sandbox() -> None:
    """Raise CourseError, with what to do, where bubblewrap cannot run."""
    if shutil.which("bwrap") is None:
        raise CourseError(f"Grading needs bubblewrap, which is not installed.\n{_INSTALL}")
    probe = ["bwrap", *_NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    tried = subprocess.run([*probe, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        reason = tried.stderr.strip() or f"exit code {tried.returncode}"
        raise CourseError(
            f"bubblewrap is installed, but cannot run here: {reason}\n"
            "The system may forbid user namespaces (on Ubuntu 24.04: "
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0), or this is a container that "
            f"does.\n{_INSTALL}"
        )


_NAMESPACES = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")


def environment(limits: Limits) -> dict[str, str]:
    """The variables of the sandbox; nothing of the grader's own gets in."""
    return ONE_THREAD | {
        "HOME": "/home/student",
        "IPYTHONDIR": "/home/student/.ipython",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{COURSE}:{SITE}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "MALLOC_ARENA_MAX": "2",
        "MPLBACKEND": "agg",
        "NO_COLOR": "1",
        "COURSE_LIMITS": json.dumps(limits.of_a_process()),
    }


def walls_around(course: Path, shared: Path, size: int, allowed: tuple[str, ...]) -> list[str]:
    """The options of bubblewrap for a sandbox that can read one folder of the grader's.

    course   the course cut down to a lesson
    size     of each folder that can be written to, in bytes
    allowed  modules whose packages are there
    """
    options = [*_NAMESPACES, "--uid", "1000", "--gid", "1000", "--hostname", "course"]
    options += _system() + _python()
    options += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/dev/shm", "/tmp", "/home/student"):
        options += [*_sized(size), "--tmpfs", place]
    options += ["--ro-bind", str(course), COURSE]
    for entry in _packages(allowed):
        options += ["--ro-bind", str(entry), f"{SITE}/{entry.name}"]
    options += ["--ro-bind", str(shared), str(shared), "--chdir", "/home/student"]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/"]


@cache
def _sized(size: int) -> list[str]:
    helped = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)
    return ["--size", str(size)] if "--size" in helped.stdout + helped.stderr else []


def _system() -> list[str]:
    """The system's libraries and programs, without its configuration."""
    options = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    for file in ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"):
        options += ["--ro-bind-try", file, file]
    return options


def _python() -> list[str]:
    """The Python that runs this, with all installed packages hidden."""
    options = []
    base = Path(sys.base_prefix).resolve()
    if not base.is_relative_to("/usr") or base.is_relative_to("/usr/local"):
        options += ["--ro-bind", str(base), str(base)]
    hidden = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    names = ("site-packages", "dist-packages")
    library = base / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    hidden |= {library / name for name in names}
    hidden |= {Path("/usr/lib/python3/dist-packages"), Path("/usr/local/lib")}
    hidden |= {PACKAGE.parent}  # with its solutions
    for path in sorted(hidden):
        is_shown = path.is_relative_to(base) or path.is_relative_to("/usr")
        if is_shown and path.is_dir() and not library.is_relative_to(path):
            options += ["--tmpfs", str(path)]
    return options


@cache
def _packages(allowed: tuple[str, ...]) -> tuple[Path, ...]:
    """The installed files of NumPy, the kernel and what was allowed, with what these need."""
    known = metadata.packages_distributions()
    queue = [*_NEEDED, *(name for module in allowed for name in known.get(module, ()))]
    seen, entries = set(), {}
    while queue:
        name = queue.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for file in found.files or ():
            if file.parts[0] not in ("..", "__pycache__"):
                path = Path(str(found.locate_file(file.parts[0])))
                entries[path.name] = path
        for text in found.requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                queue.append(requirement.name)
    return tuple(path for path in entries.values() if path.exists())
