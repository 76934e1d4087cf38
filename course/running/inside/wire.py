"""Values as data: what goes into the sandbox and what comes back, without pickle.

Both ends use this file. The end outside believes nothing: it accepts numbers of a few dtypes and
of a bounded size, and of everything else no more than a name and a few words.
"""

import ast
import base64
import builtins
import math
from typing import Any

import numpy as np

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
MOST_NUMBERS = 1_000_000
MOST_DIGITS = 1200
MOST_ITEMS = 200
MOST_WORDS = 400
EXCEPTIONS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
}


class WireError(ValueError):
    """Data that is not what it should be."""


def encode(value: Any, depth: int = 0) -> dict[str, Any]:
    """A value in terms that JSON knows."""
    if value is None or type(value) is bool:
        return {"kind": "plain", "value": value}
    if type(value) is str:
        return {"kind": "plain", "value": value[:4000]}
    if type(value) is int:
        return {"kind": "int", "value": str(value) if abs(value) < 10**MOST_DIGITS else "0"}
    if type(value) is float:
        return {"kind": "float", "value": repr(value)}
    if isinstance(value, np.generic) and value.dtype.name in DTYPES:
        return {"kind": "scalar"} | _numbers(np.asarray(value))
    if type(value) is np.ndarray:
        return {"kind": "array"} | _numbers(value)
    if type(value) in (tuple, list) and depth < 3 and len(value) <= MOST_ITEMS:
        items = [encode(item, depth + 1) for item in value]
        return {"kind": type(value).__name__, "items": items}
    return {"kind": "other", "type": type(value).__name__[:80], "text": words(value)}


def _numbers(array: np.ndarray) -> dict[str, Any]:
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    described = {"dtype": array.dtype.name[:40], "shape": list(array.shape)}
    if array.dtype.name not in DTYPES or array.size > MOST_NUMBERS:
        return described
    return described | {"data": base64.b64encode(array.tobytes()).decode()}


def words(value: Any) -> str:
    """str(value), cut; of a thing that cannot even do that, what to say."""
    try:
        return str(value)[:MOST_WORDS]
    except BaseException:
        return "(cannot be printed)"


def decode(sent: Any, depth: int = 0) -> Any:
    """The value behind `encode`. Raises WireError for anything that `encode` does not make."""
    kind = _of(sent, "kind", str)
    if kind == "plain":
        return _plain(sent.get("value"))
    if kind in ("int", "float"):
        return _number(int if kind == "int" else float, _of(sent, "value", str))
    if kind == "scalar":
        array = _array(sent)
        if array.ndim or array.dtype.name not in DTYPES:
            raise WireError("a scalar with axes")
        return array[()]
    if kind == "array":
        return _array(sent)
    if kind in ("tuple", "list"):
        items = _of(sent, "items", list)
        if depth > 2 or len(items) > MOST_ITEMS:
            raise WireError("too many items")
        decoded = [decode(item, depth + 1) for item in items]
        return tuple(decoded) if kind == "tuple" else decoded
    if kind == "other":
        return something_called(_of(sent, "type", str), _of(sent, "text", str))
    raise WireError(f"unknown kind {kind[:40]!r}")


def something_called(name: str, text: str) -> Any:
    """A thing of another type, of which nothing is known but how it is called and printed."""
    name, text = name[:80], text[:MOST_WORDS]
    members = {"__str__": lambda self: text, "__repr__": lambda self: text}
    return type(name if name.isidentifier() else "object", (), members)()


def printable(text: str) -> str:
    """A text without lone surrogates, which can be sent, but are in no text that a file holds."""
    return text.encode("utf-8", "replace").decode()


def _of(sent: Any, key: str, kind: type) -> Any:
    value = sent.get(key) if isinstance(sent, dict) else None
    if type(value) is not kind:
        raise WireError(f"{key} is missing, or no {kind.__name__}")
    return printable(str(value)) if kind is str else value


def _plain(value: Any) -> Any:
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return printable(value)[:4000]
    raise WireError("no plain value")


def _number(kind: type, text: str) -> Any:
    try:
        return kind(text[: MOST_DIGITS + 1])
    except ValueError as error:
        raise WireError("no number") from error


def _array(sent: dict) -> np.ndarray:
    name, shape = _of(sent, "dtype", str), tuple(_of(sent, "shape", list))
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise WireError("no shape")
    size = math.prod(shape)
    if name not in DTYPES:  # of another dtype, all that is wanted is to say so
        stand_in = np.zeros((), "U1" if name.startswith("str") else object)
        return stand_in if size > MOST_NUMBERS else np.broadcast_to(stand_in, shape).copy()
    dtype = np.dtype(name)
    if size > MOST_NUMBERS:  # too large to be sent: only the shape is known, and takes no room
        return _without_room(dtype, shape)
    text = _of(sent, "data", str)
    if len(text) > 4 * (size * dtype.itemsize // 3 + 2):
        raise WireError("more data than the shape has room for")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise WireError("data that is no base64") from error
    if len(data) != size * dtype.itemsize:
        raise WireError("another amount of data than the shape says")
    array = np.frombuffer(data, dtype).reshape(shape).copy()
    return array.astype(bool) if dtype.kind == "b" else array


def _without_room(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.broadcast_to(np.zeros((), dtype), shape).view(np.ndarray)
    except ValueError as error:
        raise WireError("no shape") from error


def encode_error(error: BaseException) -> dict[str, str]:
    """An exception as its name and words."""
    return {"type": type(error).__name__[:80], "text": words(error)}


def decode_error(sent: Any) -> BaseException:
    """An exception of the same name: a built-in or NumPy's own, or a stand-in."""
    name, text = _of(sent, "type", str)[:80], _of(sent, "text", str)[:MOST_WORDS]
    known = EXCEPTIONS.get(name) or getattr(np.exceptions, name, None)
    known = known or (np.linalg.LinAlgError if name == "LinAlgError" else None)
    if not (isinstance(known, type) and issubclass(known, BaseException)):
        known = type(name if name.isidentifier() else "Exception", (Exception,), {})
    try:
        return known(ast.literal_eval(text) if known is KeyError else text)
    except Exception:  # one that is made of more than words, such as UnicodeDecodeError
        similar: Any = type(known.__name__, (known,), {"__str__": lambda self: text})
        try:
            return similar.__new__(similar)
        except Exception:  # a group of exceptions cannot even be made without them
            return type(name, (Exception,), {})(text)
