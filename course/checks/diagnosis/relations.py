"""Is the answer the right result but for a relation, such as a factor or two axes exchanged?"""

from collections.abc import Callable, Iterator

from course.checks.diagnosis import (
    lengths,
    merged,
    numbers_changed,
    other_arguments,
    other_rounds,
    partly_right,
    rearranged,
    seen,
    windows_moved,
)
from course.checks.diagnosis.compared import (
    CODE,
    Compared,
    Fits,
    compared,
    sentence,
    taken_apart,
)
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks
from course.checks.verdict import Kind

Relations = Callable[[Compared], Iterator[tuple[Fits, str]]]

FAMILIES: tuple[Relations, ...] = (
    numbers_changed.relations,
    other_rounds.relations,
    other_arguments.relations,
    rearranged.relations,
    windows_moved.relations,
    merged.relations,
    lengths.relations,
    partly_right.relations,
)
"""Each gives relations: what to test with each case, and the sentence.

In a sentence, {y} is what the result is called, and {right} the right one.
"""


WEAK = (partly_right.relations,)
"""They say where the wrong numbers are, and not what has become of them."""


def find(marks: Marks) -> Finding | None:
    """The first relation that holds in every wrong case; else one that holds in some."""
    found = compared(marks)
    if found is None:
        return None
    if _depends_on_memory(marks):
        return Finding("relation", MEMORY)
    partial = ""
    for family, (fits, words), seen_as in _all_relations(found):
        where = seen_as.where(fits)
        if where == "":
            text = _said(found, marks, "", words)
            return Finding("relation", _with_cases(marks, text) if family in WEAK else text)
        if where and not partial:
            partial = _said(found, marks, where, words)
    text = lengths.named(found) or partial
    return Finding("relation", text) if text else None


MEMORY = (
    "All wrong cases have arrays that do not lie in memory row by row, as slices and transposed "
    "arrays do not: the code takes for granted how they lie."
)


def _depends_on_memory(marks: Marks) -> bool:
    """Whether everything is right but for arrays that lie in memory in another way."""
    judged = zip(marks.cases, marks.verdicts, strict=True)
    return all(case.layout != "C" for case, verdict in judged if verdict.kind is not Kind.RIGHT)


def _all_relations(
    found: Compared,
) -> Iterator[tuple[Relations, tuple[Fits, str], Compared]]:
    for family in FAMILIES:
        yield from ((family, relation, found) for relation in family(found))
    apart = taken_apart(found)
    if apart is not None:
        for family in (rearranged.relations, merged.relations, partly_right.relations):
            yield from ((family, relation, apart) for relation in family(apart))


def _with_cases(marks: Marks, text: str) -> str:
    """With the sentence that says which cases are wrong, if it says which and there is room."""
    cases = seen.where(marks)
    fits = len(text) + len(cases) < seen.LONGEST
    return f"{text} {cases}" if " where " in cases and fits else text


def _said(found: Compared, marks: Marks, where: str, words: str) -> str:
    text = where + words.replace("{y}", found.name).replace("{right}", found.right_one)
    return sentence(text) + _also_right(found, marks)


def _also_right(found: Compared, marks: Marks) -> str:
    """Which other results are right, of a layer."""
    kinds: dict[str, list[Kind]] = {}
    for case, verdict in zip(marks.cases, marks.verdicts, strict=True):
        kinds.setdefault(case.use.__name__, []).append(verdict.kind)
    right = [name for name in CODE if name in kinds and set(kinds[name]) == {Kind.RIGHT}]
    if found.name not in CODE or not right:
        return ""
    *others, last = right
    return f" {', '.join(others)} and {last} are right." if others else f" {last} is right."
