"""The gradient with respect to the input: six routes that give the same numbers."""

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import arguments
from course.convolution.backward_weights import check_gradient_shape
from course.convolution.columns import col2im
from course.convolution.definition import convolve2d
from course.convolution.forward import conv_forward
from course.convolution.matrix import conv_as_matrix

Shape = tuple[int, int, int, int]


def conv_backward_input_scatter(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int = 1, padding: int = 0
) -> np.ndarray:
    r"""Route 1: every output sends its gradient back over its window, times the filter.

    .. math::

       dx^{pad}_{n,c,\,is+u,\,js+v} \mathrel{+}= dy_{n,f,i,j}\; w_{f,c,u,v}

    with the stride s. A pixel that no window reaches has the gradient 0.

    Args:
        dy: (N, F, oh, ow), the gradient of the loss with respect to the output. Floats keep
            their dtype; integers count as float64.
        w: (F, C, kh, kw), converted to the dtype of dy.
        x_shape: (N, C, H, W), the shape of the input. The shape of dy does not determine it,
            because the stride can leave out pixels at the end.
        stride: Pixels from one window to the next, as in the forward pass.
        padding: Zeros around each image, as in the forward pass.

    Returns:
        dx (N, C, H, W), with the dtype of dy.

    Raises:
        ValueError: If an array has the wrong number of axes, is empty or does not hold real
            numbers; if dy does not have the shape of the output for x_shape; if dy and w differ
            in the number of filters, or w and x_shape in the number of channels; or if
            `output_size` raises it.

    Example:
        >>> conv_backward_input_scatter(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), (1, 1, 3, 3))
        array([[[[1., 2., 1.],
                 [2., 4., 2.],
                 [1., 2., 1.]]]])

    References:
        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter
        4; Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 9.5.
    """
    dy, w, x_shape, stride, padding = _checked(dy, w, x_shape, stride, padding)
    (N, F, oh, ow), (_, _, kh, kw) = dy.shape, w.shape
    dxpad = _zeros_with_frame(x_shape, padding, dy.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(oh):
                for j in range(ow):
                    top, left = i * stride, j * stride
                    dxpad[n, :, top : top + kh, left : left + kw] += dy[n, f, i, j] * w[f]
    return _without_frame(dxpad, x_shape, padding)


def conv_backward_input_col2im(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int = 1, padding: int = 0
) -> np.ndarray:
    r"""Route 2: one matrix product, then `col2im` adds every row back into its window.

    dY has a row for each window and a column for each filter. Then

    .. math:: dCols = dY\, W

    Takes, returns and raises the same as `conv_backward_input_scatter`.

    Example:
        >>> conv_backward_input_col2im(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2)), (1, 1, 1, 3))
        array([[[[1., 2., 1.]]]])
    """
    dy, w, x_shape, stride, padding = _checked(dy, w, x_shape, stride, padding)
    F, C, kh, kw = w.shape
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, F)
    dcols = dY @ w.reshape(F, C * kh * kw)
    return col2im(dcols, x_shape, (kh, kw), stride, padding)


def conv_backward_input_full(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Route 3: a forward pass over dy, with the kernels rotated by 180 degrees.

    dy is spread out by the stride and surrounded by kh - 1 and kw - 1 zeros. Each window of a
    rotated (flipped) kernel then collects the gradients of all outputs that one pixel contributes
    to. Filters and channels swap roles.

    Takes, returns and raises the same as `conv_backward_input_scatter`.

    Example:
        >>> conv_backward_input_full(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2)), (1, 1, 1, 3))
        array([[[[1., 2., 1.]]]])
    """
    dy, w, x_shape, stride, padding = _checked(dy, w, x_shape, stride, padding)
    framed = _spread_and_frame(dy, w.shape[2:], stride)
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    reached = conv_forward(framed, turned, np.zeros(w.shape[1], dtype=dy.dtype))
    return _place(reached, x_shape, padding)


def conv_backward_input_transposed(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Route 4: the transposed convolution, which is a convolution as mathematics defines it.

    It puts stride - 1 zeros between the entries of dy, as route 3 does, and convolves one map at a
    time: `convolve2d` rotates each kernel itself.

    Takes, returns and raises the same as `conv_backward_input_scatter`.

    Example:
        >>> dy, w = np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2))
        >>> conv_backward_input_transposed(dy, w, (1, 1, 1, 3))
        array([[[[1., 2., 1.]]]])
    """
    dy, w, x_shape, stride, padding = _checked(dy, w, x_shape, stride, padding)
    framed = _spread_and_frame(dy, w.shape[2:], stride)
    reached = [
        [sum(convolve2d(framed[n, f], w[f, c]) for f in range(len(w))) for c in range(w.shape[1])]
        for n in range(len(dy))
    ]
    return _place(np.array(reached), x_shape, padding)


def conv_backward_input_matrix(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int = 1, padding: int = 0
) -> np.ndarray:
    r"""Route 5: the layer is a matrix A, and the gradient goes back through its transpose.

    .. math:: y = A\, x \quad\Rightarrow\quad dx = A^T dy

    Takes, returns and raises the same as `conv_backward_input_scatter`.

    Example:
        >>> conv_backward_input_matrix(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2)), (1, 1, 1, 3))
        array([[[[1., 2., 1.]]]])
    """
    dy, w, x_shape, stride, padding = _checked(dy, w, x_shape, stride, padding)
    A = conv_as_matrix(w, x_shape[1:], stride, padding)
    dx: np.ndarray = dy.reshape(len(dy), -1) @ A
    return dx.reshape(x_shape)


def conv_backward_input_einsum(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Route 6: the sum over all filters, outputs and weights, written as one einsum.

    ``rows[i, u, r]`` is 1 where row u of the kernel meets pixel row r in output row i, and 0
    elsewhere; ``columns`` likewise.

    Takes, returns and raises the same as `conv_backward_input_scatter`.

    Example:
        >>> conv_backward_input_einsum(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2)), (1, 1, 1, 3))
        array([[[[1., 2., 1.]]]])
    """
    dy, w, x_shape, stride, padding = _checked(dy, w, x_shape, stride, padding)
    rows = _meetings(dy.shape[2], w.shape[2], x_shape[2], stride, padding, dy.dtype)
    columns = _meetings(dy.shape[3], w.shape[3], x_shape[3], stride, padding, dy.dtype)
    dx: np.ndarray = np.einsum("nfij,fcuv,iur,jvq->ncrq", dy, w, rows, columns, optimize=True)
    return dx


def _checked(
    dy: ArrayLike, w: ArrayLike, x_shape: Shape, stride: int, padding: int
) -> tuple[np.ndarray, np.ndarray, Shape, int, int]:
    dy = arguments.floats("dy", dy, "(N, F, oh, ow)")
    w = arguments.floats("w", w, "(F, C, kh, kw)", dtype=dy.dtype)
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    stride, padding = arguments.stride_and_padding(stride, padding)
    check_gradient_shape(dy, (N, C, H, W), w.shape[2:], stride, padding)
    arguments.same("w.shape[0], the filters,", w.shape[0], "dy.shape[1]", dy.shape[1])
    arguments.same("w.shape[1], the channels of w,", w.shape[1], "x_shape[1]", C)
    return dy, w, (N, C, H, W), stride, padding


def _zeros_with_frame(x_shape: Shape, padding: int, dtype: np.dtype) -> np.ndarray:
    N, C, H, W = x_shape
    return np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=dtype)


def _without_frame(dxpad: np.ndarray, x_shape: Shape, padding: int) -> np.ndarray:
    H, W = x_shape[2:]
    return dxpad[:, :, padding : padding + H, padding : padding + W]


def _spread_and_frame(dy: np.ndarray, kernel_size: tuple[int, ...], stride: int) -> np.ndarray:
    """Put stride - 1 zeros between the entries of dy, and kh - 1 and kw - 1 zeros around them."""
    (N, F, oh, ow), (kh, kw) = dy.shape, kernel_size
    height, width = (oh - 1) * stride + 1, (ow - 1) * stride + 1
    framed = np.zeros((N, F, height + 2 * (kh - 1), width + 2 * (kw - 1)), dtype=dy.dtype)
    framed[:, :, kh - 1 : kh - 1 + height : stride, kw - 1 : kw - 1 + width : stride] = dy
    return framed


def _place(reached: np.ndarray, x_shape: Shape, padding: int) -> np.ndarray:
    """Put the pixels that windows reached into the padded image; those beyond stay zero."""
    dxpad = _zeros_with_frame(x_shape, padding, reached.dtype)
    dxpad[:, :, : reached.shape[2], : reached.shape[3]] = reached
    return _without_frame(dxpad, x_shape, padding)


def _meetings(
    outputs: int, kernel: int, pixels: int, stride: int, padding: int, dtype: np.dtype
) -> np.ndarray:
    i, u, r = np.ogrid[:outputs, :kernel, :pixels]
    meets: np.ndarray = i * stride + u == r + padding
    return meets.astype(dtype)
