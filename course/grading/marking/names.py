"""What a cell defines and what it needs, read from its text without running it."""

import ast
import builtins
import re
import symtable
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

BUILTINS = frozenset(vars(builtins)) | {"__name__", "display", "get_ipython", "exit", "quit"}
MOST_TEXT = 200_000
WHOLE_CELL = re.compile(r"\A\s*%%(?:time|timeit|capture)\b([^\n]*)\n")


@dataclass(frozen=True)
class Statement:
    """One statement at the top of a cell."""

    source: str
    defines: frozenset[str]
    needs: frozenset[str]
    is_definition: bool
    """A function, a class or an import: it does nothing but give a name."""


@lru_cache(maxsize=256)
def tree_of(source: str) -> ast.Module | None:
    """The cell as Python, magics translated; None where it is no Python."""
    if len(source) > MOST_TEXT:
        return None
    try:
        text = TransformerManager().transform_cell(WHOLE_CELL.sub("", source))
        return ast.parse(text)
    except (SyntaxError, ValueError, RuntimeError, MemoryError):  # IPython gives up by the second
        return None


@lru_cache(maxsize=256)
def statements(source: str) -> list[Statement]:
    """The statements of a cell; none where it is no Python."""
    tree = tree_of(source)
    found = (_statement(node) for node in tree.body) if tree else ()
    return [statement for statement in found if statement]


def _statement(node: ast.stmt) -> Statement | None:
    """None for what Python itself cannot write down again, such as nesting that is too deep."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    try:
        text = ast.unparse(node)
    except (ValueError, RecursionError):
        return None
    return Statement(
        text,
        frozenset(_defined(node)),
        frozenset(needed(node)),
        isinstance(node, kinds),
    )


def _defined(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    else:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id


def needed(tree: ast.AST) -> set[str]:
    """Every name that is looked up around a statement, but for Python's own."""
    try:
        table = symtable.symtable(ast.unparse(tree), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return _looked_up(table) - BUILTINS


def _looked_up(table: symtable.SymbolTable) -> set[str]:
    """The names that a scope, and those within it, do not make themselves."""
    outside = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_declared_global()
        or (s.is_referenced() and (s.is_global() or table.get_type() == "module"))
    }
    return outside.union(*map(_looked_up, table.get_children()))


def defined_in(source: str) -> set[str]:
    """The names that a cell gives to functions and classes at its top."""
    tree = tree_of(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    named = {n.name for n in tree.body if isinstance(n, kinds)} if tree else set()
    if tree:
        named |= {
            target.id
            for n in tree.body
            if isinstance(n, ast.Assign)
            for target in n.targets
            if isinstance(target, ast.Name)
        }
    return named


def gather(wanted: Iterable[str], available: list[Statement]) -> tuple[list[Statement], set[str]]:
    """The statements that give the wanted names, with what those need in turn, in their order.

    Of several that give a name all count, because each may build on the one before. Also returns
    the names that nothing gives.
    """
    missing: set[str] = set()
    chosen: set[int] = set()
    seen: set[str] = set()
    queue = list(wanted)
    while queue:
        name = queue.pop()
        if name in seen:
            continue
        seen.add(name)
        giving = [k for k, s in enumerate(available) if name in s.defines]
        if not giving:
            missing.add(name)
        for k in set(giving) - chosen:
            chosen.add(k)
            queue += available[k].needs
    return [available[k] for k in sorted(chosen)], missing
