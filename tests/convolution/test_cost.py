from itertools import product

import numpy as np
import pytest
from convolution_cases import bad_integers, bad_sizes, says

from course.convolution import conv_forward
from course.convolution.cost import (
    Cost,
    dilated_cost,
    grouped_cost,
    plain_cost,
    separable_cost,
    transposed_cost,
)
from course.convolution.dilated import dilated_conv
from course.convolution.grouped import grouped_conv
from course.convolution.separable import depthwise_separable
from course.convolution.transposed import transposed_conv

# stride, padding, dilation
SETTINGS = [(1, 0, 1), (2, 1, 1), (1, 2, 2), (2, 1, 3), (3, 0, 2)]


def arrays(*shapes):
    rng = np.random.default_rng(sum(map(sum, shapes)))
    return [rng.standard_normal(shape) for shape in shapes]


def counted_layer(x, w, stride=1, padding=0, dilation=1, groups=1):
    """The outputs of a layer without bias by loops over single products, and their number."""
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    rows = range(0, x.shape[2] - dilation * (w.shape[2] - 1), stride)
    columns = range(0, x.shape[3] - dilation * (w.shape[3] - 1), stride)
    y, count = np.zeros((len(x), len(w), len(rows), len(columns))), 0
    for (f, c, u, v), weight in np.ndenumerate(w):
        channel = f * groups // len(w) * w.shape[1] + c
        for n, (i, top), (j, left) in product(range(len(x)), enumerate(rows), enumerate(columns)):
            y[n, f, i, j] += weight * x[n, channel, top + u * dilation, left + v * dilation]
            count += 1
    return y, count


def counted_transposed(x, w, stride, padding):
    """The outputs of a transposed layer without bias, and the number of its products."""
    (N, _, H, W), (_, F, kh, kw) = x.shape, w.shape
    y, count = np.zeros((N, F, (H - 1) * stride + kh, (W - 1) * stride + kw)), 0
    for (n, c, i, j), entry in np.ndenumerate(x):
        for f, u, v in np.ndindex(F, kh, kw):
            y[n, f, i * stride + u, j * stride + v] += entry * w[c, f, u, v]
            count += 1
    height, width = y.shape[2:]
    return y[:, :, padding : height - padding, padding : width - padding], count


def assert_counted(counted, y, cost, parameters):
    """The counted loops make the layer's outputs; the cost has their count and the sizes."""
    np.testing.assert_allclose(counted[0], y, rtol=0, atol=1e-10, strict=True)
    assert cost == Cost(counted[1], sum(array.size for array in parameters))
    assert [type(number) for number in cost] == [int, int]


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_loops_make_as_many_multiplications_as_are_told(stride, padding, dilation):
    x, w = arrays((2, 3, 7, 8), (4, 3, 2, 3))
    b = np.zeros(4)
    counted = counted_layer(x, w, stride, padding, dilation)
    y = dilated_conv(x, w, b, stride, padding, dilation)
    assert_counted(counted, y, dilated_cost(x.shape, w.shape, stride, padding, dilation), (w, b))
    counted = counted_layer(x, w, stride, padding)
    y = conv_forward(x, w, b, stride, padding)
    assert_counted(counted, y, plain_cost(x.shape, w.shape, stride, padding), (w, b))


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_loops_in_groups_make_as_many_multiplications_as_are_told(groups, stride, padding):
    x, w = arrays((2, 4, 5, 6), (8, 4 // groups, 3, 2))
    b = np.zeros(8)
    y = grouped_conv(x, w, b, stride, padding, groups)
    cost = grouped_cost(x.shape, w.shape, stride, padding, groups)
    assert_counted(counted_layer(x, w, stride, padding, 1, groups), y, cost, (w, b))


@pytest.mark.parametrize("padding", [0, 2])
def test_loops_over_pixels_and_then_channels_make_as_many_as_are_told(padding):
    x, w_depth, w_point = arrays((2, 3, 5, 6), (3, 1, 2, 3), (4, 3, 1, 1))
    b = np.zeros(4)
    y = depthwise_separable(x, w_depth, w_point, b, padding)
    z, depth = counted_layer(x, w_depth, padding=padding, groups=3)
    loops, point = counted_layer(z, w_point)
    cost = separable_cost(x.shape, w_depth.shape, w_point.shape, padding)
    assert_counted((loops, depth + point), y, cost, (w_depth, w_point, b))


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 0)])
def test_loops_over_the_input_make_as_many_multiplications_as_are_told(stride, padding):
    x, w = arrays((2, 3, 4, 5), (3, 4, 2, 3))
    b = np.zeros(4)
    y = transposed_conv(x, w, b, stride, padding)
    counted = counted_transposed(x, w, stride, padding)
    assert_counted(counted, y, transposed_cost(x.shape, w.shape), (w, b))


def test_without_settings_the_stride_is_1_the_padding_0_and_there_is_one_group():
    shapes = (2, 3, 7, 8), (4, 3, 2, 3)
    expected = Cost(2 * 4 * (6 * 6) * (3 * 2 * 3), 4 * (3 * 2 * 3) + 4)
    assert plain_cost(*shapes) == dilated_cost(*shapes) == grouped_cost(*shapes) == expected
    assert separable_cost((2, 3, 7, 8), (3, 1, 2, 3), (4, 3, 1, 1)).multiplications == (
        2 * (6 * 6) * (3 * 2 * 3 + 4 * 3)
    )


def test_side_by_side_with_the_plain_layer():
    x, w, padding = (1, 32, 28, 28), (64, 32, 3, 3), 1
    plain = plain_cost(x, w, padding=padding)
    assert plain == (14_450_688, 18_496)
    assert dilated_cost(x, w, padding=2, dilation=2) == plain
    assert grouped_cost(x, (64, 8, 3, 3), padding=padding, groups=4) == (3_612_672, 4_672)
    separable = separable_cost(x, (32, 1, 3, 3), (64, 32, 1, 1), padding)
    assert separable == (1_831_424, 2_400)
    share = separable.multiplications / plain.multiplications
    assert share == pytest.approx(1 / 64 + 1 / (3 * 3))


def test_a_transposed_layer_costs_what_the_plain_layer_it_turns_round_costs():
    small, large, w = (2, 4, 5, 6), (2, 3, 11, 14), (4, 3, 3, 4)
    assert transposed_cost(small, w).multiplications == plain_cost(large, w, 2).multiplications
    assert transposed_cost(small, w).parameters == 4 * 3 * 3 * 4 + 3


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_pytorch_counts_the_same(torch, stride, padding, dilation):
    from torch.utils.flop_counter import FlopCounterMode

    x, settings = torch.ones(2, 4, 7, 8), {"stride": stride, "padding": padding}
    pairs = [
        (
            torch.nn.Conv2d(4, 6, (2, 3), **settings, dilation=dilation),
            dilated_cost((2, 4, 7, 8), (6, 4, 2, 3), **settings, dilation=dilation),
        ),
        (
            torch.nn.Conv2d(4, 6, (2, 3), **settings, groups=2),
            grouped_cost((2, 4, 7, 8), (6, 2, 2, 3), **settings, groups=2),
        ),
        (
            torch.nn.ConvTranspose2d(4, 6, (2, 3), **settings),
            transposed_cost((2, 4, 7, 8), (4, 6, 2, 3)),
        ),
    ]
    for layer, cost in pairs:
        with FlopCounterMode(display=False) as counter:
            layer(x)
        assert cost.multiplications == counter.get_total_flops() / 2  # an addition for each
        assert cost.parameters == sum(parameter.numel() for parameter in layer.parameters())


def test_small_numpy_integers_do_not_overflow():
    hundreds, depth, point = np.int8([[100] * 4, [100, 1, 100, 100], [100, 100, 1, 1]])
    hundreds, depth, point = tuple(hundreds), tuple(depth), tuple(point)
    one, parameters = np.int8(1), 100**4 + 100
    assert plain_cost(hundreds, hundreds, one, one) == (9 * 100**5, parameters)
    assert dilated_cost(hundreds, hundreds, one, np.int8(100), np.int8(2)) == (
        102**2 * 100**5,
        parameters,
    )
    assert grouped_cost(hundreds, depth, groups=np.int8(100)) == (100**4, 100**3 + 100)
    assert separable_cost(hundreds, depth, point) == (100**4 + 100**3, 100**3 + 100**2 + 100)
    assert transposed_cost(hundreds, hundreds) == (100**7, parameters)


X, W = (2, 4, 5, 6), (6, 4, 2, 3)
GOOD = {
    plain_cost: {"x_shape": X, "w_shape": W},
    dilated_cost: {"x_shape": X, "w_shape": W},
    grouped_cost: {"x_shape": X, "w_shape": (6, 2, 2, 3), "groups": 2},
    separable_cost: {"x_shape": X, "w_depth_shape": (4, 1, 2, 3), "w_point_shape": (6, 4, 1, 1)},
    transposed_cost: {"x_shape": X, "w_shape": (4, 6, 2, 3)},
}
AXES = {
    plain_cost: {"w_shape": "(F, C, kh, kw)"},
    dilated_cost: {"w_shape": "(F, C, kh, kw)"},
    grouped_cost: {"w_shape": "(F, C / groups, kh, kw)"},
    separable_cost: {"w_depth_shape": "(C, 1, kh, kw)", "w_point_shape": "(F, C, 1, 1)"},
    transposed_cost: {"w_shape": "(C, F, kh, kw)"},
}
INTEGERS = {
    plain_cost: {"stride": 1, "padding": 0},
    dilated_cost: {"stride": 1, "padding": 0, "dilation": 1},
    grouped_cost: {"stride": 1, "padding": 0, "groups": 1},
    separable_cost: {"padding": 0},
    transposed_cost: {},
}
FITS = "kernel must fit into the padded input: kernel ="
CHANNELS = "w_shape[1], the channels of w,"
DEPTH = "w_depth must have the shape (4, 1, kh, kw), one kernel for each channel of x, got"
POINT = "w_point must have the shape (F, 4, 1, 1), one weight for each channel of x, got"
OTHERS = {
    plain_cost: [
        ({"w_shape": (6, 3, 2, 3)}, (CHANNELS, "x_shape[1] = 4", "3")),
        ({"w_shape": (6, 4, 8, 3), "padding": 1}, (FITS, "8", "size 5 + 2 * padding 1 = 7")),
    ],
    dilated_cost: [
        ({"w_shape": (6, 3, 2, 3)}, (CHANNELS, "x_shape[1] = 4", "3")),
        ({"dilation": 3}, (FITS, "3 with dilation 3 spans 7", "size 6 + 2 * padding 0 = 6")),
    ],
    grouped_cost: [
        ({"groups": 3}, ("groups must divide the 4 channels of x, got 3",)),
        ({"groups": 4}, ("groups must divide the 6 filters of w, got 4",)),
        ({"groups": 1}, ("the channels of w must equal the channels of x / groups = 4, got 2",)),
        ({"w_shape": (6, 2, 2, 7)}, (FITS, "7", "size 6 + 2 * padding 0 = 6")),
    ],
    separable_cost: [
        ({"w_depth_shape": (4, 2, 2, 3)}, (DEPTH, "(4, 2, 2, 3)")),
        ({"w_depth_shape": (8, 1, 2, 3)}, (DEPTH, "(8, 1, 2, 3)")),
        ({"w_point_shape": (6, 3, 1, 1)}, (POINT, "(6, 3, 1, 1)")),
        ({"w_point_shape": (6, 4, 1, 2)}, (POINT, "(6, 4, 1, 2)")),
        ({"w_depth_shape": (4, 1, 2, 7)}, (FITS, "7", "size 6 + 2 * padding 0 = 6")),
    ],
    transposed_cost: [
        (
            {"w_shape": (6, 4, 2, 3)},
            ("w_shape[0], the channels of w,", "x_shape[1] = 4", "6"),
        ),
    ],
}


@pytest.mark.parametrize(
    ("cost", "bad", "words"),
    [
        pytest.param(cost, *getattr(case, "values", case), id=f"{cost.__name__} {number}")
        for cost in GOOD
        for number, case in enumerate(
            [
                *bad_sizes("x_shape", X, "(N, C, H, W)"),
                *[
                    case
                    for name, axes in AXES[cost].items()
                    for case in bad_sizes(name, GOOD[cost][name], axes)
                ],
                *[
                    case
                    for name, least in INTEGERS[cost].items()
                    for case in bad_integers(name, least)
                ],
                *OTHERS[cost],
            ]
        )
    ],
)
def test_bad_input_is_named_with_its_value_and_what_would_be_right(cost, bad, words):
    with pytest.raises(ValueError, match=says(words)):
        cost(**GOOD[cost] | bad)
