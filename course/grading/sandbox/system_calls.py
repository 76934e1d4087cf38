"""The system calls that a kernel is refused: those for memory that no limit of a process counts."""

import os
import struct

_CALLS = {"x86_64": (0xC000003E, (319, 29)), "aarch64": (0xC00000B7, (279, 194))}
"""By machine: how seccomp calls it, and the numbers of memfd_create and shmget."""
_LOAD, _EQUAL, _AT_LEAST, _ANSWER = 0x20, 0x15, 0x35, 0x06
_ALLOWED, _NOT_PERMITTED = 0x7FFF0000, 0x50001
_OTHER_NUMBERING = 1 << 30
"""Calls from here on are those of 32-bit programs, with numbers of their own."""


def refusals() -> bytes:
    """A filter for bubblewrap's --seccomp; empty for a machine whose numbers are not known here.

    It is a program of Berkeley's packet filter: load a word, compare and jump, answer.
    """
    machine, calls = _CALLS.get(os.uname().machine, (0, ()))
    if not calls:
        return b""
    compare = [(_AT_LEAST, _OTHER_NUMBERING), *((_EQUAL, call) for call in calls)]
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 0, len(compare) + 2, machine), (_LOAD, 0, 0, 0)]
    program += [(how, len(compare) - k, 0, call) for k, (how, call) in enumerate(compare)]
    program += [(_ANSWER, 0, 0, _ALLOWED), (_ANSWER, 0, 0, _NOT_PERMITTED)]
    return b"".join(struct.pack("HBBI", *line) for line in program)
