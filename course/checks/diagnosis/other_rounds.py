"""Of a layer: another of its results, or that of the round before."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from course.checks import uses
from course.checks.diagnosis.compared import Compared, Fits, Pair
from course.checks.outcome import run

RESULTS: tuple[Callable[..., Any], ...] = (uses.y, uses.dx, uses.dw, uses.db)


def relations(found: Compared) -> Iterator[tuple[Fits, str]]:
    """What else the same layer computes, in this round or in the one before."""
    arguments = found.wrong[0].case.arguments
    if "settings" not in arguments:
        return
    of = found.name.split()[0]
    for use in RESULTS:
        if use.__name__ != of and found.name in [result.__name__ for result in RESULTS]:
            yield _is_result(found, use), f"what is given as {{y}} is {use.__name__}."
    simple = next((use for use in RESULTS if use.__name__ == of), None)
    if simple is None or simple.__name__ == found.name:
        return
    if any(name.startswith("other_") for name in arguments):
        yield (
            lambda pair: pair.shows(_of_the_other(found, pair, simple)),
            f"this is the {of} of the other round: of other_x, and not of x.",
        )
        yield (
            lambda pair: replace(pair, got=pair.got - pair.expected).shows(
                _of_the_other(found, pair, simple)
            ),
            f"this is the sum of the {of} of both rounds: each backward is to begin anew.",
        )


def _is_result(found: Compared, use: Callable[..., Any]) -> Fits:
    return lambda pair: pair.shows(_result(found, pair, use, {}))


def _of_the_other(found: Compared, pair: Pair, use: Callable[..., Any]) -> np.ndarray | None:
    """What the use gives for other_x in place of x, and other_dy in place of dy."""
    given = pair.case.arguments
    others = {name.removeprefix("other_"): given[name] for name in given if "other_" in name}
    return _result(found, pair, use, others)


def _result(
    found: Compared, pair: Pair, use: Callable[..., Any], changed: dict[str, Any]
) -> np.ndarray | None:
    arguments = {k: v for k, v in pair.case.arguments.items() if not k.startswith("other_")}
    case = replace(pair.case, arguments=arguments | changed, use=use)
    value = run(found.exercise.reference, case).value
    return None if value is None else np.asarray(value)
