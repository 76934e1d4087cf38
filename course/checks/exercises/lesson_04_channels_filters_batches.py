"""Lesson 04: the forward pass with many channels, filters and images."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.convolution import pad2d
from course.examples import COLOUR_W, COLOUR_X


def _case(group, rng, x_shape, w_shape, stride=1, padding=0, dtype=np.float64) -> Case:
    x, w = normal(rng, *x_shape, dtype=dtype), normal(rng, *w_shape, dtype=dtype)
    b = normal(rng, w_shape[0], dtype=dtype)
    return Case(group, {"x": x, "w": w, "b": b, "stride": stride, "padding": padding})


def _cases(rng: np.random.Generator) -> list[Case]:
    x, w = COLOUR_X.astype(float), COLOUR_W.astype(float)
    b = np.array([100.0, -200.0])  # smaller ones would look like rounding
    return [
        Case("the example", {"x": x, "w": w, "b": b, "stride": 1, "padding": 0}),
        _case("not square", rng, (1, 1, 5, 4), (1, 1, 2, 3)),
        _case("channels", rng, (1, 3, 4, 5), (1, 3, 2, 3)),
        _case("filters", rng, (1, 2, 5, 4), (4, 2, 3, 2)),
        _case("batches", rng, (3, 2, 4, 5), (4, 2, 2, 3)),
        _case("batches", rng, (2, 3, 5, 4), (2, 3, 3, 2)),
        _case("padding", rng, (2, 3, 4, 3), (4, 3, 3, 2), padding=1),
        _case("padding", rng, (3, 1, 4, 5), (2, 1, 4, 3), padding=2),
        _case("stride", rng, (2, 3, 7, 5), (4, 3, 3, 2), stride=2),
        _case("stride", rng, (3, 2, 8, 7), (1, 2, 2, 3), stride=3),
        _case("stride and padding", rng, (2, 3, 6, 7), (4, 3, 3, 4), stride=2, padding=1),
        _case("stride and padding", rng, (3, 2, 5, 8), (4, 2, 2, 3), stride=3, padding=2),
        _case("float32", rng, (2, 3, 5, 4), (4, 3, 3, 2), 2, 1, dtype=np.float32),
    ]


conv_forward_loops = Exercise(
    name="conv_forward_loops",
    lesson="04_channels_filters_batches",
    points=5,
    reference=convolution.conv_forward_loops,
    returns=an_array(keeps_dtype=True),
    cases=_cases,
)

conv_forward = Exercise(
    name="conv_forward",
    lesson="04_channels_filters_batches",
    points=5,
    reference=convolution.conv_forward,
    returns=an_array(keeps_dtype=True),
    cases=_cases,
)


@conv_forward_loops.mistake(
    "windows of all images times all filters",
    "Windows (N, C, kh, kw) times w (F, C, kh, kw) pairs image n with filter n. It crashes when N "
    "and F differ and is wrong when they are equal: every image meets every filter.",
)
def _images_paired_with_filters(x, w, b, stride=1, padding=0):
    N, (F, _, kh, kw) = len(x), w.shape
    oh, ow = common.sizes(x.shape, w.shape, stride, padding)
    xpad = pad2d(x, padding)
    y = np.empty((N, F, oh, ow), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        top, left = i * stride, j * stride
        window = xpad[:, :, top : top + kh, left : left + kw]
        y[:, :, i, j] = np.sum(window * w, axis=(1, 2, 3)) + b
    return y


@conv_forward_loops.mistake(
    "first channel only",
    "Only channel 0 counts: sum over all channels of the window and the filter.",
)
def _first_channel_only(x, w, b, stride=1, padding=0):
    return convolution.conv_forward_loops(x[:, :1], w[:, :1], b, stride, padding)


@conv_forward_loops.mistake(
    "mean over the channels",
    "The channels are averaged. Their products are added up.",
)
def _channel_mean(x, w, b, stride=1, padding=0):
    return convolution.conv_forward_loops(x, w / w.shape[1], b, stride, padding)


@conv_forward_loops.mistake(
    "bias added for every channel",
    "The bias is added once for every channel. It is added once, after the sum over all channels.",
)
def _bias_per_channel(x, w, b, stride=1, padding=0):
    return convolution.conv_forward_loops(x, w, b * w.shape[1], stride, padding)


@conv_forward_loops.mistake(
    "windows still one pixel apart",
    "The size is right, but the windows are one pixel apart: window (i, j) begins at row "
    "i * stride and column j * stride.",
)
def _one_apart(x, w, b, stride=1, padding=0):
    oh, ow = convolution.conv_forward(x, w, b, stride, padding).shape[2:]
    return convolution.conv_forward_loops(x, w, b, 1, padding)[:, :, :oh, :ow]


@conv_forward_loops.mistake(
    "first filter for all",
    "Every output channel holds the answer of filter 0: index w and b with f.",
)
def _first_filter(x, w, b, stride=1, padding=0):
    first = np.zeros(len(w), dtype=int)
    return convolution.conv_forward_loops(x, w[first], b[first], stride, padding)


@conv_forward_loops.mistake(
    "first image for all",
    "Every image gets the answer of image 0: index the padded x with n.",
)
def _first_image(x, w, b, stride=1, padding=0):
    return convolution.conv_forward_loops(x[np.zeros(len(x), dtype=int)], w, b, stride, padding)


@conv_forward_loops.mistake(
    "sum over all images",
    "Every image gets the sum over all images: the window is cut out of all of them. Take image n "
    "alone: xpad[n, :, top : top + kh, left : left + kw].",
)
def _all_images_summed(x, w, b, stride=1, padding=0):
    summed = np.sum(x, axis=0, keepdims=True, dtype=x.dtype)
    return np.repeat(convolution.conv_forward(summed, w, b, stride, padding), len(x), axis=0)


@conv_forward_loops.mistake(
    "filters as the last axis",
    "The axes of your y are (N, oh, ow, F). The filters come second: y has the shape "
    "(N, F, oh, ow) and is written to as y[n, f, i, j].",
)
def _written_filters_last(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b, stride, padding).transpose(0, 2, 3, 1)


@conv_forward_loops.mistake(*common.BIAS_IN_THE_SUM)
def _bias_in_the_sum(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b * w[0].size, stride, padding)


@conv_forward_loops.mistake(
    "bias indexed with the image",
    "The bias is indexed with the number of the image. It belongs to the filter: b[f], not b[n].",
)
def _bias_of_the_image(x, w, b, stride=1, padding=0):
    y = _bias_forgotten(x, w, b, stride, padding)
    for n in range(len(x)):
        y[n] += b[n]
    return y


def _fill(image, w, b, output, stride, window=None):
    """The loops of the lesson, for an output of that height and width."""
    kh, kw = window or w.shape[2:]
    y = np.zeros((len(image), len(w), *output), dtype=image.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        top, left = i * stride, j * stride
        y[n, f, i, j] = np.sum(image[n, :, top : top + kh, left : left + kw] * w[f]) + b[f]
    return y


@conv_forward_loops.mistake(*common.UNPADDED)
def _unpadded(x, w, b, stride=1, padding=0):
    return _fill(x, w, b, common.sizes(x.shape, w.shape, stride, padding), stride)


@conv_forward_loops.mistake(*common.PADDED_TWICE)
def _sizes_padded_twice(x, w, b, stride=1, padding=0):
    x = pad2d(x, padding)
    return _fill(x, w, b, common.sizes(x.shape, w.shape, stride, padding), stride)


@conv_forward_loops.mistake(*common.SIZES_ALONE)
def _sizes_alone(x, w, b, stride=1, padding=0):
    return _fill(pad2d(x, padding), w, b, common.sizes(x.shape, w.shape), stride)


@conv_forward_loops.mistake(*common.SIZES_UNPADDED)
def _sizes_unpadded(x, w, b, stride=1, padding=0):
    return _fill(pad2d(x, padding), w, b, common.sizes(x.shape, w.shape, stride), stride)


@conv_forward_loops.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(x, w, b, stride=1, padding=0):
    kw, kh = w.shape[2:]
    output = common.sizes(x.shape, (kh, kw), stride, padding)
    return _fill(pad2d(x, padding), w, b, output, stride, window=(kh, kw))


@conv_forward_loops.mistake(*common.IMAGE_EXCHANGED)
def _image_exchanged(x, w, b, stride=1, padding=0):
    W, H = x.shape[2:]
    output = common.sizes((H, W), w.shape, stride, padding)
    return _fill(pad2d(x, padding), w, b, output, stride)


@conv_forward_loops.mistake(*common.OUTPUT_EXCHANGED)
def _maps_exchanged(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b, stride, padding).transpose(0, 1, 3, 2)


@conv_forward_loops.mistake(*common.written_exchanged("y[n, f, i, j]", "y[n, f, j, i]"))
def _written_exchanged(x, w, b, stride=1, padding=0):
    return common.write_exchanged(convolution.conv_forward(x, w, b, stride, padding), 2)


@conv_forward_loops.mistake(*common.returned_in_the_loop("j", "the first number"))
def _first_number(x, w, b, stride=1, padding=0):
    return common.only(convolution.conv_forward(x, w, b, stride, padding), (0, 0, 0, 0))


@conv_forward_loops.mistake(*common.returned_in_the_loop("i", "the first row"))
def _first_row(x, w, b, stride=1, padding=0):
    return common.only(convolution.conv_forward(x, w, b, stride, padding), (0, 0, 0))


@conv_forward_loops.mistake(*common.returned_in_the_loop("f", "the first feature map"))
def _first_map(x, w, b, stride=1, padding=0):
    return common.only(convolution.conv_forward(x, w, b, stride, padding), (0, 0))


@conv_forward_loops.mistake(*common.returned_in_the_loop("n", "the answer to the first image"))
def _first_answer(x, w, b, stride=1, padding=0):
    return common.only(convolution.conv_forward(x, w, b, stride, padding), 0)


def _bias_forgotten(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, np.zeros_like(b), stride, padding)


def _first_bias(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, np.full_like(b, b[0]), stride, padding)


def _bias_summed(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, np.full_like(b, np.sum(b)), stride, padding)


def _kernel_turned(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w[..., ::-1, ::-1], b, stride, padding)


def _padding_ignored(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b, stride, 0)


def _stride_ignored(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x, w, b, 1, padding)


def _float64(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(x.astype(np.float64), w, b, stride, padding)


# What can go wrong in the same way with loops and with a matrix product.
for _exercise in (conv_forward_loops, conv_forward):
    _exercise.mistake(
        "bias forgotten",
        "Each feature map is off by its own constant: b[f] is missing.",
    )(_bias_forgotten)
    _exercise.mistake(
        "first bias for all",
        "Every feature map gets the bias of filter 0. Each filter has its own: b[f], not b[0].",
    )(_first_bias)
    _exercise.mistake(
        "all biases added up",
        "Every number gets the sum of all biases. Each filter has its own bias, and only that.",
    )(_bias_summed)
    _exercise.mistake(
        "kernel turned",
        "The kernels are turned by 180°. A convolution layer does not turn them.",
    )(_kernel_turned)
    _exercise.mistake(
        "padding ignored",
        "Your output is that of padding 0: pad x before the first window is cut out.",
    )(_padding_ignored)
    _exercise.mistake(
        "stride ignored",
        "Your output is that of stride 1: stride skips windows.",
    )(_stride_ignored)
    _exercise.mistake(
        "float64 from float32",
        "The numbers are right, but float32 became float64: an array on the way was made without "
        "dtype=x.dtype.",
    )(_float64)


def _product(x, w, b, stride, padding):
    """The right matrix product (N * oh * ow, F), and the axes it stands for (N, oh, ow, F)."""
    y = convolution.conv_forward(x, w, b, stride, padding).transpose(0, 2, 3, 1)
    return y.reshape(-1, len(w)), y.shape


@conv_forward.mistake(
    "reshape where transpose is meant",
    "The right numbers in the wrong places: the rows of the product are (N, oh, ow) and its "
    "columns F. Reshape to (N, oh, ow, F) first, then move F with transpose(0, 3, 1, 2).",
)
def _reshaped(x, w, b, stride=1, padding=0):
    product, (N, oh, ow, F) = _product(x, w, b, stride, padding)
    return product.reshape(N, F, oh, ow)


@conv_forward.mistake(
    "images and filters exchanged by a reshape",
    "The product is (F, N * oh * ow), and reshape does not put the images first. Reshape to "
    "(F, N, oh, ow) first, then exchange F and N with transpose(1, 0, 2, 3).",
)
def _filters_first_reshaped(x, w, b, stride=1, padding=0):
    product, (N, oh, ow, F) = _product(x, w, b, stride, padding)
    return product.T.reshape(N, F, oh, ow)


@conv_forward.mistake(
    "rows and columns exchanged by the transpose",
    "Height and width are exchanged: (N, oh, ow, F) becomes (N, F, oh, ow) by "
    "transpose(0, 3, 1, 2), not by (0, 3, 2, 1).",
)
def _exchanged(x, w, b, stride=1, padding=0):
    product, axes = _product(x, w, b, stride, padding)
    return product.reshape(axes).transpose(0, 3, 2, 1)


@conv_forward.mistake(
    "filters left as the last axis",
    "The filters are still the last axis: (N, oh, ow, F). Move them: transpose(0, 3, 1, 2).",
)
def _filters_last(x, w, b, stride=1, padding=0):
    product, axes = _product(x, w, b, stride, padding)
    return product.reshape(axes)


@conv_forward.mistake(
    "filters reshaped instead of transposed",
    "w.reshape(C * kh * kw, F) tears the filters apart. Make each filter a row, then transpose: "
    "w.reshape(F, -1).T",
)
def _filters_torn(x, w, b, stride=1, padding=0):
    F, C, kh, kw = w.shape
    torn = w.reshape(C * kh * kw, F).T.reshape(F, C, kh, kw)
    return convolution.conv_forward(x, torn, b, stride, padding)


@conv_forward.mistake(
    "channel order of filters and columns differs",
    "The filters are laid out as (kh, kw, C), the columns of im2col as (C, kh, kw): both must use "
    "one order.",
)
def _channel_order(x, w, b, stride=1, padding=0):
    F, C, kh, kw = w.shape
    misread = w.transpose(0, 2, 3, 1).reshape(F, C, kh, kw)
    return convolution.conv_forward(x, misread, b, stride, padding)


@conv_forward.mistake(
    "filters not transposed",
    "The product does not fit: cols has C * kh * kw columns, so the other matrix needs as many "
    "rows. Make each filter a row, then transpose: w.reshape(F, -1).T",
)
def _not_transposed(x, w, b, stride=1, padding=0):
    F, _, kh, kw = w.shape
    return convolution.im2col(x, (kh, kw), stride, padding) @ w.reshape(F, -1) + b


@conv_forward.mistake(
    "bias added after the transpose",
    "The bias is added along the last axis, and after the transpose that is ow. Add b to the "
    "product, whose columns are the filters.",
)
def _bias_after_the_transpose(x, w, b, stride=1, padding=0):
    return _bias_forgotten(x, w, b, stride, padding) + b


@conv_forward.mistake(
    "product returned as it is",
    "These are the numbers, as rows (N * oh * ow) and columns (F). Reshape to (N, oh, ow, F), then "
    "move F with transpose(0, 3, 1, 2).",
)
def _bare_product(x, w, b, stride=1, padding=0):
    return _product(x, w, b, stride, padding)[0]


@conv_forward.mistake(
    "im2col without stride and padding",
    "im2col gets neither stride nor padding here, so it cuts out other windows than you count: "
    "im2col(x, (kh, kw), stride, padding).",
)
def _im2col_alone(x, w, b, stride=1, padding=0):
    oh, ow = common.sizes(x.shape, w.shape, stride, padding)
    product, _ = _product(x, w, b, 1, 0)
    return product.reshape(len(x), oh, ow, len(w)).transpose(0, 3, 1, 2)


@conv_forward.mistake(*common.SIZES_ALONE)
def _product_sizes_alone(x, w, b, stride=1, padding=0):
    oh, ow = common.sizes(x.shape, w.shape)
    product, _ = _product(x, w, b, stride, padding)
    return product.reshape(len(x), oh, ow, len(w)).transpose(0, 3, 1, 2)


@conv_forward.mistake(
    "padding counted twice",
    "The padding counts twice: im2col and output_size see to it by themselves. Give them x and its "
    "sizes as they came in, without pad2d.",
)
def _padded_twice(x, w, b, stride=1, padding=0):
    return convolution.conv_forward(pad2d(x, padding), w, b, stride, padding)


@conv_forward.mistake(*common.KERNEL_EXCHANGED)
def _product_kernel_exchanged(x, w, b, stride=1, padding=0):
    F, C, kw, kh = w.shape
    return convolution.conv_forward(x, w.reshape(F, C, kh, kw), b, stride, padding)


@conv_forward.mistake(*common.IMAGE_EXCHANGED)
def _product_image_exchanged(x, w, b, stride=1, padding=0):
    W, H = x.shape[2:]
    oh, ow = common.sizes((H, W), w.shape, stride, padding)
    product, _ = _product(x, w, b, stride, padding)
    return product.reshape(len(x), oh, ow, len(w)).transpose(0, 3, 1, 2)
