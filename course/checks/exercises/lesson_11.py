"""What the exercises of lesson 11 share: the cases for what a layer remembers."""

from typing import Any

import numpy as np

from course.checks import uses
from course.checks.case import Build, Case, Sizes, Use, sized
from course.checks.geometry import Numbers

LESSON = "11_relu_pooling_softmax"

LOOKS = (uses.y_of_the_second_round, uses.dx_of_the_second_round, uses.dx_beside_another_layer)
"""At a layer without parameters."""


def memory(
    rng: np.random.Generator, sizes: Sizes, build: Build, looks: tuple[Use, ...], more: int = 0
) -> list[Case]:
    """Cases with another input and its upstream, for each look at what comes out.

    Of the other input, there are so many images more, and so many rows of pixels.
    """

    def with_other(asked: Sizes, numbers: Numbers) -> dict[str, Any]:
        larger = {name: size + more * (name in ("N", "H")) for name, size in asked.items()}
        other = build(larger, numbers)
        return build(asked, numbers) | {"other_x": other["x"], "other_dy": other["dy"]}

    def needed(look: Use) -> Build:
        return only_x(with_other) if look is uses.y_of_the_second_round else with_other

    return [sized("memory", sizes, Numbers(rng), needed(look), look) for look in looks]


def only_x(build: Build) -> Build:
    """What a forward pass alone needs."""

    def without_dy(sizes: Sizes, numbers: Numbers) -> dict[str, Any]:
        return {name: value for name, value in build(sizes, numbers).items() if name != "dy"}

    return without_dy
