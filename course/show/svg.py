"""A Matplotlib figure as a small SVG: text as text, and one path for what looks alike.

Matplotlib writes a group, an id and a style for every part, and five lines for a rectangle. Here
attributes take their place, of which the sheet of a page can change the colours.
"""

import base64
import io
import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from course.show.meanings import INK, PAPER

SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "figure", "hatch.linewidth": 0.6}
NO_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}
HALO = f"stroke='{PAPER}' stroke-width='5' stroke-linejoin='round' paint-order='stroke'"
"""Around text in the ink of the page, which is so read on any ground."""
MOST_COLOURS = 256
"""Of an image: a photograph takes a third of the room."""
PHOTOGRAPH = 100
"""From so many pixels on, an image is one, and its pixels are not to be seen."""
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+")
_IMAGE = re.compile(r"data:image/png;base64,([\w+/=\s]+)")
_RECTANGLE = re.compile(r"M (\S+) (\S+) L (\S+) \2 L \3 (\S+) L \1 \4 (?:L \1 \2 )?z")
_OTHER_RECTANGLE = re.compile(r"M (\S+) (\S+) L \1 (\S+) L (\S+) \3 L \4 \2 (?:L \1 \2 )?z")
_STYLE = re.compile(r"([\w-]+): *([^;]+)")
_PLAIN = {
    ("stroke-linejoin", "miter"),
    ("stroke-linecap", "butt"),
    ("opacity", "1"),
    ("text-anchor", "start"),
}
"""What is so without being said."""
_DROPPED = {"id", "clip-path", "style", "d", "font-family", "x", "y", "transform"}


def svg_of(fig: Figure, width: int) -> str:
    """The figure, so many pixels wide."""
    written = io.BytesIO()
    with rc_context(SETTINGS):
        fig.savefig(written, format="svg", metadata=NO_DATE, transparent=True)
    root = ElementTree.fromstring(written.getvalue())
    parts = list(_leaves(root))
    wide, high = (72 * side for side in fig.get_size_inches())
    height = round(width * high / wide)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_short(wide)} {_short(high)}' "
        f"width='{width}' height='{height}' font-family='sans-serif'>"
        f"{_definitions(root)}{''.join(_written(parts))}</svg>"
    )


def smallest_text(svg: str) -> float:
    """The size of its smallest text, in pixels of the page."""
    found = re.search(r"viewBox='0 0 (\S+) \S+' width='(\d+)'", svg)
    assert found is not None, "every drawing says its size"
    sizes = [float(size) for size in re.findall(r"font-size='([\d.]+)'", svg)]
    return min(sizes, default=100.0) * int(found[2]) / float(found[1])


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _leaves(parent: Element) -> Iterator[Element]:
    """What is drawn, in order; groups are left out, but for those that move what is in them."""
    for child in parent:
        if _name(child) == "g" and "transform" not in child.attrib:
            yield from _leaves(child)
        elif _name(child) not in ("metadata", "defs"):
            yield child


def _definitions(root: Element) -> str:
    """Marks and hatchings, which are used by their ids."""
    kept = [
        _element(part)
        for definitions in root.iter()
        if _name(definitions) == "defs"
        for part in definitions
        if _name(part) in ("path", "pattern")
    ]
    return f"<defs>{''.join(kept)}</defs>" if kept else ""


def _attributes(element: Element) -> str:
    """How it looks; nothing for what is drawn neither inside nor along its line."""
    given = {key: value for key, value in element.attrib.items() if key not in _DROPPED}
    for key, value in _STYLE.findall(element.get("style", "")):
        if key == "font":  # all of it at once, before Matplotlib 3.9
            key, value = "font-size", re.sub(r".*?([\d.]+px).*", r"\1", value)
        if key != "font-family" and (key, value) not in _PLAIN:
            given[key] = value.removesuffix("px") if key == "font-size" else value
    if _name(element) == "path" and given.get("fill") == "none" and "stroke" not in given:
        return ""
    given["href"] = given.pop(_HREF, "")
    text = " ".join(f"{k}='{escape(_short_numbers(v))}'" for k, v in given.items() if v)
    if _name(element) in ("text", "g") and given.get("fill") == INK:
        text += " " + HALO
    return text


def _written(parts: list[Element]) -> Iterator[str]:
    """Neighbours that look alike share a path or a group."""
    for (name, look), alike in groupby(parts, key=lambda part: (_name(part), _attributes(part))):
        members = list(alike)
        if name == "path":
            line = "".join(_path(part) for part in members)
            yield f"<path {look} d='{line}'/>" if look else ""
        elif name == "text":
            yield f"<g {look}>{''.join(map(_text, members))}</g>"
        else:
            yield from map(_element, members)


def _element(element: Element) -> str:
    name, look = _name(element), _attributes(element)
    if name == "text":
        return f"<g {look}>{_text(element)}</g>" if look else _text(element)
    given = "".join(
        f" {key}='{_short_numbers(element.attrib[key])}'"
        for key in ("id", "x", "y", "transform")
        if key in element.attrib and (key != "id" or name in ("path", "pattern"))
    )
    if name == "image":
        size = " ".join(
            f"{key}='{_short_numbers(element.attrib[key])}'" for key in ("width", "height")
        )
        look = f"{size} {_smaller_image(look)}"
    line = f" d='{_path(element)}'" if name == "path" else ""
    inner = "".join(map(_element, element)) if len(element) else escape(element.text or "")
    return f"<{name}{given} {look}{line}>{inner.strip()}</{name}>"


def _text(element: Element) -> str:
    place = element.get("transform", "")
    turned = "" if place.startswith("rotate(-0 ") else f" transform='{_short_numbers(place)}'"
    where = "".join(f" {k}='{_short_numbers(element.attrib[k])}'" for k in "xy" if element.get(k))
    inner = "".join(map(_element, element)) if len(element) else escape(element.text or "")
    return f"<text{where}{turned if place else ''}>{inner.strip()}</text>"


def _path(element: Element) -> str:
    line = " ".join(_short_numbers(element.get("d", "")).split())
    if found := _RECTANGLE.fullmatch(line):
        left, top, right, bottom = found.groups()
    elif found := _OTHER_RECTANGLE.fullmatch(line):
        left, top, bottom, right = found.groups()
    else:
        return re.sub(r" ?([A-Za-z]) ?", r"\1", line)
    return f"M{left} {top}H{right}V{bottom}H{left}z"


def _short_numbers(text: str) -> str:
    return _NUMBER.sub(lambda found: _short(float(found[0])), text)


def _short(number: float) -> str:
    return f"{round(number, 1) + 0.0:g}"


def _smaller_image(look: str) -> str:
    """Its image with few colours, and without a transparency that nothing needs.

    Pixels of a small one, such as a filter, are to be seen.
    """
    found = _IMAGE.search(look)
    assert found is not None, "Matplotlib puts images into the drawing"
    image = Image.open(io.BytesIO(base64.b64decode(found[1]))).convert("RGBA")
    if image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB").quantize(MOST_COLOURS, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    image.save(packed, format="png", optimize=True)
    href = f"href='data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}'"
    return href + " image-rendering='pixelated'" * (max(image.size) < PHOTOGRAPH)
