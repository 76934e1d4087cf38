"""The `course` command. Every command works from any folder inside the course."""

import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from course.project import CourseError, find_project

# What a command needs is imported when it runs, so that `course --help` does not wait for NumPy.
if TYPE_CHECKING:
    from rich.progress import Progress

    from course.progress.own_check import LessonResult

SECONDS = click.FloatRange(min=0, min_open=True)
STYLES = {"right": "green", "not attempted": "dim"}
console = Console(highlight=False, soft_wrap=True)


def _explains_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Show a CourseError as one message instead of a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CourseError as error:
            raise click.ClickException(str(error)) from error

    return wrapped


def _progress() -> "Progress":
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="convolution-course")
def main() -> None:
    """The convolution layer from scratch, in NumPy.

    A lesson is named by its number, 3 or 03, or by its name, 03_im2col.
    """


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("lesson", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@_explains_errors
def lab(lesson: str | None, options: tuple[str, ...]) -> None:
    """Open JupyterLab at a LESSON, the first one unless named.

    OPTIONS go to JupyterLab: --no-browser, --port=9999.
    """
    from course.lab import start_lab

    project = find_project()
    if lesson and lesson.startswith("-"):
        lesson, options = "", (lesson, *options)
    name = project.choose([lesson] if lesson else [])[0]

    def announce(address: str) -> None:
        console.print(f"\nJupyterLab is running. Open this address:\n\n    {address}\n")
        console.print("Ctrl-C stops it. Your work is in notebooks/.\n")

    console.print("Starting JupyterLab ...")
    sys.exit(start_lab(project, name, options, announce))


@main.command()
@click.argument("lessons", nargs=-1)
@click.option("--solutions", is_flag=True, help="Run the solved notebooks and compare outputs.")
@click.option(
    "--timeout", type=SECONDS, default=60.0, show_default=True, help="Seconds that a cell may take."
)
@_explains_errors
def check(lessons: tuple[str, ...], solutions: bool, timeout: float) -> None:
    """Run your notebooks and say which exercises are right.

    Save them in JupyterLab first. The exit code is 0 only when all exercises are right.
    """
    from course.log import append, log_of

    if solutions:
        from course.authoring.solved import check_solution as check_one
    else:
        from course.progress.own_check import check_lesson as check_one
    project = find_project()
    everything_right = True
    names = project.choose(lessons)
    for number, name in enumerate(names, start=1):
        with _progress() as progress:
            progress.add_task(f"running {name} ({number} of {len(names)})")
            result = check_one(project, name, timeout)
        _print_lesson(name, result)
        everything_right &= result.all_right()
        if not solutions:
            append(log_of(project), result.states(), datetime.now())
    sys.exit(not everything_right)


def _print_lesson(name: str, result: "LessonResult") -> None:
    console.print(f"[bold]{name}[/bold]")
    if result.broken:
        console.print(f"  {result.broken}", style="red", markup=False)
        return
    for exercise, r in result.results.items():
        console.print(f"  {exercise:<28}", f"{r.state:<14}", style=STYLES.get(r.state), end="")
        console.print(f" {r.why}", markup=False)
    for failure in result.failures:
        console.print(f"  another cell failed, {failure}", style="yellow", markup=False)


@main.command()
@_explains_errors
def progress() -> None:
    """Show the points reached, by the last check of each exercise in a notebook or by `check`."""
    from rich.table import Table

    from course.checks.exercises import EXERCISES
    from course.log import log_of, reached

    project = find_project()
    log = reached(log_of(project))
    console.print(f"The course in {project.root}\n", markup=False)
    table = Table("lesson", "exercises", "points", "checked", box=None, pad_edge=False)
    total = most = 0
    lost: list[str] = []
    for name in project.lesson_names():
        exercises = EXERCISES.of(name)
        found = {e.name: log[e.name] for e in exercises if e.name in log}
        right = [e for e in exercises if e.name in found and found[e.name].is_right()]
        points, possible = sum(e.points for e in right), sum(e.points for e in exercises)
        total, most = total + points, most + possible
        checked = max((one.time for one in found.values()), default="not yet")
        lost += [exercise for exercise, one in found.items() if one.right_before]
        table.add_row(name, f"{len(right)} of {len(exercises)}", f"{points} of {possible}", checked)
    table.add_row("together", "", f"{total} of {most}", "")
    console.print(table)
    if lost:
        console.print(f"\nRight before, and not at the last check: {', '.join(lost)}")
    if not log:
        console.print("\nNothing has been checked yet: run a notebook's checks, or `course check`.")


@main.command()
@click.argument("lesson")
@_explains_errors
def reset(lesson: str) -> None:
    """Begin a LESSON again with a fresh notebook; the old one is kept beside it."""
    from course.authoring.reset import reset as reset_notebook

    project = find_project()
    name = project.choose([lesson])[0]
    kept = reset_notebook(project, name, datetime.now())
    console.print(f"notebooks/{name}.ipynb is fresh.")
    if kept:
        console.print(f"Your work is kept in notebooks/{kept.name}.")
    console.print("If it is open in JupyterLab: File > Reload Notebook from Disk.")


@main.command()
@click.argument("lessons", nargs=-1)
@click.option("--check", "only_check", is_flag=True, help="Build nothing; fail on a difference.")
@click.option("--force", is_flag=True, help="Run lessons again that have not changed.")
@_explains_errors
def build(lessons: tuple[str, ...], only_check: bool, force: bool) -> None:
    """Make notebooks/ and solutions/ from LESSONS, all of them unless named.

    With --check, compare the cells, metadata and ids of the committed notebooks with their
    lessons; stored outputs are compared by `course check --solutions`.
    """
    from course.authoring import build as authoring

    project = find_project()
    project.require_sources()
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
    for number, name in enumerate(names, start=1):
        with _progress() as progress:
            progress.add_task(f"building {name} ({number} of {len(names)})")
            ran = authoring.build(project, name, force)
        console.print(f"{name}: {'built' if ran else 'unchanged'}")


@main.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@_explains_errors
def release(out: Path) -> None:
    """Write what students get into the folder OUT: notebooks and package, no solutions."""
    from course.authoring.release import release as write_release

    for path in write_release(find_project(), out):
        console.print(f"{path}", markup=False)


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path), required=False)
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="For the grades.")
@click.option("--lesson", "lessons", multiple=True, help="Grade only this one; may be repeated.")
@click.option("--roster", type=click.Path(path_type=Path), help="CSV with the class's students.")
@click.option("--allow", "allowed", multiple=True, help="A module or name that answers may use.")
@click.option("--crash-is-zero", is_flag=True, help="Give 0 for an answer that ends its kernel.")
@click.option(
    "--seconds", type=SECONDS, default=60.0, show_default=True, help="Limit for each cell."
)
@click.option("--workers", type=click.IntRange(min=1), help="How many at once; else one a core.")
@click.option("--scheduler", default="", help="tcp://… of a Dask cluster to mark on.")
@click.option(
    "--again", multiple=True, metavar="STUDENT", help="Mark one anew; or all, with new inputs."
)
@click.option(
    "--forget",
    is_flag=True,
    help="Drop results of the graded lessons whose submissions are no longer there.",
)
@click.option(
    "--show", nargs=2, metavar="STUDENT EXERCISE", help="Mark nothing; show the case that fails."
)
@click.option("--anonymous", is_flag=True, help="Write pages and tables without names.")
@click.option("--no-sandbox", is_flag=True, help="Run submissions unprotected. Only your own!")
@_explains_errors
def grade(
    submissions: Path | None,
    out: Path,
    show: tuple[str, str] | None,
    no_sandbox: bool,
    **options: Any,
) -> None:
    """Mark a folder or zip of SUBMISSIONS. Run again, it goes on where it stopped.

    What was graded is kept in the folder for the grades, from run to run. Decisions are read from
    its decisions.csv: student, lesson, exercise or all, points, excused, allow, comment.
    """
    if show:
        from course.grading.showing import show as show_case

        return show_case(out, *show, console)
    if submissions is None:
        raise click.UsageError("Missing argument 'SUBMISSIONS'.")
    from course.grading.command import grade as grade_submissions

    grade_submissions(find_project(), submissions, out, console, confined=not no_sandbox, **options)


@main.command()
@click.option("--serve", is_flag=True, help="Show the site on this machine once it is built.")
@click.option("--port", default=8000, show_default=True, help="Where --serve shows it.")
@_explains_errors
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
