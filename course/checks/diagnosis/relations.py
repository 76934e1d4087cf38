"""Is the answer the right result but for a relation, such as a factor or two axes exchanged?"""

from collections.abc import Callable, Iterator

from course.checks.diagnosis import (
    lengths,
    numbers_changed,
    other_arguments,
    partly_right,
    rearranged,
    seen,
)
from course.checks.diagnosis.compared import Compared, Fits, compared, right_results, sentence
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks

Relations = Callable[[Compared], Iterator[tuple[Fits, str]]]

FAMILIES: tuple[Relations, ...] = (
    numbers_changed.relations,
    other_arguments.relations,
    rearranged.relations,
    lengths.relations,
)
"""Each gives relations: what to test with each case, and the sentence.

In a sentence, {y} is what the result is called.
"""


def find(marks: Marks) -> Finding | None:
    """A relation that holds in every wrong case, or the sizes of a wrong shape by their names."""
    found = compared(marks)
    if found is None:
        return None
    for fits, words in _all(found, FAMILIES):
        if found.where(fits) == "":
            return Finding("relation", _said(found, marks, "", words))
    text = lengths.named(found)
    return Finding("relation", text) if text else None


def find_partly(marks: Marks) -> Finding | None:
    """What part of the result is right in every wrong case; else a relation that holds in some."""
    found = compared(marks)
    if found is None:
        return None
    for fits, words in _all(found, (partly_right.relations,)):
        if found.where(fits) == "":
            text = _said(found, marks, "", words)
            return Finding("relation", _with_cases(marks, text))
    for fits, words in _all(found, (*FAMILIES, partly_right.relations)):
        if where := found.where(fits):
            return Finding("relation", _said(found, marks, where, words))
    return None


def _all(found: Compared, families: tuple[Relations, ...]) -> Iterator[tuple[Fits, str]]:
    return (one for family in families for one in family(found))


def _with_cases(marks: Marks, text: str) -> str:
    """With the sentence that says which cases are wrong, if it says which and there is room."""
    cases = seen.where(marks)
    return f"{text} {cases}" if " where " in cases and len(text + cases) < seen.LONGEST else text


def _said(found: Compared, marks: Marks, where: str, words: str) -> str:
    every = "every number of {y} is" if found.wrong[0].got.ndim else "{y} is"
    words = words.replace("{every}", every)
    words = words.replace("the right {y}", f"the right {found.name.removeprefix('the ')}")
    return sentence(where + words.replace("{y}", found.name)) + right_results(marks)
