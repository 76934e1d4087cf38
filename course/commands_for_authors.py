"""The commands for authors: `course build`, `release`, `site` and `browser`."""

from pathlib import Path

import click

from course.project import CourseError, Project, find_project
from course.terminal import console, explains_errors, needs, spinner


@click.command()
@click.argument("lessons", nargs=-1)
@click.option("--check", "only_check", is_flag=True, help="Build nothing; fail on a difference.")
@click.option("--force", is_flag=True, help="Run lessons again that have not changed.")
@explains_errors
def build(lessons: tuple[str, ...], only_check: bool, force: bool) -> None:
    """Make notebooks/ and solutions/ from LESSONS, all of them unless named.

    With --check, compare the cells, metadata and ids of the committed notebooks with their
    lessons; stored outputs are compared by `course check --solutions`.
    """
    project = find_project()
    project.require_sources()
    with needs("authoring"):
        from course.authoring import build as authoring

    names = project.choose(lessons)
    if only_check:
        found = [line for name in names for line in authoring.differences(project, name)]
        found += [] if lessons else authoring.strangers(project)
        for line in found:
            console.print(line, markup=False)
        if found:
            raise CourseError("The notebooks are not what the lessons give. Run: course build")
        console.print(f"{len(names)} lessons: notebooks/ and solutions/ are what they give.")
        return
    authoring.build_sheet(project)
    for number, name in enumerate(names, start=1):
        with spinner() as progress:
            progress.add_task(f"building {name} ({number} of {len(names)})")
            ran = authoring.build(project, name, force)
        console.print(f"{name}: {'built' if ran else 'unchanged'}")


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@explains_errors
def release(out: Path) -> None:
    """Write what students get into the folder OUT: a folder, a zip of it, and a wheel.

    They hold the notebooks and the package, without solutions, authoring and grading.
    """
    from course.authoring.release import build_wheel
    from course.authoring.release import release as write_release

    project = find_project()
    project.choose([])  # there must be lessons
    folder, archive = write_release(project, out)
    for path in (folder, archive, build_wheel(folder, out)):
        console.print(f"{path}", markup=False)


pyodide_from = click.option(
    "--pyodide",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with the files of Pyodide, in place of its usual address.",
)


@click.command()
@click.option("--serve", is_flag=True, help="Show the site on this machine once it is built.")
@click.option("--port", default=8000, show_default=True, help="Where --serve shows it.")
@pyodide_from
@explains_errors
def site(serve: bool, port: int, pyodide: Path | None) -> None:
    """Build the website into dist/site, from the solved notebooks.

    Its pages run Python where Pyodide can be had; without it they are built all the same.
    """
    from course.authoring.site.build import build_site
    from course.authoring.site.pyodide import PyodideUnavailableError
    from course.authoring.site.serve import serve_site

    def announce(address: str) -> None:
        console.print(f"The site is at {address}\nCtrl-C stops it.")

    project = find_project()
    project.require_sources()
    console.print("Building the site ...")
    folder = build_site(project)
    try:
        _add_the_browser_edition(project, pyodide)
    except PyodideUnavailableError as error:
        console.print(f"Answers cannot be checked in its pages: {error}", markup=False)
    console.print(f"The site is in {folder.relative_to(project.root).as_posix()}.")
    if serve:
        serve_site(project, folder, port, announce)


@click.command()
@pyodide_from
@explains_errors
def browser(pyodide: Path | None) -> None:
    """Add to the built website what runs in a browser: Python for its pages, and JupyterLite."""
    project = find_project()
    project.require_sources()
    _add_the_browser_edition(project, pyodide)
    console.print("The pages in dist/site run Python, and dist/site/lite is JupyterLite.")


def _add_the_browser_edition(project: Project, pyodide: Path | None) -> None:
    from course.authoring.site.browser import add_browser_edition

    site = project.root / "dist" / "site"
    if not (site / "index.html").exists():
        raise CourseError("There is no site to add to. Run: course site")
    console.print("Adding Python for the browser ...")
    add_browser_edition(project, site, pyodide)


COMMANDS = (build, release, site, browser)
