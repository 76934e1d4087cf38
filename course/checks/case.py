"""One trial of an answer: its arguments, what is done with them, and the group it belongs to."""

import copy
import inspect
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from course.checks.geometry import Geometry, Numbers, Trial, trials
from course.checks.layouts import LAYOUTS, laid_out
from course.checks.uses import call, call_with_defaults, called_twice


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

    def try_out(self, answer: Callable[..., Any], **others: Any) -> Any:
        """What comes out of an answer with new copies of the arguments, or others for some."""
        return self.use(answer, **(self.fresh_arguments() | others))

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

Sizes = dict[str, int]
Use = Callable[..., Any]
Build = Callable[[Sizes, Numbers], dict[str, Any]]
"""Makes the arguments of a case; ValueError where there is none of these sizes."""
Cases = Callable[[np.random.Generator], list[Case]]
BuildLayer = Callable[[Geometry, Numbers], dict[str, Any]]


def sized(group: str, sizes: Sizes, numbers: Numbers, build: Build, use: Use = call) -> Case:
    """A case that can be made again from other sizes."""

    def remake(others: Sizes, their_numbers: Numbers) -> Case:
        if any(size < (name != "padding") for name, size in others.items()):
            raise ValueError(f"no case has the sizes {others}")
        return sized(group, others, their_numbers, build, use)

    return Case(group, build(sizes, numbers), use, sizes, remake, numbers.layout)


def with_two_calls(cases: Cases) -> Cases:
    """The same cases, but for one of the memory layouts, in which the answer is called twice."""

    def these(rng: np.random.Generator) -> list[Case]:
        drawn = cases(rng)
        with_layout = [k for k, case in enumerate(drawn) if case.group == "memory layouts"]
        for k in with_layout[-1:]:
            drawn[k] = tried_by(called_twice, drawn[k])
        return drawn

    return these


def tried_by(use: Use, case: Case) -> Case:
    """The same arguments, and those of other sizes, put to another use."""
    again = case.remake
    return replace(case, use=use, remake=again and (lambda *sizes: tried_by(use, again(*sizes))))


def tried(
    group: str, build: Build, numbers: Numbers, of: Iterable[Sizes], looks: Iterable[Use] = (call,)
) -> list[Case]:
    """A case for each look at each of the sizes."""
    return [
        sized(group, sizes, numbers, _needed(build, look), look) for look in looks for sizes in of
    ]


def _needed(build: Build, look: Use) -> Build:
    """Makes all arguments, or what a forward pass alone needs."""

    def without_dy(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
        return {name: value for name, value in build(sizes, numbers).items() if name != "dy"}

    return without_dy if look.__name__.split("_")[0] == "y" else build


def in_other_layouts(
    build: Build, rng: np.random.Generator, of: Iterable[Sizes], looks: Iterable[Use] = (call,)
) -> list[Case]:
    """The same in each way to lie in memory but the usual one."""
    numbers = [Numbers(rng, layout=layout) for layout in LAYOUTS[1:]]
    return [c for n in numbers for c in tried("memory layouts", build, n, of, looks)]


def altered(build: Build, name: str, change: Callable[[np.ndarray], np.ndarray]) -> Build:
    """Makes the same arguments, but what change makes of the one of this name."""

    def build_altered(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
        arguments = build(sizes, numbers)
        return arguments | {name: change(arguments[name])}

    return build_altered


def shaped(
    group: str,
    shape: Iterable[int],
    numbers: Numbers,
    build: Callable[[tuple[int, ...], Numbers], dict[str, Any]],
    use: Use = call,
) -> Case:
    """A case that is made from the shape of its arrays, and shrinks along each axis."""
    sizes = {f"length of axis {k}": int(length) for k, length in enumerate(shape)}
    return sized(group, sizes, numbers, lambda s, n: build(tuple(s.values()), n), use)


def from_trials(
    drawn: Iterable[Trial], rng: np.random.Generator, build: BuildLayer, use: Use = call
) -> list[Case]:
    """A case for each trial."""

    def arguments(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
        geometry = Geometry(**sizes)
        if not geometry.is_possible():
            raise ValueError(f"no case has the sizes {sizes}")
        return build(geometry, numbers)

    return [
        sized(trial.group, asdict(trial.geometry), Numbers(rng, *trial.how), arguments, use)
        for trial in drawn
    ]


def named(*names: str) -> BuildLayer:
    """Makes the arguments that the lessons call so: arrays of their shapes, and sizes."""

    def build(g: Geometry, numbers: Numbers) -> dict[str, Any]:
        oh, ow = g.output
        shapes: dict[str, tuple[int, ...]] = {
            **{"x": g.x_shape, "w": g.w_shape, "b": (g.F,), "dy": g.y_shape},
            **{"w_depth": (g.C, 1, g.kh, g.kw), "w_point": (g.F, g.C, 1, 1)},
            "cols": (g.N * oh * ow, g.C * g.kh * g.kw),
        }
        return {n: numbers.array(*shapes[n]) if n in shapes else getattr(g, n) for n in names}

    return build


def sliding(
    example: dict[str, Any],
    build: BuildLayer | None = None,
    draw: Callable[[np.random.Generator], list[Trial]] = trials,
    alone: Iterable[Trial] = (),
    defaults: dict[str, float] | None = None,
) -> Cases:
    """A lesson's example, and windows that slide over images of many sizes.

    Without a `build` the arguments are those that the example has. For the trials `alone` the
    answer is called without the numbers that have a default value, `defaults` where one is drawn.
    """
    build = build or named(*example)

    def plain(g: Geometry, numbers: Numbers) -> dict[str, Any]:
        return build(g, numbers) | (defaults or {})

    def cases(rng: np.random.Generator) -> list[Case]:
        return [
            Case("the example", example),
            *from_trials(draw(rng), rng, build),
            *from_trials(alone, rng, plain, call_with_defaults),
        ]

    return cases


def _describe(name: str, value: Any) -> str:
    if name == "settings":
        return f"made with {value!r}"
    if isinstance(value, str):  # the source of something that is tried, and not read
        return f"a {name}"
    if isinstance(value, np.ndarray):
        return f"{name} {value.shape} {value.dtype}"
    if isinstance(value, float):
        return f"{name}={value:.4g}"
    if callable(value):
        return f"{name}={value.__name__}"
    return f"{name}={value!r}"
