"""Every way to change a right answer in one place that a slip of the pen might.

Nobody foresaw any single one of them: they follow from the solution's own syntax.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from course.checks.mistakes import Edit

LONGEST = 70
"""What is quoted to a student, at the most."""

OPERATORS = {
    ast.Add: ("-",),
    ast.Sub: ("+",),
    ast.Mult: ("+", "/"),
    ast.FloorDiv: ("/", "*"),
    ast.Div: ("*", "//"),
    ast.Mod: ("//",),
    ast.MatMult: ("*",),
    ast.Pow: ("*",),
}
COMPARISONS = {
    ast.Lt: ("<=", ">"),
    ast.LtE: ("<", ">="),
    ast.Gt: (">=", "<"),
    ast.GtE: (">", "<="),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
}
TWINS = {
    "sum": ("mean", "max"),
    "mean": ("sum",),
    "max": ("min", "sum", "mean"),
    "min": ("max",),
    "maximum": ("minimum", "add"),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "argmax": ("argmin",),
    "exp": ("exp2",),
    "log": ("log2", "log1p"),
    "abs": ("negative",),
    "sqrt": ("square",),
}


@dataclass(frozen=True)
class Variation:
    """One change: where, and the smallest whole expression or line around it, before and after."""

    edit: Edit
    before: str
    after: str


def variations(text: str) -> Iterator[Variation]:
    """All the changes, those first that are small and likely."""
    yield from _Reader(text).all()


class _Reader:
    """A solution's text with its syntax tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.tree = ast.parse(text)
        self.parents = {c: p for p in ast.walk(self.tree) for c in ast.iter_child_nodes(p)}

    def all(self) -> Iterator[Variation]:
        nodes = [node for node in ast.walk(self.tree) if hasattr(node, "lineno")]
        for change in (
            self._statements,
            self._calls,
            self._subscripts,
            self._sums,
            self._names,
            self._numbers,
            self._order,
        ):
            for node in nodes:
                if not self._is_given(node):
                    for edit in change(node):
                        variation = self._described(node, edit)
                        if variation is not None:
                            yield variation

    def _is_given(self, node: ast.AST) -> bool:
        """Whether it stands in a line with `def` or `class`, which students are given."""
        while node in self.parents:
            parent = self.parents[node]
            if isinstance(parent, ast.FunctionDef | ast.ClassDef):
                return node not in parent.body
            node = parent
        return True

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def _of(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.text[start:end]

    def _replaced(self, node: ast.AST, text: str) -> Edit:
        return Edit(*self._span(node), text)

    def _described(self, node: ast.AST, edit: Edit) -> Variation | None:
        """With the largest expression or line around it that is short enough to quote."""
        quoted = None
        while node in self.parents and not isinstance(node, ast.FunctionDef | ast.For):
            start, end = self._span(node) if hasattr(node, "lineno") else (edit.start, edit.end)
            if end - start > LONGEST and quoted:
                break
            if start <= edit.start and edit.end <= end:
                after = self.text[start : edit.start] + edit.text + self.text[edit.end : end]
                quoted = self.text[start:end], after
            node = self.parents[node]
        if quoted is None or quoted[0] == quoted[1] or "\n" in quoted[0].strip():
            return None
        return Variation(edit, *(" ".join(part.split()) for part in quoted))

    def _statements(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.AugAssign):
            left, right = self._of(node.target), self._of(node.value)
            yield self._replaced(node, f"{left} = {right}")
            other = "-=" if isinstance(node.op, ast.Add) else "+="
            yield self._replaced(node, f"{left} {other} {right}")
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
            yield self._replaced(node, "pass")
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Subscript):
                yield self._replaced(node, f"{self._of(target)} += {self._of(node.value)}")

    def _calls(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Attribute) and node.attr in ("T", *TWINS):
            if node.attr == "T":
                yield self._replaced(node, self._of(node.value))
            for twin in TWINS.get(node.attr, ()):
                yield self._replaced(node, f"{self._of(node.value)}.{twin}")
        if not isinstance(node, ast.Call):
            return
        arguments = [*map(self._of, node.args), *map(self._of, node.keywords)]
        called = self._of(node.func)
        for k in range(len(arguments)):
            fewer = ", ".join(arguments[:k] + arguments[k + 1 :])
            yield self._replaced(node, f"{called}({fewer})")
        for one, other in combinations(range(len(node.args)), 2):
            swapped = arguments.copy()
            swapped[one], swapped[other] = swapped[other], swapped[one]
            yield self._replaced(node, f"{called}({', '.join(swapped)})")
        if isinstance(node.func, ast.Attribute) and self._of(node.func.value) != "np":
            yield self._replaced(node, self._of(node.func.value))
        elif len(node.args) == 1 or isinstance(node.func, ast.Attribute):
            yield from (self._replaced(node, self._of(a)) for a in node.args[:1])
        if called == "range" and len(arguments) == 1:
            yield self._replaced(node, f"range(1, {arguments[0]})")
            yield self._replaced(node, f"range({arguments[0]} - 1)")
            yield self._replaced(node, f"range({arguments[0]} + 1)")

    def _subscripts(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Subscript):
            yield self._replaced(node, self._of(node.value))
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for part in parts:
                if not isinstance(part, ast.Slice):
                    yield self._replaced(part, "0")
                    yield self._replaced(part, ":")
                    yield self._replaced(part, f"{self._of(part)} - 1")
                    yield self._replaced(part, f"{self._of(part)} + 1")
        if isinstance(node, ast.Slice):
            ends = [self._of(e) if e else "" for e in (node.lower, node.upper, node.step)]
            for k in range(3):
                if ends[k]:
                    changed = [*ends[:k], "", *ends[k + 1 :]]
                    yield self._replaced(node, ":".join(changed).removesuffix(":") or ":")
                    if k < 2:
                        for step in (" - 1", " + 1"):
                            changed = [*ends[:k], ends[k] + step, *ends[k + 1 :]]
                            text = ":".join(changed)
                            yield self._replaced(node, text if ends[2] else text.removesuffix(":"))

    def _sums(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.BinOp):
            left, right = self._of(node.left), self._of(node.right)
            yield self._replaced(node, left)
            yield self._replaced(node, right)
            for operator in OPERATORS.get(type(node.op), ()):
                yield self._replaced(node, f"({left} {operator} {right})")
            if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.MatMult):
                between = self.text[self._span(node.left)[1] : self._span(node.right)[0]]
                yield self._replaced(node, f"({right}{between}{left})")
        if isinstance(node, ast.UnaryOp):
            yield self._replaced(node, self._of(node.operand))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = self._of(node.left), self._of(node.comparators[0])
            for operator in COMPARISONS.get(type(node.ops[0]), ()):
                yield self._replaced(node, f"{left} {operator} {right}")
        if isinstance(node, ast.BoolOp):
            yield from (self._replaced(node, self._of(value)) for value in node.values)
        if isinstance(node, ast.IfExp):
            yield from (self._replaced(node, self._of(n)) for n in (node.body, node.orelse))

    def _is_value(self, node: ast.AST) -> bool:
        """Whether it is a name that is read, and not called or indexed."""
        parent = self.parents.get(node)
        called = isinstance(parent, ast.Call) and parent.func is node
        holds = isinstance(parent, ast.Subscript | ast.Attribute) and parent.value is node
        read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        return read and not called and not holds

    def _names(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Name) and (self._is_value(node) or self._is_indexed(node)):
            for name in self._names_around(node):
                if name != node.id:
                    yield self._replaced(node, name)
        if isinstance(node, ast.Attribute) and self._of(node.value) == "self":
            attributes = {
                n.attr
                for n in ast.walk(self.tree)
                if isinstance(n, ast.Attribute) and self._of(n.value) == "self"
            }
            for name in sorted(attributes - {node.attr}):
                yield self._replaced(node, f"self.{name}")

    def _is_indexed(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        return isinstance(parent, ast.Subscript) and parent.value is node

    def _names_around(self, node: ast.AST) -> list[str]:
        """The arguments and variables of the function that the node stands in."""
        while node in self.parents and not isinstance(node, ast.FunctionDef):
            node = self.parents[node]
        stored = {
            n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        arguments = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
        return sorted((stored | arguments) - {"self"})

    def _numbers(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            value = float(node.value) if isinstance(node.value, float) else int(node.value)
            for other in (value + 1, value - 1, 0, 1, 2):
                if other != value:
                    text = f"({other})" if other < 0 else str(other)
                    yield self._replaced(node, text)
        if isinstance(node, ast.Name) and self._is_value(node):
            for text in ("1", "0", f"({node.id} - 1)", f"({node.id} + 1)"):
                yield self._replaced(node, text)

    def _order(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.Tuple | ast.List):
            for one, other in combinations(range(len(node.elts)), 2):
                parts = [self._of(e) for e in node.elts]
                parts[one], parts[other] = parts[other], parts[one]
                inner = ", ".join(parts)
                opened = self._of(node)[:1] in "(["
                ends = (self._of(node)[0], self._of(node)[-1]) if opened else ("", "")
                yield self._replaced(node, f"{ends[0]}{inner}{ends[1]}")
