"""Known wrong answers: the lesson's own solutions, with a place or two changed.

They are written in lessons/NN_name.mistakes.md; `course build` puts them into known/NN_name.json.
"""

import json
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

KNOWN = Path(__file__).parent / "known"
MODULE = "known"
"""What known answers have for the name of their module."""


@dataclass(frozen=True)
class Edit:
    """A stretch of a solution's text, and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Solution:
    """A right answer as source; `context` is what it finds in its notebook."""

    name: str
    """What the answer is called."""
    text: str
    context: str

    def edited(self, edits: tuple[Edit, ...]) -> str:
        """The text with all the edits made; ValueError where two of them overlap."""
        ordered = sorted(map(self._trimmed, edits), key=lambda edit: edit.start)
        if any(one.end > other.start for one, other in pairwise(ordered)):
            raise ValueError("two edits change the same place")
        text = self.text
        for edit in reversed(ordered):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _trimmed(self, edit: Edit) -> Edit:
        """The same edit without what it leaves as it is, so that others can change that."""
        before, after = self.text[edit.start : edit.end], edit.text
        front = _alike(before, after)
        end = _alike(before[front:][::-1], after[front:][::-1])
        return Edit(edit.start + front, edit.end - end, after[front : len(after) - end])

    def answer(self, text: str, label: str) -> Callable[..., Any]:
        """The answer that the text defines; tracebacks show its lines. May raise SyntaxError."""
        file = f"<{label}>"
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        variables = _context(self.context).copy()
        exec(compile(text, file, "exec"), variables)
        defined: Callable[..., Any] = variables[self.name]
        return defined


def _alike(one: str, other: str) -> int:
    """How many letters two texts have in common at their beginning."""
    return len([*takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))])


@cache
def _context(source: str) -> dict[str, Any]:
    variables: dict[str, Any] = {"__name__": MODULE}
    exec(source, variables)
    return variables


@dataclass(frozen=True)
class Form:
    """One way to make a mistake: a solution, and what is changed in it."""

    solution: Solution
    edits: tuple[Edit, ...]
    label: str

    @property
    def text(self) -> str:
        """The wrong answer as source."""
        return self.solution.edited(self.edits)

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The wrong answer."""
        return self.solution.answer(self.text, self.label)


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its name, what to say to a student, and the ways to make it."""

    name: str
    explanation: str
    forms: tuple[Form, ...] = ()

    @property
    def function(self) -> Callable[..., Any]:
        """The wrong answer, in the first of its ways."""
        return self.functions[0]

    @property
    def functions(self) -> tuple[Callable[..., Any], ...]:
        """The wrong answer, in all of its ways."""
        return tuple(form.function for form in self.forms)


@dataclass(frozen=True)
class Known:
    """What is known of one exercise: right answers as source, and wrong ones."""

    solutions: tuple[Solution, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@cache
def known(lesson: str) -> dict[str, Known]:
    """By exercise, what the lesson's file of mistakes says; empty where there is no such file."""
    path = KNOWN / f"{lesson}.json"
    if not path.exists():
        return {}
    data = json.loads(path.read_text(encoding="utf-8"))
    return {exercise: _known(exercise, entry) for exercise, entry in data.items()}


def _known(exercise: str, entry: dict[str, Any]) -> Known:
    solutions = tuple(
        Solution(entry["defines"], one["text"], one["context"]) for one in entry["solutions"]
    )
    mistakes = tuple(
        Mistake(one["name"], one["explanation"], _forms(exercise, one, solutions))
        for one in entry["mistakes"]
    )
    return Known(solutions, mistakes)


def _forms(
    exercise: str, mistake: dict[str, Any], solutions: tuple[Solution, ...]
) -> tuple[Form, ...]:
    return tuple(
        Form(
            solutions[form["solution"]],
            tuple(Edit(*edit) for edit in form["edits"]),
            f"{exercise}: {mistake['name']}, {number}",
        )
        for number, form in enumerate(mistake["forms"])
    )
