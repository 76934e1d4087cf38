"""What in the text of an answer a person should look at: ways to the machine or the interpreter.

It gives and takes no points: what an answer must not use is not there while it is tried.
"""

import ast
import re
from collections.abc import Set

from course.checks.reading import parsed, reads
from course.running.lesson import python_of

MODULES = {
    *("os", "sys", "subprocess", "socket", "ctypes", "shutil", "pathlib", "multiprocessing", "io"),
    *("signal", "urllib", "http", "requests", "gc", "inspect", "importlib", "builtins", "pickle"),
    *("tempfile", "glob", "mmap", "resource", "_thread", "IPython", "ipykernel", "zmq", "pty"),
    *("course_inside", "linecache", "tokenize", "code", "runpy", "asyncio", "cffi", "marshal"),
}
"""Of files, processes, the network, and the inside of the interpreter."""
BUILT_IN = {"exec", "eval", "compile", "__import__", "globals", "open", "breakpoint", "input"}
ATTRIBUTES = {
    *("__globals__", "__subclasses__", "__builtins__", "__code__", "__closure__", "__loader__"),
    *("__spec__", "__getattribute__", "f_back", "f_locals", "f_globals", "f_code", "tb_frame"),
    *("gi_frame", "cr_frame", "ctypeslib", "ctypes", "f2py", "tofile", "fromfile", "memmap"),
    *("save", "savez", "savetxt", "load", "loadtxt", "genfromtxt", "__reduce__"),
}
MAGICS = {
    *("bash", "sh", "script", "system", "sx", "writefile", "run", "load", "edit", "store", "cd"),
    *("perl", "ruby", "python", "python3", "pypy", "env", "set_env", "pip", "conda", "alias"),
}
_IMPORT = re.compile(r"^[ \t]*((?:import|from)[ \t].+)$", re.MULTILINE)


def suspicions(source: str, elsewhere: str = "") -> set[str]:
    """The names by which the text reaches out, with what is imported elsewhere in its notebook."""
    nodes = [*ast.walk(parsed(source))]
    for line in set(_IMPORT.findall(elsewhere)):
        nodes += [n for n in parsed(line).body if isinstance(n, ast.Import | ast.ImportFrom)]
    used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    modules = {a.asname or a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    found = BUILT_IN & used - _own(nodes)
    for node in nodes:
        match node:
            case ast.Attribute(attr=attr) if attr in ATTRIBUTES:
                found.add(attr)
            case ast.Attribute(ast.Name(name), attr) if name in modules and _is_module(attr):
                found.add(attr)
            case ast.Import(names) | ast.ImportFrom(_, names):
                aliases = [a for a in names if (a.asname or a.name.split(".")[0]) in used]
                found |= {name for alias in aliases for name in _reached(node, alias)}
            case ast.Call(ast.Attribute(attr="system" | "getoutput")):
                found.add("!")
            case ast.Call(ast.Attribute(attr="run_line_magic" | "run_cell_magic"), args):
                found |= _of_magic(*[str(a.value) for a in args if isinstance(a, ast.Constant)])
    return found


def tampering(cells: list[str], given: Set[str]) -> set[str]:
    """Ways to change what tries an answer, in any cell that the lesson has not handed out.

    A function that was only watched while it ran might hide so that another one does its work.
    """
    own = [cell for cell in cells if cell.strip() not in given]
    nodes = [node for cell in own for node in ast.walk(parsed(python_of(cell)))]
    modules = {
        (a.asname or a.name).split(".")[0]
        for n in nodes
        if isinstance(n, ast.Import)
        for a in n.names
    }
    found = {"course.checks"} if _TRIES.search("\n".join(own)) else set()
    for node in nodes:
        match node:
            case ast.Attribute(value, attr, ast.Store()) if _first_name(value) in modules:
                found.add(f"{ast.unparse(value)}.{attr}")
            case ast.Call(ast.Name("setattr" | "delattr" as how), [value, *_]) if (
                _first_name(value) in modules
            ):
                found.add(how)
            case ast.Attribute(of) | ast.Subscript(of) if getattr(of, "attr", "") == "modules":
                found.add("modules")
            case ast.Name("__import__"):
                found.add("__import__")
    return found


def _first_name(node: ast.expr) -> str:
    """The name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def instead_of_trying(answer: str, cells: list[str], given: Set[str]) -> set[str]:
    """Ways to know a layer that a probe is to try without trying it.

    answer  the cells that the probe was written in
    cells   all of the notebook, as another cell may change what tries the probe
    given   the cells that the lesson hands out
    """
    own = [cell for cell in cells if cell.strip() not in given]
    text = "\n".join(line for cell in own for line in cell.splitlines())
    found = {"course.checks"} if _TRIES.search(text) else set()
    for cell in own:
        code = python_of(cell)
        found |= suspicions(code)
        found |= reads(code) if code.strip() in answer else set()
    return found


_TRIES = re.compile(
    r"course\.checks(?!\s+import\s+(?:check|EXERCISES)\b(?!\s*,))|course_inside"
    r"|from\s+course\s+import[^\n]*\bchecks"
)
"""The modules that try an answer, which are handed the code of what it is to try."""


def _own(nodes: list[ast.AST]) -> set[str]:
    """Names that the text gives to something itself."""
    own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    return own | {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def _is_module(name: str) -> bool:
    """Whether a part of a module is such a module, perhaps under a private name."""
    return name.removeprefix("_") in MODULES


def _reached(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> set[str]:
    """The module that a name comes from; or what it is, if that is a module or private."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0]} & MODULES
    if alias.name.startswith("_") or alias.name in MODULES:
        return {alias.name}
    return {(node.module or "").split(".")[0]} & MODULES


def _of_magic(name: str = "", *code: str) -> set[str]:
    """A command of the notebook, as IPython has translated it, and the code that it runs."""
    found = {f"%{name}"} if name in MAGICS else set()
    return found.union(*map(suspicions, code))
