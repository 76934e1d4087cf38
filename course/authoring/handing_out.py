"""Which notebooks are handed out, and whether they are as students should get them.

Builds of the wheel use this too, where nothing is installed: it needs Python alone.
"""

import json
from pathlib import Path

from course.project import SHEET, CourseError, Project


def notebooks_to_hand_out(project: Project) -> list[Path]:
    """The notebook of every lesson, and the formulas on one page.

    Raises CourseError unless each notebook has blanks and no outputs.
    """
    paths = [project.notebooks / f"{name}.ipynb" for name in project.lesson_names()]
    for path in paths:
        _require_blank(path)
    return [*paths, *project.notebooks.glob(SHEET)]


def _require_blank(path: Path) -> None:
    if not path.exists():
        raise CourseError(f"{path.name} is missing. Run: course build")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    if any(cell.get("outputs") for cell in cells):
        raise CourseError(f"{path.name} has outputs. Run: course build --force {path.stem[:2]}")
    for cell in cells:
        source, metadata = "".join(cell["source"]), cell["metadata"]
        exercise = metadata.get("exercise") or metadata.get("blank")
        if (exercise and "# YOUR CODE HERE" not in source) or "### BEGIN SOLUTION" in source:
            what = exercise or "a prediction"
            raise CourseError(f"{path.name} has an answer to {what}. Run: course build --force")
