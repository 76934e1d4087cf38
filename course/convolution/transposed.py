"""Transposed convolution: the plain layer run from its output's side to its input's.

If the plain layer is y = A x, this one is y = A^T x. What was the backward pass to the input is
its forward pass, and the other way round; so a small map becomes a large one.

Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter 4.
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
    """How long the output is along one axis.

    (size - 1) * stride + kernel - 2 * padding + output_padding

    size            length of the axis in pixels, at least 1
    kernel          length of the kernel along it, at least 1
    stride          pixels of the output from one entry of the input to the next, at least 1
    padding         pixels cut off at each end of the output, at least 0
    output_padding  pixels that the output has beyond the shortest one, less than stride: the
                    plain layer makes inputs of up to stride lengths into one output's length
    returns         int, at least 1

    Raises ValueError when an argument is no integer or too small, when output_padding is too
    large, or when padding leaves nothing of the output.
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
    """The plain layer's backward pass to the input, with x in the place of dy, plus a bias.

    Every entry of x adds its multiple of a kernel to a window of a large zero map:

    ypad[n, f, i * stride + u, j * stride + v] += x[n, c, i, j] * w[c, f, u, v]

    The map has output_padding more rows and columns at its end than the windows reach. A frame
    of padding pixels is cut off on all sides, and b[f] added.

    x        (N, C, H, W)     float16, float32 or float64; integers count as float64
    w        (C, F, kh, kw)   converted to the dtype of x; the channels of x come first, because
             to the plain layer x is what its filters put out
    b        (F,)             converted to the dtype of x
    stride, padding, output_padding   as for `transposed_output_size`
    returns  (N, F, oh, ow), each as `transposed_output_size` says, dtype of x

    Raises ValueError when an array has another number of axes, is empty or does not hold real
    numbers, when the channels of x and w or the filters of w and b differ in number, and as
    `transposed_output_size` does.
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
    """The plain layer's forward pass for dx; its dw with input and upstream exchanged.

    dy       (N, F, oh, ow)   the gradient of the loss by the output; floats keep their dtype,
             integers count as float64
    x, w     as in the forward pass, converted to the dtype of dy
    stride, padding, output_padding   as in the forward pass
    returns  dx (N, C, H, W), dw (C, F, kh, kw), db (F,), dtype of dy

    Raises ValueError when dy has not the shape of the output, and as `transposed_conv` does.
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
