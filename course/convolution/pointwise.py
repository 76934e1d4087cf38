"""1 x 1 kernels: every window is a pixel, and x is already the matrix of columns. No copies."""

import numpy as np

from course.convolution.blocked import add_products
from course.convolution.layer import Layer
from course.convolution.workspace import Workspace


def is_pointwise(layer: Layer) -> bool:
    """Whether every window is a pixel, and every pixel a window."""
    return (layer.kh, layer.kw, *layer.stride, *layer.padding) == (1, 1, 1, 1, 0, 0)


def forward_pointwise(
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    layer: Layer,
    y: np.ndarray,
    memory: Workspace,
) -> None:
    """Fill y (n, F, H, W) with the output for some images x (n, C, H, W)."""
    for image, output in zip(pixels(x), pixels(y), strict=True):  # (C, H * W), (F, H * W)
        np.matmul(w[:, :, 0, 0], image, out=output)
        output += b[:, np.newaxis]


def backward_pointwise(
    dy: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    layer: Layer,
    dx: np.ndarray,
    memory: Workspace,
) -> tuple[np.ndarray, np.ndarray]:
    """Fill dx, and return dw and db for some images."""
    np.matmul(w[:, :, 0, 0].T, pixels(dy), out=pixels(dx))
    dw = np.zeros((layer.C, layer.F), w.dtype)
    add_products(pixels(x), pixels(dy), dw, memory)
    return np.ascontiguousarray(dw.T).reshape(w.shape), bias_gradient(dy)


def pixels(images: np.ndarray) -> np.ndarray:
    """(n, C, H * W) for images (n, C, H, W)."""
    return images.reshape(*images.shape[:2], -1)


def bias_gradient(dy: np.ndarray) -> np.ndarray:
    """db. A product with ones is a sum made by BLAS, in a third of the time of np.sum."""
    n, F, oh, ow = dy.shape
    sums: np.ndarray = dy.reshape(n * F, oh * ow) @ np.ones(oh * ow, dy.dtype)
    return np.asarray(sums.reshape(n, F).sum(axis=0))
