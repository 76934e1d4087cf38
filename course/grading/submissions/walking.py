"""Go through everything that was handed in: folders, zips, and zips in these."""

import json
import os
import re
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course.grading.results import shown
from course.grading.submissions.found import Found, Owner, is_of_a_class, owner_of
from course.grading.workers.child import Child

PROGRAM = ("-m", "course.grading.submissions.opening")
LIMITS = json.dumps({"RLIMIT_AS": 2**30, "RLIMIT_FSIZE": 300_000_000, "RLIMIT_NOFILE": 64})
SECONDS_EACH = 30.0
"""Wall time for what one student has handed in."""
BYTES_EACH = 50_000_000
"""Of one student's code."""
MOST_OPENED, MOST_NAMED = 1000, 100
"""Files of a kind of one student that are opened, and that are named though they are of no use."""
_DEEPEST_PLACE, _DEEPEST_FOLDER, _LONGEST_NAME = 4, 50, 300
_USE = re.compile(
    r"(?P<notebook>\.ipynb(\.txt)?$|\.json$)|(?P<python>\.py$)|(?P<zip>\.zip$)"
    r"|(?P<packed>\.(rar|7z|tar|t?[gx]z|t?bz2)$)|(?P<page>\.html?$)",
    re.IGNORECASE,
)
"""Of a file, by the end of its name; browsers put another behind a notebook's, or in its place."""
_OF_A_SYSTEM = re.compile(r"(^|/)(__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini)(/|$)")
_HIDDEN = re.compile(r"^((?:.*?/)??(?:\.[^/]+|site-packages|node_modules|__pycache__))(/|$)")
_WHY_NOT = {
    "file": "no notebook",
    "link": "a link; links are not followed",
    "other": "no regular file",
    "hidden": "a program keeps it; not looked into",
    "packed": "packed; only zips are opened",
    "page": "a page, no notebook",
}


class Walk:
    """A walk through the submissions; what one student hands in costs no other the time."""

    def __init__(self, folder: Path, out: Path | None) -> None:
        self.root = folder.resolve()
        self.out = str(out.resolve()) if out else ""
        self.reader = Child(PROGRAM, COURSE_LIMITS=LIMITS)
        self.seconds: defaultdict = defaultdict(float)
        self.bytes: Counter = Counter()
        self.counts: Counter = Counter()
        self.unnamed: Counter = Counter()

    def files(self) -> Iterator[Found]:
        """Every file, those that are notebooks with what was read of them."""
        kind = "folder" if self.root.is_dir() else "zip"
        yield from self._within(Found(Owner(""), "", kind, (str(self.root),), self.reader))
        for who, count in self.unnamed.items():
            where, why = f"{who[0]}/…", f"{count} more files"
            yield Found(Owner(*who), where, "file", (), self.reader, refused=why)

    def _within(self, parent: Found) -> Iterator[Found]:
        """The files of a folder or zip; a zip that cannot be opened, or holds nothing, itself."""
        entries, seen = self._look(parent).get("entries", []), set()
        loose_zip = parent.kind == "zip" and parent.where and "/" not in parent.where
        if loose_zip and is_of_a_class([entry[0] for entry in entries]):
            parent.refused, entries = "it holds what a class has handed in: grade it by itself", []
        elif parent.kind == "zip" and not entries:
            parent.refused = parent.refused or "the zip is empty"
        for name, kind, changed, key in entries:
            if hidden := _HIDDEN.match(name):
                name, kind = hidden[1], "hidden"
            if not _OF_A_SYSTEM.search(name) and not (hidden and name in seen):
                yield from self._entry(_child(parent, name, kind, changed, key))
            seen.add(name)
        if parent.refused:
            parent.where = parent.where or self.root.name
            yield parent

    def _entry(self, found: Found) -> Iterator[Found]:
        """What is at one place; what a student hands in beyond all measure is only counted."""
        if found.place[0] == self.out:
            return
        who, most = found.owner[:2], MOST_NAMED if found.refused else MOST_OPENED
        self.counts[who, found.kind] += 1
        if self.counts[who, found.kind] > most:
            self.unnamed[who] += 1
        elif found.kind in ("folder", "zip"):
            yield from self._within(found)
        else:
            if found.kind == "notebook":
                self.read(found)
            yield found

    def read(self, found: Found) -> None:
        """Take in what was read of a notebook or of a Python file."""
        who = found.owner[:2]
        if self.bytes[who] > BYTES_EACH:
            found.refused = f"before it, there is code of more than {BYTES_EACH // 10**6} MB"
            return
        told = self._look(found)
        found.spooled, found.notes = told.get("spooled", ""), told.get("notes", [])
        found.lesson = told.get("lesson", found.lesson)
        self.bytes[who] += told.get("size", 0)

    def _look(self, found: Found) -> dict[str, Any]:
        who, begun = found.owner[:2], time.monotonic()
        left = SECONDS_EACH - self.seconds[who]
        if len(found.place) > _DEEPEST_PLACE or found.where.count("/") > _DEEPEST_FOLDER:
            told: dict[str, Any] = {"refused": "it lies too deep"}
        elif left <= 0:
            told = {"refused": "no time was left"}
        else:
            try:
                told = self.reader.ask([found.kind, found.place], left)
            except OSError as error:
                told = {"refused": f"cannot be opened: {error}"}
        self.seconds[who] += time.monotonic() - begun
        found.refused = told.get("refused", "")
        return told


def _child(parent: Found, name: str, kind: str, changed: float, key: Any) -> Found:
    """A file of a folder or zip. What is in a student's zip is this student's."""
    name = unicodedata.normalize("NFC", shown(name, _LONGEST_NAME))
    name = "/".join(p for p in name.split("/") if p not in ("", "..", ".")) or "?"
    packed = isinstance(key, int)
    above = parent.where[:-4] if packed else parent.where
    where = f"{above}/{name}" if above else name
    if kind == "file" and (use := _USE.search(name)):
        kind = str(use.lastgroup)
    place = (*parent.place, key) if packed else (os.path.join(parent.place[0], key),)
    if packed and above:
        owner = parent.owner._replace(file=f"{parent.owner.file}/{name}")
    else:
        owner = owner_of(where, is_folder=kind == "folder")
    why = _WHY_NOT.get(kind, "")
    if owner == Owner(""):
        kind, why = "other", "its name says more than one student"
    # what comes from the future is no newer than the rest
    changed = min(changed, time.time())
    return Found(owner, where, kind, place, parent.reader, changed, refused=why)
