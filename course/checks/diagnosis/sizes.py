"""The sizes of a case by the names that the lessons give them: 12 = oh * ow."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from course.checks.case import Case

_AXES: dict[tuple[str, int], str] = {
    ("x", 4): "N C H W",
    ("x", 3): "_ H W",
    ("x", 2): "H W",
    ("w", 4): "F C kh kw",
    ("w", 2): "kh kw",
    ("dy", 4): "N F oh ow",
    ("x_shape", 4): "N C H W",
    ("x_shape", 3): "C H W",
    ("kernel_size", 2): "kh kw",
    ("b", 1): "F",
    ("w_depth", 4): "C _ kh kw",
    ("w_point", 4): "F C _ _",
    ("scores", 2): "N K",
    ("image", 3): "C H W",
}
_OTHERS: dict[str, dict[tuple[str, int], str]] = {
    "transposed_conv": {("w", 4): "C F kh kw"},
    "grouped_conv": {("w", 4): "F _ kh kw"},
    "linear": {
        ("x", 2): "N in_features",
        ("w", 2): "out_features in_features",
        ("dy", 2): "N out_features",
        ("b", 1): "out_features",
    },
    "max_pool": {("dy", 4): "N C oh ow"},
    "avg_pool": {("dy", 4): "N C oh ow"},
    "relu": {("dy", 4): "N C H W", ("dy", 2): "_ _", ("x", 2): "_ _"},
    "dot_product": {("b", 1): "_"},
    "numerical_gradient": {("x", 2): "_ _", ("x", 3): "_ _ _", ("x", 4): "_ _ _ _"},
    "sgd_momentum": {("w", 2): "_ _", ("w", 4): "_ _ _ _"},
    "train_step": {("x", 2): "N _", ("w", 2): "_ _", ("b", 1): "_"},
    "relative_error": {("b", 1): "_"},
}
_NUMBERS = ("size", "kernel", "stride", "padding", "dilation", "groups")
_SUMS = ("H + 2 * padding", "W + 2 * padding")
_PRODUCTS = (
    *("oh * ow", "N * oh * ow", "F * oh * ow", "kh * kw", "C * kh * kw"),
    *("H * W", "C * H * W", "size * size"),
)
"""What an axis can be as long as."""
_TOTALS = ("N * F * oh * ow", "N * C * H * W", "F * C * kh * kw", "N * oh * ow * C * kh * kw")
"""What a whole array can hold."""
MOST_NAMES = 2


def sizes_of(exercise: str, case: Case, made_with: tuple[str, ...] | None) -> dict[str, int]:
    """The sizes that a case's arguments have, by name; the size of the output among them."""
    sizes: dict[str, int] = {}
    for argument, value in case.arguments.items():
        lengths = _lengths(value)
        names = axes_of(exercise, argument, len(lengths))
        sizes |= {n: k for n, k in zip(names, lengths, strict=False) if n != "_"}
        if argument in _NUMBERS and isinstance(value, int):
            sizes[argument] = value
    sizes |= _settings(case.arguments.get("settings", ()), made_with or ())
    return sizes | _output(exercise, sizes)


def axes_of(exercise: str, argument: str, count: int) -> list[str]:
    """The names of an argument's axes; "_" for one without a name, and none if all are."""
    return (_AXES | _OTHERS.get(exercise, {})).get((argument, count), "").split()


def _lengths(value: Any) -> tuple[int, ...]:
    """The shape of an array; the numbers of what is a shape itself."""
    if isinstance(value, np.ndarray):
        return value.shape
    is_shape = isinstance(value, tuple) and all(isinstance(k, int) for k in value)
    return value if is_shape else ()


def _settings(values: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, int]:
    """What a layer is made with."""
    given = dict(zip(names, values, strict=False))
    kernel = given.pop("kernel_size", None)
    if isinstance(kernel, tuple):
        given |= {"kh": kernel[0], "kw": kernel[1]}
    renamed = {"in_channels": "C", "out_channels": "F"}
    return {renamed.get(k, k): v for k, v in given.items() if type(v) is int}


def _output(exercise: str, sizes: dict[str, int]) -> dict[str, int]:
    """oh and ow, where everything is known that they depend on."""
    found = {}
    stride, padding = sizes.get("stride", 1), sizes.get("padding", 0)
    for out, length, kernel in (("oh", "H", "kh"), ("ow", "W", "kw")):
        size, span = sizes.get(length), sizes.get(kernel, sizes.get("size"))
        if size is None or span is None or exercise == "occlusion_map" or out in sizes:
            continue
        span = sizes.get("dilation", 1) * (span - 1) + 1
        if exercise == "transposed_conv":
            found[out] = (size - 1) * stride + span - 2 * padding
        elif stride:
            found[out] = (size + 2 * padding - span) // stride + 1
    return found


def equations(words: str, sizes: dict[str, int]) -> str:
    """What the sizes in a message are called, where few names fit: "12 = oh * ow"."""
    words = re.sub(r"(index|axis|dim|operand|dimension) -?\d+", "", words)
    numbers = dict.fromkeys(int(n) for n in re.findall(r"(?<![\w.-])\d+(?![\w.])", words))
    whole = {int(n) for n in re.findall(r"array of size (\d+)", words)}
    named = ((n, names_of(n, sizes, n in whole)) for n in numbers)
    return ", ".join(f"{n} = {' or '.join(names)}" for n, names in named if names)


def names_of(number: int, sizes: dict[str, int], is_total: bool = False) -> list[str]:
    """The one size that a number is, or the one or two products; none where more would fit."""
    if number < 2:
        return []
    single = [name for name, size in sizes.items() if size == number]
    if single:
        return single if len(single) == 1 else []
    fitting = next(filter(None, _compounds(number, sizes, is_total)), [])
    return fitting if len(fitting) <= MOST_NAMES else []


def _compounds(number: int, sizes: dict[str, int], is_total: bool) -> Iterator[list[str]]:
    """What is framed, then the products that have this value."""
    framed = _SUMS if sizes.get("padding") else ()
    for expressions in (framed, _PRODUCTS, _TOTALS if is_total else ()):
        fitting = (e for e in expressions if _worth(e, sizes) == number)
        yield _shortest(fitting, sizes)


def _worth(expression: str, sizes: dict[str, int]) -> int | None:
    names = re.findall(r"[A-Za-z_]+", expression)
    if not all(name in sizes for name in names):
        return None
    return int(eval(expression, {"__builtins__": {}}, sizes))


def _shortest(expressions: Iterator[str], sizes: dict[str, int]) -> list[str]:
    """Without those that are longer only by factors of 1, such as N * oh * ow for one image."""
    kept: dict[tuple[str, ...], str] = {}
    for expression in expressions:
        if "+" in expression:
            kept[(expression,)] = expression
            continue
        key = tuple(f for f in expression.split(" * ") if sizes[f] != 1)
        if len(key) > 1:
            kept.setdefault(key, expression)
    return list(kept.values())


def origin(name: str, exercise: str, case: Case) -> str:
    """Where one gets the size of that name from: kh is w.shape[2]; empty where it is unknown."""
    for argument, value in case.arguments.items():
        names = axes_of(exercise, argument, len(_lengths(value)))
        if name in names:
            shape = f"{argument}.shape" if isinstance(value, np.ndarray) else argument
            return f"{shape}[{names.index(name)}]"
    return ""


def numbers_of(argument: str, exercise: str, case: Case) -> str:
    """What the numbers of a shape are called, "N, C, H, W"; empty if one has no name."""
    names = axes_of(exercise, argument, len(_lengths(case.arguments.get(argument))))
    return "" if "_" in names else ", ".join(names)
