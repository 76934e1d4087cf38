"""Exercises, what their cases hold, and answers to them that are wrong in a way one chooses."""

import linecache
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from course import convolution, nn
from course.checks import EXERCISES, uses
from course.checks.case import Case
from course.checks.exercise import Marks
from course.checks.outcome import run
from course.gradcheck import relative_error
from course.handed_out import BEGIN, END
from course.project import find_project

PROJECT = find_project(Path(__file__).parent)
KINDS = ("dot_product", "output_size", "conv_forward", "linear", "Mended1")
"""One exercise of each kind: a function that gives a number, an int or an array; a class; and a
class that mends another."""
PARTS = {uses.y: "y", uses.dx: "dx", uses.dw: "dw", uses.db: "db"}
PARTS |= {uses.loss: "y", uses.dscores: "dx"}
"""What comes out of a layer, by the use that looks at it."""
KEYS = {name: (exercise.reference, exercise.cases) for name, exercise in EXERCISES.items()}
FIRST = {key: name for name, key in reversed(KEYS.items())}
ONE_OF_A_KIND = [name for name in EXERCISES if FIRST[KEYS[name]] == name]
"""Those with another reference or other cases than each before: the rest behave as these."""
LAYERS = [name for name in ONE_OF_A_KIND if EXERCISES[name].is_a_class]
"""The exercises whose answers are classes."""


def each(of: Iterable[str], quick: Iterable[str] = KINDS, called: str = "name") -> Any:
    """Runs a test for each of the exercises; for all but the quick ones it is slow."""
    slow = [one if one in quick else pytest.param(one, marks=pytest.mark.slow) for one in of]
    return pytest.mark.parametrize(called, slow)


@cache
def cases(name: str, seed: int = 0) -> list[Case]:
    return EXERCISES[name].cases(np.random.default_rng(seed))


@cache
def expected(name: str, seed: int = 0) -> list:
    return [run(EXERCISES[name].reference, case).value for case in cases(name, seed)]


def marks_of(name: str, answer: Any, seed: int = 0) -> Marks:
    """What Exercise.mark gives, but what is right is computed once for all answers."""
    exercise, pairs = EXERCISES[name], zip(cases(name, seed), expected(name, seed), strict=True)
    return Marks(exercise, [exercise.tried(answer, *pair) for pair in pairs], answer)


def tried(name: str, answer: Any) -> Marks:
    """What a check sees of an answer to an exercise, or of the source of one."""
    answer = defined(name, answer) if isinstance(answer, str) else answer
    return EXERCISES[name].mark(EXERCISES[name].as_tried(answer))


def arrays(case: Case) -> list[np.ndarray]:
    return [value for value in case.arguments.values() if isinstance(value, np.ndarray)]


CALLS = {uses.call, uses.call_with_defaults, uses.called_twice}
DIRECT = [name for name in ONE_OF_A_KIND if name in LAYERS or {c.use for c in cases(name)} <= CALLS]
"""Where what an answer returns is what is judged: not so of a step of training, say."""
WITH_ARRAYS = [name for name in ONE_OF_A_KIND if any(map(arrays, cases(name)))]


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
    pairs = zip(one.arguments.items(), other.arguments.items(), strict=True)
    return all(name == other_name and same(a, b) for (name, a), (other_name, b) in pairs)


def plain(printed: str) -> str:
    """What was printed, without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", printed)


class Message(str):
    """What a check says; message("likely") is what stands behind that label."""

    headline = property(lambda self: self.splitlines()[0].partition(": ")[2])
    labels = property(lambda self: re.findall(r"^  (\S.{,7}\S) ", self, re.MULTILINE))

    def __call__(self, label: str) -> str:
        """On however many lines it stands; the drawing belongs to none."""
        found = re.search(
            rf"^  {label} +(.*?)(?=^  \w|^ {{12}}|\Z)", self, re.DOTALL | re.MULTILINE
        )
        assert found, f"no {label!r} in\n{self}"
        return " ".join(found[1].split())


def fails(self: Any, *others: Any) -> Any:
    raise RuntimeError("not with me")


AlwaysEqual = type("AlwaysEqual", (), {"__eq__": lambda self, other: True, "__hash__": None})
NeverComparable = type("NeverComparable", (), {"__eq__": fails, "__hash__": None})
Wordless = type("Wordless", (), {"__str__": fails, "__repr__": fails})


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
    """An answer that returns act(*arguments), in forward if it is a class."""
    source = written(name, "return act(*given)")
    return run_in_a_cell(source, {"act": act})[EXERCISES[name].answer_name]


def written(name: str, line: str) -> str:
    """The source of an answer, which consists of this line."""
    called = EXERCISES[name].answer_name
    if not EXERCISES[name].is_a_class:
        return f"def {called}(*given):\n    {line}\n"
    methods = (
        "def __init__(self, *settings): self.w = self.b = None\n    def forward(self, *given):"
    )
    return f"class {called}:\n    {methods}\n        {line}\n"


def failing(name: str, error: BaseException) -> Any:
    """An answer that raises this."""
    variables = {"error": error}
    return run_in_a_cell(written(name, "raise error"), variables)[EXERCISES[name].answer_name]


def exercise_cell(folder: Path, name: str) -> str:
    """The cell of an exercise in the solved or in the student's notebook."""
    notebook = nbformat.read(folder / f"{EXERCISES[name].lesson}.ipynb", as_version=4)
    return next(c.source for c in notebook.cells if c.metadata.get("exercise") == name)


@cache
def solution(name: str) -> str:
    """The lesson's own answer, without what is not code."""
    text = exercise_cell(PROJECT.solutions, name)
    return re.sub(rf'^ *(?:{BEGIN}|{END}|""".*?""")\n?', "", text, flags=re.MULTILINE | re.DOTALL)


def answers_to(name: str) -> list[Callable]:
    """Right answers in other words than the lesson's own."""
    exercise = EXERCISES[name]
    others = [*exercise.solutions[1:], *(exercise.shares.solutions if exercise.shares else ())]
    return [other.answer(other.text, f"{name}, {k}") for k, other in enumerate(others)]


def defined(name: str, source: str) -> Any:
    """The answer to an exercise that a cell defines in a notebook."""
    variables: dict[str, Any] = {"__name__": "__main__", "np": np}
    for package in (convolution, nn):
        variables |= {imported: getattr(package, imported) for imported in package.__all__}
    variables["relative_error"] = relative_error
    return run_in_a_cell(source, variables)[EXERCISES[name].answer_name]


CELLS = count(1)


def run_in_a_cell(source: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The variables after that; as in a notebook, tracebacks show the lines of the source."""
    file = f"<cell {next(CELLS)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    exec(compile(source, file, "exec"), variables)
    return variables


def edited(source: str, edits: str) -> str:
    """The source with edits: what is before an arrow becomes what is behind it, wherever it is."""
    for before, _, after in (edit.partition(" -> ") for edit in edits.split(" & ") if edit):
        assert before in source, f"no {before!r} in\n{source}"
        source = source.replace(before, after)
    return source


def solved(answer: str, edits: str = "") -> Any:
    """The lesson's answer to an exercise, with these edits."""
    name, _, others = answer.partition(" & ")
    return defined(name, edited(edited(solution(name), others), edits))
