"""What a result depends on, as a digest: code by what it does, and versions.

That is the rooms that run, judge and confine a notebook, the exercises of its lesson, what is
taught up to it, all that these and the notebook as it was handed out import, its known mistakes
(students are told their names), NumPy and Python. Comments, docstrings and layout, other lessons
and reports change no result.
"""

import ast
import json
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from course.handed_out import handed_out
from course.project import PACKAGE
from course.running.lesson import python_of
from course.running.taught import TAUGHT

ROOMS = ("running", "grading/marking", "grading/sandbox")


@cache
def digest_of_the_course(lesson: str, root: Path = PACKAGE.parent) -> str:
    """Changes when a verdict on a notebook of the lesson may change."""
    cells, modules = _handed_out(root, lesson)
    code = _code(root, modules | {f"course.checks.exercises.lesson_{lesson}"}, int(lesson[:2]))
    known = root / "course" / "checks" / "known" / f"{lesson}.json"
    facts = [platform.python_version(), np.__version__, cells, json.loads(known.read_text("utf-8"))]
    digest = sha256(json.dumps([sorted(code.items()), facts], sort_keys=True).encode())
    beside = ((root / name).with_suffix(end) for name in sorted(code) for end in (".txt", ".npz"))
    for file in filter(Path.is_file, beside):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _handed_out(root: Path, lesson: str) -> tuple[list, set[str]]:
    """What the notebook's code cells are, and the modules that they import."""
    cells = [c for c in handed_out(lesson, root / "course").cells if c.cell_type == "code"]
    told = [(c.source, sorted(c.metadata.items())) for c in cells]
    return told, _imported(ast.parse(python_of("\n".join(text for text, _ in told))))


def _code(root: Path, modules: set[str], lesson: int) -> dict[str, str]:
    """What every file does that counts, by its path."""
    later = {module for module, number in TAUGHT.items() if number > lesson}
    waiting = [path for room in ROOMS for path in (root / "course" / room).rglob("*.py")]
    waiting += _files(root, modules | TAUGHT.keys() - later)
    code: dict[str, str] = {}
    for path in waiting:  # it grows on the way
        name = path.relative_to(root).as_posix()
        if name not in code:
            code[name], imported = _taken_apart(path.read_text(encoding="utf-8"))
            # what a package merely passes on is no part of a lesson before
            waiting += _files(root, imported - later if path.stem == "__init__" else imported)
    return code


def _files(root: Path, modules: Iterable[str]) -> Iterator[Path]:
    """The files of those modules that are the course's."""
    for module in modules:
        place = root / module.replace(".", "/")
        yield from filter(Path.is_file, (place.with_suffix(".py"), place / "__init__.py"))


@cache
def _taken_apart(text: str) -> tuple[str, set[str]]:
    """What a file does, and the modules that it imports."""
    tree = ast.parse(text)
    return ast.dump(without_docstrings(tree)), _imported(tree)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same; where lines stand is no part of a dump anyway."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node):
            node.body = node.body[1:]
    return tree


def _imported(tree: ast.AST) -> set[str]:
    """The modules, and the names of them, as a name may be a module, too."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    return names | {str(node.module) for node in nodes}
