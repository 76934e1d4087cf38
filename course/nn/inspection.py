"""What a network looks at: how far it can see, and which pixels a score depends on."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def receptive_field(layers: Sequence[Sequence[int]]) -> int:
    r"""How many pixels of the image, along one axis, an output of the last layer depends on.

    .. math:: r = 1 + \sum_l (k_l - 1)\, d_l \prod_{m < l} s_m

    for kernels k, dilations d and strides s: a kernel adds (kernel - 1) * dilation steps, and a
    step is as many pixels wide as the product of the strides of all earlier layers. The border is
    ignored.

    Args:
        layers: One triple (kernel, stride, dilation) for each layer, from the image on, of integers
            of at least 1. Pooling counts as a layer.

    Returns:
        An int of at least 1. With no layers it is one pixel.

    Raises:
        ValueError: If layers is not a list or tuple of such triples.

    Example:
        >>> receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)])
        8

    References:
        Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks"
        (Distill, 2019), with dilation added.
    """
    if not isinstance(layers, tuple | list):
        raise ValueError(f"layers must be a list of (kernel, stride, dilation), got {layers!r}")
    field = step = 1
    for k, layer in enumerate(layers):
        name = f"layers[{k}]"
        kernel, stride, dilation = arguments.integers(name, layer, "(kernel, stride, dilation)")
        field += (kernel - 1) * dilation * step
        step *= stride
    return field


def occlusion_map(
    predict: Callable[[np.ndarray], np.ndarray], image: ArrayLike, label: int, size: int
) -> np.ndarray:
    """How far the score of a label drops when a square of the image is covered with 0.

    The image stays as it is.

    Args:
        predict: Takes images (N, C, H, W) and returns scores (N, K). It is called with the image
            alone, and then with W covered images for each row.
        image: (C, H, W), float16, float32 or float64; integers count as float64.
        label: Which of the K scores, an integer from 0 to K - 1.
        size: Side of the square in pixels, odd.

    Returns:
        (H, W), with the dtype of the scores. Entry (i, j) is the score of the whole image minus the
        score of the image in which the square centred at (i, j) is 0 in all channels. The part of
        the square outside the image is cut off.

    Raises:
        ValueError: If the image has the wrong number of axes, is empty or does not hold real
            numbers; if size is not an odd integer of at least 1; if predict returns anything but
            one row of scores for each image; or if label is not an integer from 0 to K - 1.

    Example:
        >>> def brightness(images):
        ...     return images.sum(axis=(1, 2, 3))[:, np.newaxis]
        >>> occlusion_map(brightness, np.ones((1, 3, 3)), label=0, size=3)
        array([[4., 6., 4.],
               [6., 9., 6.],
               [4., 6., 4.]])

    References:
        Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014).
    """
    image = arguments.floats("image", image, "(C, H, W)")
    size = arguments.integer("size", size, least=1)
    if size % 2 == 0:
        raise ValueError(f"size must be odd, so that a square has a centre, got {size!r}")
    label = arguments.integer("label", label, least=0)
    whole = _scores(predict, image[np.newaxis].copy(), label)
    H, W = image.shape[1:]
    drop = np.empty((H, W), dtype=whole.dtype)
    for i in range(H):
        covered = np.repeat(image[np.newaxis], W, axis=0)
        for j in range(W):
            covered[j, :, _around(i, size), _around(j, size)] = 0
        drop[i] = whole - _scores(predict, covered, label)
    return drop


def _around(centre: int, size: int) -> slice:
    """The places of a square along one axis; a start below 0 would count from the end."""
    return slice(max(0, centre - size // 2), centre + size // 2 + 1)


def _scores(
    predict: Callable[[np.ndarray], np.ndarray], images: np.ndarray, label: int
) -> np.ndarray:
    scores = arguments.floats("what predict returns", predict(images), "(N, K)")
    arguments.same("the rows that predict returns", len(scores), "the images", len(images))
    if label >= scores.shape[1]:
        raise ValueError(f"label must be an integer from 0 to {scores.shape[1] - 1}, got {label}")
    return scores[:, label]
