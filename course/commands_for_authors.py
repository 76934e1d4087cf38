"""The commands for authors: `course build`, `course release` and `course site`."""

from pathlib import Path

import click

from course.project import CourseError, find_project
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


@click.command()
@click.option("--serve", is_flag=True, help="Show the site on this machine once it is built.")
@click.option("--port", default=8000, show_default=True, help="Where --serve shows it.")
@explains_errors
def site(serve: bool, port: int) -> None:
    """Build the website into dist/site, from the solved notebooks."""
    from course.authoring.site.build import build_site
    from course.authoring.site.serve import serve_site

    def announce(address: str) -> None:
        console.print(f"The site is at {address}\nCtrl-C stops it.")

    project = find_project()
    project.require_sources()
    console.print("Building the site ...")
    folder = build_site(project)
    console.print(f"The site is in {folder.relative_to(project.root).as_posix()}.")
    if serve:
        serve_site(project, folder, port, announce)


COMMANDS = (build, release, site)
