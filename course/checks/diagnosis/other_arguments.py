"""The right result for other arguments: stride 1, no padding, kernels turned, another image."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from course.checks.case import Case
from course.checks.diagnosis import changed_arguments, parts_of_arguments
from course.checks.diagnosis.changed_arguments import (
    SIZES,
    Change,
    Given,
    changed,
    shares,
    sized,
    times,
)
from course.checks.diagnosis.compared import Compared, Fits, Pair
from course.checks.diagnosis.measures import expressions, given_of, value_of
from course.checks.outcome import run, wrong_numbers

SECONDS = 0.3
"""Of computing, at the most."""


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """What the reference gives for other arguments."""
    end = time.process_time() + SECONDS
    given = given_of(found.wrong[0].case, found.exercise.reference)
    exercise = found.exercise.name
    every = (
        changed_arguments.of_numbers(given),
        parts_of_arguments.parts(exercise, given, found.name.startswith("dx")),
        changed_arguments.of_arrays(given),
        _multiples(found, given),
        parts_of_arguments.misread(exercise, given),
    )
    for change, words in chain.from_iterable(every):
        if time.process_time() > end:
            return
        yield _is_right_for(found, change), f"this is {{right}} for {words}."


def _is_right_for(found: Compared, change: Change) -> Fits:
    return lambda pair: pair.shows(right_for(found, pair, change))


def right_for(found: Compared, pair: Pair, change: Change) -> np.ndarray | None:
    """What the reference gives for other arguments; None where it refuses them."""
    given = given_of(pair.case, found.exercise.reference)
    theirs = run(
        found.exercise.reference, _with(pair.case, change(given | {SIZES: pair.sizes}), given)
    )
    if theirs.error is not None or theirs.value is None:
        return None
    value = np.asarray(theirs.value)
    return value if found.part is None else value[found.part]


def _with(case: Case, others: Given, given: Given) -> Case:
    """The case with other arguments; of a layer, those it is made with are its settings."""
    arguments = {name: others[name] for name in case.arguments if name != "settings"}
    if "settings" in case.arguments:
        settings = tuple(others[name] for name in given if name not in case.arguments)
        arguments = {"settings": settings} | arguments
    return replace(case, arguments=arguments)


def _multiples(found: Compared, given: Given) -> Iterator[tuple[Change, str]]:
    """An argument times a size, or a size in place of b."""
    first = found.wrong[0]
    for name, value in given.items():
        if not isinstance(value, np.ndarray | float) or (name == "b" and first.got.ndim == 0):
            continue
        base = right_for(found, first, changed(name, lambda value: value * 0))
        if base is None or base.shape != first.got.shape:
            continue
        rest, right = first.got - base, first.expected - base
        for expression in (*expressions(), *shares(given)):
            size = value_of(expression, first.sizes)
            if size is None or size == 1 or expression == name:
                continue
            if _close(rest, size * right, first.tolerance):
                yield times(name, expression), f"{expression} * {name} in place of {name}"
            if _close(rest * size, right, first.tolerance):
                inverse = f"1 / ({expression})" if " " in expression else f"1 / {expression}"
                yield times(name, inverse), f"{name} / {inverse[4:]} in place of {name}"
            if name == "b" and _close(rest, np.full_like(rest, size), first.tolerance):
                yield sized(name, expression), f"{expression} in place of {name}"


def _close(one: np.ndarray, other: np.ndarray, tolerance: float) -> bool:
    return not np.any(wrong_numbers(one, other, max(tolerance, 1e-7)))
