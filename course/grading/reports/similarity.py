"""Answers that are nearly the same, whatever their names, spacing and order."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations

SHINGLE = 8
ENOUGH = 60
"""Answers of fewer shingles of their own are alike because there is only one way to write them."""
LIMIT = 0.8
COMMON = 0.15
"""What more than this part of a class has written is the usual way to write it."""


@dataclass(frozen=True)
class Pair:
    """Two students whose answers to an exercise are alike."""

    exercise: str
    one: str
    other: str
    likeness: float


def similar_pairs(exercise: str, answers: dict[str, str], given: Iterable[str] = ()) -> list[Pair]:
    """Pairs of students whose answers are alike in what the course has not given itself.

    given  the course's solutions and hints; nor does count what is usual in the class
    """
    usual = frozenset().union(*map(_shingles, given))
    same: dict[frozenset, list[str]] = defaultdict(list)
    for student, source in answers.items():
        same[_shingles(source) - usual].append(student)
    most = max(3, COMMON * len(answers))
    groups = {s: names for s, names in same.items() if len(s) >= ENOUGH and len(names) <= most}
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
    if not LIMIT <= len(one) / len(other) <= 1 / LIMIT:
        return 0.0
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


@cache
def _shingles(source: str) -> frozenset:
    """Runs of the program's structure; within each, names are numbered as they come."""
    try:
        tree = _Joined().visit(ast.parse(source))
        parts = [list(_words(part)) for part in _functions(tree)]
    except (SyntaxError, ValueError, RecursionError):  # no Python, or deeper than anybody writes
        return frozenset()
    runs = (w[k : k + SHINGLE] for w in parts for k in range(len(w) - SHINGLE + 1))
    return frozenset(hash(tuple(_numbered(run))) for run in runs)


def _functions(tree: ast.AST) -> list[ast.AST]:
    """Each function by itself, as their order says nothing; of a text without one, all of it."""
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)] or [tree]


class _Joined(ast.NodeTransformer):
    """Puts what is named once, to be used once, where it is used: lines may be split anywhere."""

    def __init__(self) -> None:
        self.once: set[str] = set()
        self.values: dict[str, ast.expr] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function whose lines are joined."""
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        read = Counter(n.id for n in names if isinstance(n.ctx, ast.Load))
        set_ = Counter(n.id for n in names if not isinstance(n.ctx, ast.Load))
        self.once = {name for name in set_ if read[name] == set_[name] == 1}
        self.values = {}
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """Nothing, where its value goes elsewhere."""
        self.generic_visit(node)
        [target, *others] = node.targets
        if isinstance(target, ast.Name) and not others and target.id in self.once:
            self.values[target.id] = node.value
            return None
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The value, where there is one: it goes to this place alone."""
        return self.values.get(node.id, node)


def _words(node: ast.AST) -> Iterator[str]:
    """What the parts of a program are; a name begins with a space."""
    yield type(node).__name__
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    for field in ("id", "arg"):
        name = getattr(node, field, None)
        if isinstance(name, str):
            yield f" {name}"
    if isinstance(node, ast.Attribute):
        yield node.attr
    if isinstance(node, ast.Constant):
        yield repr(node.value)[:40]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.expr_context):
            yield from _words(child)


def _numbered(run: list[str]) -> Iterator[str]:
    names: dict[str, int] = {}
    for word in run:
        yield f" {names.setdefault(word, len(names))}" if word[0] == " " else word
