"""Stride, padding and the size of the output."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    r"""How many windows fit along one axis.

    .. math::

       \left\lfloor \frac{size + 2\,padding - dilation\,(kernel - 1) - 1}{stride}
       \right\rfloor + 1

    Pixels at the end that no window reaches are left out, as in PyTorch.

    Args:
        size: Length of the axis in pixels, at least 1.
        kernel: Length of the kernel along it, at least 1.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros added at each end, at least 0.
        dilation: Pixels from one entry of the kernel to the next, at least 1.

    Returns:
        An int of at least 1.

    Raises:
        ValueError: If an argument is not an integer or too small; or if the kernel is longer than
            the padded axis.

    Example:
        >>> output_size(8, 3, stride=2, padding=1)
        4

    References:
        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016).
    """
    size = arguments.integer("size", size, least=1)
    kernel = arguments.integer("kernel", kernel, least=1)
    stride = arguments.integer("stride", stride, least=1)
    padding = arguments.integer("padding", padding, least=0)
    dilation = arguments.integer("dilation", dilation, least=1)
    padded, span = size + 2 * padding, dilation * (kernel - 1) + 1
    if span > padded:
        raise ValueError(
            f"kernel must fit into the padded input: kernel = {kernel} with dilation {dilation} "
            f"spans {span} pixels, got size {size} + 2 * padding {padding} = {padded}"
        )
    return (padded - span) // stride + 1


def pad2d(x: ArrayLike, padding: int) -> np.ndarray:
    """Put a frame of zeros around the last two axes.

    Args:
        x: (..., H, W), float16, float32 or float64; integers count as float64.
        padding: Width of the frame in pixels, at least 0.

    Returns:
        (..., H + 2 * padding, W + 2 * padding), a new array with the dtype of x.

    Raises:
        ValueError: If x has fewer than two axes, is empty or does not hold real numbers; or if
            padding is not an integer of at least 0.

    Example:
        >>> pad2d([[1, 2]], 1)
        array([[0., 0., 0., 0.],
               [0., 1., 2., 0.],
               [0., 0., 0., 0.]])
    """
    x = arguments.floats("x", x, "(..., H, W)")
    p = arguments.integer("padding", padding, least=0)
    H, W = x.shape[-2:]
    padded = np.zeros((*x.shape[:-2], H + 2 * p, W + 2 * p), dtype=x.dtype)
    padded[..., p : p + H, p : p + W] = x
    return padded


def correlate2d_strided(
    x: ArrayLike, w: ArrayLike, b: ArrayLike = 0.0, stride: int = 1, padding: int = 0
) -> np.ndarray:
    r"""Slide the kernel w over the padded image, stride pixels at a time.

    .. math:: y_{i,j} = b + \sum_{u,v} x^{pad}_{is+u,\,js+v}\; w_{u,v}

    with the stride s.

    Args:
        x: (H, W), float16, float32 or float64; integers count as float64.
        w: (kh, kw), converted to the dtype of x.
        b: A number, added to every output.
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around the image, at least 0.

    Returns:
        y (oh, ow), with the dtype of x; `output_size` gives oh and ow.

    Raises:
        ValueError: If `output_size` or `pad2d` raises it.

    Example:
        >>> correlate2d_strided([[1, 2, 3, 4, 5]], [[1, 1]], stride=2, padding=0)
        array([[3., 7.]])
    """
    x = arguments.floats("x", x, "(H, W)")
    w = arguments.floats("w", w, "(kh, kw)", dtype=x.dtype)
    b = arguments.floats("b", b, "()", dtype=x.dtype)
    stride, padding = arguments.stride_and_padding(stride, padding)
    kh, kw = w.shape
    oh = output_size(x.shape[0], kh, stride, padding)
    ow = output_size(x.shape[1], kw, stride, padding)
    xpad = pad2d(x, padding)
    y = np.empty((oh, ow), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            y[i, j] = np.sum(xpad[top : top + kh, left : left + kw] * w) + b
    return y
