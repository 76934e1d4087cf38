"""Numerical gradients, and how to compare a gradient with them."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def numerical_gradient(
    f: Callable[[np.ndarray], float], x: ArrayLike, step: float = 1e-5
) -> np.ndarray:
    r"""The gradient of f at x by central differences.

    .. math:: g_k = \frac{f(x + h\, e_k) - f(x - h\, e_k)}{2h}

    for every entry k of x, with the step h.

    Args:
        f: A function of one array that returns a number. It gets float64 copies, so x stays as it
            was even when f raises or changes what it is given.
        x: An array of any shape.
        step: Half the distance between the two points, finite and greater than 0.

    Returns:
        float64, the shape of x.

    Raises:
        ValueError: If x does not hold real numbers; if step is not finite and greater than 0; or if
            f returns anything but one real number.

    Example:
        >>> numerical_gradient(lambda x: float(np.sum(x**2)), [1.0, 3.0]).round(6)
        array([2., 6.])

    References:
        Press et al., "Numerical Recipes" (3rd edition, 2007), section 5.7.
    """
    if not 0 < step < np.inf:
        raise ValueError(f"step must be finite and greater than 0, got {step!r}")
    point = _float64("x", x)
    gradient = np.empty(point.shape)
    for index in np.ndindex(point.shape):
        above, below = point.copy(), point.copy()
        above[index] += step
        below[index] -= step
        gradient[index] = (_number(f(above)) - _number(f(below))) / (2 * step)
    return gradient


def _number(value: Any) -> float:
    number = _float64("what f returns", value)
    if number.ndim != 0:
        raise ValueError(f"f must return one number, got an array of shape {number.shape}")
    return float(number)


def _float64(name: str, value: Any) -> np.ndarray:
    """A float64 copy; ValueError for anything but real numbers."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must hold real numbers, got rows of unequal length") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array.astype(np.float64)


def relative_error(a: ArrayLike, b: ArrayLike) -> float:
    r"""The largest difference between two arrays, relative to the largest absolute value in either.

    .. math:: \frac{\max |a - b|}{\max(\max |a|,\; \max |b|)}

    Args:
        a: An array of any shape.
        b: An array of the same shape.

    Returns:
        A float. 0 when both are zero everywhere; nan when a number is not finite, so that no
        comparison with a limit passes.

    Raises:
        ValueError: If the shapes differ, because NumPy would broadcast one of them; or if a or b
            does not hold real numbers.

    Example:
        >>> relative_error([1.0, 2.0], [1.0, 1.0])
        0.5
    """
    a, b = _float64("a", a), _float64("b", b)
    if a.shape != b.shape:
        raise ValueError(f"a and b must have the same shape, got {a.shape} and {b.shape}")
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return float("nan")
    scale = max(np.max(np.abs(a), initial=0), np.max(np.abs(b), initial=0))
    return float(np.max(np.abs(a - b)) / scale) if scale > 0 else 0.0


class GradientError(AssertionError):
    """A gradient that does not agree with central differences."""


def check_gradients(
    layer: Any,
    x: ArrayLike,
    rng: np.random.Generator | int | None = None,
    step: float = 1e-5,
    tolerance: float = 1e-7,
) -> dict[str, float]:
    """Compare every gradient of a layer with central differences, for a random upstream gradient.

    The check is made on float64 copies of x and of the parameters, because float32 is too coarse
    for differences. The layer itself does not change.

    Args:
        layer: Has ``forward(x)``, which returns y, and ``backward(dy)``, which returns dx; an
            attribute ``parameters`` with the names of its parameters, such as ``("w", "b")``; and
            for each a gradient named with a d in front, such as dw. A network of layers has names
            such as ``"0.w"``, see `owner`, and its gradient is ``"0.dw"``.
        x: The input, of any floating dtype.
        rng: Draws the upstream gradient: a generator or a seed. The same numbers each time when
            None.
        step: As for `numerical_gradient`.
        tolerance: The largest relative error that passes.

    Returns:
        The relative error of each array, by name: ``"dx"``, ``"dw"``, and so on.

    Raises:
        GradientError: For the first array that disagrees, with its name, the index where it is
            furthest off, the analytic and the numerical value there, and whether a float64 copy was
            used. Also if backward raises an exception or leaves a gradient out; if a parameter
            changes; or if a second forward and backward do not give the same gradients again, as
            when gradients accumulate.

    Example:
        >>> from course.nn import ReLU
        >>> error = check_gradients(ReLU(), np.array([-1.0, 2.0]))["dx"]
        >>> bool(error < 1e-7)
        True
    """
    layer, x, note = _in_float64(layer, x)
    y = deepcopy(layer).forward(x.copy())
    dy = np.random.default_rng(0 if rng is None else rng).standard_normal(np.shape(y))
    first, second = _forward_and_backward_twice(layer, x, dy)
    errors = {}
    for name, parameter in {"dx": None, **_gradient_names(layer)}.items():
        value = x if parameter is None else getattr(*owner(layer, parameter))
        numerical = numerical_gradient(_loss(layer, x, dy, parameter), value, step)
        errors[name] = _compare(name, first[name], numerical, tolerance, note)
        _compare(f"{name} of a second backward", second[name], numerical, tolerance, note)
    return errors


def owner(layer: Any, name: str) -> tuple[Any, str]:
    """The layer that a parameter belongs to, and what the parameter is called there.

    ``"w"`` is the layer's own. ``"3.w"`` is the w of ``layer.layers[3]``, which may be a network as
    well: ``"3.0.w"``. So ``getattr(*owner(model, name))`` is the array behind a name.

    Args:
        layer: A layer or a network of layers.
        name: One of ``layer.parameters``.

    Returns:
        The layer, and the name of the parameter in that layer.

    Raises:
        ValueError: If name is not one of ``layer.parameters``.

    Example:
        >>> from course.nn import small_cnn
        >>> owner(small_cnn(rng=0), "0.w")
        (Conv2d(1, 16, kernel_size=3, stride=1, padding=1), 'w')
    """
    if name not in layer.parameters:
        raise ValueError(f"name must be one of {tuple(layer.parameters)}, got {name!r}")
    first, dot, rest = name.partition(".")
    return owner(layer.layers[int(first)], rest) if dot else (layer, name)


def _gradient_names(layer: Any) -> dict[str, str]:
    """The parameters by the names of their gradients: "w" by "dw", "3.w" by "3.dw"."""
    names = {}
    for name in layer.parameters:
        path, dot, attribute = name.rpartition(".")
        names[f"{path}{dot}d{attribute}"] = name
    return names


def _in_float64(layer: Any, x: ArrayLike) -> tuple[Any, np.ndarray, str]:
    """Copies of both, and a note for messages that says what was not float64 before."""
    layer = deepcopy(layer)
    given = {"x": x} | {name: getattr(*owner(layer, name)) for name in layer.parameters}
    copies = {name: _float64(name, value) for name, value in given.items()}
    for name in layer.parameters:
        setattr(*owner(layer, name), copies[name])
    dtypes = {str(np.asarray(value).dtype) for value in given.values()} - {"float64"}
    others = ", ".join(sorted(dtypes))
    note = f"; checked on a float64 copy, x or a parameter is {others}" if others else ""
    return layer, copies["x"], note


def _forward_and_backward_twice(layer: Any, x: np.ndarray, dy: np.ndarray) -> list[dict[str, Any]]:
    """The gradients by name from a copy of the layer, whose parameters must stay as they are."""
    worker, rounds = deepcopy(layer), []
    for _ in range(2):
        worker.forward(x.copy())
        try:
            gradients = {"dx": worker.backward(dy.copy())}
        except Exception as error:
            raise GradientError(f"backward raised {error!r}") from error
        for gradient, name in _gradient_names(worker).items():
            inner, attribute = owner(worker, name)
            gradients[gradient] = getattr(inner, f"d{attribute}", None)
            value, before = getattr(inner, attribute), getattr(*owner(layer, name))
            if not np.array_equal(value, before, equal_nan=True):
                raise GradientError(
                    f"forward or backward changed {name}: only an optimiser may do that"
                )
        rounds.append(deepcopy(gradients))
    return rounds


def _loss(
    layer: Any, x: np.ndarray, dy: np.ndarray, parameter: str | None
) -> Callable[[np.ndarray], float]:
    """The number sum(y * dy) as a function of a parameter, or of x when there is none."""

    def loss(value: np.ndarray) -> float:
        probe = deepcopy(layer)
        if parameter is None:
            return float(np.sum(probe.forward(value) * dy))
        setattr(*owner(probe, parameter), value)
        return float(np.sum(probe.forward(x.copy()) * dy))

    return loss


def _compare(name: str, analytic: Any, numerical: np.ndarray, tolerance: float, note: str) -> float:
    if analytic is None:
        raise GradientError(f"{name} is None, expected an array of the shape {numerical.shape}")
    try:
        analytic = _float64(name, analytic)
    except ValueError as reason:
        raise GradientError(str(reason)) from reason
    if analytic.shape != numerical.shape:
        raise GradientError(f"{name} has the shape {analytic.shape}, expected {numerical.shape}")
    error = relative_error(analytic, numerical)
    if error <= tolerance:
        return error
    off = np.abs(analytic - numerical)
    worst = tuple(map(int, np.unravel_index(np.argmax(np.nan_to_num(off, nan=np.inf)), off.shape)))
    raise GradientError(
        f"{name} is wrong, most of all at {list(worst)}: analytic {analytic[worst]:.8g}, numerical "
        f"{numerical[worst]:.8g}, relative error {error:.1e}{note}"
    )
