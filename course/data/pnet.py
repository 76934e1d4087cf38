"""The weights of a small face detector."""

from pathlib import Path
from typing import Any

import numpy as np

from course.data.dataset import float_dtype

PNET_FILE = Path(__file__).with_name("pnet.npz")


def load_pnet(dtype: Any = np.float64) -> dict[str, np.ndarray]:
    """The 6,632 weights of P-Net, the first network of the face detector MTCNN, by name.

    conv1.w  (10, 3, 3, 3)    conv1.b  (10,)   prelu1.slope  (10,)
    conv2.w  (16, 10, 3, 3)   conv2.b  (16,)   prelu2.slope  (16,)
    conv3.w  (32, 16, 3, 3)   conv3.b  (32,)   prelu3.slope  (32,)
    face.w   (2, 32, 1, 1)    face.b   (2,)    scores of "no face" and "face"
    shift.w  (4, 32, 1, 1)    shift.b  (4,)    corrections of left, top, right and bottom

    The arrays are new in every call. Raises ValueError when dtype is no type of floats.

    Source: K. Zhang, Z. Zhang, Z. Li and Y. Qiao, "Joint Face Detection and Alignment Using
    Multitask Cascaded Convolutional Networks" (2016), from facenet-pytorch 2.6.0; MIT licence,
    see README.md.
    """
    dtype = float_dtype(dtype)
    with np.load(PNET_FILE) as stored:
        return {name: stored[name].astype(dtype) for name in stored.files}
