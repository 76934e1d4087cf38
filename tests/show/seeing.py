"""What is drawn in an SVG, and how its colours are seen."""

import re
from xml.etree import ElementTree

import numpy as np

PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def linear(colour):
    channels = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array(TO_XYZ) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def luminance(colour):
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def boxes(svg, fill):
    """(left, top, right, bottom) of every rectangle that is filled with a colour."""
    found = []
    for path in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        if path.get("fill") == fill:
            for place in re.findall(r"M(\S+) ([\d.]+)H([\d.]+)V([\d.]+)H", path.get("d")):
                x, y, right, bottom = map(float, place)
                found.append((min(x, right), min(y, bottom), max(x, right), max(y, bottom)))
    return found


def words(svg):
    """(text, the attributes that it inherits) of every text."""

    def walk(element, given):
        given = given | element.attrib
        if element.tag.endswith("}text"):
            yield "".join(element.itertext()), given
        for child in element:
            yield from walk(child, given)

    return list(walk(ElementTree.fromstring(svg), {}))
