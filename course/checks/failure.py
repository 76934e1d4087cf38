"""How a failed check speaks: the message alone, in the order in which one reads it."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from course.checks import message
from course.checks.case import Case
from course.checks.counterexample import smallest
from course.checks.diagnosis import Finding, diagnose, raised, relation_of, unwritten
from course.checks.drawing import coloured, drawn
from course.checks.exercise import Exercise, Judged, Marks
from course.checks.message import CheckFailed, NotAttempted, labelled, prose, table
from course.checks.own_code import is_of_the_course
from course.checks.uses import call
from course.checks.verdict import Kind
from course.show.failing import why_not


def failure(marks: Marks, function: Callable[..., Any]) -> CheckFailed:
    """The exception for the first wrong case of an answer."""
    name, first, kind = marks.exercise.name, marks.wrong[0], marks.wrong[0].verdict.kind
    is_untouched = first is marks.judged[0] or _has_nothing_but_blanks(function)
    if kind is Kind.NOT_ATTEMPTED and is_untouched:
        return _not_attempted(marks)
    finding = diagnose(marks)
    named = finding.mistakes[:1] if finding.step == "known" else ()
    made_everywhere = (mistake for mistake in marks.exercise.mistakes if mistake.name in named)
    example = smallest(marks, next(made_everywhere, None))
    if finding.step == "relation":
        finding = relation_of(marks, example)
    right = example.verdict.expected
    called = getattr(function, "__name__", "")
    called = called if called.isidentifier() else marks.exercise.answer_name
    facts = {
        "case": example.case.describe(),
        "done": example.case.steps(),
        "line": example.outcome.line.replace(": ", " of your cell: ", 1),
        "index": example.verdict.index,
        "got": example.verdict.got,
        "expected": right if right != "an array" else f"{right} of shape {example.expected.shape}",
    }
    is_drawn = not (why_not(example.outcome.value) or why_not(example.expected))
    again = f"{_again(example.case, called, function)} runs this very case again"
    rest = {
        "likely": _likely(marks, finding, example),
        "so far": _score(marks),
        "try it": again + ". This draws it:" * is_drawn,
        "": f"from course.show import bench; bench(check.case, {called})" * is_drawn,
    }
    above, below = [f"{name}: {kind.value}", *labelled(facts)], labelled(rest)
    drawing = [" " * message.LABEL_WIDTH + line for line in drawn(example)]
    if len(above) + len(drawing) + len(below) > message.MOST_LINES:
        drawing = []
    failed = CheckFailed("\n".join([*above, *drawing, *below]))
    failed.coloured = "\n".join([*above, *map(coloured, drawing), *below])
    failed.case = example.case
    return failed


def _not_attempted(marks: Marks) -> NotAttempted:
    failed_cell = unwritten.find(marks)
    said = [failed_cell.text] if failed_cell else []
    asked = "Replace the line that raises NotImplementedError by your code, run that cell, then "
    headline = f"{marks.exercise.name}: {Kind.NOT_ATTEMPTED.value}"
    return NotAttempted(prose(headline, *said, f"{asked}this one."))


def _likely(marks: Marks, finding: Finding, example: Judged) -> str:
    """The cause; of an exception, in the sizes of the case that is shown."""
    if finding.step == "raised":
        return raised.explanation(marks, example) or finding.text
    if finding.step == "relation" and example.verdict.kind is Kind.NOT_FINITE:
        return f"{marks.hint()} {finding.text}"  # where they are does not say what they come of
    return finding.text


def _has_nothing_but_blanks(answer: Callable[..., Any]) -> bool:
    """Whether what a class gets right is inherited: all methods of its own are still blanks."""
    if not isinstance(answer, type):
        return False
    methods = filter(inspect.isfunction, vars(answer).values())
    return all("NotImplementedError" in method.__code__.co_names for method in methods)


def _again(case: Case, called: str, function: Callable[..., Any]) -> str:
    """What to write in a cell to do the same once more."""
    if case.use is not call:
        return f"check.again({called})"
    named = _accepts(function, **case.arguments)
    return f"{called}({'**check.case' if named else '*check.case.values()'})"


def refusal(exercise: Exercise, answer: Any) -> CheckFailed | None:
    """The exception for what need not even be run: no function, or one called in another way."""
    name, called = exercise.name, exercise.answer_name
    if not callable(answer) or (exercise.is_a_class and not isinstance(answer, type)):
        what = "class" if exercise.is_a_class else "function"
        text = f"Give the {what} itself, without calling it: check.{name}({called})"
        return CheckFailed(prose(f"{name}: {Kind.WRONG_TYPE.value}", text))
    if is_of_the_course(answer):
        failed = unwritten.failed_cell(called)
        said = [f"{failed}, so yours is not there."] if failed else []
        said += ["Further down, the lesson goes on with the course's version under the same name."]
        said += ["Run the cell with your answer once more, then this one."]
        return CheckFailed(prose(f"{name}: this is the course's version, not yours", *said))
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


def _score(marks: Marks) -> str:
    """By group, how many cases are right; the groups that are wholly right come last."""
    if marks.exercise.only_with:
        return marks.told_apart()
    groups = marks.groups().items()
    wrong = [f"{group} {right}/{total}" for group, (right, total) in groups if right < total]
    right = [group for group, (good, total) in groups if good == total]
    return ", ".join(wrong) + (f"; right: {', '.join(right)}" if right else "")
