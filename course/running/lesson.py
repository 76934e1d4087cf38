"""What a notebook may build on: what was taught before, and what its lesson hands out."""

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import zip_longest

import numpy as np

from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.exercise import Exercise
from course.checks.outcome import run
from course.handed_out import handed_out
from course.project import PACKAGE
from course.running.course_code import CourseCode, Name, needed

_REST = "\nfrom course_inside.stand_ins import stand_in as __getattr__\n"
_PACKAGE = """
from functools import partial
from course_inside.stand_ins import find

__getattr__ = partial(find, __name__, {homes!r})
"""


class Lesson:
    """A lesson as the one who runs a notebook of it sees it: as it is handed out."""

    def __init__(self, name: str) -> None:
        self.name, self.number = name, int(name[:2])
        cells = handed_out(name).cells
        self.cells = [c for c in cells if c.cell_type == "code" and "exercise" not in c.metadata]
        self.shown = frozenset(c.source.strip() for c in self.cells if "shows" in c.metadata)
        """The cells, as they were handed out, that only show or train."""
        self.given = frozenset(c.source.strip() for c in self.cells)
        """All of them."""
        self.exercises = [e for e in EXERCISES.values() if e.lesson == name]
        self.code = CourseCode(PACKAGE)
        self.in_course = {e.name: self._homes(e.answer_name) for e in self.exercises}
        """Where the course has a version of its own of an exercise."""
        self.basis = self._basis()
        self.modules = self._modules()
        """What of the course was taught before, and what the lesson hands out: source by module."""

    def at_hand(self, judged: Sequence[str], target: str = "") -> list[str]:
        """Of which judged exercises the course's version may be there.

        Not of one that answers an exercise that is still to come, or is built on its answer; in a
        second look at one exercise, the same holds for that alone.
        """
        to_come = [e for e in self.exercises if e.name not in judged]
        open_ones = [EXERCISES[target]] if target else to_come
        called = {exercise.answer_name for exercise in open_ones}
        return [
            name
            for name in judged
            if self.in_course[name]
            and not any(answers(name, e.name) for e in open_ones)
            and not any(self.code.builds_on(home) & called for home in self.in_course[name])
        ]

    @cache  # noqa: B019 - lessons are few, and are kept themselves
    def versions(self, judged: tuple[str, ...], target: str = "") -> dict[str, str]:
        """The modules that change once these are judged."""
        there = self.at_hand(judged, target)
        wanted = self.basis.union(*(self.in_course[name] for name in there))
        before = self.code.cut_out(self.basis)
        found = self.code.cut_out(wanted).items()
        return {module: text + _REST for module, text in found if before.get(module) != text}

    def packages(self) -> set[str]:
        """The installed packages that its cells, and its part of the course, import."""
        texts = self.code.cut_out(self.basis).values()
        trees = self._trees() + [ast.parse(text) for text in texts]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        names = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
        roots = {name.split(".")[0] for name in names} - {"course", ""}
        return roots - set(sys.stdlib_module_names)

    def _homes(self, name: str) -> set[Name]:
        packages = ("course.convolution", "course.nn", "course.gradcheck")
        homes = {self.code.home(package, name) for package in packages}
        return {home for home in homes if home is not None}

    def _basis(self) -> set[Name]:
        """What was taught before and what the lesson hands out, without what answers it.

        The course's layers are built on what is taught later, too. Those that are stay outside,
        unless the lesson's solutions use them.
        """
        taught = self.code.lessons()
        trees = [ast.parse(exercise.solutions[0].text) for exercise in self.exercises]
        used = {name for tree in trees for name in needed(tree)}
        used -= {exercise.answer_name for exercise in self.exercises}
        later = {e.answer_name for e in EXERCISES.values() if int(e.lesson[:2]) >= self.number}
        before = {name for name, number in taught.items() if number < self.number}
        return {
            home
            for home in before | self._imported_by_the_lesson()
            if home[1] in used or not self._forbidden(home, later)
        }

    def _forbidden(self, home: Name, later: set[str]) -> bool:
        if self.code.builds_on(home) & later:
            return True
        earlier = next((e for e in EXERCISES.values() if e.answer_name == home[1]), None)
        return earlier is not None and any(twins(earlier.reference, e) for e in self.exercises)

    def _imported_by_the_lesson(self) -> set[Name]:
        """What its cells import that no lesson up to this one teaches, such as data to work on."""
        found = set()
        up_to_here = {n for n, number in self.code.lessons().items() if number <= self.number}
        for tree in self._trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module in self.code.trees:
                    found |= {self.code.home(str(node.module), a.name) for a in node.names}
        return {home for home in found if home is not None and home not in up_to_here}

    def _trees(self) -> list[ast.Module]:
        """The lesson's code, as it was handed out and as it is solved."""
        solutions = [exercise.solutions[0] for exercise in self.exercises]
        texts = [*(c.source for c in self.cells), *(s.context + s.text for s in solutions)]
        return [ast.parse(python_of(text)) for text in texts]

    def _modules(self) -> dict[str, str]:
        """What is at hand, and stand-ins for the rest."""
        modules = dict.fromkeys(self.code.trees, "") | self.code.cut_out(self.basis)
        modules = {module: text + _REST for module, text in modules.items()}
        for package in ("course.convolution", "course.nn", "course.data"):
            modules[package] = _PACKAGE.format(homes=self.code.homes(package))
        # in here, `course.mine` always gives the course's own, if it is there
        called = [exercise.answer_name for exercise in EXERCISES.values()]
        homes = {name: module for name in called for module, _ in self._homes(name)}
        modules["course.mine"] = _PACKAGE.format(homes=homes)
        return modules


lesson = cache(Lesson)
"""A lesson by its name, which is read once."""


@cache
def telling_groups(name: str) -> tuple[str, ...]:
    """The groups of an exercise's cases that show something: no worthless answer gets them right.

    Worthless are a table of the right results where these are the same for every seed, arguments
    handed back, zeros and ones of the right shape, and, where a lesson gives code to be
    mended, that code.
    """
    exercise = EXERCISES[name]
    one, other = (exercise.cases(np.random.default_rng(seed)) for seed in (1, 2))
    groups = list(dict.fromkeys(case.group for case in one))
    fixed = {g for g in groups if _same_results(exercise, one, other, g)}
    cheap = {g for function in _worthless(exercise) for g in _groups_right(exercise, function)}
    return tuple(g for g in groups if g not in fixed | cheap)


def _same_results(exercise: Exercise, one: list[Case], other: list[Case], group: str) -> bool:
    """Whether a group's right results are the same in both; the first that differs is enough."""
    pairs = zip_longest(_results(exercise, one, group), _results(exercise, other, group))
    return all(result == other_result for result, other_result in pairs)


def _results(exercise: Exercise, cases: list[Case], group: str) -> Iterator[str]:
    for case in (case for case in cases if case.group == group):
        with np.errstate(all="ignore"):
            value = run(exercise.reference, case).value
        yield repr(value)


def _worthless(exercise: Exercise) -> list:
    given = [exercise.broken] if exercise.broken else []
    if exercise.is_a_class:
        return given
    count = len(exercise.cases(np.random.default_rng(0))[0].arguments)

    def hands_back(place: int) -> Callable:
        return lambda *arguments: arguments[place]

    def fills(number: float) -> Callable:
        return lambda *arguments: np.full_like(exercise.reference(*arguments), number)

    return [*given, *(hands_back(k) for k in range(count)), fills(0), fills(1)]


def _groups_right(exercise: Exercise, function: Callable) -> list[str]:
    with np.errstate(all="ignore"):
        counts = exercise.mark(function, seed=3).groups()
    return [group for group, (right, total) in counts.items() if right == total]


def twins(function: Callable, exercise: Exercise) -> bool:
    """Whether a function answers an exercise, whatever it is called."""
    with np.errstate(all="ignore"):
        return exercise.accepts(function, seed=4)


@cache
def answers(one: str, other: str) -> bool:
    """Whether the course's version of one exercise answers another, or is that."""
    return one == other or twins(EXERCISES[one].reference, EXERCISES[other])


def python_of(text: str) -> str:
    """Code, with empty lines in place of those that speak to the notebook alone."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in text.split("\n")]
    return "\n".join(lines)
