"""The `course` that a notebook finds while it is run: what was taught up to there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from course.project import PACKAGE
from course.running.lesson import Lesson

INSIDE = Path(__file__).parent / "inside"
ENGINE = (
    *("case", "geometry", "layouts", "mistakes", "outcome", "own_code", "texts", "uses"),
    "watching",
)
"""Of `course.checks`, what tries an answer. It holds no answers."""


def write_course(lesson: Lesson, folder: Path) -> None:
    """Write what was taught before, stand-ins, and what tries an answer."""
    for name, text in _files(lesson):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for data in (PACKAGE / "data").glob("*.npz"):
        if any(module.startswith("course.data.") for module in lesson.modules):
            shutil.copy(data, folder / "course" / "data")


def _files(lesson: Lesson) -> Iterator[tuple[str, str]]:
    yield "course/__init__.py", ""
    yield "course/show/__init__.py", _NOTHING_IS_SHOWN
    yield "course/checks/__init__.py", _NOTHING_IS_CHECKED
    for name in ENGINE:
        text = (PACKAGE / "checks" / f"{name}.py").read_text(encoding="utf-8")
        yield f"course/checks/{name}.py", text
    packages = {"course.convolution", "course.nn", "course.data", "course.mine"}
    for module, text in lesson.modules.items():
        path = module.replace(".", "/")
        yield f"{path}/__init__.py" if module in packages else f"{path}.py", text
    for file in sorted(INSIDE.glob("*.py")):
        yield f"course_inside/{file.name}", file.read_text(encoding="utf-8")


_NOTHING_IS_SHOWN = '''"""Nothing is shown in here."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *arguments, **options: None
'''
_NOTHING_IS_CHECKED = '''"""Nothing is checked in here: that is done outside."""


class _Check:
    case = {}

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments, **options: None


check = _Check()
'''
