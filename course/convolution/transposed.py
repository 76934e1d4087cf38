"""Transposed convolution, or deconvolution: the plain layer, run from its output to its input.

If the plain layer is y = A x, this one is y = A^T x. The gradient of the plain layer with respect
to its input is its forward pass, and the other way round, so a small map becomes a large one.
"""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.backward_input import conv_backward_input_col2im
from course.convolution.backward_weights import conv_backward_bias, conv_backward_weights
from course.convolution.forward import conv_forward


def transposed_output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0
) -> int:
    r"""How long the output is along one axis.

    .. math:: (size - 1)\, stride + kernel - 2\,padding + output\_padding

    Args:
        size: Length of the axis in pixels, at least 1.
        kernel: Length of the kernel along it, at least 1.
        stride: Pixels of the output from one entry of the input to the next, at least 1.
        padding: Pixels cut off at each end of the output, at least 0.
        output_padding: Pixels that the output has beyond the shortest one, less than stride. The
            plain layer gives the same output size for up to stride different input sizes.

    Returns:
        An int of at least 1.

    Raises:
        ValueError: If an argument is not an integer or too small; if output_padding is too large;
            or if padding leaves nothing of the output.

    Example:
        >>> transposed_output_size(4, 3, stride=2, padding=1, output_padding=1)
        8
    """
    size = arguments.integer("size", size, least=1)
    kernel = arguments.integer("kernel", kernel, least=1)
    stride, padding = arguments.stride_and_padding(stride, padding)
    output_padding = arguments.integer("output_padding", output_padding, least=0)
    if output_padding >= stride:
        raise ValueError(
            f"output_padding must be less than stride = {stride}, got {output_padding}"
        )
    reached = (size - 1) * stride + kernel + output_padding
    if reached <= 2 * padding:
        raise ValueError(
            f"padding must leave at least one pixel of {reached} along an axis of the output, "
            f"got 2 * padding {padding} = {2 * padding}"
        )
    return reached - 2 * padding


def transposed_conv(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
) -> np.ndarray:
    r"""The plain layer's gradient with respect to its input, with x in place of dy, plus a bias.

    Every entry of x adds its multiple of a kernel to a window of a large map of zeros,

    .. math:: y^{pad}_{n,f,\,is+u,\,js+v} \mathrel{+}= x_{n,c,i,j}\; w_{c,f,u,v}

    with the stride s. The map has output_padding more rows and columns at its end than the windows
    reach. A frame of padding pixels is cut off on all sides, and b is added.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w: (C, F, kh, kw), converted to the dtype of x. The channels of x come first, because in
            the plain layer x is the output of its filters.
        b: (F,), converted to the dtype of x.
        stride: As for `transposed_output_size`.
        padding: As for `transposed_output_size`.
        output_padding: As for `transposed_output_size`.

    Returns:
        y (N, F, oh, ow), with the dtype of x; `transposed_output_size` gives oh and ow.

    Raises:
        ValueError: If an array has the wrong number of axes, is empty or does not hold real
            numbers; if x and w differ in the number of channels, or w and b in the number of
            filters; or if `transposed_output_size` raises it.

    Example:
        >>> x, w = np.array([1.0, 10.0]).reshape(1, 1, 1, 2), np.ones((1, 1, 1, 3))
        >>> transposed_conv(x, w, np.zeros(1), stride=2)
        array([[[[ 1.,  1., 11., 10., 10.]]]])

    References:
        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter 4.
    """
    x = arguments.floats("x", x, "(N, C, H, W)")
    w = arguments.floats("w", w, "(C, F, kh, kw)", dtype=x.dtype)
    b = arguments.floats("b", b, "(F,)", dtype=x.dtype)
    y_shape = _output_shape(x, w, stride, padding, output_padding)
    arguments.same("b.shape[0], one bias for each filter,", b.shape[0], "w.shape[1]", w.shape[1])
    y: np.ndarray = conv_backward_input_col2im(x, w, y_shape, stride, padding)
    y += b[:, np.newaxis, np.newaxis]
    return y


def transposed_conv_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx by the plain layer's forward pass, and its dw with input and upstream gradient swapped.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        w: (C, F, kh, kw), converted to the dtype of dy.
        stride: As in the forward pass.
        padding: As in the forward pass.
        output_padding: As in the forward pass.

    Returns:
        dx (N, C, H, W), dw (C, F, kh, kw) and db (F,), with the dtype of dy.

    Raises:
        ValueError: If dy does not have the shape of the output; or if `transposed_conv` raises it.

    Example:
        >>> x, w = np.array([1.0, 10.0]).reshape(1, 1, 1, 2), np.ones((1, 1, 1, 3))
        >>> dx, dw, db = transposed_conv_backward(np.ones((1, 1, 1, 5)), x, w, stride=2)
        >>> dx, dw, db
        (array([[[[3., 3.]]]]), array([[[[11., 11., 11.]]]]), array([5.]))
    """
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    w = arguments.floats("w", w, "(C, F, kh, kw)", dtype=dy.dtype)
    y_shape = _output_shape(x, w, stride, padding, output_padding)
    if dy.shape != y_shape:
        raise ValueError(
            f"dy must have the shape of the output, {y_shape} for an input of shape {x.shape}, "
            f"got {dy.shape}"
        )
    dx = conv_forward(dy, w, np.zeros(x.shape[1]), stride, padding)
    dw = conv_backward_weights(x, dy, w.shape[2:], stride, padding)
    return dx, dw, conv_backward_bias(dy)


def _output_shape(
    x: np.ndarray, w: np.ndarray, stride: int, padding: int, output_padding: int
) -> tuple[int, int, int, int]:
    (N, C, H, W), (_, F, kh, kw) = x.shape, w.shape
    arguments.same("w.shape[0], the channels of w,", w.shape[0], "x.shape[1]", C)
    oh = transposed_output_size(H, kh, stride, padding, output_padding)
    ow = transposed_output_size(W, kw, stride, padding, output_padding)
    return N, F, oh, ow
