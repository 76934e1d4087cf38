"""Lesson 08: the gradient by the input, by three of the six routes."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.examples import TOY_W


def _case(group, rng, w_shape, x_shape, stride=1, padding=0, dtype=np.float64) -> Case:
    w = normal(rng, *w_shape, dtype=dtype)
    oh, ow = common.sizes(x_shape, w_shape, stride, padding)
    dy = normal(rng, x_shape[0], w_shape[0], oh, ow, dtype=dtype)
    arguments = {"dy": dy, "w": w, "x_shape": x_shape}
    return Case(group, arguments | {"stride": stride, "padding": padding})


def _cases(rng: np.random.Generator) -> list[Case]:
    toy = {"dy": np.array([[[[1.0, -2.0], [3.0, 0.5]]]]), "w": TOY_W.astype(float)[None, None]}
    return [
        Case("the example", toy | {"x_shape": (1, 1, 4, 4), "stride": 1, "padding": 0}),
        _case("not square", rng, (1, 1, 2, 3), (1, 1, 4, 6)),
        _case("channels", rng, (1, 3, 3, 2), (1, 3, 5, 4)),
        _case("filters", rng, (4, 2, 2, 3), (1, 2, 4, 5)),
        _case("batches", rng, (4, 2, 3, 2), (3, 2, 5, 4)),
        _case("batches", rng, (2, 2, 2, 3), (2, 2, 4, 6)),
        _case("padding", rng, (4, 3, 3, 2), (2, 3, 4, 3), padding=1),
        _case("padding", rng, (2, 1, 4, 3), (3, 1, 5, 4), padding=2),
        _case("stride", rng, (4, 3, 3, 2), (2, 3, 7, 6), stride=2),
        _case("stride", rng, (1, 2, 2, 4), (3, 2, 8, 7), stride=3),
        _case("stride", rng, (2, 3, 3, 2), (1, 3, 8, 5), stride=2),
        _case("stride and padding", rng, (4, 3, 3, 4), (2, 3, 6, 7), stride=2, padding=1),
        _case("stride and padding", rng, (3, 2, 2, 3), (2, 2, 5, 9), stride=3, padding=2),
        _case("float32", rng, (4, 3, 3, 2), (2, 3, 5, 4), 2, 1, dtype=np.float32),
    ]


def _exercise(name: str, points: int, reference) -> Exercise:
    return Exercise(
        name=name,
        lesson="08_backward_input",
        points=points,
        reference=reference,
        returns=an_array(keeps_dtype=True),
        cases=_cases,
    )


conv_backward_input_scatter = _exercise(
    "conv_backward_input_scatter", 5, convolution.conv_backward_input_scatter
)
conv_backward_input_col2im = _exercise(
    "conv_backward_input_col2im", 4, convolution.conv_backward_input_col2im
)
conv_backward_input_full = _exercise(
    "conv_backward_input_full", 5, convolution.conv_backward_input_full
)
_ALL = (conv_backward_input_scatter, conv_backward_input_col2im, conv_backward_input_full)

_dx = convolution.conv_backward_input_col2im
"""The right answer, for the mistakes to spoil."""


def _everywhere(name: str, explanation: str, exercises: tuple[Exercise, ...] = _ALL):
    """Register a mistake with all three exercises, or some of them."""

    def register(function):
        for exercise in exercises:
            exercise.mistake(name, explanation)(function)
        return function

    return register


@_everywhere(
    "kernel turned the wrong way",
    "The kernel is turned by 180° where it must not be, or not turned where it must be. To "
    "scatter, a filter stays as it is; to collect, it is turned.",
)
def _turned(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy, w[:, :, ::-1, ::-1], x_shape, stride, padding)


@_everywhere(*common.FRAME_LEFT_ON)
def _frame_left_on(dy, w, x_shape, stride=1, padding=0):
    N, C, H, W = x_shape
    return _dx(dy, w, (N, C, H + 2 * padding, W + 2 * padding), stride, 0)


@_everywhere(*common.EMPTY_SLICE)
def _empty_slice(dy, w, x_shape, stride=1, padding=0):
    return _frame_left_on(dy, w, x_shape, stride, padding)[:, :, padding:-padding, padding:-padding]


@_everywhere(*common.CUT_FROM_THE_CORNER)
def _cut_from_the_corner(dy, w, x_shape, stride=1, padding=0):
    return _frame_left_on(dy, w, x_shape, stride, padding)[:, :, : x_shape[2], : x_shape[3]]


@_everywhere(
    "first channel for all",
    "Every channel gets the gradient of channel 0: each has a kernel of its own in the filter.",
)
def _first_channel(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy, np.repeat(w[:, :1], w.shape[1], axis=1), x_shape, stride, padding)


@_everywhere(
    "first filter only",
    "Only filter 0 sends its gradient back: a pixel collects from all feature maps.",
)
def _first_filter(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy[:, :1], w[:1], x_shape, stride, padding)


@_everywhere(
    "mean over the filters",
    "The shares of the filters are averaged. They are added up.",
)
def _filter_mean(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy, w / len(w), x_shape, stride, padding)


@_everywhere(
    "windows one pixel apart",
    "The stride is missing: output (i, j) belongs to the window that begins at row i * stride and "
    "column j * stride.",
    (conv_backward_input_scatter, conv_backward_input_col2im),
)
def _one_apart(dy, w, x_shape, stride=1, padding=0):
    (N, C, H, W), (oh, ow), (kh, kw) = x_shape, dy.shape[2:], w.shape[2:]
    near = _dx(dy, w, (N, C, oh + kh - 1, ow + kw - 1), 1, 0)
    dxpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=dy.dtype)
    dxpad[:, :, : near.shape[2], : near.shape[3]] = near
    return dxpad[:, :, padding : padding + H, padding : padding + W]


@_everywhere(
    "float64 from float32",
    "The numbers are right, but float32 became float64: an array on the way was made without "
    "dtype=dy.dtype.",
)
def _float64(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy.astype(np.float64), w, x_shape, stride, padding)


@conv_backward_input_scatter.mistake(
    "= instead of +=",
    "Windows that overlap overwrite each other: a pixel adds up what every output sends it (+=).",
)
def _overwritten(dy, w, x_shape, stride=1, padding=0):
    (N, C, H, W), (kh, kw) = x_shape, w.shape[2:]
    dxpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=dy.dtype)
    for n, f, i, j in np.ndindex(dy.shape):
        top, left = i * stride, j * stride
        dxpad[n, :, top : top + kh, left : left + kw] = dy[n, f, i, j] * w[f]
    return dxpad[:, :, padding : padding + H, padding : padding + W]


@conv_backward_input_scatter.mistake(
    "upstream left out",
    "The filters are scattered as they are: each must be multiplied with its dy[n, f, i, j].",
)
def _no_upstream(dy, w, x_shape, stride=1, padding=0):
    return _dx(np.ones_like(dy), w, x_shape, stride, padding)


@conv_backward_input_scatter.mistake(
    "scattered into an image without a frame",
    "The windows are those of the padded image, but you write into one without a frame. Make zeros "
    "of H + 2 * padding by W + 2 * padding.",
)
def _no_frame(dy, w, x_shape, stride=1, padding=0):
    dx, (kh, kw) = np.zeros(x_shape, dtype=dy.dtype), w.shape[2:]
    for n, f, i, j in np.ndindex(dy.shape):
        top, left = i * stride, j * stride
        dx[n, :, top : top + kh, left : left + kw] += dy[n, f, i, j] * w[f]
    return dx


def _scattered(dy, x_shape, kernel_size, stride, padding, share) -> np.ndarray:
    """The loops of the exercise; share(n, f, i, j) is what output (i, j) sends to its window."""
    (N, C, H, W), (kh, kw) = x_shape, kernel_size
    dxpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=dy.dtype)
    for n, f, i, j in np.ndindex(dy.shape):
        top, left = i * stride, j * stride
        dxpad[n, :, top : top + kh, left : left + kw] += share(n, f, i, j)
    return dxpad[:, :, padding : padding + H, padding : padding + W]


@conv_backward_input_scatter.mistake(
    "filter summed up",
    "np.sum makes one number of the filter, and the whole window gets it. Only the forward pass "
    "sums: here each pixel gets its own weight's share, dy[n, f, i, j] * w[f].",
)
def _filter_summed(dy, w, x_shape, stride=1, padding=0):
    total = w.sum(axis=(1, 2, 3))
    return _scattered(
        dy, x_shape, w.shape[2:], stride, padding, lambda n, f, i, j: dy[n, f, i, j] * total[f]
    )


@conv_backward_input_scatter.mistake(
    "weights left out",
    "Every pixel of the window gets dy itself. It gets dy times the weight that it met: multiply "
    "dy[n, f, i, j] with w[f].",
)
def _no_weights(dy, w, x_shape, stride=1, padding=0):
    return _scattered(dy, x_shape, w.shape[2:], stride, padding, lambda n, f, i, j: dy[n, f, i, j])


@conv_backward_input_scatter.mistake(
    "every image gets the shares of all",
    "dx[:, ...] adds to all images. What output n sends belongs to image n: dxpad[n, ...].",
)
def _all_images(dy, w, x_shape, stride=1, padding=0):
    together = np.broadcast_to(dy.sum(axis=0, keepdims=True), dy.shape)
    return _dx(together, w, x_shape, stride, padding)


@_everywhere(
    "mean over the batch",
    "The sum is divided by the number of images. Each image has a gradient of its own, and if the "
    "loss is a mean over the batch, dy says so already.",
)
def _batch_mean(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy / len(dy), w, x_shape, stride, padding)


@conv_backward_input_col2im.mistake(*common.FORWARD_TRANSPOSE)
def _forward_transpose(dy, w, x_shape, stride=1, padding=0):
    N, F, oh, ow = dy.shape
    torn = dy.transpose(0, 3, 1, 2).reshape(N, oh, ow, F).transpose(0, 3, 1, 2)
    return _dx(torn, w, x_shape, stride, padding)


@conv_backward_input_col2im.mistake(
    "col2im without padding",
    "col2im gets the stride, but not the padding, so it expects other windows: hand both over.",
)
def _col2im_unpadded(dy, w, x_shape, stride=1, padding=0):
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, len(w))
    return convolution.col2im(dY @ w.reshape(len(w), -1), x_shape, w.shape[2:], stride)


@conv_backward_input_col2im.mistake(
    "upstream reshaped instead of transposed",
    "dy.reshape(-1, F) tears the feature maps apart: move F to the end first, "
    "dy.transpose(0, 2, 3, 1), then reshape.",
)
def _reshaped(dy, w, x_shape, stride=1, padding=0):
    N, F, oh, ow = dy.shape
    torn = dy.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)
    return _dx(torn, w, x_shape, stride, padding)


@conv_backward_input_col2im.mistake(
    "col2im without stride and padding",
    "col2im gets neither stride nor padding here, so it expects other windows: hand both over.",
)
def _col2im_alone(dy, w, x_shape, stride=1, padding=0):
    dY = dy.transpose(0, 2, 3, 1).reshape(-1, len(w))
    return convolution.col2im(dY @ w.reshape(len(w), -1), x_shape, w.shape[2:])


@conv_backward_input_full.mistake(
    "filters and channels not exchanged",
    "The turned filters are still (F, C, kh, kw). Here dy has F maps and dx has C: exchange the "
    "first two axes, transpose(1, 0, 2, 3).",
)
def _not_exchanged(dy, w, x_shape, stride=1, padding=0):
    return _dx(dy, w.transpose(1, 0, 2, 3), x_shape, stride, padding)


@conv_backward_input_full.mistake(
    "filters and channels exchanged by a reshape",
    "reshape(C, F, kh, kw) tears the filters apart. Exchange the axes with transpose(1, 0, 2, 3).",
)
def _exchanged_by_reshape(dy, w, x_shape, stride=1, padding=0):
    F, C, kh, kw = w.shape
    torn = w.reshape(C, F, kh, kw).transpose(1, 0, 2, 3)
    return _dx(dy, torn, x_shape, stride, padding)


def _collected(framed, w, x_shape, stride, padding, bias=None):
    """The last steps of the exercise, from dy spread out in its frame on."""
    N, C, H, W = x_shape
    reached = convolution.conv_forward(framed, w, np.zeros(C) if bias is None else bias)
    dxpad = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=framed.dtype)
    dxpad[:, :, : reached.shape[2], : reached.shape[3]] = reached
    return dxpad[:, :, padding : padding + H, padding : padding + W]


def _framed(dy, rows, columns, stride):
    """Zeros between the entries of dy, and frames of so many rows and columns around it."""
    N, F, oh, ow = dy.shape
    spread = np.zeros((N, F, (oh - 1) * stride + 1, (ow - 1) * stride + 1), dtype=dy.dtype)
    spread[:, :, ::stride, ::stride] = dy
    return np.pad(spread, ((0, 0), (0, 0), (rows, rows), (columns, columns)))


@conv_backward_input_full.mistake(
    "pixels that no window reached missing",
    "The rows and columns at the end that no window has reached are missing: write what "
    "conv_forward gives into zeros of the padded size.",
)
def _remainder_missing(dy, w, x_shape, stride=1, padding=0):
    (kh, kw), (oh, ow) = w.shape[2:], dy.shape[2:]
    height, width = (oh - 1) * stride + kh, (ow - 1) * stride + kw
    dxpad = _dx(dy, w, (*x_shape[:2], height, width), stride)
    (H, W), p = x_shape[2:], padding
    return dxpad[:, :, p : p + H, p : p + W]


@conv_backward_input_full.mistake(
    "frame of kh - 1 on all sides",
    "The frame is kh - 1 wide on all sides. At the left and at the right it has kw - 1 columns.",
)
def _one_frame(dy, w, x_shape, stride=1, padding=0):
    kh = w.shape[2]
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return _collected(_framed(dy, kh - 1, kh - 1, stride), turned, x_shape, stride, padding)


@conv_backward_input_full.mistake(
    "all four axes turned",
    "w[::-1, ::-1] reverses filters and channels. The kernels are the last two axes: "
    "w[:, :, ::-1, ::-1].",
)
def _four_axes_turned(dy, w, x_shape, stride=1, padding=0):
    kh, kw = w.shape[2:]
    turned = w[::-1, ::-1].transpose(1, 0, 2, 3)
    return _collected(_framed(dy, kh - 1, kw - 1, stride), turned, x_shape, stride, padding)


@conv_backward_input_full.mistake(
    "filters not transposed",
    "conv_forward wants filters of the shape (C, F, kh, kw), because dy has F maps and dx has C: "
    "turn the kernels, then transpose(1, 0, 2, 3).",
)
def _no_transpose(dy, w, x_shape, stride=1, padding=0):
    kh, kw = w.shape[2:]
    framed, turned = _framed(dy, kh - 1, kw - 1, stride), w[:, :, ::-1, ::-1]
    return _collected(framed, turned, x_shape, stride, padding, np.zeros(x_shape[1]))


@conv_backward_input_full.mistake(
    "a bias for each filter",
    "Here conv_forward has C filters, one for each channel of dx, so it wants a bias of C zeros.",
)
def _bias_of_filters(dy, w, x_shape, stride=1, padding=0):
    kh, kw = w.shape[2:]
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    framed = _framed(dy, kh - 1, kw - 1, stride)
    return _collected(framed, turned, x_shape, stride, padding, np.zeros(len(w)))


@conv_backward_input_full.mistake(
    "dy not spread out",
    "At a stride above 1 there must be stride - 1 zeros between neighbouring entries of dy, before "
    "the frame is put around it.",
)
def _not_spread(dy, w, x_shape, stride=1, padding=0):
    kh, kw = w.shape[2:]
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return _collected(_framed(dy, kh - 1, kw - 1, 1), turned, x_shape, stride, padding)


@conv_backward_input_full.mistake(
    "transposed instead of turned",
    "transpose(1, 0, 3, 2) exchanges rows and columns of each kernel. To turn it by 180 degrees, "
    "reverse both: w[:, :, ::-1, ::-1], then transpose(1, 0, 2, 3).",
)
def _transposed_kernels(dy, w, x_shape, stride=1, padding=0):
    kh, kw = w.shape[2:]
    exchanged = w.transpose(1, 0, 3, 2)
    return _collected(_framed(dy, kh - 1, kw - 1, stride), exchanged, x_shape, stride, padding)


@conv_backward_input_full.mistake(
    "stride handed on to conv_forward",
    "conv_forward gets the stride once more. The zeros between the entries of dy have taken care "
    "of it: every pixel collects, so the windows lie one apart.",
)
def _strided_twice(dy, w, x_shape, stride=1, padding=0):
    (N, C, H, W), (kh, kw), p = x_shape, w.shape[2:], padding
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    framed = _framed(dy, kh - 1, kw - 1, stride)
    reached = convolution.conv_forward(framed, turned, np.zeros(C), stride)
    dxpad = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=dy.dtype)
    dxpad[:, :, : reached.shape[2], : reached.shape[3]] = reached
    return dxpad[:, :, p : p + H, p : p + W]


@conv_backward_input_full.mistake(
    "frame as wide as the padding",
    "The frame around dy has nothing to do with the padding of x: it is kh - 1 rows and kw - 1 "
    "columns wide, so that the first pixel meets the kernel's last row.",
)
def _frame_of_padding(dy, w, x_shape, stride=1, padding=0):
    turned = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return _collected(_framed(dy, padding, padding, stride), turned, x_shape, stride, padding)


@conv_backward_input_full.mistake(
    "turned in one direction only",
    "The kernel is reversed in one direction only. To turn it by 180 degrees, reverse rows and "
    "columns: w[:, :, ::-1, ::-1].",
)
def _mirrored(dy, w, x_shape, stride=1, padding=0):
    kh, kw = w.shape[2:]
    mirrored = w[:, :, ::-1].transpose(1, 0, 2, 3)
    return _collected(_framed(dy, kh - 1, kw - 1, stride), mirrored, x_shape, stride, padding)
