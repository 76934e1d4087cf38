"""The shapes that an answer is tried on: one list for every exercise that slides a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course.checks.layouts import LAYOUTS, laid_out


@dataclass(frozen=True)
class Geometry:
    """The sizes of one convolution, and how its arrays lie in memory."""

    N: int = 1
    C: int = 1
    F: int = 1
    H: int = 4
    W: int = 4
    kh: int = 3
    kw: int = 3
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1

    @property
    def x_shape(self) -> tuple[int, int, int, int]:
        """(N, C, H, W)"""
        return self.N, self.C, self.H, self.W

    @property
    def kernel_size(self) -> tuple[int, int]:
        """(kh, kw)"""
        return self.kh, self.kw

    @property
    def w_shape(self) -> tuple[int, int, int, int]:
        """(F, C // groups, kh, kw)"""
        return self.F, self.C // self.groups, self.kh, self.kw

    @property
    def output(self) -> tuple[int, int]:
        """(oh, ow)"""
        down, across = self._room
        return down // self.stride + 1, across // self.stride + 1

    @property
    def y_shape(self) -> tuple[int, int, int, int]:
        """(N, F, oh, ow)"""
        return self.N, self.F, *self.output

    @property
    def settings(self) -> tuple[Any, ...]:
        """What a layer is made with."""
        return self.C, self.F, self.kernel_size, self.stride, self.padding

    @property
    def remainders(self) -> tuple[int, int]:
        """The rows and the columns of the padded image that no window reaches."""
        down, across = self._room
        return down % self.stride, across % self.stride

    @property
    def _room(self) -> tuple[int, int]:
        """By how many pixels a window can move down and across."""
        lengths = zip((self.H, self.W), self.kernel_size, strict=True)
        down, across = (n + 2 * self.padding - self.dilation * (k - 1) - 1 for n, k in lengths)
        return down, across

    def is_possible(self) -> bool:
        """Whether at least one window fits, and the groups divide the channels and filters."""
        sizes = (self.N, self.C, self.F, self.H, self.W, self.kh, self.kw, self.stride)
        divides = self.groups >= 1 and not (self.C % self.groups or self.F % self.groups)
        at_least_0 = min(self.padding, *self._room) >= 0
        return min(sizes) >= 1 and self.dilation >= 1 and divides and at_least_0


@dataclass(frozen=True)
class Numbers:
    """Where a case gets its arrays from: random ones, or small whole ones for a person to read."""

    rng: np.random.Generator
    dtype: Any = np.float64
    layout: str = "C"
    whole: bool = False

    def array(self, *shape: int) -> np.ndarray:
        """An array of this shape whose numbers are all different, or small whole ones."""
        if self.whole:
            values = self.rng.integers(1, 10, shape).astype(float)
        else:
            values = self.rng.standard_normal(shape)
        return self.finished(values)

    def signed(self, *shape: int) -> np.ndarray:
        """The same, but with numbers of both signs where they are small whole ones, too."""
        return self.array(*shape) - (5 if self.whole else 0)

    def finished(self, values: np.ndarray) -> np.ndarray:
        """A copy of the values with the dtype and the layout."""
        return laid_out(values.astype(self.dtype), self.layout if values.ndim else "C")


@dataclass(frozen=True)
class Trial:
    """A geometry with the group it belongs to, and the dtype and layout of its numbers."""

    group: str
    geometry: Geometry
    how: tuple[Any, ...] = ()


VARIED = frozenset({"N", "C", "F", "stride", "padding"})
"""What most exercises can be tried with."""


def trials(rng: np.random.Generator, varied: frozenset[str] = VARIED) -> list[Trial]:
    """About 25 trials that between them show what can go wrong with a window that slides.

    Every group comes at least once. N, C and F differ, H and W differ, kh and kw mostly do; what is
    not to be varied stays at 1, or 0 for padding.
    """
    asked = _asked(rng, varied)
    drawn = [Trial(name, _completed(rng, varied, has), how) for name, has, how in asked]
    # Two have the same sizes and other numbers: an answer that remembers by sizes is wrong in one.
    one, other, *_ = (k for k, trial in enumerate(drawn) if trial.group == "memory layouts")
    drawn[one] = replace(drawn[one], geometry=drawn[other].geometry)
    return [trial for trial in drawn if trial.geometry.is_possible()]


def _asked(
    rng: np.random.Generator, varied: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any], tuple[Any, ...]]]:
    """For each trial: its group, what its geometry must have, and its dtype and layout."""
    draw = rng.integers
    alone = {"N": 1, "C": 1, "F": 1}
    yield "not square", alone | {"kh": 2, "kw": 3, "output": (3, 4)}, ()
    yield "not square", alone | {"kh": 3, "kw": 2, "output": (4, 3)}, ()
    if "C" in varied:
        yield "channels", {"N": 1, "F": 1, "C": 3}, ()
    if "F" in varied:
        yield "filters", {"N": 1, "C": 2, "F": 4}, ()
    if "N" in varied:
        yield "batches", {"N": 3, "C": 2, "F": 4}, ()
        yield "batches", {"N": 5, "C": 3, "F": 2}, ()
        yield "batches", {"N": 4, "C": 1, "F": 3}, ()
        yield "batches", {"N": 2, "C": 3, "F": 2}, ()  # as many images as filters
    if "dilation" in varied:
        yield "dilation", {"dilation": 2}, ()
        yield "dilation", {"dilation": 3, "kh": 2, "kw": 3}, ()
        yield "dilation", {"dilation": 2, "stride": 3, "padding": 2}, ()
    if "groups" in varied:
        yield from _grouped()
    yield "kernels", {"kh": 1, "kw": 1}, ()
    yield "kernels", {"kh": 1, "kw": int(draw(2, 5))}, ()
    yield "kernels", {"kh": int(draw(2, 5)), "kw": 1}, ()
    yield "kernels", {"kh": 4, "kw": 3, "whole image": True}, ()
    yield "kernels", {"kh": 4, "kw": 4, "output": (2, 3)}, ()
    if "padding" in varied:
        for padding in (1, 2):
            yield "padding", {"padding": padding}, ()
        few = {"N": 2, "C": 1, "F": 2}  # fewer than the rows of zeros
        yield "padding", {"padding": 3, "kh": 1, "kw": 1} | few, ()  # windows of zeros alone
        yield "padding", {"padding": 3, "kh": 2, "kw": 3}, ()
        yield "padding", {"padding": 1, "kh": 4, "kw": 3, "whole image": True}, ()
    if "stride" in varied:
        for stride in (2, 3, 4):
            yield "stride", {"stride": stride, "remainders": (0, 0)}, ()
        yield "stride", {"stride": 3, "kh": 2, "kw": 1, "remainders": (0, 0)}, ()
        yield "remainders", {"stride": 2, "remainders": (1, 0)}, ()
        yield "remainders", {"stride": 3, "remainders": (1, 2)}, ()
        yield "remainders", {"stride": 4, "remainders": (3, 2)}, ()
    if {"stride", "padding"} <= varied:
        yield "stride and padding", {"stride": 2, "padding": 1, "remainders": (0, 1)}, ()
        yield "stride and padding", {"stride": 3, "padding": 2, "remainders": (2, 0)}, ()
        wide = {"stride": 2, "padding": 3, "remainders": (1, 1)}  # wider than the kernel
        yield "stride and padding", wide | {"kh": 3, "kw": 2}, ()
        # the windows end where the image does, and do not reach the zeros behind it
        yield "stride and padding", {"stride": 4, "padding": 1, "remainders": (3, 2)}, ()
        small = {"stride": 4, "padding": 3, "output": (2, 2)}  # fewer outputs than rows of zeros
        yield "stride and padding", small | {"kh": 4, "kw": 3}, ()
    everything = {"stride": 2, "padding": 1}
    for layout in LAYOUTS[1:]:
        yield "memory layouts", everything, (np.float64, layout)
    yield "float32", everything, (np.float32,)
    yield "float32", {"stride": 1, "padding": 0}, (np.float32, "strided")


def _grouped() -> Iterator[tuple[str, dict[str, Any], tuple[Any, ...]]]:
    """More channels than filters in a group, fewer, as many; and groups of one channel."""
    yield "groups", {"groups": 2, "C": 6, "F": 4}, ()
    yield "groups", {"groups": 2, "C": 4, "F": 6}, ()
    yield "groups", {"groups": 3, "C": 6, "F": 3}, ()
    yield "groups", {"groups": 4, "C": 8, "F": 8}, ()
    yield "depthwise", {"groups": 3, "C": 3, "F": 3}, ()
    yield "depthwise", {"groups": 2, "C": 2, "F": 6}, ()
    yield "depthwise", {"groups": 4, "C": 4, "F": 4, "stride": 2, "padding": 1}, ()


def _completed(rng: np.random.Generator, varied: frozenset[str], asked: dict[str, Any]) -> Geometry:
    """A geometry that has what is asked for; the rest is drawn, so that no two sizes are equal."""
    N, C, F = rng.permutation([2, 3, 4]) if "F" in varied else rng.permutation([1, 2, 3])
    kh, kw = rng.permutation([2, 3]) if rng.random() < 0.7 else rng.permutation([3, 4])
    sizes = {"N": N, "C": C, "F": F, "kh": kh, "kw": kw, "stride": 1, "padding": 0}
    sizes |= {k: v for k, v in asked.items() if k in Geometry.__dataclass_fields__}
    sizes = {k: int(v) for k, v in sizes.items()}
    if "groups" in varied and not {"C", "F", "groups"} & asked.keys():
        groups = sizes["groups"] = int(rng.integers(2, 4))
        sizes["C"], sizes["F"] = 2 * groups, groups * int(rng.choice([1, 3]))
    if "dilation" in varied and "dilation" not in asked and not {"C", "F"} & asked.keys():
        sizes["dilation"] = int(rng.integers(2, 4))
    plain = Geometry(**{k: v for k, v in sizes.items() if k in {*varied, "kh", "kw"}})
    output = (1, 1) if "whole image" in asked else asked.get("output")
    if output is None:  # as large as the padding, so that there is an image inside a wide frame
        output = tuple(rng.permutation([3, 4]) + plain.padding)
    lengths = _image(plain, output, asked.get("remainders", (0, 0)))
    if lengths["H"] == lengths["W"]:
        lengths["W"] += plain.stride
    return replace(plain, **lengths)


def _image(g: Geometry, output: tuple[int, int], remainders: tuple[int, int]) -> dict[str, int]:
    """The height and width that give this output and leave these remainders, if there are any."""
    lengths = {}
    for name, kernel, out, rest in zip("HW", g.kernel_size, output, remainders, strict=True):
        span = g.dilation * (kernel - 1) + 1
        length = (int(out) - 1) * g.stride + span + min(rest, g.stride - 1) - 2 * g.padding
        while length < 1:  # a small kernel in a wide frame: more windows, the same remainder
            length += g.stride
        lengths[name] = length
    return lengths
