import re
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course.convolution import conv_backward_input_col2im, conv_backward_weights
from course.gradcheck import (
    GradientError,
    check_gradients,
    numerical_gradient,
    owner,
    relative_error,
)
from course.nn import Conv2d

# numerical_gradient

FUNCTIONS = {
    "cubes": (lambda x: np.sum(x**3), lambda x: 3 * x**2),
    "sine": (lambda x: np.sum(np.sin(x)), np.cos),
    "product with distinct weights": (
        lambda x: np.sum(x * np.arange(1, x.size + 1).reshape(x.shape)),
        lambda x: np.arange(1, x.size + 1).reshape(x.shape),
    ),
    "norm": (lambda x: np.sqrt(np.sum(x**2)), lambda x: x / np.sqrt(np.sum(x**2))),
}


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 1, 3, 2)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_is_the_one_that_calculus_gives(name, shape):
    f, derivative = FUNCTIONS[name]
    x = np.asarray(np.random.default_rng(1).uniform(0.5, 2, shape))
    gradient = numerical_gradient(f, x)
    assert gradient.dtype == np.float64
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, derivative(x), rtol=0, atol=1e-8)


def test_entries_that_mix_have_their_own_derivatives():
    gradient = numerical_gradient(lambda x: x[0] * x[1] ** 2 + 7 * x[2], [2.0, 3.0, 5.0])
    np.testing.assert_allclose(gradient, [9, 12, 7], rtol=0, atol=1e-8)


def test_central_differences_are_exact_for_a_parabola_whatever_the_step():
    for step in (1e-3, 0.5, 4.0):
        assert numerical_gradient(lambda x: x**2, 3.0, step) == pytest.approx(6, rel=1e-9)


def test_the_step_is_half_the_distance_of_the_two_points():
    points = []
    gradient = numerical_gradient(lambda x: points.append(float(x)) or x**3, 1.0, step=0.5)
    assert sorted(points) == [0.5, 1.5]
    assert gradient == 3.25  # 3 + step ** 2


def test_an_empty_array_has_an_empty_gradient():
    gradient = numerical_gradient(np.sum, np.ones((2, 0, 3)))
    assert gradient.shape == (2, 0, 3)
    assert gradient.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.float16, np.float32])
def test_f_is_asked_in_float64_whatever_the_dtype_of_x(dtype):
    x, seen = np.ones((2, 3), dtype), set()

    def squares(values):
        seen.add(values.dtype)
        return np.sum(values**2)

    gradient = numerical_gradient(squares, x)
    assert seen == {gradient.dtype} == {np.dtype(np.float64)}
    np.testing.assert_allclose(gradient, np.full((2, 3), 2.0), rtol=0, atol=1e-9)
    assert x.dtype == dtype


@pytest.mark.parametrize("number", [np.float32(2), 2, True, np.array(2.0)])
def test_f_may_return_any_real_number(number):
    assert numerical_gradient(lambda x: number, [1.0]).tolist() == [0]


@given(
    x=hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=0, max_dims=4, max_side=3), elements=st.floats(-9, 9)
    )
)
def test_x_stays_as_it_was_though_f_changes_what_it_is_given(x):
    before = x.copy()

    def spoil(values):
        total = np.sum(values)
        values[...] = np.nan
        return total

    np.testing.assert_allclose(numerical_gradient(spoil, x), np.ones(x.shape), rtol=0, atol=1e-8)
    np.testing.assert_array_equal(x, before, strict=True)


def test_x_stays_as_it_was_though_f_raises_in_the_middle():
    x, calls = np.ones((2, 2)), []

    def f(values):
        calls.append(values)
        if len(calls) == 4:
            raise ZeroDivisionError
        return 0.0

    with pytest.raises(ZeroDivisionError):
        numerical_gradient(f, x)
    assert x.tolist() == [[1, 1], [1, 1]]
    assert not any(np.shares_memory(x, values) for values in calls)


def test_x_may_be_read_only_or_not_contiguous():
    x = np.arange(12.0).reshape(3, 4).T[::2]
    x.flags.writeable = False
    np.testing.assert_allclose(numerical_gradient(lambda x: np.sum(x**2), x), 2 * x, atol=1e-8)


@pytest.mark.parametrize("step", [0, -1e-5, float("nan"), float("inf")])
def test_a_step_that_is_no_distance_is_refused(step):
    with pytest.raises(
        ValueError, match=re.escape(f"step must be finite and greater than 0, got {step!r}")
    ):
        numerical_gradient(np.sum, np.ones(2), step)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones(2), "f must return one number, got an array of shape (2,)"),
        (np.ones(1), "f must return one number, got an array of shape (1,)"),
        ([1.0], "f must return one number, got an array of shape (1,)"),
        (None, "what f returns must hold real numbers, got dtype object"),
        (1j, "what f returns must hold real numbers, got dtype complex128"),
        ("1", "what f returns must hold real numbers, got dtype <U1"),
    ],
)
def test_what_is_not_one_real_number_is_no_loss(value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        numerical_gradient(lambda x: value, np.ones(2))


NO_NUMBERS = [
    ([1j], "got dtype complex128"),
    (["1"], "got dtype <U1"),
    (None, "got dtype object"),
    ([[1, 2], [3]], "got rows of unequal length"),
]


@pytest.mark.parametrize(("x", "words"), NO_NUMBERS)
def test_x_without_real_numbers_is_refused(x, words):
    with pytest.raises(ValueError, match=f"^x must hold real numbers, {words}$"):
        numerical_gradient(lambda x: 0.0, x)


# relative_error


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        ([1, 2, 4], [1, 2, 3], 0.25),
        ([1, -4], [1, 4], 2),
        ([0, 0], [0, 1e-30], 1),
        ([1e-9, 100], [2e-9, 100], 1e-11),  # relative to the largest number of all
        (3, 3, 0),
        (2.0, 1.0, 0.5),
        (np.zeros((2, 3)), np.zeros((2, 3)), 0),
        (np.ones((0, 3)), np.ones((0, 3)), 0),
        (np.float32([1, 2]), np.float64([1, 2]), 0),
        (np.uint8([1]), np.uint8([2]), 0.5),  # no wrapping around below zero
    ],
)
def test_the_error_is_the_largest_difference_over_the_largest_number(a, b, error):
    for got in (relative_error(a, b), relative_error(b, a)):
        assert type(got) is float
        assert got == pytest.approx(error, rel=1e-12)


# what float32 can hold, so that float64 can hold all differences and quotients
ARRAYS = hnp.arrays(np.float64, (2, 3), elements=st.floats(-1e9, 1e9, width=32))


@given(a=ARRAYS, b=ARRAYS, unit=st.sampled_from([-4.0, 0.5, 1024.0]))
def test_the_error_is_symmetric_does_not_know_the_unit_and_is_at_most_2(a, b, unit):
    error = relative_error(a, b)
    assert 0 <= error <= 2
    assert (error == 0) == np.array_equal(a, b)
    assert error == relative_error(b, a) == relative_error(unit * a, unit * b)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_passes_no_limit(wrong):
    for a, b in [([wrong, 1], [0, 1]), ([0, 1], [wrong, 1]), ([wrong, 1], [wrong, 1])]:
        error = relative_error(a, b)
        assert np.isnan(error)
        assert not error < 1e-7


@pytest.mark.parametrize(
    ("a", "b"), [((2,), (1,)), ((2, 1), (2,)), ((2, 3), (3, 2)), ((), (1,)), ((0,), (0, 1))]
)
def test_two_shapes_are_not_compared(a, b):
    with pytest.raises(
        ValueError, match=re.escape(f"a and b must have the same shape, got {a} and {b}")
    ):
        relative_error(np.ones(a), np.ones(b))


@pytest.mark.parametrize(("value", "words"), NO_NUMBERS)
def test_what_holds_no_real_numbers_is_not_compared(value, words):
    with pytest.raises(ValueError, match=f"^a must hold real numbers, {words}$"):
        relative_error(value, [1.0])
    with pytest.raises(ValueError, match=f"^b must hold real numbers, {words}$"):
        relative_error([1.0], value)


# check_gradients

SHAPE = (2, 3, 5, 6)  # N, C, H, W


def random_input():
    return np.random.default_rng(4).standard_normal(SHAPE)


def layer_of(kind, stride=2, padding=1):
    """4 filters of 2 by 3, and a bias that is not zero."""
    layer = kind(3, 4, (2, 3), stride, padding, rng=5)
    layer.b = np.arange(1.0, 5.0)
    return layer


def contents(layer):
    """Every attribute of the layer, arrays as copies."""
    return deepcopy(vars(layer))


def assert_same_contents(layer, before):
    assert vars(layer).keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(layer, name), value, strict=value is not None)


def rejected(layer, x=None):
    """The message of the GradientError for this layer, which must stay as it was."""
    before = contents(layer)
    with pytest.raises(GradientError) as caught:
        check_gradients(layer, random_input() if x is None else x)
    assert_same_contents(layer, before)
    return str(caught.value)


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_convolution_layer_passes_with_every_stride_and_padding(stride, padding):
    errors = check_gradients(layer_of(Conv2d, stride, padding), random_input())
    assert list(errors) == ["dx", "dw", "db"]
    assert all(type(error) is float and 0 <= error < 1e-8 for error in errors.values())


class ReLU:
    """A layer without parameters; its kink is far from the numbers of the tests."""

    parameters = ()

    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, dy):
        return dy * self.positive


class Scale:
    """A layer whose parameter is a single number, an array without axes."""

    parameters = ("s",)

    def __init__(self):
        self.s = np.array(3.0)

    def forward(self, x):
        self.x = x
        return self.s * x

    def backward(self, dy):
        self.ds = np.sum(dy * self.x)
        return self.s * dy


class Product:
    """A layer whose parameters enter each other's gradients."""

    parameters = ("s", "t")

    def __init__(self):
        self.s, self.t = np.array([2.0, 3.0]), np.array([5.0, 7.0])

    def forward(self, x):
        self.x = x
        return self.s * self.t * x

    def backward(self, dy):
        self.ds, self.dt = self.t * self.x * dy, self.s * self.x * dy
        return self.s * self.t * dy


def test_layers_with_no_parameters_or_a_single_number_can_be_checked():
    assert list(check_gradients(ReLU(), [[-1.0, 2.0], [3.0, -4.0]])) == ["dx"]
    assert list(check_gradients(Scale(), [1, 2, 3])) == ["dx", "ds"]


def test_each_parameter_is_moved_while_the_others_stay():
    errors = check_gradients(Product(), [1.0, -2.0])
    assert list(errors) == ["dx", "ds", "dt"]
    assert max(errors.values()) < 1e-9


def test_a_wrong_gradient_of_a_single_number_has_the_empty_index():
    class Wrong(Scale):
        def backward(self, dy):
            dx = super().backward(dy)
            self.ds = -self.ds
            return dx

    assert re.match(r"ds is wrong, most of all at \[\]: analytic", rejected(Wrong(), [1.0, 2.0]))


def test_the_layer_and_x_are_left_as_they_were():
    layer, x = layer_of(Conv2d), random_input()
    layer.backward(np.ones_like(layer.forward(x + 1)))
    before, arrays = contents(layer), dict(vars(layer))
    x_before = x.copy()
    check_gradients(layer, x)
    assert_same_contents(layer, before)
    assert all(vars(layer)[name] is value for name, value in arrays.items())
    np.testing.assert_array_equal(x, x_before)


@pytest.mark.parametrize("write", ["forward", "backward"])
def test_a_layer_that_writes_into_what_it_is_given_changes_nobody_elses_arrays(write):
    class Spoils(Conv2d):
        def forward(self, x):
            assert x.any()  # no zeros from the call before
            y = super().forward(x.copy())
            if write == "forward":
                x[...] = 0
            return y

        def backward(self, dy):
            assert dy.any()
            dx = super().backward(dy.copy())
            dy[...] = 0
            return dx

    x = random_input()
    assert max(check_gradients(layer_of(Spoils), x).values()) < 1e-8
    np.testing.assert_array_equal(x, random_input())


def test_the_upstream_is_random_and_can_be_chosen():
    seen = []

    class Watched(Conv2d):
        def backward(self, dy):
            seen.append(dy)
            return super().backward(dy)

    for rng in (None, None, 7, np.random.default_rng(7), 8):
        check_gradients(layer_of(Watched), random_input(), rng)
    default, again, seven, generator, eight = seen[::2]  # backward is called twice by each check
    np.testing.assert_array_equal(default, again)
    np.testing.assert_array_equal(seven, generator)
    assert len({dy.tobytes() for dy in (default, seven, eight)}) == 3
    assert len(np.unique(default)) == default.size


def test_step_and_tolerance_can_be_chosen():
    class Cubes:
        parameters = ()

        def forward(self, x):
            self.x = x
            return x**3

        def backward(self, dy):
            return 3 * self.x**2 * dy

    x = np.array([1.0, 2.0])
    with pytest.raises(GradientError, match=r"^dx is wrong"):
        check_gradients(Cubes(), x, step=0.1)
    assert 1e-4 < check_gradients(Cubes(), x, step=0.1, tolerance=0.1)["dx"] < 1e-2
    with pytest.raises(ValueError, match="step must be finite and greater than 0, got 0"):
        check_gradients(Cubes(), x, step=0)


# layers that are wrong

WRONG = {}


def wrong(array, cause):
    """Register a backward pass, and which array it gets wrong first."""

    def register(backward):
        WRONG[f"{array}, {cause}"] = type("Wrong", (Conv2d,), {"backward": backward}), array
        return backward

    return register


def right_backward(layer, dy):
    return Conv2d.backward(layer, dy)


@wrong("dx", "sign")
def _(self, dy):
    return -right_backward(self, dy)


@wrong("dw", "sign")
def _(self, dy):
    dx = right_backward(self, dy)
    self.dw = -self.dw
    return dx


@wrong("db", "sign")
def _(self, dy):
    dx = right_backward(self, dy)
    self.db = -self.db
    return dx


@wrong("dx", "kernel turned the wrong way")
def _(self, dy):
    right_backward(self, dy)
    turned = self.w[:, :, ::-1, ::-1]
    return conv_backward_input_col2im(dy, turned, self.x.shape, self.stride, self.padding)


@wrong("dw", "kernel turned")
def _(self, dy):
    dx = right_backward(self, dy)
    self.dw = self.dw[:, :, ::-1, ::-1]
    return dx


@wrong("dx", "padding ignored")
def _(self, dy):
    N, C, H, W = self.x.shape
    p = self.padding
    framed = (N, C, H + 2 * p, W + 2 * p)
    right_backward(self, dy)
    return conv_backward_input_col2im(dy, self.w, framed, self.stride)[:, :, :H, :W]


@wrong("dw", "padding ignored")
def _(self, dy):
    dx = right_backward(self, dy)
    p = 2 * self.padding
    below = np.pad(self.x, [(0, 0), (0, 0), (0, p), (0, p)])
    self.dw = conv_backward_weights(dy, below, self.w.shape[2:], self.stride)
    return dx


@wrong("dx", "stride ignored")
def _(self, dy):
    right_backward(self, dy)
    (N, C, H, W), (oh, ow), (kh, kw) = self.x.shape, dy.shape[2:], self.w.shape[2:]
    dense = conv_backward_input_col2im(dy, self.w, (N, C, oh + kh - 1, ow + kw - 1))
    dx = np.zeros((N, C, H, W))
    dx[:, :, : dense.shape[2], : dense.shape[3]] = dense
    return dx


@wrong("dw", "stride ignored")
def _(self, dy):
    dx = right_backward(self, dy)
    (oh, ow), (kh, kw) = dy.shape[2:], self.w.shape[2:]
    corner = np.pad(self.x, [(0, 0), (0, 0), (1, 1), (1, 1)])[:, :, : oh + kh - 1, : ow + kw - 1]
    self.dw = conv_backward_weights(dy, corner, (kh, kw))
    return dx


@wrong("db", "mean in place of the sum")
def _(self, dy):
    dx = right_backward(self, dy)
    self.db = self.db / len(dy)
    return dx


@wrong("dw", "one entry in a hundred off")
def _(self, dy):
    dx = right_backward(self, dy)
    self.dw[3, 2, 1, 0] += 1e-4
    return dx


@wrong("dx", "nan")
def _(self, dy):
    dx = right_backward(self, dy)
    dx[1, 2, 3, 4] = np.nan
    return dx


@wrong("dw", "nan everywhere")
def _(self, dy):
    dx = right_backward(self, dy)
    self.dw = np.full(self.w.shape, np.nan)
    return dx


@wrong("db", "infinite")
def _(self, dy):
    dx = right_backward(self, dy)
    self.db[2] = np.inf
    return dx


NUMBERS = re.compile(
    r"(?P<name>\w+) is wrong, most of all at \[(?P<index>[\d, ]+)\]: analytic (?P<analytic>\S+), "
    r"numerical (?P<numerical>\S+), relative error (?P<error>[\d.e+-]+|nan)"
)


@pytest.mark.parametrize("cause", WRONG)
def test_a_wrong_gradient_is_named_with_index_and_both_values(cause):
    kind, array = WRONG[cause]
    found = NUMBERS.fullmatch(rejected(layer_of(kind)))
    assert found["name"] == array

    layer, right = layer_of(kind), layer_of(Conv2d)
    dy = np.random.default_rng(0).standard_normal(layer.forward(random_input()).shape)
    right.forward(random_input())
    dx, right_dx = layer.backward(dy), right.backward(dy)
    gradients = {"dx": (dx, right_dx), "dw": (layer.dw, right.dw), "db": (layer.db, right.db)}
    got, expected = gradients[array]
    index = tuple(map(int, found["index"].split(", ")))
    off = np.nan_to_num(np.abs(got - expected), nan=np.inf)
    assert off[index] == np.max(off)
    assert float(found["analytic"]) == pytest.approx(got[index], rel=1e-6, nan_ok=True)
    assert float(found["numerical"]) == pytest.approx(expected[index], rel=1e-6)


def changed(**changes):
    """A layer whose backward returns or sets what changes say, from what is right."""

    class Changed(Conv2d):
        def backward(self, dy):
            dx = super().backward(dy)
            for name in changes.keys() - {"dx"}:
                setattr(self, name, changes[name](getattr(self, name)))
            return changes.get("dx", lambda dx: dx)(dx)

    return Changed


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("dx", lambda dx: dx[:, :, 1:-1], "dx has the shape (2, 3, 3, 6), expected (2, 3, 5, 6)"),
        ("dx", lambda dx: dx[:, :, :0], "dx has the shape (2, 3, 0, 6), expected (2, 3, 5, 6)"),
        ("dx", lambda dx: dx[0], "dx has the shape (3, 5, 6), expected (2, 3, 5, 6)"),
        ("dw", lambda dw: dw.T, "dw has the shape (3, 2, 3, 4), expected (4, 3, 2, 3)"),
        ("db", lambda db: db[:, None], "db has the shape (4, 1), expected (4,)"),
        ("db", np.sum, "db has the shape (), expected (4,)"),
        ("dx", lambda dx: None, "dx is None, expected an array of the shape (2, 3, 5, 6)"),
        ("dw", lambda dw: None, "dw is None, expected an array of the shape (4, 3, 2, 3)"),
        ("db", lambda db: None, "db is None, expected an array of the shape (4,)"),
        ("dw", lambda dw: dw * 1j, "dw must hold real numbers, got dtype complex128"),
        ("db", lambda db: db.astype(str), "db must hold real numbers, got dtype <U32"),
        ("db", lambda db: [[1], [2, 3]], "db must hold real numbers, got rows of unequal length"),
    ],
)
def test_what_cannot_be_a_gradient_is_named(name, change, message):
    assert rejected(layer_of(changed(**{name: change}))) == message


def test_a_gradient_that_was_never_made_is_named():
    class Forgets(Scale):
        def backward(self, dy):
            return self.s * dy

    assert rejected(Forgets(), [1.0]) == "ds is None, expected an array of the shape ()"


@pytest.mark.parametrize("error", [ValueError("no"), IndexError("no"), NotImplementedError("no")])
def test_an_exception_in_backward_is_named_and_kept_as_the_cause(error):
    class Breaks(Conv2d):
        def backward(self, dy):
            raise error

    with pytest.raises(GradientError, match=re.escape(f"backward raised {error!r}")) as caught:
        check_gradients(layer_of(Breaks), random_input())
    assert caught.value.__cause__ is error


def test_an_exception_in_forward_is_passed_on_for_it_says_what_is_wrong_with_x():
    with pytest.raises(ValueError, match="x must have the axes"):
        check_gradients(layer_of(Conv2d), np.ones((3, 4)))


def test_a_layer_that_updates_its_weights_in_backward_is_noticed():
    class Learns(Conv2d):
        def backward(self, dy):
            dx = super().backward(dy)
            self.w -= 1e-12 * self.dw
            return dx

    assert (
        rejected(layer_of(Learns)) == "forward or backward changed w: only an optimiser may do that"
    )


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("name", ["dw", "db"])
def test_a_layer_that_adds_up_its_gradients_is_noticed(name, in_place):
    class AddsUp(Conv2d):
        def backward(self, dy):
            before = getattr(self, name)
            dx = super().backward(dy)
            if before is not None and in_place:
                before += getattr(self, name)
                setattr(self, name, before)
            elif before is not None:
                setattr(self, name, before + getattr(self, name))
            return dx

    message = rejected(layer_of(AddsUp))
    assert message.startswith(f"{name} of a second backward is wrong, most of all at")
    used = layer_of(AddsUp)
    used.backward(np.ones_like(used.forward(random_input())))
    assert rejected(used).startswith(f"{name} is wrong, most of all at")


@pytest.mark.parametrize("which", ["x", "w"])
def test_float32_is_checked_on_a_float64_copy(which):
    layer, x = layer_of(Conv2d), random_input()
    if which == "x":
        x = x.astype(np.float32)
    else:
        layer.w = layer.w.astype(np.float32)
    before = contents(layer)
    assert max(check_gradients(layer, x).values()) < 1e-8
    assert_same_contents(layer, before)


def test_a_layer_that_computes_in_the_dtype_of_its_weights_does_so_in_float64():
    class OwnDtype(Scale):
        def forward(self, x):
            return super().forward(x.astype(self.s.dtype))

        def backward(self, dy):
            return super().backward(dy.astype(self.s.dtype))

    layer = OwnDtype()
    layer.s = np.array(1 / 3, np.float32)
    assert max(check_gradients(layer, [0.1, 0.2, 0.3]).values()) < 1e-9


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64])
def test_the_message_says_that_it_speaks_of_a_float64_copy(dtype):
    kind, _ = WRONG["dw, sign"]
    layer, note = layer_of(kind), "; checked on a float64 copy, x or a parameter is "
    layer.b = layer.b.astype(dtype)
    assert rejected(layer).endswith(f"{note}{np.dtype(dtype)}")
    x = random_input().astype(dtype)
    assert rejected(layer_of(kind), x).endswith(f"{note}{np.dtype(dtype)}")
    assert note not in rejected(layer_of(kind))


@pytest.mark.parametrize(("x", "words"), NO_NUMBERS)
def test_a_layer_is_not_checked_at_what_holds_no_real_numbers(x, words):
    with pytest.raises(ValueError, match=f"^x must hold real numbers, {words}$"):
        check_gradients(layer_of(Conv2d), x)


# networks of layers


class Network:
    """Layers one behind the other, whose parameters are named by the number of their layer."""

    def __init__(self, *layers):
        self.layers = layers

    @property
    def parameters(self):
        return [f"{k}.{name}" for k, layer in enumerate(self.layers) for name in layer.parameters]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy):
        for layer in self.layers[::-1]:
            dy = layer.backward(dy)
        return dy


def test_every_gradient_of_a_network_is_checked_under_the_number_of_its_layer():
    network = Network(Scale(), ReLU(), Network(Product(), Scale()))
    before = contents(network.layers[0])
    errors = check_gradients(network, [1.0, -2.0])
    assert list(errors) == ["dx", "0.ds", "2.0.ds", "2.0.dt", "2.1.ds"]
    assert max(errors.values()) < 1e-9
    assert_same_contents(network.layers[0], before)


@pytest.mark.parametrize("layer", [0, 2])
def test_a_wrong_gradient_in_a_network_is_named_with_the_number_of_its_layer(layer):
    class Wrong(Scale):
        def backward(self, dy):
            dx = super().backward(dy)
            self.ds = 2 * self.ds
            return dx

    layers = [Scale(), ReLU(), Scale()]
    layers[layer] = Wrong()
    with pytest.raises(GradientError, match=rf"^{layer}\.ds is wrong, most of all at \[\]"):
        check_gradients(Network(*layers), [1.0, 2.0])


def test_what_else_can_be_wrong_in_a_network_is_named_in_the_same_way():
    class Forgets(Scale):
        def backward(self, dy):
            return self.s * dy

    with pytest.raises(GradientError, match=r"^1\.ds is None, expected an array"):
        check_gradients(Network(ReLU(), Forgets()), [1.0])

    class Learns(Scale):
        def backward(self, dy):
            self.s = self.s - 1e-12
            return super().backward(dy)

    with pytest.raises(GradientError, match=r"^forward or backward changed 1\.s: only an optim"):
        check_gradients(Network(ReLU(), Learns()), [1.0])


def test_a_parameter_of_a_network_that_is_float32_is_checked_in_float64():
    network = Network(ReLU(), Product())
    network.layers[1].t = network.layers[1].t.astype(np.float32) / 3
    assert max(check_gradients(network, [1.0, -2.0]).values()) < 1e-9
    assert network.layers[1].t.dtype == np.float32


def test_the_owner_of_a_parameter_is_the_layer_that_holds_it():
    product, scale = Product(), Scale()
    inner = Network(product, ReLU())
    network = Network(scale, inner)
    assert owner(scale, "s") == (scale, "s")
    assert owner(network, "0.s") == (scale, "s")
    assert owner(network, "1.0.t") == (product, "t")
    assert owner(inner, "0.t") == (product, "t")
    many = Network(*[Scale() for _ in range(12)])
    assert owner(many, "11.s") == (many.layers[11], "s")


@pytest.mark.parametrize("name", ["s", "0.t", "1.s", "2.s", "0", "", "0.ds"])
def test_a_name_that_is_no_parameter_has_no_owner(name):
    words = re.escape(f"name must be one of ('0.s',), got {name!r}")
    with pytest.raises(ValueError, match=f"^{words}$"):
        owner(Network(Scale(), ReLU()), name)
