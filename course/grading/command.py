"""`course grade` at work: the progress bar, Ctrl-C, and what is said at the end."""

import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from course.grading.batch import STORE, Batch, Options
from course.grading.reports import write_reports
from course.grading.results import MARKED, SubmissionResult
from course.grading.store import Store
from course.project import CourseError, Project

NO_SANDBOX = "Marking WITHOUT a sandbox: submissions can read your files and change grades."


def grade(
    project: Project,
    submissions: Path,
    out: Path,
    console: Console,
    workers: int | None = None,
    **options: Any,
) -> None:
    """Mark and report. Raises CourseError when it was stopped, and says how to go on."""
    chosen = Options(workers=workers or os.cpu_count() or 1, **options)
    if not chosen.confined:
        console.print(NO_SANDBOX, style="bold red")
    batch = Batch(project, submissions, out, chosen)
    columns = (TextColumn("marking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("marking", total=None)

        def step(_: SubmissionResult) -> None:
            progress.advance(task)

        try:
            batch.run(lambda total: progress.update(task, total=total), step)
        except KeyboardInterrupt:
            progress.stop()
            raise CourseError(
                f"Stopped. What is marked is kept in {out / STORE}: run the same command again, "
                "and it goes on from here."
            ) from None
    _say(batch, write_reports(out / STORE, out), console)


def _all_states(batch: Batch) -> dict[str, Counter[str]]:
    """What has become of all notebooks, of this run and of those before, and of their exercises."""
    with closing(Store(batch.out / STORE)) as store:
        results = store.results()
    exercises = (e.state for r in results if r.state == MARKED for e in r.exercises)
    return {"notebooks": Counter(r.state for r in results), "exercises": Counter(exercises)}


def _say(batch: Batch, written: list[str], console: Console) -> None:
    if batch.done_before:
        console.print(f"{batch.done_before} had been marked before and have not changed.")
    console.print(f"{batch.total} marked now.")
    for what, states in _all_states(batch).items():
        told = ", ".join(f"{count} {state}" for state, count in states.most_common())
        console.print(f"  {what}: {told}", markup=False)
    for line in batch.left_out[:10]:
        console.print(f"  left out: {line}", markup=False, style="yellow")
    if len(batch.left_out) > 10:
        console.print(f"  and {len(batch.left_out) - 10} more left out", style="yellow")
    console.print(f"In {batch.out}: {', '.join(written)}", markup=False)
