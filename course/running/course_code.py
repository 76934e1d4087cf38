"""Parts of the course's own code, cut out so that what is taught later stays outside."""

import ast
import builtins
import symtable
from functools import cache
from pathlib import Path

from course.running.taught import TAUGHT

PACKAGES = ("convolution", "nn", "data")

Name = tuple[str, str]
"""A module, such as "course.convolution.columns", and a name at its top."""


class CourseCode:
    """The modules of the course, taken apart into statements."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = [folder / "gradcheck.py", folder / "examples.py"]
        files += [path for package in PACKAGES for path in sorted((folder / package).glob("*.py"))]
        self.trees = {self._module(path): _parse(path) for path in files}

    def _module(self, path: Path) -> str:
        parts = path.relative_to(self.folder).with_suffix("").parts
        return ".".join(["course", *parts]).removesuffix(".__init__")

    def lessons(self) -> dict[Name, int]:
        """For every public name that a lesson teaches: which one."""
        kinds = (ast.FunctionDef, ast.ClassDef)
        return {
            (module, node.name): number
            for module, number in TAUGHT.items()
            for node in self.trees[module].body
            if isinstance(node, kinds) and node.name[0] != "_"
        }

    def home(self, module: str, name: str) -> Name | None:
        """Where a name is defined that can be imported from a module, or from a package."""
        for node in self.trees[module].body:
            if isinstance(node, ast.ImportFrom) and node.module in self.trees:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return self.home(node.module, alias.name)
            elif name in gives(node):
                return module, name
        return None

    def homes(self, package: str) -> dict[str, str]:
        """By name that a package offers: the module that defines it."""
        imports = (n for n in self.trees[package].body if isinstance(n, ast.ImportFrom))
        names = [alias.asname or alias.name for node in imports for alias in node.names]
        found = {name: self.home(package, name) for name in names}
        return {name: home[0] for name, home in found.items() if home}

    def cut_out(self, wanted: set[Name]) -> dict[str, str]:
        """Modules, by name, that hold what is wanted and what that needs, and nothing else."""
        kept = self._kept(wanted)
        return {
            module: "\n\n".join(self._text(module, k) for k in sorted(places))
            for module, places in kept.items()
        }

    @cache  # noqa: B019 - it is kept as long as the lessons that it belongs to
    def _text(self, module: str, place: int) -> str:
        return ast.unparse(self.trees[module].body[place])

    def builds_on(self, home: Name) -> set[str]:
        """The names of all that something needs, itself among them."""
        kept = self._kept({home}).items()
        return {n for m, places in kept for k in places for n in gives(self.trees[m].body[k])}

    def _kept(self, wanted: set[Name]) -> dict[str, set[int]]:
        """By module, the places of the statements that give what is wanted and what that needs."""
        kept: dict[str, set[int]] = {}
        queue, seen = list(wanted), set()
        while queue:
            module, name = queue.pop()
            if (module, name) in seen:
                continue
            seen.add((module, name))
            for k, node in enumerate(self.trees[module].body):
                if name in gives(node) or (name == "*" and gives(node)):
                    kept.setdefault(module, set()).add(k)
                    queue += self._needs_of(module, node, name)
        return kept

    def _needs_of(self, module: str, node: ast.stmt, name: str) -> list[Name]:
        """What a statement needs; of an import from the course, only what gives this name."""
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course"):
            imported = [a.name for a in node.names if name in ("*", a.asname or a.name)]
            return [self._imported(str(node.module), one) for one in imported]
        return [(module, one) for one in needed(node)]

    def _imported(self, module: str, name: str) -> Name:
        """Where an import leads: to a whole module, through a package to a home, or to a name."""
        if f"{module}.{name}" in self.trees:
            return f"{module}.{name}", "*"
        is_package = module.removeprefix("course.") in PACKAGES
        return (self.home(module, name) if is_package else None) or (module, name)


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def gives(node: ast.stmt) -> set[str]:
    """The names that a statement binds where it stands."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    targets = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return {n.id for n in targets if isinstance(n.ctx, ast.Store)}


@cache
def needed(tree: ast.AST) -> set[str]:
    """Every name that is looked up around a statement, but for Python's own."""
    return _looked_up(symtable.symtable(ast.unparse(tree), "code", "exec")) - set(dir(builtins))


def _looked_up(table: symtable.SymbolTable) -> set[str]:
    """The names that a scope, and those within it, do not make themselves."""
    outside = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_declared_global()
        or (s.is_referenced() and (s.is_global() or table.get_type() == "module"))
    }
    return outside.union(*map(_looked_up, table.get_children()))
