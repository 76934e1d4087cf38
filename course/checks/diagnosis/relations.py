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
from course.checks.diagnosis.compared import (
    Compared,
    Fits,
    compared,
    right_results,
    sentence,
)
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks

Relations = Callable[[Compared], Iterator[tuple[Fits, str]]]

FAMILIES: tuple[Relations, ...] = (
    numbers_changed.relations,
    other_arguments.relations,
    rearranged.relations,
    lengths.relations,
    partly_right.relations,
)
"""Each gives relations: what to test with each case, and the sentence.

In a sentence, {y} is what the result is called.
"""


def find(marks: Marks) -> Finding | None:
    """The first relation that holds in every wrong case; else one that holds in some."""
    found = compared(marks)
    if found is None:
        return None
    partial = ""
    for family in FAMILIES:
        for fits, words in family(found):
            where = found.where(fits)
            if where == "":
                text = _said(found, marks, "", words)
                is_weak = family is partly_right.relations  # it does not say what is there
                return Finding("relation", _with_cases(marks, text) if is_weak else text)
            if where and not partial:
                partial = _said(found, marks, where, words)
    text = lengths.named(found) or partial
    return Finding("relation", text) if text else None


def _with_cases(marks: Marks, text: str) -> str:
    """With the sentence that says which cases are wrong, if it says which and there is room."""
    cases = seen.where(marks)
    return f"{text} {cases}" if " where " in cases and len(text + cases) < seen.LONGEST else text


def _said(found: Compared, marks: Marks, where: str, words: str) -> str:
    every = "every number of {y} is" if found.wrong[0].got.ndim else "{y} is"
    words = words.replace("{every}", every)
    words = words.replace("the right {y}", f"the right {found.name.removeprefix('the ')}")
    return sentence(where + words.replace("{y}", found.name)) + right_results(marks)
