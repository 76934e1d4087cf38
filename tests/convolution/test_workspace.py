"""Memory that is kept from call to call: whose it is, how much, and that no result lies in it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.convolution import conv_backward_fast, conv_forward_fast, workspace
from course.convolution.workspace import Workspace, copy_in_parts


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(workspace, "_free", [])


def filled(memory, name, shape, value, dtype=np.float32):
    array = memory.array(name, shape, dtype)
    array[...] = value
    return array


def test_arrays_of_different_names_do_not_overlap_and_those_of_one_name_do():
    with workspace.workspace():
        pass  # the second call finds one piece of memory
    for _ in range(2):
        with workspace.workspace() as memory:
            a, b = filled(memory, "a", (3, 5), 1), filled(memory, "b", (7,), 2, np.float64)
            assert np.all(a == 1)
            assert np.all(b == 2)
            assert np.shares_memory(a, memory.array("a", (2, 2), np.float16))
            assert not np.shares_memory(b, memory.array("a", (20, 20), np.float32))


def test_the_memory_of_one_call_is_that_of_the_next():
    with workspace.workspace() as memory:
        for name in "ab":
            filled(memory, name, (1000,), 1)
    with workspace.workspace() as again:
        assert again is memory
        arrays = [again.array(name, (1000,), np.float32) for name in "ab"]
        assert all(np.shares_memory(array, again.memory) for array in arrays)


def test_no_more_is_kept_than_is_said(monkeypatch):
    monkeypatch.setattr(workspace, "KEPT", 10_000)
    for numbers, kept in ((2_000, 8_000), (3_000, 8_000), (2_496, 9_984)):
        with workspace.workspace() as memory:
            filled(memory, "a", (numbers,), 1)
        assert memory.memory.size == pytest.approx(kept, abs=workspace.LINE)


def test_threads_do_not_share_a_workspace():
    inside, found = threading.Barrier(5, timeout=10), []

    def work():
        with workspace.workspace() as memory:
            inside.wait()
            found.append(memory)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 5
    assert len(workspace._free) == 5


def test_after_an_exception_a_workspace_is_not_used_again():
    with pytest.raises(ZeroDivisionError), workspace.workspace():
        raise ZeroDivisionError
    assert workspace._free == []


def test_a_frame_is_zero_whatever_was_there():
    memory, widths = Workspace(), ((0, 0), (1, 2), (2, 0))
    filled(memory, "a", (2, 5, 4), np.nan)
    inside = np.arange(8.0, dtype=np.float32).reshape(2, 2, 2)
    np.testing.assert_array_equal(
        memory.padded("a", inside, *widths), np.pad(inside, widths), strict=True
    )


@given(
    shape=st.lists(st.integers(1, 40), min_size=3, max_size=3),
    order=st.permutations(range(3)),
    axis=st.integers(0, 2),
)
def test_a_copy_in_parts_is_a_copy(shape, order, axis):
    source = np.arange(np.prod(shape)).reshape(shape).transpose(order)
    target = np.empty(source.shape)
    copy_in_parts(target, source, axis)
    np.testing.assert_array_equal(target, source)


SHAPES = (
    ((6, 16, 8, 8), (20, 16, 3, 3), 1, 1),
    ((3, 64, 12, 12), (48, 64, 3, 3), 1, 1),
    ((2, 3, 20, 20), (5, 3, 5, 5), 2, 2),
    ((2, 8, 5, 5), (6, 8, 1, 1), 1, 0),
)


def test_no_result_lies_in_the_workspace():
    """Results of a first call keep their numbers when other layers are computed."""
    rng, found = np.random.default_rng(0), []
    for _ in range(2):
        for x_shape, w_shape, *setting in SHAPES:
            x, w = rng.standard_normal(x_shape), rng.standard_normal(w_shape)
            y = conv_forward_fast(x, w, np.ones(len(w)), *setting)
            results = (y, *conv_backward_fast(y, x, w, *setting))
            found += [(array, array.copy()) for array in results]
            workspace._free[0].memory.fill(255)  # NaN, wherever something still reads it
    for array, copy in found:
        np.testing.assert_array_equal(array, copy)
        assert np.all(np.isfinite(array))


@pytest.mark.slow
def test_calls_from_several_threads_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    layers = [
        (rng.standard_normal(x_shape), rng.standard_normal(w_shape), setting)
        for x_shape, w_shape, *setting in SHAPES
    ]

    def passes(k):
        x, w, setting = layers[k % len(layers)]
        y = conv_forward_fast(x, w, np.zeros(len(w)), *setting)
        return (y, *conv_backward_fast(y, x, w, *setting))

    expected = [passes(k) for k in range(len(layers))]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(passes, range(100)))
    for k, results in enumerate(found):
        for array, other in zip(results, expected[k % len(layers)], strict=True):
            np.testing.assert_allclose(array, other, rtol=1e-12, atol=1e-12)
