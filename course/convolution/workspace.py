"""Memory that is kept from call to call: new memory costs more time than many a copy.

The system hands out new memory in pages, each when it is first written to, and clears it before.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import DTypeLike

KEPT = 2**26  # bytes at most
PART = 2**13  # numbers; so many, of source and target, stay in the nearest cache
LINE = 64  # bytes of the cache that are read together

_free: list["Workspace"] = []


class Workspace:
    """Arrays by name, in one piece of memory that is as large as they were the last time."""

    def __init__(self) -> None:
        self.memory = np.empty(0, np.uint8)
        self.arrays: dict[str, np.ndarray] = {}
        self.used = 0  # bytes

    def array(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array with any numbers in it. It takes the place of the last one of this name."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if name not in self.arrays or self.arrays[name].size < size:
            self.arrays[name] = self._take(size)
        return self.arrays[name][:size].view(dtype).reshape(shape)

    def zeros(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """The same, filled with zeros."""
        array = self.array(name, shape, dtype)
        array.fill(0)
        return array

    def padded(self, name: str, inside: np.ndarray, *widths: tuple[int, int]) -> np.ndarray:
        """A copy with so many zeros before and after along each axis, as from np.pad."""
        ends = [(a, a + size, z) for size, (a, z) in zip(inside.shape, widths, strict=True)]
        array = self.array(name, tuple(end + z for _, end, z in ends), inside.dtype)
        middle = tuple(slice(a, end) for a, end, _ in ends)
        for axis, part in enumerate(middle):
            array[(*middle[:axis], slice(part.start))] = 0
            array[(*middle[:axis], slice(part.stop, None))] = 0
        array[middle] = inside
        return array

    def _take(self, size: int) -> np.ndarray:
        first = self.used
        self.used += math.ceil(size / LINE) * LINE
        enough = self.used <= self.memory.size
        return self.memory[first : first + size] if enough else np.empty(size, np.uint8)

    def clear(self) -> None:
        """Let go of all arrays, and see to memory for as many the next time."""
        self.arrays.clear()
        if self.memory.size < self.used <= KEPT:
            self.memory = np.empty(self.used, np.uint8)
        self.used = 0


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A workspace that nobody else has in the meantime, whatever threads there are."""
    try:
        mine = _free.pop()
    except IndexError:
        mine = Workspace()
    yield mine
    mine.clear()
    _free.append(mine)


def forget() -> None:
    """Give the memory that is kept back to the system."""
    _free.clear()


def copy_in_parts(target: np.ndarray, source: np.ndarray, axis: int) -> None:
    """Copy between arrays with axes in another order in memory, in parts that stay in the cache."""
    count = target.shape[axis]
    step = max(1, PART * count // target.size)
    before = (slice(None),) * axis
    for first in range(0, count, step):
        part = (*before, slice(first, first + step))
        np.copyto(target[part], source[part])
