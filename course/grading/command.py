"""`course grade` at work: the progress bar, what ends it early, and what is said at the end."""

import json
import os
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from course.grading.batch import INCOMING, STORE, Batch, Options
from course.grading.reports import write_reports
from course.grading.reports.anonymous import KEY, without_names
from course.grading.reports.gradebook import read_book
from course.grading.results import MARKED, shown
from course.grading.store import Store, is_full
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
    kept = (
        f"What is marked is kept in {out / STORE}: run the same command again, "
        "and it goes on from here."
    )
    try:
        _mark(Batch(submissions, out, chosen), console)
        _report(out, anonymous, console)
    except KeyboardInterrupt:
        raise CourseError(f"Stopped. {kept}") from None
    except (OSError, sqlite3.OperationalError) as error:
        if not is_full(error):
            raise
        raise CourseError(f"The disk is full ({error}): make room. {kept}") from error


def _mark(batch: Batch, console: Console) -> None:
    columns = (TextColumn("marking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("marking", total=None)
        batch.run(
            lambda total: progress.update(task, total=total), lambda _: progress.advance(task)
        )
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
        notebooks = Counter(r.state for r in book.results)
        exercises = Counter(e.state for r in book.results if r.state == MARKED for e in r.exercises)
        for what, states in {"notebooks": notebooks, "exercises": exercises}.items():
            told = ", ".join(f"{count} {state}" for state, count in states.most_common())
            console.print(f"  {what}: {told}", markup=False)
        _list("not applied", book.complaints, MANY, console)
        _list("changed", book.changes(), MANY, console)
        if anonymous:
            unnamed, place = without_names(book, store, out / KEY), out / "anonymous"
            told = f"{', '.join(write_reports(unnamed, place))}. With names, in {out}: {KEY}"
        else:
            place, told = out, ", ".join(write_reports(book, out))
        console.print(f"In {place}: {told}, {INCOMING}", markup=False)
        store.put("points", json.dumps(book.now()))


def _list(what: str, lines: list[str], most: int, console: Console) -> None:
    for line in lines[:most]:
        console.print(f"  {what}: {shown(line, 300)}", markup=False, style="yellow")
    if len(lines) > most:
        console.print(f"  and {len(lines) - most} more {what}", style="yellow")
