"""The sizes of a case by the names that the lessons give them: 12 = oh * ow."""

import inspect
import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from course.checks.case import Case
from course.checks.exercise import Exercise

_AXES: dict[str, tuple[str, ...]] = {
    "x": ("N C H W", "_ H W", "H W"),
    "w": ("F C kh kw", "kh kw"),
    "b": ("F",),
    "dy": ("N F oh ow",),
    "x_shape": ("N C H W", "C H W"),
    "kernel_size": ("kh kw",),
    "w_depth": ("C _ kh kw",),
    "w_point": ("F C _ _",),
    "scores": ("N K",),
    "image": ("C H W",),
}
_OTHERS: dict[str, dict[str, tuple[str, ...]]] = {
    "transposed_conv": {"w": ("C F kh kw",)},
    "grouped_conv": {"w": ("F _ kh kw",)},
    "linear": {
        "x": ("N in_features",),
        "w": ("out_features in_features",),
        "dy": ("N out_features",),
        "b": ("out_features",),
    },
    "max_pool": {"dy": ("N C oh ow",)},
    "avg_pool": {"dy": ("N C oh ow",)},
    "relu": {"dy": ("N C H W", "_ _"), "x": ("_ _",)},
    "dot_product": {"b": ("_",)},
    "numerical_gradient": {"x": ("_ _", "_ _ _", "_ _ _ _")},
    "sgd_momentum": {"w": ("_ _", "_ _ _ _")},
    "train_step": {"x": ("N _",), "w": ("_ _",), "b": ("_",)},
    "relative_error": {"b": ("_",)},
}
_NUMBERS = (
    *("size", "kernel", "stride", "padding", "dilation", "groups"),
    *("in_features", "out_features", "in_channels", "out_channels"),
)
_SHORT = {"in_channels": "C", "out_channels": "F"}
_SUMS = ("H + 2 * padding", "W + 2 * padding")
_PRODUCTS = (
    *("oh * ow", "N * oh * ow", "F * oh * ow", "kh * kw", "C * kh * kw"),
    *("H * W", "C * H * W"),
)
"""What an axis can be as long as."""
_TOTALS = ("N * F * oh * ow", "N * C * H * W", "F * C * kh * kw", "N * oh * ow * C * kh * kw")
"""What a whole array can hold."""


def given_of(exercise: Exercise, case: Case) -> dict[str, Any]:
    """The arguments by name; of a layer, first those that it is made with; defaults filled in."""
    given = dict(case.arguments)
    settings = given.pop("settings", None) or ()
    bound = inspect.signature(exercise.reference).bind_partial(*settings)
    bound.apply_defaults()
    return dict(bound.arguments) | given


def sizes_of(exercise: Exercise, case: Case) -> dict[str, int]:
    """The sizes that a case's arguments have, by name; the size of the output among them."""
    given, sizes = given_of(exercise, case), dict[str, int]()
    if "size" in given and given.get("stride", 0) is None:  # pooling by tiles
        given["stride"] = given["size"]
    for argument, value in given.items():
        lengths = _lengths(value)
        names = axes_of(exercise.name, argument, len(lengths))
        sizes |= {n: k for n, k in zip(names, lengths, strict=False) if n != "_"}
        if argument in _NUMBERS and type(value) is int:
            sizes[_SHORT.get(argument, argument)] = value
    return sizes | _output(exercise.name, sizes)


def axes_of(exercise: str, argument: str, count: int) -> list[str]:
    """The names of an argument's axes; "_" for one without a name, and none if all are."""
    own = _OTHERS.get(exercise, {}).get(argument, ())
    named = (names.split() for names in (*own, *_AXES.get(argument, ())))
    return next((names for names in named if len(names) == count), [])


def origin(name: str, exercise: str, case: Case) -> str:
    """Where one gets the size of that name from: kh is w.shape[2]; empty where it is unknown."""
    for argument, value in case.arguments.items():
        names = axes_of(exercise, argument, len(_lengths(value)))
        if name in names:
            shape = f"{argument}.shape" if isinstance(value, np.ndarray) else argument
            return f"{shape}[{names.index(name)}]"
    return {"oh": "the height of the output", "ow": "the width of the output"}.get(name, "")


def _lengths(value: Any) -> tuple[int, ...]:
    """The shape of an array; the numbers of what is a shape itself."""
    if isinstance(value, np.ndarray):
        return tuple(value.shape)
    is_shape = isinstance(value, tuple) and all(isinstance(k, int) for k in value)
    return value if is_shape else ()


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
    single = [name for name, size in sizes.items() if size == number]
    if number < 2 or single:
        return single if len(single) == 1 and number >= 2 else []
    framed = _SUMS if sizes.get("padding") else ()
    for expressions in (framed, _PRODUCTS, _TOTALS if is_total else ()):
        if fitting := _shortest((e for e in expressions if value_of(e, sizes) == number), sizes):
            return fitting if len(fitting) <= 2 else []
    return []


@cache
def _code(expression: str) -> CodeType:
    return compile(expression, "<size>", "eval")


def value_of(expression: str, sizes: Mapping[str, float]) -> float | None:
    """What the expression is for these sizes; None where it means nothing."""
    try:
        value: float = eval(_code(expression), {"__builtins__": {}}, sizes)
    except (NameError, ZeroDivisionError):
        return None
    return value


def _shortest(expressions: Iterable[str], sizes: dict[str, int]) -> list[str]:
    """Without those that are longer only by factors of 1, such as N * oh * ow for one image."""
    kept: dict[tuple[str, ...], str] = {}
    for expression in expressions:
        factors = () if "+" in expression else expression.split(" * ")
        key = tuple(f for f in factors if sizes[f] != 1) or (expression,)
        if len(key) > 1 or not factors:
            kept.setdefault(key, expression)
    return list(kept.values())
