"""Opens what strangers handed in: a process that is ended when one file is too much for it.

A question is what is thought to be at a place, and the place: a path and, inside archives, the
number of each member on the way.
"""

import os
import shutil
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import IO, Any

from course.grading.workers.child import answer_with
from course.running.reading import MOST_BYTES, Unreadable, parse_notebook, slim

Place = tuple[Any, ...]
MOST_ENTRIES = 50_000
MOST_ZIP_BYTES = 250_000_000
"""Of a zip inside another one, which has to be unpacked."""
MOST_BESIDE_BYTES = 1_000_000
_KINDS = {stat.S_IFDIR: "folder", stat.S_IFREG: "file", 0: "file", stat.S_IFLNK: "link"}


def answer(question: list) -> dict[str, Any]:
    """What is there: `entries`, or the file with what was `spooled`, or why it is `refused`."""
    kind, place = question
    try:
        return _look(kind, tuple(place))
    except Unreadable as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "to read it takes too much memory"}
    except Exception as error:  # there is no end to what may be wrong with a file
        return {"refused": f"cannot be opened: {getattr(error, 'strerror', None) or error}"}


def _look(kind: str, place: Place) -> dict[str, Any]:
    if kind in ("folder", "zip"):
        listed = _of_folder(place[0]) if kind == "folder" else _of_zip(_archive(place))
        entries = sorted(islice(listed, MOST_ENTRIES + 1))
        if len(entries) > MOST_ENTRIES:
            raise Unreadable(f"it holds more than {MOST_ENTRIES} files")
        return {"entries": entries}
    most = MOST_BESIDE_BYTES if kind == "python" else MOST_BYTES
    with _opened(place, most) as file:
        data = file.read(most)
    told = {}
    if kind == "notebook":
        submitted = parse_notebook(data)
        told = {"lesson": submitted.lesson, "notes": submitted.notes}
        data = slim(submitted)
    with tempfile.NamedTemporaryFile(delete=False) as spooled:
        spooled.write(data)
    return told | {"spooled": spooled.name, "size": len(data)}


def _of_folder(path: str) -> Iterator[tuple]:
    with os.scandir(path) as scanned:
        for entry in scanned:
            about = entry.stat(follow_symlinks=False)
            kind = _KINDS.get(stat.S_IFMT(about.st_mode), "other")
            yield entry.name, kind, about.st_mtime, entry.name


def _of_zip(archive: zipfile.ZipFile) -> Iterator[tuple]:
    for number, member in enumerate(archive.infolist()):
        if not member.is_dir():
            # a zip that was not made on Unix says nothing about the kind
            kind = _KINDS.get(stat.S_IFMT(member.external_attr >> 16), "other")
            yield _name_of(member), kind, _seconds(member.date_time), number


@lru_cache(maxsize=4)
def _archive(place: Place) -> zipfile.ZipFile:
    """An open zip; kept, since to open one of many files takes long."""
    file = _opened(place, MOST_ZIP_BYTES if len(place) > 1 else sys.maxsize)
    if len(place) > 1:
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as its zip is
        shutil.copyfileobj(file, unpacked)
        file = unpacked
    archive = zipfile.ZipFile(file)
    members = archive.infolist()
    if len({member.header_offset for member in members}) < len(members):
        raise Unreadable("the zip lists one file several times")
    return archive


def _opened(place: Place, most: int) -> IO[bytes]:
    """A regular file, or a member of a zip, that says it has at most so many bytes."""
    file: IO[bytes]
    if len(place) > 1:
        archive = _archive(place[:-1])
        member = archive.infolist()[place[-1]]
        file, size = archive.open(member), member.file_size
    else:
        # a pipe must not make us wait for what comes out of it, nor a link lead us elsewhere
        descriptor = os.open(place[0], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        file, about = os.fdopen(descriptor, "rb"), os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("no regular file")
        size = about.st_size
    if size > most:
        raise Unreadable(f"a file of {size / 1e6:.0f} MB; at most {most // 10**6} MB are read")
    return file


def _seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    """As a file's own time is told; what a zip says of it may be no date at all."""
    try:
        return time.mktime((*date_time, 0, 0, -1))
    except (ValueError, OverflowError, OSError):
        return 0.0


def _name_of(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 and do not say so."""
    name = member.filename.replace("\\", "/")
    if member.flag_bits & 0x800:  # it says that it is UTF-8
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


if __name__ == "__main__":
    answer_with(lambda *_: answer)
