"""What a layer costs: the multiplications of a forward pass, and the parameters."""

from typing import NamedTuple

from course.convolution import arguments
from course.convolution.geometry import output_size
from course.convolution.grouped import check_groups
from course.convolution.separable import check_separable

Shape = tuple[int, int, int, int]


class Cost(NamedTuple):
    """What a layer costs.

    Attributes:
        multiplications: Products of an entry of x and a weight, in the forward pass of all N
            images. Products with zeros of the padding count too, because the layers compute them.
        parameters: The weights, and one bias for each filter.

    Example:
        >>> plain_cost((1, 3, 8, 8), (16, 3, 3, 3), padding=1)
        Cost(multiplications=27648, parameters=448)
    """

    multiplications: int
    parameters: int


def plain_cost(x_shape: Shape, w_shape: Shape, stride: int = 1, padding: int = 0) -> Cost:
    """A plain layer: every output of every filter is a sum of C * kh * kw products.

    Args:
        x_shape: (N, C, H, W).
        w_shape: (F, C, kh, kw).
        stride: Pixels from one window to the next, at least 1.
        padding: Zeros around each image, at least 0.

    Returns:
        The `Cost`.

    Raises:
        ValueError: If a shape is not four positive integers; if the channels do not fit; or if
            `output_size` raises it.

    Example:
        >>> plain_cost((1, 3, 8, 8), (16, 3, 3, 3), padding=1).multiplications == 16 * 64 * 27
        True

    References:
        Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
        Applications" (2017), section 3.1.
    """
    return dilated_cost(x_shape, w_shape, stride, padding, dilation=1)


def dilated_cost(
    x_shape: Shape, w_shape: Shape, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Cost:
    """As for `plain_cost`: a dilated kernel reaches further, but has no more entries.

    Example:
        >>> dilated_cost((1, 1, 8, 8), (1, 1, 3, 3), padding=2, dilation=2)
        Cost(multiplications=576, parameters=10)
    """
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    F, w_channels, kh, kw = arguments.integers("w_shape", w_shape, "(F, C, kh, kw)")
    arguments.same("w_shape[1], the channels of w,", w_channels, "x_shape[1]", C)
    oh = output_size(H, kh, stride, padding, dilation)
    ow = output_size(W, kw, stride, padding, dilation)
    one_filter = C * kh * kw
    return Cost(N * F * oh * ow * one_filter, F * one_filter + F)


def grouped_cost(
    x_shape: Shape, w_shape: Shape, stride: int = 1, padding: int = 0, groups: int = 1
) -> Cost:
    """The groups together have 1 / groups of the products and weights of one plain layer.

    Takes w_shape (F, C / groups, kh, kw), and otherwise what `plain_cost` takes.

    Example:
        >>> grouped_cost((1, 4, 8, 8), (8, 2, 3, 3), padding=1, groups=2)
        Cost(multiplications=9216, parameters=152)
    """
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    F, w_channels, kh, kw = arguments.integers("w_shape", w_shape, "(F, C / groups, kh, kw)")
    groups = check_groups(groups, (N, C, H, W), (F, w_channels, kh, kw))
    group_x, group_w = (N, C // groups, H, W), (F // groups, w_channels, kh, kw)
    group = plain_cost(group_x, group_w, stride, padding)
    return Cost(groups * group.multiplications, groups * group.parameters)


def separable_cost(
    x_shape: Shape, w_depth_shape: Shape, w_point_shape: Shape, padding: int = 0
) -> Cost:
    """Two layers, with 1 / F + 1 / (kh * kw) of the products of a plain layer with F filters.

    Takes w_depth_shape (C, 1, kh, kw) and w_point_shape (F, C, 1, 1), and otherwise what
    `plain_cost` takes.

    Example:
        >>> separable_cost((1, 4, 8, 8), (4, 1, 3, 3), (8, 4, 1, 1), padding=1)
        Cost(multiplications=4352, parameters=76)
    """
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    depth_shape = arguments.integers("w_depth_shape", w_depth_shape, "(C, 1, kh, kw)")
    point_shape = arguments.integers("w_point_shape", w_point_shape, "(F, C, 1, 1)")
    check_separable((N, C, H, W), depth_shape, point_shape)
    kh, kw = depth_shape[2:]
    oh, ow = output_size(H, kh, padding=padding), output_size(W, kw, padding=padding)
    depth = grouped_cost(x_shape, w_depth_shape, padding=padding, groups=C)
    point = plain_cost((N, C, oh, ow), w_point_shape)
    biases_left_out = C  # of the depthwise layer
    return Cost(
        depth.multiplications + point.multiplications,
        depth.parameters + point.parameters - biases_left_out,
    )


def transposed_cost(x_shape: Shape, w_shape: Shape) -> Cost:
    """Every entry of x is multiplied by all F * kh * kw weights of its channel.

    Takes w_shape (C, F, kh, kw). Neither stride nor padding matters: what the padding cuts off has
    been computed.

    Example:
        >>> transposed_cost((1, 4, 8, 8), (4, 2, 3, 3))
        Cost(multiplications=4608, parameters=74)
    """
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    w_channels, F, kh, kw = arguments.integers("w_shape", w_shape, "(C, F, kh, kw)")
    arguments.same("w_shape[0], the channels of w,", w_channels, "x_shape[1]", C)
    return Cost(N * C * H * W * F * kh * kw, C * F * kh * kw + F)
