"""The gradebook without names: for those who are to see no more than work."""

import builtins
import json
import keyword
import random
import re
from pathlib import Path

import numpy as np

from course.grading.reports.gradebook import Gradebook, write_table
from course.grading.results import SubmissionResult, cell
from course.grading.store import Store
from course.grading.submissions.roster import Student

KEY = "anonymous-key.csv"


def without_names(book: Gradebook, store: Store, key_file: Path) -> Gradebook:
    """The same with students called by numbers that stay theirs; who is who goes into a file."""
    key: dict[str, str] = json.loads(store.get("key") or "{}")
    new = [s.key for s in book.students if s.key not in key]
    random.SystemRandom().shuffle(new)
    key |= {student: f"student-{len(key) + k:04d}" for k, student in enumerate(new, start=1)}
    store.put("key", json.dumps(key))
    write_table(key_file, [("student", "called"), *((cell(s), key[s]) for s in sorted(key))])
    texts = (text for s in book.students for text in (s.key, *s.fields.values()))
    names = {word.casefold() for text in texts for word in re.findall(r"\w{3,}", text)}
    results = [_unnamed(r, names, key[r.student]) for r in book.results]
    results.sort(key=lambda r: (r.lesson, r.student))  # the order of names would tell them
    before = {key[student]: points for student, points in book.before.items() if student in key}
    return Gradebook(
        [Student(name) for name in sorted(key[s.key] for s in book.students)], results, before
    )


_OF_CODE = {*dir(builtins), *dir(np), *dir(np.ndarray), *keyword.kwlist}
"""Words that are no names in an answer, whoever is called Max."""


def _unnamed(result: SubmissionResult, names: set[str], called: str) -> SubmissionResult:
    """Without names in what a student has written; notes on files go, as folders have names."""

    def unnamed(text: str) -> str:
        return re.sub(r"\w{3,}", lambda w: "…" if is_name(w[0]) else w[0], text)

    def is_name(word: str) -> bool:
        return word.casefold() in names and word not in _OF_CODE

    fields = result.as_dict() | {"student": called, "note": ""}
    for e in fields["exercises"]:
        e.update({name: unnamed(e[name]) for name in ("what", "answer")})
        e["notes"] = [unnamed(note) for note in e["notes"]]
    return SubmissionResult.from_dict(fields)
