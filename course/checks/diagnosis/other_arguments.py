"""The right result for other arguments: stride 1, no padding, kernels turned, another image."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, product
from typing import Any

import numpy as np

from course.checks.diagnosis.compared import Compared, Pair, Relation
from course.checks.diagnosis.rearranged import WORDS
from course.checks.diagnosis.sizes import axes_of, given_of, value_of
from course.checks.outcome import run

Given = dict[str, Any]
Change = Callable[[Given, Pair], Given]
"""Makes other arguments of those of a case."""
SECONDS = 0.3
"""Of computing, at the most."""


def relations(found: Compared) -> Iterator[Relation]:
    """What the reference gives for other arguments."""
    end = time.process_time() + SECONDS
    given = given_of(found.exercise, found.wrong[0].case)
    parts = _parts(found.exercise.name, given)
    for words, change in chain(_each(given), parts, _multiples(given)):
        if time.process_time() > end:
            return
        yield f"this is the right {{y}} for {words}.", partial(_is_right_for, found, change)


def _is_right_for(found: Compared, change: Change, pair: Pair) -> bool:
    """Whether the reference gives that for other arguments; not so where it refuses them."""
    given, own = given_of(found.exercise, pair.case), pair.case.arguments
    others = given | change(given, pair)
    arguments = {name: others[name] for name in own if name != "settings"}
    if "settings" in own:  # of a layer, which is made with the other ones
        settings = tuple(others[name] for name in given if name not in own)
        arguments = {"settings": settings} | arguments
    value = run(found.exercise.reference, replace(pair.case, arguments=arguments)).value
    if value is None:
        return False
    return pair.shows(value if found.part is None else value[found.part])


NUMBERS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("{} = 0", lambda v: 0),
    ("{} = 1", lambda v: 1),
    ("2 * {0} in place of {0}", lambda v: 2 * v),
    ("{0} + 1 in place of {0}", lambda v: v + 1),
    ("{0} - 1 in place of {0}", lambda v: v - 1),
    ("-{0} in place of {0}", lambda v: -v),
)
ARRAYS: tuple[tuple[str, Callable[[np.ndarray], Any]], ...] = (
    ("with 0 in place of all its numbers", np.zeros_like),
    ("with the opposite sign", lambda a: -a),
    ("without its minus signs", np.abs),
    ("with 0 in place of its negative numbers", lambda a: np.maximum(a, 0)),
    ("squared", np.square),
    ("under a square root", lambda a: np.sqrt(np.abs(a))),
    ("without its fractions: on the way the numbers become integers", np.trunc),
    ("turned by 180°", lambda a: a[..., ::-1, ::-1]),
    ("with its rows in the opposite order", lambda a: a[..., ::-1, :]),
    ("with its columns in the opposite order", lambda a: a[..., ::-1]),
    ("with its first axis in the opposite order", lambda a: a[::-1]),
    ("with its second axis in the opposite order", lambda a: a[:, ::-1]),
    ("with rows and columns exchanged", lambda a: a.swapaxes(-1, -2)),
    ("with its first two axes exchanged", lambda a: a.swapaxes(0, 1)),
    ("with its first entry, [0], in place of all", lambda a: a[:1].repeat(len(a), 0)),
)
"""What may have been done to an argument, or to the right result."""


def _each(given: Given) -> Iterator[tuple[str, Change]]:
    """What may have been done to one argument: another number, or axes in another order."""
    for name, value in given.items():
        if (type(value) in (int, float) and name != "seed") or name == "stride":
            yield from ((words.format(name), _changed(name, c)) for words, c in NUMBERS)
        if isinstance(value, np.ndarray) and value.ndim:
            yield from ((f"{name} {words}", _changed(name, c)) for words, c in ARRAYS)
    yield "stride = 1 and padding = 0", lambda given, pair: {"stride": 1, "padding": 0}


def _changed(name: str, change: Callable[[Any], Any]) -> Change:
    return lambda given, pair: {name: change(given[name])}


FACTORS = (
    *("2", "N", "C", "F", "K", "kh * kw", "C * kh * kw", "oh * ow", "size * size", "stride"),
    *("groups", "learning_rate", "momentum", "(1 - momentum)"),
)


def _multiples(given: Given) -> Iterator[tuple[str, Change]]:
    """An argument times a size, such as a bias that is added for every channel."""
    names = [name for name, value in given.items() if isinstance(value, np.ndarray | float)]
    for name, factor in product(names, FACTORS):
        divisor = f"({factor})" if " * " in factor else factor
        yield f"{factor} * {name} in place of {name}", partial(_times, name, factor, 1)
        yield f"{name} / {divisor} in place of {name}", partial(_times, name, factor, -1)


def _times(name: str, factor: str, power: int, given: Given, pair: Pair) -> Given:
    value = value_of(factor, pair.sizes)
    if value is None or factor == name:
        raise ValueError(f"here is no {factor}")
    return {name: given[name] * float(value) ** power}


def _parts(exercise: str, given: Given) -> Iterator[tuple[str, Change]]:
    """Only the first image, only the last channel, only one window."""
    arrays = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    axes = {name: axes_of(exercise, name, a.ndim) for name, a in arrays.items()}
    axes |= {n: ["n"] for n, a in arrays.items() if a.ndim == 1 and axes[n] in ([], ["_"])}
    for word, part in (("first", slice(1)), ("last", slice(-1, None))):
        for axis in ("N", "C", "F", "n", "in_features"):
            of = {name: names.index(axis) for name, names in axes.items() if axis in names}
            yield f"the {word} {WORDS.get(axis, 'entry')} alone", partial(_cut, of, part)
        if "oh" in axes.get("dy", ()):
            yield f"the {word} window alone", _changed("dy", partial(_only_window, part))


def _cut(axes: dict[str, int], part: slice, given: Given, pair: Pair) -> Given:
    """The arrays with only a part of what stands along an axis of each."""
    return {name: given[name][(slice(None),) * axis + (part,)] for name, axis in axes.items()}


def _only_window(part: slice, dy: np.ndarray) -> np.ndarray:
    """Every number set to 0, but those of one window."""
    kept = np.zeros_like(dy)
    kept[..., part, part] = dy[..., part, part]
    return kept
