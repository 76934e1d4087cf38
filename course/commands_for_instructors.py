"""The command for instructors: `course grade`."""

from pathlib import Path
from typing import Any

import click

from course.terminal import SECONDS, console, explains_errors, needs


@click.command()
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
@explains_errors
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
    with needs("instructor"):
        from course.grading.command import grade as grade_submissions
        from course.grading.showing import show as show_case

    if show:
        return show_case(out, *show, console)
    if submissions is None:
        raise click.UsageError("Missing argument 'SUBMISSIONS'.")
    grade_submissions(submissions, out, console, confined=not no_sandbox, **options)


COMMANDS = (grade,)
