"""Gradescope's results.json, one for each notebook, as its autograder specification has it."""

import json
import shutil
from pathlib import Path
from typing import Any

from course.grading.reports.gradebook import Gradebook
from course.grading.results import MARKED, RIGHT, ExerciseResult, SubmissionResult


def write(book: Gradebook, folder: Path) -> None:
    """Write a file for each notebook that was marked."""
    shutil.rmtree(folder, ignore_errors=True)
    for result in book.results:
        if result.state == MARKED:
            place = folder / result.lesson / book.file_names[result.student]
            place.mkdir(parents=True)
            text = json.dumps(_notebook(result), indent=1, ensure_ascii=False)
            (place / "results.json").write_text(text, encoding="utf-8")


def _notebook(result: SubmissionResult) -> dict[str, Any]:
    unsafe = "" if result.confined else "Marked without a sandbox. "
    waiting = ", ".join(e.exercise for e in result.undecided)
    decided = f"Not decided yet: {waiting}." if waiting else ""
    return {
        "score": result.points,
        "output": f"{unsafe}{result.note} {decided}".strip(),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(result.seconds),
        "tests": [_test(e) for e in result.exercises],
    }


def _test(e: ExerciseResult) -> dict[str, Any]:
    groups = [f"{group}: {right} of {total}" for group, (right, total) in e.groups.items()]
    texts = [e.state, e.what, e.explanation or e.hint, *groups, *e.notes]
    return {
        "name": e.exercise,
        "score": e.points or 0,
        "max_score": e.most,
        "status": "passed" if e.state == RIGHT or e.points == e.most else "failed",
        "output": "\n".join(filter(None, texts)),
        "visibility": "visible",
        "extra_data": {"state": e.state, "decided": e.points is not None},
    }
