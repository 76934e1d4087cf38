"""Lesson 07: the gradients of the loss by the bias and by the weights."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.convolution import pad2d
from course.examples import TOY_X

TOY_DY = np.array([[1.0, -2.0], [3.0, 0.5]]).reshape(1, 1, 2, 2)


def _bias_cases(rng: np.random.Generator) -> list[Case]:
    shapes = [
        ("not square", (1, 1, 3, 2)),
        ("filters", (1, 4, 2, 3)),
        ("batches", (3, 2, 4, 5)),
        ("batches", (2, 5, 3, 4)),
        ("batches", (3, 3, 2, 4)),
        ("batches", (5, 1, 3, 2)),
    ]
    cases = [Case("the example", {"dy": TOY_DY})]
    cases += [Case(group, {"dy": normal(rng, *shape)}) for group, shape in shapes]
    return [*cases, Case("float32", {"dy": normal(rng, 2, 4, 3, 5, dtype=np.float32)})]


conv_backward_bias = Exercise(
    name="conv_backward_bias",
    lesson="07_backward_bias_and_weights",
    points=2,
    reference=convolution.conv_backward_bias,
    returns=an_array(keeps_dtype=True),
    cases=_bias_cases,
)

_AXES = "dy has the axes (N, F, oh, ow), counted from 0; sum over axes 0, 2 and 3."

conv_backward_bias.mistake(
    "the filters summed, the columns left",
    f"You sum over images, filters and rows, and the columns are left. {_AXES}",
)(lambda dy: dy.sum(axis=(0, 1, 2)))

conv_backward_bias.mistake(
    "the filters summed, the rows left",
    f"You sum over images, filters and columns, and the rows are left. {_AXES}",
)(lambda dy: dy.sum(axis=(0, 1, 3)))

conv_backward_bias.mistake(
    "the filters summed, the images left",
    f"You sum over filters and pixels, which leaves a number for each image. {_AXES}",
)(lambda dy: dy.sum(axis=(1, 2, 3)))

conv_backward_bias.mistake(
    "the images left",
    "There is still a row for each image. Every image adds its share to one and the same bias: "
    "sum over axis 0, too.",
)(lambda dy: dy.sum(axis=(2, 3)))

conv_backward_bias.mistake(
    "the pixels left",
    "Only the images are summed. The bias of a filter is part of every one of its outputs: sum "
    "over axes 2 and 3, too.",
)(lambda dy: dy.sum(axis=0))

conv_backward_bias.mistake(
    "the columns left",
    "The columns are still there: sum over axis 3, too. A tuple names several axes: "
    "axis=(0, 2, 3).",
)(lambda dy: dy.sum(axis=(0, 2)))

conv_backward_bias.mistake(
    "one sum of all",
    "This is one number, the sum of all of dy. There is a number for each filter: name the axes "
    "to sum over, axis=(0, 2, 3).",
)(lambda dy: dy.sum())

conv_backward_bias.mistake(
    "one sum for all filters",
    "Every filter gets the sum of all of dy. Bias f is part of the outputs of filter f and of no "
    "other.",
)(lambda dy: np.full(dy.shape[1], dy.sum(), dtype=dy.dtype))

conv_backward_bias.mistake(
    "axes of length 1 kept",
    "keepdims leaves axes of length 1, (1, F, 1, 1). The bias has one axis: leave keepdims out.",
)(lambda dy: dy.sum(axis=(0, 2, 3), keepdims=True))

conv_backward_bias.mistake(
    "mean instead of sum",
    "This is the mean of dy. The changes of all outputs add up, and nothing divides them: take "
    "the sum.",
)(lambda dy: dy.mean(axis=(0, 2, 3)))

conv_backward_bias.mistake(
    "mean over the images",
    "The sum is divided by the number of images. If the loss is a mean over the batch, dy says so "
    "already: add up.",
)(lambda dy: dy.mean(axis=0).sum(axis=(1, 2)))

conv_backward_bias.mistake(
    "mean over the pixels",
    "The sum is divided by the number of pixels. The changes of all outputs add up, undivided.",
)(lambda dy: dy.mean(axis=(2, 3)).sum(axis=0))

conv_backward_bias.mistake(
    "max instead of sum",
    "This is the largest number of each filter. The changes of all outputs add up: take the sum.",
)(lambda dy: dy.max(axis=(0, 2, 3)))

conv_backward_bias.mistake(
    "first image only",
    "Only image 0 counts. Every image adds its share: sum over axis 0, too.",
)(lambda dy: dy[0].sum(axis=(1, 2)))

conv_backward_bias.mistake(
    "last image only",
    "Only the last image counts: is there = where += belongs? Every image adds its share.",
)(lambda dy: dy[-1].sum(axis=(1, 2)))

conv_backward_bias.mistake(
    "= instead of +=",
    "Only the last output of the last image counts, because each overwrites the one before: "
    "write db[f] += dy[n, f, i, j].",
)(lambda dy: dy[-1, :, -1, -1])

conv_backward_bias.mistake(
    "upstream not used",
    "This counts the outputs of each filter, as if dy were 1 everywhere. Add up the numbers in dy.",
)(lambda dy: np.full(dy.shape[1], dy[:, 0].size, dtype=dy.dtype))

conv_backward_bias.mistake(
    "sign exchanged",
    "Every number has the wrong sign. The bias is added, so its gradient is the plain sum of dy.",
)(lambda dy: -dy.sum(axis=(0, 2, 3)))

conv_backward_bias.mistake(
    "reshape where transpose is meant",
    "reshape(-1, F) does not gather the outputs of a filter in a column, because F is axis 1 of "
    "dy. Name the axes instead: sum(axis=(0, 2, 3)).",
)(lambda dy: dy.reshape(-1, dy.shape[1]).sum(axis=0))

conv_backward_bias.mistake(
    "images and filters mixed by a reshape",
    "reshape(F, -1) does not gather the outputs of a filter in a row, because the images come "
    "first in dy. Name the axes instead: sum(axis=(0, 2, 3)).",
)(lambda dy: dy.reshape(dy.shape[1], -1).sum(axis=1))

conv_backward_bias.mistake(
    "float64 from float32",
    "The numbers are right, but float32 became float64. np.zeros makes float64 unless it gets "
    "dtype=dy.dtype.",
)(lambda dy: dy.sum(axis=(0, 2, 3)).astype(np.float64))

conv_backward_bias.mistake(*common.returned_in_the_loop("f", "the sum of the first filter"))(
    lambda dy: common.only(dy.sum(axis=(0, 2, 3)), 0)
)


# (group, x_shape, number of filters, kernel_size, stride, padding)
_CONFIGURATIONS = [
    ("not square", (1, 1, 5, 4), 1, (2, 3), 1, 0),
    ("channels", (1, 3, 4, 5), 1, (2, 3), 1, 0),
    ("filters", (1, 2, 5, 4), 4, (3, 2), 1, 0),
    ("batches", (3, 2, 4, 5), 4, (2, 3), 1, 0),
    ("batches", (2, 3, 5, 4), 2, (3, 2), 1, 0),
    ("padding", (2, 3, 4, 3), 4, (3, 2), 1, 1),
    ("padding", (3, 1, 4, 5), 2, (4, 3), 1, 2),
    ("stride", (2, 3, 7, 5), 4, (3, 2), 2, 0),
    ("stride", (3, 2, 8, 7), 1, (2, 3), 3, 0),
    ("stride and padding", (2, 3, 6, 7), 4, (3, 4), 2, 1),
    ("stride and padding", (3, 2, 5, 8), 4, (2, 3), 3, 2),
]


def _arguments(dy, x, kernel_size, stride, padding):
    return {"dy": dy, "x": x, "kernel_size": kernel_size, "stride": stride, "padding": padding}


def _case(group, rng, x_shape, F, kernel_size, stride, padding, dtype=np.float64) -> Case:
    oh, ow = common.sizes(x_shape, kernel_size, stride, padding)
    dy = normal(rng, x_shape[0], F, oh, ow, dtype=dtype)
    x = normal(rng, *x_shape, dtype=dtype)
    return Case(group, _arguments(dy, x, kernel_size, stride, padding))


def _cases(rng: np.random.Generator) -> list[Case]:
    toy = TOY_X.astype(float).reshape(1, 1, 4, 4)
    return [
        Case("the example", _arguments(TOY_DY, toy, (3, 3), 1, 0)),
        *(_case(group, rng, *configuration) for group, *configuration in _CONFIGURATIONS),
        _case("float32", rng, (2, 3, 5, 4), 4, (3, 2), 2, 1, dtype=np.float32),
    ]


conv_backward_weights_loops = Exercise(
    name="conv_backward_weights_loops",
    lesson="07_backward_bias_and_weights",
    points=4,
    reference=convolution.conv_backward_weights_loops,
    returns=an_array(keeps_dtype=True),
    cases=_cases,
)

conv_backward_weights = Exercise(
    name="conv_backward_weights",
    lesson="07_backward_bias_and_weights",
    points=3,
    reference=convolution.conv_backward_weights,
    returns=an_array(keeps_dtype=True),
    cases=_cases,
)

_right = convolution.conv_backward_weights


def _kernel_turned(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x, kernel_size, stride, padding)[..., ::-1, ::-1]


def _upstream_backward(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy[..., ::-1, ::-1], x, kernel_size, stride, padding)


def _batch_mean(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x, kernel_size, stride, padding) / len(x)


def _mean_of_all(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x, kernel_size, stride, padding) / dy[:, 0].size


def _filters_and_channels_exchanged(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x, kernel_size, stride, padding).transpose(1, 0, 2, 3)


def _channels_summed(dy, x, kernel_size, stride=1, padding=0):
    total = np.sum(x, axis=1, keepdims=True)
    return _right(dy, np.repeat(total, x.shape[1], axis=1), kernel_size, stride, padding)


def _first_filter(dy, x, kernel_size, stride=1, padding=0):
    first = dy[:, np.zeros(dy.shape[1], dtype=int)]
    return _right(first, x, kernel_size, stride, padding)


def _upstream_not_used(dy, x, kernel_size, stride=1, padding=0):
    return _right(np.ones_like(dy), x, kernel_size, stride, padding)


def _sign(dy, x, kernel_size, stride=1, padding=0):
    return -_right(dy, x, kernel_size, stride, padding)


def _rows_and_columns_of_dw(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x, kernel_size, stride, padding).swapaxes(2, 3)


def _float64(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy.astype(np.float64), x, kernel_size, stride, padding)


# What can go wrong in the same way with loops and with a matrix product.
for _exercise in (conv_backward_weights_loops, conv_backward_weights):
    _exercise.mistake(
        "kernel turned",
        "dw is turned by 180°. Weight (u, v) meets the pixel at (i * stride + u, j * stride + v), "
        "with plus signs: the forward pass turns nothing.",
    )(_kernel_turned)
    _exercise.mistake(
        "upstream read backward",
        "dy is read from its last output to its first. Output (i, j) belongs to window (i, j): do "
        "not turn dy.",
    )(_upstream_backward)
    _exercise.mistake(
        "mean over the images",
        "The sum is divided by the number of images. If the loss is a mean over the batch, dy "
        "says so already: add up.",
    )(_batch_mean)
    _exercise.mistake(
        "mean over all outputs",
        "The sum is divided by the number of outputs of a filter. The changes of all outputs add "
        "up, undivided.",
    )(_mean_of_all)
    _exercise.mistake(
        "filters and channels exchanged",
        "The axes of your dw are (C, F, kh, kw). It has the shape of w: (F, C, kh, kw).",
    )(_filters_and_channels_exchanged)
    _exercise.mistake(
        "channels summed",
        "Every channel gets the sum over all channels. Only the forward pass sums over them: "
        "weight w[f, c] meets the pixels of channel c alone.",
    )(_channels_summed)
    _exercise.mistake(
        "first filter for all",
        "Every filter gets the gradient of filter 0: index dy with f.",
    )(_first_filter)
    _exercise.mistake(
        "upstream not used",
        "This is right for an upstream of ones only. Multiply each window with what arrives at "
        "its output, dy[n, f, i, j].",
    )(_upstream_not_used)
    _exercise.mistake(
        "sign exchanged",
        "Every number has the wrong sign. dw is the plain sum; only the step of gradient descent "
        "goes the other way.",
    )(_sign)
    _exercise.mistake(
        "rows and columns exchanged in dw",
        "The kernels are right but for rows and columns, which are exchanged: dw has the axes "
        "(F, C, kh, kw).",
    )(_rows_and_columns_of_dw)
    _exercise.mistake(
        "float64 from float32",
        "The numbers are right, but float32 became float64: an array on the way was made without "
        "dtype=dy.dtype.",
    )(_float64)


def _add_up(dy, x, kernel_size, stride=1, padding=0, top_left=None):
    """The loops of the lesson; like the student's own line, they may raise ValueError."""
    (N, F, oh, ow), (kh, kw) = dy.shape, kernel_size
    image = pad2d(x, padding)
    dw = np.zeros((F, x.shape[1], kh, kw), dtype=dy.dtype)
    for n, f, i, j in np.ndindex(N, F, oh, ow):
        top, left = top_left(i, j) if top_left else (i * stride, j * stride)
        dw[f] += dy[n, f, i, j] * image[n, :, top : top + kh, left : left + kw]
    return dw


def _share(dy, place):
    """The upstream with zeros everywhere but at one place."""
    return common.only(dy, place)


@conv_backward_weights_loops.mistake(
    "= instead of +=",
    "Each window overwrites the one before, so that only the last output counts: write dw[f] +=.",
)
def _overwritten(dy, x, kernel_size, stride=1, padding=0):
    return _right(_share(dy, np.s_[-1, :, -1, -1]), x, kernel_size, stride, padding)


@conv_backward_weights_loops.mistake(
    "window summed up",
    "np.sum makes one number of the window, and every weight gets it. Only the forward pass sums: "
    "here each weight takes its own pixel, dw[f] += dy[n, f, i, j] * window.",
)
def _window_summed(dy, x, kernel_size, stride=1, padding=0):
    total = _right(dy, x, kernel_size, stride, padding).sum(axis=(1, 2, 3), keepdims=True)
    return np.broadcast_to(total, (dy.shape[1], x.shape[1], *kernel_size)).copy()


@conv_backward_weights_loops.mistake(
    "last image only",
    "Only the last image counts: dw is made anew, or set to zeros, for each image. Make it once, "
    "before all loops.",
)
def _last_image(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy[-1:], x[-1:], kernel_size, stride, padding)


@conv_backward_weights_loops.mistake(
    "image 0 for all",
    "Every window is cut out of image 0: index the padded x with n.",
)
def _image_0_for_all(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x[np.zeros(len(x), dtype=int)], kernel_size, stride, padding)


@conv_backward_weights_loops.mistake(
    "upstream of image 0 for all",
    "Every window is multiplied with the upstream of image 0: it is dy[n, f, i, j].",
)
def _upstream_0_for_all(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy[np.zeros(len(dy), dtype=int)], x, kernel_size, stride, padding)


@conv_backward_weights_loops.mistake(
    "added to every filter",
    "Every filter gets the sum over all filters: dw += adds to all of them. Write dw[f] +=.",
)
def _every_filter(dy, x, kernel_size, stride=1, padding=0):
    total = np.repeat(np.sum(dy, axis=1, keepdims=True), dy.shape[1], axis=1)
    return _right(total, x, kernel_size, stride, padding)


@conv_backward_weights_loops.mistake(
    "all images at once",
    "The window is cut out of all images and does not fit into dw[f]. Take image n alone: "
    "xpad[n, :, top : top + kh, left : left + kw].",
)
def _all_images(dy, x, kernel_size, stride=1, padding=0):
    (kh, kw), xpad = kernel_size, pad2d(x, padding)
    dw = np.zeros((dy.shape[1], x.shape[1], kh, kw), dtype=dy.dtype)
    dw[0] += dy[0, 0, 0, 0] * xpad[:, :, :kh, :kw]
    return dw


@conv_backward_weights_loops.mistake(
    "windows one pixel apart",
    "The windows are one pixel apart: window (i, j) begins at row i * stride and column "
    "j * stride.",
)
def _one_apart(dy, x, kernel_size, stride=1, padding=0):
    return _add_up(dy, x, kernel_size, stride, padding, lambda i, j: (i, j))


@conv_backward_weights_loops.mistake(
    "windows cut out of x without its frame",
    "The windows are cut out of x, which has no frame, so that some hang over its edge. Cut them "
    "out of the padded x.",
)
def _unpadded(dy, x, kernel_size, stride=1, padding=0):
    return _add_up(dy, x, kernel_size, stride)


@conv_backward_weights_loops.mistake(
    "rows and columns of the window exchanged",
    "i counts the rows of windows and j the columns: top = i * stride and left = j * stride, not "
    "the other way round.",
)
def _window_exchanged(dy, x, kernel_size, stride=1, padding=0):
    return _add_up(dy, x, kernel_size, stride, padding, lambda i, j: (j * stride, i * stride))


@conv_backward_weights_loops.mistake(
    "dy[n, f, j, i] instead of dy[n, f, i, j]",
    "i counts the rows of outputs and j the columns, so what arrives at output (i, j) is "
    "dy[n, f, i, j], not dy[n, f, j, i].",
)
def _upstream_exchanged(dy, x, kernel_size, stride=1, padding=0):
    exchanged = np.zeros_like(dy)
    for n, f, i, j in np.ndindex(dy.shape):
        exchanged[n, f, i, j] = dy[n, f, j, i]
    return _right(exchanged, x, kernel_size, stride, padding)


@conv_backward_weights_loops.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(dy, x, kernel_size, stride=1, padding=0):
    kw, kh = kernel_size
    return _add_up(dy, x, (kh, kw), stride, padding)


# What an early `return` has added up, by the loop that it stands in.
for _loop, _place, _filled in (
    ("j", (0, 0, 0, 0), "the share of the first output"),
    ("i", (0, 0, 0), "the share of the first row of outputs"),
    ("f", (0, 0), "what the first image adds to the first filter"),
    ("n", (0,), "the share of the first image"),
):

    def _returned_early(dy, x, kernel_size, stride=1, padding=0, place=_place):
        return _right(_share(dy, place), x, kernel_size, stride, padding)

    conv_backward_weights_loops.mistake(*common.returned_in_the_loop(_loop, _filled))(
        _returned_early
    )


def _matrices(dy, x, kernel_size, stride, padding):
    """The matrices of the right product: dY (rows, F) and cols (rows, C * kh * kw)."""
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, dy.shape[1])
    return dY, convolution.im2col(x, kernel_size, stride, padding)


def _shaped(dW, dy, x, kernel_size):
    return dW.reshape(dy.shape[1], x.shape[1], *kernel_size)


@conv_backward_weights.mistake(
    "dy reshaped instead of transposed",
    "dy.reshape(-1, F) mixes filters and pixels. Move F to the end first: "
    "dy.transpose(0, 2, 3, 1).reshape(-1, F).",
)
def _reshaped(dy, x, kernel_size, stride=1, padding=0):
    _, cols = _matrices(dy, x, kernel_size, stride, padding)
    return _shaped(dy.reshape(-1, dy.shape[1]).T @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "images and filters mixed by a reshape",
    "dy.reshape(F, -1) puts image after image into the rows, not filter after filter. Move F to "
    "the front first: dy.transpose(1, 0, 2, 3).reshape(F, -1).",
)
def _filters_first_reshaped(dy, x, kernel_size, stride=1, padding=0):
    _, cols = _matrices(dy, x, kernel_size, stride, padding)
    return _shaped(dy.reshape(dy.shape[1], -1) @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "rows and columns of dy exchanged by the transpose",
    "The windows of im2col go along each row, so dy needs the axes (N, oh, ow, F): "
    "transpose(0, 2, 3, 1), not (0, 3, 2, 1).",
)
def _exchanged(dy, x, kernel_size, stride=1, padding=0):
    _, cols = _matrices(dy, x, kernel_size, stride, padding)
    dY = dy.transpose(0, 3, 2, 1).reshape(-1, dy.shape[1])
    return _shaped(dY.T @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(*common.FORWARD_TRANSPOSE)
def _forward_transpose(dy, x, kernel_size, stride=1, padding=0):
    _, cols = _matrices(dy, x, kernel_size, stride, padding)
    dY = dy.transpose(0, 3, 1, 2).reshape(-1, dy.shape[1])
    return _shaped(dY.T @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "images not the first axis of the rows",
    "The rows of dY go through the pixels first, those of im2col through the images: "
    "transpose(0, 2, 3, 1), so that N stays in front.",
)
def _images_interleaved(dy, x, kernel_size, stride=1, padding=0):
    _, cols = _matrices(dy, x, kernel_size, stride, padding)
    dY = dy.transpose(2, 3, 0, 1).reshape(-1, dy.shape[1])
    return _shaped(dY.T @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "channel last in a row",
    "The product is read as (F, kh, kw, C), but im2col orders its columns as (C, kh, kw): "
    "reshape(F, C, kh, kw), without a transpose.",
)
def _channel_last(dy, x, kernel_size, stride=1, padding=0):
    F, C, kh, kw = (dw := _right(dy, x, kernel_size, stride, padding)).shape
    return dw.reshape(F, kh, kw, C).transpose(0, 3, 1, 2)


@conv_backward_weights.mistake(
    "dY not transposed",
    "The product does not fit: dY has the filters as columns, and a row for each window, as cols "
    "has. Transpose the first: dY.T @ cols.",
)
def _not_transposed(dy, x, kernel_size, stride=1, padding=0):
    dY, cols = _matrices(dy, x, kernel_size, stride, padding)
    return _shaped(dY @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "factors exchanged",
    "The product does not fit: cols @ dY.T has the factors in the wrong order. It is dY.T @ cols.",
)
def _factors_exchanged(dy, x, kernel_size, stride=1, padding=0):
    dY, cols = _matrices(dy, x, kernel_size, stride, padding)
    return _shaped(cols @ dY.T, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "product the other way round",
    "cols.T @ dY has the filters as columns, and reshape does not move them. Use dY.T @ cols, or "
    "transpose the product (.T) before the reshape.",
)
def _torn(dy, x, kernel_size, stride=1, padding=0):
    dY, cols = _matrices(dy, x, kernel_size, stride, padding)
    return _shaped(cols.T @ dY, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "product returned as it is",
    "These are the numbers, one row for each filter. Give them the shape of w: "
    "reshape(F, C, kh, kw).",
)
def _bare_product(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy, x, kernel_size, stride, padding).reshape(dy.shape[1], -1)


@conv_backward_weights.mistake(
    "im2col without stride and padding",
    "im2col gets neither stride nor padding here, so it cuts out other windows than the forward "
    "pass: im2col(x, kernel_size, stride, padding).",
)
def _im2col_alone(dy, x, kernel_size, stride=1, padding=0):
    return _product_with(convolution.im2col(x, kernel_size), dy, x, kernel_size)


@conv_backward_weights.mistake(
    "im2col without padding",
    "im2col does not get the padding here, so the windows at the border are missing: "
    "im2col(x, kernel_size, stride, padding).",
)
def _im2col_unpadded(dy, x, kernel_size, stride=1, padding=0):
    return _product_with(convolution.im2col(x, kernel_size, stride), dy, x, kernel_size)


@conv_backward_weights.mistake(
    "padding counted twice",
    "The padding counts twice: im2col sees to it by itself. Give it x as it came in, without "
    "pad2d.",
)
def _padded_twice(dy, x, kernel_size, stride=1, padding=0):
    cols = convolution.im2col(pad2d(x, padding), kernel_size, stride, padding)
    return _product_with(cols, dy, x, kernel_size)


def _product_with(cols, dy, x, kernel_size):
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, dy.shape[1])
    return _shaped(dY.T @ cols, dy, x, kernel_size)


@conv_backward_weights.mistake(
    "first image only",
    "Only image 0 counts. Every image adds its share: the rows of dY and of cols are all windows "
    "of all images.",
)
def _first_image(dy, x, kernel_size, stride=1, padding=0):
    return _right(dy[:1], x[:1], kernel_size, stride, padding)


@conv_backward_weights.mistake(
    "kh and kw exchanged in the reshape",
    "The right numbers in the wrong shape: the height kh comes before the width kw, "
    "reshape(F, C, kh, kw).",
)
def _reshape_exchanged(dy, x, kernel_size, stride=1, padding=0):
    F, C, kh, kw = (dw := _right(dy, x, kernel_size, stride, padding)).shape
    return dw.reshape(F, C, kw, kh)
