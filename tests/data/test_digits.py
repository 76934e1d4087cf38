import re
from itertools import combinations

import numpy as np
import pytest
from sklearn import datasets

from course.data import Dataset, Part, load_digits
from course.data.digits import DIGITS_FILE
from course.data.make_digits import digits_arrays

SIZES = {"train": 1097, "validation": 350, "test": 350}


def rows(name):
    with np.load(DIGITS_FILE) as stored:
        return stored[name]


@pytest.mark.parametrize("name", SIZES)
def test_a_part_holds_the_images_and_labels_of_scikit_learn(name):
    source, part = datasets.load_digits(), getattr(load_digits(), name)
    images, labels = source.images[rows(name)], source.target[rows(name)]
    np.testing.assert_array_equal(part.images, images[:, np.newaxis] / 16, strict=True)
    np.testing.assert_array_equal(part.labels, labels.astype(np.int64), strict=True)


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_part_has_its_shapes_and_types(name, size):
    images, labels = getattr(load_digits(), name)
    assert images.shape == (size, 1, 8, 8)
    assert images.dtype == np.float64
    assert (images.min(), images.max()) == (0, 1)
    assert labels.shape == (size,)
    assert labels.dtype == np.int64


def test_the_parts_come_in_the_order_train_validation_test():
    digits = load_digits()
    assert isinstance(digits, Dataset)
    assert all(isinstance(part, Part) for part in digits)
    assert [len(part.labels) for part in digits] == list(SIZES.values())
    assert digits._fields == tuple(SIZES)


def test_every_image_is_in_exactly_one_part():
    together = np.concatenate([rows(name) for name in SIZES])
    np.testing.assert_array_equal(np.sort(together), np.arange(1797))


def test_no_two_parts_have_an_image_in_common():
    pictures = [{image.tobytes() for image in part.images} for part in load_digits()]
    for one, other in combinations(pictures, 2):
        assert not one & other


def test_each_digit_is_held_out_as_often_as_any_other():
    train, validation, test = (np.bincount(part.labels) for part in load_digits())
    assert list(validation) == list(test) == [35] * 10
    assert list(train) == [108, 112, 107, 113, 111, 112, 111, 109, 104, 110]


def test_the_parts_are_mixed_and_not_pieces_of_the_file():
    for name in SIZES:
        assert np.mean(rows(name)) == pytest.approx(898, rel=0.05)


def test_the_script_makes_what_the_file_holds():
    made = digits_arrays()
    with np.load(DIGITS_FILE) as stored:
        assert stored.files == list(made) == ["images", "labels", *SIZES]
        for name in made:
            np.testing.assert_array_equal(stored[name], made[name], strict=True)
        assert [stored[name].dtype for name in made] == ["u1", "u1", "u2", "u2", "u2"]


def test_the_file_is_small():
    assert DIGITS_FILE.stat().st_size < 60_000


def test_changing_what_was_loaded_harms_nobody():
    first = load_digits()
    for part in first:
        part.images[...] = 7
        part.labels[...] = 7
    for part, other in zip(load_digits(), first, strict=True):
        assert part.images.max() == 1
        assert set(part.labels) == set(range(10))
        assert not np.shares_memory(part.images, other.images)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, "float32", np.dtype("float64")])
def test_the_images_have_the_type_that_was_asked_for(dtype):
    for part, exact in zip(load_digits(dtype), load_digits(), strict=True):
        np.testing.assert_array_equal(part.images, exact.images.astype(dtype), strict=True)
        assert part.labels.dtype == np.int64


@pytest.mark.parametrize("dtype", [int, np.uint8, complex, bool, "nonsense", 3])
def test_a_type_that_is_not_of_floats_is_refused(dtype):
    message = f"dtype must be a type of floats, such as np.float64, got {dtype!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load_digits(dtype)
