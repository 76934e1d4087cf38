"""One trial of an answer: its arguments, what is done with them, and the group it belongs to."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.checks.uses import call


@dataclass(frozen=True)
class Case:
    """The arguments of one trial, by name; for a function, in the order of its signature."""

    group: str
    arguments: dict[str, Any]
    use: Callable[..., Any] = call
    """Tries an answer with the arguments; what it returns is compared."""

    def try_out(self, answer: Callable[..., Any]) -> Any:
        """What comes out when the answer is tried with new copies of the arguments."""
        return self.use(answer, **self.fresh_arguments())

    def fresh_arguments(self) -> dict[str, Any]:
        """A copy of the arguments, so that a function that changes them harms nobody else."""
        return copy.deepcopy(self.arguments)

    def describe(self) -> str:
        """Say in one line what the arguments are: of arrays, their shape and dtype."""
        described = (_describe(name, value) for name, value in self.arguments.items())
        return f"{self.group}: {', '.join(described)}"

    def steps(self) -> str:
        """Say in one line what is done, if it is more than a call."""
        return "" if self.use is call else inspect.getdoc(self.use) or ""


def _describe(name: str, value: Any) -> str:
    if name == "settings":
        return f"made with {value!r}"
    if isinstance(value, np.ndarray):
        return f"{name} {value.shape} {value.dtype}"
    if isinstance(value, float):
        return f"{name}={value:.4g}"
    if callable(value):
        return f"{name}={value.__name__}"
    return f"{name}={value!r}"


def normal(rng: np.random.Generator, *shape: int, dtype: Any = np.float64) -> np.ndarray:
    """An array of random numbers of which no two are equal."""
    return rng.standard_normal(shape).astype(dtype)
