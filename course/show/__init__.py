"""Coloured arrays, figures and animations for the notebooks."""

from course.show.animation import animate_windows
from course.show.arrays import show
from course.show.axis import draw_axis, draw_output_sizes
from course.show.curves import draw_curves
from course.show.maps import draw_maps, draw_reach
from course.show.picture import Picture, picture
from course.show.pictures import (
    draw_counts,
    draw_images,
    draw_matrix,
    draw_shapes,
    sample_photo,
)
from course.show.progress import progress_bar
from course.show.roofline import draw_roofline
from course.show.step import draw_step
from course.show.touched import draw_touched

__all__ = [
    "Picture",
    "animate_windows",
    "draw_axis",
    "draw_counts",
    "draw_curves",
    "draw_images",
    "draw_maps",
    "draw_matrix",
    "draw_output_sizes",
    "draw_reach",
    "draw_roofline",
    "draw_shapes",
    "draw_step",
    "draw_touched",
    "picture",
    "progress_bar",
    "sample_photo",
    "show",
]
