"""`course grade --show`: the first case in which an answer is wrong, and a notebook of it."""

from contextlib import closing
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from rich.console import Console

from course.checks import EXERCISES
from course.checks.message import table
from course.grading.batch import STORE
from course.grading.reports.gradebook import read_book
from course.grading.reports.pages import render
from course.grading.results import meant, shown
from course.grading.store import Store
from course.project import CourseError

FACTS = ("case", "done", "line", "index", "got", "expected")


def show(out: Path, student: str, exercise: str, console: Console) -> None:
    """Print what is stored of a wrong answer. The answer itself is not run."""
    if not (out / STORE).exists():
        raise CourseError(f"There are no results in {out}.")
    with closing(Store(out / STORE)) as store:
        book = read_book(store, out)
    for word, names in ((student, book.file_names), (exercise, EXERCISES)):
        if word not in names:
            raise CourseError(f"There is no {word!r}.{meant(word, names)}")
    result = book.by_key.get((student, EXERCISES[exercise].lesson))
    tried = {e.exercise: e for e in result.exercises} if result else {}
    if result is None or exercise not in tried:
        raise CourseError(f"{student} has handed in nothing of that lesson.")
    e = tried[exercise]
    if not e.failing:
        console.print(shown(f"{exercise} of {student}: {e.state}. {e.what}", 300), markup=False)
        return
    facts = {name: shown(e.failing[name], 2000) for name in FACTS}
    headline = shown(f"{exercise} of {student}: {e.failing['kind']}")
    console.print(table(headline, facts), markup=False)
    about = {"called": EXERCISES[exercise].answer_name, "headline": headline, "seed": result.seed}
    context = EXERCISES[exercise].solutions[0].context
    text = render("case.py.txt", e=e, context=context, **about)
    path = out / "cases" / f"{book.file_names[student]}-{exercise}.ipynb"
    path.parent.mkdir(exist_ok=True)
    cells = [new_code_cell(source.strip()) for source in text.split("# %%\n")]
    nbformat.write(new_notebook(cells=cells), path)
    console.print(f"{path} runs this case: the student's code, without a sandbox.", markup=False)
