"""What load_mnist and load_cifar10 do alike: wrong arguments come first, then the network."""

import re

import pytest

from course.data import load_cifar10, load_mnist

LOADERS = pytest.mark.parametrize("load", [load_mnist, load_cifar10])


def raises(message):
    return pytest.raises(ValueError, match=f"^{re.escape(message)}$")


@LOADERS
@pytest.mark.parametrize("validation", [-1, 1.5, "2", None, True])
def test_validation_must_be_a_count(load, validation, server, tmp_path):
    with raises(f"validation must be an integer of at least 0, got {validation!r}"):
        load(tmp_path, validation, url=server.url)
    assert server.asked == []


@LOADERS
@pytest.mark.parametrize("dtype", ["uint8", int, complex, "nonsense"])
def test_dtype_must_be_of_floats(load, dtype, server, tmp_path):
    with raises(f"dtype must be a type of floats, such as np.float64, got {dtype!r}"):
        load(tmp_path, dtype=dtype, url=server.url)
    assert server.asked == []
