"""`course grade` at work: the progress bar, Ctrl-C, and what is said at the end."""

import json
import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from course.grading.batch import STORE, Batch, Options
from course.grading.reports import write_reports
from course.grading.reports.anonymous import KEY, without_names
from course.grading.reports.gradebook import Gradebook, read_book
from course.grading.results import MARKED, SubmissionResult, shown
from course.grading.store import Store
from course.project import CourseError

NO_SANDBOX = "Marking WITHOUT a sandbox: submissions can read your files and change grades."
FEW, MANY = 10, 40


def grade(
    submissions: Path,
    out: Path,
    console: Console,
    workers: int | None = None,
    anonymous: bool = False,
    **options: Any,
) -> None:
    """Mark and report. Raises CourseError when it was stopped, and says how to go on."""
    chosen = Options(workers=workers or os.cpu_count() or 1, **options)
    if not chosen.confined:
        console.print(NO_SANDBOX, style="bold red")
    batch = Batch(submissions, out, chosen)
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
    _say_what_was_done(batch, console)
    _report(out, anonymous, console)


def _say_what_was_done(batch: Batch, console: Console) -> None:
    if batch.done_before:
        console.print(f"{batch.done_before} had been marked before and have not changed.")
    console.print(f"{batch.total} marked now.")
    if batch.forgotten:
        s = "" if batch.forgotten == 1 else "s"
        console.print(f"{batch.forgotten} result{s} forgotten, whose submissions are gone.")
    _list("left out", batch.left_out, FEW, console)


def _report(out: Path, anonymous: bool, console: Console) -> None:
    """Write what there is to read, and say what has changed since that was done last."""
    with closing(Store(out / STORE)) as store:
        book = read_book(store, out)
        for what, states in _all_states(book).items():
            told = ", ".join(f"{count} {state}" for state, count in states.most_common())
            console.print(f"  {what}: {told}", markup=False)
        _list("not applied", book.complaints, MANY, console)
        _list("changed", book.changes(), MANY, console)
        place, written = out, book
        if anonymous:
            place, written = out / "anonymous", without_names(book, store, out / KEY)
            console.print(f"Who is who stands in {out / KEY}.", markup=False)
        console.print(f"In {place}: {', '.join(write_reports(written, place))}", markup=False)
        store.put("points", json.dumps(book.now()))


def _all_states(book: Gradebook) -> dict[str, Counter[str]]:
    """What has become of all notebooks, of this run and of those before, and of their exercises."""
    exercises = (e.state for r in book.results if r.state == MARKED for e in r.exercises)
    return {"notebooks": Counter(r.state for r in book.results), "exercises": Counter(exercises)}


def _list(what: str, lines: list[str], most: int, console: Console) -> None:
    for line in lines[:most]:
        console.print(f"  {what}: {shown(line, 300)}", markup=False, style="yellow")
    if len(lines) > most:
        console.print(f"  and {len(lines) - most} more {what}", style="yellow")
