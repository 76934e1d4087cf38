"""The layers that are measured."""

from typing import NamedTuple

import numpy as np


class Shape(NamedTuple):
    """A layer by its sizes; one letter names it in tables and figures."""

    name: str
    x: tuple[int, int, int, int]
    w: tuple[int, int, int, int]
    stride: int
    padding: int

    @property
    def y(self) -> tuple[int, int, int, int]:
        """The shape of the output."""
        oh, ow = (
            (pixels + 2 * self.padding - kernel) // self.stride + 1
            for pixels, kernel in zip(self.x[2:], self.w[2:], strict=True)
        )
        return self.x[0], self.w[0], oh, ow

    @property
    def operations(self) -> int:
        """Multiplications and additions of one pass; there are three: forward, dw and dx."""
        N, F, oh, ow = self.y
        _, C, kh, kw = self.w
        return 2 * N * F * oh * ow * C * kh * kw

    def __str__(self) -> str:
        sizes = "x{} w{}".format(*(str(size).replace(" ", "") for size in (self.x, self.w)))
        return f"({self.name}) {sizes} stride {self.stride} padding {self.padding}"


TINY = Shape("a", (2, 3, 8, 8), (4, 3, 3, 3), 1, 1)
SHAPES = (
    Shape("b", (100, 3, 31, 31), (25, 3, 3, 3), 2, 1),
    Shape("c", (8, 64, 56, 56), (64, 64, 3, 3), 1, 1),
    Shape("d", (8, 256, 14, 14), (256, 256, 3, 3), 1, 1),
    Shape("e", (8, 3, 224, 224), (64, 3, 7, 7), 2, 3),
    Shape("f", (64, 16, 8, 8), (32, 16, 3, 3), 1, 1),
    Shape("g", (8, 256, 28, 28), (64, 256, 1, 1), 1, 0),
)
IMAGES = (1, 2, 4, 8, 16, 32, 64)
HEIGHTS = (14, 28, 56, 112, 224)


def with_images(N: int) -> Shape:
    """Layer c with another number of images."""
    return Shape(f"N={N}", (N, 64, 56, 56), (64, 64, 3, 3), 1, 1)


def with_height(H: int) -> Shape:
    """Layer c with images of another size."""
    return Shape(f"H={H}", (8, 64, H, H), (64, 64, 3, 3), 1, 1)


class Arrays(NamedTuple):
    """Random float32 arrays of a shape, the upstream gradient among them."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    dy: np.ndarray


def arrays_of(shape: Shape) -> Arrays:
    """The same numbers on every call."""
    rng = np.random.default_rng(0)
    sizes = shape.x, shape.w, shape.w[:1], shape.y
    return Arrays(*(rng.standard_normal(size, dtype=np.float32) for size in sizes))
