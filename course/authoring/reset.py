"""A fresh notebook for a student who wants to begin a lesson again."""

from datetime import datetime
from pathlib import Path

from course.authoring.build import fresh_notebook, write
from course.project import CourseError, Project


def reset(project: Project, name: str, now: datetime) -> Path | None:
    """Write a fresh notebook; return where the old one is kept, or None where there was none.

    Raises CourseError when this copy of the course has no lesson sources to make it from.
    """
    if not (project.lessons / f"{name}.md").exists():
        raise CourseError(
            "A fresh notebook is made from lessons/, which this copy of the course does not have. "
            "Download the course again and copy the notebook from there."
        )
    fresh = fresh_notebook(project, name)
    path = project.notebooks / f"{name}.ipynb"
    kept = None
    if path.exists():
        kept = path.with_name(f"{name}.{now:%Y-%m-%d-%H%M%S}.ipynb")
        path.replace(kept)
    write(path, fresh)
    return kept
