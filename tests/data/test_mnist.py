"""MNIST: small files of its format, in a folder or from a server on this machine."""

import gzip
import re
import struct
from hashlib import sha256

import numpy as np
import pooch
import pytest

from course.data import load_mnist, mnist

TRAIN, TEST = 7, 3
NAMES = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
NAMES = [f"{name}-ubyte" for name in NAMES]


def idx(array):
    return struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def arrays():
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 256, (count, 28, 28), np.uint8) for count in (TRAIN, TEST)]
    labels = [rng.integers(0, 10, count, np.uint8) for count in (TRAIN, TEST)]
    return dict(zip(NAMES, [images[0], labels[0], images[1], labels[1]], strict=True))


@pytest.fixture
def folder(tmp_path):
    """A folder with the four files, not packed."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, array in arrays().items():
        (folder / name).write_bytes(idx(array))
    return folder


@pytest.fixture
def served(server, monkeypatch):
    """A server with the four files, packed, whose checksums the course knows."""
    for name, array in arrays().items():
        packed = gzip.compress(idx(array))
        (server.folder / f"{name}.gz").write_bytes(packed)
        monkeypatch.setitem(mnist.CHECKSUMS, name, sha256(packed).hexdigest())
    return server


def load(folder, validation=2, **more):
    """Without a network, unless a url is given."""
    return load_mnist(folder, validation, **{"url": "http://127.0.0.1:1", **more})


def assert_right(dataset, validation=2, dtype=np.float32):
    images, labels, test_images, test_labels = arrays().values()
    cut = TRAIN - validation
    expected = [
        (images[:cut], labels[:cut]),
        (images[cut:], labels[cut:]),
        (test_images, test_labels),
    ]
    for part, (pixels, classes) in zip(dataset, expected, strict=True):
        scaled = (pixels[:, np.newaxis] / 255).astype(dtype)
        np.testing.assert_allclose(part.images, scaled, rtol=1e-6, atol=0, strict=True)
        np.testing.assert_array_equal(part.labels, classes.astype(np.int64), strict=True)


def raises(message, error=ValueError):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


# files in a folder


def test_files_in_a_folder_are_read(folder):
    assert_right(load(folder))
    assert_right(load(str(folder)))


def test_packed_files_are_read_whatever_their_names_say(folder):
    for k, name in enumerate(NAMES):
        content = (folder / name).read_bytes()
        if k < 2:
            (folder / name).rename(folder / f"{name}.gz")
        if k % 2:
            path = next(folder.glob(f"{name}*"))
            path.write_bytes(gzip.compress(content))
    assert_right(load(folder))


def test_a_folder_may_begin_at_home(folder, monkeypatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(folder.parent))
    assert_right(load("~/mnist"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("validation", [0, 1, 6])
def test_validation_is_cut_off_the_end_of_the_training_images(folder, validation, dtype):
    assert_right(load(folder, validation, dtype=dtype), validation, dtype)


def test_what_is_loaded_can_be_changed_and_is_new(folder):
    first = load(folder)
    for part in first:
        part.images[...] = 7
        part.labels[...] = 7
    assert_right(load(folder))


def test_the_files_are_those_of_the_usual_distribution():
    assert list(mnist.CHECKSUMS) == NAMES
    assert all(re.fullmatch("[0-9a-f]{64}", known) for known in mnist.CHECKSUMS.values())


# fetching


def test_what_the_folder_lacks_is_fetched_into_it_once(served, tmp_path):
    folder = tmp_path / "new" / "folder"
    for _ in range(2):
        assert_right(load(folder, url=served.url))
        assert sorted(served.asked) == sorted(f"/{name}.gz" for name in NAMES)
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{n}.gz" for n in NAMES)
    assert_right(load(folder))


def test_only_what_is_lacking_is_fetched(served, folder):
    (folder / NAMES[2]).unlink()
    place = served.folder / "below"
    place.mkdir()
    (served.folder / f"{NAMES[2]}.gz").rename(place / f"{NAMES[2]}.gz")
    assert_right(load(folder, url=f"{served.url}/below/"))
    assert served.asked == [f"/below/{NAMES[2]}.gz"]


def test_files_go_among_the_cached_ones_without_a_folder(served, tmp_path, monkeypatch):
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    assert_right(load(None, url=served.url))
    assert (tmp_path / "convolution-course" / "mnist" / f"{NAMES[0]}.gz").is_file()


def test_a_file_with_another_checksum_is_refused_and_not_kept(served, tmp_path):
    name = f"{NAMES[1]}.gz"
    (served.folder / name).write_bytes(gzip.compress(b"another file"))
    with pytest.raises(ValueError, match=rf"\({re.escape(name)}\) does not match the known hash"):
        load(tmp_path / "new", url=served.url)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"{NAMES[0]}.gz"]


def what_to_do(name, folder, reason, url):
    return (
        f"{name}.gz is not in {folder} and could not be fetched ({reason}): get "
        f"train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
        f"t10k-labels-idx1-ubyte.gz from {url}/ in another way and put all into that folder, or "
        "name the folder that has all as folder=..."
    )


def test_without_a_network_one_line_says_what_to_do(folder, no_network):
    (folder / NAMES[3]).unlink()
    message = what_to_do(NAMES[3], folder, "ConnectionError", no_network)
    with raises(message, FileNotFoundError) as caught:
        load(folder, url=no_network)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_server_without_the_file_is_no_help_either(served, tmp_path):
    (served.folder / f"{NAMES[0]}.gz").unlink()
    message = what_to_do(NAMES[0], tmp_path, "HTTPError", served.url)
    with raises(message, FileNotFoundError):
        load(tmp_path, url=served.url)


def test_a_folder_that_cannot_be_is_named(served, folder):
    place = folder / NAMES[0] / "below a file"
    with pytest.raises(FileNotFoundError, match=re.escape(f"is not in {place} and could not")):
        load(place, url=served.url)


# files that are wrong


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["another magic number", "nothing at all"])
def test_a_wrong_magic_number_names_the_file(folder, name, change):
    content = (folder / name).read_bytes() if change == "another magic number" else b""
    (folder / name).write_bytes(content[:3] + b"\x02" + content[4:] if content else b"")
    right = 2051 if "images" in name else 2049
    got = 2050 if content else 0
    with raises(f"{folder / name} must begin with the magic number {right}, got {got}"):
        load(folder)


def test_labels_in_place_of_images_are_noticed(folder):
    (folder / NAMES[0]).write_bytes((folder / NAMES[1]).read_bytes())
    with raises(f"{folder / NAMES[0]} must begin with the magic number 2051, got 2049"):
        load(folder)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [-1, 1])
def test_a_file_that_is_cut_off_or_too_long_names_itself(folder, name, more):
    path = folder / name
    right, shape = path.stat().st_size, arrays()[name].shape
    path.write_bytes((path.read_bytes() + b"\0")[: right + more])
    with raises(
        f"{path} must have {right} bytes for the shape {shape} it states, got {right + more}: "
        "delete it and get it again"
    ):
        load(folder)


@pytest.mark.parametrize("packed", [False, True])
def test_every_cut_is_noticed(folder, packed):
    path = folder / NAMES[1]
    content = gzip.compress(path.read_bytes()) if packed else path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            load(folder)


def test_a_damaged_packed_file_names_itself(folder):
    path = folder / NAMES[0]
    content = bytearray(gzip.compress(path.read_bytes()))
    for place in (9, 40, len(content) - 6):
        damaged = content.copy()
        damaged[place] ^= 0xFF
        damaged[place + 1] ^= 0xFF
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"^{re.escape(str(path))} is damaged or cut off \("):
            load(folder)


@pytest.mark.parametrize("shape", [(7, 28, 27), (7, 27, 28), (0, 28, 28)])
def test_images_of_another_size_are_refused(folder, shape):
    path = folder / NAMES[0]
    path.write_bytes(idx(np.zeros(shape, np.uint8)))
    with raises(f"{path} must hold (N, 28, 28) pixels, got shape {shape}"):
        load(folder)


@pytest.mark.parametrize("part", [0, 1])
def test_as_many_labels_as_images_are_needed(folder, part):
    images, labels = (folder / name for name in NAMES[2 * part : 2 * part + 2])
    count = (TRAIN, TEST)[part]
    labels.write_bytes(idx(np.zeros(count + 1, np.uint8)))
    with raises(
        f"the number of entries in {labels} must equal that in {images} = {count}, got {count + 1}"
    ):
        load(folder)


def test_a_label_that_is_no_digit_is_refused(folder):
    path = folder / NAMES[3]
    path.write_bytes(idx(np.array([9, 10, 0], np.uint8)))
    with raises(f"labels in {path} must be 0 to 9, got 10"):
        load(folder)


# arguments that are wrong


@pytest.mark.parametrize("validation", [TRAIN, TRAIN + 1])
def test_validation_must_leave_something_to_train_on(folder, validation):
    with raises(
        f"validation must be less than the 7 images there are to train on, got {validation}"
    ):
        load(folder, validation)


def test_the_defaults_fit_the_real_data():
    url = "https://ossci-datasets.s3.amazonaws.com/mnist"
    assert load_mnist.__defaults__ == (None, 10_000, np.float32, url)
