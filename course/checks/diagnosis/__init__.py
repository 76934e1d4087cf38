"""Why is an answer wrong? The first step that finds anything is what is said."""

import warnings
from collections.abc import Callable

import numpy as np

from course.checks.diagnosis import (
    borrowed,
    from_the_notebook,
    known,
    raised,
    relations,
    seen,
    unwritten,
    variations,
)
from course.checks.diagnosis.finding import Finding
from course.checks.exercise import Marks

STEPS: tuple[Callable[[Marks], Finding | None], ...] = (
    unwritten.find,
    borrowed.find,
    known.find_alone,
    from_the_notebook.find,
    known.find_pair,
    raised.find,
    known.find_at_first,
    relations.find,
    variations.find,
    relations.find_partly,
    seen.find,
)


def diagnose(marks: Marks) -> Finding | None:
    """What the first step has found that finds anything; None for a right answer."""
    if marks.first_wrong() is None:
        return None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is tried here is not the student's own code
        return next((finding for step in STEPS if (finding := step(marks))), None)


__all__ = ["Finding", "diagnose"]
