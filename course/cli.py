"""The `course` command, and what students do with it.

What authors and instructors do stands in `commands_for_authors.py` and
`commands_for_instructors.py`, and is offered where those are installed: students do not get them.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from course.project import CourseError, Project, find_project
from course.terminal import SECONDS, console, explains_errors, spinner

# What a command needs is imported when it runs, so that `course --help` does not wait for NumPy.
if TYPE_CHECKING:
    from course.progress.own_check import LessonResult

AUTHORING = find_spec("course.authoring") is not None
STYLES = {"right": "green", "not attempted": "dim"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="convolution-course")
def main() -> None:
    """The convolution layer from scratch, in NumPy.

    A lesson is named by its number, 3 or 03, or by its name, 03_im2col.
    """


OPTIONS_FOR_JUPYTERLAB = {"ignore_unknown_options": True}


@main.command(context_settings=OPTIONS_FOR_JUPYTERLAB)
@click.argument("folder", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--lay-out-only", is_flag=True, help="Do not open JupyterLab.")
@explains_errors
def start(folder: str | None, options: tuple[str, ...], lay_out_only: bool) -> None:
    """Lay out a FOLDER with the notebooks, and open JupyterLab there.

    Without a name it is convolution-course, or the one you are in. In a folder that was laid out
    before, it adds the notebooks that are missing, and touches nothing else. OPTIONS go to
    JupyterLab: --no-browser, --port=9999.
    """
    from course.start import chosen_folder, lay_out

    if folder and folder.startswith("-"):
        options, folder = (folder, *options), None
    project = Project(chosen_folder(folder).resolve())
    added = lay_out(project)
    console.print(f"{len(added)} notebooks added in {project.root}", markup=False)
    console.print("Next time, in that folder: course lab")
    if not lay_out_only:
        _open_lab(project, project.choose([])[0], options)


@main.command(context_settings=OPTIONS_FOR_JUPYTERLAB)
@click.argument("lesson", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@explains_errors
def lab(lesson: str | None, options: tuple[str, ...]) -> None:
    """Open JupyterLab at a LESSON, the first one unless named.

    OPTIONS go to JupyterLab: --no-browser, --port=9999.
    """
    project = find_project()
    if lesson and lesson.startswith("-"):
        lesson, options = "", (lesson, *options)
    _open_lab(project, project.choose([lesson] if lesson else [])[0], options)


def _open_lab(project: Project, name: str, options: Sequence[str]) -> None:
    from course.lab import start_lab

    if not (project.notebooks / f"{name}.ipynb").exists():
        brought_back = f"`course reset {name[:2]}` brings it back."
        raise CourseError(f"notebooks/{name}.ipynb is missing. {brought_back}")

    def announce(address: str) -> None:
        console.print(f"\nJupyterLab is running. Open this address:\n\n    {address}\n")
        console.print("Ctrl-C stops it. Your work is in notebooks/.\n")

    console.print("Starting JupyterLab ...")
    sys.exit(start_lab(project, name, options, announce))


@main.command()
@click.argument("lessons", nargs=-1)
@click.option(
    "--solutions",
    is_flag=True,
    hidden=not AUTHORING,
    help="Run the solved notebooks and compare outputs.",
)
@click.option(
    "--timeout", type=SECONDS, default=60.0, show_default=True, help="Seconds that a cell may take."
)
@explains_errors
def check(lessons: tuple[str, ...], solutions: bool, timeout: float) -> None:
    """Run your notebooks and say which exercises are right.

    Save them in JupyterLab first. The exit code is 0 only when all exercises are right.
    """
    from course.checks.exercises import EXERCISES
    from course.log import append, log_of

    project = find_project()
    names = project.choose(lessons)
    if solutions and not (AUTHORING and project.solutions.is_dir()):
        raise CourseError("This copy of the course has no solutions/.")
    if solutions:
        from course.authoring.solved import check_solution as check_one
    else:
        from course.progress.own_check import check_lesson as check_one
    everything_right = solutions or any(EXERCISES.of(name) for name in names)
    for number, name in enumerate(names, start=1):
        with spinner() as progress:
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
    if not result.results:
        console.print("  has no exercises", style="dim")
    for exercise, r in result.results.items():
        console.print(f"  {exercise:<28}", f"{r.state:<14}", style=STYLES.get(r.state), end="")
        console.print(f" {r.why}", markup=False)
    for failure in result.failures:
        console.print(f"  another cell failed, {failure}", style="yellow", markup=False)


@main.command()
@explains_errors
def progress() -> None:
    """Show the points reached, by the last check of each exercise in a notebook or by `check`."""
    from rich.table import Table

    from course.checks.exercises import EXERCISES
    from course.log import log_of, reached

    project = find_project()
    names, log = project.choose([]), reached(log_of(project))
    console.print(f"The course in {project.root}\n", markup=False)
    table = Table("lesson", "exercises", "points", "checked", box=None, pad_edge=False)
    total = most = 0
    lost: list[str] = []
    for name in names:
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
@explains_errors
def reset(lesson: str) -> None:
    """Begin a LESSON again with a fresh notebook; the old one is kept beside it."""
    from course.progress.reset import reset as reset_notebook

    project = find_project()
    name = project.choose([lesson])[0]
    kept = reset_notebook(project, name, datetime.now())
    console.print(f"notebooks/{name}.ipynb is fresh.")
    if kept:
        console.print(f"Your work is kept in notebooks/{kept.name}.")
    console.print("If it is open in JupyterLab: File > Reload Notebook from Disk.")


@main.command()
@click.argument("exercise")
@click.option("--timeout", type=SECONDS, default=60.0, help="Seconds that a cell may take.")
@explains_errors
def report(exercise: str, timeout: float) -> None:
    """Write what to send when a check misjudges your answer to an EXERCISE. Nothing is sent.

    Save the notebook first. Read the text, and paste it into a report of a wrong check.
    """
    from course.report import report as report_of

    with spinner() as progress:
        progress.add_task(f"running the notebook of {exercise}")
        text = report_of(find_project(), exercise, timeout)
    click.echo(text, nl=False)


for people in ("authors", "instructors"):
    if find_spec(f"course.commands_for_{people}"):
        for command in import_module(f"course.commands_for_{people}").COMMANDS:
            main.add_command(command)
