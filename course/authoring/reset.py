"""A fresh notebook for a student who wants to begin a lesson again."""

from datetime import datetime
from pathlib import Path

import nbformat

from course.authoring.build import fresh_notebook, write
from course.project import CourseError, Project


def reset(project: Project, name: str, now: datetime) -> Path | None:
    """Write a fresh notebook; return where the old one is kept, or None where there was none.

    It is made from the lesson's source, or is what a release keeps beside the package. Raises
    CourseError when this copy of the course has neither.
    """
    handed_out = project.fresh / f"{name}.ipynb"
    if (project.lessons / f"{name}.md").exists():
        fresh = fresh_notebook(project, name)
    elif handed_out.exists():
        fresh = nbformat.read(handed_out, as_version=4)
    else:
        raise CourseError(
            "This copy of the course has nothing to make a fresh notebook from, neither lessons/ "
            "nor course/fresh/. Download it again and copy the notebook from there."
        )
    path = project.notebooks / f"{name}.ipynb"
    kept = None
    if path.exists():
        kept = path.with_name(f"{name}.{now:%Y-%m-%d-%H%M%S}.ipynb")
        path.replace(kept)
    write(path, fresh)
    return kept
