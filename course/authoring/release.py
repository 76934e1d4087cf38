"""What students get: the notebooks, the package and the environment, and no solution."""

import re
import shutil
import zipfile
from pathlib import Path

import nbformat

from course.project import CourseError, Project

NAME = "convolution-course"
_FILES = ("pyproject.toml", "Makefile", "environment.yml", "LICENSE", "conftest.py", ".gitignore")
_SECTIONS_LEFT_OUT = ("How fast it is", "For instructors", "For authors")
_NOT_FOR_STUDENTS = ("solutions/", "make test", "every test", "CONTRIBUTING", "benchmarks")
_IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", "fresh", ".*")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def release(project: Project, out: Path) -> tuple[Path, Path]:
    """Write the folder and the zip that students get; return both.

    Raises CourseError when a notebook is not as students should get it, or when there is
    something else in the way.
    """
    folder, archive = out / NAME, out / f"{NAME}.zip"
    notebooks = [project.notebooks / f"{name}.ipynb" for name in project.lesson_names()]
    for path in notebooks:
        _require_blank(path)
    _make_room(folder)
    shutil.copytree(project.root / "course", folder / "course", ignore=_IGNORED)
    students = Project(folder)
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


def _make_room(folder: Path) -> None:
    if folder.exists():
        if not Project(folder).fresh.is_dir():
            raise CourseError(f"{folder} is in the way, and is no release. Choose another place.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _require_blank(path: Path) -> None:
    """Raise CourseError unless the notebook is as it is handed out."""
    if not path.exists():
        raise CourseError(f"{path.name} is missing. Run: course build")
    notebook = nbformat.read(path, as_version=4)
    if any(cell.get("outputs") for cell in notebook.cells):
        raise CourseError(f"{path.name} has outputs. Run: course build --force {path.stem[:2]}")
    for cell in notebook.cells:
        exercise, is_blank = cell.metadata.get("exercise"), "# YOUR CODE HERE" in cell.source
        if (exercise and not is_blank) or "### BEGIN SOLUTION" in cell.source:
            what = exercise or "a prediction"
            raise CourseError(f"{path.name} has an answer to {what}. Run: course build --force")


def for_students(readme: str) -> str:
    """The parts of the README that concern students."""
    head, *sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    wanted = [s for s in sections if s[3:].partition("\n")[0] not in _SECTIONS_LEFT_OUT]
    return "".join(map(_without_hints_at_solutions, [head, *wanted]))


def _without_hints_at_solutions(section: str) -> str:
    paragraphs = re.split(r"\n\n", section)
    kept: list[str] = []
    for paragraph in paragraphs:
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
