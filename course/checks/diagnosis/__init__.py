"""Why is an answer wrong? The first step that finds anything is what is said."""

import warnings
from collections.abc import Callable

import numpy as np

from course.checks.diagnosis import (
    borrowed,
    calls,
    from_the_notebook,
    known,
    raised,
    relations,
    seen,
    unwritten,
    variations,
)
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Judged, Marks
from course.checks.verdict import A_VERDICT

STEPS: tuple[Callable[[Marks], Finding | None], ...] = (
    unwritten.find,
    borrowed.find,
    known.find_alone,
    from_the_notebook.find,
    calls.find,
    known.find_pair,
    raised.find,
    relations.find,
    known.find_at_first,
    variations.find,
    relations.find_partly,
    seen.find,
)


OF_A_VERDICT = (
    *(unwritten.find, borrowed.find, known.find_alone, from_the_notebook.find),
    *(raised.find, seen.find),
)
"""The steps for answers that are True or False: they agree with too much by chance."""


def diagnose(marks: Marks) -> Finding:
    """What the first step has found that finds anything: the last one always does."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is tried here is not the student's own code
        steps = OF_A_VERDICT if marks.exercise.returns is A_VERDICT else STEPS
        return next(finding for step in steps if (finding := step(marks)))


def relation_of(marks: Marks, shown: Judged) -> Finding:
    """What relates the results to the right ones, also in the smaller case that is shown."""
    with np.errstate(all="ignore"):
        found = relations.find(marks, shown) or relations.find_partly(marks, shown)
    return found or seen.find(marks)


__all__ = ["Finding", "diagnose", "relation_of"]
