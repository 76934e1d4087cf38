"""What crosses the border of the sandbox: numbers go through unchanged, and nothing else does."""

import json
import os
import pickle

import numpy as np
import pytest

from course.running.inside import wire
from course.running.inside.wire import WireError, decode, decode_error, encode, encode_error
from course.running.processes import remove


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, -3, 10**40, 0.1, -0.0, float("inf"), "ä", ""),
        *(np.float32(0.1), np.int64(-1), np.bool_(True), np.float16(2)),
        *(np.arange(6.0).reshape(2, 3), np.zeros((0, 3)), np.array(2.5), np.array([True, False])),
        *(np.arange(6, dtype=np.int8)[::2], np.ones((2, 3), np.float32).T, np.array([1 + 2j])),
        *((1, 2.5, (3,)), [np.zeros(2), "a"], ()),
    ],
    ids=repr,
)
def test_a_value_comes_out_as_it_went_in(value):
    out = decode(json.loads(json.dumps(encode(value))))
    assert type(out) is type(value)
    if isinstance(value, np.ndarray | np.generic):
        assert out.dtype == value.dtype
    np.testing.assert_equal(out, value)


class Strange:
    def __str__(self):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({1: 2}, "dict"),
        (Strange(), "Strange"),
        (np.zeros((1, 1)).view(np.matrix), "matrix"),
        (np.ma.array([1.0]), "MaskedArray"),
        (len, "builtin_function_or_method"),
        ([[[[[1]]]]], "list"),
        ([0] * 1000, "list"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_of_other_things_only_their_name_and_words_come_out(value, name):
    out = decode(json.loads(json.dumps(encode(value))))
    while isinstance(out, list) and out:
        out = out[0]
    assert type(out).__name__ == name
    assert isinstance(str(out), str)


def test_arrays_of_other_dtypes_come_out_without_what_they_hold():
    for array in (np.array([object()]), np.array(["word"]), np.array([1], "M8[s]")):
        out = decode(json.loads(json.dumps(encode(array))))
        assert out.shape == (1,)
        assert out.dtype.kind in "OU"
        assert not out[0]
    assert "data" not in encode(np.array([object()]))


def test_what_is_too_large_has_its_shape_and_takes_no_room():
    out = decode(json.loads(json.dumps(encode(np.zeros((2000, 2000))))))
    assert out.shape == (2000, 2000)
    assert out.strides == (0, 0)
    out = decode({"kind": "array", "dtype": "float64", "shape": [10**9, 10**9]})
    assert out.shape == (10**9, 10**9)


ARRAY = {"kind": "array", "dtype": "float64", "shape": [2], "data": "AAAAAAAAAAAAAAAAAAAAAA=="}


@pytest.mark.parametrize(
    "sent",
    [
        *(
            None,
            3,
            [],
            {},
            {"kind": 3},
            {"kind": "pickle", "value": "x"},
            {"kind": "plain", "value": 1},
        ),
        {"kind": "int", "value": "0x"},
        {"kind": "float", "value": "x"},
        ARRAY | {"shape": [3]},
        ARRAY | {"shape": [-2]},
        ARRAY | {"shape": [True]},
        ARRAY | {"shape": ["2"]},
        ARRAY | {"shape": [1] * 40},
        ARRAY | {"data": "?" * 24},
        ARRAY | {"data": "A" * 10**6},
        ARRAY | {"data": None},
        ARRAY | {"dtype": 3},
        ARRAY | {"kind": "scalar"},
        {"kind": "scalar", "dtype": "object", "shape": []},
        {"kind": "list", "items": [None]},
        {"kind": "list", "items": [{"kind": "plain"}] * 1000},
        {"kind": "tuple", "items": "abc"},
        {"kind": "other", "type": "x"},
    ],
    ids=lambda sent: str(sent)[:60],
)
def test_what_encode_never_makes_is_refused(sent):
    with pytest.raises(WireError):
        decode(sent)


def test_a_pickle_is_never_opened(monkeypatch):
    def opened(*arguments, **options):
        raise AssertionError("a pickle was opened")

    monkeypatch.setattr(pickle, "loads", opened)
    monkeypatch.setattr(pickle, "load", opened)
    for dtype in ("object", "O", "V8", "datetime64[s]", "float64, object"):
        out = decode({"kind": "array", "dtype": dtype, "shape": [1], "data": "gASVAAAAAAAAAC4="})
        assert out.dtype.kind in "OU"


def test_nothing_deep_is_followed():
    deep = {"kind": "plain"}
    for _ in range(5000):
        deep = {"kind": "list", "items": [deep]}
    with pytest.raises(WireError):
        decode(deep)


class OwnError(Exception):
    pass


@pytest.mark.parametrize(
    "error",
    [
        *(ValueError("a 3"), KeyError("k"), ZeroDivisionError(), SystemExit(3), OSError(2, "x")),
        *(np.linalg.LinAlgError("s"), np.exceptions.AxisError(3, 2), IndexError("index 4")),
        UnicodeDecodeError("utf-8", b"a", 0, 1, "r"),
    ],
    ids=repr,
)
def test_an_exception_keeps_its_kind_and_words(error):
    out = decode_error(json.loads(json.dumps(encode_error(error))))
    assert type(out).__name__ in (type(error).__name__, "FileNotFoundError")
    assert isinstance(out, type(error))
    assert str(out) == str(error)


def test_an_exception_of_ones_own_becomes_a_stand_in():
    out = decode_error(encode_error(OwnError("words")))
    assert (type(out).__name__, str(out)) == ("OwnError", "words")
    assert type(out) is not OwnError
    with pytest.raises(WireError):
        decode_error({"type": 3, "text": ""})


def test_words_are_cut():
    assert len(wire.words("a" * 10**6)) == wire.MOST_WORDS


def test_a_group_of_exceptions_comes_out_by_name():
    out = decode_error(encode_error(ExceptionGroup("several", [ValueError("one")])))
    assert type(out).__name__ == "ExceptionGroup"
    assert "several" in str(out)


@pytest.mark.slow
def test_a_folder_thousands_deep_is_removed(tmp_path):
    here = os.getcwd()
    try:
        os.makedirs(tmp_path / "deep")
        os.chdir(tmp_path / "deep")
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    remove(tmp_path / "deep")
    assert not (tmp_path / "deep").exists()
