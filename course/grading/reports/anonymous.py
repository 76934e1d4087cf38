"""The gradebook without names: for those who are to see no more than work."""

import builtins
import json
import keyword
import random
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np

from course.grading.reports.gradebook import Gradebook
from course.grading.reports.tables import write_table
from course.grading.results import SubmissionResult
from course.grading.store import Store
from course.grading.submissions.roster import Student

KEY = "anonymous-key.csv"
_OF_CODE = {*dir(builtins), *dir(np), *dir(np.ndarray), *keyword.kwlist}
"""Words that are no names in an answer, whoever is called Max."""


def without_names(book: Gradebook, store: Store, key_file: Path) -> Gradebook:
    """The same with students called by numbers that stay theirs; who is who goes into a file."""
    key: dict[str, str] = json.loads(store.get("key") or "{}")
    new = [s.key for s in book.students if s.key not in key]
    random.SystemRandom().shuffle(new)
    key |= {student: f"student-{len(key) + k:04d}" for k, student in enumerate(new, start=1)}
    store.put("key", json.dumps(key))
    write_table(key_file, [("student", "called")], sorted(key.items()))
    texts = " ".join(text for s in book.students for text in (s.key, *s.fields.values()))
    names = {word.casefold() for word in re.findall(r"\w{3,}", texts)}
    results = [_unnamed(r, names, key[r.student]) for r in book.results]
    results.sort(key=lambda r: (r.lesson, r.student))  # the order of names would tell them
    students = [Student(name) for name in sorted(key[s.key] for s in book.students)]
    before = {key[student]: points for student, points in book.before.items() if student in key}
    return Gradebook(students, results, before)


def _unnamed(result: SubmissionResult, names: set[str], called: str) -> SubmissionResult:
    """Without names in what a student has written; notes on files go, as folders have names."""

    def unnamed(text: str) -> str:
        words = set(re.findall(r"\w{3,}", text)) - _OF_CODE
        said = "|".join(word for word in words if word.casefold() in names)
        return re.sub(rf"\b({said})\b", "…", text) if said else text

    fields = asdict(result) | {"student": called, "note": ""}
    for e in fields["exercises"]:
        e |= {"what": unnamed(e["what"]), "answer": unnamed(e["answer"])}
        e["notes"] = [unnamed(note) for note in e["notes"]]
    return SubmissionResult.from_dict(fields)
