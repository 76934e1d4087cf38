"""Make pnet.npz from the weights in a wheel of facenet-pytorch; needs PyTorch to read them.

pip download --no-deps facenet-pytorch==2.6.0
python -m course.data.make_pnet facenet_pytorch-2.6.0-py3-none-any.whl
"""

import io
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course.data.pnet import PNET_FILE

SHA256 = "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"
LAYERS = {"conv4_1": "face", "conv4_2": "shift"}
"""What the layers with other names in there are called here."""


def pnet_arrays(wheel: Path) -> dict[str, np.ndarray]:
    """The weights under the course's names, as float32; ValueError for another file than known."""
    with zipfile.ZipFile(wheel) as packed:
        content = packed.read("facenet_pytorch/data/pnet.pt")
    if sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{wheel} does not hold the weights of facenet-pytorch 2.6.0")
    stored = torch.load(io.BytesIO(content), weights_only=True)
    return {_name(key): tensor.numpy() for key, tensor in stored.items()}


def _name(key: str) -> str:
    layer, kind = key.split(".")
    weight = "slope" if layer.startswith("prelu") else "w"
    return f"{LAYERS.get(layer, layer)}.{weight if kind == 'weight' else 'b'}"


if __name__ == "__main__":
    arrays: dict[str, Any] = pnet_arrays(Path(sys.argv[1]))
    np.savez_compressed(PNET_FILE, **arrays)
