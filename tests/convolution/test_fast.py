import ast
import math
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import NamedTuple
from unittest import mock

import numpy as np
import pytest
from convolution_cases import (
    DTYPES,
    assert_new_result,
    bad_arrays,
    bad_integers,
    says,
    scipy_forward,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from course.convolution import (
    blocked,
    conv_backward_bias,
    conv_backward_input_col2im,
    conv_backward_input_scatter,
    conv_backward_weights,
    conv_backward_weights_loops,
    conv_forward,
    conv_forward_loops,
    fast,
    together,
    winograd,
    workspace,
)
from course.convolution.blocked import conv_backward_blocked, conv_forward_blocked
from course.convolution.fast import conv_backward_fast, conv_forward_fast
from course.convolution.layer import layer_of as sizes_of

FORWARD = pytest.mark.parametrize("forward", [conv_forward_blocked, conv_forward_fast])
BACKWARD = pytest.mark.parametrize("backward", [conv_backward_blocked, conv_backward_fast])
BOTH = pytest.mark.parametrize(
    ("forward", "backward"),
    [(conv_forward_blocked, conv_backward_blocked), (conv_forward_fast, conv_backward_fast)],
    ids=["blocked", "fast"],
)
NAMES = ("dx", "dw", "db")


class Layer(NamedTuple):
    """The arguments of both passes; stride and padding are pairs."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    dy: np.ndarray
    stride: tuple[int, int]
    padding: tuple[int, int]


def layer_of(x_shape, w_shape, stride=(1, 1), padding=(0, 0), dtype=np.float64):
    """Random read-only arrays of these shapes."""
    rng = np.random.default_rng([*x_shape, *w_shape, *stride, *padding])
    size = [
        (pixels + 2 * p - kernel) // s + 1
        for pixels, kernel, s, p in zip(x_shape[2:], w_shape[2:], stride, padding, strict=True)
    ]
    shapes = x_shape, w_shape, w_shape[:1], (x_shape[0], w_shape[0], *size)
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    for array in arrays:
        array.flags.writeable = False
    return Layer(*arrays, stride, padding)


@st.composite
def layers(draw, dtypes=(np.float64, np.float32), pairs=True):
    """Small layers of every kind: 1×1 kernels, kernels smaller than the stride or the padding."""
    N, C, F = (draw(st.integers(1, 4)) for _ in range(3))
    kernel_size = [draw(st.integers(1, 4)) for _ in range(2)]
    stride, padding = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    stride = (stride, draw(st.integers(1, 3)) if pairs else stride)
    padding = (padding, draw(st.integers(0, 3)) if pairs else padding)
    smallest = [max(1, k - 2 * p) for k, p in zip(kernel_size, padding, strict=True)]
    size = [draw(st.integers(least, least + 4)) for least in smallest]
    dtype = draw(st.sampled_from(dtypes))
    return layer_of((N, C, *size), (F, C, *kernel_size), stride, padding, dtype)


@contextmanager
def cut_up(room, length, worth):
    """Other limits for small layers, so that they are shared out as large ones are."""
    with (
        mock.patch.object(fast, "WORTH_THREADS", 0),
        mock.patch.object(blocked, "WORKSPACE", room),
        mock.patch.multiple(together, NUMBERS=room, LENGTH=length),
        mock.patch.multiple(winograd, TILES=length, WORTH=worth),
    ):
        yield


CUTS = st.builds(
    cut_up,
    st.sampled_from([1, 500, 3000, 2**22]),
    st.sampled_from([1, 4, 8, 512]),
    st.sampled_from([0, math.inf]),
)


def passes(layer, forward=conv_forward_fast, backward=conv_backward_fast, **threads):
    """y, dx, dw and db."""
    x, w, b, dy, stride, padding = layer
    y = forward(x, w, b, stride, padding, **threads)
    return y, *backward(dy, x, w, stride, padding, **threads)


def loops(layer):
    """The same from the loops of the lessons, which know neither pairs nor float32 here.

    The input comes with its frame, and the stride is 1: outputs in between are left out of y, and
    are zero in dy.
    """
    x, w, b, dy = (array.astype(np.float64) for array in layer[:4])
    (H, W), (ph, pw), (sh, sw) = x.shape[2:], layer.padding, layer.stride
    xpad = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    y = conv_forward_loops(xpad, w, b)
    spread = np.zeros(y.shape)
    spread[:, :, ::sh, ::sw] = dy
    dxpad = conv_backward_input_scatter(spread, w, xpad.shape)
    dw = conv_backward_weights_loops(spread, xpad, w.shape[2:])
    return y[:, :, ::sh, ::sw], dxpad[:, :, ph : ph + H, pw : pw + W], dw, dy.sum(axis=(0, 2, 3))


def assert_agree(got, expected):
    """1e-10 in float64; in float32, 1e-4 of the largest number."""
    for name, array, other in zip(("y", *NAMES), got, expected, strict=True):
        other = np.asarray(other)
        assert array.shape == other.shape, name
        scale = np.max(np.abs(other))
        tolerance = 1e-10 if array.dtype == np.float64 else 1e-4 * scale
        np.testing.assert_allclose(array, other, rtol=0, atol=tolerance, err_msg=name)


# right


@pytest.mark.slow
@settings(max_examples=500)
@given(layer=layers(), threads=st.sampled_from([1, 1, 1, 2]), cut=CUTS)
def test_both_passes_are_those_of_the_loops(layer, threads, cut):
    expected = loops(layer)
    with cut:
        assert_agree(passes(layer, threads=threads), expected)
        assert_agree(passes(layer, conv_forward_blocked, conv_backward_blocked), expected)


@settings(max_examples=100)
@given(layer=layers(), room=st.sampled_from([1, 500, 3000]))
def test_the_blocked_passes_are_the_same_whatever_the_size_of_their_blocks(layer, room):
    whole = passes(layer, conv_forward_blocked, conv_backward_blocked)
    with mock.patch("course.convolution.blocked.WORKSPACE", room):
        assert_agree(passes(layer, conv_forward_blocked, conv_backward_blocked), whole)


@BOTH
@settings(max_examples=100)
@given(layer=layers())
def test_pytorch_gives_the_same(torch, forward, backward, layer):
    x, w, b = (torch.tensor(array, requires_grad=True) for array in layer[:3])
    y = torch.nn.functional.conv2d(x, w, b, layer.stride, layer.padding)
    y.backward(torch.tensor(layer.dy))
    expected = y.detach(), x.grad, w.grad, b.grad
    assert_agree(passes(layer, forward, backward), expected)


@BOTH
@settings(max_examples=50)
@given(layer=layers(dtypes=(np.float64,), pairs=False))
def test_scipy_gives_the_same_output_and_the_gradients_are_its_adjoints(forward, backward, layer):
    stride, padding = layer.stride[0], layer.padding[0]
    y, dx, dw, _ = passes(layer, forward, backward)
    np.testing.assert_allclose(y, scipy_forward(*layer[:3], stride, padding), rtol=0, atol=1e-10)
    rng, none = np.random.default_rng(layer.dy.size), np.zeros(layer.b.shape)
    x, w = rng.standard_normal(layer.x.shape), rng.standard_normal(layer.w.shape)
    for gradient, change, output in [
        (dx, x, scipy_forward(x, layer.w, none, stride, padding)),
        (dw, w, scipy_forward(layer.x, w, none, stride, padding)),
    ]:
        assert np.sum(gradient * change) == pytest.approx(np.sum(layer.dy * output), abs=1e-9)


# Layers large enough for the limits as they are: several blocks, joined and separate products.
LARGE = [
    ((9, 5, 31, 30), (7, 5, 3, 3), (2, 2), (1, 1)),
    ((2, 48, 28, 29), (20, 48, 3, 3), (1, 1), (1, 1)),
    ((2, 130, 9, 10), (140, 130, 3, 3), (1, 1), (1, 1)),
    ((2, 3, 100, 130), (16, 3, 7, 7), (2, 2), (3, 3)),
    ((40, 16, 8, 8), (32, 16, 3, 3), (1, 1), (1, 1)),
    ((3, 40, 20, 20), (9, 40, 1, 1), (1, 1), (0, 0)),
    ((1, 100, 40, 50), (30, 100, 3, 3), (1, 1), (1, 1)),
    ((3, 40, 21, 20), (9, 40, 1, 1), (2, 2), (0, 0)),
]


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shapes", LARGE)
@pytest.mark.slow
def test_large_layers_are_those_of_the_lessons(forward, backward, shapes, dtype):
    layer = layer_of(*shapes, dtype)
    x, w, b, dy = (array.astype(np.float64) for array in layer[:4])
    setting = layer.stride[0], layer.padding[0]
    expected = (
        conv_forward(x, w, b, *setting),
        conv_backward_input_col2im(dy, w, x.shape, *setting),
        conv_backward_weights(dy, x, w.shape[2:], *setting),
        conv_backward_bias(dy),
    )
    assert_agree(passes(layer, forward, backward), expected)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 3, 50])
@pytest.mark.parametrize("shapes", LARGE)
def test_any_number_of_threads_gives_the_same(shapes, threads):
    layer = layer_of(*shapes)
    with mock.patch.object(fast, "WORTH_THREADS", 0):
        assert_agree(passes(layer, threads=threads), passes(layer))


@pytest.mark.parametrize(("worth", "starts"), [(0, True), (10**5, True), (10**8, False)])
def test_threads_share_the_images_and_hold_blas_to_one_each(worth, starts):
    """Where no thread starts, BLAS has as many as before."""
    limits, threads, forward, backward = [], set(), *fast.BLOCKED

    def watched(work):
        def with_notes(*arguments):
            limits.append([lib["num_threads"] for lib in blas()])
            threads.add(get_ident())
            return work(*arguments)

        return with_notes

    def blas():
        return [lib for lib in threadpool_info() if lib["user_api"] == "blas"]

    layer = layer_of((8, 4, 60, 60), (4, 4, 3, 3), (2, 2))
    way = fast.Way(watched(forward), watched(backward))
    patches = mock.patch.multiple(fast, BLOCKED=way, WORTH_THREADS=worth)
    with threadpool_limits(2, user_api="blas"), patches:
        before = [lib["num_threads"] for lib in blas()]
        passes(layer, threads=2)
        assert [lib["num_threads"] for lib in blas()] == before
    assert (threads != {get_ident()}) == starts
    assert {count for counts in limits for count in counts} == {1 if starts else 2}


# the way that suits a layer


WAYS = {  # one layer for each
    "POINTWISE": ((3, 20, 5, 6), (30, 20, 1, 1)),
    "WINOGRAD": ((4, 64, 20, 18), (48, 64, 3, 3), (1, 1), (1, 1)),
    "TOGETHER": ((5, 6, 8, 9), (7, 6, 3, 3), (1, 1), (1, 0)),
    "BLOCKED": ((3, 2, 9, 9), (6, 2, 3, 3), (2, 2), (1, 1)),
}
EACH_WAY = pytest.mark.parametrize("way", WAYS)


def sizes(x_shape, w_shape, stride=1, padding=0):
    """The sizes of a layer; to draw the numbers of large arrays would take long."""
    x, w = (np.broadcast_to(0.0, shape) for shape in (x_shape, w_shape))
    return sizes_of(x, w, stride, padding)


@pytest.mark.parametrize(
    ("shapes", "way"),
    [
        *((shapes, way) for way, shapes in WAYS.items()),
        (((2, 20, 5, 6), (30, 20, 1, 1), (2, 2)), "BLOCKED"),  # not every pixel is a window
        (((2, 64, 21, 18), (48, 64, 3, 3), (2, 2)), "BLOCKED"),  # stride 2
        (((9, 8, 21, 18), (8, 8, 3, 3)), "TOGETHER"),  # too few channels for Winograd
        (((1, 64, 14, 14), (64, 64, 3, 3), (1, 1), (1, 1)), "BLOCKED"),  # too few tiles for it
        (((1, 6, 8, 9), (7, 6, 3, 3)), "BLOCKED"),  # one image alone
        (((5, 6, 8, 9), (7, 6, 3, 3), (2, 1)), "BLOCKED"),  # stride 2 down
        (((9, 8, 400, 400), (8, 8, 3, 3)), "BLOCKED"),  # images that are not small
        (((9, 1, 8, 8), (16, 1, 3, 3)), "BLOCKED"),  # few columns
        (((8, 256, 14, 14), (256, 256, 5, 5)), "BLOCKED"),  # only few fit together
    ],
)
def test_every_layer_goes_the_way_that_suits_it(shapes, way):
    layer = sizes(*shapes)
    assert fast.way_of(layer, winograd=True) is getattr(fast, way)
    assert fast.way_of(layer, winograd=False) is not fast.WINOGRAD


@EACH_WAY
def test_both_passes_go_that_way(way):
    layer = layer_of(*WAYS[way])
    spies = [mock.Mock(side_effect=function) for function in getattr(fast, way)]
    with mock.patch.object(fast, way, fast.Way(*spies)):
        passes(layer)
    assert [spy.call_count for spy in spies] == [1, 1]


@EACH_WAY
def test_the_gradients_of_each_way_agree_with_central_differences(way):
    x, w, b, dy, *setting = layer_of(*WAYS[way])
    gradients = conv_backward_fast(dy, x, w, *setting)
    rng = np.random.default_rng(0)
    for k, gradient in enumerate(gradients):
        for _ in range(3):  # directions: the whole gradient would take minutes
            arrays, ends = [x, w, b], []
            along = rng.standard_normal(gradient.shape)
            for step in (1e-5, -1e-5):
                arrays[k] = (x, w, b)[k] + step * along
                ends.append(np.sum(conv_forward_fast(*arrays, *setting) * dy))
            change = (ends[0] - ends[1]) / 2e-5
            assert np.sum(gradient * along) == pytest.approx(change, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_winograd_rounds_little_and_can_be_forbidden(dtype):
    layer = layer_of((8, 64, 28, 28), (64, 64, 3, 3), (1, 1), (1, 1), dtype)
    exact = passes(layer_of((8, 64, 28, 28), (64, 64, 3, 3), (1, 1), (1, 1)), winograd=False)
    errors = {}
    for allowed in (True, False):
        got = passes(layer, winograd=allowed)
        errors[allowed] = [
            np.max(np.abs(array - other)) / np.max(np.abs(other))
            for array, other in zip(got, exact, strict=True)
        ]
    largest = 2e-5 if dtype == np.float32 else 1e-13
    assert max(errors[True]) < largest
    assert max(errors[False]) < largest / 10
    assert errors[True][0] > 2 * errors[False][0]


# what goes in and what comes out


def views(array):
    """The same numbers, laid out otherwise in memory."""
    yield np.asfortranarray(array)
    yield np.repeat(array, 2, axis=-1)[..., ::2]
    yield np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    yield np.ascontiguousarray(array.T).T


@BOTH
@pytest.mark.parametrize("shapes", WAYS.values(), ids=WAYS)
def test_arrays_may_be_views_of_any_kind(forward, backward, shapes):
    layer = layer_of(*shapes)
    expected = passes(layer, forward, backward)
    for arrays in zip(*map(views, layer[:4]), strict=True):
        assert not arrays[0].flags.c_contiguous
        assert_agree(passes(Layer(*arrays, *layer[4:]), forward, backward), expected)


@BOTH
@pytest.mark.parametrize("kernel_size", [(1, 1), (2, 3)])
def test_results_are_new_and_the_arguments_are_as_before(forward, backward, kernel_size):
    layer = layer_of((2, 3, 5, 4), (4, 3, *kernel_size))
    x, w, b, dy = (array.copy() for array in layer[:4])
    assert_new_result(forward, x, w, b)
    for k in range(3):
        assert_new_result(lambda *arrays, k=k: backward(*arrays)[k], dy, x, w)


@BOTH
@pytest.mark.parametrize(("given", "kept"), DTYPES)
@pytest.mark.parametrize("kernel_size", [(1, 1), (2, 1)])
def test_results_have_the_dtype_of_x_and_dy(forward, backward, given, kept, kernel_size):
    x, w, b = np.ones((1, 2, 3, 3), given), np.ones((4, 2, *kernel_size)), np.zeros(4)
    y = forward(x, w, b)
    assert y.dtype == kept
    assert np.all(y == 2 * kernel_size[0])
    for gradient in backward(np.ones(y.shape, given), x.astype(np.float64), w):
        assert gradient.dtype == kept


@BOTH
def test_the_arguments_may_be_lists(forward, backward):
    x, w = [[[[1, 2, 3]]]], [[[[10, 1]]]]
    assert forward(x, w, [5]).tolist() == [[[[17, 28]]]]
    dx, dw, db = backward([[[[1, 2]]]], x, w)
    assert (dx.tolist(), dw.tolist(), db.tolist()) == ([[[[10, 21, 2]]]], [[[[5, 8]]]], [3])


@BOTH
def test_integers_and_pairs_of_any_kind_set_stride_and_padding(forward, backward):
    layer = layer_of((2, 3, 7, 7), (4, 3, 3, 3), (2, 2), (1, 1))
    expected = passes(layer, forward, backward)
    for stride, padding in [(2, 1), ([2, 2], (1, 1)), (np.int8(2), np.int8(1)), ((2, 2), 1)]:
        same = layer._replace(stride=stride, padding=padding)
        assert_agree(passes(same, forward, backward), expected)


@BOTH
def test_a_pair_is_down_then_across(forward, backward):
    layer = layer_of((1, 1, 8, 9), (1, 1, 2, 3), (3, 2), (0, 1))
    y, dx, _, _ = passes(layer, forward, backward)
    assert y.shape == (1, 1, 3, 5)
    assert np.all(dx[0, 0, 2::3] == 0)
    assert np.all(dx[0, 0, 0] != 0)


@EACH_WAY
def test_results_lie_in_memory_as_the_arguments_do(way):
    assert all(array.flags.c_contiguous for array in passes(layer_of(*WAYS[way])))


@EACH_WAY
def test_float16_is_added_up_in_float32(way):
    layer = layer_of(*WAYS[way], dtype=np.float16)
    inputs = [array.astype(np.float32) for array in layer[:4]]
    expected = passes(Layer(*inputs, *layer[4:]))
    for got, other in zip(passes(layer), expected, strict=True):
        np.testing.assert_array_equal(got, other.astype(np.float16), strict=True)


# memory


def extra_memory(function, *arguments, **settings):
    """The most that is in use while function runs, beyond its results, in bytes.

    Nothing is kept from before, but for what a first call sets up.
    """
    function(*arguments, **settings)
    workspace.forget()
    tracemalloc.start()
    result = function(*arguments, **settings)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    arrays = result if isinstance(result, tuple) else (result,)
    return peak - sum(array.nbytes for array in arrays)


MEMORY = pytest.mark.parametrize(
    "shapes",
    [
        ((6, 32, 56, 57), (40, 32, 3, 3), (1, 1), (1, 1)),
        ((8, 3, 120, 130), (32, 3, 7, 7), (2, 2), (3, 3)),
        ((4, 64, 60, 50), (32, 64, 3, 3), (2, 1), (0, 1)),
        ((1, 100, 40, 40), (60, 100, 3, 3), (1, 1), (1, 1)),
        ((64, 16, 14, 14), (32, 16, 3, 3), (1, 1), (1, 1)),
        ((4, 60, 20, 20), (90, 60, 1, 1), (1, 1), (0, 0)),
        ((10, 256, 8, 8), (256, 256, 5, 5), (1, 1), (0, 0)),
    ],
)


def frame(x, padding):
    """The bytes of the padded input."""
    (ph, pw), (N, C, H, W) = padding, x.shape
    return x.itemsize * N * C * (H + 2 * ph) * (W + 2 * pw)


@pytest.mark.slow
@MEMORY
@pytest.mark.parametrize("threads", [1, 2])
def test_the_fast_passes_need_four_megabytes_and_the_frames(shapes, threads):
    x, w, b, dy, stride, padding = layer_of(*shapes, np.float32)
    options = {"threads": threads, "winograd": False}
    forward = extra_memory(conv_forward_fast, x, w, b, stride, padding, **options)
    backward = extra_memory(conv_backward_fast, dy, x, w, stride, padding, **options)
    room = threads * (2**22 + 200_000)
    assert forward <= room + frame(x, padding) + threads * w.nbytes
    assert backward <= room + 2 * frame(x, padding) + 3 * threads * w.nbytes


@pytest.mark.parametrize(
    "shapes",
    [
        ((6, 32, 56, 57), (40, 32, 3, 3), (1, 1), (1, 1)),
        ((1, 100, 40, 40), (60, 100, 3, 3), (1, 1), (1, 1)),
        ((8, 256, 14, 14), (256, 256, 3, 3), (1, 1), (1, 1)),
    ],
)
@pytest.mark.slow
def test_winograd_needs_what_is_stated(shapes):
    x, w, b, dy, stride, padding = layer_of(*shapes, np.float32)
    layer = sizes_of(x, w, stride, padding)
    assert fast.way_of(layer, winograd=True) is fast.WINOGRAD
    tiles = winograd.tiles_of(layer)
    pixels = (4 * tiles.down + 2) * (4 * tiles.across + 2) * tiles.images * x.itemsize
    numbers = 36 * 200 * max(layer.C, layer.F) * x.itemsize
    forward = extra_memory(conv_forward_fast, x, w, b, stride, padding)
    backward = extra_memory(conv_backward_fast, dy, x, w, stride, padding)
    copies = pixels * (3 * layer.C + 2 * layer.F)
    assert forward <= 2 * numbers + 4 * w.nbytes + copies + 100_000
    copies += pixels * layer.C
    assert backward <= 3 * numbers + 12 * w.nbytes + copies + 100_000


@EACH_WAY
def test_nothing_is_kept_for_the_backward_pass(way):
    x, w, b, _, *setting = layer_of(*WAYS[way])
    conv_forward_fast(x, w, b, *setting)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    y = conv_forward_fast(x, w, b, *setting)
    kept = tracemalloc.get_traced_memory()[0] - before - y.nbytes
    tracemalloc.stop()
    assert kept < 2000


def test_a_small_layer_needs_little():
    x, w, b, dy, *setting = layer_of((3, 4, 9, 9), (2, 4, 3, 3))
    assert extra_memory(conv_forward_fast, x, w, b, *setting) < 100_000
    assert extra_memory(conv_backward_fast, dy, x, w, *setting) < 100_000


@MEMORY
def test_the_blocked_passes_need_four_megabytes_and_the_frames(shapes):
    x, w, b, dy, *setting = layer_of(*shapes, np.float32)
    framed, room = frame(x, setting[1]), 2**22 + 200_000
    forward = extra_memory(conv_forward_blocked, x, w, b, *setting)
    assert forward <= room + framed + w.nbytes
    backward = extra_memory(conv_backward_blocked, dy, x, w, *setting)
    assert backward <= room + 2 * framed + 2 * w.nbytes


# bad input

GOOD = layer_of((2, 3, 4, 5), (4, 3, 2, 2))._asdict()
FITS = "kernel must fit into the padded input: kernel ="
CHANNELS = "w.shape[1], the channels of w,"
BIASES = "b.shape[0], one bias for each filter,"
SHAPE = "dy must have the shape of the output,"
SETTINGS = [
    *bad_integers("stride", 1),
    *bad_integers("padding", 0),
    *[
        ({name: value}, (f"{name} must be an integer or a pair (down, across)", repr(value)))
        for name in ("stride", "padding")
        for value in ((1,), (1, 1, 1), [])
    ],
    ({"stride": (0, 1)}, ("stride[0] must be an integer of at least 1", "0")),
    ({"stride": (1, 2.0)}, ("stride[1] must be an integer of at least 1", "2.0")),
    ({"padding": [-1, 1]}, ("padding[0] must be an integer of at least 0", "-1")),
    ({"padding": (1, None)}, ("padding[1] must be an integer of at least 0", "None")),
]
ARRAYS = [
    *bad_arrays("x", GOOD["x"], "(N, C, H, W)"),
    *bad_arrays("w", GOOD["w"], "(F, C, kh, kw)"),
    ({"w": np.ones((4, 1, 2, 2))}, (CHANNELS, "x.shape[1] = 3", "1")),
    ({"x": np.ones((2, 1, 4, 5))}, (CHANNELS, "x.shape[1] = 1", "3")),
    ({"w": np.ones((4, 3, 7, 2)), "padding": 1}, (FITS, "7", "size 4 + 2 * padding 1 = 6")),
    ({"w": np.ones((4, 3, 2, 6))}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
    ({"w": np.ones((4, 3, 2, 6)), "padding": (3, 0)}, (FITS, "6", "size 5 + 2 * padding 0 = 5")),
]


@FORWARD
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *ARRAYS,
        *SETTINGS,
        *bad_arrays("b", GOOD["b"], "(F,)"),
        ({"b": np.ones(1)}, (BIASES, "w.shape[0] = 4", "1")),
    ],
)
def test_bad_input_of_the_forward_pass_is_named(forward, bad, words):
    arguments = {name: value for name, value in GOOD.items() if name != "dy"}
    with pytest.raises(ValueError, match=says(words)):
        forward(**arguments | bad)


@BACKWARD
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        *ARRAYS,
        *SETTINGS,
        *bad_arrays("dy", GOOD["dy"], "(N, F, oh, ow)"),
        *[
            ({"dy": np.ones(shape)}, (SHAPE, "(2, 4, 3, 4)", "(2, 3, 4, 5)", str(shape)))
            for shape in [(1, 4, 3, 4), (2, 1, 3, 4), (2, 4, 4, 4), (2, 4, 3, 3), (2, 4, 1, 1)]
        ],
        ({"stride": (1, 2)}, (SHAPE, "(2, 4, 3, 2)", "(2, 4, 3, 4)")),
        ({"padding": (1, 0)}, (SHAPE, "(2, 4, 5, 4)", "(2, 4, 3, 4)")),
    ],
)
def test_bad_input_of_the_backward_pass_is_named(backward, bad, words):
    arguments = {name: value for name, value in GOOD.items() if name != "b"}
    with pytest.raises(ValueError, match=says(words)):
        backward(**arguments | bad)


@pytest.mark.parametrize(("bad", "words"), list(bad_integers("threads", 1)))
def test_bad_threads_are_named(bad, words):
    x, w, b, dy, *setting = GOOD.values()
    with pytest.raises(ValueError, match=says(words)):
        conv_forward_fast(x, w, b, *setting, **bad)
    with pytest.raises(ValueError, match=says(words)):
        conv_backward_fast(dy, x, w, *setting, **bad)


# to be read by students


def bound(function):
    """The names that a function binds, besides its arguments."""
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } - {argument.arg for argument in function.args.args}


@pytest.mark.parametrize(
    "name",
    ["blocked", "fast", "layer", "pointwise", "threads", "together", "winograd", "workspace"],
)
def test_no_function_of_the_fast_layer_binds_more_than_a_dozen_names(name):
    source = (Path(fast.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    assert functions
    assert {f.name: bound(f) for f in functions if len(bound(f)) > 12} == {}
