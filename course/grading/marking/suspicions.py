"""What in an answer an instructor has to look at before it counts."""

import ast
import re
from collections.abc import Iterable

from course.grading.marking.names import MOST_TEXT, WHOLE_CELL, tree_of

HARMLESS = {
    *("numpy", "course", "math", "itertools", "functools", "operator", "typing", "collections"),
    *("dataclasses", "copy", "numbers", "time", "warnings", "abc", "__future__", "string"),
}
"""Modules that answer no exercise."""

BACK_DOORS = {
    *("exec", "eval", "compile", "__import__", "globals", "open", "breakpoint", "quit", "exit"),
    *("get_ipython", "vars"),
}
DEEP_ATTRIBUTES = {
    *("__globals__", "__subclasses__", "__builtins__", "__code__", "__closure__", "f_back"),
    *("f_locals", "f_globals", "tb_frame", "gi_frame", "__loader__", "__spec__", "__dict__"),
    *("modules", "ctypeslib", "ctypes", "f2py"),
}
CHECKING_TOOLS = {"numerical_gradient", "check_gradients"}
"""They say whether an answer is right, and are no answer; the sandbox does not have them."""

FORWARD = {"conv_forward", "conv_forward_loops"}
HARMLESS_MAGICS = {"time", "timeit", "matplotlib", "precision", "config", "autoreload"}


def suspicions(
    source: str, solution: str, allowed: Iterable[str], others: Iterable[str] = ()
) -> list[str]:
    """Names in an answer that do not belong to its lesson, and that nobody has allowed.

    solution is the course's own answer: what that uses is no suspicion. others are the names of
    answers that compute the same in other ways: to call one of them is no other way.
    """
    found = (_names(source) - _names(solution)) | _inherited(source, solution)
    found |= set(others) & (_read(source) - _read(solution))
    return sorted(found - set(allowed))


def spoils_its_kernel(source: str) -> bool:
    """Whether an answer may change things for those after it: they get a kernel of their own."""
    tree = tree_of(source)
    return bool(_names(source)) or any(_sets_attribute(node) for node in ast.walk(tree or _NOTHING))


def _read(source: str) -> set[str]:
    names = [n for n in ast.walk(tree_of(source) or _NOTHING) if isinstance(n, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


_NOTHING = ast.Module([], [])


def _sets_attribute(node: ast.AST) -> bool:
    """`np.sum = ...`, but not `self.x = ...`."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)):
        return False
    root: ast.AST = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return not (isinstance(root, ast.Name) and root.id == "self")


def _names(source: str) -> set[str]:
    tree = tree_of(source)
    if tree is None:
        return {"more text than is read"} if len(source) > MOST_TEXT else set()
    found = set(_imported(tree)) - HARMLESS
    if timed := WHOLE_CELL.match(source):
        found |= _names(_OPTIONS.sub("", timed[1]))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in BACK_DOORS | CHECKING_TOOLS:
            found.add(node.id)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in BACK_DOORS:
            found.add(node.name)
        if isinstance(node, ast.Attribute) and node.attr in DEEP_ATTRIBUTES | CHECKING_TOOLS:
            found.add(node.attr)
        found |= _magic(node)
    if "get_ipython" not in source:  # it stands there because IPython has translated a magic
        found.discard("get_ipython")
    return found | _differentiates(tree)


def _imported(tree: ast.AST) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


_OPTIONS = re.compile(r"^(?:\s*-\w+(?:\s+\d+)?)*\s*")


def _magic(node: ast.AST) -> set[str]:
    """The name of a magic or shell command, after IPython's translation to a call."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return set()
    if node.func.attr not in ("run_line_magic", "run_cell_magic", "system", "getoutput"):
        return set()
    if node.func.attr in ("system", "getoutput"):
        return {"!"}
    name, *rest = [str(a.value) for a in node.args if isinstance(a, ast.Constant)] or ["magic"]
    if name not in HARMLESS_MAGICS:
        return {f"%{name}"}
    return set().union(*(_names(_OPTIONS.sub("", code)) for code in rest))


def _differentiates(tree: ast.AST) -> set[str]:
    """A gradient by small steps: the forward pass, again and again, in an answer about backward.

    Once, and straight in the answer, it may be called: dw is a forward pass, too. In a loop, or in
    anything beside the answer, it is found.
    """
    top = getattr(tree, "body", [])
    backward = [n for n in top if isinstance(n, ast.FunctionDef) and n.name.startswith("conv_back")]
    again = (ast.For, ast.While, ast.Lambda, ast.comprehension, ast.ListComp, ast.GeneratorExp)
    if not backward:
        return set()
    beside = [
        n for n in top if n not in backward and not isinstance(n, ast.Import | ast.ImportFrom)
    ]
    inside = [n for n in ast.walk(tree) if isinstance(n, again) or _is_inner(n, tree)] + beside
    names = {n.id for node in inside for n in ast.walk(node) if isinstance(n, ast.Name)}
    attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    return (names | attributes) & FORWARD


def _inherited(source: str, solution: str) -> set[str]:
    """What an answer takes from its base class, where the solution makes it itself."""
    bases = {b.id for c in _classes(solution) for b in c.bases if isinstance(b, ast.Name)}
    if not bases or tree_of(source) is None:
        return set()
    taken = _taken_from(bases, source) - _taken_from(bases, solution)
    taken |= _ways_around(source, bases) - _ways_around(solution, bases)
    return taken | {f"inherited {m}" for m in _methods(solution) - _methods(source)}


def _ways_around(source: str, bases: set[str]) -> set[str]:
    """How else a class can come by the methods of its base."""
    found = set()
    for node in ast.walk(tree_of(source) or _NOTHING):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.rpartition(".")[2] for alias in node.names}
            found |= {f"import of {n}" for n in names & (bases | {"nn", "fast", "course", "*"})}
        if isinstance(node, ast.Attribute) and node.attr in bases | _UPWARDS:
            found.add(node.attr)
        if isinstance(node, ast.Delete):
            found.add("del")
        if isinstance(node, ast.Name | ast.alias):
            found |= {n for n in _names_of(node) if n.startswith("conv_") and n.endswith("_fast")}
    return found


def _names_of(node: ast.Name | ast.alias) -> set[str]:
    return {node.id} if isinstance(node, ast.Name) else {node.name}


_UPWARDS = {"__mro__", "mro", "__base__", "__bases__", "__class__", "__getattribute__"}
VALUE = "value of super"


def _taken_from(bases: set[str], source: str) -> set[str]:
    """Whether a base class is called, and whether what it returns is used."""
    tree = tree_of(source) or _NOTHING
    named = [b for c in _classes(source) for b in c.bases]
    alone = [n for e in ast.walk(tree) if isinstance(e, ast.Expr) for n in ast.walk(e)]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in bases | {"super"} and node not in named:
            found |= {"super"} if node in alone else {"super", VALUE}
    return found


def _classes(source: str) -> list[ast.ClassDef]:
    tree = tree_of(source)
    return [node for node in ast.walk(tree or _NOTHING) if isinstance(node, ast.ClassDef)]


def _methods(source: str) -> set[str]:
    return {n.name for c in _classes(source) for n in c.body if isinstance(n, ast.FunctionDef)}


def _is_inner(node: ast.AST, tree: ast.AST) -> bool:
    top = getattr(tree, "body", [])
    return isinstance(node, ast.FunctionDef) and node not in top
