"""Bad input gets one clear sentence: which argument, its value, and what would be right."""

from functools import cache
from typing import Any

import numpy as np


def floats(name: str, value: Any, axes: str, dtype: Any = None) -> np.ndarray:
    """Return value as an array of floats with the named axes, such as "(N, C, H, W)".

    float16, float32 and float64 keep their dtype, and sums are computed in it: float16 runs out of
    digits at a few thousand. Integers and booleans become float64. With dtype, the array is
    converted to that. "..." among the axes stands for any number of them. Raises ValueError for
    data of any other kind, for a wrong number of axes, and for an axis of length 0.
    """
    count = _count(axes)
    right = f"have the axes {axes}" if count else "be a single number"
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must {right}, got rows of unequal length") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must hold real numbers, got dtype {array.dtype}; "
            "use an array of floats or integers"
        )
    fits = array.ndim >= count - 1 if "..." in axes else array.ndim == count
    if not fits:
        raise ValueError(f"{name} must {right}, got {array.ndim} axes: shape {array.shape}")
    if array.size == 0:
        raise ValueError(
            f"{name} must not be empty, got shape {array.shape}; "
            "every axis needs a length of at least 1"
        )
    if dtype is None:
        dtype = array.dtype if array.dtype.kind == "f" else np.float64
    return array.astype(dtype, copy=False)


def integer(name: str, value: Any, least: int) -> int:
    """Return value as an int no smaller than least; raise ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, got {value!r}")
    return int(value)


def integers(name: str, value: Any, axes: str) -> tuple[int, ...]:
    """Return value as a tuple of positive ints, one for each of the axes, such as "(kh, kw)"."""
    count = _count(axes)
    if not isinstance(value, tuple | list) or len(value) != count:
        raise ValueError(f"{name} must be {count} integers {axes}, got {value!r}")
    return tuple(integer(f"{name}[{k}]", entry, least=1) for k, entry in enumerate(value))


def stride_and_padding(stride: Any, padding: Any) -> tuple[int, int]:
    """Return both as Python ints, which cannot overflow as NumPy's small integers do."""
    return integer("stride", stride, least=1), integer("padding", padding, least=0)


def same(name: str, got: int, other: str, expected: int) -> None:
    """Raise ValueError unless two sizes that describe the same thing are equal."""
    if got != expected:
        raise ValueError(f"{name} must equal {other} = {expected}, got {got}")


@cache
def _count(axes: str) -> int:
    return sum(1 for name in axes.strip("()").split(",") if name)
