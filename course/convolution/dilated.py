"""Dilated (atrous) convolution: a kernel whose entries lie `dilation` pixels apart.

Spread out by zeros, the kernel is a plain one of dilation * (kh - 1) + 1 rows, and many products
are with zeros. The same numbers can be computed without them: outputs that lie `dilation` apart
read only pixels that lie `dilation` apart, and on these pixels the layer is a plain one.
"""

from collections.abc import Iterator
from types import EllipsisType

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
from course.convolution.geometry import output_size, pad2d

Window = tuple[EllipsisType, slice, slice]


def dilated_conv(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> np.ndarray:
    r"""The plain layer, with a kernel that reaches further.

    .. math:: y_{n,f,i,j} = b_f + \sum_{c,u,v} w_{f,c,u,v}\; x^{pad}_{n,c,\,is+ud,\,js+vd}

    with the stride s and the dilation d.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w: (F, C, kh, kw), converted to the dtype of x.
        b: (F,), converted to the dtype of x.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around each image, at least 0.
        dilation: Pixels from one entry of the kernel to the next, at least 1.

    Returns:
        y (N, F, oh, ow), with the dtype of x; `output_size` gives oh and ow.

    Raises:
        ValueError: If `conv_forward` or `output_size` raises it.

    Example:
        >>> x, w = np.arange(5.0).reshape(1, 1, 1, 5), np.ones((1, 1, 1, 2))
        >>> dilated_conv(x, w, np.zeros(1), dilation=3)
        array([[[[3., 5.]]]])

    References:
        Yu and Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions" (2016). The split
        into plain layers: Holschneider, Kronland-Martinet, Morlet and Tchamitchian, "A Real-Time
        Algorithm for Signal Analysis with the Help of the Wavelet Transform" (1989).
    """
    x = arguments.floats("x", x, "(N, C, H, W)")
    w = arguments.floats("w", w, "(F, C, kh, kw)", dtype=x.dtype)
    stride, padding = arguments.stride_and_padding(stride, padding)
    oh, ow = _output_sizes(x, w, stride, padding, dilation)
    xpad = pad2d(x, padding)
    y = np.empty((len(x), len(w), oh, ow), dtype=x.dtype)
    for pixels, outputs in _plain_layers(oh, ow, stride, dilation):
        y[outputs] = conv_forward(xpad[pixels], w, b, stride)
    return y


def dilated_conv_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of the plain layers, each written back to where its pixels came from.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        w: (F, C, kh, kw), converted to the dtype of dy.
        stride: As in the forward pass.
        padding: As in the forward pass.
        dilation: As in the forward pass.

    Returns:
        dx (N, C, H, W), dw (F, C, kh, kw) and db (F,), with the dtype of dy.

    Raises:
        ValueError: If dy does not have the shape of the output; or if `dilated_conv` raises it.

    Example:
        >>> x, w = np.arange(5.0).reshape(1, 1, 1, 5), np.ones((1, 1, 1, 2))
        >>> dx, dw, db = dilated_conv_backward(np.ones((1, 1, 1, 2)), x, w, dilation=3)
        >>> dx, dw, db
        (array([[[[1., 1., 0., 1., 1.]]]]), array([[[[1., 7.]]]]), array([2.]))
    """
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    w = arguments.floats("w", w, "(F, C, kh, kw)", dtype=dy.dtype)
    stride, padding = arguments.stride_and_padding(stride, padding)
    dilation = arguments.integer("dilation", dilation, least=1)
    oh, ow = _output_sizes(x, w, stride, padding, dilation)
    spans = tuple(dilation * (kernel - 1) + 1 for kernel in w.shape[2:])
    check_gradient_shape(dy, x.shape, spans, stride, padding)
    arguments.same("w.shape[1], the channels of w,", w.shape[1], "x.shape[1]", x.shape[1])
    xpad, dw = pad2d(x, padding), np.zeros_like(w)
    dxpad = np.zeros_like(xpad)
    for pixels, outputs in _plain_layers(oh, ow, stride, dilation):
        part, dpart = xpad[pixels], dy[outputs]
        dxpad[pixels] += conv_backward_input_col2im(dpart, w, part.shape, stride)
        dw += conv_backward_weights(dpart, part, w.shape[2:], stride)
    H, W = x.shape[2:]
    dx = dxpad[:, :, padding : padding + H, padding : padding + W]
    return dx, dw, conv_backward_bias(dy)


def _plain_layers(oh: int, ow: int, stride: int, dilation: int) -> Iterator[tuple[Window, Window]]:
    """The pixels and outputs of each plain layer that a dilated one is made of.

    Output i + k * dilation reads the rows i * stride + (k * stride + u) * dilation: counted from
    i * stride in steps of dilation, these are the rows k * stride + u of a plain layer.
    """
    for i, j in np.ndindex(min(dilation, oh), min(dilation, ow)):
        rows, columns = slice(i * stride, None, dilation), slice(j * stride, None, dilation)
        outputs = (..., slice(i, None, dilation), slice(j, None, dilation))
        yield (..., rows, columns), outputs


def _output_sizes(
    x: np.ndarray, w: np.ndarray, stride: int, padding: int, dilation: int
) -> tuple[int, int]:
    (H, W), (kh, kw) = x.shape[2:], w.shape[2:]
    oh = output_size(H, kh, stride, padding, dilation)
    return oh, output_size(W, kw, stride, padding, dilation)
