"""The forward pass of a convolution layer: many channels, many filters, many images."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.columns import im2col
from course.convolution.geometry import output_size, pad2d


def conv_forward_loops(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, stride: int = 1, padding: int = 0
) -> np.ndarray:
    r"""The definition, one output at a time.

    .. math:: y_{n,f,i,j} = b_f + \sum_{c,u,v} x^{pad}_{n,c,\,is+u,\,js+v}\; w_{f,c,u,v}

    with the stride s.

    Args:
        x: (N, C, H, W), float16, float32 or float64; integers count as float64.
        w: (F, C, kh, kw), converted to the dtype of x.
        b: (F,), converted to the dtype of x.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around each image, at least 0.

    Returns:
        y (N, F, oh, ow), with the dtype of x.

    Raises:
        ValueError: If an array has the wrong number of axes, is empty or does not hold real
            numbers; if x and w differ in the number of channels, or w and b in the number of
            filters; or if `output_size` raises it.

    Example:
        >>> x, w, b = np.ones((1, 2, 3, 3)), np.ones((1, 2, 2, 2)), np.array([0.5])
        >>> conv_forward_loops(x, w, b)
        array([[[[8.5, 8.5],
                 [8.5, 8.5]]]])
    """
    x, w, b = layer_arguments(x, w, b)
    stride, padding = arguments.stride_and_padding(stride, padding)
    (N, _, H, W), (F, _, kh, kw) = x.shape, w.shape
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    xpad = pad2d(x, padding)
    y = np.empty((N, F, oh, ow), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    window = xpad[n, :, top : top + kh, left : left + kw]
                    y[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return y


def conv_forward(
    x: ArrayLike, w: ArrayLike, b: ArrayLike, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """The same numbers as `conv_forward_loops`, as one matrix product.

    Takes, returns and raises the same as `conv_forward_loops`.

    Example:
        >>> x, w, b = np.ones((1, 2, 3, 3)), np.ones((1, 2, 2, 2)), np.array([0.5])
        >>> conv_forward(x, w, b)
        array([[[[8.5, 8.5],
                 [8.5, 8.5]]]])

    References:
        Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document
        Processing" (2006).
    """
    x, w, b = layer_arguments(x, w, b)
    (N, C, H, W), (F, C, kh, kw) = x.shape, w.shape
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    cols = im2col(x, (kh, kw), stride, padding)
    y: np.ndarray = cols @ w.reshape(F, C * kh * kw).T + b
    return y.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)


def layer_arguments(
    x: ArrayLike, w: ArrayLike, b: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all three as floats with the dtype of x; raise ValueError unless they fit together."""
    x = arguments.floats("x", x, "(N, C, H, W)")
    w = arguments.floats("w", w, "(F, C, kh, kw)", dtype=x.dtype)
    b = arguments.floats("b", b, "(F,)", dtype=x.dtype)
    arguments.same("w.shape[1], the channels of w,", w.shape[1], "x.shape[1]", x.shape[1])
    arguments.same("b.shape[0], one bias for each filter,", b.shape[0], "w.shape[0]", w.shape[0])
    return x, w, b
