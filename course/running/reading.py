"""Notebooks that were handed in: read as data, within bounds, believing nothing."""

import contextlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOST_BYTES = 20_000_000
MOST_CELLS = 2000
MOST_SOURCE = 200_000
MOST_CODE = 4_000_000


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """A file that is no notebook; the message says why, for the student's note."""


@dataclass(frozen=True)
class Cell:
    """A code cell: its text, where it stands, and the exercise that it says it checks."""

    source: str
    number: int
    check: str = ""


@dataclass(frozen=True)
class Submitted:
    """The code cells of a submitted notebook."""

    cells: list[Cell]
    lesson: str = ""
    """What the notebook itself says it is."""
    notes: list[str] = field(default_factory=list)
    python: tuple[int, ...] = ()
    """The version of Python that it was saved with, if it says so: two numbers."""


def read_notebook(path: Path) -> Submitted:
    """The code cells of a file. Raises Unreadable."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Unreadable(
                f"the file has {size / 1e6:.0f} MB; {MOST_BYTES // 1_000_000} MB are read"
            )
        return parse_notebook(path.read_bytes())
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error


def parse_notebook(data: bytes) -> Submitted:
    """The code cells of a notebook's bytes. Raises Unreadable."""
    try:
        notebook = json.loads(_text(data))
    except UnicodeDecodeError as error:
        raise Unreadable("the file is no text, so it is no notebook") from error
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:100]
        raise Unreadable(f"the file is no JSON, so it is no notebook: {reason}") from error
    cells = _at(notebook, "cells")
    if cells is None:
        cells = _at(_first(_at(notebook, "worksheets")), "cells")  # the format of old
    if not isinstance(cells, list):
        raise Unreadable("the file is JSON, but no notebook: it has no cells")
    notes = [] if len(cells) <= MOST_CELLS else [f"only the first {MOST_CELLS} cells were read"]
    read = [_cell(k, cell, notes) for k, cell in enumerate(cells[:MOST_CELLS], start=1)]
    code = [cell for cell in read if cell]
    if sum(len(cell.source) for cell in code) > MOST_CODE:
        raise Unreadable(f"it holds more than {MOST_CODE:,} characters of code")
    lesson = _words(_at(notebook, "metadata", "course", "lesson"))
    python = re.match(r"(\d{1,3})\.(\d{1,3})\b", _words(_at(notebook, *_VERSION)))
    return Submitted(code, lesson, notes, tuple(map(int, python.groups())) if python else ())


_VERSION = ("metadata", "language_info", "version")


def _at(value: Any, *keys: str) -> Any:
    """What lies in dictionaries within dictionaries; None where one is missing, or is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _text(data: bytes) -> str:
    """In the encoding that the bytes themselves show; else as editors of old have written it."""
    shown = json.detect_encoding(data)
    if shown != "utf-8":
        return data.decode(shown)
    for encoding in ("utf-8", "cp1252"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("latin-1")


def slim(submitted: Submitted) -> bytes:
    """A notebook that is read as the same code cells, and holds nothing else."""
    cells: list[dict] = [{} for _ in range(max((c.number for c in submitted.cells), default=0))]
    for cell in submitted.cells:
        check = {"check": cell.check}
        cells[cell.number - 1] = {"cell_type": "code", "source": cell.source, "metadata": check}
    version = {"version": ".".join(map(str, submitted.python))}
    metadata = {"course": {"lesson": submitted.lesson}, "language_info": version}
    return json.dumps({"cells": cells, "metadata": metadata}).encode()


def _cell(number: int, cell: Any, notes: list[str]) -> Cell | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    if len(source) > MOST_SOURCE:
        notes.append(f"cell {number} has more than {MOST_SOURCE:,} characters and was not run")
        return None
    source = source.encode("utf-8", "replace").decode()  # half an emoji is no text
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Cell(source, number, _words(_at(cell, "metadata", "check")))
