"""How a failed check speaks: the message alone, in the order in which one reads it."""

import textwrap
import traceback
from collections.abc import Callable
from typing import Any

from course.checks.exercise import Marks
from course.checks.verdict import Kind, Verdict
from course.show.colour import emphasise

WIDTH = 88
LABEL_WIDTH = 11


class CheckFailed(AssertionError):
    """An answer that is not right yet."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows what this returns in place of a traceback."""
        headline, *rest = str(self).splitlines()
        return [emphasise(headline), *rest]


class NotAttempted(CheckFailed):
    """An exercise whose blank is still there."""


def failure(marks: Marks, function: Callable[..., Any]) -> CheckFailed:
    """The exception for the first wrong case of an answer."""
    first = marks.first_wrong()
    assert first is not None, "a right answer has no failure"
    name, verdict = marks.exercise.name, marks.verdicts[first]
    if verdict.kind is Kind.NOT_ATTEMPTED:
        return NotAttempted(
            f"{name}: {verdict.kind.value}\n"
            "Replace the line that raises NotImplementedError by your code, run that cell, then "
            "this one."
        )
    error = marks.outcomes[first].error
    facts = {
        "case": marks.cases[first].describe(),
        "line": _line_of(error, function) if error else "",
        "index": verdict.index,
        "got": verdict.got,
        "expected": _expected(verdict, marks.expected[first]),
        "likely": _cause(marks, verdict),
        "so far": _score(marks),
        "try it": f"{name}(**check.case) runs this very case again",
    }
    lines = [f"{name}: {verdict.kind.value}"]
    for label, text in facts.items():
        if text:
            lines += _labelled(label, text)
    return CheckFailed("\n".join(lines))


def _cause(marks: Marks, verdict: Verdict) -> str:
    mistake = marks.named_mistake()
    if mistake is not None:
        return mistake.explanation
    if verdict.hint:
        return verdict.hint
    groups = marks.groups()
    right = [group for group, (good, total) in groups.items() if good == total]
    wrong = next(group for group, (good, total) in groups.items() if good < total)
    if right:
        return f"No known mistake fits. {right[0]!r} is right and {wrong!r} is not: what differs?"
    return "No known mistake fits. Work the first numbers of this case out by hand and compare."


def _expected(verdict: Verdict, expected: Any) -> str:
    if verdict.expected == "an array":
        return f"an array of shape {expected.shape}"
    return verdict.expected


def _score(marks: Marks) -> str:
    counts = marks.groups().items()
    return ", ".join(f"{group} {right}/{total}" for group, (right, total) in counts)


def _labelled(label: str, text: str) -> list[str]:
    """Two lines at most for each fact, three for the cause, so that all fits on a screen."""
    most = 3 if label == "likely" else 2
    first, rest = f"  {label}".ljust(LABEL_WIDTH), " " * LABEL_WIDTH
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        max_lines=most,
        placeholder=" ...",
    )


def _line_of(error: Exception, function: Callable[..., Any]) -> str:
    """The last line of the student's own cell that the exception passed through."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == file]
    return f"{own[-1].lineno} of your cell: {own[-1].line}" if own else ""
