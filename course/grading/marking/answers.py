"""The answer to each exercise, found in a submitted notebook."""

import re
from dataclasses import dataclass

from course.checks import EXERCISES
from course.checks.exercise import Exercise
from course.grading.marking.names import Statement, defined_in, statements
from course.running.reading import Cell, Submitted, is_blank

_NBVAL = re.compile(r"^([ \t]*)#+[ \t]*(NBVAL_\w+|PYTEST_VALIDATE\w*)[ \t]*$", re.MULTILINE)
_DISPLAY = re.compile(r"^([ \t]*)(%(?:matplotlib|config|autoreload|load_ext)\b.*)$", re.MULTILINE)
_MARKERS = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*$\n?", re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """The text that a student has written for an exercise; empty when there is none."""

    exercise: str
    source: str
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether no cell holds an answer."""
        return not self.source


def find_answers(submitted: Submitted, exercises: list[Exercise]) -> dict[str, Answer]:
    """By exercise: the cell that bears its id, or else the last one that defines its name."""
    names = [exercise.name for exercise in exercises]
    return {e.name: _find(submitted.cells, e, names) for e in exercises}


def _find(cells: list[Cell], exercise: Exercise, exercises: list[str]) -> Answer:
    name = exercise.answer_name
    marked = [cell for cell in cells if cell.exercise == exercise.name]
    defining = [cell for cell in cells if name in defined_in(cell.source)]
    notes: list[str] = []
    candidates = [cell for cell in marked if cell in defining] or [
        cell for cell in defining if cell.exercise not in exercises
    ]
    if candidates and candidates[-1] not in marked:
        notes.append(f"found by its name in cell {candidates[-1].number}, not by the cell's mark")
    if not candidates and marked:  # not even a function: what stands there is judged as it is
        candidates = marked
        notes.append(f"the cell of {exercise.name} does not define {name}")
    if not candidates:
        return Answer(exercise.name, "", (f"no cell defines {name}",))
    candidates = [c for c in candidates if not is_blank(c.source)] or candidates
    if len(candidates) > 1:
        numbers = ", ".join(str(cell.number) for cell in candidates)
        notes.append(f"several cells answer it ({numbers}); the last one counts")
    source, cleaned = clean(candidates[-1].source)
    return Answer(exercise.name, source, (*notes, *cleaned))


def clean(source: str) -> tuple[str, list[str]]:
    """An answer without what is meant for tools, and a note of what was removed."""
    without = _NBVAL.sub(r"\1#", source)
    notes = ["a marker for nbval was removed"] if without != source else []
    return _DISPLAY.sub(r"\1# \2", _MARKERS.sub("", without)).strip("\n"), notes


def helpers(submitted: Submitted, answers: dict[str, Answer]) -> list[Statement]:
    """Functions, classes, imports and plain values from the other cells of a submission.

    An answer may call a function that its author keeps in another cell, be it one that answers
    something else; only what an answer needs is taken along.
    """
    own = {answer.source for answer in answers.values()}
    names = {EXERCISES[exercise].answer_name for exercise in answers}
    found = []
    for cell in submitted.cells:
        source, _ = clean(cell.source)
        is_answer = source in own or bool(cell.exercise)
        found += [
            s for s in statements(source) if s.defines and not (is_answer and s.defines & names)
        ]
    return found
