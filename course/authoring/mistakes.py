"""lessons/NN_name.mistakes.md: the wrong answers that a check can name, as edits of right ones.

    # im2col                        the exercise, or several, with a comma between
    ## another solution: one loop   a right answer beside the lesson's, indented by four spaces
    ## = instead of +=              a mistake: its edits, indented by four spaces, and what to say

An edit is a line `before -> after`; or lines, a line `->`, and the lines that stand there instead.
A blank line ends it. What is before the arrow occurs exactly once in the solution. Two blocks of
edits with a line `or` between are two ways to make the same mistake; below several exercises, each
way fits one of them, and each exercise one of the ways.
"""

import ast
import builtins
import re
import symtable
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from nbformat import NotebookNode

from course.checks import EXERCISES
from course.handed_out import BEGIN, END
from course.project import CourseError, Project

ANOTHER = "another solution"
_NOT_CODE = re.compile(rf'^ *(?:{BEGIN}|{END}|""".*?""")\n?', re.MULTILINE | re.DOTALL)


class MistakeError(CourseError):
    """A file of mistakes that does not fit its lesson; the message names the mistake."""


@dataclass
class Section:
    """What stands below one heading: code blocks and the text between them."""

    exercise: str
    name: str
    blocks: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    misfits: dict[int, str] = field(default_factory=dict)
    """By block, why it fits no solution of the exercises above; empty where it fits one."""


def source_of(project: Project, lesson: str) -> Path:
    """Where the mistakes of a lesson are written down."""
    return project.lessons / f"{lesson}.mistakes.md"


def mistakes_of(project: Project, lesson: str, notebook: NotebookNode) -> dict[str, Any]:
    """By exercise, its solutions and mistakes as data; empty for a lesson without such a file.

    Raises MistakeError where an edit does not fit.
    """
    path = source_of(project, lesson)
    if not path.exists():
        return {}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    known = {
        cell.metadata["exercise"]: _exercise(cells[:place], cell)
        for place, cell in enumerate(cells)
        if "exercise" in cell.metadata
    }
    sections = list(_sections(path))
    for section in sections:
        if section.exercise not in known:
            raise MistakeError(f"{path.name}: the lesson has no exercise {section.exercise!r}")
        _add(known[section.exercise], section, path.name)
    for section in sections:
        if reasons := "".join(section.misfits.values()):
            raise MistakeError(f"{path.name}: {section.name}: an edit fits no solution\n{reasons}")
    return known


def _exercise(before: list[NotebookNode], cell: NotebookNode) -> dict[str, Any]:
    text = _NOT_CODE.sub("", cell.source).strip() + "\n"
    context = "\n".join(_context(before, _names_read(text))) + "\n"
    defines = next(n.name for n in ast.parse(text).body if hasattr(n, "name"))
    lessons_own = {"name": "the lesson's", "text": text, "context": context}
    return {"defines": defines, "solutions": [lessons_own], "mistakes": []}


def _context(cells: list[NotebookNode], names: set[str]) -> Iterator[str]:
    """The statements of the cells before that the names need, in their order; and NumPy."""
    kept: list[str] = []
    wanted = names | {"np"}
    for cell in reversed(cells):
        source = _NOT_CODE.sub("", cell.source)
        for node in reversed(_statements(source)):
            given = _names_given(node) & wanted
            if not given:
                continue
            wanted -= given
            if isinstance(node, ast.ImportFrom):
                node.names = [a for a in node.names if (a.asname or a.name) in given]
                kept += map(ast.unparse, _of_the_course(node))
            else:
                kept.append(ast.unparse(node))
                wanted |= _names_read(kept[-1])
    yield from reversed(kept)


def _of_the_course(node: ast.ImportFrom) -> list[ast.ImportFrom]:
    """The import itself; of a student's own answers, that of the course's."""
    if node.module != "course.mine":
        return [node]
    references = {e.answer_name: e.reference for e in EXERCISES.values()}
    homes = [".".join(references[a.name].__module__.split(".")[:2]) for a in node.names]
    return [ast.ImportFrom(home, [a], 0) for home, a in zip(homes, node.names, strict=True)]


def _statements(source: str) -> list[ast.stmt]:
    """Imports, definitions and assignments of a cell; what a cell shows or asserts is left out."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
    return [node for node in ast.parse(source).body if isinstance(node, kinds)]


def _names_given(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {n.id for n in targets if isinstance(n.ctx, ast.Store)}


def _names_read(text: str) -> set[str]:
    """The names that statements, and the functions in them, take from outside."""
    symbols = symtable.symtable(text, "<cell>", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_referenced()} | _globals_read(text)


def _sections(path: Path) -> Iterator[Section]:
    """Every solution and mistake of a file, once for each exercise above it."""
    exercises: list[str] = []
    section: Section | None = None
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "code_block" and section:
            section.blocks.append(token.content)
        elif token.type == "inline" and before and before.type == "heading_open":
            yield from _spread(section, exercises)
            section = None
            if before.tag == "h1":
                exercises = [word.strip() for word in token.content.split(",")]
            else:
                section = Section("", token.content)
        elif token.type == "inline" and before and before.type == "paragraph_open" and section:
            section.sentences.append(" ".join(token.content.split()))
        elif not token.type.endswith(("_open", "_close")):
            line = (token.map or [0])[0] + 1
            raise MistakeError(f"{path.name}, line {line}: {token.type} does not belong here")
    yield from _spread(section, exercises)


def _spread(section: Section | None, exercises: list[str]) -> Iterator[Section]:
    if section:
        for exercise in exercises:
            yield replace(section, exercise=exercise)  # the misfits are one dictionary for all


def _add(known: dict[str, Any], section: Section, file: str) -> None:
    where = f"{file}: {section.exercise}: {section.name}"
    kind, _, name = section.name.partition(": ")
    if kind == ANOTHER:
        text = "\n".join(section.blocks)
        context = known["solutions"][0]["context"]
        known["solutions"].append({"name": name, "text": text, "context": context})
        return
    sentences = [s for s in section.sentences if s != "or"]
    if not sentences or not section.blocks:
        raise MistakeError(f"{where}: a mistake is edits and a sentence for the student")
    forms: list[dict[str, Any]] = []
    for number, block in enumerate(section.blocks):
        found, reasons = _forms(block, known["solutions"], where)
        forms += found
        if found:
            section.misfits[number] = ""
        else:
            section.misfits.setdefault(number, "\n".join(reasons))
    if not forms:
        why = "\n".join(section.misfits.values())
        raise MistakeError(f"{where}: the edit fits no solution\n{why}")
    entry = {"name": section.name, "explanation": " ".join(sentences), "forms": forms}
    known["mistakes"].append(entry)


def _forms(
    block: str, solutions: list[dict[str, Any]], where: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """The block's edits of every solution that they fit, and why they do not fit the others."""
    asked = list(_asked(block, where))
    forms, reasons = [], []
    for number, solution in enumerate(solutions):
        try:
            edits = [_edit(solution["text"], before, after) for before, after in asked]
            _check_names(solution, _compiled(solution["text"], edits), edits)
        except ValueError as error:
            reasons.append(f"{solution['name']}: {error}")
        else:
            forms.append({"solution": number, "edits": edits})
    return forms, reasons


def _asked(block: str, where: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each edit of a block: the lines before, and those after."""
    for chunk in re.split(r"\n\s*\n", block.rstrip("\n")):
        lines = chunk.split("\n")
        arrows = [k for k, line in enumerate(lines) if line.strip() == "->"]
        if arrows:
            [arrow] = arrows
            common = textwrap.dedent("\n".join(lines[:arrow] + lines[arrow + 1 :])).split("\n")
            yield common[:arrow], common[arrow:] if arrow + 1 < len(lines) else []
            continue
        for line in lines:
            before, arrow_found, after = line.strip().partition(" ->")
            if not arrow_found:
                raise MistakeError(f"{where}: no arrow in the edit {line.strip()!r}")
            yield [before], [after.strip()]


def _edit(text: str, before: list[str], after: list[str]) -> tuple[int, int, str]:
    """Where the edit begins and ends in the text, and what it puts there."""
    if len(before) == 1 and len(after) == 1:
        return _edit_in_a_line(text, before[0], after[0])
    lines, found = text.split("\n"), []
    for k in range(len(lines) - len(before) + 1):
        margin = lines[k][: len(lines[k]) - len(lines[k].lstrip())]
        margin = margin[: len(margin) - (len(before[0]) - len(before[0].lstrip()))]
        if lines[k : k + len(before)] == [margin + line for line in before]:
            found.append((k, margin))
    if len(found) != 1:
        raise ValueError(f"{before[0].strip()!r} and what follows occurs {len(found)} times")
    k, margin = found[0]
    start = sum(len(line) + 1 for line in lines[:k])
    end = start + sum(len(line) + 1 for line in lines[k : k + len(before)])
    return start, end, "".join(f"{margin}{line}\n" for line in after)


def _edit_in_a_line(text: str, before: str, after: str) -> tuple[int, int, str]:
    if (count := text.count(before)) != 1:
        raise ValueError(f"{before!r} occurs {count} times")
    start = text.index(before)
    return start, start + len(before), after


def _compiled(text: str, edits: list[tuple[int, int, str]]) -> str:
    ordered = sorted(edits)
    for (_, end, _), (start, _, _) in pairwise(ordered):
        if end > start:
            raise ValueError("two of its edits change the same place")
    for start, end, new in reversed(ordered):
        text = text[:start] + new + text[end:]
    try:
        compile(text, "<edited>", "exec")
    except SyntaxError as error:
        raise ValueError(f"what comes out is no Python: {error}") from error
    return text


def _check_names(solution: dict[str, Any], edited: str, edits: list[tuple[int, int, str]]) -> None:
    """Raise ValueError where an edit reads a variable that this solution calls otherwise.

    What belongs to an object may be read: a forgotten self. is a mistake.
    """
    text = solution["text"]
    there = _globals_read(text) | set(re.findall(r"\w+", solution["context"])) | set(dir(builtins))
    there |= {n.attr for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)}
    there |= {name for node in ast.parse(edited).body for name in _names_given(node)}
    new = {word for *_, after in edits for word in re.findall(r"\w+", after)}
    if strange := (_globals_read(edited) & new) - there:
        raise ValueError(f"it has nothing that is called {' or '.join(sorted(strange))}")


def _globals_read(text: str) -> set[str]:
    """The names that functions read and do not give a value themselves."""
    names, tables = set(), symtable.symtable(text, "<edited>", "exec").get_children()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return names
