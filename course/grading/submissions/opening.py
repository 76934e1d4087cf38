"""The process that opens what strangers handed in: a line of JSON in, a line of JSON out.

A question is a place: a path and, inside archives, the number of each member on the way. Started
by `supervised.py`, which ends this process when it takes too long at one.
"""

import json
import os
import secrets
import signal
import stat
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from course.running.inside import process_limits
from course.running.reading import MOST_BYTES, Unreadable, parse_notebook, slim

Place = tuple[Any, ...]
MOST_ENTRIES = 50_000
MOST_ZIP_BYTES = 250_000_000
"""Of a zip inside another one, which has to be unpacked."""
MOST_BESIDE_BYTES = 1_000_000
_LONGEST_NAME = 300
_UTF8 = 0x800
_KINDS = {stat.S_IFDIR: "folder", stat.S_IFREG: "file", 0: "file", stat.S_IFLNK: "link"}


def main() -> None:
    """Answer until nothing is asked any more."""
    process_limits.apply()
    tempfile.tempdir = sys.argv[1]
    for line in sys.stdin:
        place, seconds = json.loads(line)
        signal.alarm(seconds)  # should nobody be there any more to end this process
        print(json.dumps(_answer(tuple(place))), flush=True)
        signal.alarm(0)


def _answer(place: Place) -> dict[str, Any]:
    try:
        return _look(place)
    except Unreadable as error:
        return {"refused": str(error)}
    except OSError as error:
        return {"refused": f"cannot be read: {error.strerror or error}"}
    except (RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        return {"refused": f"cannot be read out of the zip: {error}"}
    except (NotImplementedError, ValueError) as error:
        return {"refused": f"packed in a way that cannot be read: {error}"}
    except MemoryError:
        return {"refused": "to read it takes too much memory"}


def _look(place: Place) -> dict[str, Any]:
    name = _name_at(place).lower()
    if len(place) == 1 and stat.S_ISDIR(os.lstat(place[0]).st_mode):
        return {"entries": _of_folder(place[0])}
    if name.endswith(".zip"):
        return {"entries": list(_of_zip(_archive(place)))}
    if name.endswith(".py"):
        text = _bytes_at(place, MOST_BESIDE_BYTES).decode("utf-8-sig", "replace")
        return {"spooled": _spool(text.encode())}
    data = _bytes_at(place, MOST_BYTES)
    submitted = parse_notebook(data)
    told = {"lesson": submitted.lesson, "notes": submitted.notes}
    code = slim(submitted)
    return told | {"spooled": _spool(code), "size": len(code)}


def _of_folder(path: str) -> list[tuple]:
    entries = []
    with os.scandir(path) as scanned:
        for entry in scanned:
            about = entry.stat(follow_symlinks=False)
            kind = _KINDS.get(stat.S_IFMT(about.st_mode), "other")
            entries.append((entry.name, kind, about.st_mtime, entry.name))
            _check_count(len(entries), "folder")
    return sorted(entries)


def _of_zip(archive: zipfile.ZipFile) -> Iterator[tuple]:
    for number, member in enumerate(archive.infolist()):
        if not member.is_dir():
            # a zip that was not made on Unix says nothing about the kind
            kind = _KINDS.get(stat.S_IFMT(member.external_attr >> 16), "other")
            name = _name_of(member)[:_LONGEST_NAME]
            yield name, kind, _seconds(member.date_time), number


def _check_count(count: int, what: str) -> None:
    if count > MOST_ENTRIES:
        raise Unreadable(f"the {what} holds more than {MOST_ENTRIES} files")


def _name_at(place: Place) -> str:
    return _member(place).filename if len(place) > 1 else place[0]


def _member(place: Place) -> zipfile.ZipInfo:
    return _archive(place[:-1]).infolist()[place[-1]]


@lru_cache(maxsize=4)
def _archive(place: Place) -> zipfile.ZipFile:
    """An open zip; kept, since to open one of many files takes long."""
    file = _opened(place, MOST_ZIP_BYTES)
    if len(place) > 1:
        unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as its zip is
        for _ in range(0, MOST_ZIP_BYTES, 2**20):
            unpacked.write(file.read(2**20))
        file = unpacked
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise Unreadable(f"the zip cannot be opened: {error}") from error
    members = archive.infolist()
    _check_count(len(members), "zip")
    if len({member.header_offset for member in members}) < len(members):
        raise Unreadable("the zip lists one file several times")
    return archive


def _opened(place: Place, most: int) -> IO[bytes]:
    """A regular file, or a member of a zip, that says it has at most so many bytes."""
    if len(place) > 1:
        member = _member(place)
        _check_size(member.file_size, most)
        return _archive(place[:-1]).open(member)
    # a pipe must not make us wait for what comes out of it, nor a link lead us elsewhere
    descriptor = os.open(place[0], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    file = os.fdopen(descriptor, "rb")
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode):
        raise Unreadable("no regular file")
    if not place[0].lower().endswith(".zip"):
        _check_size(about.st_size, most)
    return file


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise Unreadable(f"a file of {size / 1e6:.0f} MB; at most {most // 10**6} MB are read")


def _bytes_at(place: Place, most: int) -> bytes:
    with _opened(place, most) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Unreadable("it unpacks to more than its zip says")
    return data


def _spool(data: bytes) -> str:
    """Keep what was read for the main process; the name of the file."""
    path = Path(tempfile.gettempdir(), secrets.token_hex(8))
    path.write_bytes(data)
    return path.name


def _seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    """As a file's own time is told; what a zip says of it may be no date at all."""
    try:
        return time.mktime((*date_time, 0, 0, -1))
    except (ValueError, OverflowError, OSError):
        return 0.0


def _name_of(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 and do not say so."""
    name = member.filename.replace("\\", "/")
    if member.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


if __name__ == "__main__":
    main()
