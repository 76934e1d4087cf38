"""Coloured arrays, figures and the bench for the notebooks.

The functions that draw are loaded when they are first used, because Matplotlib is slow to import.
"""

from importlib import import_module
from typing import Any

from course.show.arrays import show

_MODULES = {
    "axis": ("draw_axis",),
    "boxes": ("with_boxes",),
    "curves": ("draw_curves",),
    "fan": ("draw_fan",),
    "maps": ("draw_maps", "draw_reach"),
    "figure": ("Picture", "picture"),
    "interactive": ("Bench", "bench"),
    "pictures": (
        "draw_counts",
        "draw_images",
        "draw_matrix",
        "draw_meanings",
        "draw_shapes",
        "sample_photo",
    ),
    "progress": ("progress_bar",),
    "roofline": ("draw_roofline",),
    "step": ("draw_step",),
    "touched": ("draw_touched",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [*sorted(_HOME), "show"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
