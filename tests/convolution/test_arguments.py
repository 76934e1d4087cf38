import numpy as np
import pytest
from convolution_cases import DTYPES

from course.convolution import arguments


@pytest.mark.parametrize(("given", "kept"), DTYPES)
def test_floats_keep_their_dtype_and_all_other_numbers_become_float64(given, kept):
    array = arguments.floats("x", np.array([0, 1, 1], given), "(W,)")
    assert array.dtype == kept
    assert array.tolist() == [0, 1, 1]


def test_floats_are_converted_to_a_dtype_that_is_asked_for():
    assert arguments.floats("w", [0.1, 2], "(W,)", dtype=np.float32).dtype == np.float32
    assert arguments.floats("w", 1 / 3, "()", dtype=np.float32) == np.float32(1 / 3)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((), "()"),
        ((2,), "(F,)"),
        ((2, 3), "(H, W)"),
        ((2, 3), "(..., H, W)"),
        ((1, 2, 3, 4, 5), "(..., H, W)"),
    ],
)
def test_an_array_with_the_named_axes_is_accepted(shape, axes):
    assert arguments.floats("x", np.ones(shape), axes).shape == shape


@pytest.mark.parametrize(
    ("value", "axes", "message"),
    [
        ([1, 2], "(H, W)", "x must have the axes (H, W), got 1 axes: shape (2,)"),
        ([[1]], "(F,)", "x must have the axes (F,), got 2 axes: shape (1, 1)"),
        ([1, 2], "(..., H, W)", "x must have the axes (..., H, W), got 1 axes: shape (2,)"),
        ([1.0], "()", "x must be a single number, got 1 axes: shape (1,)"),
        ([[1, 2], [3]], "(H, W)", "x must have the axes (H, W), got rows of unequal length"),
        (
            np.ones((0, 3)),
            "(H, W)",
            "x must not be empty, got shape (0, 3); every axis needs a length of at least 1",
        ),
        (
            [1j],
            "(F,)",
            "x must hold real numbers, got dtype complex128; use an array of floats or integers",
        ),
        (
            None,
            "()",
            "x must hold real numbers, got dtype object; use an array of floats or integers",
        ),
    ],
)
def test_what_is_no_array_of_real_numbers_with_the_named_axes_is_refused(value, axes, message):
    with pytest.raises(ValueError, match="x must") as error:
        arguments.floats("x", value, axes)
    assert str(error.value) == message


@pytest.mark.parametrize("value", [2, 7, np.int8(2), np.uint64(7)])
def test_an_integer_of_any_kind_becomes_an_int(value):
    got = arguments.integer("stride", value, least=2)
    assert type(got) is int
    assert got == value


@pytest.mark.parametrize("value", [0, -5, 2.0, True, np.True_, np.float64(3), "2", None, [2]])
def test_what_is_no_integer_or_too_small_is_refused(value):
    with pytest.raises(ValueError, match="stride must") as error:
        arguments.integer("stride", value, least=1)
    assert str(error.value) == f"stride must be an integer of at least 1, got {value!r}"


def test_integers_are_a_tuple_of_ints_from_a_tuple_or_a_list():
    for value in [(1, 2), [1, 2], (np.int8(1), np.uint8(2))]:
        got = arguments.integers("kernel_size", value, "(kh, kw)")
        assert got == (1, 2)
        assert [type(entry) for entry in got] == [int, int]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "kernel_size must be 2 integers (kh, kw), got 3"),
        ((1, 2, 3), "kernel_size must be 2 integers (kh, kw), got (1, 2, 3)"),
        ("12", "kernel_size must be 2 integers (kh, kw), got '12'"),
        ((0, 2), "kernel_size[0] must be an integer of at least 1, got 0"),
        ([1, 2.5], "kernel_size[1] must be an integer of at least 1, got 2.5"),
    ],
)
def test_what_is_not_the_right_number_of_positive_integers_is_refused(value, message):
    with pytest.raises(ValueError, match="kernel_size") as error:
        arguments.integers("kernel_size", value, "(kh, kw)")
    assert str(error.value) == message


def test_stride_and_padding_become_ints_and_each_has_its_own_least():
    pair = arguments.stride_and_padding(np.int8(1), np.uint8(0))
    assert pair == (1, 0)
    assert [type(entry) for entry in pair] == [int, int]
    with pytest.raises(ValueError, match=r"^stride must be an integer of at least 1, got 0$"):
        arguments.stride_and_padding(0, 0)
    with pytest.raises(ValueError, match=r"^padding must be an integer of at least 0, got -1$"):
        arguments.stride_and_padding(1, -1)


def test_two_sizes_of_one_thing_must_be_equal():
    arguments.same("len(a)", 3, "len(b)", 3)
    for other in (2, 4):
        with pytest.raises(ValueError, match=rf"^len\(a\) must equal len\(b\) = 3, got {other}$"):
            arguments.same("len(a)", other, "len(b)", 3)
