"""What is seen where no explanation fits: which cases are wrong, and how far the first one goes."""

import re
from collections.abc import Iterable

import numpy as np

from course.checks.diagnosis.compared import compared, result_name, right_results, sentence
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
        sentences = [marks.hint(), asked + right_results(marks)]
    else:
        sentences = [marks.hint(), where(marks), _right_shape(marks), _how_far(marks)]
    return Finding("seen", _as_many_as_fit(filter(None, sentences)))


def _as_many_as_fit(sentences: Iterable[str]) -> str:
    text = ""
    for more in sentences:
        if not text:
            text = more
        elif len(text) + len(more) < LONGEST - 1:
            text = f"{text if text[-1] in '.?!' else text + '.'} {more}"
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
        return f"{said} in every case.{right_results(marks)}"
    right, rest = [not is_wrong for is_wrong in wrong], len(wrong) - sum(wrong)
    cases = [marks.cases[k] for k in alike]
    groups = {case.group for case, is_right in zip(cases, right, strict=True) if is_right}
    if groups == {EXAMPLE}:
        return f"{said} in every case but the lesson's example."
    known = properties(cases, [measures_of(marks.exercise, case) for case in cases])
    words = separating(known, wrong, right)
    if words is not None:
        others = "the other one" if rest == 1 else f"all {rest} others"
        return f"{said} in all {sum(wrong)} cases where {words}, and right in {others}."
    only = only_where(known, wrong, right)
    counted = f"{said} in {sum(wrong)} of {len(wrong)} cases"
    return f"{counted}, only where {only}." if only else f"{counted}."


def _right_shape(marks: Marks) -> str:
    """What the sizes of the right shape are called, where the shape is wrong.

    No numbers: the case that is shown is smaller than the first wrong one.
    """
    found = compared(marks)
    if found is None or found.wrong[0].has_right_shape or not found.axes or not all(found.axes):
        return ""
    return f"The right shape is ({', '.join(found.axes)})."


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
    if Kind.INPUT_CHANGED in kinds:
        return "The answer is wrong"
    return (
        f"{sentence(name)} {_SAID.get(kinds.pop(), 'is wrong') if len(kinds) == 1 else 'is wrong'}"
    )


def _how_far(marks: Marks) -> str:
    """How many numbers are right in the first wrong case."""
    first = marks.first_wrong()
    assert first is not None
    size = np.size(marks.expected[first])
    if marks.verdicts[first].kind is not Kind.WRONG_NUMBERS or size < 2:
        return ""
    expected, got = (np.asarray(a) for a in (marks.expected[first], marks.outcomes[first].value))
    tolerance = marks.exercise.tolerance_for(marks.cases[first])
    right = size - np.count_nonzero(wrong_numbers(got, expected, tolerance))
    return f"In the first wrong case, {right or 'none'} of {size} numbers are right."
