"""One call of an exercise's function: its arguments, and the group of cases it belongs to."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """The arguments of one call, by name, in the order of the signature."""

    group: str
    arguments: dict[str, Any]

    def fresh_arguments(self) -> dict[str, Any]:
        """A copy of the arguments, so that a function that changes them harms nobody else."""
        return copy.deepcopy(self.arguments)

    def describe(self) -> str:
        """Say in one line what the arguments are: of arrays, their shape and dtype."""
        described = (_describe(name, value) for name, value in self.arguments.items())
        return f"{self.group}: {', '.join(described)}"


def _describe(name: str, value: Any) -> str:
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
