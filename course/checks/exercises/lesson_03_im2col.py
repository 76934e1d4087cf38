"""Lesson 03: windows as the rows of a matrix, and the way back."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.convolution import pad2d
from course.examples import COLOUR_X, TOY_X

# (group, x_shape, kernel_size, stride, padding)
_CONFIGURATIONS = [
    ("not square", (1, 1, 5, 4), (2, 3), 1, 0),
    ("channels", (1, 3, 4, 5), (3, 2), 1, 0),
    ("batches", (3, 2, 5, 4), (2, 2), 1, 0),
    ("padding", (2, 3, 4, 3), (3, 2), 1, 1),
    ("padding", (2, 1, 3, 4), (3, 3), 1, 2),
    ("stride", (2, 3, 7, 5), (3, 2), 2, 0),
    ("stride", (1, 2, 8, 9), (2, 3), 3, 0),
    ("stride and padding", (2, 3, 6, 7), (3, 4), 2, 1),
    ("stride and padding", (3, 2, 5, 8), (2, 3), 3, 2),
]


def _im2col_cases(rng: np.random.Generator) -> list[Case]:
    toy = TOY_X.astype(float).reshape(1, 1, 4, 4)
    cases = [
        Case("the example", _im2col_arguments(toy, (3, 3), 1, 0)),
        Case("the example", _im2col_arguments(COLOUR_X.astype(float), (3, 3), 1, 0)),
    ]
    for group, x_shape, kernel_size, stride, padding in _CONFIGURATIONS:
        x = normal(rng, *x_shape)
        cases.append(Case(group, _im2col_arguments(x, kernel_size, stride, padding)))
    x = normal(rng, 2, 3, 5, 4, dtype=np.float32)
    cases.append(Case("float32", _im2col_arguments(x, (3, 2), 2, 1)))
    return cases


def _im2col_arguments(x, kernel_size, stride, padding):
    return {"x": x, "kernel_size": kernel_size, "stride": stride, "padding": padding}


im2col = Exercise(
    name="im2col",
    lesson="03_im2col",
    points=5,
    reference=convolution.im2col,
    returns=an_array(keeps_dtype=True),
    cases=_im2col_cases,
)


def _as_windows(x, kernel_size, stride, padding):
    """The right columns with every axis of its own: (N, oh, ow, C, kh, kw)."""
    (N, C, _, _), (kh, kw) = x.shape, kernel_size
    oh, ow = common.sizes(x.shape, kernel_size, stride, padding)
    return convolution.im2col(x, kernel_size, stride, padding).reshape(N, oh, ow, C, kh, kw)


def _as_rows(windows):
    """Merge the first three axes and the last three."""
    return windows.reshape(np.prod(windows.shape[:3]), -1)


@im2col.mistake(
    "channel last in a row",
    "The columns are ordered (kh, kw, C). A row holds channel after channel: (C, kh, kw).",
)
def _channel_last(x, kernel_size, stride=1, padding=0):
    return _as_rows(_as_windows(x, kernel_size, stride, padding).transpose(0, 1, 2, 4, 5, 3))


@im2col.mistake(
    "windows down the columns first",
    "The rows are ordered by window column first. Go along each row of windows, then to the next: "
    "the loop over i is the outer one.",
)
def _columns_first(x, kernel_size, stride=1, padding=0):
    return _as_rows(_as_windows(x, kernel_size, stride, padding).transpose(0, 2, 1, 3, 4, 5))


@im2col.mistake(
    "images interleaved",
    "The images are interleaved: first all windows of image 0, then all of image 1. In the array "
    "of windows, N is the first axis, before oh and ow.",
)
def _images_interleaved(x, kernel_size, stride=1, padding=0):
    return _as_rows(_as_windows(x, kernel_size, stride, padding).transpose(1, 2, 0, 3, 4, 5))


@im2col.mistake(
    "windows as columns",
    "Each window is a column of your matrix. Here each window is a row: your result, transposed.",
)
def _as_columns(x, kernel_size, stride=1, padding=0):
    return convolution.im2col(x, kernel_size, stride, padding).T


@im2col.mistake(
    "reshape where transpose is meant",
    "The right numbers in the wrong places: the array of windows has its axes in another order, "
    "and reshape does not reorder axes. Use transpose first, or build it as "
    "(N, oh, ow, C, kh, kw).",
)
def _reshaped(x, kernel_size, stride=1, padding=0):
    return _torn(_as_windows(x, kernel_size, stride, padding), (0, 3, 4, 5, 1, 2))


@im2col.mistake(
    "channels before the windows",
    "Your windows have the axes (N, C, oh, ow, kh, kw), and reshape does not reorder axes. Give "
    "the array the axes (N, oh, ow, C, kh, kw), or transpose(0, 2, 3, 1, 4, 5).",
)
def _channels_first(x, kernel_size, stride=1, padding=0):
    return _torn(_as_windows(x, kernel_size, stride, padding), (0, 3, 1, 2, 4, 5))


def _torn(windows, axes):
    """The windows with their axes in another order, reshaped as if they were in the right one."""
    rows, columns = np.prod(windows.shape[:3]), np.prod(windows.shape[3:])
    return windows.transpose(axes).reshape(rows, columns)


@im2col.mistake(*common.six_axes("N * oh * ow, C * kh * kw"))
def _six_axes(x, kernel_size, stride=1, padding=0):
    return _as_windows(x, kernel_size, stride, padding)


@im2col.mistake(
    "windows still one pixel apart",
    "The size is right, but the windows are one pixel apart: window (i, j) begins at row "
    "i * stride and column j * stride.",
)
def _one_apart(x, kernel_size, stride=1, padding=0):
    oh, ow = common.sizes(x.shape, kernel_size, stride, padding)
    return _as_rows(_as_windows(x, kernel_size, 1, padding)[:, :oh, :ow])


@im2col.mistake(
    "padding ignored",
    "These are the windows of x without its frame of zeros: pad x first.",
)
def _padding_ignored(x, kernel_size, stride=1, padding=0):
    return convolution.im2col(x, kernel_size, stride)


@im2col.mistake(
    "stride ignored",
    "These are all windows, one pixel apart: stride skips some of them.",
)
def _stride_ignored(x, kernel_size, stride=1, padding=0):
    return convolution.im2col(x, kernel_size, 1, padding)


@im2col.mistake(
    "windows turned",
    "Every window is turned by 180°. It is laid out as it stands in the image, row by row.",
)
def _windows_turned(x, kernel_size, stride=1, padding=0):
    return _as_rows(_as_windows(x, kernel_size, stride, padding)[..., ::-1, ::-1])


@im2col.mistake(
    "window read column by column",
    "Every window is read column by column. It is read row by row, as ravel() does.",
)
def _window_transposed(x, kernel_size, stride=1, padding=0):
    return _as_rows(_as_windows(x, kernel_size, stride, padding).swapaxes(-1, -2))


@im2col.mistake(
    "float64 from float32",
    "The numbers are right, but float32 became float64, which doubles the memory and the time. "
    "np.zeros and np.empty make float64 unless they get dtype=x.dtype.",
)
def _float64(x, kernel_size, stride=1, padding=0):
    return convolution.im2col(x.astype(np.float64), kernel_size, stride, padding)


def _cut_out(image, kernel_size, output, stride):
    """Cut (oh, ow) windows out of the image, as the lesson does."""
    (N, C, _, _), (kh, kw), (oh, ow) = image.shape, kernel_size, output
    windows = np.zeros((N, oh, ow, C, kh, kw), dtype=image.dtype)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            windows[:, i, j] = image[:, :, top : top + kh, left : left + kw]
    return windows.reshape(N * oh * ow, C * kh * kw)


@im2col.mistake(*common.UNPADDED)
def _unpadded(x, kernel_size, stride=1, padding=0):
    return _cut_out(x, kernel_size, common.sizes(x.shape, kernel_size, stride, padding), stride)


@im2col.mistake(*common.PADDED_TWICE)
def _padded_twice(x, kernel_size, stride=1, padding=0):
    x = pad2d(x, padding)
    return _cut_out(x, kernel_size, common.sizes(x.shape, kernel_size, stride, padding), stride)


@im2col.mistake(*common.SIZES_ALONE)
def _sizes_alone(x, kernel_size, stride=1, padding=0):
    return _cut_out(pad2d(x, padding), kernel_size, common.sizes(x.shape, kernel_size), stride)


@im2col.mistake(*common.SIZES_UNPADDED)
def _sizes_unpadded(x, kernel_size, stride=1, padding=0):
    return _cut_out(
        pad2d(x, padding), kernel_size, common.sizes(x.shape, kernel_size, stride), stride
    )


@im2col.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(x, kernel_size, stride=1, padding=0):
    kw, kh = kernel_size
    return convolution.im2col(x, (kh, kw), stride, padding)


@im2col.mistake(*common.IMAGE_EXCHANGED)
def _image_exchanged(x, kernel_size, stride=1, padding=0):
    W, H = x.shape[2:]
    output = common.sizes((H, W), kernel_size, stride, padding)
    return _cut_out(pad2d(x, padding), kernel_size, output, stride)


@im2col.mistake(*common.written_exchanged("windows[:, i, j]", "windows[:, j, i]"))
def _written_exchanged(x, kernel_size, stride=1, padding=0):
    return _as_rows(common.write_exchanged(_as_windows(x, kernel_size, stride, padding), 1))


@im2col.mistake(*common.returned_in_the_loop("j", "the first window"))
def _first_window(x, kernel_size, stride=1, padding=0):
    return _as_rows(common.only(_as_windows(x, kernel_size, stride, padding), np.s_[:, 0, 0]))


@im2col.mistake(*common.returned_in_the_loop("i", "the first row of windows"))
def _first_row(x, kernel_size, stride=1, padding=0):
    return _as_rows(common.only(_as_windows(x, kernel_size, stride, padding), np.s_[:, 0]))


def _col2im_cases(rng: np.random.Generator) -> list[Case]:
    toy = convolution.im2col(TOY_X.reshape(1, 1, 4, 4), (3, 3))
    cases = [Case("the example", _col2im_arguments(toy, (1, 1, 4, 4), (3, 3), 1, 0))]
    for group, x_shape, kernel_size, stride, padding in _CONFIGURATIONS:
        cases.append(_col2im_case(group, rng, x_shape, kernel_size, stride, padding))
    cases.append(_col2im_case("float32", rng, (2, 3, 5, 4), (3, 2), 2, 1, dtype=np.float32))
    return cases


def _col2im_arguments(cols, x_shape, kernel_size, stride, padding):
    arguments = {"cols": cols, "x_shape": x_shape, "kernel_size": kernel_size}
    return arguments | {"stride": stride, "padding": padding}


def _col2im_case(group, rng, x_shape, kernel_size, stride, padding, dtype=np.float64) -> Case:
    shape = convolution.im2col(np.zeros(x_shape), kernel_size, stride, padding).shape
    cols = normal(rng, *shape, dtype=dtype)
    return Case(group, _col2im_arguments(cols, x_shape, kernel_size, stride, padding))


col2im = Exercise(
    name="col2im",
    lesson="03_im2col",
    points=5,
    reference=convolution.col2im,
    returns=an_array(keeps_dtype=True),
    cases=_col2im_cases,
)


def _split(cols, x_shape, kernel_size, stride=1, padding=0):
    """cols with every axis of its own: (N, oh, ow, C, kh, kw)."""
    (N, C, _, _), (kh, kw) = x_shape, kernel_size
    oh, ow = common.sizes(x_shape, kernel_size, stride, padding)
    return cols.reshape(N, oh, ow, C, kh, kw)


def _put_back(windows, x_shape, stride, padding, overwrite=False):
    """Put (N, oh, ow, C, kh, kw) back into the padded image."""
    _, oh, ow, _, kh, kw = windows.shape
    xpad = pad2d(np.zeros(x_shape, dtype=windows.dtype), padding)
    for i in range(oh):
        for j in range(ow):
            top, left = i * stride, j * stride
            place = xpad[:, :, top : top + kh, left : left + kw]
            place[...] = windows[:, i, j] + (0 if overwrite else place)
    return xpad


def _cut(xpad, x_shape, padding):
    H, W = x_shape[2:]
    return xpad[:, :, padding : padding + H, padding : padding + W]


@col2im.mistake(
    "= instead of +=",
    "Windows that overlap overwrite each other: a pixel sums up what every window sends it (+=).",
)
def _overwritten(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size, stride, padding)
    return _cut(_put_back(windows, x_shape, stride, padding, overwrite=True), x_shape, padding)


@col2im.mistake(
    "= instead of +=, entry by entry",
    "Entries that belong to one pixel overwrite each other: a pixel sums up what every window "
    "sends it. Write +=, and np.add.at where the index is an array: += adds only once there.",
)
def _overwritten_by_entry(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size, stride, padding)
    _, oh, ow, _, kh, kw = windows.shape
    xpad = pad2d(np.zeros(x_shape, dtype=cols.dtype), padding)
    for u, v in np.ndindex(kh, kw):
        place = xpad[:, :, u : u + stride * oh : stride, v : v + stride * ow : stride]
        place[...] = windows[..., u, v].transpose(0, 3, 1, 2)
    return _cut(xpad, x_shape, padding)


@col2im.mistake(*common.FRAME_LEFT_ON)
def _frame_left_on(cols, x_shape, kernel_size, stride=1, padding=0):
    return _put_back(_split(cols, x_shape, kernel_size, stride, padding), x_shape, stride, padding)


@col2im.mistake(*common.EMPTY_SLICE)
def _empty_slice(cols, x_shape, kernel_size, stride=1, padding=0):
    xpad = _frame_left_on(cols, x_shape, kernel_size, stride, padding)
    return xpad[:, :, padding:-padding, padding:-padding]


@col2im.mistake(
    "divided by the number of windows",
    "Each pixel is divided by the number of its windows. That would undo im2col; what is wanted is "
    "its adjoint, the plain sum.",
)
def _averaged(cols, x_shape, kernel_size, stride=1, padding=0):
    sums = convolution.col2im(cols, x_shape, kernel_size, stride, padding)
    counts = convolution.col2im(np.ones_like(cols), x_shape, kernel_size, stride, padding)
    return sums / np.maximum(counts, 1)


@col2im.mistake(
    "channel last in a row",
    "A row is read as (kh, kw, C), but im2col wrote it as (C, kh, kw): both must use one order.",
)
def _reads_channel_last(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size, stride, padding)
    N, oh, ow, C, kh, kw = windows.shape
    misread = windows.reshape(N, oh, ow, kh, kw, C).transpose(0, 1, 2, 5, 3, 4)
    return _cut(_put_back(misread, x_shape, stride, padding), x_shape, padding)


@col2im.mistake(
    "images interleaved",
    "The rows are read as if the images were interleaved. im2col wrote all windows of image 0 "
    "first: (N, oh, ow, ...).",
)
def _reads_interleaved(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size, stride, padding)
    N, oh, ow, C, kh, kw = windows.shape
    misread = windows.reshape(oh, ow, N, C, kh, kw).transpose(2, 0, 1, 3, 4, 5)
    return _cut(_put_back(misread, x_shape, stride, padding), x_shape, padding)


@col2im.mistake(
    "windows put back one pixel apart",
    "The windows go back one pixel apart: window (i, j) begins at row i * stride and column "
    "j * stride.",
)
def _one_apart_back(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size, stride, padding)
    return _cut(_put_back(windows, x_shape, 1, padding), x_shape, padding)


@col2im.mistake(*common.CUT_FROM_THE_CORNER)
def _cut_from_the_corner(cols, x_shape, kernel_size, stride=1, padding=0):
    xpad = _frame_left_on(cols, x_shape, kernel_size, stride, padding)
    return xpad[:, :, : x_shape[2], : x_shape[3]]


@col2im.mistake(
    "float64 from float32",
    "The numbers are right, but float32 became float64. np.zeros makes float64 unless it gets "
    "dtype=cols.dtype.",
)
def _float64_back(cols, x_shape, kernel_size, stride=1, padding=0):
    return convolution.col2im(cols.astype(np.float64), x_shape, kernel_size, stride, padding)


@col2im.mistake(
    "image without its frame",
    "The image to add into has no frame, so that some windows hang over its edge. Make it "
    "(N, C, H + 2 * padding, W + 2 * padding) and cut the frame off at the end.",
)
def _no_frame(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size, stride, padding)
    _, oh, ow, _, kh, kw = windows.shape
    x = np.zeros(x_shape, dtype=cols.dtype)
    for i, j in np.ndindex(oh, ow):
        top, left = i * stride, j * stride
        x[:, :, top : top + kh, left : left + kw] += windows[:, i, j]
    return x


@col2im.mistake(*common.SIZES_ALONE)
def _sizes_alone_back(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = _split(cols, x_shape, kernel_size)
    return _cut(_put_back(windows, x_shape, stride, padding), x_shape, padding)


@col2im.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged_back(cols, x_shape, kernel_size, stride=1, padding=0):
    kw, kh = kernel_size
    windows = _split(cols, x_shape, (kh, kw), stride, padding)
    return _cut(_put_back(windows, x_shape, stride, padding), x_shape, padding)


@col2im.mistake(*common.returned_in_the_loop("j", "the first window"))
def _first_window_back(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = common.only(_split(cols, x_shape, kernel_size, stride, padding), np.s_[:, 0, 0])
    return _cut(_put_back(windows, x_shape, stride, padding), x_shape, padding)


@col2im.mistake(*common.returned_in_the_loop("i", "the first row of windows"))
def _first_row_back(cols, x_shape, kernel_size, stride=1, padding=0):
    windows = common.only(_split(cols, x_shape, kernel_size, stride, padding), np.s_[:, 0])
    return _cut(_put_back(windows, x_shape, stride, padding), x_shape, padding)
