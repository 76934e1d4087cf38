"""The weights of the face detector, and that lesson 17 computes with them what PyTorch does."""

import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course.authoring.colab import CELL
from course.data import load_pnet
from course.data.pnet import PNET_FILE
from course.project import find_project
from course.show import sample_photo

SOLUTIONS = find_project(Path(__file__).parent).solutions
LESSON = "17_a_network_from_the_outside"


def test_there_are_6632_weights_in_small_arrays_of_floats():
    weights = load_pnet()
    assert sum(array.size for array in weights.values()) == 6632
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float64)}
    assert all(np.all(np.isfinite(array)) for array in weights.values())
    assert weights["conv2.w"].shape == (16, 10, 3, 3)
    assert PNET_FILE.stat().st_size < 30_000


def test_the_arrays_are_new_in_every_call_and_of_the_dtype_that_is_asked_for():
    load_pnet()["face.b"][:] = 0
    assert np.any(load_pnet()["face.b"])
    assert load_pnet(np.float32)["face.b"].dtype == np.float32
    with pytest.raises(ValueError, match="dtype"):
        load_pnet(int)


def test_the_licence_stands_beside_the_weights():
    text = PNET_FILE.with_name("README.md").read_text(encoding="utf-8")
    for words in ("Copyright (c) 2016 Kaipeng Zhang", "Permission is hereby granted", "WARRANTY"):
        assert words in text


def test_another_wheel_than_the_known_one_is_refused(torch, tmp_path):
    from course.data.make_pnet import pnet_arrays

    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("facenet_pytorch/data/pnet.pt", "other weights")
    with pytest.raises(ValueError, match=r"other\.whl does not hold the weights"):
        pnet_arrays(tmp_path / "other.whl")


@pytest.fixture(scope="module")
def lesson():
    """The names of lesson 17 once its network and its pyramid are defined."""
    notebook = nbformat.read(SOLUTIONS / f"{LESSON}.ipynb", as_version=4)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "check" not in cell.metadata and cell.id != CELL:
            exec(cell.source, names)
        if "def shrink" in cell.source:
            return names
    raise LookupError("shrink")


def pytorchs(torch, image):
    """The same network, of PyTorch's layers, for an image (3, H, W) from 0 to 1."""
    nn, weights = torch.nn.functional, {k: torch.tensor(v) for k, v in load_pnet().items()}

    def conv(x, name):
        return nn.conv2d(x, weights[f"{name}.w"], weights[f"{name}.b"])

    x = (torch.tensor(image.copy())[None] * 255 - 127.5) / 128
    x = nn.prelu(conv(x, "conv1"), weights["prelu1.slope"])
    x = nn.max_pool2d(x, 2, 2, ceil_mode=True)
    x = nn.prelu(conv(x, "conv2"), weights["prelu2.slope"])
    x = nn.prelu(conv(x, "conv3"), weights["prelu3.slope"])
    return torch.softmax(conv(x, "face"), dim=1)[0, 1].numpy(), conv(x, "shift")[0].numpy()


@pytest.mark.parametrize("shape", [(12, 12), (13, 12), (12, 15), (45, 38), (90, 77)])
def test_the_lessons_network_gives_what_pytorchs_layers_give(torch, lesson, shape):
    photo = sample_photo(600, 512, step=1)
    images = [np.random.default_rng(shape).random((3, *shape))]
    images += [photo[:, ::6, ::6]] if shape == (90, 77) else []
    for image in images:
        for ours, theirs in zip(lesson["pnet"](image), pytorchs(torch, image), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_all_eight_scales_of_the_photo_agree_with_pytorch(torch, lesson):
    photo = sample_photo(600, 512, step=1)
    for scale in (0.3 * 0.709**k for k in range(8)):
        image = lesson["shrink"](photo, scale)
        ours, theirs = lesson["pnet"](image)[0], pytorchs(torch, image)[0]
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_shrinking_keeps_a_mean_and_what_is_even(lesson):
    image = np.random.default_rng(0).random((3, 60, 40))
    small = lesson["shrink"](image, 0.5)
    np.testing.assert_allclose(small, image.reshape(3, 30, 2, 20, 2).mean(axis=(2, 4)))
    uneven = lesson["shrink"](image, 0.3)
    np.testing.assert_allclose(uneven.mean(), image.mean())
