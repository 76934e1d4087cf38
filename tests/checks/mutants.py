"""Wrong answers that nobody wrote: the lessons' solutions, each broken in one place by chance.

The ways to break them are those of mutation testing, and are not those of the checks. Run as a
script (`make mutants`) this tries all of them and prints a table by exercise.
"""

import ast
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.counterexample import smallest
from course.checks.diagnosis import Finding, diagnose
from course.checks.geometry import Numbers
from course.checks.outcome import run
from course.checks.verdict import Kind, judge

PER_EXERCISE = 30
EXPLAINED = ("borrowed", "known", "two known", "first of all", "raised", "relation", "one place")
"""Steps that name a mistake, a relation or the cause of an exception; "seen" only says where."""

SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.FloorDiv, ast.Sub),
    ast.FloorDiv: (ast.Mult, ast.Mod, ast.Div),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.MatMult: (ast.Mult, ast.Add),
    ast.Pow: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.LtE: (ast.Lt,),
    ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,),
    ast.Is: (ast.IsNot,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}


def mutants(source: str) -> list[str]:
    """Every mutant of a source, each with one node changed."""
    tree = ast.parse(source)
    found = []
    for number in range(len(list(ast.walk(tree)))):
        broken, twin = _parsed(source, number)
        for change in (_operator, _constant, _name, _arguments, _slice, _statement, _sequence):
            for choice in range(8):
                if not change(broken, twin, choice):
                    break
                found.append(ast.unparse(ast.fix_missing_locations(broken)))
                broken, twin = _parsed(source, number)
    original = ast.unparse(tree)
    return [text for text in dict.fromkeys(found) if text != original]


def _parsed(source: str, number: int) -> tuple[ast.AST, ast.AST]:
    """A tree to change, and the node with this number in it."""
    tree = ast.parse(source)  # much faster than a deep copy
    return tree, next(node for k, node in enumerate(ast.walk(tree)) if k == number)


def _operator(tree: ast.AST, node: Any, choice: int) -> bool:
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        swaps = SWAPS.get(type(node.op), ())
        if choice < len(swaps):
            node.op = swaps[choice]()
            return True
    if isinstance(node, ast.Compare):
        swaps = SWAPS.get(type(node.ops[0]), ())
        if choice < len(swaps):
            node.ops[0] = swaps[choice]()
            return True
    return False


def _constant(tree: ast.AST, node: Any, choice: int) -> bool:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float) and choice < 2:
        node.value += (1, -1)[choice]
        return True
    return False


def _name(tree: ast.AST, node: Any, choice: int) -> bool:
    """Another variable in its place."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return False
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id != node.id}
    names |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)} - {"self", node.id}
    names = {name for name in names if not hasattr(np, name) and name != "np" and len(name) < 9}
    if choice >= min(3, len(names)):
        return False
    near = sorted(names, key=lambda name: (name[0] != node.id[0], len(name), name))
    node.id = near[choice]
    return True


def _arguments(tree: ast.AST, node: Any, choice: int) -> bool:
    """One argument left out, or two exchanged."""
    if not isinstance(node, ast.Call):
        return False
    everything = len(node.args) + len(node.keywords)
    if choice < len(node.args):
        del node.args[choice]
    elif choice < everything:
        del node.keywords[choice - len(node.args)]
    elif choice == everything and len(node.args) >= 2:
        node.args[0], node.args[1] = node.args[1], node.args[0]
    else:
        return False
    return True


def _slice(tree: ast.AST, node: Any, choice: int) -> bool:
    if not isinstance(node, ast.Slice):
        return False
    ends = [e for e in ("lower", "upper", "step") if getattr(node, e) is not None]
    if choice < len(ends):
        setattr(node, ends[choice], None)
        return True
    choice -= len(ends)
    ends = [e for e in ends if e != "step"]
    if choice < len(ends):
        moved = ast.BinOp(getattr(node, ends[choice]), ast.Add(), ast.Constant(1))
        setattr(node, ends[choice], moved)
        return True
    return False


def _statement(tree: ast.AST, node: Any, choice: int) -> bool:
    """A statement deleted, or the last of a loop moved out of it."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or isinstance(node, ast.Module | ast.ClassDef):
        return False
    if choice >= len(body) or isinstance(body[choice], ast.Return | ast.FunctionDef):
        return False
    body[choice] = ast.Pass()
    return True


def _sequence(tree: ast.AST, node: Any, choice: int) -> bool:
    """Two neighbours of a tuple exchanged."""
    if isinstance(node, ast.Tuple | ast.List) and choice + 1 < len(node.elts):
        node.elts[choice : choice + 2] = reversed(node.elts[choice : choice + 2])
        return True
    return False


def drawn(name: str, count: int) -> list[str]:
    """So many mutants of the lesson's solution, drawn the same way each time."""
    found = mutants(EXERCISES[name].solutions[0].text)
    rng = np.random.default_rng(sum(map(ord, name)))
    return [found[k] for k in rng.permutation(len(found))[:count]]


def answers(name: str, count: int) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Mutants that can be defined at all, and are no right answers for other inputs."""
    exercise, others = EXERCISES[name], inputs(name)
    for text in drawn(name, count):
        try:
            answer = exercise.solutions[0].answer(text, f"mutant of {name}")
        except Exception:  # a class whose definition fails is no answer to try
            continue
        if any(_is_wrong(name, answer, case) for case in others):
            yield text, answer


def inputs(name: str) -> list[Case]:
    """Inputs of the test's own: sizes that it draws, far from those of the check."""
    rng, found = np.random.default_rng(2024), []
    for seed in range(3):
        found += EXERCISES[name].cases(np.random.default_rng(10_000 + seed))
    shrinkable = [case for case in found if case.remake]
    for _ in range(200 if shrinkable else 0):
        case = shrinkable[rng.integers(len(shrinkable))]
        sizes = {k: max(int(v + rng.integers(-2, 4)), 0) for k, v in case.sizes.items()}
        try:
            found.append(case.remake(sizes, Numbers(rng)))
        except (ValueError, IndexError, ZeroDivisionError):
            continue
    return found


def _is_wrong(name: str, answer: Callable[..., Any], case: Case) -> bool:
    exercise = EXERCISES[name]
    expected = run(exercise.reference, case)
    if expected.error is not None:
        return False
    outcome = run(exercise.as_tried(answer), case)
    tolerance = 100 * exercise.tolerance_for(case)
    verdict = judge(outcome, expected.value, exercise.returns, tolerance)
    return verdict.kind is not Kind.RIGHT


@dataclass
class Tally:
    """What became of the mutants of one exercise."""

    accepted: list[str]
    steps: Counter[str]
    entries: list[int]
    """Of the arrays x in the counterexamples: how many numbers."""

    @property
    def rejected(self) -> int:
        """How many mutants were found wrong."""
        return sum(self.steps.values())

    @property
    def explained(self) -> int:
        """How many of these got a name, a relation or an explained exception."""
        return sum(self.steps[step] for step in EXPLAINED)


def tally(name: str, count: int, show: Callable[[str], None] | None = None) -> Tally:
    """Try so many mutants of an exercise."""
    exercise, result = EXERCISES[name], Tally([], Counter(), [])
    for text, answer in answers(name, count):
        marks = exercise.mark(exercise.as_tried(answer))
        if marks.first_wrong() is None:
            result.accepted.append(text)
            continue
        finding = diagnose(marks) or Finding("nothing", "")
        result.steps[finding.step] += 1
        x = smallest(marks).case.arguments.get("x")
        if isinstance(x, np.ndarray):
            result.entries.append(x.size)
        if show:
            show(f"--- {name}: {finding.step}: {finding.text}\n{text}")
    return result


def table(
    names: list[str], count: int = PER_EXERCISE, show: Callable[[str], None] | None = None
) -> tuple[str, list[Tally]]:
    """The table for the contributors' guide, and what it was made from."""
    head = "| exercise | mutants | rejected | explained | in percent | entries of x |"
    lines = [head, "|---|---:|---:|---:|---:|---:|"]
    tallies = []
    for name in names:
        one = tally(name, count, show)
        tallies.append(one)
        lines.append(_row(f"`{name}`", [one]))
        print(lines[-1], file=sys.stderr)
    lines.append(_row("all", tallies))
    return "\n".join(lines), tallies


def _row(label: str, tallies: list[Tally]) -> str:
    rejected, explained = sum(t.rejected for t in tallies), sum(t.explained for t in tallies)
    count = rejected + sum(len(t.accepted) for t in tallies)
    entries = [size for t in tallies for size in t.entries]
    share = f"{explained / rejected:.0%}" if rejected else "–"
    middle = f"{median(entries):.0f}" if entries else "–"
    return f"| {label} | {count} | {rejected} | {explained} | {share} | {middle} |"


def main(words: list[str]) -> None:
    """Print the table for the exercises named, or for all; with -v each mutant and its message."""
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    chosen = [word for word in words if word != "-v"] or list(EXERCISES)
    text, tallies = table(chosen, show=print if "-v" in words else None)
    print(text)
    print("by step:", dict(sum((t.steps for t in tallies), Counter()).most_common()))
    for name, one in zip(chosen, tallies, strict=True):
        for accepted in one.accepted:
            print(f"--- {name}: ACCEPTED\n{accepted}")


if __name__ == "__main__":
    main(sys.argv[1:])
