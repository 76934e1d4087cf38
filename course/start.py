"""A folder to work in, laid out from what is installed."""

import shutil
from pathlib import Path

from course.handed_out import handed_out, write
from course.project import MARKER, SHEET, CourseError, Project, marked_folder, names_handed_out

DEFAULT = "convolution-course"


def chosen_folder(given: str | None) -> Path:
    """The folder that is named; else the course that we are in already; else a new one here."""
    if given:
        return Path(given)
    return marked_folder(Path.cwd()) or Path(DEFAULT)


def lay_out(project: Project) -> list[str]:
    """Write the marker and the notebooks that are missing; return which these were.

    What is there stays as it is. Raises CourseError when the folder holds something else, when it
    cannot be written to, and when there is nothing installed to lay out.
    """
    folder = project.root
    names = names_handed_out(project.package)
    if not names:
        raise CourseError("This copy of the course has no notebooks. Install the course again.")
    try:
        if not (folder / MARKER).exists():
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise CourseError(
                    f"{folder} is not empty, and is no folder of the course. Name another one: "
                    "course start FOLDER"
                )
            folder.mkdir(parents=True, exist_ok=True)
            project.mark()
        missing = [n for n in names if not (project.notebooks / f"{n}.ipynb").exists()]
        for name in missing:
            write(project.notebooks / f"{name}.ipynb", handed_out(name, project.package))
        _lay_out_the_formulas(project)
    except OSError as error:
        raise CourseError(f"{folder} cannot be laid out: {error}") from error
    return missing


def _lay_out_the_formulas(project: Project) -> None:
    """Copy the page of formulas beside the notebooks, if it is not there."""
    places = (project.package / "fresh", project.package.parent / "notebooks")
    found = [place / SHEET for place in places if (place / SHEET).exists()]
    if found and not (project.notebooks / SHEET).exists():
        shutil.copyfile(found[0], project.notebooks / SHEET)
