"""Go through everything that was handed in: folders, zips, and zips in these."""

import os
import re
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course.grading.submissions.found import Found, Owner, is_of_a_class, owner_of
from course.grading.submissions.supervised import Opener
from course.running.reading import Unreadable

SECONDS_EACH, SECONDS_IN_ALL = 30.0, 3600.0
"""Wall time for what one student has handed in, and for everybody's."""
BYTES_EACH = 50_000_000
"""Of one student's code."""
MOST_OPENED, MOST_NAMED = 1000, 100
"""Files of one student that are opened, and that are named though they are of no use."""
_DEEPEST_ZIP, _DEEPEST_FOLDER = 3, 50
_USE = re.compile(r"(?P<folder>\.zip$)|(?P<python>\.py$)|(?P<notebook>\.ipynb(\.txt)?$|\.json$)")
"""Of a file, by the end of its name; browsers put another behind a notebook's, or in its place."""
_OF_A_SYSTEM = re.compile(r"(^|/)(__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini)(/|$)")
_HIDDEN = re.compile(r"^((?:.*?/)??(?:\.[^/]+|site-packages|node_modules|__pycache__))(/|$)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WHY_NOT = {
    "link": "a link; links are not followed",
    "other": "no regular file",
    "hidden": "a program keeps it; not looked into",
    ".html": "a page, no notebook",
    **dict.fromkeys((".rar", ".7z", ".tar", ".gz", ".tgz", ".xz"), "packed; only zips are opened"),
}


class Walk:
    """A walk through the submissions; what one student hands in costs no other the time."""

    def __init__(self, folder: Path, opener: Opener, out: Path | None) -> None:
        self.root, self.opener = folder.resolve(), opener
        self.out = str(out.resolve()) if out else ""
        self.ends = time.monotonic() + SECONDS_IN_ALL
        self.seconds: defaultdict = defaultdict(float)
        self.bytes: Counter = Counter()
        self.counts: Counter = Counter()
        self.unnamed: Counter = Counter()

    def files(self) -> Iterator[Found]:
        """Every file, those that are notebooks with what was read of them."""
        yield from self._within(Found(Owner(""), "", (str(self.root),), self.opener))

    def _within(self, parent: Found) -> Iterator[Found]:
        """The files of a folder or zip; a zip that cannot be opened, or holds nothing, itself."""
        if len(parent.place) > _DEEPEST_ZIP or parent.where.count("/") > _DEEPEST_FOLDER:
            parent.refused, entries = "it lies too deep", []
        else:
            entries = self._look(parent).get("entries", [])
        is_zip = parent.where.lower().endswith(".zip")
        if is_zip and "/" not in parent.where and is_of_a_class([entry[0] for entry in entries]):
            parent.refused, entries = "it holds what a class has handed in: grade it by itself", []
        elif is_zip and not entries:
            parent.refused = parent.refused or "the zip is empty"
        seen: set[str] = set()
        for name, kind, changed, key in entries:
            if hidden := _HIDDEN.match(name):
                name, kind = hidden[1], "hidden"
            if not _OF_A_SYSTEM.search(name) and not (hidden and name in seen):
                yield from self._entry(_child(parent, name, changed, key, kind == "folder"), kind)
            seen |= {name} if hidden else set()
        if parent.refused:
            parent.where = parent.where or self.root.name
            yield parent

    def _entry(self, found: Found, kind: str) -> Iterator[Found]:
        """What is at one place; what a student hands in beyond all measure is only counted."""
        lower = found.where.lower()
        if kind == "file" and (match := _USE.search(lower)):
            kind = str(match.lastgroup)
        of_use = kind in ("folder", "python", "notebook")
        who = found.owner[:2]
        self.counts[who, of_use and kind] += 1
        if found.place[0] == self.out:
            return
        if self.counts[who, of_use and kind] > (MOST_OPENED if of_use else MOST_NAMED):
            self.unnamed[who] += 1
        elif found.refused or kind != "folder":
            if not found.refused and kind == "notebook":
                self.read(found)
                found.is_notebook = bool(found.spooled) or lower.endswith(".ipynb")
            elif not of_use:
                word = os.path.splitext(lower)[1] if kind == "file" else kind
                found.refused = found.refused or _WHY_NOT.get(word, "no notebook")
            yield found
        else:
            yield from self._within(found)

    def read(self, found: Found) -> None:
        """Take in what was read of a notebook or of a Python file."""
        told = self._look(found)
        found.spooled, found.notes = told.get("spooled", ""), told.get("notes", [])
        found.lesson = told.get("lesson", found.lesson)
        self.bytes[found.owner[:2]] += told.get("size", 0)
        if self.bytes[found.owner[:2]] > BYTES_EACH:
            found.refused = f"with it, there is code of more than {BYTES_EACH // 10**6} MB"
            (self.opener.folder / found.spooled).unlink(missing_ok=True)
            found.spooled = ""

    def _look(self, found: Found) -> dict[str, Any]:
        who, begun = found.owner[:2], time.monotonic()
        left = min(SECONDS_EACH - self.seconds[who], self.ends - begun)
        told = self.opener.look(found.place, left) if left > 0 else {"refused": "no time was left"}
        self.seconds[who] += time.monotonic() - begun
        found.refused = told.get("refused", "")
        return told


def _child(parent: Found, name: str, changed: float, key: Any, is_folder: bool) -> Found:
    """A file of a folder or zip. What is in a student's zip is this student's."""
    name = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", name.encode("utf-8", "replace").decode())
    parts = [p for p in unicodedata.normalize("NFC", name).split("/") if p not in ("", "..", ".")]
    name = "/".join(parts) or "?"
    packed = isinstance(key, int)
    above = parent.where[:-4] if packed else parent.where
    where = f"{above}/{name}" if above else name
    place = (*parent.place, key) if packed else (os.path.join(parent.place[0], key),)
    # what comes from the future is no newer than the rest
    found = Found(parent.owner, where, place, parent.opener, min(changed, time.time()))
    if packed and above:
        found.owner = parent.owner._replace(file=f"{parent.owner.file}/{name}")
        return found
    try:
        found.owner = owner_of(*where.split("/"), *["*"] * is_folder)
    except Unreadable as error:
        found.owner, found.refused = Owner(""), str(error)
    return found
