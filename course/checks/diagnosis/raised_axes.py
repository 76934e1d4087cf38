"""What NumPy says of axes that are not there, and of lengths that cannot be."""

import ast
from re import Match
from typing import Any

import numpy as np

from course.checks.diagnosis.raised_shapes import first_array
from course.checks.diagnosis.scene import Scene, text


def no_such_axis(scene: Scene, match: Match[str]) -> str:
    """An axis behind the last."""
    axis, count = match[1], int(match[2])
    of = first_array(scene)
    begin = f"{of}: there is" if of else "There is"
    if count == 0:
        return f"{begin} no axis {axis}: it is a single number."
    axes = "only axis 0" if count == 1 else f"only axes 0 to {count - 1}"
    return f"{begin} no axis {axis}, {axes}."


def wrong_axes(scene: Scene, _: Match[str]) -> str:
    """transpose with another number of axes."""
    of = first_array(scene)
    return f"{of + ': ' if of else ''}transpose is given each axis of the array once, from 0 on."


def joined(scene: Scene, match: Match[str]) -> str:
    """concatenate with arrays that differ on other axes."""
    return (
        f"Along axis {match[1]} one array has {match[2]} entries and another {match[3]}. They may "
        "differ only along the axis on which they are joined."
    )


def negative(scene: Scene, _: Match[str]) -> str:
    """np.zeros of a negative size."""
    sizes = (
        [n for n in ast.walk(scene.node) if isinstance(n, ast.Name | ast.BinOp)]
        if (scene.node)
        else []
    )
    found = [(text(n), v) for n in sizes if _is_negative(v := scene.worth(n))]
    which = ", ".join(f"{name} is {value}" for name, value in found[:2] if name)
    return f"A length is less than 0{': ' + which + ' here' if which else ''}."


def _is_negative(value: Any) -> bool:
    return isinstance(value, int | np.integer) and bool(value < 0)
