"""One trial of an answer: its arguments, what is done with them, and the group it belongs to."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from course.checks.geometry import Geometry, Numbers, Trial
from course.checks.layouts import laid_out
from course.checks.uses import call


@dataclass(frozen=True)
class Case:
    """The arguments of one trial, by name; for a function, in the order of its signature."""

    group: str
    arguments: dict[str, Any]
    use: Callable[..., Any] = call
    """Tries an answer with the arguments; what it returns is compared."""
    sizes: dict[str, int] = field(default_factory=dict)
    """What the case was made from, such as N, C, kh and stride; empty for the lesson's example."""
    remake: "Callable[[dict[str, int], Numbers], Case] | None" = None
    """Makes a case of the same kind from other sizes; ValueError where there is none."""
    layout: str = "C"
    """How its arrays lie in memory."""

    def try_out(self, answer: Callable[..., Any]) -> Any:
        """What comes out when the answer is tried with new copies of the arguments."""
        return self.use(answer, **self.fresh_arguments())

    def fresh_arguments(self) -> dict[str, Any]:
        """A copy of the arguments, so that a function that changes them harms nobody else."""
        return {name: self._copied(value) for name, value in self.arguments.items()}

    def _copied(self, value: Any) -> Any:
        if type(value) is np.ndarray and value.ndim:  # deepcopy would pack it row by row
            return laid_out(value, self.layout)
        return copy.deepcopy(value)

    def describe(self) -> str:
        """Say in one line what the arguments are: of arrays, their shape and dtype."""
        described = (_describe(name, value) for name, value in self.arguments.items())
        layout = "" if self.layout == "C" else f"; the arrays are {LAYOUT_WORDS[self.layout]}"
        return f"{', '.join(described)}{layout}"

    def steps(self) -> str:
        """Say in one line what is done, if it is more than a call."""
        return "" if self.use is call else inspect.getdoc(self.use) or ""


LAYOUT_WORDS = {
    "Fortran": "stored column by column (order F)",
    "strided": "slices with a step, not contiguous",
    "reversed": "views that run backwards ([::-1])",
}

Build = Callable[[Geometry, Numbers], dict[str, Any]]
"""Makes the arguments of a case."""


def from_trials(
    drawn: list[Trial],
    rng: np.random.Generator,
    build: Build,
    use: Callable[..., Any] = call,
    least: dict[str, int] | None = None,
) -> list[Case]:
    """A case for each trial; `least` holds sizes below which a case is not to shrink."""

    def made(group: str, geometry: Geometry, numbers: Numbers) -> Case:
        def remake(sizes: dict[str, int], others: Numbers) -> Case:
            smaller = Geometry(**sizes)
            too_small = any(sizes[name] < size for name, size in (least or {}).items())
            if too_small or not smaller.is_possible():
                raise ValueError(f"no case has the sizes {sizes}")
            return made(group, smaller, others)

        arguments = build(geometry, numbers)
        return Case(group, arguments, use, asdict(geometry), remake, numbers.layout)

    return [made(trial.group, trial.geometry, trial.numbers(rng)) for trial in drawn]


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
