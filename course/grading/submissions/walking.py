"""Go through everything that was handed in: folders, zips, and zips in these."""

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
from course.grading.submissions.opening import Opener

SECONDS_EACH, SECONDS_IN_ALL = 30.0, 3600.0
"""Wall time for what one student has handed in, and for everybody's."""
BYTES_EACH = 50_000_000
"""Of one student's code."""
MOST_OPENED, MOST_NAMED = 1000, 100
"""Files of a kind of one student that are opened, and that are named though they are of no use."""
_DEEPEST_ZIP, _DEEPEST_FOLDER, _LONGEST_NAME = 3, 50, 300
_USE = re.compile(
    r"(?P<notebook>\.ipynb(\.txt)?$|\.json$)|(?P<python>\.py$)|(?P<zip>\.zip$)"
    r"|(?P<packed>\.(rar|7z|tar|t?[gx]z|t?bz2)$)|(?P<page>\.html?$)",
    re.IGNORECASE,
)
"""Of a file, by the end of its name; browsers put another behind a notebook's, or in its place."""
_OF_A_SYSTEM = re.compile(r"(^|/)(__MACOSX|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini)(/|$)")
_HIDDEN = re.compile(r"^((?:.*?/)??(?:\.[^/]+|site-packages|node_modules|__pycache__))(/|$)")
_WHY_NOT = {
    "link": "a link; links are not followed",
    "other": "no regular file",
    "hidden": "a program keeps it; not looked into",
    "packed": "packed; only zips are opened",
    "page": "a page, no notebook",
}


class Walk:
    """A walk through the submissions; what one student hands in costs no other the time."""

    def __init__(self, folder: Path, out: Path | None) -> None:
        self.root, self.opener = folder.resolve(), Opener()
        self.out = str(out.resolve()) if out else ""
        self.ends = time.monotonic() + SECONDS_IN_ALL
        self.seconds: defaultdict = defaultdict(float)
        self.bytes: Counter = Counter()
        self.counts: Counter = Counter()
        self.unnamed: Counter = Counter()

    def files(self) -> Iterator[Found]:
        """Every file, those that are notebooks with what was read of them."""
        kind = "folder" if self.root.is_dir() else "zip"
        yield from self._within(Found(Owner(""), "", kind, (str(self.root),), self.opener))

    def _within(self, parent: Found) -> Iterator[Found]:
        """The files of a folder or zip; a zip that cannot be opened, or holds nothing, itself."""
        if len(parent.place) > _DEEPEST_ZIP or parent.where.count("/") > _DEEPEST_FOLDER:
            parent.refused, entries = "it lies too deep", []
        else:
            entries = self._look(parent).get("entries", [])
        if parent.kind == "zip" and not (entries or parent.refused):
            parent.refused = "the zip is empty"
        is_loose_zip = parent.kind == "zip" and parent.where and "/" not in parent.where
        if is_loose_zip and is_of_a_class([entry[0] for entry in entries]):
            parent.refused, entries = "it holds what a class has handed in: grade it by itself", []
        seen: set[str] = set()
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
        who, is_of_use = found.owner[:2], found.kind in ("folder", "zip", "python", "notebook")
        self.counts[who, found.kind] += 1
        if self.counts[who, found.kind] > (MOST_OPENED if is_of_use else MOST_NAMED):
            self.unnamed[who] += 1
        elif found.kind in ("folder", "zip"):
            yield from self._within(found)
        else:
            if found.kind == "notebook":
                self.read(found)
            elif not is_of_use:
                found.refused = found.refused or _WHY_NOT.get(found.kind, "no notebook")
            yield found

    def read(self, found: Found) -> None:
        """Take in what was read of a notebook or of a Python file."""
        told, who = self._look(found), found.owner[:2]
        found.spooled, found.notes = told.get("spooled", ""), told.get("notes", [])
        found.lesson = told.get("lesson", found.lesson)
        self.bytes[who] += told.get("size", 0)
        if self.bytes[who] > BYTES_EACH:
            found.refused = f"with it, there is code of more than {BYTES_EACH // 10**6} MB"
            Path(found.spooled).unlink(missing_ok=True)
            found.spooled = ""

    def _look(self, found: Found) -> dict[str, Any]:
        who, begun = found.owner[:2], time.monotonic()
        left = min(SECONDS_EACH - self.seconds[who], self.ends - begun)
        told = {"refused": "no time was left"}
        if left > 0:
            told = self.opener.look(found.kind, found.place, left)
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
    # what comes from the future is no newer than the rest
    found = Found(owner, where, kind, place, parent.opener, min(changed, time.time()))
    if owner == Owner(""):
        found.kind, found.refused = "other", "its name says more than one student"
    return found
