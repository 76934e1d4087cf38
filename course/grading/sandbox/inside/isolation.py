"""Namespaces of its own for a process that was forked inside the sandbox.

bubblewrap holds the process from which kernels are forked. Each kernel then leaves it for user,
process, mount, IPC and network namespaces of its own, so that it neither sees nor reaches another
one, and for the loss of every privilege that this gave it.
"""

import ctypes
import os
import struct
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
PR_SET_SECCOMP = 22
CAPABILITY_VERSION = 0x20080522
SIGKILL = 9
NOT_ISOLATED = 77
"""The exit code of a kernel for which the system gives no namespaces of its own."""

_libc = ctypes.CDLL(None, use_errno=True)


def leave() -> None:
    """Enter new namespaces; a fork after this has no others. Raises OSError."""
    uid, gid = os.getuid(), os.getgid()
    spaces = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET
    _call("unshare", spaces | CLONE_NEWUTS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def make_private_folders(size: int) -> None:
    """Empty folders to write to, and a /proc that shows nobody. Raises OSError."""
    options = f"size={size},nr_inodes=4096,mode=0700".encode()
    for place in ("/dev/shm", "/home/student", "/tmp"):
        _mount(b"tmpfs", place, b"tmpfs", MS_NOSUID | MS_NODEV, options)
    try:
        _mount(b"proc", "/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    except OSError:  # where bubblewrap's own /proc is partly covered, an empty one has to do
        _mount(b"tmpfs", "/proc", b"tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, b"size=4096")
    os.chdir("/home/student")


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    for capability in range(64):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    _call("capset", header, none)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Be ended when the process that forked this one ends."""
    _libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def forbid_inspection() -> None:
    """Let no process of the same user look into this one."""
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


_CALLS = {"x86_64": (0xC000003E, (319, 29)), "aarch64": (0xC00000B7, (279, 194))}
"""By machine: how seccomp calls it, and the numbers of memfd_create and shmget."""


def forbid_memory_that_is_not_counted() -> None:
    """Refuse files that lie in memory and have no name, for good: no limit of a process sees them.

    The filter is a program for the kernel: load, compare, jump, return.
    """
    machine, calls = _CALLS.get(os.uname().machine, (0, ()))
    if not calls:
        return
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    compare = [(at_least, 1 << 30), *((equal, call) for call in calls)]
    program = [(load, 0, 0, 4), (equal, 0, len(compare) + 2, machine), (load, 0, 0, 0)]
    program += [(how, len(compare) - k, 0, call) for k, (how, call) in enumerate(compare)]
    program += [(answer, 0, 0, 0x7FFF0000), (answer, 0, 0, 0x50001)]  # allowed; not permitted
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(lines))
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header), 0, 0)


def _mount(source: bytes, place: str, kind: bytes, flags: int, options: bytes | None) -> None:
    _call("mount", source, place.encode(), kind, ctypes.c_ulong(flags), options)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
