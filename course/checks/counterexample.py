"""The smallest case in which an answer is wrong in the way in which it was found to be wrong."""

import time
import warnings
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.exercise import Judged, Marks
from course.checks.geometry import Numbers
from course.checks.mistakes import Mistake
from course.checks.outcome import agree, run
from course.checks.verdict import Kind

SECONDS = 1.0
COARSE = 1e-6
"""An error above that is no rounding, and the smallest case is to have such a one as well."""
SEEDS = 3
"""How many draws of small whole numbers are tried for the same sizes."""


def smallest(marks: Marks, mistake: Mistake | None = None) -> Judged:
    """A case that is wrong as the first wrong one is, made as small as it stays wrong.

    Where the answer makes a known mistake, the mistake does the same in that case.
    """
    search = _Search(marks, mistake)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the answer's own were shown when it was marked
        return search.shrink(_starts(marks))


def _starts(marks: Marks) -> list[Case]:
    """The wrong cases that can be shrunk, those of the first one's kind and the smallest first."""
    kind, use = marks.wrong[0].verdict.kind, marks.wrong[0].case.use
    alike = (one.case for one in marks.wrong if one.verdict.kind is kind)
    return sorted((case for case in alike if case.use is use and case.remake), key=_weight)


def _weight(case: Case) -> tuple[int, int]:
    """How much there is to read: numbers first, then sizes."""
    arrays = [value for value in case.arguments.values() if isinstance(value, np.ndarray)]
    return sum(array.size for array in arrays), sum(case.sizes.values())


class _Search:
    def __init__(self, marks: Marks, mistake: Mistake | None) -> None:
        self.exercise, self.answer = marks.exercise, marks.answer
        self.found, self.mistake = marks.wrong[0], mistake
        self.end = time.process_time() + SECONDS
        self.tried: set[tuple[Any, ...]] = set()
        self.is_large = _error(self.found) > COARSE

    def shrink(self, starts: list[Case]) -> Judged:
        """Shrink the smallest start that is wrong with small whole numbers too."""
        for start in starts[:4]:
            shrunk = self._with_whole_numbers(start, start.sizes)
            if shrunk is not None:
                return self._smaller(shrunk)
        return self.found

    def _smaller(self, best: Judged) -> Judged:
        """Take every step that makes the case smaller until none is left, or the time is over."""
        again = True
        while again and time.process_time() < self.end:
            again = False
            for sizes in _smaller_sizes(best.case.sizes):
                found = self._with_whole_numbers(best.case, sizes)
                if found is not None and _weight(found.case) < _weight(best.case):
                    best, again = found, True
                    break
        return best

    def _with_whole_numbers(self, case: Case, sizes: dict[str, int]) -> Judged | None:
        key = tuple(sizes.values())
        if key in self.tried or time.process_time() > self.end:
            return None
        self.tried.add(key)
        for layout in dict.fromkeys(("C", case.layout)):
            for seed in range(SEEDS):
                numbers = Numbers(np.random.default_rng(seed), layout=layout, whole=True)
                found = self._wrong_in_the_same_way(case, sizes, numbers)
                if found is not None:
                    return found
        return None

    def _wrong_in_the_same_way(
        self, case: Case, sizes: dict[str, int], numbers: Numbers
    ) -> Judged | None:
        assert case.remake is not None
        try:
            smaller = case.remake(sizes, numbers)
            expected = run(self.exercise.reference, smaller)
        except (ValueError, IndexError, ZeroDivisionError):
            return None
        if expected.error is not None:
            return None
        example = self.exercise.tried(self.answer, smaller, expected.value)
        if _way(example) != _way(self.found) or (self.is_large and _error(example) <= COARSE):
            return None
        if self.mistake:
            theirs = [run(function, smaller) for function in self.mistake.functions]
            if not any(agree(example.outcome, one, example.tolerance) for one in theirs):
                return None
        return example


def _way(example: Judged) -> tuple[Kind, type, str]:
    """In which way it is wrong: of exceptions, which one in which line."""
    return example.verdict.kind, type(example.outcome.error), example.outcome.line


def _error(example: Judged) -> float:
    """How far the numbers are off; infinite where something else is wrong than numbers."""
    if example.verdict.kind is not Kind.WRONG_NUMBERS:
        return np.inf
    try:
        return float(np.max(np.abs(np.subtract(example.outcome.value, example.expected))))
    except OverflowError:  # an integer of Python may be larger than any float
        return np.inf


def _smaller_sizes(sizes: dict[str, int]) -> Iterator[dict[str, int]]:
    """Smaller sizes to try: large steps before small ones, then two sizes at once."""
    least = {name: 0 if name == "padding" else 1 for name in sizes}
    halved = {name: (now + least[name]) // 2 for name, now in sizes.items()}
    one_less = {name: now - 1 for name, now in sizes.items()}
    for smaller in (least, halved, one_less):
        for name, now in sizes.items():
            if now > least[name]:
                yield sizes | {name: smaller[name]}
    larger = [name for name in sizes if sizes[name] > least[name]]
    for one, other in combinations(larger, 2):
        yield sizes | {one: least[one], other: least[other]}
        yield sizes | {one: sizes[one] - 1, other: sizes[other] - 1}
