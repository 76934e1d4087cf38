"""Outcomes that came out of a kernel, judged outside against the course's own answers."""

import ast
import inspect
import json
import re
import textwrap
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np

from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.diagnosis import raised
from course.checks.diagnosis.borrowed import one_of_each
from course.checks.diagnosis.known import alone
from course.checks.diagnosis.lending import instead, lenders_of
from course.checks.exercise import Exercise, Judged, Marks
from course.checks.outcome import Outcome, run
from course.checks.verdict import Kind
from course.checks.watching import IN_LIBRARIES
from course.running.inside import wire
from course.running.lesson import telling_groups
from course.running.results import NOT_ATTEMPTED, RIGHT, WRONG, ExerciseResult

_FRACTION = re.compile(r"-?\d+(?:\.\d+(?:e[-+]?\d+)?|\.(?=[\s,\])])|e[-+]?\d+)(?![\d ]*[KMGT]iB)")


@dataclass(frozen=True)
class SentOutcome(Outcome):
    """An outcome that was sent out of the sandbox."""

    blank: bool = False

    def is_left_blank(self) -> bool:
        """Whether the answer itself raised NotImplementedError, as seen inside."""
        return self.blank and isinstance(self.error, NotImplementedError)


@cache
def cases_of(name: str, seed: str) -> tuple[list[Case], list[Any], str]:
    """The cases of an exercise for the seed of a run, the right results, and what is sent in."""
    exercise = EXERCISES[name]
    number = int.from_bytes(sha256(f"{seed} {name}".encode()).digest()[:8], "big")
    cases = exercise.cases(np.random.default_rng(number))
    expected = [run(exercise.reference, case).value for case in cases]
    sent = [
        {
            "use": case.use.__name__,
            "layout": case.layout,
            "arguments": {key: _argument(value) for key, value in case.arguments.items()},
        }
        for case in cases
    ]
    request = {
        "cases": sent,
        "mends": _handed_out_broken(exercise),
        "called": exercise.answer_name,
        "lenders": sorted(lenders_of(exercise)),
        "watched": one_of_each(cases),
    }
    return cases, expected, json.dumps(request)


def _handed_out_broken(exercise: Exercise) -> dict[str, Any] | None:
    """For a layer that is to be mended: the methods that were handed out, and whose they are.

    Where such a method calls the one of its base class, that is the right one.
    """
    if not exercise.mends:
        return None
    form = next(m for m in exercise.mistakes if m.name == exercise.mends).forms[0]
    [layer] = ast.parse(form.text).body
    assert isinstance(layer, ast.ClassDef)
    methods = [node for node in layer.body if isinstance(node, ast.FunctionDef)]
    names = ", ".join(f"{method.name!r}: {method.name}" for method in methods)
    texts = [_OF_THE_BASE.sub(r"right['\1'](self, ", ast.unparse(method)) for method in methods]
    body = textwrap.indent("\n".join([*texts, f"return {{{names}}}"]), "    ")
    return {
        "module": exercise.reference.__module__,
        "class": exercise.reference.__name__,
        "methods": [method.name for method in methods],
        "source": f"{form.solution.context}\ndef broken(right):\n{body}\n",
    }


_OF_THE_BASE = re.compile(r"super\(\)\.(\w+)\(")


def _argument(value: Any) -> dict[str, Any]:
    if inspect.isfunction(value):
        source = textwrap.dedent(inspect.getsource(value))
        return {"kind": "function", "name": value.__name__, "source": source}
    return wire.encode(value)


def decode_outcomes(name: str, seed: str, sent: Any) -> list[SentOutcome]:
    """What came out, by case. Raises wire.WireError where it is not what the trials send."""
    cases = cases_of(name, seed)[0]
    if not isinstance(sent, list) or len(sent) != len(cases):
        raise wire.WireError("another number of outcomes than of cases")
    return [_outcome(case, one) for case, one in zip(cases, sent, strict=True)]


def _outcome(case: Case, sent: Any) -> SentOutcome:
    if not isinstance(sent, dict):
        raise wire.WireError("no outcome")
    if "error" in sent:
        error = wire.decode_error(sent["error"])
        line = wire.printable(str(sent.get("line", "")))[:200]
        return SentOutcome(error=error, line=line, blank=sent.get("blank") is True)
    changed = sent.get("changed")
    names = tuple(n for n in case.arguments if isinstance(changed, list) and n in changed)
    calls = sent.get("forward_calls")
    counted = calls if type(calls) is int and 0 <= calls < 10**9 else 0
    return SentOutcome(wire.decode(sent.get("value")), None, names, counted)


@np.errstate(all="ignore")
def mark(name: str, seed: str, outcomes: list[SentOutcome]) -> ExerciseResult:
    """The points of one exercise, and what to say about it."""
    exercise = EXERCISES[name]
    marks = _marks(exercise, seed, outcomes)
    groups = marks.groups()
    result = ExerciseResult(name, exercise.points, RIGHT, float(exercise.points), groups=groups)
    if exercise.only_with:
        result.notes.append(marks.told_apart())
    if not marks.wrong:
        return result
    first = marks.wrong[0]
    verdict = first.verdict
    result.state = NOT_ATTEMPTED if verdict.kind is Kind.NOT_ATTEMPTED else WRONG
    result.points = points(exercise, groups) if result.state == WRONG else 0.0
    if result.state == WRONG:
        explained = raised.find(marks)
        result.hint = explained.text if explained else marks.hint()
        result.failing = _failing(marks, first)
        result.what = in_words(result.failing, _FRACTION.sub("…", verdict.got)[:200])
        mistake = alone(marks)
        if mistake is not None:
            result.mistake, result.explanation = mistake.name, mistake.explanation
    return result


def _failing(marks: Marks, first: Judged) -> dict[str, str]:
    case, verdict, number = first.case, first.verdict, marks.judged.index(first)
    shape = f" of shape {first.expected.shape}" if verdict.expected == "an array" else ""
    facts = {"kind": verdict.kind.value, "number": str(number), "group": case.group}
    facts |= {"case": case.describe(), "done": case.steps(), "line": first.outcome.line}
    return facts | {
        "index": verdict.index,
        "got": verdict.got,
        "expected": verdict.expected + shape,
    }


def in_words(failing: dict[str, str], raised: str) -> str:
    """What is wrong first; of an exception, what it has said as far as that may be told."""
    words = f": {raised}" if failing["kind"] == Kind.RAISED.value else ""
    line = f"; line {failing['line']}" if failing["line"] else ""
    return f"{failing['kind']}{words}, first in the group {failing['group']!r}{line}"


def borrowed(name: str, said: str) -> ExerciseResult:
    """The result of an answer whose work another function does; of what is said of it, the name."""
    exercise = EXERCISES[name]
    lenders = sorted({*lenders_of(exercise), *IN_LIBRARIES}, key=len)
    lender = said.rpartition(" to ")[2]
    who = [one for one in lenders if re.search(rf"\b{re.escape(one)}\b", lender)]
    result = untried(name, WRONG, "the work is handed to another function")
    to = who[-1] if who else "another function"
    result.explanation = f"{exercise.answer_name} hands its work to {to}. {instead(exercise)}"
    return result


MOST_PASSES = 3


def repeated_passes(name: str, calls: dict[str, int]) -> list[str]:
    """The forward passes that a gradient was made of, if they were many: small steps, perhaps."""
    if "backward" not in name and not EXERCISES[name].is_a_class:
        return []
    many = {f: n for f, n in calls.items() if "forward" in f and n > MOST_PASSES}
    return [
        f"{function} is called {count} times for one result" for function, count in many.items()
    ]


def _marks(exercise: Exercise, seed: str, outcomes: list[SentOutcome]) -> Marks:
    cases, expected, _ = cases_of(exercise.name, seed)
    sent = zip(cases, expected, outcomes, strict=True)
    return Marks(exercise, [exercise.judged(*one) for one in sent])


def points(exercise: Exercise, groups: dict[str, tuple[int, int]]) -> float:
    """An equal share for each group of cases that is wholly right, to the hundredth.

    Nothing counts before one group is right that no worthless answer gets right.
    """
    whole = {g for g, (right, total) in groups.items() if right == total}
    needed = {exercise.only_with} if exercise.only_with else {*telling_groups(exercise.name)}
    if not whole & needed:
        return 0.0
    earning = groups.keys() - {exercise.only_with}
    return int(100 * exercise.points * len(whole & earning) / len(earning)) / 100


def untried(name: str, state: str, what: str = "", points: float | None = 0.0) -> ExerciseResult:
    """The result of an exercise that could not be tried."""
    return ExerciseResult(name, EXERCISES[name].points, state, points, what=what)


def nothing_there(name: str, found: str) -> ExerciseResult:
    """The result where the name is bound to nothing that can be called."""
    called = EXERCISES[name].answer_name
    if found == "no function":
        what = "class" if EXERCISES[name].is_a_class else "function"
        return untried(name, WRONG, f"{called} is no {what}")
    return untried(name, WRONG, f"there is no {called}")
