"""What is seen where no explanation fits: which cases are right, and how far the smallest goes."""

import re
from collections.abc import Iterable

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis.compared import compared, result_name, sentence
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.measures import measures_of, name_of
from course.checks.diagnosis.properties import only_where, properties, separating
from course.checks.exercise import Marks
from course.checks.outcome import wrong_numbers
from course.checks.verdict import Kind

LONGEST = 200
"""As many characters as there is room for in three lines of a message."""


def find(marks: Marks) -> Finding | None:
    """What the first wrong case usually means, if it means anything, and where it is wrong."""
    if marks.first_wrong() is None:
        return None
    asked = _asked(marks)
    if asked:
        sentences = [marks.hint(), asked + _right_results(marks)]
    else:
        sentences = [marks.hint(), where(marks), _right_shape(marks), _how_far(marks)]
    return Finding("seen", _as_many_as_fit(filter(None, sentences)))


def _as_many_as_fit(sentences: Iterable[str]) -> str:
    text = ""
    for more in sentences:
        if not text or len(text) + len(more) < LONGEST:
            text = f"{text} {more}".strip()
    return text


def _asked(marks: Marks) -> str:
    """What does not hold, where a yes or a no is asked for; the sizes of what a layer begins with.

    The first line of a use says what is asked.
    """
    first = marks.first_wrong()
    assert first is not None
    case, value = marks.cases[first], marks.outcomes[first].value
    asked = re.match(r"1 if (.*?)[,;]? (?:and 1 if .*, )?else 0", case.steps())
    if asked and marks.verdicts[first].kind is Kind.WRONG_NUMBERS:
        return f"This does not hold: {asked[1]}."
    if case.use.__name__ != "initial_shapes" or not isinstance(value, np.ndarray):
        return ""
    of, sizes = [measures_of(marks.exercise, case)], np.ravel(marks.expected[first]).tolist()
    named = ", ".join(name_of([size], of) or str(size) for size in sizes)
    return f"The sizes of w and b, in turn, are ({named}): {sizes}, not {np.ravel(value).tolist()}."


def where(marks: Marks) -> str:
    """Which cases of the first wrong one's use are wrong, in words that hold for no right one."""
    first = marks.first_wrong()
    assert first is not None
    use = marks.cases[first].use
    alike = [k for k, case in enumerate(marks.cases) if case.use is use]
    wrong = [marks.verdicts[k].kind is not Kind.RIGHT for k in alike]
    said = _said(marks, [k for k, is_wrong in zip(alike, wrong, strict=True) if is_wrong])
    if all(wrong):
        return f"{said} in every case.{_right_results(marks)}"
    right, rest = [not is_wrong for is_wrong in wrong], len(wrong) - sum(wrong)
    cases = [marks.cases[k] for k in alike]
    if all(
        case.group == EXAMPLE for case, is_wrong in zip(cases, wrong, strict=True) if not is_wrong
    ):
        return f"{said} in every case but the lesson's example."
    known = properties(cases, [measures_of(marks.exercise, case) for case in cases])
    words = separating(known, wrong, right)
    if words is not None:
        others = "the other one" if rest == 1 else f"all {rest} others"
        return f"{said} in all {sum(wrong)} cases where {words}, and right in {others}."
    only = only_where(known, wrong, right)
    counted = f"{said} in {sum(wrong)} of {len(wrong)} cases"
    return f"{counted}, only where {only}." if only else f"{counted}.{_groups(marks, alike)}"


def _right_shape(marks: Marks) -> str:
    """What the sizes of the right shape are called, where the shape is wrong."""
    first, found = marks.first_wrong(), compared(marks)
    if found is None or not found.axes or not all(found.axes):
        return ""
    if first is None or marks.verdicts[first].kind is not Kind.WRONG_SHAPE:
        return ""
    return f"{found.wrong[0].expected.shape} is ({', '.join(found.axes)})."


EXAMPLE = "the example"
_SAID = {
    Kind.WRONG_NUMBERS: "has wrong numbers",
    Kind.NOT_FINITE: "has inf or nan",
    Kind.WRONG_SHAPE: "has a wrong shape",
    Kind.WRONG_DTYPE: "has a wrong dtype",
    Kind.RETURNED_NOTHING: "is None",
}


def _said(marks: Marks, wrong: list[int]) -> str:
    """What is the matter with these cases, as the beginning of a sentence."""
    kinds = {marks.verdicts[k].kind for k in wrong}
    errors = {type(marks.outcomes[k].error).__name__ for k in wrong}
    name = result_name(marks.exercise, marks.cases[wrong[0]])
    if kinds == {Kind.RAISED}:
        return f"{' or '.join(sorted(errors))} is raised"
    if kinds == {Kind.INPUT_CHANGED}:
        return "The input is changed"
    return (
        f"{sentence(name)} {_SAID.get(kinds.pop(), 'is wrong') if len(kinds) == 1 else 'is wrong'}"
    )


def _right_results(marks: Marks) -> str:
    """Which other results of a layer are right in every case."""
    kinds: dict[str, set[Kind]] = {}
    for case, verdict in zip(marks.cases, marks.verdicts, strict=True):
        kinds.setdefault(result_name(marks.exercise, case), set()).add(verdict.kind)
    right = [name for name in ("y", "dx", "dw", "db") if kinds.get(name) == {Kind.RIGHT}]
    return f" Right: {', '.join(right)}." if right else ""


def _groups(marks: Marks, alike: list[int]) -> str:
    """The groups of cases that are all right, or those that are not, whichever are fewer."""
    kinds: dict[str, set[Kind]] = {}
    for k in alike:
        kinds.setdefault(marks.cases[k].group, set()).add(marks.verdicts[k].kind)
    right = [group for group, found in kinds.items() if found == {Kind.RIGHT}]
    others = [group for group in kinds if group not in right]
    if len(others) < len(right):
        return f" In these groups: {', '.join(others)}."
    return f" All right: {', '.join(right)}." if right else ""


def _how_far(marks: Marks) -> str:
    """How many numbers are right in the smallest wrong case that has some, and which are not."""
    first = marks.first_wrong()
    assert first is not None
    if marks.verdicts[first].kind is not Kind.WRONG_NUMBERS or marks.exercise.returns.parts:
        return ""
    found = []
    for k, (case, verdict) in enumerate(zip(marks.cases, marks.verdicts, strict=True)):
        if verdict.kind is Kind.WRONG_NUMBERS and case.use is marks.cases[first].use:
            found.append((_entries(case), k, _wrong_places(marks, k)))
    some = [one for one in found if 0 < len(one[2]) < np.size(marks.expected[one[1]])]
    if not some:
        several = any(np.size(marks.expected[k]) > 1 for _, k, _ in found)
        return "No number of them is right." if several else ""
    _, k, places = min(some, key=lambda one: one[:2])
    total, listed = np.size(marks.expected[k]), ", ".join(map(str, places[:3]))
    more = " and more" if len(places) > 3 else ""
    described = f"In a small case, {_in_short(marks.cases[k])},"
    return f"{described} {total - len(places)} of {total} numbers are right; wrong: {listed}{more}."


def _wrong_places(marks: Marks, k: int) -> list[list[int]]:
    expected = np.asarray(marks.expected[k])
    tolerance = marks.exercise.tolerance_for(marks.cases[k])
    wrong = wrong_numbers(np.asarray(marks.outcomes[k].value), expected, tolerance)
    return np.argwhere(wrong).tolist()


def _entries(case: Case) -> int:
    """How many numbers there are in the arguments."""
    return sum(a.size for a in case.arguments.values() if isinstance(a, np.ndarray))


def _in_short(case: Case) -> str:
    """The shapes of its arrays, and its numbers."""
    words = []
    for name, value in case.arguments.items():
        if isinstance(value, np.ndarray):
            words.append(f"{name} {value.shape}")
        elif type(value) in (int, tuple) and value != ():
            words.append(f"made with {value}" if name == "settings" else f"{name} {value}")
    return ", ".join(words)
