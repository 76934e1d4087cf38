"""The weights of a small face detector."""

from pathlib import Path
from typing import Any

import numpy as np

from course.data.dataset import float_dtype

PNET_FILE = Path(__file__).with_name("pnet.npz")


def load_pnet(dtype: Any = np.float64) -> dict[str, np.ndarray]:
    """The 6,632 weights of P-Net, the first network of the face detector MTCNN, by name.

    The layers are conv1, conv2 and conv3, each with ``.w``, ``.b`` and, in prelu1 to prelu3,
    ``.slope``; then face, which scores "no face" and "face", and shift, which corrects left, top,
    right and bottom. The arrays are new in every call.

    Args:
        dtype: float64, float32 or float16.

    Returns:
        The arrays by name.

    Raises:
        ValueError: If dtype is no type of floats.

    Example:
        >>> load_pnet()["conv1.w"].shape
        (10, 3, 3, 3)

    References:
        K. Zhang, Z. Zhang, Z. Li and Y. Qiao, "Joint Face Detection and Alignment Using Multitask
        Cascaded Convolutional Networks" (2016). The weights are those of facenet-pytorch 2.6.0,
        under the MIT licence; see README.md beside them.
    """
    dtype = float_dtype(dtype)
    with np.load(PNET_FILE) as stored:
        return {name: stored[name].astype(dtype) for name in stored.files}
