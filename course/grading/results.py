"""What became of a submission: the words and numbers that every report is made from."""

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from course.running.results import ExerciseResult

MARKED, NOT_SUBMITTED, UNREADABLE, FAILED = "marked", "not submitted", "unreadable", "not marked"
DECIDED, EXCUSED = "decided", "excused"
_FORMULA = re.compile(r"(^|;)\s*(?=[=+\-@＝＋－＠].)")
"""Excel takes the wide signs for the same; a sign alone is a sign."""


def shown(text: str, most: int = 80) -> str:
    """A text in one line, without what commands a terminal or turns its direction, and cut."""
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(text))
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def cell(text: str, most: int = 80) -> str:
    """A text that no spreadsheet takes for a formula, not even one that parts it at a `;`."""
    return _FORMULA.sub(r"\1'", shown(text, most))


def meant(word: str, names: Iterable[str]) -> str:
    """A question that ends a complaint about a name, where another is much like it."""
    return "".join(f" Did you mean {n!r}?" for n in difflib.get_close_matches(word, names, 1, 0.5))


@dataclass
class SubmissionResult:
    """One notebook of one student."""

    student: str
    lesson: str
    state: str
    note: str = ""
    exercises: list[ExerciseResult] = field(default_factory=list)
    confined: bool = True
    seconds: float = 0.0
    handed_in: str = ""
    """When, as the system tells: a time, or "late"."""
    seed: str = ""
    """That of the inputs; no report tells it."""

    @property
    def most(self) -> float:
        """The points that could be reached."""
        return sum(e.most for e in self.exercises)

    @property
    def points(self) -> float:
        """The points that are certain."""
        return round(sum(e.points or 0 for e in self.exercises), 2)

    @property
    def undecided(self) -> list[ExerciseResult]:
        """Exercises that somebody has to look at."""
        return [e for e in self.exercises if e.points is None]

    @property
    def is_final(self) -> bool:
        """Whether the points can be handed on."""
        return self.state == MARKED and not self.undecided

    def state_of(self, e: ExerciseResult) -> str:
        """The state of an exercise, or that of the whole notebook where it was not marked."""
        return e.state if self.state == MARKED else self.state

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "SubmissionResult":
        """The result behind its fields; what no file could hold of its texts is replaced."""
        text = json.dumps(fields, ensure_ascii=False)
        fields = json.loads(text.encode("utf-8", "replace"))  # lone surrogates can be sent, too
        exercises = [ExerciseResult(**e) for e in fields["exercises"]]
        for e in exercises:
            e.groups = {group: (right, total) for group, (right, total) in e.groups.items()}
        return cls(**(fields | {"exercises": exercises}))
