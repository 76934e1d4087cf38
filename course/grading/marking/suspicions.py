"""What in the text of an answer a person should look at: ways to the machine or the interpreter.

It gives and takes no points: what an answer must not use is not there while it is tried.
"""

import ast
import re
from collections.abc import Iterator

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
    nodes = _parsed(source)
    imports = [node for line in set(_IMPORT.findall(elsewhere)) for node in _parsed(line)]
    nodes += [node for node in imports if isinstance(node, ast.Import | ast.ImportFrom)]
    found = set(_of_modules(nodes)) | set(_of_names(nodes))
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            found.add(node.attr)
        found |= set(_of_magics(node))
    return found


def _parsed(source: str) -> list[ast.AST]:
    """All that is in the text; nothing where it is no Python."""
    try:
        return list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _of_modules(nodes: list[ast.AST]) -> Iterator[str]:
    """What is imported from such a module, or is a private part of another, and is used."""
    used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    modules = [a.asname or a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    parts = [n for n in nodes if isinstance(n, ast.Attribute) and _name(n.value) in modules]
    yield from (part.attr for part in parts if part.attr.removeprefix("_") in MODULES)
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                if root in MODULES and (alias.asname or root) in used:
                    yield root
        if isinstance(node, ast.ImportFrom):
            root = (node.module or "").split(".")[0]
            for alias in node.names:
                is_private = alias.name.startswith("_") or alias.name in MODULES
                if (root in MODULES or is_private) and (alias.asname or alias.name) in used:
                    yield alias.name if is_private else root


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _of_names(nodes: list[ast.AST]) -> Iterator[str]:
    """Python's own functions of that kind, where the text does not give the name to another."""
    own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    own |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    yield from (n.id for n in nodes if isinstance(n, ast.Name) and n.id in BUILT_IN - own)


def _of_magics(node: ast.AST) -> Iterator[str]:
    """A command of the notebook, as IPython has translated it."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    if node.func.attr in ("system", "getoutput"):
        yield "!"
    if node.func.attr in ("run_line_magic", "run_cell_magic"):
        name, *rest = [a.value for a in node.args if isinstance(a, ast.Constant)] or [""]
        if name in MAGICS:
            yield f"%{name}"
        for code in rest:
            yield from suspicions(str(code))
