"""What a result depends on, as a digest: code by what it does, and versions.

That is the rooms that run, judge and confine a notebook, the exercises of its lesson with all
that they import, what the lesson may build on, its notebook as it was handed out, its known
mistakes (students are told their names), NumPy and Python. Comments, docstrings and layout, other
lessons and reports change no result.
"""

import ast
import json
import platform
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from course.handed_out import handed_out
from course.project import PACKAGE
from course.running.taught import TAUGHT

ROOMS = ("running", "grading/marking", "grading/sandbox")


@cache
def digest_of_the_course(lesson: str, root: Path = PACKAGE.parent) -> str:
    """Changes when a verdict on a notebook of the lesson may change."""
    before = [module for module, number in TAUGHT.items() if number < int(lesson[:2])]
    modules = [*before, f"course.checks.exercises.lesson_{lesson}"]
    waiting = [path for room in ROOMS for path in sorted((root / "course" / room).rglob("*.py"))]
    waiting += [path for module in modules for path in _giving(root, module)]
    cells, imported = _handed_out(root, lesson)
    waiting += imported
    seen: dict[str, str] = {}
    for path in waiting:  # it grows on the way
        name = path.relative_to(root).as_posix()
        if name not in seen:
            seen[name], imported = _taken_apart(root, path.read_text(encoding="utf-8"))
            waiting += imported
    known = root / "course" / "checks" / "known" / f"{lesson}.json"
    facts = [platform.python_version(), np.__version__, cells, json.loads(known.read_text("utf-8"))]
    digest = sha256(json.dumps([sorted(seen.items()), facts], sort_keys=True).encode())
    if any(name.startswith("course/data/") for name in seen):
        for file in sorted((root / "course" / "data").glob("*.npz")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _handed_out(root: Path, lesson: str) -> tuple[list, list[Path]]:
    """What the notebook's code cells are, and the files that they import."""
    cells = [c for c in handed_out(lesson, root / "course").cells if c.cell_type == "code"]
    told = [(c.source, sorted(c.metadata.items())) for c in cells]
    lines = [line for text, _ in told for line in text.splitlines()]
    code = "\n".join(line for line in lines if line.lstrip()[:1] not in ("%", "!"))
    return told, list(_imported(root, ast.parse(code)))


@cache
def _taken_apart(root: Path, text: str) -> tuple[str, list[Path]]:
    """What a file does, and the files that it imports."""
    tree = ast.parse(text)
    return ast.dump(_bare(tree)), list(_imported(root, tree))


def _bare(tree: ast.Module) -> ast.Module:
    """Without docstrings; where lines stand is no part of a dump anyway."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node):
            node.body = node.body[1:]
    return tree


def _imported(root: Path, tree: ast.AST) -> Iterator[Path]:
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "course":
            for alias in node.names:
                package, called = f"{node.module}.{alias.name}", alias.asname or alias.name
                is_package = (root / package.replace(".", "/")).is_dir()
                for name in _parts(nodes, called) if is_package else ():
                    yield from _giving(root, package, name)
                if not is_package:
                    yield from _giving(root, str(node.module), alias.name)


def _parts(nodes: list[ast.AST], called: str) -> set[str]:
    """What is used of a package that is called so."""
    found = (n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name))
    return {n.attr for n in found if isinstance(n.value, ast.Name) and n.value.id == called}


_parsed = cache(ast.parse)


def _giving(root: Path, module: str, name: str = "") -> list[Path]:
    """The files that give a name of a module: of what a package passes on, where it comes from."""
    place = root / module.replace(".", "/")
    if (place / f"{name}.py").is_file() and name:
        return [place / f"{name}.py"]
    if not (place / "__init__.py").is_file():
        return [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else []
    for node in _parsed((place / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    return _giving(root, str(node.module), alias.name)
    return [place / "__init__.py"]
