"""What students get: the notebooks, the package and the environment, and no solution."""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from course.authoring.handing_out import notebooks_to_hand_out
from course.project import MARKER, CourseError, Project

NAME = "convolution-course"
_FILES = (
    *("pyproject.toml", "hatch_build.py", "Makefile", "environment.yml", "LICENSE"),
    *("conftest.py", ".gitignore"),
)
_NOT_OF_THE_PACKAGE = (
    *("authoring", "commands_for_authors.py", "grading", "commands_for_instructors.py"),
    "fresh",
)
_SECTIONS_LEFT_OUT = (
    *("How fast it is", "For instructors", "For authors"),
    "Reporting, citing, thanks",
)
_NOT_FOR_STUDENTS = (
    *("solutions/", "make test", "every test", "CONTRIBUTING", "benchmarks", "make site"),
    "pip install convolution-course",  # they get a wheel of their own
)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def release(project: Project, out: Path) -> tuple[Path, Path]:
    """Write the folder and the zip that students get; return both.

    Raises CourseError when a notebook is not as students should get it, or when there is
    something else in the way.
    """
    folder, archive = out / NAME, out / f"{NAME}.zip"
    notebooks = notebooks_to_hand_out(project)
    _make_room(folder)
    shutil.copytree(project.root / "course", folder / "course", ignore=_left_out)
    students = Project(folder, package=folder / "course")
    students.mark()
    for place in (students.notebooks, students.fresh):
        place.mkdir()
        for path in notebooks:
            shutil.copyfile(path, place / path.name)
    for name in _FILES:
        if (project.root / name).exists():
            shutil.copyfile(project.root / name, folder / name)
    readme = (project.root / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(for_students(readme), encoding="utf-8")
    _pack(folder, archive)
    return folder, archive


def build_wheel(folder: Path, out: Path) -> Path:
    """Write the wheel of a release into a folder, and return it.

    Raises CourseError, with what pip says, when it cannot be built: pip fetches hatchling.
    """
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet"]
        command += ["--disable-pip-version-check", "--wheel-dir", place, str(folder)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        if built.returncode:
            raise CourseError(
                f"{folder} is written, but its wheel cannot be built:\n{built.stderr}"
            )
        [wheel] = Path(place).glob("*.whl")
        return Path(shutil.move(wheel, out / wheel.name))


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Of the package: what only authors and instructors need, and what Python leaves behind."""
    not_for_students = _NOT_OF_THE_PACKAGE if Path(folder).name == "course" else ()
    unwanted = {n for n in names if n.startswith(".") or n.endswith(".pyc") or n == "__pycache__"}
    return unwanted | {name for name in names if name in not_for_students}


def _make_room(folder: Path) -> None:
    if folder.exists():
        if not (folder / MARKER).is_file():
            raise CourseError(f"{folder} is in the way, and is no release. Choose another place.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def for_students(readme: str) -> str:
    """The parts of the README that concern students."""
    head, *sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    wanted = [s for s in sections if s[3:].partition("\n")[0] not in _SECTIONS_LEFT_OUT]
    return "".join(map(_without_hints_at_solutions, [head, *wanted]))


def _without_hints_at_solutions(section: str) -> str:
    paragraphs = re.split(r"\n\n", section)
    kept: list[str] = []
    for paragraph in paragraphs:
        if paragraph.startswith("<img"):  # of the site, which they do not get
            continue
        if "make test" in paragraph and paragraph.startswith("```"):
            continue
        kept.append(_sentences_without(paragraph) if "`" in paragraph else paragraph)
    return "\n\n".join(p for k, p in enumerate(kept) if p.strip() or k == len(kept) - 1)


def _sentences_without(paragraph: str) -> str:
    if paragraph.startswith(("|", "```", "##")):
        return paragraph
    sentences = re.split(r"(?<=[.:])\s+", paragraph)
    left = [s for s in sentences if not any(word in s for word in _NOT_FOR_STUDENTS)]
    return paragraph if len(left) == len(sentences) else " ".join(left)


def _pack(folder: Path, archive: Path) -> None:
    """The same folder gives the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = path.relative_to(folder.parent).as_posix()
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            packed.writestr(info, path.read_bytes())
