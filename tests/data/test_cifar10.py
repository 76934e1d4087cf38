"""CIFAR-10: small files of its format, unpacked or in an archive, or from a server."""

import gzip
import io
import re
import tarfile
from hashlib import sha256

import numpy as np
import pooch
import pytest

from course.data import CIFAR10_CLASSES, cifar10, load_cifar10

NAMES = [*(f"data_batch_{k}.bin" for k in (1, 2, 3, 4, 5)), "test_batch.bin"]
ARCHIVE = "cifar-10-binary.tar.gz"
PER_FILE, TRAIN = 2, 10


def batches():
    """(images, labels) of each file."""
    rng = np.random.default_rng(2)
    return {
        name: (
            rng.integers(0, 256, (PER_FILE, 3, 32, 32), np.uint8),
            rng.integers(0, 10, PER_FILE, np.uint8),
        )
        for name in NAMES
    }


def contents():
    return {
        name: b"".join(
            bytes([label]) + red.tobytes() + green.tobytes() + blue.tobytes()
            for (red, green, blue), label in zip(images, labels, strict=True)
        )
        for name, (images, labels) in batches().items()
    }


def packed(files, within="cifar-10-batches-bin"):
    """The archive's bytes; as in the real one, the files are not in the order of their names."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in [("readme.html", b"read me"), *reversed(files.items())]:
            member = tarfile.TarInfo(f"{within}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path):
    """A folder with the six files."""
    folder = tmp_path / "cifar"
    folder.mkdir()
    for name, content in contents().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def archive(tmp_path):
    """The path of an archive, alone in its folder."""
    path = tmp_path / "packed" / ARCHIVE
    path.parent.mkdir()
    path.write_bytes(packed(contents()))
    return path


@pytest.fixture
def served(server, monkeypatch):
    """A server with an archive whose checksum the course knows."""
    content = packed(contents())
    (server.folder / ARCHIVE).write_bytes(content)
    monkeypatch.setattr(cifar10, "CHECKSUM", sha256(content).hexdigest())
    return server


def load(folder, validation=3, **more):
    """Without a network, unless a url is given."""
    return load_cifar10(folder, validation, **{"url": "http://127.0.0.1:1", **more})


def assert_right(dataset, validation=3, dtype=np.float32):
    images = np.concatenate([images for images, _ in batches().values()])
    labels = np.concatenate([labels for _, labels in batches().values()])
    cuts = [TRAIN - validation, TRAIN]
    expected = zip(np.split(images, cuts), np.split(labels, cuts), strict=True)
    for part, (pixels, classes) in zip(dataset, expected, strict=True):
        scaled = (pixels / 255).astype(dtype)
        np.testing.assert_allclose(part.images, scaled, rtol=1e-6, atol=0, strict=True)
        np.testing.assert_array_equal(part.labels, classes.astype(np.int64), strict=True)


def raises(message, error=ValueError):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


# files in a folder


def test_unpacked_files_are_read(folder):
    assert_right(load(folder))


def test_unpacked_files_are_found_in_the_folder_they_are_packed_with(folder):
    place = folder / "cifar-10-batches-bin"
    place.mkdir()
    for name in NAMES:
        (folder / name).rename(place / name)
    assert_right(load(str(folder)))


def test_the_archive_is_read_and_nothing_is_unpacked(archive):
    assert_right(load(archive.parent))
    assert list(archive.parent.iterdir()) == [archive]


def test_the_archive_is_read_where_unpacked_files_are_missing(archive):
    (archive.parent / NAMES[0]).write_bytes(b"alone")
    assert_right(load(archive.parent))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("validation", [0, 1, 9])
def test_validation_is_cut_off_the_end_of_the_training_images(folder, validation, dtype):
    assert_right(load(folder, validation, dtype=dtype), validation, dtype)


def test_what_is_loaded_can_be_changed_and_is_new(folder):
    for part in load(folder):
        part.images[...] = 7
        part.labels[...] = 7
    assert_right(load(folder))


def test_a_pickled_file_is_never_opened(tmp_path, no_network):
    (tmp_path / "data_batch_1").write_bytes(b"cbuiltins\nexit\n.")
    with pytest.raises(FileNotFoundError):
        load(tmp_path, url=no_network)


def test_classes_checksum_and_defaults_are_those_of_the_usual_distribution():
    names = "airplane automobile bird cat deer dog frog horse ship truck"
    assert tuple(names.split()) == CIFAR10_CLASSES
    defaults = load_cifar10.__defaults__
    assert defaults == (None, 5_000, np.float32, "https://www.cs.toronto.edu/~kriz")
    assert re.fullmatch("[0-9a-f]{64}", cifar10.CHECKSUM)


# fetching


def test_the_archive_is_fetched_once(served, tmp_path):
    folder = tmp_path / "new" / "folder"
    for _ in range(2):
        assert_right(load(folder, url=served.url))
        assert served.asked == [f"/{ARCHIVE}"]
    assert [path.name for path in folder.iterdir()] == [ARCHIVE]


def test_the_archive_goes_among_the_cached_files_without_a_folder(served, tmp_path, monkeypatch):
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / name)
    assert_right(load(None, url=served.url))
    assert (tmp_path / "convolution-course" / "cifar10" / ARCHIVE).is_file()


def test_an_archive_with_another_checksum_is_refused_and_not_kept(served, tmp_path):
    (served.folder / ARCHIVE).write_bytes(packed({}))
    message = rf"\({re.escape(ARCHIVE)}\) does not match the known hash"
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "new", url=served.url)
    assert list((tmp_path / "new").iterdir()) == []


def test_without_a_network_one_line_says_what_to_do(folder, no_network):
    (folder / NAMES[3]).unlink()
    with raises(
        f"{ARCHIVE} is not in {folder} and could not be fetched (ConnectionError): get {ARCHIVE} "
        f"from {no_network}/ in another way and put all into that folder, or name the folder that "
        "has all as folder=...",
        FileNotFoundError,
    ):
        load(folder, url=no_network)


# files that are wrong


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [-1, 1, -6146])
def test_a_file_that_is_cut_off_or_too_long_names_itself(folder, name, more):
    size = 2 * 3073 + more
    (folder / name).write_bytes((contents()[name] + b"\0")[:size])
    with raises(
        f"{folder / name} must hold images of 3073 bytes each, got {size} bytes: "
        "delete it and get it again"
    ):
        load(folder)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_file_cut_off_between_two_images_is_noticed(folder, name):
    (folder / name).write_bytes(contents()[name][:3073])
    with raises(
        f"the number of entries in {folder / name} must equal that in {folder / NAMES[0]} = 2, "
        "got 1"
    ):
        load(folder)


def test_a_label_that_is_no_class_is_refused(folder):
    path = folder / NAMES[5]
    path.write_bytes(bytes([10]) + path.read_bytes()[1:])
    with raises(f"labels in {path} must be 0 to 9, got 10"):
        load(folder)


def test_a_wrong_file_in_the_archive_is_named(archive):
    files = contents()
    files[NAMES[4]] = files[NAMES[4]][:-5]
    archive.write_bytes(packed(files))
    with raises(
        f"{NAMES[4]} in {archive} must hold images of 3073 bytes each, got 6141 bytes: "
        "delete it and get it again"
    ):
        load(archive.parent)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_the_archive_lacks_is_named(archive, name):
    files = contents()
    del files[name]
    archive.write_bytes(packed(files))
    with raises(f"{archive} must hold cifar-10-batches-bin/{name}, which it does not"):
        load(archive.parent)


def test_the_archive_of_another_version_is_refused(archive):
    archive.write_bytes(packed(contents(), within="cifar-10-batches-py"))
    with raises(f"{archive} must hold cifar-10-batches-bin/{NAMES[0]}, which it does not"):
        load(archive.parent)


def test_a_link_in_the_archive_is_not_followed(archive):
    files = contents()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name in NAMES:
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(files[name])
            if name == NAMES[2]:
                member.type, member.linkname, member.size = tarfile.SYMTYPE, NAMES[1], 0
            tar.addfile(member, io.BytesIO(files[name]))
    archive.write_bytes(stream.getvalue())
    with raises(f"{archive} must hold cifar-10-batches-bin/{NAMES[2]}, which it does not"):
        load(archive.parent)


def test_an_archive_that_is_cut_off_or_no_archive_names_itself(archive):
    content = archive.read_bytes()
    for cut in (0, 1, 5, 20, 700, len(content) // 2, len(content) - 30, len(content) - 1):
        archive.write_bytes(content[:cut])
        with pytest.raises(ValueError, match=rf"^{re.escape(str(archive))} is damaged or cut off"):
            load(archive.parent)
    for wrong in (b"<html>not found</html>", gzip.compress(b"no archive")):
        archive.write_bytes(wrong)
        with pytest.raises(ValueError, match=rf"^{re.escape(str(archive))} is damaged or cut off"):
            load(archive.parent)


@pytest.mark.parametrize("largest", [255, 3])
def test_every_damage_to_the_archive_is_noticed(archive, largest):
    """Few different pixels pack well, and damage to what is packed well has errors of its own."""
    few = bytes(value & largest for value in range(256))
    content = packed({name: data.translate(few) for name, data in contents().items()})
    for place in (*range(30, len(content) - 8, len(content) // 100), len(content) - 8):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        archive.write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"^{re.escape(str(archive))} is damaged or cut off"):
            load(archive.parent)


# arguments that are wrong


@pytest.mark.parametrize("validation", [TRAIN, TRAIN + 1])
def test_validation_must_leave_something_to_train_on(folder, validation):
    with raises(
        f"validation must be less than the 10 images there are to train on, got {validation}"
    ):
        load(folder, validation)
