"""Lesson 15: the forward passes of the variants."""

import numpy as np

from course import convolution
from course.checks.case import Case, normal
from course.checks.exercise import Exercise
from course.checks.exercises import common
from course.checks.verdict import an_array
from course.convolution import conv_forward, pad2d
from course.examples import COLOUR_X, TOY_B, TOY_W

FLOAT64 = (
    "float64 from float32",
    "The numbers are right, but float32 became float64: an array on the way was made without "
    "dtype=x.dtype.",
)
TURNED = (
    "kernel turned the wrong way",
    "The kernel is turned by 180° where it must not be, or not turned where it must be.",
)
NO_BIAS = ("bias left out", "The bias is missing: add b[f] to every number of feature map f.")
FIRST_BIAS = (
    "first bias for all",
    "Every feature map gets the bias of map 0. With (N, F, oh, ow) the bias must have the shape "
    "(F, 1, 1): b.reshape(-1, 1, 1).",
)


def _exercise(name: str, points: int, cases) -> Exercise:
    return Exercise(
        name=name,
        lesson="15_dilated_grouped_transposed",
        points=points,
        reference=getattr(convolution, name),
        returns=an_array(keeps_dtype=True),
        cases=cases,
    )


def _slip(exercise: Exercise, name: str, explanation: str, change) -> None:
    """Register a mistake that is the right answer to what `change` makes of the arguments."""

    def answer(*arguments):
        return exercise.reference(*change(*arguments))

    exercise.mistake(name, explanation)(answer)


def _arrays(rng, dtype, **shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    return {name: normal(rng, *shape, dtype=dtype) for name, shape in shapes.items()}


# Dilated ----------------------------------------------------------------------------------------


def _dilated_case(
    group, rng, x_shape, w_shape, stride=1, padding=0, dilation=2, dtype=np.float64
) -> Case:
    arrays = _arrays(rng, dtype, x=x_shape, w=w_shape, b=w_shape[:1])
    return Case(group, arrays | {"stride": stride, "padding": padding, "dilation": dilation})


def _dilated_cases(rng: np.random.Generator) -> list[Case]:
    """Large enough for one dilation more, and without their padding, which slips take for them."""
    seven = {"x": np.arange(49.0).reshape(1, 1, 7, 7), "w": TOY_W.astype(float)[None, None]}
    setting = {"b": np.array([float(TOY_B)]), "stride": 1, "padding": 0, "dilation": 2}
    return [
        Case("the example", seven | setting),
        _dilated_case("not square", rng, (1, 1, 6, 9), (1, 1, 2, 3)),
        _dilated_case("no dilation", rng, (2, 3, 5, 6), (4, 3, 3, 2), dilation=1),
        _dilated_case("dilation", rng, (2, 3, 9, 6), (4, 3, 3, 2)),
        _dilated_case("dilation", rng, (3, 1, 7, 10), (3, 1, 2, 3), dilation=3),
        _dilated_case("padding", rng, (2, 3, 8, 7), (4, 3, 3, 2), padding=1),
        _dilated_case("padding", rng, (1, 2, 7, 10), (3, 2, 2, 3), padding=2, dilation=3),
        _dilated_case("stride", rng, (2, 3, 8, 10), (4, 3, 2, 3), stride=2),
        _dilated_case("stride", rng, (3, 2, 12, 8), (1, 2, 3, 2), stride=3),
        _dilated_case("all together", rng, (2, 3, 10, 7), (4, 3, 3, 2), 2, 1, 3),
        _dilated_case("all together", rng, (3, 2, 7, 9), (4, 2, 2, 3), 3, 2, 2),
        _dilated_case("float32", rng, (2, 3, 9, 6), (4, 3, 3, 2), 2, 1, 2, dtype=np.float32),
    ]


dilated_conv = _exercise("dilated_conv", 3, _dilated_cases)


def _spread(w: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The kernels with their rows and columns so far apart, and zeros between."""
    F, C, kh, kw = w.shape
    spread = np.zeros((F, C, rows * (kh - 1) + 1, columns * (kw - 1) + 1), dtype=w.dtype)
    spread[:, :, ::rows, ::columns] = w
    return spread


@dilated_conv.mistake(
    "dilation ignored",
    "The kernel is used as it is: its entries must meet pixels that lie `dilation` apart.",
)
def _not_dilated(x, w, b, stride=1, padding=0, dilation=1):
    return conv_forward(x, w, b, stride, padding)


@dilated_conv.mistake(
    "dilation zeros between the entries",
    "There are `dilation` zeros between two entries of the kernel. The entries lie `dilation` "
    "pixels apart, so it is one zero less.",
)
def _one_zero_more(x, w, b, stride=1, padding=0, dilation=1):
    return conv_forward(x, _spread(w, dilation + 1, dilation + 1), b, stride, padding)


@dilated_conv.mistake(
    "zeros behind the last entry",
    "The spread kernel has zeros behind its last entry as well, so the last windows do not fit. "
    "It spans dilation * (kh - 1) + 1 rows, not dilation * kh.",
)
def _zeros_at_the_end(x, w, b, stride=1, padding=0, dilation=1):
    F, C, kh, kw = w.shape
    spread = np.zeros((F, C, dilation * kh, dilation * kw), dtype=w.dtype)
    spread[:, :, ::dilation, ::dilation] = w
    return conv_forward(x, spread, b, stride, padding)


@dilated_conv.mistake(
    "entries repeated instead of spread out",
    "Every entry of the kernel is repeated, which makes it a larger kernel. Between the entries "
    "stand zeros.",
)
def _repeated(x, w, b, stride=1, padding=0, dilation=1):
    large = w.repeat(dilation, axis=2).repeat(dilation, axis=3)
    return conv_forward(x, large, b, stride, padding)


@dilated_conv.mistake(
    "rows spread out, columns not",
    "The rows of the kernel are `dilation` apart, its columns are not. Both are: "
    "[:, :, ::dilation, ::dilation].",
)
def _rows_only(x, w, b, stride=1, padding=0, dilation=1):
    return conv_forward(x, _spread(w, dilation, 1), b, stride, padding)


@dilated_conv.mistake(
    "pixels left out of the image",
    "You take every `dilation`-th pixel of the image for all windows. A window does so from its "
    "own first pixel on, and the next window begins `stride` pixels further.",
)
def _image_thinned(x, w, b, stride=1, padding=0, dilation=1):
    return conv_forward(pad2d(x, padding)[:, :, ::dilation, ::dilation], w, b, stride)


@dilated_conv.mistake(
    "pixels left out before padding",
    "You take every `dilation`-th pixel of x, and a plain layer of those. Spread the kernel out "
    "instead, or take every `dilation`-th pixel from each window's own first pixel on.",
)
def _unpadded_image_thinned(x, w, b, stride=1, padding=0, dilation=1):
    return conv_forward(x[:, :, ::dilation, ::dilation], w, b, stride, padding)


@dilated_conv.mistake(
    "stride and dilation exchanged",
    "stride and dilation are exchanged: windows begin `stride` apart, and inside a window the "
    "pixels lie `dilation` apart.",
)
def _exchanged(x, w, b, stride=1, padding=0, dilation=1):
    return conv_forward(x, _spread(w, stride, stride), b, dilation, padding)


@dilated_conv.mistake(
    "sizes without dilation",
    "The sizes of the output are those of a kernel that is not spread out, so that the last "
    "windows hang over the edge: output_size(H, kh, stride, padding, dilation).",
)
def _sizes_without_dilation(x, w, b, stride=1, padding=0, dilation=1):
    N, (F, _, kh, kw) = len(x), w.shape
    oh, ow = common.sizes(x.shape, w.shape, stride, padding)
    xpad, y = pad2d(x, padding), np.zeros((N, F, oh, ow), dtype=x.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        top, left = i * stride, j * stride
        rows = slice(top, top + dilation * (kh - 1) + 1, dilation)
        columns = slice(left, left + dilation * (kw - 1) + 1, dilation)
        y[n, f, i, j] = np.sum(xpad[n, :, rows, columns] * w[f]) + b[f]
    return y


@dilated_conv.mistake(*common.KERNEL_EXCHANGED)
def _kernel_exchanged(x, w, b, stride=1, padding=0, dilation=1):
    F, C, kw, kh = w.shape
    spread = np.zeros((F, C, dilation * (kh - 1) + 1, dilation * (kw - 1) + 1), dtype=w.dtype)
    spread[:, :, ::dilation, ::dilation] = w
    return conv_forward(x, spread, b, stride, padding)


_slip(
    dilated_conv,
    "padding left out",
    "The padding is missing: the windows run over the image with its frame of zeros.",
    lambda x, w, b, stride, padding, dilation: (x, w, b, stride, 0, dilation),
)
_slip(
    dilated_conv,
    "padding times dilation",
    "The frame is `dilation` times too wide. The dilation spreads the kernel only: hand the "
    "padding over as it is.",
    lambda x, w, b, stride, padding, dilation: (x, w, b, stride, padding * dilation, dilation),
)
_slip(
    dilated_conv,
    "stride left out",
    "The stride is missing: window (i, j) begins at row i * stride and column j * stride.",
    lambda x, w, b, stride, padding, dilation: (x, w, b, 1, padding, dilation),
)
_slip(
    dilated_conv,
    "stride and padding left out",
    "Neither stride nor padding reaches the plain layer: hand both over, with the spread kernels.",
    lambda x, w, b, stride, padding, dilation: (x, w, b, 1, 0, dilation),
)
_slip(dilated_conv, *TURNED, lambda x, w, *rest: (x, w[:, :, ::-1, ::-1], *rest))
_slip(dilated_conv, *NO_BIAS, lambda x, w, b, *rest: (x, w, 0 * b, *rest))
_slip(dilated_conv, *FIRST_BIAS, lambda x, w, b, *rest: (x, w, np.full_like(b, b[0]), *rest))
_slip(dilated_conv, *FLOAT64, lambda x, *rest: (x.astype(np.float64), *rest))


# Grouped ----------------------------------------------------------------------------------------


def _grouped_case(
    group, rng, x_shape, w_shape, stride=1, padding=0, groups=2, dtype=np.float64
) -> Case:
    arrays = _arrays(rng, dtype, x=x_shape, w=w_shape, b=w_shape[:1])
    return Case(group, arrays | {"stride": stride, "padding": padding, "groups": groups})


def _grouped_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "x": np.arange(36.0).reshape(1, 4, 3, 3),
        "w": np.arange(1.0, 49.0).reshape(6, 2, 2, 2),
        "b": np.array([1e3, -2e3, 3e3, -4e3, 5e3, -6e3]),
    }
    return [
        Case("the example", example | {"stride": 1, "padding": 0, "groups": 2}),
        _grouped_case("not square", rng, (1, 1, 5, 4), (1, 1, 2, 3), groups=1),
        _grouped_case("one group", rng, (2, 3, 4, 5), (4, 3, 2, 3), groups=1),
        _grouped_case("groups", rng, (2, 6, 4, 5), (4, 3, 3, 2)),
        _grouped_case("groups", rng, (3, 6, 5, 4), (3, 2, 2, 3), groups=3),
        _grouped_case("groups", rng, (2, 4, 5, 4), (6, 2, 3, 2)),
        _grouped_case("depthwise", rng, (2, 3, 4, 5), (3, 1, 2, 3), groups=3),
        _grouped_case("depthwise", rng, (3, 2, 5, 4), (6, 1, 3, 2)),
        _grouped_case("padding", rng, (2, 6, 4, 3), (4, 3, 3, 2), padding=1),
        _grouped_case("padding", rng, (1, 6, 4, 5), (3, 2, 2, 3), padding=2, groups=3),
        _grouped_case("stride", rng, (2, 6, 7, 5), (4, 3, 3, 2), stride=2),
        _grouped_case("stride", rng, (3, 3, 5, 8), (6, 1, 2, 3), stride=3, groups=3),
        _grouped_case("both", rng, (2, 6, 6, 7), (4, 3, 3, 4), 2, 1),
        _grouped_case("both", rng, (3, 4, 5, 8), (8, 1, 2, 3), 3, 2, 4),
        _grouped_case("float32", rng, (2, 6, 5, 4), (4, 3, 3, 2), 2, 1, dtype=np.float32),
    ]


grouped_conv = _exercise("grouped_conv", 4, _grouped_cases)


def _maps(x, w, b, stride, padding, groups) -> list[np.ndarray]:
    """The feature maps of each group."""
    split = np.split(x, groups, axis=1), np.split(w, groups), np.split(b, groups)
    return [conv_forward(*group, stride, padding) for group in zip(*split, strict=True)]


def _every(array: np.ndarray, groups: int, axis: int) -> np.ndarray:
    """The entries along an axis in an order that puts every groups-th one side by side."""
    order = np.arange(array.shape[axis]).reshape(-1, groups).T.ravel()
    return array.take(order, axis=axis)


@grouped_conv.mistake(
    "every groups-th channel",
    "Group g gets every groups-th channel, x[:, g::groups]. A group's channels stand side by side: "
    "C // groups of them, from g * (C // groups) on.",
)
def _channels_dealt_out(x, w, b, stride=1, padding=0, groups=1):
    dealt = _every(x, groups, axis=1)
    return np.concatenate(_maps(dealt, w, b, stride, padding, groups), axis=1)


@grouped_conv.mistake(
    "every groups-th filter",
    "Group g gets every groups-th filter, w[g::groups]. A group's filters stand side by side: "
    "F // groups of them, from g * (F // groups) on.",
)
def _filters_dealt_out(x, w, b, stride=1, padding=0, groups=1):
    dealt = _every(w, groups, axis=0), _every(b, groups, axis=0)
    return np.concatenate(_maps(x, *dealt, stride, padding, groups), axis=1)


@grouped_conv.mistake(
    "maps of the groups in turns",
    "The first maps of all groups come first, then their second ones. All maps of group 0 come "
    "first: np.concatenate(maps, axis=1).",
)
def _maps_in_turns(x, w, b, stride=1, padding=0, groups=1):
    maps = np.stack(_maps(x, w, b, stride, padding, groups), axis=2)
    return maps.reshape(len(x), len(w), *maps.shape[3:])


@grouped_conv.mistake(
    "groups added up",
    "The maps of the groups are added up. They stand one after the other: each group has its own "
    "F // groups maps, F in all.",
)
def _added_up(x, w, b, stride=1, padding=0, groups=1):
    return np.sum(_maps(x, w, b, stride, padding, groups), axis=0)


@grouped_conv.mistake(
    "groups concatenated as images",
    "np.concatenate puts arrays one after the other along axis 0, which are the images. The maps "
    "are axis 1: axis=1.",
)
def _as_images(x, w, b, stride=1, padding=0, groups=1):
    return np.concatenate(_maps(x, w, b, stride, padding, groups))


@grouped_conv.mistake(
    "first group only",
    "Only the maps of group 0 are there: does `return` stand inside the loop?",
)
def _first_group(x, w, b, stride=1, padding=0, groups=1):
    return _maps(x, w, b, stride, padding, groups)[0]


@grouped_conv.mistake(
    "last group only",
    "Only the maps of the last group are there: collect those of all groups, and put them one "
    "after the other.",
)
def _last_group(x, w, b, stride=1, padding=0, groups=1):
    return _maps(x, w, b, stride, padding, groups)[-1]


@grouped_conv.mistake(
    "channels of group 0 for all",
    "Every group sees the first channels. Group g begins at channel g * (C // groups).",
)
def _first_channels(x, w, b, stride=1, padding=0, groups=1):
    same = np.concatenate([x[:, : w.shape[1]]] * groups, axis=1)
    return np.concatenate(_maps(same, w, b, stride, padding, groups), axis=1)


@grouped_conv.mistake(
    "filters of group 0 for all",
    "Every group has the first filters. Group g begins at filter g * (F // groups).",
)
def _first_filters(x, w, b, stride=1, padding=0, groups=1):
    same = np.concatenate([w[: len(w) // groups]] * groups)
    return np.concatenate(_maps(x, same, b, stride, padding, groups), axis=1)


@grouped_conv.mistake(
    "biases of group 0 for all",
    "Every group has the first biases. They belong to the filters, so cut b as you cut w.",
)
def _first_biases(x, w, b, stride=1, padding=0, groups=1):
    same = np.concatenate([b[: len(b) // groups]] * groups)
    return np.concatenate(_maps(x, w, same, stride, padding, groups), axis=1)


@grouped_conv.mistake(
    "only one of w and b cut",
    "In a group w and b differ in length, because only one of them is cut. Cut both along axis 0: "
    "a group has F // groups filters, and a bias for each.",
)
def _biases_not_cut(x, w, b, stride=1, padding=0, groups=1):
    split = zip(np.split(x, groups, axis=1), np.split(w, groups), strict=True)
    maps = [conv_forward(x_g, w_g, b, stride, padding) for x_g, w_g in split]
    return np.concatenate(maps, axis=1)


@grouped_conv.mistake(
    "all filters for every group",
    "Every group gets all F filters, which makes `groups` times as many maps. Cut w and b along "
    "axis 0: a group has F // groups filters.",
)
def _all_filters(x, w, b, stride=1, padding=0, groups=1):
    split = np.split(x, groups, axis=1)
    maps = [conv_forward(x_g, w, b, stride, padding) for x_g in split]
    return np.concatenate(maps, axis=1)


@grouped_conv.mistake(
    "all channels for every group",
    "Filters of w meet all C channels here, and each has C // groups. Make a plain layer of every "
    "group, and hand it its own channels: cut x along axis 1.",
)
def _all_channels(x, w, b, stride=1, padding=0, groups=1):
    split = zip(np.split(w, groups), np.split(b, groups), strict=True)
    maps = [conv_forward(x, w_g, b_g, stride, padding) for w_g, b_g in split]
    return np.concatenate(maps, axis=1)


@grouped_conv.mistake(
    "as many channels as groups",
    "Each group gets `groups` channels. There are `groups` groups, with C // groups channels each.",
)
def _groups_channels(x, w, b, stride=1, padding=0, groups=1):
    maps, size = [], len(w) // groups
    for g in range(groups):
        channels, filters = x[:, g * groups : (g + 1) * groups], slice(g * size, (g + 1) * size)
        maps.append(conv_forward(channels, w[filters], b[filters], stride, padding))
    return np.concatenate(maps, axis=1)


@grouped_conv.mistake(
    "filters repeated for all channels",
    "The filters are repeated until they have C channels, so every map sees all of them. Leave w "
    "as it is, and hand each group its own channels.",
)
def _tiled(x, w, b, stride=1, padding=0, groups=1):
    return conv_forward(x, np.tile(w, (1, groups, 1, 1)), b, stride, padding)


@grouped_conv.mistake(
    "filters cut as channels are",
    "Group g gets as many filters as it has channels, C // groups. It has F // groups filters, "
    "from g * (F // groups) on.",
)
def _as_many_filters_as_channels(x, w, b, stride=1, padding=0, groups=1):
    maps, size = [], x.shape[1] // groups
    for g in range(groups):
        part = slice(g * size, (g + 1) * size)
        maps.append(conv_forward(x[:, part], w[part], b[part], stride, padding))
    return np.concatenate(maps, axis=1)


@grouped_conv.mistake(
    "groups on an axis of their own",
    "np.stack gives the groups an axis of their own. Their maps stand one after the other along "
    "axis 1: np.concatenate(maps, axis=1).",
)
def _stacked(x, w, b, stride=1, padding=0, groups=1):
    return np.stack(_maps(x, w, b, stride, padding, groups), axis=1)


_slip(
    grouped_conv,
    "stride and padding left out",
    "The groups get neither stride nor padding: hand both over to every plain layer.",
    lambda x, w, b, stride, padding, groups: (x, w, b, 1, 0, groups),
)
_slip(grouped_conv, *NO_BIAS, lambda x, w, b, *rest: (x, w, 0 * b, *rest))
_slip(grouped_conv, *FLOAT64, lambda x, *rest: (x.astype(np.float64), *rest))


# Depthwise-separable ----------------------------------------------------------------------------


def _separable_case(group, rng, x_shape, kernel_size, filters, padding=0, dtype=np.float64) -> Case:
    C = x_shape[1]
    weights = {"w_depth": (C, 1, *kernel_size), "w_point": (filters, C, 1, 1)}
    arrays = _arrays(rng, dtype, x=x_shape, **weights, b=(filters,))
    return Case(group, arrays | {"padding": padding})


def _separable_cases(rng: np.random.Generator) -> list[Case]:
    example = {
        "x": COLOUR_X.astype(float),
        "w_depth": np.stack([TOY_W, -TOY_W.T, 2.0 * TOY_W])[:, None],
        "w_point": np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])[:, :, None, None],
        "b": np.array([100.0, -200.0]),
        "padding": 0,
    }
    return [
        Case("the example", example),
        _separable_case("not square", rng, (1, 1, 5, 4), (2, 3), 1),
        _separable_case("channels", rng, (1, 3, 4, 5), (2, 3), 1),
        _separable_case("filters", rng, (1, 2, 5, 4), (3, 2), 4),
        _separable_case("as many of both", rng, (2, 3, 4, 6), (2, 3), 3),
        _separable_case("batches", rng, (4, 2, 5, 4), (3, 2), 3),
        _separable_case("batches", rng, (2, 4, 4, 5), (2, 3), 2),
        _separable_case("padding", rng, (2, 3, 4, 5), (3, 2), 4, padding=1),
        _separable_case("padding", rng, (3, 2, 5, 4), (3, 4), 2, padding=2),
        _separable_case("float32", rng, (2, 3, 5, 4), (3, 2), 4, padding=1, dtype=np.float32),
    ]


depthwise_separable = _exercise("depthwise_separable", 3, _separable_cases)


def _depthwise(x, w_depth, padding, b=None) -> np.ndarray:
    C = x.shape[1]
    b = np.zeros(C) if b is None else b
    return convolution.grouped_conv(x, w_depth, b, padding=padding, groups=C)


@depthwise_separable.mistake(
    "layers in the wrong order",
    "The 1 by 1 layer comes first, and mixes the channels before each has met its kernel. The "
    "depthwise layer comes first.",
)
def _pointwise_first(x, w_depth, w_point, b, padding=0):
    mixed, C = conv_forward(x, w_point, b), x.shape[1]
    return convolution.grouped_conv(mixed, w_depth, np.zeros(C), padding=padding, groups=C)


@depthwise_separable.mistake(
    "first kernel for all channels",
    "Every channel meets the kernel of channel 0: each has its own, w_depth[c, 0].",
)
def _first_kernel(x, w_depth, w_point, b, padding=0):
    same = np.repeat(w_depth[:1], len(w_depth), axis=0)
    return conv_forward(_depthwise(x, same, padding), w_point, b)


@depthwise_separable.mistake(
    "padding in both layers",
    "Both layers get the padding. A 1 by 1 kernel needs none: hand it to the depthwise layer only.",
)
def _padded_twice(x, w_depth, w_point, b, padding=0):
    return conv_forward(_depthwise(x, w_depth, padding), w_point, b, padding=padding)


@depthwise_separable.mistake(
    "padding in the second layer",
    "The padding is in the 1 by 1 layer: the size is right, but the border of every map is nothing "
    "but its bias. Hand it to the depthwise layer.",
)
def _padded_late(x, w_depth, w_point, b, padding=0):
    return conv_forward(_depthwise(x, w_depth, 0), w_point, b, padding=padding)


@depthwise_separable.mistake(
    "padding left out",
    "The padding is missing: hand it to the depthwise layer.",
)
def _separable_unpadded(x, w_depth, w_point, b, padding=0):
    return conv_forward(_depthwise(x, w_depth, 0), w_point, b)


@depthwise_separable.mistake(
    "bias in the first layer",
    "The bias is added by the depthwise layer. There are F biases, one for each filter of the "
    "second layer; the first gets C zeros.",
)
def _bias_first(x, w_depth, w_point, b, padding=0):
    return conv_forward(_depthwise(x, w_depth, padding, b), w_point, 0 * b)


@depthwise_separable.mistake(
    "bias in both layers",
    "Both layers get the bias. It belongs to the second, whose F filters it has an entry for; the "
    "first gets C zeros.",
)
def _bias_twice(x, w_depth, w_point, b, padding=0):
    return conv_forward(_depthwise(x, w_depth, padding, b), w_point, b)


def _sliced(x, w, b, padding, groups) -> np.ndarray:
    """A grouped layer by slices, as the solution of grouped_conv makes it."""
    channels, filters = x.shape[1] // groups, len(w) // groups
    maps = []
    for g in range(groups):
        c, f = g * channels, g * filters
        x_g, w_g, b_g = x[:, c : c + channels], w[f : f + filters], b[f : f + filters]
        maps.append(conv_forward(x_g, w_g, b_g, padding=padding))
    return np.concatenate(maps, axis=1)


@depthwise_separable.mistake(
    "layers in the wrong order, cut by slices",
    "The 1 by 1 layer comes first, and makes F maps, which cannot be cut into C groups of one "
    "channel. The depthwise layer comes first.",
)
def _pointwise_first_by_slices(x, w_depth, w_point, b, padding=0):
    mixed, C = conv_forward(x, w_point, b), x.shape[1]
    return _sliced(mixed, w_depth, np.zeros(C), padding, groups=C)


@depthwise_separable.mistake(
    "bias cut for the first layer",
    "The depthwise layer cuts b into C parts, but b has F numbers, for the filters of the second "
    "layer. Hand the first one C zeros.",
)
def _bias_first_by_slices(x, w_depth, w_point, b, padding=0):
    return conv_forward(_sliced(x, w_depth, b, padding, x.shape[1]), w_point, 0 * b)


@depthwise_separable.mistake(
    "bias cut for the first layer and used in the second",
    "Both layers get b, and the depthwise one cuts it into C parts. b has F numbers, for the "
    "filters of the second layer. Hand the first one C zeros.",
)
def _bias_twice_by_slices(x, w_depth, w_point, b, padding=0):
    return conv_forward(_sliced(x, w_depth, b, padding, x.shape[1]), w_point, b)


@depthwise_separable.mistake(
    "depthwise layer left out",
    "Only the 1 by 1 layer is there: before it, each channel meets its kernel of w_depth.",
)
def _pointwise_alone(x, w_depth, w_point, b, padding=0):
    return conv_forward(x, w_point, b)


@depthwise_separable.mistake(
    "pointwise layer left out",
    "Only the depthwise layer is there: after it, the filters of w_point mix the channels.",
)
def _depthwise_alone(x, w_depth, w_point, b, padding=0):
    return _depthwise(x, w_depth, padding)


@depthwise_separable.mistake(
    "channels added up in the first layer",
    "The first layer adds up the channels. It must keep them apart: groups=C, and a map for each "
    "channel.",
)
def _mixed_at_once(x, w_depth, w_point, b, padding=0):
    one = conv_forward(x, w_depth.transpose(1, 0, 2, 3), np.zeros(1), padding=padding)
    return conv_forward(one, w_point, b)


@depthwise_separable.mistake(
    "all channels through every kernel",
    "Every kernel sees all channels: w_depth is repeated until its filters have C channels. Filter "
    "c of the first layer sees channel c alone.",
)
def _every_kernel_sees_all(x, w_depth, w_point, b, padding=0):
    C = x.shape[1]
    z = conv_forward(x, np.tile(w_depth, (1, C, 1, 1)), np.zeros(C), padding=padding)
    return conv_forward(z, w_point, b)


@depthwise_separable.mistake(
    "w_point reshaped instead of transposed",
    "w_point.reshape(C, F) tears its filters apart. To get (C, F), make it (F, C) first and "
    "transpose that: w_point.reshape(F, C).T.",
)
def _point_torn(x, w_depth, w_point, b, padding=0):
    F, C = w_point.shape[:2]
    torn = w_point.reshape(C, F).T.reshape(F, C, 1, 1)
    return conv_forward(_depthwise(x, w_depth, padding), torn, b)


_slip(depthwise_separable, *TURNED, lambda x, w, *rest: (x, w[:, :, ::-1, ::-1], *rest))
_slip(depthwise_separable, *NO_BIAS, lambda x, w, v, b, padding: (x, w, v, 0 * b, padding))
_slip(
    depthwise_separable,
    *FIRST_BIAS,
    lambda x, w, v, b, padding: (x, w, v, np.full_like(b, b[0]), padding),
)
_slip(depthwise_separable, *FLOAT64, lambda x, *rest: (x.astype(np.float64), *rest))


# Transposed -------------------------------------------------------------------------------------


def _transposed_case(group, rng, x_shape, w_shape, stride=1, padding=0, dtype=np.float64) -> Case:
    arrays = _arrays(rng, dtype, x=x_shape, w=w_shape, b=w_shape[1:2])
    return Case(group, arrays | {"stride": stride, "padding": padding})


def _transposed_cases(rng: np.random.Generator) -> list[Case]:
    toy = {"x": np.array([[[[1.0, -2.0], [3.0, 0.5]]]]), "w": TOY_W.astype(float)[None, None]}
    return [
        Case("the example", toy | {"b": np.array([float(TOY_B)]), "stride": 2, "padding": 0}),
        _transposed_case("not square", rng, (1, 1, 3, 4), (1, 1, 3, 2)),
        _transposed_case("channels", rng, (1, 3, 4, 3), (3, 1, 2, 3)),
        _transposed_case("filters", rng, (1, 2, 3, 4), (2, 4, 3, 2)),
        _transposed_case("batches", rng, (3, 2, 3, 4), (2, 4, 2, 3)),
        _transposed_case("batches", rng, (2, 3, 4, 3), (3, 3, 3, 2)),
        _transposed_case("padding", rng, (2, 3, 3, 4), (3, 4, 3, 2), padding=1),
        _transposed_case("padding", rng, (3, 2, 4, 5), (2, 1, 4, 3), padding=2),
        _transposed_case("stride", rng, (2, 3, 3, 4), (3, 4, 3, 2), stride=2),
        _transposed_case("stride", rng, (3, 1, 4, 3), (1, 2, 2, 4), stride=3),
        _transposed_case("stride and padding", rng, (2, 3, 4, 3), (3, 4, 3, 4), 2, 1),
        _transposed_case("stride and padding", rng, (1, 2, 3, 4), (2, 3, 2, 3), 3, 2),
        _transposed_case("float32", rng, (2, 3, 4, 3), (3, 4, 3, 2), 2, 1, dtype=np.float32),
    ]


transposed_conv = _exercise("transposed_conv", 5, _transposed_cases)


def _scattered(x, w, stride, put=np.add) -> np.ndarray:
    """The map that the kernels are scattered over, with its frame and without a bias."""
    (N, _, H, W), (_, F, kh, kw) = x.shape, w.shape
    y = np.zeros((N, F, (H - 1) * stride + kh, (W - 1) * stride + kw), dtype=x.dtype)
    for n, c, i, j in np.ndindex(x.shape):
        rows, columns = slice(i * stride, i * stride + kh), slice(j * stride, j * stride + kw)
        y[n, :, rows, columns] = put(y[n, :, rows, columns], x[n, c, i, j] * w[c])
    return y


def _cut(y, padding) -> np.ndarray:
    height, width = y.shape[2:]
    return y[:, :, padding : height - padding, padding : width - padding]


def _plus(y, b) -> np.ndarray:
    return y + b[:, np.newaxis, np.newaxis]


@transposed_conv.mistake(
    "the plain layer",
    "This is the plain layer, which makes a map smaller. Here every entry of x sends its multiple "
    "of a kernel to a window of y.",
)
def _plain(x, w, b, stride=1, padding=0):
    return conv_forward(x, w.transpose(1, 0, 2, 3), b, stride, padding)


@transposed_conv.mistake(*common.FRAME_LEFT_ON)
def _transposed_frame(x, w, b, stride=1, padding=0):
    return _plus(_scattered(x, w, stride), b)


@transposed_conv.mistake(
    common.EMPTY_SLICE[0],
    "With padding 0 the slice [padding:-padding] is [0:0], and nothing is left. Write the end as "
    "padding + oh and padding + ow.",
)
def _transposed_empty(x, w, b, stride=1, padding=0):
    return _plus(_scattered(x, w, stride)[:, :, padding:-padding, padding:-padding], b)


@transposed_conv.mistake(*common.CUT_FROM_THE_CORNER)
def _transposed_corner(x, w, b, stride=1, padding=0):
    y = _scattered(x, w, stride)
    height, width = y.shape[2:]
    return _plus(y[:, :, : height - 2 * padding, : width - 2 * padding], b)


@transposed_conv.mistake(
    "frame put on instead of cut off",
    "The padding makes the output larger here. A plain layer is given a frame, so the transposed "
    "one takes it off: padding rows and columns at every end.",
)
def _framed(x, w, b, stride=1, padding=0):
    return _plus(pad2d(_scattered(x, w, stride), padding), b)


@transposed_conv.mistake(
    "padding of one end only",
    "The padding is cut off once along each axis: the height is (H - 1) * stride + kh - 2 * "
    "padding, because there is a frame at both ends.",
)
def _one_end(x, w, b, stride=1, padding=0):
    return _plus(_scattered(x, w, stride)[:, :, padding:, padding:], b)


def _gathered(x, w, b, size, stride, padding) -> np.ndarray:
    """By the function of lesson 08, which refuses an output of another size."""
    shape = (len(x), w.shape[1], *size)
    return _plus(convolution.conv_backward_input_col2im(x, w, shape, stride, padding), b)


@transposed_conv.mistake(
    "size with its frame",
    "The size still has the frame, 2 * padding: the output has (H - 1) * stride + kh - 2 * padding "
    "rows, and columns in the same way.",
)
def _size_with_frame(x, w, b, stride=1, padding=0):
    lengths = zip(x.shape[2:], w.shape[2:], strict=True)
    size = [(length - 1) * stride + kernel for length, kernel in lengths]
    return _gathered(x, w, b, size, stride, padding)


@transposed_conv.mistake(
    "size by output_size",
    "output_size is the plain layer's formula, from the large map to the small one. Here x is the "
    "small one: the output has (H - 1) * stride + kh - 2 * padding rows.",
)
def _plain_size(x, w, b, stride=1, padding=0):
    return _gathered(x, w, b, common.sizes(x.shape, w.shape, stride, padding), stride, padding)


@transposed_conv.mistake(
    "size by the plain layer's formula",
    "(H + 2 * padding - kh) // stride + 1 is the plain layer's size. Here it goes the other way: "
    "the output has (H - 1) * stride + kh - 2 * padding rows.",
)
def _plain_size_by_hand(x, w, b, stride=1, padding=0):
    lengths = zip(x.shape[2:], w.shape[2:], strict=True)
    size = [(length + 2 * padding - kernel) // stride + 1 for length, kernel in lengths]
    return _gathered(x, w, b, size, stride, padding)


@transposed_conv.mistake(
    "size of x",
    "What conv_backward_input_col2im calls x_shape is the shape of the output here, not of x: F "
    "maps of (H - 1) * stride + kh - 2 * padding rows, and columns in the same way.",
)
def _size_of_x(x, w, b, stride=1, padding=0):
    return _plus(convolution.conv_backward_input_col2im(x, w, x.shape, stride, padding), b)


@transposed_conv.mistake(
    "a stride too long",
    "The output ends with a stride too many rows and columns. Between H entries there are H - 1 "
    "steps: the height is (H - 1) * stride + kh - 2 * padding.",
)
def _stride_too_long(x, w, b, stride=1, padding=0):
    y = np.pad(_scattered(x, w, stride), ((0, 0), (0, 0), (0, stride), (0, stride)))
    return _plus(_cut(y, padding), b)


@transposed_conv.mistake(
    "a step for each entry",
    "The size counts H steps of `stride`, but between H entries there are H - 1: the output has "
    "(H - 1) * stride + kh - 2 * padding rows, and columns in the same way.",
)
def _steps_for_entries(x, w, b, stride=1, padding=0):
    lengths = zip(x.shape[2:], w.shape[2:], strict=True)
    size = [length * stride + kernel - 2 * padding for length, kernel in lengths]
    return _gathered(x, w, b, size, stride, padding)


@transposed_conv.mistake(
    "padding and stride exchanged",
    "The padding is handed over where the stride belongs. Name them: stride=stride, "
    "padding=padding.",
)
def _settings_exchanged(x, w, b, stride=1, padding=0):
    lengths = zip(x.shape[2:], w.shape[2:], strict=True)
    size = [(length - 1) * stride + kernel - 2 * padding for length, kernel in lengths]
    return _gathered(x, w, b, size, padding, stride)


@transposed_conv.mistake(
    "bias along the last axis",
    "The bias is added along the last axis, and that is the width. Make it (F, 1, 1), so that each "
    "map gets its own: b.reshape(-1, 1, 1).",
)
def _bias_along_the_width(x, w, b, stride=1, padding=0):
    return _cut(_scattered(x, w, stride), padding) + b


@transposed_conv.mistake(
    "windows one pixel apart",
    "The stride is missing: entry (i, j) of x sends to the window that begins at row i * stride "
    "and column j * stride.",
)
def _transposed_one_apart(x, w, b, stride=1, padding=0):
    return _plus(_cut(_scattered(x, w, 1), padding), b)


@transposed_conv.mistake(
    "stride zeros between the entries",
    "The windows lie a pixel too far apart. Entries that lie `stride` apart have one zero less "
    "between them.",
)
def _too_far_apart(x, w, b, stride=1, padding=0):
    return _plus(_cut(_scattered(x, w, stride + 1), padding), b)


@transposed_conv.mistake(
    "= instead of +=",
    "Windows that overlap, and channels, overwrite each other: y adds up what every entry sends "
    "(+=).",
)
def _transposed_overwritten(x, w, b, stride=1, padding=0):
    return _plus(_cut(_scattered(x, w, stride, put=lambda old, new: new), padding), b)


@transposed_conv.mistake(*TURNED)
def _transposed_turned(x, w, b, stride=1, padding=0):
    return _plus(_cut(_scattered(x, w[:, :, ::-1, ::-1], stride), padding), b)


@transposed_conv.mistake(
    "first channel only",
    "Only channel 0 is sent: y adds up what all channels of x send.",
)
def _transposed_first_channel(x, w, b, stride=1, padding=0):
    return _plus(_cut(_scattered(x[:, :1], w[:1], stride), padding), b)


@transposed_conv.mistake(
    "w read as (F, C, kh, kw)",
    "w is read as (F, C, kh, kw). Here the channels of x come first, as the filters' maps do in "
    "dy: w has the shape (C, F, kh, kw).",
)
def _axes_exchanged(x, w, b, stride=1, padding=0):
    F, _, kh, kw = w.shape
    N, _, H, W = x.shape
    size = (H - 1) * stride + kh - 2 * padding, (W - 1) * stride + kw - 2 * padding
    swapped = w.transpose(1, 0, 2, 3)
    return _plus(
        convolution.conv_backward_input_col2im(x, swapped, (N, F, *size), stride, padding), b
    )


@transposed_conv.mistake(
    "bias added by every entry of x",
    "The bias is added whenever an entry of x sends something. Add b[f] once, at the end.",
)
def _bias_every_time(x, w, b, stride=1, padding=0):
    times = _cut(_scattered(np.ones_like(x), np.ones_like(w), stride), padding)
    return _cut(_scattered(x, w, stride), padding) + times * b[:, np.newaxis, np.newaxis]


@transposed_conv.mistake(
    "bias where something arrives only",
    "Where no entry of x sends anything, at a stride longer than the kernel, the bias is missing. "
    "It is added to every number of the output.",
)
def _bias_where_reached(x, w, b, stride=1, padding=0):
    reached = _scattered(np.ones_like(x), np.ones_like(w), stride) > 0
    return _cut(_scattered(x, w, stride) + reached * b[:, np.newaxis, np.newaxis], padding)


@transposed_conv.mistake(*NO_BIAS)
def _transposed_no_bias(x, w, b, stride=1, padding=0):
    return _cut(_scattered(x, w, stride), padding)


@transposed_conv.mistake(*FIRST_BIAS)
def _transposed_first_bias(x, w, b, stride=1, padding=0):
    return _cut(_scattered(x, w, stride), padding) + b[0]


@transposed_conv.mistake(*FLOAT64)
def _transposed_float64(x, w, b, stride=1, padding=0):
    return _plus(_cut(_scattered(x.astype(np.float64), w, stride), padding), b)
