"""Write the pages and let Sphinx build the site; a warning is an error."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from course.project import CourseError, Project


def build_site(project: Project, out: Path | None = None, work: Path | None = None) -> Path:
    """Build the site and return its folder.

    out    where it is built, dist/site unless given
    work   what Sphinx reads and remembers, .course/site unless given

    Raises CourseError when Sphinx is not installed, or when it has anything to complain about.
    """
    out = out or project.root / "dist" / "site"
    work = work or project.records / "site"
    if importlib.util.find_spec("sphinx") is None or importlib.util.find_spec("myst_nb") is None:
        raise CourseError("The site needs Sphinx and more. Run: pip install -e '.[site]'")
    from course.authoring.site.pages import write_pages

    write_pages(project, work)
    if (out / ".buildinfo").exists():  # a page of a lesson that is gone would stay
        shutil.rmtree(out)
    command = [sys.executable, "-m", "sphinx", "--builder=html", "--quiet", "--jobs=2"]
    command += ["--fail-on-warning", f"--conf-dir={project.root / 'site'}"]
    command += [f"--doctree-dir={work / 'doctrees'}", f"--define=html_extra_path={work / 'extra'}"]
    built = subprocess.run([*command, str(work / "pages"), str(out)], cwd=project.root)
    shutil.rmtree(out.parent / "jupyter_execute", ignore_errors=True)  # left there by myst-nb
    if built.returncode != 0:
        raise CourseError("The site was not built: Sphinx says above what is wrong.")
    return out
