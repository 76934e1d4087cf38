"""What a layer costs: multiplications of a forward pass, and parameters.

All take the shape of x, (N, C, H, W), and of the weights, as the layers do, and count

multiplications   of an entry of x with a weight, for all N images; those with zeros of the
                  padding too, because the layers make them
parameters        the weights and one bias for each filter

They raise ValueError when a shape is not four positive integers or the channels do not fit, and as
`output_size` does.

Source: Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
Applications" (2017), section 3.1.
"""

from typing import NamedTuple

from course.convolution import arguments
from course.convolution.geometry import output_size
from course.convolution.grouped import check_groups
from course.convolution.separable import check_separable

Shape = tuple[int, int, int, int]


class Cost(NamedTuple):
    """The multiplications of a forward pass and the parameters, weights and biases, of a layer."""

    multiplications: int
    parameters: int


def plain_cost(x_shape: Shape, w_shape: Shape, stride: int = 1, padding: int = 0) -> Cost:
    """Every output of every filter is a sum over C * kh * kw products."""
    return dilated_cost(x_shape, w_shape, stride, padding, dilation=1)


def dilated_cost(
    x_shape: Shape, w_shape: Shape, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Cost:
    """As for the plain layer: the kernel reaches further, and has no more entries."""
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
    """Every group is a plain layer: in all, 1 / groups of the products and weights of one layer."""
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    F, w_channels, kh, kw = arguments.integers("w_shape", w_shape, "(F, C / groups, kh, kw)")
    groups = check_groups(groups, (N, C, H, W), (F, w_channels, kh, kw))
    group_x, group_w = (N, C // groups, H, W), (F // groups, w_channels, kh, kw)
    group = plain_cost(group_x, group_w, stride, padding)
    return Cost(groups * group.multiplications, groups * group.parameters)


def separable_cost(
    x_shape: Shape, w_depth_shape: Shape, w_point_shape: Shape, padding: int = 0
) -> Cost:
    """Two layers: 1 / F + 1 / (kh * kw) of the products of a plain layer with F filters."""
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
    """Every entry of x is multiplied with all F * kh * kw weights of its channel.

    Neither stride nor padding matters: what the padding cuts off has been computed.
    """
    N, C, H, W = arguments.integers("x_shape", x_shape, "(N, C, H, W)")
    w_channels, F, kh, kw = arguments.integers("w_shape", w_shape, "(C, F, kh, kw)")
    arguments.same("w_shape[0], the channels of w,", w_channels, "x_shape[1]", C)
    return Cost(N * C * H * W * F * kh * kw, C * F * kh * kw + F)
