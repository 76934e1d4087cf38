"""Answers that are nearly the same, whatever their names and spacing."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

SHINGLE = 6
ENOUGH = 60
"""Answers of fewer shingles are alike because there is only one way to write them."""
LIMIT = 0.9
COMMON = 0.15
"""What more than this part of a class has written is the usual way to write it."""


@dataclass(frozen=True)
class Pair:
    """Two students whose answers to an exercise are alike."""

    exercise: str
    one: str
    other: str
    likeness: float


def similar_pairs(exercise: str, answers: dict[str, str], solution: str = "") -> list[Pair]:
    """Pairs of students whose answers are alike, and unlike what is usual in the class."""
    shapes = {student: _shingles(source) for student, source in answers.items()}
    shapes = {student: shape for student, shape in shapes.items() if len(shape) >= ENOUGH}
    usual = _shingles(solution)
    same: dict[frozenset, list[str]] = defaultdict(list)
    for student, shape in shapes.items():
        if _likeness(shape, usual) < LIMIT:
            same[shape].append(student)
    most = max(3, COMMON * len(answers))
    groups = {shape: students for shape, students in same.items() if len(students) <= most}
    pairs = [Pair(exercise, a, b, 1.0) for s in groups.values() for a, b in combinations(s, 2)]
    pairs += [
        Pair(exercise, a, b, round(likeness, 2))
        for one, other in combinations(groups, 2)
        if (likeness := _likeness(one, other)) >= LIMIT
        for a in groups[one]
        for b in groups[other]
    ]
    return sorted(pairs, key=lambda p: (-p.likeness, p.one, p.other))


def _likeness(one: frozenset, other: frozenset) -> float:
    if not one or not other or not 0.8 < len(one) / len(other) < 1.25:
        return 0.0
    return len(one & other) / len(one | other)


def _shingles(source: str) -> frozenset:
    """Runs of the program's structure, names numbered in the order in which they come."""
    try:
        words = list(_words(ast.parse(source), {}))
    except (SyntaxError, ValueError, RecursionError):  # no Python, or deeper than anybody writes
        return frozenset()
    return frozenset(hash(tuple(words[k : k + SHINGLE])) for k in range(len(words) - SHINGLE + 1))


def _words(node: ast.AST, names: dict[str, int]) -> Iterator[str]:
    yield type(node).__name__
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    for field in ("id", "arg", "name"):
        name = getattr(node, field, None)
        if isinstance(name, str):
            yield str(names.setdefault(name, len(names)))
    if isinstance(node, ast.Attribute):
        yield node.attr
    if isinstance(node, ast.Constant):
        yield repr(node.value)[:40]
    for child in ast.iter_child_nodes(node):
        yield from _words(child, names)
