"""A fresh notebook for a student who wants to begin a lesson again."""

from datetime import datetime
from pathlib import Path

from course.handed_out import handed_out, write
from course.project import Project


def reset(project: Project, name: str, now: datetime) -> Path | None:
    """Write a fresh notebook; return where the old one is kept, or None where there was none.

    Raises CourseError, and touches nothing, when this copy of the course has no fresh one.
    """
    fresh = handed_out(name, project.package)
    path = project.notebooks / f"{name}.ipynb"
    kept = None
    if path.exists():
        # last in JupyterLab's list of files, where long names are cut off at their end
        kept = path.with_name(f"old.{name}.{now:%Y-%m-%d-%H%M%S}.ipynb")
        path.replace(kept)
    write(path, fresh)
    return kept
