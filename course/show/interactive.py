"""The bench: a convolution that a reader touches, forward and backward, in a notebook or a page.

The figure itself is a web component, bench.js beside this file. Here its attributes are made, the
text that holds its numbers, and the still picture that stands in for it where no script runs.
"""

import html
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course.convolution import (
    arguments,
    col2im,
    conv_as_matrix,
    dilated_conv,
    dilated_conv_backward,
    im2col,
    transposed_conv,
    transposed_conv_backward,
)
from course.show.bench_picture import Sheets, still_picture
from course.show.failing import FailingCase, compared
from course.show.meanings import component

SHOWN = {
    "forward": ("x", "w", "b", "y"),
    "columns": ("x", "cols", "back"),
    "matrix": ("A", "x", "b", "y"),
    "dw": ("x", "dy", "dw", "db"),
    "dx": ("dy", "w", "dx"),
    "adjoint": ("x", "w", "dy", "dx"),
}
"""The arrays that each view has in text and picture."""
VIEWS = (*SHOWN, "ask", "yours")
ASKED_IN = {"cols": "columns", "dw": "dw", "dx": "dx"}
GRADIENTS = (1, -2, 3, 0.5)
"""What dy is filled with where none is given; bench.js does the same."""
_MAYBE_TEXT = re.compile(r"[\"'`/]")
_SIGNS = re.compile(r" *([{};,=]+) *")
MOST_CHANNELS, MOST_FILTERS, MOST_PIXELS = 4, 4, 12


@dataclass(frozen=True)
class Bench:
    """A bench as the last expression of a cell; ``html`` gives it to a page.

    Attributes:
        attributes: The state of the web component.
        text: What it shows, with its numbers.
        picture: The first state as SVG.
    """

    attributes: dict[str, str]
    text: str
    picture: str

    def html(self, script: bool = True, name: str = "") -> str:
        """The element with its picture inside.

        Args:
            script: Whether the component's source comes after it.
            name: A name that no other element of the page has. With it, the bench makes links to
                its state.

        Returns:
            HTML.
        """
        attributes = {"id": name} | self.attributes if name else self.attributes
        given = (f'{key}="{html.escape(value)}"' for key, value in attributes.items())
        element = f"<convolution-bench {' '.join(given)}>{self.picture}</convolution-bench>"
        return (
            f'{element}\n<script type="module">\n{stored_component()}</script>'
            if script
            else element
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(_CARRIER.carries()), "text/plain": self.text}


def bench(
    x: ArrayLike | FailingCase | None = None,
    w: ArrayLike | Callable[..., Any] | None = None,
    b: ArrayLike = 0.0,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
    dy: ArrayLike | None = None,
    view: str = "forward",
    select: str | Sequence[str | int] | None = None,
    transposed: bool = False,
    *,
    views: Sequence[str] | None = None,
    controls: Sequence[str] | None = None,
    editable: bool = True,
    plays: bool = False,
    expected: ArrayLike | None = None,
    got: ArrayLike | None = None,
    should: ArrayLike | None = None,
    used: ArrayLike | None = None,
    of: str = "x",
) -> Bench:
    r"""An interactive convolution: its window, its products, and all the ways back.

    ``bench(check.case, answer)`` shows the case in which a check failed last: what the answer gives
    and what is right and, where both are linear in x, dy or w, which entries each has used. Those
    are measured, with arrays that hold a single 1.

    The web component, about 55 KB, is stored in a notebook once: the first bench of a kernel brings
    it along, and so does that cell when it is run again. In Colab, where every output is a page of
    its own, each bench brings it along. Where no script runs (a notebook that is not trusted,
    GitHub's viewer), and where the cell that brought it was deleted, the first state is shown as a
    picture.

    Args:
        x: (H, W) or (C, H, W), at most 4 channels of 12 by 12 pixels.
        w: (kh, kw) or (F, C / groups, kh, kw), at most 4 filters; for a transposed layer
            (C, F, kh, kw).
        b: A number, or (F,).
        stride: As in the layers of ``course.convolution``.
        padding: As in the layers of ``course.convolution``.
        dilation: As in the layers of ``course.convolution``; not for a transposed layer.
        groups: As in the layers of ``course.convolution``; not for a transposed layer.
        dy: The shape of the output. When None: 1, -2, 3, 0.5, and again.
        view: ``"forward"``; ``"columns"``, im2col and col2im; ``"matrix"``; ``"dw"``; ``"dx"``, by
            scattering and by collecting; ``"adjoint"``; ``"ask"``, where the selected entry is
            blank until the right number is typed; or ``"yours"``, an answer next to what is right.
        select: The entry that is explained first: ``"y 0 1"`` or ``("y", 0, 1)``.
        transposed: Whether the layer runs from its output's side to its input's.
        views: Those that a reader can switch to. All but the last two when None.
        controls: The sliders that are shown, of ``"size"``, ``"kernel"``, ``"stride"``,
            ``"padding"`` and ``"dilation"``; ``("none",)`` hides the buttons too.
        editable: Whether numbers can be changed.
        plays: Whether it steps through the output once by itself. It does not for readers who have
            asked for less motion.
        expected: For the view "yours": what is right, an array of up to four axes. x may then have
            any shape.
        got: For the view "yours": what the answer gave.
        should: For the view "yours": the weight with which each entry of x goes into each entry of
            the result, (\*expected.shape, \*x.shape).
        used: The same, for the answer.
        of: What the weights in should and used belong to, where it is not x: ``"w"`` or ``"dy"``.

    Returns:
        A `Bench`.

    Raises:
        ValueError: If an array has the wrong number of axes, is empty, too large or does not hold
            finite numbers; if the sizes do not fit each other; if view, views, controls or select
            name something that does not exist; or if a case cannot be drawn.

    Example:
        >>> shown = bench([[1, 2, 3]], [[1, -1]], select="y 0 1")
        >>> print(shown.text.splitlines()[0])
        forward view of a convolution: stride 1, padding 0
    """
    if isinstance(x, FailingCase):
        return _of_a_check(x, w)
    if callable(w):
        raise ValueError(f"w must be an array, unless x is check.case, got {w!r}")
    if view not in VIEWS:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}, got {view!r}")
    attributes = {"view": view}
    if views is not None:
        attributes["views"] = _names("views", views, VIEWS)
    if controls is not None:
        sliders = ("size", "kernel", "stride", "padding", "dilation", "none")
        attributes["controls"] = _names("controls", controls, sliders)
    attributes |= {name: "" for name, given in (("plays", plays),) if given}
    attributes |= {} if editable else {"editable": "false"}
    if view == "yours":
        return _yours(attributes, {"x": x, "w": w, "dy": dy}, expected, got, should, used, of)
    if x is None or w is None:
        raise ValueError(f"x and w must be given in the view {view!r}, got None")
    layer = DrawnLayer.of(x, w, b, stride, padding, dilation, groups, dy, transposed)
    attributes |= layer.attributes()
    chosen = _selection(select, view, layer)
    if select is not None:
        attributes["select"] = " ".join(map(str, chosen))
    shown = SHOWN[ASKED_IN.get(str(chosen[0]), "forward") if view == "ask" else view]
    if transposed and view == "columns":
        raise ValueError("view must not be 'columns' for a transposed layer, got 'columns'")
    arrays = {name: layer.array(name) for name in shown}
    if view == "ask":
        blank = arrays[str(chosen[0])] = arrays[str(chosen[0])].copy()
        blank[tuple(map(int, chosen[1:]))] = np.nan
    title = f"{view} view of a {layer.kind()}"
    lit = layer.lit(chosen)
    return _made(attributes, title, [Sheets(k, a, lit.get(k, set())) for k, a in arrays.items()])


def _of_a_check(case: FailingCase, answer: Any) -> Bench:
    if not callable(answer):
        raise ValueError(f"w must be the answer: bench(check.case, answer), got {answer!r}")
    return bench(view="yours", **compared(case, answer))


def _yours(
    attributes: dict[str, str],
    inputs: dict[str, ArrayLike | None],
    expected: ArrayLike | None,
    got: ArrayLike | None,
    should: ArrayLike | None,
    used: ArrayLike | None,
    of: str,
) -> Bench:
    if of not in inputs:
        raise ValueError(f"of must be one of {', '.join(inputs)}, got {of!r}")
    if expected is None or got is None:
        raise ValueError("expected and got must be given in the view 'yours', got None")
    arrays = {"expected": expected, "got": got, "should": should, "used": used, of: inputs[of]}
    given = {name: np.asarray(array) for name, array in arrays.items() if array is not None}
    for name, array in given.items():
        attributes[name] = _json(np.asarray(arguments.floats(name, array, "(...)"), dtype=float))
    attributes["of"] = of
    wrong = given["expected"].shape != given["got"].shape or [
        tuple(map(int, index))
        for index in np.argwhere(~np.isclose(given["got"], given["expected"], rtol=1e-9))
    ]
    different = set(wrong) if isinstance(wrong, list) else set()
    shown = [Sheets("expected", given["expected"]), Sheets("got", given["got"], different)]
    return _made(attributes, "an answer beside what is right", shown)


def _made(attributes: dict[str, str], title: str, arrays: list[Sheets]) -> Bench:
    text = "\n".join([title, *(array.in_words() for array in arrays)])
    return Bench(attributes, text, still_picture(arrays, text))


@dataclass(frozen=True)
class DrawnLayer:
    """A layer and its numbers: x (C, H, W), w (F, K, kh, kw), b, dy."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    dy: np.ndarray
    stride: int
    padding: int
    dilation: int
    groups: int
    transposed: bool

    @classmethod
    def of(
        cls,
        x: ArrayLike,
        w: ArrayLike,
        b: ArrayLike,
        stride: int,
        padding: int,
        dilation: int,
        groups: int,
        dy: ArrayLike | None,
        transposed: bool,
    ) -> "DrawnLayer":
        """The layer, its arguments checked."""
        x, w = _stacked("x", x, "(C, H, W)"), _stacked("w", w, "(F, C / groups, kh, kw)")
        stride, padding = arguments.stride_and_padding(stride, padding)
        dilation = arguments.integer("dilation", dilation, least=1)
        groups = arguments.integer("groups", groups, least=1)
        for name, setting in (("dilation", dilation), ("groups", groups)):
            if transposed and setting != 1:
                raise ValueError(f"{name} must be 1 for a transposed layer, got {setting}")
        maps = w.shape[1] if transposed else w.shape[0]
        if maps % groups:
            raise ValueError(f"groups must divide the {maps} filters of w, got {groups}")
        seen = w.shape[0] if transposed else w.shape[1] * groups
        arguments.same("the channels of x", len(x), "those that w is made for", seen)
        biases = np.broadcast_to(np.asarray(b, dtype=float), (maps,)) if np.ndim(b) == 0 else b
        biases = _finite("b", arguments.floats("b", biases, "(F,)"))
        arguments.same("b.shape[0], one bias for each filter,", len(biases), "the filters", maps)
        layer = cls(x, w, biases, x, stride, padding, dilation, groups, transposed)
        shape = layer.array("y").shape
        if dy is None:
            given = np.resize(GRADIENTS, shape)
        else:
            given = _stacked("dy", dy, "(F, oh, ow)")
            if given.shape != shape:
                raise ValueError(
                    f"dy must have the shape of the output, {shape}, got {given.shape}"
                )
        return cls(x, w, biases, given, stride, padding, dilation, groups, transposed)

    def attributes(self) -> dict[str, str]:
        """Those of the element, as far as they are not what it takes for granted."""
        given = {name: _json(getattr(self, name)) for name in ("x", "w", "b", "dy")}
        settings = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
        for name, usual in settings.items():
            if getattr(self, name) != usual:
                given[name] = str(getattr(self, name))
        return given | ({"transposed": ""} if self.transposed else {})

    def kind(self) -> str:
        """The layer in words."""
        name = "transposed convolution" if self.transposed else "convolution"
        settings = {"dilation": self.dilation, "groups": self.groups}
        more = "".join(f", {name} {value}" for name, value in settings.items() if value != 1)
        return f"{name}: stride {self.stride}, padding {self.padding}{more}"

    def array(self, name: str) -> np.ndarray:
        """One of the arrays that views show."""
        if name in ("x", "w", "b", "dy"):
            return getattr(self, name)
        if name == "y":
            return self._forward()
        if name in ("dx", "dw", "db"):
            return self._gradients()[("dx", "dw", "db").index(name)]
        if name == "A":
            return self._matrix()
        cols = self._columns()
        return cols if name == "cols" else self._back(cols)

    def _parts(self) -> Iterable[tuple[slice, slice]]:
        """The channels and filters of each group."""
        C, F = len(self.x) // self.groups, len(self.w) // self.groups
        for g in range(self.groups):
            yield slice(g * C, (g + 1) * C), slice(g * F, (g + 1) * F)

    def _forward(self) -> np.ndarray:
        if self.transposed:
            return transposed_conv(self.x[None], self.w, self.b, self.stride, self.padding)[0]
        setting = self.stride, self.padding, self.dilation
        maps = [
            dilated_conv(self.x[None, c], self.w[f], self.b[f], *setting)[0]
            for c, f in self._parts()
        ]
        return np.concatenate(maps)

    def _gradients(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        setting = self.stride, self.padding
        if self.transposed:
            given = self.dy[None], self.x[None], self.w
            dx, dw, db = transposed_conv_backward(*given, *setting)
            return dx[0], dw, db
        parts = [
            dilated_conv_backward(
                self.dy[None, f], self.x[None, c], self.w[f], *setting, self.dilation
            )
            for c, f in self._parts()
        ]
        dx, dw, db = zip(*parts, strict=True)
        return np.concatenate([d[0] for d in dx]), np.concatenate(dw), np.concatenate(db)

    def _kept(self) -> tuple[int, int]:
        """How many rows and columns a dilated kernel spans."""
        kh, kw = self.w.shape[2:]
        return (kh - 1) * self.dilation + 1, (kw - 1) * self.dilation + 1

    def _columns(self) -> np.ndarray:
        """A dilated window is a larger one of which some pixels are kept."""
        d, spans = self.dilation, self._kept()
        cols = im2col(self.x[None], spans, self.stride, self.padding)
        windows = cols.reshape(len(cols), len(self.x), *spans)[:, :, ::d, ::d]
        return windows.reshape(len(cols), -1)

    def _back(self, cols: np.ndarray) -> np.ndarray:
        d, spans = self.dilation, self._kept()
        windows = np.zeros((len(cols), len(self.x), *spans))
        windows[:, :, ::d, ::d] = cols.reshape(len(cols), len(self.x), *self.w.shape[2:])
        whole = windows.reshape(len(cols), -1)
        return col2im(whole, (1, *self.x.shape), spans, self.stride, self.padding)[0]

    def _matrix(self) -> np.ndarray:
        """Of the kernel with its zeros in between, and with zeros for the other groups."""
        F, d = len(self.w), self.dilation
        if self.transposed:
            big = self.array("y").shape
            return conv_as_matrix(self.w, big, self.stride, self.padding).T
        whole = np.zeros((F, len(self.x), *self._kept()))
        for channels, filters in self._parts():
            whole[filters, channels, ::d, ::d] = self.w[filters]
        return conv_as_matrix(whole, self.x.shape, self.stride, self.padding)

    def lit(self, chosen: tuple[str | int, ...]) -> dict[str, set[tuple[int, ...]]]:
        """The entries that take part in the selected one, by the names of their arrays."""
        (F, K, kh, kw), x_shape = self.w.shape, self.x.shape
        small = x_shape if self.transposed else self.array("y").shape
        roles = {"x": "big", "dx": "big", "back": "big", "y": "small", "dy": "small"}
        if self.transposed:
            roles = {name: "small" if role == "big" else "big" for name, role in roles.items()}
        roles |= {"w": "weight", "dw": "weight"}
        name, *index = chosen
        lit: dict[str, set[tuple[int, ...]]] = {str(name): {tuple(map(int, index))}}
        if name == "cols":
            name, index = "y", [0, *map(int, np.unravel_index(int(index[0]), small[1:]))]
        if name not in roles:
            return lit
        for f, i, j, k, u, v in np.ndindex(F, *small[1:], K, kh, kw):
            r = i * self.stride + u * self.dilation - self.padding
            s = j * self.stride + v * self.dilation - self.padding
            c = f // (F // self.groups) * K + k
            met = {"big": (c, r, s), "small": (f, i, j), "weight": (f, k, u, v)}
            if met[roles[str(name)]] == tuple(index):
                for other, role in roles.items():
                    if other != name:
                        lit.setdefault(other, set()).add(met[role])
        return lit


def _selection(
    select: str | Sequence[str | int] | None, view: str, layer: DrawnLayer
) -> tuple[str | int, ...]:
    """The selected array and index; the component has the same first choice."""
    if select is None:
        first = {"columns": "cols", "dw": "dw", "dx": "dx"}.get(view, "y")
        shape = layer.array(first).shape
        place = math.prod(shape) // 2 if view == "dx" else 0
        return first, *map(int, np.unravel_index(place, shape))
    words = select.split() if isinstance(select, str) else list(select)
    shown = sorted({name for names in SHOWN.values() for name in names})
    if view in SHOWN:
        shown = sorted({*SHOWN[view], "w"} if view == "matrix" else SHOWN[view])
    name, index = str(words[0]) if words else "", words[1:]
    if name not in shown:
        raise ValueError(f"select must begin with one of {', '.join(shown)}, got {select!r}")
    shape = layer.array(name).shape
    try:
        numbers = [int(entry) for entry in index]
    except ValueError as error:
        raise ValueError(f"select must hold an array and its index, got {select!r}") from error
    whole = (*[0] * (len(shape) - len(numbers)), *numbers)
    inside = len(whole) == len(shape) and all(0 <= k < n for k, n in zip(whole, shape, strict=True))
    if not inside:
        raise ValueError(f"select must lie inside {name} of shape {shape}, got {select!r}")
    return name, *whole


def _stacked(name: str, value: ArrayLike, axes: str) -> np.ndarray:
    """An array of as many axes as named, after those of length 1 that were left out."""
    array = arguments.floats(name, value, "(..., H, W)")
    count = axes.count(",") + 1
    while array.ndim < count:
        array = array[None]
    if array.ndim == count + 1 and len(array) == 1:
        array = array[0]
    array = arguments.floats(name, array, axes)
    if name == "dy":  # as large as the output is
        return _finite(name, array)
    most = (
        (MOST_CHANNELS, MOST_PIXELS, MOST_PIXELS) if name == "x" else (MOST_FILTERS, MOST_CHANNELS)
    )
    if any(size > limit for size, limit in zip(array.shape, most, strict=False)):
        raise ValueError(f"{name} must be at most {most} to be shown, got shape {array.shape}")
    return _finite(name, array)


def _finite(name: str, array: np.ndarray) -> np.ndarray:
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {array[~np.isfinite(array)][0]}")
    return array


def _names(argument: str, names: Sequence[str], known: Sequence[str]) -> str:
    for name in names:
        if name not in known:
            raise ValueError(f"{argument} must be among {', '.join(known)}, got {name!r}")
    return " ".join(names)


def _json(array: np.ndarray) -> str:
    """Nested lists of numbers, those without a fraction as integers; NaN is null."""

    def plain(entry: Any) -> Any:
        if isinstance(entry, list):
            return [plain(part) for part in entry]
        if not math.isfinite(entry):
            return None
        return int(entry) if entry == int(entry) else entry

    return json.dumps(plain(array.tolist()), separators=(",", ":"))


@cache
def stored_component() -> str:
    """Its source as a notebook holds it: on one line, without comments and most blanks."""
    lines = (line.strip() for line in component().splitlines())
    kept = (line for line in lines if line and not line.startswith("//"))
    return "".join(map(_packed, kept))


def _packed(line: str) -> str:
    """A line of code without blanks around its signs, unless there may be a text in it."""
    if not _MAYBE_TEXT.search(line):
        line = _SIGNS.sub(r"\1", line)
    return line if line.endswith(tuple("{};,")) else line + " "


class _Carrier:
    """Which cell of the notebook has brought the component along."""

    def __init__(self) -> None:
        self.place: tuple[str | None, int] | None = None

    def carries(self) -> bool:
        """Whether the output that is being made is to bring it along."""
        if "google.colab" in sys.modules:
            return True
        cell, run = _cell()
        again = self.place is not None and cell is not None and self.place[0] == cell
        if self.place is None or (again and self.place[1] != run):
            self.place = (cell, run)
            return True
        return False


def _cell() -> tuple[str | None, int]:
    """The id of the cell that is running, where the front end tells it, and how many ran."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive else None
    if shell is None:
        return None, 0
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return parent.get("metadata", {}).get("cellId"), shell.execution_count


_CARRIER = _Carrier()
