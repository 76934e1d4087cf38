"""The convolution layer, one file per idea, in the order of the lessons.

definition        lesson 01   what one number of the output is
geometry          lesson 02   stride, padding and the size of the output
columns           lesson 03   windows as rows of a matrix, and the adjoint
forward           lesson 04   many channels, filters and images
matrix            lesson 05   the whole layer as one matrix
backward_weights  lesson 07   the gradients with respect to the bias and the weights
backward_input    lesson 08   the gradient with respect to the input, by six routes
layer             lesson 14   the sizes of a layer, named once
workspace         lesson 14   memory that is kept from call to call
blocked           lesson 14   the columns, as many at a time as fit into the cache
pointwise         lesson 14   1 x 1 kernels, for which nothing is copied
together          lesson 14   small images, laid side by side
winograd          lesson 14   3 x 3 kernels with fewer multiplications
threads           lesson 14   images shared out among threads
fast              lesson 14   the same numbers as forward and backward, faster
dilated           lesson 15   kernels with gaps
grouped           lesson 15   each filter sees only its own channels
separable         lesson 15   first within the channels, then across them
transposed        lesson 15   the backward pass as a layer of its own
cost              lesson 15   multiplications and parameters of each

The result always has the floating dtype of the first array (``x``, ``dy``, ``cols`` or ``w``). The
other arrays are converted to it, and integers count as float64.
"""

from course.convolution.backward_input import (
    conv_backward_input_col2im,
    conv_backward_input_einsum,
    conv_backward_input_full,
    conv_backward_input_matrix,
    conv_backward_input_scatter,
    conv_backward_input_transposed,
)
from course.convolution.backward_weights import (
    conv_backward_bias,
    conv_backward_weights,
    conv_backward_weights_loops,
)
from course.convolution.blocked import conv_backward_blocked, conv_forward_blocked
from course.convolution.columns import col2im, im2col
from course.convolution.cost import (
    Cost,
    dilated_cost,
    grouped_cost,
    plain_cost,
    separable_cost,
    transposed_cost,
)
from course.convolution.definition import convolve2d, correlate2d
from course.convolution.dilated import dilated_conv, dilated_conv_backward
from course.convolution.fast import conv_backward_fast, conv_forward_fast
from course.convolution.forward import conv_forward, conv_forward_loops
from course.convolution.geometry import correlate2d_strided, output_size, pad2d
from course.convolution.grouped import grouped_conv, grouped_conv_backward
from course.convolution.matrix import conv_as_matrix
from course.convolution.separable import depthwise_separable, depthwise_separable_backward
from course.convolution.transposed import (
    transposed_conv,
    transposed_conv_backward,
    transposed_output_size,
)

__all__ = [
    "Cost",
    "col2im",
    "conv_as_matrix",
    "conv_backward_bias",
    "conv_backward_blocked",
    "conv_backward_fast",
    "conv_backward_input_col2im",
    "conv_backward_input_einsum",
    "conv_backward_input_full",
    "conv_backward_input_matrix",
    "conv_backward_input_scatter",
    "conv_backward_input_transposed",
    "conv_backward_weights",
    "conv_backward_weights_loops",
    "conv_forward",
    "conv_forward_blocked",
    "conv_forward_fast",
    "conv_forward_loops",
    "convolve2d",
    "correlate2d",
    "correlate2d_strided",
    "depthwise_separable",
    "depthwise_separable_backward",
    "dilated_conv",
    "dilated_conv_backward",
    "dilated_cost",
    "grouped_conv",
    "grouped_conv_backward",
    "grouped_cost",
    "im2col",
    "output_size",
    "pad2d",
    "plain_cost",
    "separable_cost",
    "transposed_conv",
    "transposed_conv_backward",
    "transposed_cost",
    "transposed_output_size",
]
