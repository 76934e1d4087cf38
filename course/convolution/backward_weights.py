"""The gradients with respect to the bias and the weights."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.columns import im2col
from course.convolution.geometry import output_size, pad2d


def conv_backward_bias(dy: ArrayLike) -> np.ndarray:
    r"""The gradient with respect to the bias: the sum of what arrives at a filter's outputs.

    .. math:: db_f = \sum_{n,i,j} dy_{n,f,i,j}

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.

    Returns:
        db (F,), with the dtype of dy.

    Raises:
        ValueError: If dy has the wrong number of axes, is empty or does not hold real numbers.

    Example:
        >>> conv_backward_bias(np.ones((2, 3, 4, 5)))
        array([40., 40., 40.])
    """
    db: np.ndarray = arguments.floats("dy", dy, "(N, F, oh, ow)").sum(axis=(0, 2, 3))
    return db


def conv_backward_weights_loops(
    dy: ArrayLike,
    x: ArrayLike,
    kernel_size: tuple[int, int],
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    r"""The gradient with respect to the weights: every window, times what arrives at its output.

    .. math:: dw_{f,c,u,v} = \sum_{n,i,j} dy_{n,f,i,j}\; x^{pad}_{n,c,\,is+u,\,js+v}

    with the stride s.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        x: (N, C, H, W), the input of the forward pass, converted to the dtype of dy.
        kernel_size: (kh, kw), the height and width of the kernels.
        stride: Pixels from one window to the next, as in the forward pass.
        padding: Zeros around each image, as in the forward pass.

    Returns:
        dw (F, C, kh, kw), with the dtype of dy.

    Raises:
        ValueError: If an array has the wrong number of axes, is empty or does not hold real
            numbers; if dy does not have the shape of the output for x; or if `output_size`
            raises it.

    Example:
        >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
        >>> conv_backward_weights_loops(np.ones((1, 1, 2, 2)), x, (2, 2))
        array([[[[ 8., 12.],
                 [20., 24.]]]])
    """
    dy, x, (kh, kw), stride, padding = _checked(dy, x, kernel_size, stride, padding)
    N, F, oh, ow = dy.shape
    xpad = pad2d(x, padding)
    dw = np.zeros((F, x.shape[1], kh, kw), dtype=dy.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    dw[f] += dy[n, f, i, j] * xpad[n, :, top : top + kh, left : left + kw]
    return dw


def conv_backward_weights(
    dy: ArrayLike,
    x: ArrayLike,
    kernel_size: tuple[int, int],
    stride: int = 1,
    padding: int = 0,
) -> np.ndarray:
    r"""The same numbers as `conv_backward_weights_loops`, as one matrix product.

    Y has a row for each window and a column for each filter. Then

    .. math:: Y = Cols\, W^T + b \quad\Rightarrow\quad dW = dY^T Cols

    Takes, returns and raises the same as `conv_backward_weights_loops`.

    Example:
        >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
        >>> conv_backward_weights(np.ones((1, 1, 2, 2)), x, (2, 2))
        array([[[[ 8., 12.],
                 [20., 24.]]]])
    """
    dy, x, (kh, kw), stride, padding = _checked(dy, x, kernel_size, stride, padding)
    F, C = dy.shape[1], x.shape[1]
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, F)
    cols = im2col(x, (kh, kw), stride, padding)
    dw: np.ndarray = dY.T @ cols
    return dw.reshape(F, C, kh, kw)


def _checked(
    dy: ArrayLike, x: ArrayLike, kernel_size: tuple[int, int], stride: int, padding: int
) -> tuple[np.ndarray, np.ndarray, tuple[int, int], int, int]:
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    x = arguments.floats("x", x, "(N, C, H, W)", dtype=dy.dtype)
    kh, kw = arguments.integers("kernel_size", kernel_size, "(kh, kw)")
    stride, padding = arguments.stride_and_padding(stride, padding)
    check_gradient_shape(dy, x.shape, (kh, kw), stride, padding)
    return dy, x, (kh, kw), stride, padding


def check_gradient_shape(
    dy: np.ndarray,
    x_shape: tuple[int, ...],
    kernel_size: tuple[int, ...],
    stride: int,
    padding: int,
) -> None:
    """Raise ValueError unless dy has the shape of the output of the forward pass."""
    (N, _, H, W), (kh, kw) = x_shape, kernel_size
    oh, ow = output_size(H, kh, stride, padding), output_size(W, kw, stride, padding)
    if (dy.shape[0], *dy.shape[2:]) != (N, oh, ow):
        raise ValueError(
            f"dy must have the shape of the output, ({N}, F, {oh}, {ow}) for an input of shape "
            f"{x_shape}, got {dy.shape}"
        )
