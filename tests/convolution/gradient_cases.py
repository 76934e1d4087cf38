"""What arrives from above in the backward tests, and PyTorch's and SciPy's answers to it."""

import numpy as np


def upstream(layer):
    """A random gradient of the loss by the layer's output, read-only, with the dtype of x."""
    x, w, _, stride, padding = layer
    sizes = [
        (pixels + 2 * padding - kernel) // stride + 1
        for pixels, kernel in zip(x.shape[2:], layer.kernel_size, strict=True)
    ]
    dy = np.random.default_rng(x.size).standard_normal((len(x), len(w), *sizes)).astype(x.dtype)
    dy.flags.writeable = False
    return dy


def spread(dy, stride):
    """dy with stride - 1 zeros between its entries."""
    N, F, oh, ow = dy.shape
    zeros = np.zeros((N, F, (oh - 1) * stride + 1, (ow - 1) * stride + 1), dy.dtype)
    zeros[:, :, ::stride, ::stride] = dy
    return zeros


def pytorch_gradients(torch, layer, dy):
    """dx, dw and db as PyTorch's autograd finds them for its own convolution."""
    x, w, b = (torch.tensor(array, requires_grad=True) for array in layer[:3])
    torch.nn.functional.conv2d(x, w, b, layer.stride, layer.padding).backward(torch.tensor(dy))
    return x.grad.numpy(), w.grad.numpy(), b.grad.numpy()


def central_differences(f, array):
    """The gradient of f at a float64 array, written for these tests alone."""
    gradient = np.zeros(array.shape)
    for k in range(array.size):
        shift = np.zeros(array.size)
        shift[k] = 1e-5
        shift = shift.reshape(array.shape)
        gradient.flat[k] = (f(array + shift) - f(array - shift)) / 2e-5
    return gradient


def assert_central_differences(gradients, forward, arrays, *settings):
    """The gradients by all arrays of a random weighting of what forward gives."""
    dy = np.random.default_rng(1).standard_normal(forward(*arrays, *settings).shape)
    for k, got in enumerate(gradients((*arrays, *settings), dy)):

        def loss(array, k=k):
            return np.sum(forward(*arrays[:k], array, *arrays[k + 1 :], *settings) * dy)

        expected = central_differences(loss, arrays[k])
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-8, strict=True)


def assert_fits_in_a_random_direction(gradients, forward, arrays, *settings, dy):
    """Forward is linear in each array but the last, the bias: its change is the gradient's."""
    *grads, db = gradients((*arrays, *settings), dy)
    rng, no_bias = np.random.default_rng(0), np.zeros(dy.shape[1])
    for k, got in enumerate(grads):
        along = rng.standard_normal(arrays[k].shape)
        change = forward(*arrays[:k], along, *arrays[k + 1 : -1], no_bias, *settings)
        assert got.shape == along.shape
        assert abs(np.sum(got * along) - np.sum(change * dy)) <= 1e-10
    np.testing.assert_allclose(db, dy.sum(axis=(0, 2, 3)), rtol=0, atol=1e-10)


def assert_close_to_1e10(got, expected):
    """The same shape and dtype, and the same numbers up to 1e-10."""
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-10, strict=True)


def assert_close_in_float32(got, expected):
    """float32, and the same shape and numbers up to the rounding of some hundred products."""
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected.astype(np.float32), rtol=0, atol=1e-4, strict=True)
