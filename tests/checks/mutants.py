"""Wrong answers that nobody wrote: the lessons' solutions, each broken in one place by chance.

The ways to break them are those of mutation testing, and are not those of the checks. Run as a
script (`make mutants`) this tries all of them and prints a table by exercise.
"""

import ast
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice, pairwise, takewhile
from statistics import median
from typing import NamedTuple

import numpy as np

from course.checks import EXERCISES
from course.checks.case import Case
from course.checks.counterexample import smallest
from course.checks.diagnosis import diagnose
from course.checks.geometry import Numbers
from course.checks.outcome import run

PER_EXERCISE = 20
EXPLAINED = (
    *("borrowed", "known", "two known", "first of all", "raised", "relation", "one place"),
    "let through",
)
"""Steps that name a mistake, a relation, the cause of an exception or the broken layer that a probe
lets through; "seen" only says where."""

SWAPS = """Add: Sub Mult, Sub: Add Mult, Mult: Add FloorDiv Sub, FloorDiv: Mult Mod Div,
    Div: Mult FloorDiv, MatMult: Mult Add, Pow: Mult, Lt: LtE GtE, Gt: GtE Lt, LtE: Lt, GtE: Gt,
    Eq: NotEq, Is: IsNot, And: Or, Or: And"""
OTHERS = {
    getattr(ast, one): [getattr(ast, other) for other in others.split()]
    for one, others in (swap.strip().split(": ") for swap in SWAPS.split(","))
}
KEPT = (ast.Return, ast.FunctionDef)


def mutants(source: str) -> list[str]:
    """Every mutant of a source, each with one node changed."""
    tree = ast.parse(source)
    found = [ast.unparse(tree)]
    for node in ast.walk(tree):
        for changed in list(islice(_changes(tree, node), 8)):
            before = {name: getattr(node, name) for name in changed}
            vars(node).update(changed)
            found.append(ast.unparse(tree))
            vars(node).update(before)
    return list(dict.fromkeys(found))[1:]


def _changes(tree: ast.AST, node: ast.AST) -> Iterator[dict]:
    """What a node can have in place of what it has."""
    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
            yield from ({"op": other()} for other in OTHERS.get(type(node.op), ()))
        case ast.Compare(ops=[first, *others]):
            yield from ({"ops": [other(), *others]} for other in OTHERS.get(type(first), ()))
        case ast.Constant(value=int() | float() as value) if type(value) is not bool:
            yield from ({"value": value + 1}, {"value": value - 1})
        case ast.Name(ctx=ast.Load()):
            yield from ({"id": name} for name in _near(tree, node.id))
        case ast.Call():
            for part, values in (("args", node.args), ("keywords", node.keywords)):
                yield from ({part: _with(values, k)} for k in range(len(values)))
            yield from ({"args": args} for args in _exchanged(node.args)[:1])
        case ast.Slice():
            ends = [end for end in ("lower", "upper", "step") if getattr(node, end)]
            yield from ({end: None} for end in ends)
            for end in (end for end in ends if end != "step"):
                yield {end: ast.BinOp(getattr(node, end), ast.Add(), ast.Constant(1))}
        case ast.Tuple() | ast.List():
            yield from ({"elts": elements} for elements in _exchanged(node.elts))
        case ast.FunctionDef() | ast.For() | ast.While() | ast.If() | ast.With() | ast.Try():
            deletable = takewhile(lambda one: not isinstance(one, KEPT), node.body)
            yield from ({"body": _with(node.body, k, ast.Pass())} for k, _ in enumerate(deletable))


def _with(values: list, place: int, *others: ast.AST) -> list:
    """The values, with these others in place of one."""
    return [*values[:place], *others, *values[place + 1 :]]


def _exchanged(values: list) -> list[list]:
    """The values, with every two neighbours exchanged."""
    pairs = enumerate(pairwise(values))
    return [[*values[:k], b, a, *values[k + 2 :]] for k, (a, b) in pairs]


def _near(tree: ast.AST, name: str) -> list[str]:
    """The other variables that are most like this one."""
    nodes = list(ast.walk(tree))
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    names |= {n.arg for n in nodes if isinstance(n, ast.arg)} - {"self"}
    others = [n for n in names - {name, "np"} if not hasattr(np, n) and len(n) < 9]
    return sorted(others, key=lambda other: (other[0] != name[0], len(other), other))[:3]


def drawn(name: str, count: int) -> list[str]:
    """So many mutants of the lesson's solution, drawn the same way each time."""
    found = mutants(EXERCISES[name].solutions[0].text)
    rng = np.random.default_rng(sum(map(ord, name)))
    return [found[k] for k in rng.permutation(len(found))[:count]]


def answers(name: str, count: int) -> Iterator[tuple[str, Callable]]:
    """Mutants that can be defined at all, and are no right answers for other inputs."""
    others = inputs(name)
    for text in drawn(name, count):
        try:
            answer = EXERCISES[name].solutions[0].answer(text, f"mutant of {name}")
        except Exception:  # a class whose definition fails is no answer to try
            continue
        if any(_is_wrong(name, answer, case) for case in others):
            yield text, answer


def inputs(name: str) -> list[Case]:
    """Inputs of the test's own: sizes that it draws, far from those of the check."""
    seeds = (np.random.default_rng(10_000 + seed) for seed in range(3))
    found = [case for rng in seeds for case in EXERCISES[name].cases(rng)]
    rng, shrinkable = np.random.default_rng(2024), [case for case in found if case.remake]
    for _ in range(200 if shrinkable else 0):
        case = shrinkable[rng.integers(len(shrinkable))]
        sizes = {k: max(int(v + rng.integers(-2, 4)), 0) for k, v in case.sizes.items()}
        with suppress(ValueError, IndexError, ZeroDivisionError):
            found.append(case.remake(sizes, Numbers(rng)))
    return found


def _is_wrong(name: str, answer: Callable, case: Case) -> bool:
    exercise = EXERCISES[name]
    expected = run(exercise.reference, case)
    if expected.error is not None:  # there is no such case
        return False
    lenient = replace(exercise, tolerance=100 * exercise.tolerance_for(case))
    return not lenient.tried(exercise.as_tried(answer), case, expected.value).is_right


class Tried(NamedTuple):
    """A mutant, and what became of it."""

    text: str
    step: str
    """Of the diagnosis, or "accepted"."""
    entries: int | None = None
    """Of the array x in the counterexample: how many numbers."""


def tried(name: str, count: int, show: Callable[[str], None] = lambda text: None) -> list[Tried]:
    """Try so many mutants of an exercise."""
    exercise, results = EXERCISES[name], []
    for text, answer in answers(name, count):
        marks = exercise.mark(exercise.as_tried(answer))
        if not marks.wrong:
            results.append(Tried(text, "accepted"))
            continue
        finding, x = diagnose(marks), smallest(marks).case.arguments.get("x")
        entries = x.size if isinstance(x, np.ndarray) else None
        results.append(Tried(text, finding.step, entries))
        show(f"--- {name}: {finding.step}: {finding.text}\n{text}")
    return results


def row(label: str, results: list[Tried]) -> str:
    """A row of the table for the contributors' guide."""
    steps = Counter(one.step for one in results)
    rejected, explained = len(results) - steps["accepted"], sum(steps[step] for step in EXPLAINED)
    entries = [one.entries for one in results if one.entries is not None]
    share = f"{explained / rejected:.0%}" if rejected else "–"
    middle = f"{median(entries):.0f}" if entries else "–"
    return f"| {label} | {len(results)} | {rejected} | {explained} | {share} | {middle} |"


def main(words: list[str]) -> None:
    """Print the table for the exercises named, or for all; with -v each mutant and its message."""
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    everything = []
    print("| exercise | mutants | rejected | explained | in percent | entries of x |")
    print("|---|---:|---:|---:|---:|---:|")
    for name in [word for word in words if word != "-v"] or list(EXERCISES):
        results = tried(name, PER_EXERCISE, *[print] * ("-v" in words))
        print(row(f"`{name}`", results), flush=True)
        everything += results
    print(row("all", everything))
    print("by step:", dict(Counter(one.step for one in everything).most_common()))
    for one in everything:
        if one.step == "accepted":
            print(f"--- ACCEPTED\n{one.text}")


if __name__ == "__main__":
    main(sys.argv[1:])
