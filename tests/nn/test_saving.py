import re
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layer_cases import random

from course.gradcheck import owner
from course.nn import Conv2d, Flatten, Linear, ReLU, Sequential, load, save


def network(seed=1, filters=3, classes=4):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, filters, 3, rng=rng), ReLU(), Flatten(), Linear(4 * filters, classes, rng=rng)
    )


def arrays(model):
    return {name: getattr(*owner(model, name)) for name in model.parameters}


@pytest.fixture
def file(tmp_path):
    """A saved model."""
    save(network(), tmp_path / "model.npz")
    return tmp_path / "model.npz"


def refused(model, path, message):
    """The file is refused with this message, and the model stays as it was."""
    before = arrays(model)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load(model, path)
    for name, array in arrays(model).items():
        assert array is before[name]


def test_a_model_that_was_saved_comes_back_bit_by_bit(file):
    model, other = network(), network(seed=2)
    load(other, file)
    for name, array in arrays(model).items():
        np.testing.assert_array_equal(arrays(other)[name], array, strict=True)
    x = random(2, 1, 4, 4)
    np.testing.assert_array_equal(other.forward(x), model.forward(x))


def test_a_single_layer_can_be_saved(tmp_path):
    layer, other = Linear(3, 2, rng=1), Linear(3, 2, rng=2)
    layer.b = random(2)
    save(layer, tmp_path / "layer.npz")
    load(other, tmp_path / "layer.npz")
    np.testing.assert_array_equal(other.w, layer.w)
    np.testing.assert_array_equal(other.b, layer.b)


def test_the_path_is_used_as_it_is(tmp_path):
    for name in ("digits", "digits.model", "digits.npz"):
        save(network(), str(tmp_path / name))
        assert (tmp_path / name).is_file()
        load(network(seed=2), str(tmp_path / name))
    assert len(list(tmp_path.iterdir())) == 3


def test_the_file_is_one_that_numpy_reads_under_the_names_of_the_parameters(file):
    with np.load(file) as saved:
        assert list(saved) == ["0.w", "0.b", "3.w", "3.b"]
        np.testing.assert_array_equal(saved["3.w"], network().layers[3].w)


def test_a_file_is_written_over(file):
    save(network(seed=2), file)
    model = network()
    load(model, file)
    np.testing.assert_array_equal(model.layers[0].w, network(seed=2).layers[0].w)


def test_the_model_keeps_its_dtypes(file):
    model = network(seed=2)
    model.layers[0].w = model.layers[0].w.astype(np.float32)
    load(model, file)
    assert [array.dtype for array in arrays(model).values()] == [np.float32] + 3 * [np.float64]
    np.testing.assert_allclose(model.layers[0].w, network().layers[0].w, rtol=1e-6)


def test_neither_changes_the_model_beyond_its_parameters(file):
    model, x = network(), random(2, 1, 4, 4)
    dy = random(*model.forward(x).shape)
    model.backward(dy)
    dw, before = model.layers[0].dw, arrays(model)
    save(model, file)
    assert all(arrays(model)[name] is array for name, array in before.items())
    load(model, file)
    assert model.layers[0].dw is dw


def test_other_shapes_are_refused(file):
    words = "does not fit the model: 0.w has the shape (3, 1, 3, 3) in the file and (5, 1, 3, 3)"
    refused(network(filters=5), file, f"{file} {words} in the model")
    words = "does not fit the model: 3.w has the shape (4, 12) in the file and (7, 12) in the model"
    refused(network(classes=7), file, f"{file} {words}")


def test_another_shape_with_as_many_numbers_is_refused(tmp_path):
    path = tmp_path / "layer.npz"
    save(Linear(6, 2), path)
    words = "does not fit the model: w has the shape (2, 6) in the file and (6, 2) in the model"
    refused(Linear(2, 6), path, f"{path} {words}")


def test_other_names_are_refused(file):
    longer = Sequential(*network().layers, ReLU(), Linear(4, 4))
    words = "does not fit the model: only the model has"
    refused(longer, file, f"{file} {words} ['5.w', '5.b'], only the file has nothing")
    shorter = Sequential(*network().layers[:3])
    refused(shorter, file, f"{file} {words} nothing, only the file has ['3.w', '3.b']")
    moved = Sequential(*network().layers[:2], Linear(4, 2))
    message = "['2.w', '2.b'], only the file has ['3.w', '3.b']"
    refused(moved, file, f"{file} {words} {message}")


class Harm:
    """What pickle would run."""

    def __reduce__(self):
        return pytest.fail, ("pickle has run",)


def write_npy(path):
    with open(path, "wb") as file:
        np.save(file, np.ones(3))


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0.w", b"no array")


NOT_SAVED = {
    "text": lambda path: path.write_text("0.w"),
    "nothing": lambda path: path.write_bytes(b""),
    "one array": write_npy,
    "a zip of something else": write_zip,
    "objects": lambda path: np.savez(path, **{"0.w": np.array([Harm()])}),
    "a pickle": lambda path: np.array([Harm()]).dump(path),
    "complex numbers": lambda path: np.savez(path, **{"0.w": np.ones((3, 1, 3, 3)) * 1j}),
    "an empty array": lambda path: np.savez(path, **{"0.w": np.ones((0, 1, 3, 3))}),
}


@pytest.mark.parametrize("content", NOT_SAVED)
def test_a_file_that_save_has_not_written_is_refused(tmp_path, content):
    path = tmp_path / "other.npz"
    NOT_SAVED[content](path)
    refused(network(), path, f"{path} is no file of parameters written by save")


def test_a_file_that_was_cut_short_is_refused(file):
    whole = file.read_bytes()
    for length in range(0, len(whole), len(whole) // 20):
        file.write_bytes(whole[:length])
        refused(network(), file, f"{file} is no file of parameters written by save")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_right(file, data):
    save(network(), file)
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    model = network(seed=2)
    expected, message = arrays(network()), None
    before = arrays(model)
    try:
        load(model, file)
    except ValueError as error:
        expected, message = before, str(error)
    for name, array in arrays(model).items():
        np.testing.assert_array_equal(array, expected[name])
    assert message is None or message.startswith(str(file))


def test_a_file_that_is_not_there_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npz"):
        load(network(), tmp_path / "nowhere.npz")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save(network(), tmp_path / "nowhere" / "model.npz")


def test_what_holds_no_real_numbers_is_not_saved_and_the_file_stays(file):
    before, model = file.read_bytes(), network()
    model.layers[3].b = np.array([Harm()] * 4)
    words = re.escape("3.b must hold real numbers, got dtype object")
    with pytest.raises(ValueError, match=f"^{words}"):
        save(model, file)
    assert file.read_bytes() == before
