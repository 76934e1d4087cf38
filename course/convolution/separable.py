"""Depthwise-separable convolution: first over the pixels of each channel, then over the channels.

Two layers, one after the other, do the work of one: a depthwise convolution, whose kernels see one
channel each, and a plain layer of 1 x 1 kernels, which mixes the channels pixel by pixel. Together
they are a plain layer with the filters w[f, c] = w_point[f, c] * w_depth[c], at far lower cost.
"""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.backward_input import conv_backward_input_col2im
from course.convolution.backward_weights import (
    check_gradient_shape,
    conv_backward_bias,
    conv_backward_weights,
)
from course.convolution.forward import conv_forward
from course.convolution.grouped import grouped_conv, grouped_conv_backward


def depthwise_separable(
    x: ArrayLike, w_depth: ArrayLike, w_point: ArrayLike, b: ArrayLike, padding: int = 0
) -> np.ndarray:
    """One kernel for each channel, then every filter's weighted sum of the channels.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w_depth: (C, 1, kh, kw), converted to the dtype of x.
        w_point: (F, C, 1, 1), converted to the dtype of x.
        b: (F,), converted to the dtype of x. The depthwise layer has no bias, which w_point would
            only turn into another b.
        padding: Zeros around each image, at least 0.

    Returns:
        y (N, F, oh, ow), with the dtype of x.

    Raises:
        ValueError: If w_depth or w_point has the wrong shape; or if `conv_forward` raises it.

    Example:
        >>> x, w_depth = np.ones((1, 2, 3, 3)), np.ones((2, 1, 3, 3))
        >>> depthwise_separable(x, w_depth, np.ones((1, 2, 1, 1)), np.zeros(1))
        array([[[[18.]]]])

    References:
        Sifre, "Rigid-Motion Scattering for Image Classification" (2014); Chollet, "Xception: Deep
        Learning with Depthwise Separable Convolutions" (2017).
    """
    x = arguments.floats("x", x, "(N, C, H, W)")
    w_depth, w_point = _weights(x, w_depth, w_point)
    b = arguments.floats("b", b, "(F,)", dtype=x.dtype)
    filters = w_point.shape[0]
    arguments.same("b.shape[0], one bias for each filter,", b.shape[0], "w_point.shape[0]", filters)
    return conv_forward(_depthwise(x, w_depth, padding), w_point, b)


def depthwise_separable_backward(
    dy: ArrayLike, x: ArrayLike, w_depth: ArrayLike, w_point: ArrayLike, padding: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Back through the second layer, then through the first.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        w_depth: (C, 1, kh, kw), converted to the dtype of dy.
        w_point: (F, C, 1, 1), converted to the dtype of dy.
        padding: As in the forward pass.

    Returns:
        dx (N, C, H, W), dw_depth (C, 1, kh, kw), dw_point (F, C, 1, 1) and db (F,), with the dtype
        of dy.

    Raises:
        ValueError: If dy does not have the shape of the output; or if `depthwise_separable`
            raises it.

    Example:
        >>> dy, x = np.ones((1, 1, 1, 1)), np.ones((1, 2, 3, 3))
        >>> w_depth, w_point = np.ones((2, 1, 3, 3)), np.ones((1, 2, 1, 1))
        >>> gradients = depthwise_separable_backward(dy, x, w_depth, w_point)
        >>> [gradient.shape for gradient in gradients]
        [(1, 2, 3, 3), (2, 1, 3, 3), (1, 2, 1, 1), (1,)]
    """
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    w_depth, w_point = _weights(x, w_depth, w_point)
    check_gradient_shape(dy, x.shape, w_depth.shape[2:], 1, padding)
    arguments.same("w_point.shape[0], the filters,", w_point.shape[0], "dy.shape[1]", dy.shape[1])
    z = _depthwise(x, w_depth, padding)
    dz = conv_backward_input_col2im(dy, w_point, z.shape)
    dw_point = conv_backward_weights(dy, z, (1, 1))
    dx, dw_depth, _ = grouped_conv_backward(dz, x, w_depth, padding=padding, groups=x.shape[1])
    return dx, dw_depth, dw_point, conv_backward_bias(dy)


def _depthwise(x: np.ndarray, w_depth: np.ndarray, padding: int) -> np.ndarray:
    C = x.shape[1]
    return grouped_conv(x, w_depth, np.zeros(C), padding=padding, groups=C)


def _weights(
    x: np.ndarray, w_depth: ArrayLike, w_point: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    w_depth = arguments.floats("w_depth", w_depth, "(C, 1, kh, kw)", dtype=x.dtype)
    w_point = arguments.floats("w_point", w_point, "(F, C, 1, 1)", dtype=x.dtype)
    check_separable(x.shape, w_depth.shape, w_point.shape)
    return w_depth, w_point


def check_separable(
    x_shape: tuple[int, ...], w_depth_shape: tuple[int, ...], w_point_shape: tuple[int, ...]
) -> None:
    """Raise ValueError unless both weights have the shape that the channels of x ask for."""
    C = x_shape[1]
    if w_depth_shape[:2] != (C, 1):
        raise ValueError(
            f"w_depth must have the shape ({C}, 1, kh, kw), one kernel for each channel of x, "
            f"got {w_depth_shape}"
        )
    if w_point_shape[1:] != (C, 1, 1):
        raise ValueError(
            f"w_point must have the shape (F, {C}, 1, 1), one weight for each channel of x, "
            f"got {w_point_shape}"
        )
