"""Mistakes in other words than those of the checks, from the modules that import this."""

from collections.abc import Callable

VARIANTS: list[tuple[str, str, Callable]] = []


def variant(exercise: str, mistake: str) -> Callable[[Callable], Callable]:
    """Put a function into the list, as a variant of a mistake of an exercise."""

    def register(function: Callable) -> Callable:
        VARIANTS.append((exercise, mistake, function))
        return function

    return register
