"""Zips that were handed in, read without unpacking: nothing is written, little is read."""

import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course.running.reading import MOST_BYTES, Unreadable

MOST_IN_ALL = 4 * 10**9
MOST_MEMBERS = 20_000
_UTF8 = 0x800


@dataclass(frozen=True)
class Member:
    """A file in a zip."""

    name: str
    read: Callable[[], bytes]
    time: float


def open_members(path: Path) -> Iterator[Member]:
    """The notebooks in a zip. Raises Unreadable where it is none, or holds too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise Unreadable(f"the zip cannot be opened: {error}") from error
    if len(members) > MOST_MEMBERS:
        raise Unreadable(f"the zip holds {len(members)} files; at most {MOST_MEMBERS} are read")
    if sum(member.file_size for member in members) > MOST_IN_ALL:
        raise Unreadable(f"the zip unpacks to more than {MOST_IN_ALL // 10**9} GB")
    if len({member.header_offset for member in members}) < len(members):
        raise Unreadable("the zip lists one file several times")
    for member in members:
        if not member.is_dir() and member.filename.lower().endswith(".ipynb"):
            yield Member(_name(member), _reader(path, member), _seconds(member.date_time))


def _seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    """As a file's own time is told; what a zip says of it may be no date at all."""
    try:
        return time.mktime((*date_time, 0, 0, -1))
    except (ValueError, OverflowError, OSError):
        return 0.0


def _name(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: many programs write UTF-8 and do not say so."""
    name = member.filename.replace("\\", "/")
    if member.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


def _reader(path: Path, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if member.file_size > MOST_BYTES:
            size, most = member.file_size / 1e6, MOST_BYTES // 10**6
            raise Unreadable(f"a file of {size:.0f} MB; at most {most} MB are read")
        try:
            with zipfile.ZipFile(path) as archive, archive.open(member) as file:
                data = file.read(MOST_BYTES + 1)
        except (OSError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise Unreadable(f"cannot be read out of the zip: {error}") from error
        except (NotImplementedError, ValueError) as error:
            raise Unreadable(f"packed in a way that cannot be read: {error}") from error
        if len(data) > MOST_BYTES:
            raise Unreadable("it unpacks to more than its zip says")
        return data

    return read
