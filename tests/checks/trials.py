"""Exercises, what their cases hold, and answers to them that are wrong in a way one chooses."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from course import convolution, nn
from course.authoring.blanks import BEGIN, END
from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.outcome import run
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
KINDS = ("dot_product", "output_size", "conv_forward", "Conv2d", "Mended1")
"""One exercise of each kind: a function that gives a number, an int or an array; a class; and a
class that mends another."""
PARTS = {
    uses.y: "y",
    uses.loss: "y",
    uses.dx: "dx",
    uses.dscores: "dx",
    uses.dw: "dw",
    uses.db: "db",
}
"""What comes out of a layer, by the use that looks at it."""


def one_of_a_kind(names: Iterable[str]) -> list[str]:
    """Those with another reference or other cases than each before: the rest behave as these."""
    kinds: dict[tuple, str] = {}
    for name in names:
        kinds.setdefault((EXERCISES[name].reference, EXERCISES[name].cases), name)
    return list(kinds.values())


ONE_OF_A_KIND = one_of_a_kind(EXERCISES)
LAYERS = [name for name in ONE_OF_A_KIND if EXERCISES[name].is_a_class]
"""The exercises whose answers are classes."""


def each(names: Iterable[str], quick: Iterable[str] = KINDS) -> pytest.MarkDecorator:
    """Runs a test for each of the exercises; for all but the quick ones it is slow."""
    slow = [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in names]
    return pytest.mark.parametrize("name", slow)


@cache
def cases(name: str, seed: int = 0) -> list[Case]:
    return EXERCISES[name].cases(np.random.default_rng(seed))


def arrays(case: Case) -> list[np.ndarray]:
    return [value for value in case.arguments.values() if isinstance(value, np.ndarray)]


CALLS = {uses.call, uses.call_with_defaults}
DIRECT = [name for name in ONE_OF_A_KIND if name in LAYERS or {c.use for c in cases(name)} <= CALLS]
"""Where what an answer returns is what is judged: not so of a step of training, say."""
WITH_ARRAYS = [name for name in ONE_OF_A_KIND if any(map(arrays, cases(name)))]


def first_result(name: str) -> Any:
    return run(EXERCISES[name].reference, cases(name)[0]).value


def single_trials(name: str) -> list[Case]:
    """The cases, up to the first that makes two layers, or looks at something else than PARTS."""
    return list(takewhile(lambda case: case.use in (uses.call, *PARTS), cases(name)))


def first_array(name: str) -> str:
    """The first argument in the first case that an answer is handed, and does not hold itself."""
    held = getattr(EXERCISES[name].reference, "parameters", ())
    given = {k: value for k, value in cases(name)[0].arguments.items() if k not in held}
    return next(k for k, value in given.items() if isinstance(value, np.ndarray))


def same(one: Any, other: Any) -> bool:
    if not isinstance(one, np.ndarray):
        return one == other
    return one.dtype == other.dtype and np.array_equal(one, other)


def same_arguments(one: Case, other: Case) -> bool:
    return one.arguments.keys() == other.arguments.keys() and all(
        same(value, other.arguments[name]) for name, value in one.arguments.items()
    )


def plain(printed: str) -> str:
    """What was printed, without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", printed)


# Answers -----------------------------------------------------------------------------------------


def changed(name: str, change: Callable[[Any, int, str], Any]) -> Any:
    """A right answer, but that change(value, trial, part) comes out, for each part of a layer.

    A trial is a call, or a layer made; they are counted from 0. What a function returns is "y".
    """
    reference, trials = EXERCISES[name].reference, count()
    if not EXERCISES[name].is_a_class:
        return lambda *arguments: change(reference(*arguments), next(trials), "y")

    own = {k: v for k, v in vars(reference).items() if k not in ("__dict__", "__weakref__")}

    class Layer(type("Right", (reference,), own)):  # in the clinic, what is inherited is broken
        def __init__(self, *settings):
            super().__init__(*settings)
            self.trial = next(trials)

        def forward(self, *inputs):
            return change(super().forward(*inputs), self.trial, "y")

        def backward(self, *upstream):
            dx = super().backward(*upstream)
            for gradient in (f"d{parameter}" for parameter in getattr(self, "parameters", ())):
                value = change(getattr(self, gradient), self.trial, gradient)
                setattr(self, gradient, value)
            return change(dx, self.trial, "dx")

    return Layer


def returning(name: str, change: Callable[[Any], Any]) -> Any:
    """An answer of which everything that comes out is what change makes of the right one."""
    return changed(name, lambda value, trial, part: change(value))


def doing(name: str, act: Callable[..., Any]) -> Any:
    """An answer that returns act(*arguments), in each method if it is a class."""
    if not EXERCISES[name].is_a_class:
        return lambda *arguments: act(*arguments)

    class Layer:
        def __init__(self, *settings):
            pass

        def forward(self, *inputs):
            return act(*inputs)

        def backward(self, *upstream):
            return act(*upstream)

    return Layer


def written(name: str, line: str) -> str:
    """The source of `answer`, which consists of this line."""
    if not EXERCISES[name].is_a_class:
        return f"def answer(*arguments):\n    {line}\n"
    methods = ("def __init__(self, *settings): pass", "def forward(self, *inputs):")
    return "class answer:\n    {}\n    {}\n        {}\n".format(*methods, line)


def exercise_cell(folder: Path, name: str) -> str:
    """The cell of an exercise in the solved or in the student's notebook."""
    notebook = nbformat.read(folder / f"{EXERCISES[name].lesson}.ipynb", as_version=4)
    return next(c.source for c in notebook.cells if c.metadata.get("exercise") == name)


def solution(name: str) -> str:
    """The lesson's own answer, without what is not code."""
    text = exercise_cell(PROJECT.solutions, name)
    return re.sub(rf'^ *(?:{BEGIN}|{END}|""".*?""")\n?', "", text, flags=re.MULTILINE | re.DOTALL)


def answers_to(name: str) -> list[Callable]:
    """Right answers in other words than the lesson's own."""
    _, *others = EXERCISES[name].solutions or [None]
    if shares := EXERCISES[name].shares:
        others += shares.solutions
    return [other.answer(other.text, f"{name}, {k}") for k, other in enumerate(others)]


def defined(name: str, source: str, file: str = "<string>") -> Any:
    """The answer to an exercise that a cell defines in a notebook."""
    variables: dict[str, Any] = {"__name__": "__main__", "np": np}
    for package in (convolution, nn):
        variables |= {imported: getattr(package, imported) for imported in package.__all__}
    exec(compile(source, file, "exec"), variables)
    return variables[EXERCISES[name].answer_name]
