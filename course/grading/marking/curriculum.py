"""What an answer may build on: what the lessons before it taught, and what its lesson gives it."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import numpy as np

from course.checks import EXERCISES
from course.checks.exercise import Exercise
from course.checks.outcome import run
from course.checks.verdict import Kind, judge
from course.grading.marking.answers import clean
from course.grading.marking.course_code import CourseCode, Name
from course.grading.marking.names import Statement, needed, statements, tree_of
from course.grading.marking.suspicions import CHECKING_TOOLS
from course.running.reading import is_blank


@dataclass(frozen=True)
class Task:
    """An exercise as its lesson sets it."""

    exercise: Exercise
    solution: str
    """The course's own answer cell."""
    blank: str
    """The cell as students get it."""
    context: tuple[Statement, ...]
    """The statements of the lesson before it that give names."""
    given: tuple[str, ...]
    """Earlier exercises of this lesson whose course version is at hand from here on."""


@dataclass(frozen=True)
class Lesson:
    """A lesson as the grader sees it."""

    name: str
    tasks: tuple[Task, ...]
    modules: dict[str, str]
    """The course's code for the sandbox, by module."""
    given: dict[str, dict[str, str]]
    """For an exercise: the modules with which the course's version of it comes."""

    @property
    def exercises(self) -> list[Exercise]:
        """Its exercises, in order."""
        return [task.exercise for task in self.tasks]


@cache
def lesson(root: Path, name: str) -> Lesson:
    """A lesson, from its solved notebook and the course's code."""
    return _Reader(root, name).lesson()


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
    fixed = {g for g in groups if _results(exercise, one, g) == _results(exercise, other, g)}
    cheap = {g for function in _worthless(exercise) for g in _groups_right(exercise, function)}
    return tuple(g for g in groups if g not in fixed | cheap)


def _results(exercise: Exercise, cases: list, group: str) -> list[str]:
    with np.errstate(all="ignore"):
        return [repr(run(exercise.reference, c).value) for c in cases if c.group == group]


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


def twins_of(exercise: Exercise) -> list[str]:
    """What the answers to the other exercises with the same cases are called."""
    same = (e for e in EXERCISES.values() if e.lesson == exercise.lesson and e is not exercise)
    return [e.answer_name for e in same if e.cases is exercise.cases]


def twins(function: Callable, exercise: Exercise) -> bool:
    """Whether a function answers an exercise, whatever it is called."""
    cases = exercise.cases(np.random.default_rng(4))
    with np.errstate(all="ignore"):
        return all(
            judge(
                run(function, case),
                run(exercise.reference, case).value,
                exercise.returns,
                exercise.tolerance_for(case),
            ).kind
            is Kind.RIGHT
            for case in cases
        )


class _Reader:
    """Reads one lesson's solved notebook."""

    def __init__(self, root: Path, name: str) -> None:
        self.name, self.number = name, int(name[:2])
        notebook = nbformat.read(root / "solutions" / f"{name}.ipynb", as_version=4)
        student = nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4)
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.blanks = {c.id: c.source for c in student.cells if is_blank(c.source)}
        self.code = CourseCode(root / "course")
        self.exercises = [e for e in EXERCISES.values() if e.lesson == name]

    def lesson(self) -> Lesson:
        tasks = tuple(self._task(exercise) for exercise in self.exercises)
        basis = self._basis()
        needed_later = {name for task in tasks for name in task.given}
        called = {name: EXERCISES[name].answer_name for name in needed_later}
        given = {e: self.code.cut_out(basis | self._names([name])) for e, name in called.items()}
        return Lesson(
            self.name,
            tasks,
            self._with_packages(basis),
            {e: self._changed(basis, called[e], modules) for e, modules in given.items()},
        )

    def _task(self, exercise: Exercise) -> Task:
        place = next(
            k for k, c in enumerate(self.cells) if c.metadata.get("exercise") == exercise.name
        )
        cell = self.cells[place]
        special = {"exercise", "check", "predict", "gradient"}
        before = [c for c in self.cells[:place] if not special & set(c.metadata)]
        context = [s for c in before for s in statements(c.source) if s.defines]
        blank = clean(self.blanks.get(cell.id, ""))[0]
        given = tuple(self._given(exercise))
        return Task(exercise, clean(cell.source)[0], blank, tuple(_split(context)), given)

    def _given(self, exercise: Exercise) -> Iterator[str]:
        """Earlier exercises, unless one of them answers this one, or one that is still to come."""
        place = self.exercises.index(exercise)
        for earlier in self.exercises[:place]:
            later = self.exercises[place:]
            if self._in_course(earlier.answer_name) and not any(
                twins(earlier.reference, one) for one in later
            ):
                yield earlier.name

    def _in_course(self, name: str) -> bool:
        return bool(self._names([name]))

    def _names(self, wanted: list[str]) -> set[Name]:
        packages = ("course.convolution", "course.nn", "course.gradcheck")
        homes = {self.code.home(package, name) for package in packages for name in wanted}
        return {home for home in homes if home is not None}

    def _basis(self) -> set[Name]:
        """What was taught before and what the lesson hands out, without what answers it.

        The course's layers are built on what is taught later, too. Those that are stay outside,
        unless the lesson's solutions use them.
        """
        taught = self.code.lessons()
        solutions = [clean(c.source)[0] for c in self.cells if "exercise" in c.metadata]
        used = {name for text in solutions if (tree := tree_of(text)) for name in needed(tree)}
        used -= {exercise.answer_name for exercise in self.exercises}
        later = {e.answer_name for e in EXERCISES.values() if int(e.lesson[:2]) >= self.number}
        before = {name for name, number in taught.items() if number < self.number}
        return {
            home
            for home in before | self._imported_by_the_lesson()
            if home[1] in used or not self._forbidden(home, later)
        }

    def _forbidden(self, home: Name, later: set[str]) -> bool:
        if self.code.builds_on(home) & (CHECKING_TOOLS | later):
            return True
        earlier = next((e for e in EXERCISES.values() if e.answer_name == home[1]), None)
        return earlier is not None and any(twins(earlier.reference, e) for e in self.exercises)

    def _imported_by_the_lesson(self) -> set[Name]:
        """What its cells import that no lesson up to this one teaches, such as data to work on."""
        found = set()
        up_to_here = {n for n, number in self.code.lessons().items() if number <= self.number}
        for cell in self.cells:
            tree = tree_of(cell.source)
            for node in ast.walk(tree) if tree else ():
                if isinstance(node, ast.ImportFrom) and node.module in self.code.trees:
                    found |= {self.code.home(str(node.module), a.name) for a in node.names}
        return {home for home in found if home is not None and home not in up_to_here}

    def _with_packages(self, basis: set[Name]) -> dict[str, str]:
        modules = self.code.cut_out(basis)
        for package in ("course.convolution", "course.nn", "course.data"):
            public = sorted(home for home in basis if home[0].startswith(f"{package}."))
            lines = [f"from {module} import {name}" for module, name in public]
            modules[package] = "\n".join(lines) + "\n"
        return modules

    def _changed(self, basis: set[Name], name: str, modules: dict[str, str]) -> dict[str, str]:
        """The modules that differ from the sandbox's, each after those that it imports."""
        before, [home] = self.code.cut_out(basis), list(self._names([name]))
        changed = {m: text for m, text in modules.items() if before.get(m) != text}
        ordered: dict[str, str] = {}
        while len(ordered) < len(changed):
            ready = [
                m
                for m, text in changed.items()
                if m not in ordered
                and not any(f"from {o} " in text for o in changed if o not in ordered and o != m)
            ]
            ordered |= {m: changed[m] for m in ready or [m for m in changed if m not in ordered]}
        return ordered | {"": f"from {home[0]} import {name}"}


def _split(context: list[Statement]) -> list[Statement]:
    """An import for each name by itself, so that one that is not at hand harms no other."""
    split = []
    for statement in context:
        [node] = ast.parse(statement.source).body
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                one = ast.ImportFrom(node.module, [alias], node.level)
                name = frozenset({alias.asname or alias.name})
                split.append(Statement(ast.unparse(one), name, frozenset(), True))
        else:
            split.append(statement)
    return split
