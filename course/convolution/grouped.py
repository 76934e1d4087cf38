"""Grouped convolution: plain layers side by side, each with its own channels and filters.

The channels and the filters are split into as many groups, in order, and the filters of a group
see only the channels of that group. With one group it is the plain layer. With as many groups as
channels, each filter sees one channel: a depthwise convolution.
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


def grouped_conv(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> np.ndarray:
    """A plain layer for each group, and their feature maps one after the other.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w: (F, C / groups, kh, kw), converted to the dtype of x.
        b: (F,), converted to the dtype of x.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around each image, at least 0.
        groups: A number that divides C and F.

    Returns:
        y (N, F, oh, ow), with the dtype of x.

    Raises:
        ValueError: If groups does not divide C and F; if w does not have C / groups channels; or
            if `conv_forward` raises it.

    Example:
        >>> x, w = np.array([1.0, 10.0]).reshape(1, 2, 1, 1), np.ones((2, 1, 1, 1))
        >>> grouped_conv(x, w, np.zeros(2), groups=2).ravel()
        array([ 1., 10.])

    References:
        Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
        Networks" (2012), section 3.5.
    """
    x = arguments.floats("x", x, "(N, C, H, W)")
    w = arguments.floats("w", w, "(F, C / groups, kh, kw)", dtype=x.dtype)
    b = arguments.floats("b", b, "(F,)", dtype=x.dtype)
    groups = check_groups(groups, x.shape, w.shape)
    arguments.same("b.shape[0], one bias for each filter,", b.shape[0], "w.shape[0]", w.shape[0])
    split = np.split(x, groups, axis=1), np.split(w, groups), np.split(b, groups)
    maps = [conv_forward(*group, stride, padding) for group in zip(*split, strict=True)]
    return np.concatenate(maps, axis=1)


def grouped_conv_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of each group's plain layer, one after the other.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        w: (F, C / groups, kh, kw), converted to the dtype of dy.
        stride: As in the forward pass.
        padding: As in the forward pass.
        groups: As in the forward pass.

    Returns:
        dx (N, C, H, W), dw (F, C / groups, kh, kw) and db (F,), with the dtype of dy.

    Raises:
        ValueError: If dy does not have the shape of the output; or if `grouped_conv` raises it.

    Example:
        >>> x, w = np.array([1.0, 10.0]).reshape(1, 2, 1, 1), np.ones((2, 1, 1, 1))
        >>> dx, dw, db = grouped_conv_backward(np.ones((1, 2, 1, 1)), x, w, groups=2)
        >>> dw.ravel()
        array([ 1., 10.])
    """
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    w = arguments.floats("w", w, "(F, C / groups, kh, kw)", dtype=dy.dtype)
    groups, kernel_size = check_groups(groups, x.shape, w.shape), w.shape[2:]
    check_gradient_shape(dy, x.shape, kernel_size, stride, padding)
    arguments.same("w.shape[0], the filters,", w.shape[0], "dy.shape[1]", dy.shape[1])
    dx, dw = [], []
    split = np.split(dy, groups, axis=1), np.split(x, groups, axis=1), np.split(w, groups)
    for dy_g, x_g, w_g in zip(*split, strict=True):
        dx.append(conv_backward_input_col2im(dy_g, w_g, x_g.shape, stride, padding))
        dw.append(conv_backward_weights(dy_g, x_g, kernel_size, stride, padding))
    return np.concatenate(dx, axis=1), np.concatenate(dw), conv_backward_bias(dy)


def check_groups(groups: int, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> int:
    """Return groups as an int; raise ValueError unless x and w can be cut into so many."""
    groups, C, F = arguments.integer("groups", groups, least=1), x_shape[1], w_shape[0]
    for size, what in ((C, "channels of x"), (F, "filters of w")):
        if size % groups:
            raise ValueError(f"groups must divide the {size} {what}, got {groups}")
    arguments.same("the channels of w", w_shape[1], "the channels of x / groups", C // groups)
    return groups
