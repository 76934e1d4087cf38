"""What in an answer an instructor has to look at before it counts."""

import ast
from collections.abc import Iterable

from course.grading.names import tree_of

HARMLESS = {
    *("numpy", "course", "math", "itertools", "functools", "operator", "typing", "collections"),
    *("dataclasses", "copy", "numbers", "time", "warnings", "abc", "__future__", "string"),
}
"""Modules that answer no exercise."""

BACK_DOORS = {
    *("exec", "eval", "compile", "__import__", "globals", "open", "breakpoint", "quit", "exit"),
    "get_ipython",
}
DEEP_ATTRIBUTES = {
    *("__globals__", "__subclasses__", "__builtins__", "__code__", "__closure__", "f_back"),
    *("f_locals", "f_globals", "tb_frame", "gi_frame", "__loader__", "__spec__"),
}
CHECKING_TOOLS = {"numerical_gradient", "check_gradients"}
"""They say whether an answer is right, and are no answer; the sandbox does not have them."""

FORWARD = {"conv_forward", "conv_forward_loops"}
HARMLESS_MAGICS = {"time", "timeit", "matplotlib", "precision", "config", "autoreload"}


def suspicions(source: str, solution: str, allowed: Iterable[str]) -> list[str]:
    """Names in an answer that do not belong to its lesson, and that nobody has allowed.

    solution is the course's own answer: what that uses is no suspicion.
    """
    found = (_names(source) - _names(solution)) | _inherited(source, solution)
    return sorted(found - set(allowed))


def spoils_its_kernel(source: str) -> bool:
    """Whether an answer may change things for those after it: they get a kernel of their own."""
    tree = tree_of(source)
    return bool(_names(source)) or any(_sets_attribute(node) for node in ast.walk(tree or _NOTHING))


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
        return set()
    found = set(_imported(tree)) - HARMLESS
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


def _magic(node: ast.AST) -> set[str]:
    """The name of a magic or shell command, after IPython's translation to a call."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return set()
    if node.func.attr not in ("run_line_magic", "run_cell_magic", "system", "getoutput"):
        return set()
    if node.func.attr in ("system", "getoutput"):
        return {"!"}
    first = node.args[0] if node.args else None
    name = str(first.value) if isinstance(first, ast.Constant) else "magic"
    return set() if name in HARMLESS_MAGICS else {f"%{name}"}


def _differentiates(tree: ast.AST) -> set[str]:
    """A gradient by small steps: the forward pass, again and again, in an answer about backward."""
    backward = any(
        isinstance(node, ast.FunctionDef) and node.name.startswith("conv_backward")
        for node in ast.walk(tree)
    )
    again = (ast.For, ast.While, ast.Lambda, ast.comprehension, ast.ListComp, ast.GeneratorExp)
    if not backward:
        return set()
    inside = [node for node in ast.walk(tree) if isinstance(node, again) or _is_inner(node, tree)]
    names = {n.id for node in inside for n in ast.walk(node) if isinstance(n, ast.Name)}
    return names & FORWARD


def _inherited(source: str, solution: str) -> set[str]:
    """What an answer takes from its base class, where the solution makes it itself."""
    bases = {b.id for c in _classes(solution) for b in c.bases if isinstance(b, ast.Name)}
    if not bases or tree_of(source) is None:
        return set()
    taken = _taken_from(bases, source) - _taken_from(bases, solution)
    return taken | {f"inherited {m}" for m in _methods(solution) - _methods(source)}


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
