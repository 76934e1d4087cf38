"""Does the answer agree with a right one that was changed in one place, as by a slip of the pen?

Nobody foresaw any single change: they follow from the solution's own syntax.
"""

import ast
import re
import time
from collections.abc import Iterator
from itertools import accumulate, combinations
from typing import Any

from course.checks.diagnosis.finding import Finding
from course.checks.diagnosis.known import agrees, first_wrong_first
from course.checks.exercise import Marks
from course.checks.mistakes import Edit

SECONDS = 1.0
TRIED_SOLUTIONS = 2
LONGEST = 70
"""What is quoted to a student, at the most."""


def find(marks: Marks) -> Finding | None:
    """The change of a right answer that agrees with this one on every case."""
    end, order = time.process_time() + SECONDS, first_wrong_first(marks)
    for solution in marks.exercise.solutions[:TRIED_SOLUTIONS]:
        source, tried = _Source(solution.text), {solution.text}
        for node, new in source.changes():
            text = solution.edited((Edit(*source.span(node), new),))
            quoted = source.quoted(node, new)
            if text in tried or quoted is None:
                continue
            if time.process_time() > end:
                return None
            tried.add(text)
            try:
                answer = solution.answer(text, "changed in one place")
            except Exception:  # a change may be anything: what is no answer agrees with none
                continue
            if agrees(marks, (answer,), order):
                return Finding("one place", SAME.format(*quoted).replace(LEFT_OUT, "is left out"))
    return None


SAME = "It gives in every case what a right answer gives in which `{}` is written as `{}`."
LEFT_OUT = "is written as `pass`"


COMPARED = ("<", "<=", ">", ">=", "==", "!=", "is not")
CHANGES: tuple[tuple[type[ast.AST], tuple[str, ...]], ...] = (
    (ast.AugAssign, ("{target} = {value}", "{target} += {value}", "{target} -= {value}", "pass")),
    (ast.Assign, ("pass", "{targets} += {value}")),
    (ast.Expr, ("pass",)),
    (ast.Attribute, ("{value}.{twin}", "{value}.max", "{value}")),
    (ast.Call, ("{value}", "{args}")),
    (ast.Subscript, ("{value}",)),
    (ast.Slice, ("{lower}:{upper}", ":{upper}{by}", "{lower}:{by}")),
    (ast.Slice, ("{lower} : {upper} - 1{by}", "{lower} : {upper} + 1{by}")),
    (ast.Slice, ("{lower} - 1 : {upper}{by}", "{lower} + 1 : {upper}{by}")),
    (ast.BinOp, ("{left}", "{right}", "({right} {sign} {left})")),
    (ast.BinOp, tuple(f"({{left}} {sign} {{right}})" for sign in ("+", "-", "*", "/", "//"))),
    (ast.UnaryOp, ("{operand}",)),
    (ast.Compare, tuple(f"{{left}} {sign} {{comparators}}" for sign in COMPARED)),
    (ast.IfExp, ("{body}", "{orelse}")),
)
"""By the kind of node, what may stand there instead; in braces, the parts of the node."""
OF_NAME = ("1", "0", ":", "({} - 1)", "({} + 1)", "1, {}")
TWINS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "maximum": "minimum"}
TWINS |= {"zeros": "ones", "ones": "zeros", "argmax": "argmin"}


class _Source:
    """A solution's text with its syntax tree."""

    def __init__(self, text: str) -> None:
        self.text, nodes = text, list(ast.walk(ast.parse(text)))
        self.lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self.parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        bodies = [part for f in nodes if isinstance(f, ast.FunctionDef) for part in f.body]
        inside = (node for part in bodies for node in ast.walk(part))
        self.written = [node for node in inside if hasattr(node, "lineno")]  # and not what is given
        names = [node for node in self.written if isinstance(node, ast.Name)]
        heads = {n.func for n in nodes if isinstance(n, ast.Call)}  # and what has attributes
        heads |= {n.value for n in nodes if isinstance(n, ast.Attribute)}
        self.read = {n for n in names if type(n.ctx) is ast.Load} - heads
        stored = {n.id for n in names if type(n.ctx) is ast.Store}
        stored |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        self.names = sorted(stored - {"self"})
        self.attributes = sorted(set(re.findall(r"self\.[a-z]\w*\b(?!\()", text)))

    def span(self, node: Any) -> tuple[int, int]:
        """Where in the text a node begins and ends."""
        start = self.lines[node.lineno - 1] + node.col_offset
        return start, self.lines[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: Any) -> str:
        """The text of a node; empty for what has none of its own."""
        return self.text[slice(*self.span(node))] if hasattr(node, "lineno") else ""

    def quoted(self, node: ast.AST, new: str) -> tuple[str, str] | None:
        """The largest expression or line around it that is short enough, before and after."""
        (begin, end), found = self.span(node), None
        while not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.Module):
            start, stop = self.span(node) if hasattr(node, "lineno") else (begin, end)
            if stop - start > LONGEST and found:
                break
            found = self.text[start:stop], self.text[start:begin] + new + self.text[end:stop]
            node = self.parents[node]
        if found is None or "\n" in found[0].strip():
            return None
        return " ".join(found[0].split()), " ".join(found[1].split())

    def changes(self) -> Iterator[tuple[ast.AST, str]]:
        """Which node may be replaced by which text; first what is small and likely."""
        for kind, texts in CHANGES:
            for node in self.written:
                if isinstance(node, kind):
                    parts = self._parts(node)
                    new = [text.format(**parts).replace("  + ", " ") for text in texts]
                    new = [text.replace("  - ", " -").lstrip(" +") for text in new]
                    yield from ((node, text) for text in new if text)
        for others in (self._other_parts, self._other_names, self._numbers):
            for node in self.written:
                yield from ((node, text) for text in others(node))

    def _parts(self, node: Any) -> dict[str, str]:
        """The texts of a node's parts; of several, the first."""
        fields = [(n, v[0] if isinstance(v, list) and v else v) for n, v in ast.iter_fields(node)]
        parts = {name: self.of(value) for name, value in fields}
        match node:
            case ast.BinOp():  # with the brackets around what stands on its left and right
                (start, end), at = self.span(node), self.span(node.left)[1]
                left, sign, right = re.split(r"([^\s()]+)", self.text[at:end], maxsplit=1)
                left = (self.text[start:at] + left).strip()
                parts |= {"left": left, "sign": sign, "right": right.strip()}
            case ast.Attribute(attr=name):
                parts["twin"] = TWINS.get(name, name)
            case ast.Call(func=function):  # of a method, what it belongs to
                parts["value"] = self.of(getattr(function, "value", None))
            case ast.Slice(step=step):
                parts["by"] = f":{self.of(step)}" if step else ""
        return parts

    def _other_parts(self, node: Any) -> Iterator[str]:
        """An argument, or a part of a tuple, left out; each two of them exchanged."""
        is_call = isinstance(node, ast.Call)
        parts = [*node.args, *node.keywords] if is_call else getattr(node, "elts", [])
        texts, whole = [self.of(part) for part in parts], self.of(node)
        changed = [texts[:k] + texts[k + 1 :] for k in range(len(texts))]
        for one, other in combinations(range(len(texts)), 2):
            changed.append(texts.copy())
            changed[-1][one], changed[-1][other] = texts[other], texts[one]
        between = (self.span(parts[0])[0], self.span(parts[-1])[1]) if parts else (0, 0)
        start, end = (at - self.span(node)[0] for at in between)
        yield from (f"{whole[:start]}{', '.join(others)}{whole[end:]}" for others in changed)

    def _other_names(self, node: Any) -> Iterator[str]:
        """Another variable of the function, or another attribute of self.

        But no list is appended to itself: NumPy would look for its shape without end.
        """
        called = getattr(self.parents.get(node), "func", None)
        names = (name for name in self.names if name != self.of(getattr(called, "value", None)))
        yield from names if node in self.read else ()
        yield from self.attributes if self.of(node) in self.attributes else ()

    def _numbers(self, node: Any) -> Iterator[str]:
        """Another number, also in place of a variable."""
        value: Any = getattr(node, "value", None)
        if isinstance(node, ast.Constant) and type(value) in (int, float):
            others = (value + 1, value - 1, 0, 1, 2)
            yield from (f"({n})" if n < 0 else str(n) for n in others)
        if node in self.read:
            yield from (text.format(node.id) for text in OF_NAME)
