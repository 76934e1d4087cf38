"""The rest of a network around the convolution: layers, one file each.

A layer has forward(x) and backward(dy), the names of its parameters in `parameters`, and after
backward the gradient of each under the same name behind a d: w and dw, b and db. It never changes
its parameters itself; that is an optimiser's business.
"""

from course.nn.conv2d import Conv2d

__all__ = ["Conv2d"]
