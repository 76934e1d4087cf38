"""How a failed check speaks: the message alone, in the order in which one reads it."""

import inspect
import textwrap
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from course.checks.exercise import Exercise, Marks
from course.checks.uses import call
from course.checks.verdict import Kind, Verdict
from course.show.colour import emphasise

WIDTH = 78
LABEL_WIDTH = 11


class CheckFailed(AssertionError):  # noqa: N818 - a name for students to read
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
    if verdict.kind is Kind.NOT_ATTEMPTED and (first == 0 or _has_nothing_but_blanks(function)):
        return NotAttempted(
            prose(
                f"{name}: {verdict.kind.value}",
                "Replace the line that raises NotImplementedError by your code, run that cell, "
                "then this one.",
            )
        )
    error = marks.outcomes[first].error
    facts = {
        "case": marks.cases[first].describe(),
        "done": marks.cases[first].steps(),
        "line": _line_of(error, function) if error else "",
        "index": verdict.index,
        "got": verdict.got,
        "expected": _expected(verdict, marks.expected[first]),
        "likely": _cause(marks, verdict),
        "so far": _score(marks),
        "try it": f"{_again(marks, function)} runs this very case again",
    }
    return CheckFailed(table(f"{name}: {verdict.kind.value}", facts))


def _has_nothing_but_blanks(answer: Callable[..., Any]) -> bool:
    """Whether what a class gets right is inherited: all methods of its own are still blanks."""
    if not isinstance(answer, type):
        return False
    methods = filter(inspect.isfunction, vars(answer).values())
    return all("NotImplementedError" in method.__code__.co_names for method in methods)


def _again(marks: Marks, function: Callable[..., Any]) -> str:
    """What to write in a cell to do the same once more."""
    first = marks.first_wrong()
    assert first is not None, "a right answer has nothing to do again"
    called = _called(function, marks.exercise.answer_name)
    if marks.cases[first].use is not call:
        return f"check.again({called})"
    named = _accepts(function, **marks.cases[first].arguments)
    return f"{called}({'**check.case' if named else '*check.case.values()'})"


def _called(function: Callable[..., Any], otherwise: str) -> str:
    """The name by which a cell can call the function: a demonstration has one of its own."""
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else otherwise


def refusal(exercise: Exercise, answer: Any) -> CheckFailed | None:
    """The exception for what need not even be run: no function, or one called in another way."""
    name, called = exercise.name, exercise.answer_name
    if not callable(answer) or (exercise.is_a_class and not isinstance(answer, type)):
        what = "class" if exercise.is_a_class else "function"
        text = f"Give the {what} itself, without calling it: check.{name}({called})"
        return CheckFailed(prose(f"{name}: {Kind.WRONG_TYPE.value}", text))
    if str(getattr(answer, "__module__", "")).split(".")[0] == "course":
        return CheckFailed(
            prose(
                f"{name}: this is the course's version, not yours",
                "Further down, the lesson goes on with the course's version under the same name.",
                "Run the cell with your answer once more, then this one.",
            )
        )
    arguments = exercise.made_with
    if arguments is None:
        first = exercise.cases(np.random.default_rng(0))[0]
        reference = inspect.signature(exercise.reference)
        arguments = tuple(first.arguments if first.use is call else reference.parameters)
    if not _accepts(answer, *arguments):
        facts = {
            "got": f"{called}{inspect.signature(answer)}",
            "expected": f"{called}({', '.join(arguments)})",
            "likely": "Keep the line with `def` as it was: the check hands all of these over.",
        }
        return CheckFailed(table(f"{name}: wrong parameters", facts))
    return None


def _accepts(function: Callable[..., Any], *values: Any, **named: Any) -> bool:
    """Whether the function can be called like this; of built-in ones one cannot always know."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return bool(values)
    try:
        signature.bind(*values, **named)
    except TypeError:
        return False
    return True


def _cause(marks: Marks, verdict: Verdict) -> str:
    mistake = marks.named_mistake()
    if mistake is not None:
        return mistake.explanation
    hint = marks.hint()
    if hint:
        return hint
    right = marks.right_case()
    if right is not None:
        return f"No known mistake fits. To compare, a case that is right: {right.describe()}"
    return _FIRST_STEPS.get(verdict.kind, _FIRST_STEPS[Kind.WRONG_NUMBERS])


_FIRST_STEPS = {
    Kind.RAISED: "Run this very case again (below), and print the shapes before that line.",
    Kind.WRONG_SHAPE: "Which axis is too long or too short? Count it out by hand for this case.",
    Kind.WRONG_NUMBERS: "No known mistake fits. Work the first numbers of this case out by hand "
    "and compare.",
}


def _expected(verdict: Verdict, expected: Any) -> str:
    if verdict.expected == "an array":
        return f"an array of shape {expected.shape}"
    return verdict.expected


def _score(marks: Marks) -> str:
    counts = marks.groups().items()
    return ", ".join(f"{group} {right}/{total}" for group, (right, total) in counts)


def prose(headline: str, *sentences: str) -> str:
    """A headline, and each sentence on a line of its own or more."""
    return "\n".join([headline, *(line for s in sentences for line in textwrap.wrap(s, WIDTH))])


def table(headline: str, facts: dict[str, str]) -> str:
    """A headline and the facts that there are, each behind its label."""
    lines = [headline]
    for label, text in facts.items():
        if text:
            lines += _labelled(label, text)
    return "\n".join(lines)


def _labelled(label: str, text: str) -> list[str]:
    """Two lines at most for each fact, three for the cause, so that all fits on a screen."""
    most = 3 if label == "likely" else 2
    text, room = " ".join(text.split()), most * (WIDTH - LABEL_WIDTH)
    while len(lines := textwrap.wrap(_shortened(text, room), WIDTH - LABEL_WIDTH)) > most:
        room -= 1
    labels = [f"  {label}", *[""] * most]
    return [label.ljust(LABEL_WIDTH) + line for label, line in zip(labels, lines, strict=False)]


def _shortened(text: str, room: int) -> str:
    """The text without its middle if it is too long: exceptions name the sizes at their end."""
    half = (room - len(" ... ")) // 2
    return text if len(text) <= room else f"{text[:half]} ... {text[-half:]}"


def _line_of(error: BaseException, function: Callable[..., Any]) -> str:
    """The last line of the student's own cell that the exception passed through."""
    methods = vars(function).values() if isinstance(function, type) else (function,)
    codes = (getattr(method, "__code__", None) for method in methods)
    file = next((code.co_filename for code in codes if code), None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == file]
    return f"{own[-1].lineno} of your cell: {own[-1].line or ''}" if own else ""
