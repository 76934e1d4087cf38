"""Answers that are nearly the same, whatever their names, spacing and order."""

import ast
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import combinations
from typing import NamedTuple

from course.grading.marking.fingerprint import without_docstrings
from course.handed_out import handed_out

SHINGLE = 8
ENOUGH = 60
"""Answers of fewer shingles of their own are alike because there is only one way to write them."""
LIMIT = 0.8
COMMON = 0.15
"""What more than this part of a class has written is the usual way to write it."""
_WORD = re.compile(
    r"((?:(?<=Name\(')|(?<=arg\(')|(?<=keyword\(')|(?<=FunctionDef\('))\w+)"
    r"|\b(?!(?:Load|Store|Del)\b)(\w+)"
)
"""In a dump: a name that the program gives or uses, or whatever else its parts are."""


class Pair(NamedTuple):
    """Two students whose answers to an exercise are alike."""

    one: str
    other: str
    likeness: float


def similar_pairs(answers: dict[str, str], given: Iterable[str] = ()) -> list[Pair]:
    """Pairs of students whose answers are alike in what the course has not given itself.

    given  the course's solutions and hints; nor does count what is usual in the class
    """
    usual = frozenset().union(*map(_shingles, given))
    same: dict[frozenset, list[str]] = defaultdict(list)
    for student, source in answers.items():
        same[_shingles(source) - usual].append(student)
    most = max(3, COMMON * len(answers))
    groups = {s: names for s, names in same.items() if len(s) >= ENOUGH and len(names) <= most}
    pairs = [Pair(a, b, 1.0) for names in groups.values() for a, b in combinations(names, 2)]
    for one, other in combinations(groups, 2):
        if (likeness := _likeness(one, other)) >= LIMIT:
            pairs += [Pair(a, b, round(likeness, 2)) for a in groups[one] for b in groups[other]]
    return sorted(pairs, key=lambda p: (-p.likeness, p.one, p.other))


def _likeness(one: frozenset, other: frozenset) -> float:
    if not LIMIT <= len(one) / len(other) <= 1 / LIMIT:
        return 0.0
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


@cache
def _shingles(source: str) -> frozenset:
    """Runs of the program's structure, each function's by themselves: their order says nothing."""
    try:
        tree = _Joined().visit(without_docstrings(ast.parse(source)))
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)] or [tree]
        parts = [_WORD.findall(ast.dump(f, annotate_fields=False)) for f in functions]
    except (SyntaxError, ValueError, RecursionError):  # no Python, or deeper than anybody writes
        return frozenset()
    runs = (w[k : k + SHINGLE] for w in parts for k in range(len(w) - SHINGLE + 1))
    return frozenset(hash(_numbered(run)) for run in runs)


class _Joined(ast.NodeTransformer):
    """Puts what is named once, to be used once, where it is used: lines may be split anywhere."""

    def __init__(self) -> None:
        self.once: set[str] = set()
        self.values: dict[str, ast.expr] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function whose lines are joined."""
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        count = Counter((n.id, isinstance(n.ctx, ast.Load)) for n in names)
        self.once = {n.id for n in names if count[n.id, True] == count[n.id, False] == 1}
        self.values = {}
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Nothing, where its value goes elsewhere."""
        self.generic_visit(node)
        match node.targets:
            case [ast.Name(id=name)] if name in self.once:
                self.values[name] = node.value
                return None
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The value, where there is one: it goes to this place alone."""
        return self.values.get(node.id, node)


def _numbered(run: list[tuple[str, str]]) -> tuple[str | int, ...]:
    """With names numbered as they come."""
    names = [name for name, _ in run]
    return tuple(names.index(name) if name else other for name, other in run)


@cache
def hints_of(lesson: str) -> list[str]:
    """The code in the hints of a lesson."""
    texts = (cell.source for cell in handed_out(lesson).cells if cell.cell_type == "markdown")
    hints = "\n".join(text for text in texts if "<summary>Hint" in text)
    fenced = re.findall(r"```(?:python)?\n(.*?)```", hints, re.DOTALL)
    return [textwrap.dedent(t) for t in fenced] + re.findall(r"(?<!`)`([^`]+)`(?!`)", hints)
