"""What is seen where no explanation fits: which cases are wrong, and how far the first one goes."""

import re
from itertools import combinations

import numpy as np

from course.checks.diagnosis.compared import FEWEST, compared, result_name, right_results, sentence
from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.measures import Sizes, measures_of, name_of
from course.checks.diagnosis.sizes import value_of
from course.checks.exercise import Judged, Marks
from course.checks.uses import call_with_defaults, is_the_same_work
from course.checks.verdict import A_VERDICT, Kind

LONGEST = 200
"""As many characters as there is room for in three lines of a message."""


def find(marks: Marks) -> Finding:
    """What the first wrong case usually means, if it means anything, and where it is wrong."""
    if marks.exercise.returns is A_VERDICT:
        return Finding("let through", marks.hint())
    asked = _asked(marks, marks.wrong[0])
    found = [asked + right_results(marks)] if asked else [where(marks), _how_far(marks)]
    return Finding("seen", as_many_as_fit([marks.hint(), *found]))


def as_many_as_fit(sentences: list[str]) -> str:
    """The first of the sentences that there are, and others for which there is room."""
    text, *others = filter(None, sentences)
    for more in others:
        if len(text) + len(more) < LONGEST - 1:
            text = f"{text if text[-1] in '.?!' else text + '.'} {more}"
    return text


def _asked(marks: Marks, first: Judged) -> str:
    """What does not hold, as a use asks it in its first line; the sizes a layer begins with."""
    case, value = first.case, first.outcome.value
    asked = re.match(r"1 if (.*?)[,;]? else 0", case.steps())
    if asked and first.verdict.kind is Kind.WRONG_NUMBERS:
        wrong = int(np.argmax(np.ravel(value != first.expected)))
        return f"This does not hold: {asked[1].split(', and 1 if ')[wrong]}."
    if case.use.__name__ != "initial_shapes" or not isinstance(value, np.ndarray):
        return ""
    own, sizes = measures_of(marks.exercise, case), np.ravel(first.expected).tolist()
    named = ", ".join(name_of([(size, own)]) or str(size) for size in sizes)
    return f"The sizes of w and b, in turn, are ({named}): {sizes}, not {np.ravel(value).tolist()}."


def where(marks: Marks) -> str:
    """Which cases of the first wrong one's use are wrong, in words that hold for no right one."""
    use = marks.wrong[0].case.use
    alike = [one for one in marks.judged if is_the_same_work(one.case.use, use)]
    wrong, right = ([one for one in alike if one.is_right is which] for which in (False, True))
    said = _said(marks, wrong)
    if not right and use is call_with_defaults:
        return f"{said} where only what has no default is handed over: is the `def` as it was?"
    if not right:
        return f"{said} in every case.{right_results(marks)}"
    if {one.case.group for one in right} == {"the example"}:
        return f"{said} in every case but the lesson's example."
    measured = [measures_of(marks.exercise, one.case) for one in alike]
    others, words = _shared(measured, np.array([not one.is_right for one in alike]))
    if others == 0:
        these = "the one case" if len(wrong) == 1 else f"all {len(wrong)} cases"
        rest = "the other one is" if len(right) == 1 else f"all {len(right)} others are"
        return f"{said} in {these} where {words}; {rest} right."
    only = f", only where {words}" if others < len(right) / 2 else ""
    return f"{said} in {len(wrong)} of {len(alike)} cases{only}."


def _how_far(marks: Marks) -> str:
    """The right shape, if that is wrong; else how many numbers are right in the first wrong case.

    Of a shape no numbers: the case that is shown is smaller than the first wrong one.
    """
    found = compared(marks)
    if found is None or found.part is not None:
        return ""
    first, size = found.wrong[0], found.wrong[0].expected.size
    if not first.has_right_shape:
        named = found.axes and all(found.axes)
        return f"The right shape is ({', '.join(found.axes)})." if named else ""
    right = size - np.count_nonzero(first.wrong)
    return f"In the first wrong case, {right or 'none'} of {size} numbers are right." * (size > 1)


def _said(marks: Marks, wrong: list[Judged]) -> str:
    """What is the matter with these cases, as the beginning of a sentence."""
    kinds = {one.verdict.kind for one in wrong}
    errors = {type(one.outcome.error).__name__ for one in wrong}
    name = result_name(marks.exercise, wrong[0].case)
    if kinds == {Kind.RAISED}:
        return f"{' or '.join(sorted(errors))} is raised"
    if Kind.INPUT_CHANGED in kinds:
        return "The input is changed" if len(kinds) == 1 else "The answer is wrong"
    what = kinds.pop().value.replace("returned ", "") if len(kinds) == 1 else "wrong"
    begin = "has" if what.endswith("s") else "has a" if what.startswith("wrong ") else "is"
    return f"{sentence(name)} {begin} {what}"


PLAIN = {
    "stride > 1": "the stride is above 1",
    "padding > 0": "there is padding",
    "dilation > 1": "the dilation is above 1",
    "groups > 1": "there are several groups",
    "N > 1": "there are several images",
    "C > 1": "there are several channels",
    "F > 1": "there are several filters",
    "H != W": "the image is not square",
    "kh != kw": "the kernel is not square",
    "kh * kw > 1": "the kernel has more than one entry",
    "oh * ow > 1": "there are several windows",
    "N and size > 1": "the windows are larger than 1×1",
    "N and stride < size": "the windows overlap",
    "float32": "the dtype is float32",
    "layout": "the arrays do not lie in memory row by row",
}
"""What the lessons speak of; two of these can be said together."""
LEFT = "({0} + 2 * padding - dilation * ({1} - 1) - 1) % stride > 0"
MORE = {
    "stride == 1": "the stride is 1",
    "padding == 0": "there is no padding",
    "N > 3": "there are more than three images",
    LEFT.format("H", "kh"): "rows are left over",
    LEFT.format("W", "kw"): "columns are left over",
}
HAVE_WORDS = {*"NCFHW", "kh", "kw", "oh", "ow", "stride", "padding", "dilation", "groups"}


def _shared(measured: list[Sizes], wrong: np.ndarray) -> tuple[float, str]:
    """What is true of all wrong cases and the fewest right ones, and of how many of these.

    Two properties together are tried too, where there are more than a few cases of either kind.
    """
    others = sorted(measured[0].keys() - HAVE_WORDS - PLAIN.keys())
    above = {f"{name} > {k}": f"{name} is above {k}" for name in others for k in "01"}
    none = {f"{name} == 0": f"{name} is 0" for name in others}
    said = []
    for expression, words in (PLAIN | MORE | above | none).items():
        values = [value_of(expression, {"dilation": 1, "padding": 0} | s) for s in measured]
        if None not in values:
            said.append((words, np.array(values, bool)))
    few = min(wrong.sum(), (~wrong).sum()) < FEWEST
    plain = [one for one in said if one[0] in PLAIN.values() and not few]
    for (one, here), (other, there) in combinations(plain, 2):
        pair = [(f"{one} and {other}", here & there)]
        if min((here & ~there).sum(), (there & ~here).sum()) > 1:  # one alone may be a chance
            pair.append((f"{one} or {other}", here | there))
        said += [both for both in pair if not both[1][~wrong].any()]
    counted = [(int(true[~wrong].sum()), words) for words, true in said if true[wrong].all()]
    return min(counted, default=(np.inf, ""), key=lambda one: one[0])
