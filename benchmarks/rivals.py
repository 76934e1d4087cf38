"""Who is compared. Each makes, for a shape, the calls that are timed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.shapes import TINY, Arrays, Shape
from course import convolution

FORWARD, WEIGHTS, INPUT, BACKWARD, BOTH = PASSES = (
    "forward",
    "dw + db",
    "dx",
    "backward",
    "forward + backward",
)
Calls = dict[str, Callable[[], Any]]


def loops(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """The definition as loops over Python numbers; the tiny shape is enough."""
    if shape != TINY:
        return {}
    x, w, b, dy = arrays
    setting = shape.stride, shape.padding
    return together(
        lambda: convolution.conv_forward_loops(x, w, b, *setting),
        lambda: (
            convolution.conv_backward_weights_loops(dy, x, w.shape[2:], *setting),
            convolution.conv_backward_bias(dy),
        ),
        lambda: convolution.conv_backward_input_scatter(dy, w, x.shape, *setting),
    )


def lesson(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """The functions of lessons 04, 07 and 08: all columns at once, windows copied one by one."""
    x, w, b, dy = arrays
    setting = shape.stride, shape.padding
    return together(
        lambda: convolution.conv_forward(x, w, b, *setting),
        lambda: (
            convolution.conv_backward_weights(dy, x, w.shape[2:], *setting),
            convolution.conv_backward_bias(dy),
        ),
        lambda: convolution.conv_backward_input_col2im(dy, w, x.shape, *setting),
    )


def in_blocks(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """The first step of lesson 14; its backward makes all gradients in one go."""
    x, w, b, dy = arrays
    setting = shape.stride, shape.padding

    def forward() -> np.ndarray:
        return convolution.conv_forward_blocked(x, w, b, *setting)

    def backward() -> tuple[np.ndarray, ...]:
        return convolution.conv_backward_blocked(dy, x, w, *setting)

    return {FORWARD: forward, BACKWARD: backward, BOTH: lambda: (forward(), backward())}


def at_full_speed(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """The end of lesson 14; its backward makes all gradients in one go."""
    return _fast(shape, arrays, threads, winograd=True)


def without_winograd(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """The same with Winograd's method forbidden: what fewer multiplications are worth."""
    return _fast(shape, arrays, threads, winograd=False)


def _fast(shape: Shape, arrays: Arrays, threads: int, winograd: bool) -> Calls:
    x, w, b, dy = arrays
    setting = shape.stride, shape.padding, threads, winograd

    def forward() -> np.ndarray:
        return convolution.conv_forward_fast(x, w, b, *setting)

    def backward() -> tuple[np.ndarray, ...]:
        return convolution.conv_backward_fast(dy, x, w, *setting)

    return {FORWARD: forward, BACKWARD: backward, BOTH: lambda: (forward(), backward())}


def published(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """im2col as many courses print it: six axes of float64, kept from forward for backward."""
    x, w, b, dy = arrays
    (N, C, H, W), (F, _, kh, kw), s, p = shape.x, shape.w, shape.stride, shape.padding
    oh, ow = shape.y[2:]
    kept: dict[str, np.ndarray] = {}

    def forward() -> np.ndarray:
        xpad = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], "constant")
        cols = np.zeros((N, C, kh, kw, oh, ow))
        for u in range(kh):
            for v in range(kw):
                cols[:, :, u, v] = xpad[:, :, u : u + s * oh : s, v : v + s * ow : s]
        kept["cols"] = cols.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, -1)
        y = np.dot(kept["cols"], w.reshape(F, -1).T) + b
        return y.reshape(N, oh, ow, F).transpose(0, 3, 1, 2)

    def weights() -> tuple[np.ndarray, np.ndarray]:
        dY = dy.transpose(0, 2, 3, 1).reshape(-1, F)
        return np.dot(kept["cols"].T, dY).T.reshape(w.shape), np.sum(dY, axis=0)

    def inputs() -> np.ndarray:
        dcols = np.dot(dy.transpose(0, 2, 3, 1).reshape(-1, F), w.reshape(F, -1))
        dcols = dcols.reshape(N, oh, ow, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)
        dxpad = np.zeros((N, C, H + 2 * p + s - 1, W + 2 * p + s - 1))
        for u in range(kh):
            for v in range(kw):
                dxpad[:, :, u : u + s * oh : s, v : v + s * ow : s] += dcols[:, :, u, v]
        return dxpad[:, :, p : p + H, p : p + W]

    forward()
    return together(forward, weights, inputs)


def scipy(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """SciPy's direct correlation, image by image and filter by filter; it has no backward."""
    try:
        from scipy import signal
    except ImportError:
        return {}
    x, w, b, _ = arrays
    p, s = shape.padding, shape.stride

    def forward() -> np.ndarray:
        y = np.empty(shape.y, dtype=x.dtype)
        for n, image in enumerate(np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])):
            for f, kernel in enumerate(w):
                full = signal.correlate(image, kernel, mode="valid", method="direct")
                y[n, f] = full[0, ::s, ::s] + b[f]
        return y

    return {FORWARD: forward}


def pytorch(shape: Shape, arrays: Arrays, threads: int) -> Calls:
    """PyTorch on the CPU; nothing where it is not installed."""
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(threads)
    x, w, b, dy = map(torch.from_numpy, arrays)
    tracked = tx, tw, tb = [array.clone().requires_grad_() for array in (x, w, b)]
    s, p = shape.stride, shape.padding

    def backward(dx: bool, dw: bool) -> Callable[[], Any]:
        return lambda: torch.ops.aten.convolution_backward(
            dy, x, w, [len(b)], [s, s], [p, p], [1, 1], False, [0, 0], 1, [dx, dw, dw]
        )

    def both() -> None:
        torch.nn.functional.conv2d(tx, tw, tb, s, p).backward(dy)
        for array in tracked:
            array.grad = None

    return {
        FORWARD: lambda: torch.nn.functional.conv2d(x, w, b, s, p),
        WEIGHTS: backward(False, True),
        INPUT: backward(True, False),
        BACKWARD: backward(True, True),
        BOTH: both,
    }


def together(*parts: Callable[[], Any]) -> Calls:
    """All passes of a rival that has forward, dw + db and dx one by one."""
    forward, weights, inputs = parts
    return {
        FORWARD: forward,
        WEIGHTS: weights,
        INPUT: inputs,
        BACKWARD: lambda: (inputs(), weights()),
        BOTH: lambda: (forward(), inputs(), weights()),
    }


FAST, PYTORCH = "fast", "PyTorch"
RIVALS: dict[str, Callable[[Shape, Arrays, int], Calls]] = {
    "loops": loops,
    "lesson": lesson,
    "published": published,
    "SciPy": scipy,
    "blocked": in_blocks,
    "no Winograd": without_winograd,
    FAST: at_full_speed,
    PYTORCH: pytorch,
}
